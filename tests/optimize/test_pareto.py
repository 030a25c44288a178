"""Fronts over rows, and merges of lines."""

from __future__ import annotations

import random
from collections import Counter

from lmc.optimize.reflecting.pareto import Merges, ancestors, fronts, merge_of, parent_of, undominated

SCORES = [[1, 0, 0, 0], [0, 1, 1, 0], [0, 0, 1, 0], [1, 1, 0, 0]]


def test_a_front_has_for_each_row_the_programs_that_are_best_on_it() -> None:
    assert fronts(SCORES) == [{0, 3}, {1, 3}, {1, 2}, {0, 1, 2, 3}]


def test_programs_that_are_needed_on_no_row_go() -> None:
    """The first and the third lead on nothing that others do not."""
    assert undominated(fronts(SCORES), SCORES) == [{3}, {1, 3}, {1}, {1, 3}]


def test_parents_are_drawn_by_the_number_of_rows_that_they_lead_on() -> None:
    scores = [[1, 1, 1, 0], [0, 0, 0, 1]]
    rng = random.Random(0)
    drawn = Counter(parent_of(scores, rng) for _ in range(4000))
    assert abs(drawn[0] / 4000 - 0.75) < 0.03
    assert set(drawn) == {0, 1}


def test_a_merge_takes_of_each_call_what_was_changed() -> None:
    texts = [{"a": "old", "b": "old"}, {"a": "new", "b": "old"}, {"a": "old", "b": "new"}]
    scores = [[0, 0, 0, 1], [1, 0, 0, 1], [0, 1, 0, 1]]
    merges = Merges()
    found = merge_of(texts, [(), (0,), (0,)], scores, merges, random.Random(0))
    assert found == ({"a": "new", "b": "new"}, (1, 2))
    assert merge_of(texts, [(), (0,), (0,)], scores, merges, random.Random(0)) is None  # made already


def test_where_both_changed_a_call_the_better_line_has_it() -> None:
    texts = [{"a": "old", "b": "old"}, {"a": "one", "b": "one"}, {"a": "two", "b": "old"}]
    scores = [[0, 0, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0]]
    found = merge_of(texts, [(), (0,), (0,)], scores, Merges(), random.Random(0))
    assert found == ({"a": "one", "b": "one"}, (1, 2))


def test_a_line_is_not_merged_with_one_that_it_was_made_of() -> None:
    texts = [{"a": "old", "b": "old"}, {"a": "new", "b": "old"}, {"a": "new", "b": "new"}]
    scores = [[0, 0], [1, 0], [0, 1]]
    assert merge_of(texts, [(), (0,), (1,)], scores, Merges(), random.Random(0)) is None


def test_lines_that_are_worse_than_their_ancestor_are_not_merged() -> None:
    texts = [{"a": "old", "b": "old"}, {"a": "new", "b": "old"}, {"a": "old", "b": "new"}]
    scores = [[0.9, 0.9, 0.9], [1, 0, 0], [0, 1, 0]]
    assert merge_of(texts, [(), (0,), (0,)], scores, Merges(), random.Random(0)) is None


def test_all_ancestors_are_found_once() -> None:
    assert ancestors([(), (0,), (0,), (1, 2)], 3) == {0, 1, 2}
