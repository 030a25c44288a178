"""The examples that are most like an input."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lmc.runtime.nearest import Pool, nearest, word_trigrams

KEYS = ["Where is my card?", "My transfer has failed", "How do I top up?", "I lost my cards"]


def test_trigrams_begin_and_end_with_the_word() -> None:
    assert word_trigrams("Ab cat") == [" ab", "ab ", " ca", "cat", "at "]
    assert word_trigrams("猫 a") == [" 猫 ", " a "]
    assert word_trigrams("?") == []


def test_the_key_that_says_the_same_in_other_forms_comes_first() -> None:
    assert nearest("a lost card", KEYS, 2) == [3, 0]
    assert nearest("topping up", KEYS, 1) == [2]
    assert nearest("failing transfers", KEYS, 1) == [1]


def test_as_many_keys_as_asked_for_are_given_where_there_are_as_many() -> None:
    assert nearest("zzz", KEYS, 3) == [0, 1, 2]
    assert nearest("zzz", KEYS, 9) == [0, 1, 2, 3]
    assert nearest("zzz", [], 2) == []
    assert nearest("my", KEYS, 0) == []


def test_an_example_is_not_its_own_demonstration() -> None:
    pool = Pool(KEYS)
    assert pool.nearest(KEYS[3], 1) == [3]
    assert pool.nearest(KEYS[3], 4, without={3}) == [0, 2, 1]


@given(st.lists(st.text("abc ", max_size=8), max_size=8), st.text("abc ", max_size=8), st.integers(0, 9))
def test_a_prepared_pool_gives_the_same_whatever_was_asked_before(keys: list[str], query: str, k: int) -> None:
    pool = Pool(keys)
    first = pool.nearest(query, k)
    pool.nearest("other", 3)
    assert pool.nearest(query, k) == first == nearest(query, keys, k)
    assert len(first) == min(k, len(keys)) == len(set(first))


@given(st.lists(st.text("abcd ", max_size=8), min_size=1, max_size=8), st.data())
def test_equal_keys_come_in_their_order(keys: list[str], data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(keys))
    order = nearest(key, keys, len(keys))
    same = [place for place in order if keys[place] == key]
    assert same == sorted(same)
