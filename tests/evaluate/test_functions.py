"""The functions of metrics, by hand-computed values and by law."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmc.evaluate.functions import METRIC_ARITY, METRIC_FUNCTIONS
from lmc.ir.builtins import COSTS, METRICS
from lmc.runtime.overlap import (
    entity_f1,
    json_match,
    list_f1,
    precision,
    recall,
    reciprocal_rank,
    set_f1,
)
from lmc.runtime.score import (
    close,
    contains,
    exact,
    f1,
    normalised,
    one_of,
    passage_match,
    preference,
    regex,
    same,
    weighted,
)
from lmc.runtime.wording import bleu, edit_similarity, rouge_l

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)


@pytest.mark.parametrize(
    ("want", "got", "met"),
    [
        ("Play", " Play\n", True),
        ("Play", "play", False),
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        ("1", 1, False),
        (["a ", 1], ["a", 1], True),
        (["a", "b"], ["b", "a"], False),
        ({"x": ["a"], "y": None}, {"y": None, "x": ["a "]}, True),
        ({"x": 1}, {"x": 1, "y": 2}, False),
        (None, None, True),
        (None, "", False),
        ("", None, False),
    ],
)
def test_exact(want: Any, got: Any, met: bool) -> None:
    assert exact(want, got) is met


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The  Eiffel Tower!", "eiffel tower"),
        ("an apple, a day", "apple day"),
        ("theatre", "theatre"),
        ("U.S.A.", "usa"),
        ("A.", "a"),
        ("?!", "?!"),
        ("", ""),
    ],
)
def test_normalised_text(text: str, expected: str) -> None:
    assert normalised(text) == expected


@pytest.mark.parametrize(
    ("want", "got", "met"),
    [
        ("the Beatles", "Beatles.", True),
        ("Beatles", "The Beatles band", False),
        ("A", "A.", True),
        ("the", "a", False),
        ("3.5", "35", True),
        (3.5, "35", False),
        (1000, "1,000", True),
        (18, "17 or 18", False),
        (True, "True", True),
        (True, 1, False),
        (["The x"], ["x"], True),
        ({"a": "X"}, {"a": "x"}, True),
        ("", None, False),
        (None, None, True),
    ],
)
def test_same(want: Any, got: Any, met: bool) -> None:
    assert same(want, got) is met


@pytest.mark.parametrize(
    ("text", "part", "met"),
    [
        ("It was the Fu Manchu band.", "fu manchu", True),
        ("concatenate", "cat", False),
        ("a cat", "cat", True),
        (["no", "yes, the cat"], "cat", True),
        ("only red", ["blue", "red"], True),
        ("x", "", False),
        ("42 birds", 42, True),
        (None, "x", False),
        ("x", None, False),
    ],
)
def test_contains(text: Any, part: Any, met: bool) -> None:
    assert contains(text, part) is met


@pytest.mark.parametrize(
    ("want", "got", "tolerance", "met"),
    [
        (10, 11, 0.1, True),
        (0.3, 0.33, 0.1, True),
        (10, 11.01, 0.1, False),
        (11, 10, 0.1, True),
        (10, 9, 0.0, False),
        (-100, -101, 0.01, True),
        (0, 0.05, 0.1, True),
        (0, 0.2, 0.1, False),
        ("1,234", "the answer is $1234.", 0.0, True),
        (18, "#### 18", 0.0, True),
        (5, "none", 1.0, False),
        (5, None, 1.0, False),
        (None, None, 1.0, False),
        (1, True, 1.0, False),
        (10**400, 1, 1.0, False),
    ],
)
def test_close(want: Any, got: Any, tolerance: float, met: bool) -> None:
    assert close(want, got, tolerance) is met


@pytest.mark.parametrize(
    ("want", "got", "score"),
    [
        ("the cat sat", "a cat sat down", 0.8),  # 2 common of 2 wanted and 3 given
        ("cat cat dog", "cat", 0.5),  # 1 common of 3 and 1
        ("red", "blue", 0.0),
        ("", "", 1.0),
        ("", "x", 0.0),
        (["New York", "NYC"], "nyc", 1.0),
        (["New York", "NYC"], "New Jersey", 0.5),
        (["a b c"], ["b", "c"], 1.0),
        (7, "7", 1.0),
        ("x", None, 0.0),
        (None, None, 1.0),
    ],
)
def test_f1(want: Any, got: Any, score: float) -> None:
    assert f1(want, got) == pytest.approx(score)


@pytest.mark.parametrize(
    ("want", "got", "score"),
    [
        (["a1", "b1", "c1"], ["c1", "a1"], 0.8),  # 2 common of 3 and 2
        (["x"], ["x", "x"], 2 / 3),
        (["The Cat"], ["cat!"], 1.0),
        ([1, 2], [2.0, 1.0], 1.0),
        ([1], [True], 0.0),
        ([], [], 1.0),
        ([], ["x"], 0.0),
        (["x"], [], 0.0),
        ("x", ["x"], 1.0),
        ({"song": ["So Nice"], "type": ["album"]}, {"song": ["so nice"], "type": []}, 2 / 3),
        ([{"name": "A b", "n": 1}], [{"n": 1, "name": "a B"}], 1.0),
        (["x"], None, 0.0),
        ([], None, 0.0),
    ],
)
def test_set_f1(want: Any, got: Any, score: float) -> None:
    assert set_f1(want, got) == pytest.approx(score)


def test_one_of() -> None:
    assert one_of(["NYC", "New York"], "new york!")
    assert not one_of(["NYC"], "York")
    assert not one_of([], "x")
    assert one_of("NYC", "nyc")
    assert not one_of(["NYC"], None)


@pytest.mark.parametrize(
    ("want", "got", "met"),
    [
        ("Fu Manchu", ["no", "It was the Fu Manchu band."], True),
        (["NYC", "New York"], ["in New York."], True),
        ("cat", ["concatenate"], False),
        ("Paris", [{"title": "Capitals", "text": "Of France:\nParis"}], True),
        ("title", [{"title": "Capitals", "text": "x"}], False),
        ("x", [], False),
        ("x", "the x", True),
        ("x", None, False),
        (None, None, True),
    ],
)
def test_passage_match(want: Any, got: Any, met: bool) -> None:
    assert passage_match(want, got) is met


@pytest.mark.parametrize(
    ("want", "got", "met"),
    [
        ("^[A-Z]{3}$", "ABC", True),
        ("^[A-Z]{3}$", "ABCD", False),
        (["x", "[0-9]"], "a1", True),
        ("^12$", 12, True),
        ("null", None, False),
        ([], "a", False),
    ],
)
def test_regex(want: Any, got: Any, met: bool) -> None:
    assert regex(want, got) is met


@pytest.mark.parametrize(
    ("function", "want", "got", "score"),
    [
        (list_f1, ["a", "b", "c"], ["c", "a", "b"], 2 / 3),
        (list_f1, ["a", "b"], ["a", "b"], 1),
        (list_f1, [], [], 1),
        (list_f1, ["a"], [], 0),
        (list_f1, ["The a"], None, 0),
        (recall, ["a", "b"], ["b", "c", "d"], 1 / 2),
        (recall, [], ["a"], 1),
        (recall, ["a"], [], 0),
        (precision, ["a", "b"], ["b", "c", "d", "B!"], 1 / 4),
        (precision, [], [], 1),
        (precision, ["a"], [], 0),
        (precision, [], ["a"], 0),
        (reciprocal_rank, ["b", "z"], ["a", "B.", "z"], 1 / 2),
        (reciprocal_rank, "a", ["a"], 1),
        (reciprocal_rank, "a", [], 0),
        (reciprocal_rank, None, None, 1),
    ],
)
def test_lists(function: Any, want: Any, got: Any, score: float) -> None:
    assert function(want, got) == pytest.approx(score)


ADA = {"text": "Ada", "label": "PER"}
PARIS = {"text": "Paris", "label": "LOC"}


@pytest.mark.parametrize(
    ("want", "got", "score"),
    [
        ([ADA, PARIS], [PARIS, ADA], 1),
        ([ADA, PARIS], [{**ADA, "text": " Ada"}], 2 / 3),
        ([ADA], [{"text": "Ada", "label": "LOC"}], 0),
        ([ADA], [{"text": "ada", "label": "PER"}], 0),
        ([ADA], [{**ADA, "confidence": 0.9}], 1),
        ([ADA], [ADA, ADA], 2 / 3),
        ([[0, 3, "PER"]], [[0, 3.0, "PER"]], 1),
        ([], [], 1),
        ([], [ADA], 0),
        ([ADA], [], 0),
        ([ADA], None, 0),
    ],
)
def test_entity_f1(want: Any, got: Any, score: float) -> None:
    assert entity_f1(want, got) == pytest.approx(score)


@pytest.mark.parametrize(
    ("want", "got", "score"),
    [
        ({"a": 1, "b": "x"}, {"a": 1, "b": "y"}, 1 / 2),
        ({"a": 1}, {"a": 1, "b": 2}, 1 / 2),
        ({"a": 1, "b": None}, {"a": 1.0}, 1),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, 1 / 2),
        ({"a": 1}, '{"a": 1}', 1),
        ('{"a": 1}', "no JSON", 0),
        ({"a": 1}, {"a": True}, 0),
        ({"a": []}, {"a": []}, 1),
        ({}, {"a": 1}, 0),
        ("x", "x ", 1),
        ({"a": 1}, None, 0),
        (None, None, 1),
    ],
)
def test_json_match(want: Any, got: Any, score: float) -> None:
    assert json_match(want, got) == pytest.approx(score)


def test_json_match_takes_any_text() -> None:
    assert json_match("[" * 100_000, "[") == 0
    assert json_match({"a": 1}, "{" * 1000) == 0


@pytest.mark.parametrize(
    ("want", "got", "score"),
    [
        ("kitten", "sitting", 1 - 3 / 7),
        (" abc ", "abc", 1),
        ("", "", 1),
        ("", "abc", 0),
        (["x", "abc"], "abd", 2 / 3),
        ("abc", None, 0),
        (12, "12", 1),
    ],
)
def test_edit_similarity(want: Any, got: Any, score: float) -> None:
    assert edit_similarity(want, got) == pytest.approx(score)


@pytest.mark.parametrize(
    ("want", "got", "score"),
    [
        # As google-research's rouge_score 0.1.2 gives them (rougeL, no stemmer).
        ("the cat sat on the mat", "the cat was on a mat", 2 / 3),
        ("police killed the gunman", "the gunman killed police", 0.5),
        ("Well-known: U.S. facts!", "well known u s facts", 1.0),
        (["a b c d", "x y"], "x y z", 0.8),
        ("a b", "", 0.0),
        ("a b", None, 0.0),
        # And where it says 0 of nothing and nothing:
        ("", "", 1.0),
    ],
)
def test_rouge_l(want: Any, got: Any, score: float) -> None:
    assert rouge_l(want, got) == pytest.approx(score)


@pytest.mark.parametrize(
    ("want", "got", "score"),
    [
        # As sacrebleu 2.6.0's sentence_bleu gives them, divided by 100.
        ("the cat sat on the mat", "the cat sat on the mat", 1.0),
        ("the cat sat on the mat", "the cat is on the mat", 0.3799178428257963),
        ("the cat sat on the mat", "the the the the the the the", 0.07809849842300637),
        ("It costs 1,000.50 dollars.", "It costs 1,000.50 dollars .", 1.0000000000000004),
        (["the quick brown fox", "a fast brown fox jumps"], "the fast brown fox", 0.6389431042462729),
        ("a b c d e f g h", "a b c d", 0.3678794411714425),
        ("the cat", "dog", 0.0),
        ("one two", "one", 0.3678794411714425),
        ("Don't stop-me &amp; go", "Don't stop-me & go", 1.0000000000000004),
        ("the cat sat", "the mat sat on it and the cat too", 0.10552670315936317),
        # And where it says 0 of nothing and nothing:
        ("", "", 1.0),
        ("a b", None, 0.0),
    ],
)
def test_bleu(want: Any, got: Any, score: float) -> None:
    assert bleu(want, got) == pytest.approx(score, abs=1e-9)


@pytest.mark.parametrize(
    ("verdict", "swapped", "score"),
    [
        ("first", "second", 1.0),
        ("second", "first", 0.0),
        ("first", "first", 0.5),
        ("A", "B", 1.0),
        ("first", "tie", 0.75),
        (True, False, 1.0),
        (True, True, 0.5),
        (0.9, 0.3, 0.8),
        (0.9, 0.6, 0.5),
        (None, None, 0.5),
    ],
)
def test_a_judge_counts_only_where_both_orders_agree(verdict: Any, swapped: Any, score: float) -> None:
    assert preference(verdict, swapped) == pytest.approx(score)


def test_weighted() -> None:
    assert weighted([True, 0.5], [3, 1]) == pytest.approx(0.875)
    assert weighted([False, 1], [0, 2]) == 1
    for scores, weights in (([1], [1, 1]), ([1], [-1]), ([1], [0]), ([], [])):
        with pytest.raises(ValueError, match="a weight of at least 0"):
            weighted(scores, weights)


def test_a_verdict_in_other_words_is_refused() -> None:
    with pytest.raises(ValueError, match="a verdict is"):
        preference("both are good", "tie")


def test_the_table_matches_what_the_checker_knows() -> None:
    assert set(METRIC_FUNCTIONS) == set(METRICS) - set(COSTS) == set(METRIC_ARITY)
    for name, function in METRIC_FUNCTIONS.items():
        assert len(inspect.signature(function).parameters) == METRIC_ARITY[name] == len(METRICS[name].params)


PAIRED = [exact, same, f1, set_f1, list_f1, recall, precision, entity_f1, json_match, rouge_l, bleu, edit_similarity]


@given(VALUES, VALUES)
def test_scores_lie_between_0_and_1_and_nothing_raises(want: Any, got: Any) -> None:
    for name, function in METRIC_FUNCTIONS.items():
        if name not in ("regex", "preference", "weighted"):
            assert 0 <= function(*(want, got, 0.1)[: METRIC_ARITY[name]]) <= 1


@given(VALUES)
def test_a_value_meets_itself(value: Any) -> None:
    assert [function.__name__ for function in PAIRED if function(value, value) != pytest.approx(1)] == []
    assert one_of([value], value)


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(0, 10))
def test_a_number_is_close_to_itself(value: float, tolerance: float) -> None:
    assert close(value, value, tolerance)


@given(VALUES, VALUES)
def test_symmetry(want: Any, got: Any) -> None:
    for function in (exact, same, set_f1, list_f1, json_match):
        assert function(want, got) == function(got, want)


@given(st.text(), st.text())
def test_f1_of_texts_is_symmetric_and_bounded_by_same(want: str, got: str) -> None:
    assert f1(want, got) == f1(got, want)
    assert f1(want, got) == 1 or not same(want, got)


@given(st.lists(st.text(alphabet="abcxyz", min_size=1)), st.randoms())
def test_set_f1_knows_no_order(items: list[str], random: Any) -> None:
    assert set_f1(items, random.sample(items, len(items))) == 1


@given(VALUES.filter(lambda value: value is not None))
def test_null_given_scores_nothing(want: Any) -> None:
    assert not any(function(want, None) for function in PAIRED)
    assert not close(want, None, 1.0)
