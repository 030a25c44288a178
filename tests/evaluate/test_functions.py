"""The functions of metrics, by hand-computed values and by law."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmc.evaluate.functions import (
    METRIC_ARITY,
    METRIC_FUNCTIONS,
    close,
    contains,
    exact,
    f1,
    normalised,
    one_of,
    same,
    set_f1,
)
from lmc.ir.builtins import METRICS

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


def test_the_table_matches_what_the_checker_knows() -> None:
    assert set(METRIC_FUNCTIONS) == set(METRICS) == set(METRIC_ARITY)
    for name, function in METRIC_FUNCTIONS.items():
        assert len(inspect.signature(function).parameters) == METRIC_ARITY[name] == len(METRICS[name].params)


PAIRED = [exact, same, f1, set_f1]


@given(VALUES, VALUES)
def test_scores_lie_between_0_and_1_and_nothing_raises(want: Any, got: Any) -> None:
    for name, function in METRIC_FUNCTIONS.items():
        assert 0 <= function(*(want, got, 0.1)[: METRIC_ARITY[name]]) <= 1


@given(VALUES)
def test_a_value_meets_itself(value: Any) -> None:
    assert all(function(value, value) == 1 for function in PAIRED)
    assert one_of([value], value)


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(0, 10))
def test_a_number_is_close_to_itself(value: float, tolerance: float) -> None:
    assert close(value, value, tolerance)


@given(VALUES, VALUES)
def test_symmetry(want: Any, got: Any) -> None:
    for function in (exact, same, set_f1):
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
    assert not any(function(want, None) for function in (exact, same, f1, set_f1))
    assert not close(want, None, 1.0)
