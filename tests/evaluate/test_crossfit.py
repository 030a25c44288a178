"""Cross-fitting: how far the score of a chosen program is from what it is worth, with and without it."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmc.evaluate.crossfit import crossfitted
from lmc.evaluate.race import halve, rungs

Scores = list[float]


def tuned(random: Random, worth: Sequence[float], rows: int) -> tuple[Scores, Scores, list[list[float | None]], float]:
    """Successive halving among candidates of so much worth each, the first of which is the program as written: the
    scores of what was chosen, those as written, those of all as far as they were seen, and what the chosen is worth."""
    scores = [[float(random.random() < one) for _ in range(rows)] for one in worth]
    seen = [rows] + [0] * (len(worth) - 1)
    alive = list(range(1, len(worth)))
    for rung in rungs(rows, few=True):
        for index in alive:
            seen[index] = rung
        kept = halve({index: scores[index][:rung] for index in alive}, (len(alive) + 1) // 2)
        alive = list(kept)
    best = max((0, alive[0]), key=lambda index: sum(scores[index]))
    known = [[*one[:count], *[None] * (rows - count)] for one, count in zip(scores, seen, strict=True)]
    return scores[best], scores[0], known, worth[best]


def errors(worth: Sequence[float], rows: int) -> tuple[float, float]:
    """By how much the score of what was chosen is too high on the mean of many tunings: as it is, and cross-fitted."""
    random, plain, fitted = Random(1), [], []
    for seed in range(200):
        chosen, written, known, true = tuned(random, worth, rows)
        plain.append(fmean(chosen) - true)
        fitted.append(fmean(crossfitted(chosen, written, known, seed)) - true)
    return fmean(plain), fmean(fitted)


@pytest.mark.parametrize(("rows", "curse"), [(20, 0.19), (40, 0.13), (80, 0.08)])
def test_of_sixteen_equal_candidates_the_best_seems_better_than_it_is_and_cross_fitting_takes_most_of_that_away(
    rows: int, curse: float
) -> None:
    plain, fitted = errors([0.6] * 17, rows)
    assert plain == pytest.approx(curse, abs=0.01)
    assert 0 < fitted < 0.4 * plain


def test_it_takes_little_from_candidates_that_are_better() -> None:
    plain, fitted = errors([0.5, 0.6, 0.9, 0.6, 0.5], 60)
    assert abs(plain) < 0.02
    assert abs(fitted) < 0.02


def test_a_candidate_without_rivals_keeps_its_score() -> None:
    written, chosen = [0.0] * 20, [1.0] * 20
    assert crossfitted(chosen, written, [], 0) == chosen


def test_a_program_chosen_for_less_cost_gives_up_what_the_choice_of_the_best_gained_and_no_more() -> None:
    written, best = [1.0, 0.0] * 20, [1.0] * 40
    cheap = [1.0] * 38 + [0.0] * 2
    found = crossfitted(cheap, written, [best], 0)
    assert found[:38] == cheap[:38]
    assert fmean(cheap) - fmean(found) <= fmean(best) - fmean(cheap)


SCORE = st.sampled_from([0.0, 0.5, 1.0])


@st.composite
def tables(draw: st.DrawFn) -> tuple[Scores, Scores, list[list[float | None]]]:
    rows = draw(st.integers(1, 30))
    full = st.lists(SCORE, min_size=rows, max_size=rows)
    part = st.lists(st.none() | SCORE, min_size=rows, max_size=rows)
    return draw(full), draw(full), draw(st.lists(part, max_size=6))


@given(tables(), st.integers(0, 9))
def test_it_is_never_more_than_the_score_itself_and_the_same_each_time(
    table: tuple[Scores, Scores, list[list[float | None]]], seed: int
) -> None:
    chosen, written, others = table
    found = crossfitted(chosen, written, others, seed)
    assert fmean(found) <= fmean(chosen) + 1e-9
    assert found == crossfitted(chosen, written, others, seed)
    assert found == crossfitted(chosen, written, [*others, *others], seed)
