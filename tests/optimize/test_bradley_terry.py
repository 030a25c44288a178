"""Strengths out of comparisons of two."""

from __future__ import annotations

import math
from itertools import combinations
from random import Random

import pytest

from lmc.optimize.proposing.bradley_terry import (
    Match,
    best_chance,
    elo,
    inverse,
    next_pairs,
    once_met,
    precision,
    strengths,
    tallied,
)


def test_who_wins_more_is_stronger_and_unknown_ones_are_average() -> None:
    found, covariance = strengths(4, [(0, 1, 1.0)] * 5 + [(1, 2, 1.0)] * 5)
    assert found[0] > found[1] > found[2]
    assert found[3] == 0
    assert covariance[3][3] == pytest.approx(4.0), "the prior"
    assert sum(found) == pytest.approx(0.0)


def test_ties_make_equal() -> None:
    found, _ = strengths(2, [(0, 1, 0.5)] * 8)
    assert found == pytest.approx([0.0, 0.0])


def test_the_strengths_are_where_the_density_is_highest() -> None:
    matches: list[Match] = [(0, 1, 1.0), (0, 1, 0.0), (0, 1, 1.0), (1, 2, 0.5)]
    found, _ = strengths(3, matches)

    def density(values: list[float]) -> float:
        total = -sum(one * one for one in values) / 8
        for first, second, won in matches:
            chance = 1 / (1 + math.exp(values[second] - values[first]))
            total += won * math.log(chance) + (1 - won) * math.log(1 - chance)
        return total

    for place in range(3):
        for step in (-0.01, 0.01):
            assert density(found) > density([one + step * (index == place) for index, one in enumerate(found)])


def test_one_more_match_without_inverting_again() -> None:
    matches: list[Match] = [(0, 1, 1.0), (1, 2, 1.0)]
    found, covariance = strengths(3, matches)
    matrix = precision(found, tallied(matches))
    spread = covariance[0][0] + covariance[2][2] - 2 * covariance[0][2]
    expected = [[*line] for line in matrix]
    for one, other, sign in ((0, 0, 1), (2, 2, 1), (0, 2, -1), (2, 0, -1)):
        expected[one][other] += sign * 0.25
    for line, wanted in zip(once_met(covariance, 0, 2, spread, 0.25), inverse(expected), strict=True):
        assert line == pytest.approx(wanted)


def test_those_meet_next_of_whom_least_is_known() -> None:
    found, covariance = strengths(4, [(0, 1, 1.0), (0, 1, 0.0)] * 5)
    pairs = next_pairs(found, covariance, set(combinations(range(4), 2)), 2)
    assert pairs[0] == (2, 3)
    assert (0, 1) not in pairs


def test_the_chance_of_the_best() -> None:
    assert best_chance(*strengths(2, [(0, 1, 1.0)] * 20), Random(0)) > 0.95
    assert 0.35 < best_chance(*strengths(2, []), Random(0)) < 0.65


def test_elo_as_it_is_reckoned_by_hand() -> None:
    assert elo(2, [(0, 1, 1.0)]) == [1216.0, 1184.0]
    first, second = elo(2, [(0, 1, 1.0), (0, 1, 0.5)])
    chance = 1 / (1 + 10 ** (-32 / 400))
    assert first == pytest.approx(1216 + 32 * (0.5 - chance))
    assert first + second == pytest.approx(2400)
