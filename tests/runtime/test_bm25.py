"""BM25 in plain Python: what a word is, what a text scores, and which texts come first."""

from __future__ import annotations

import math

import pytest

from lmc.runtime.bm25 import BM25_B, BM25_K1, Bm25, best_first, bm25_retriever, passage_text, search_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The CAT sat.", ["the", "cat", "sat"]),
        ("snake_case, kebab-case; can't", ["snake", "case", "kebab", "case", "can", "t"]),
        ("Ärger cafe\u0301 café", ["ärger", "café", "café"]),
        ("２３ ﬁne", ["23", "fine"]),
        ("東京タワー and 東京", ["東", "京", "タ", "ワ", "ー", "and", "東", "京"]),
        ("हिन्दी भाषा।", ["हिन्दी", "भाषा"]),
        (" ?! _ ", []),
    ],
)
def test_words_are_folded_runs_of_letters_and_digits_and_single_ideographs(text: str, words: list[str]) -> None:
    assert search_words(text) == words


def index(*texts: str) -> Bm25:
    return Bm25(map(search_words, texts))


def found(query: str, *texts: str, k: int = 10) -> list[int]:
    return best_first(index(*texts).scores(search_words(query)), k)


def test_a_score_is_that_of_the_formula() -> None:
    texts = ("a cat", "a dog and a cat", "birds")
    count, length, average, holders = 2, 5, 8 / 3, 2
    rarity = math.log(1 + (3 - holders + 0.5) / (holders + 0.5))
    wanted = rarity * count / (count + BM25_K1 * (1 - BM25_B + BM25_B * length / average))
    assert index(*texts).scores(["a"])[1] == pytest.approx(wanted)


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    assert found("the zebra", "the horse", "a zebra", "the dog", "the cat")[0] == 1


def test_a_short_text_comes_before_a_long_one_that_says_no_more_of_it() -> None:
    assert found("cat", "a cat and many other things besides", "a cat") == [1, 0]


def test_a_word_that_the_query_repeats_counts_as_often() -> None:
    scores = index("cat", "dog").scores
    assert scores(["cat", "cat"])[0] == 2 * scores(["cat"])[0]


def test_equal_texts_come_in_their_order() -> None:
    assert found("cat", "dog", "cat", "bird", "cat", "cat") == [1, 3, 4]
    assert found("cat", "dog", "cat", "bird", "cat", "cat", k=2) == [1, 3]


def test_a_text_that_shares_no_word_is_not_found() -> None:
    assert found("fish", "cat", "dog") == []
    assert found("", "cat") == []
    assert found("cat", k=3) == []
    assert found("cat", "cat", k=0) == []
    assert found("cat", "cat", k=-1) == []


def test_the_text_of_a_row_is_its_fields_a_line_each() -> None:
    row = {"title": "Cats", "text": "They purr.", "note": None}
    assert passage_text(row, ("title", "note", "text", "absent")) == "Cats\nThey purr."


def test_a_retriever_gives_copies_of_rows() -> None:
    rows = [{"id": 1, "text": "a cat"}, {"id": 2, "text": "a dog"}]
    retrieve = bm25_retriever(rows, ["text"])
    (row,) = retrieve("dog", 3)
    assert row == rows[1]
    row["text"] = "changed"
    assert retrieve("dog", 3) == [{"id": 2, "text": "a dog"}]


def test_only_the_named_fields_are_searched() -> None:
    assert bm25_retriever([{"title": "cat", "text": "dog"}], ["text"])("cat", 1) == []
