"""Races and successive halving: the decisions, what they cost, and how often they are wrong."""

from __future__ import annotations

from math import sqrt
from random import Random
from statistics import NormalDist

import pytest

from lmc.evaluate.race import (
    Decision,
    RaceRule,
    decide,
    evaluations,
    halve,
    likeliest,
    rule_for,
    rungs,
    schedule,
    trusting,
    z_for,
)
from lmc.evaluate.statistics import z_of

RULE = RaceRule(block=16, minimum_blocks=2, z_accept=1.28)


def run(
    random: Random, rule: RaceRule, rows: int, worse: float, better: float, **options: float
) -> tuple[Decision, int]:
    """A race whose rows are worse and better with these probabilities: its end, and the rows that it took."""
    differences: list[float] = []
    while True:
        for _ in range(min(rule.block, rows - len(differences))):
            u = random.random()
            differences.append(-1.0 if u < worse else 1.0 if u < worse + better else 0.0)
        decision = decide(differences, rows, rule, **options)
        if decision != "continue":
            return decision, len(differences)


def accepted(rule: RaceRule, rows: int, worse: float, better: float, races: int = 1000, **options: float) -> float:
    random = Random(1)
    return sum(run(random, rule, rows, worse, better, **options)[0] == "accept" for _ in range(races)) / races


@pytest.mark.parametrize(
    ("rows", "budget", "rule"),
    [
        (300, 600, RaceRule(16, 2, 1.28)),
        (300, 399, RaceRule(8, 2, 1.28)),
        (100, 600, RaceRule(8, 2, 1.28)),
        (101, 800, RaceRule(16, 2, 1.64)),
        (100, 4000, RaceRule(8, 2, 1.64)),
        (100, 99, RaceRule(4, 2, 1.28)),
        (100, 24, RaceRule(3, 2, 1.28)),
        (100, 12, RaceRule(3, 2, 1.28)),
        (100, 11, RaceRule(3, 1, 1.28)),
    ],
)
def test_the_rule_follows_rows_and_budget(rows: int, budget: int, rule: RaceRule) -> None:
    assert rule_for(rows, budget) == rule


def test_no_decision_before_the_minimum_or_within_a_block() -> None:
    assert decide([1.0] * 16, 300, RULE) == "continue"
    assert decide([1.0] * 31, 300, RULE) == "continue"
    assert decide([1.0] * 32, 300, RULE) == "accept"
    assert decide([-1.0] * 40, 300, RULE) == "continue"
    assert decide([-1.0] * 48, 300, RULE) == "reject"


def test_a_positive_mean_is_not_enough_at_the_end() -> None:
    even = [1.0, -1.0] * 15 + [1.0, 0.0]
    assert decide(even, 300, RULE) == "continue"
    assert decide(even, 32, RULE) == "reject"


def test_few_rows_decide_at_their_end() -> None:
    assert decide([1.0] * 5, 5, RULE) == "accept"
    assert decide([0.0] * 5, 5, RULE) == "reject"
    assert decide([], 0, RULE) == "reject"


def test_equal_scores_go_on_and_lose_at_the_end() -> None:
    assert decide([0.0] * 64, 300, RULE) == "continue"
    assert decide([0.0] * 300, 300, RULE) == "reject"


def test_the_bound_of_a_change_that_saves_cost() -> None:
    # Equal scores on 32 rows: se is 0.5 / 32, the lower bound -1.28 * 0.0156 = -0.02
    assert decide([0.0] * 32, 300, RULE, noninferior=0.021) == "accept"
    assert decide([0.0] * 32, 300, RULE, noninferior=0.019) == "continue"
    assert decide([-1.0] * 8 + [0.0] * 24, 300, RULE, noninferior=0.02) == "reject"
    assert decide([], 0, RULE, noninferior=0.02) == "reject"


@pytest.mark.parametrize("discordant", [0.1, 0.2, 0.3])
def test_equals_are_accepted_as_often_as_the_design_says(discordant: float) -> None:
    assert 0.20 <= accepted(RULE, 300, discordant / 2, discordant / 2) <= 0.28
    assert 0.10 <= accepted(RaceRule(16, 2, 1.64), 300, discordant / 2, discordant / 2) <= 0.20


def test_worse_candidates_seldom_win_and_better_ones_mostly() -> None:
    assert accepted(RULE, 300, 0.125, 0.075) <= 0.07
    assert accepted(RULE, 300, 0.05, 0.20) >= 0.90


def test_a_race_looks_at_a_fraction_of_the_rows() -> None:
    random = Random(2)
    rows = [run(random, RULE, 300, 0.1, 0.1)[1] for _ in range(300)]
    assert sum(rows) / 300 <= 80


def test_a_change_that_costs_nothing_is_mostly_kept_and_one_that_costs_much_is_not() -> None:
    assert accepted(RULE, 300, 0.02, 0.02, noninferior=0.02) >= 0.6
    assert accepted(RULE, 300, 0.12, 0.02, noninferior=0.02) <= 0.07


@pytest.mark.parametrize(
    ("rows", "expected"),
    [(0, ()), (10, (10,)), (16, (16,)), (50, (16, 32, 50)), (64, (16, 32, 64)), (300, (16, 32, 64, 300))],
)
def test_rungs(rows: int, expected: tuple[int, ...]) -> None:
    assert rungs(rows) == expected


def test_the_cost_of_halving() -> None:
    assert schedule(16, 300) == ((16, 16), (32, 8), (64, 4), (300, 2))
    assert evaluations(16, 100) == 584
    assert evaluations(16, 300) == 984
    assert all(evaluations(16, rows) == 512 + 2 * (rows - 64) for rows in range(64, 500))
    assert all(evaluations(16, rows) <= 512 for rows in range(64))
    assert evaluations(1, 300) == 0


def test_halving_keeps_the_best_and_of_equals_the_first() -> None:
    scores = {"a": [0, 1], "b": [1, 1], "c": [1, 0], "d": [0, 0]}
    assert halve(scores, 2) == ("b", "a")
    assert halve(scores, 9) == ("b", "a", "c", "d")
    assert halve({"x": [0.1, 0.2, 0.3], "y": [0.3, 0.2, 0.1]}, 1) == ("x",)
    with pytest.raises(ValueError, match="same rows"):
        halve({"a": [1], "b": [1, 0]}, 1)


def test_of_candidates_that_rows_do_not_tell_apart_the_first_is_the_likeliest() -> None:
    rule = RaceRule(8, 2, 1.28)
    best = [1.0] * 16
    scores = {"none": [0.0] * 16, "half": [1.0, 0.0] * 8, "most": [0.0] + [1.0] * 15, "all": best}
    assert likeliest(scores, "all", rule, 4) == "most"
    assert likeliest({"all": best, **scores}, "all", rule, 4) == "all"
    assert likeliest({"half": scores["half"], "all": best}, "all", rule, 2) == "all"
    assert likeliest({"one": best, "other": best}, "other", rule, 2) == "one"


def test_the_best_of_more_candidates_must_be_surer_since_one_of_many_comes_out_best_by_chance() -> None:
    rule = RaceRule(8, 2, 1.28)
    scores = {"first": [1.0] * 40 + [0.0] * 20, "best": [1.0] * 44 + [0.0] * 16}
    assert z_of([1.0] * 4 + [0.0] * 56) == pytest.approx(2.05, abs=0.01)
    assert likeliest(scores, "best", rule, 2) == "best"
    assert likeliest(scores, "best", rule, 3) == "best"
    assert likeliest(scores, "best", rule, 16) == "first"
    assert z_for(1.28, 1) == pytest.approx(1.28)
    assert z_for(1.2816, 10) == pytest.approx(2.326, abs=0.001)


@pytest.mark.parametrize(("right", "decision"), [(2, "accept"), (5, "accept"), (6, "reject"), (7, "reject")])
def test_kinds_of_candidates_are_trusted_where_most_rows_are_wrong(right: int, decision: Decision) -> None:
    """One row won of eight is enough there, and two are where it is not."""
    rule = RaceRule(4, 2, 1.28)
    incumbent = [1.0] * right + [0.0] * (8 - right)
    assert decide([0.0] * 7 + [1.0], 8, trusting(rule, incumbent)) == decision
    assert decide([0.0] * 6 + [1.0] * 2, 8, trusting(rule, incumbent)) == "accept"


def planted(random: Random, rows: int, winner: int) -> list[list[float]]:
    """The scores of 16 candidates, one of which solves 70 % of the rows and the others 55 %; rows are hard or easy
    for all, which correlates two candidates' scores by about 0.64."""
    hardness = [random.gauss(0, 1) for _ in range(rows)]
    tables = []
    for candidate in range(16):
        bar = NormalDist().inv_cdf(0.70 if candidate == winner else 0.55)
        tables.append([float(sqrt(0.85) * row + sqrt(0.15) * random.gauss(0, 1) < bar) for row in hardness])
    return tables


@pytest.mark.parametrize("rows", [100, 300])
def test_a_lead_of_15_points_is_found_within_the_calls(rows: int) -> None:
    found = 0
    for seed in range(100):
        random = Random(seed)
        winner = random.randrange(16)
        tables = planted(random, rows, winner)
        left, scored = tuple(range(16)), set()
        steps = schedule(16, rows)
        for step, (rung, count) in enumerate(steps):
            assert len(left) == count
            scored |= {(candidate, row) for candidate in left for row in range(rung)}
            keep = steps[step + 1][1] if step + 1 < len(steps) else 1
            left = halve({candidate: tables[candidate][:rung] for candidate in left}, keep)
        assert len(scored) <= 512 + 2 * (rows - 64)
        found += left == (winner,)
    assert found >= 90


def test_a_program_that_is_right_on_most_rows_gives_way_to_one_of_many_only_where_that_is_surer() -> None:
    rule, won = RaceRule(8, 2, 1.28), [1.0] * 3 + [0.0] * 13
    earned, weak = [1.0] * 13 + [0.0] * 3, [1.0] * 8 + [0.0] * 8
    assert z_of(won) == pytest.approx(1.86, abs=0.01)
    assert decide(won, 60, trusting(rule, earned)) == "accept"
    assert decide(won, 60, trusting(rule, earned, 8)) == "continue"
    assert decide(won, 60, trusting(rule, weak, 8)) == "accept"
    assert trusting(rule, weak, 8) == trusting(rule, weak)
