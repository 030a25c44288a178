"""Which programs together do better than the best of them, out of what is known of each row: no call is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Literal, TypeAlias

from lmc.evaluate.scoring import Scored
from lmc.evaluate.statistics import differences, mean, standard_error

By: TypeAlias = Literal["majority", "weighted", "first_valid"]
"""How one value is made of several: what most say, what weighs most, or the first of a run that did not fail."""

BLOCK = 8
"""Rows that are left out together to see what a choice is worth on rows that it was not made on."""

LEAST = 16
"""Rows that programs must be known on together, of fewer nothing is learned."""

Results: TypeAlias = Sequence[Sequence[Scored]]
"""The results of each program, on the same rows."""


def weights_of(found: Results, rows: Sequence[int]) -> list[float]:
    """The weight of each program: its mean score on some of the rows, at least 0.001."""
    return [max(round(mean([results[row].score for row in rows]), 3), 0.001) for results in found]


def score_of(found: Results, members: Sequence[int], row: int, by: By, weights: Sequence[float]) -> float:
    """The score that some of the programs get together on a row. A run that failed says nothing; of values that weigh
    the same that which was said first counts; where all failed it is 0."""
    said = [one for one in members if found[one][row].problem is None]
    if not said:
        return 0.0
    if by == "first_valid":
        return found[said[0]][row].score
    totals: dict[str, float] = {}
    for one in said:
        value = found[one][row].fingerprint
        totals[value] = totals.get(value, 0.0) + (weights[one] if by == "weighted" else 1.0)
    most = max(totals, key=lambda value: totals[value])
    return next(found[one][row].score for one in said if found[one][row].fingerprint == most)


def scores_of(found: Results, members: Sequence[int], rows: Sequence[int], by: By) -> list[float]:
    """The scores on some rows; weights are of these rows."""
    weights = weights_of(found, rows)
    return [score_of(found, members, row, by, weights) for row in rows]


def best_single(found: Results, rows: Sequence[int]) -> int:
    """The program of the highest mean on some rows, the first of several."""
    means = [mean([results[row].score for row in rows]) for results in found]
    return means.index(max(means))


def complementary(found: Results, rows: Sequence[int], by: By, most: int) -> tuple[int, ...]:
    """The programs, at most so many, that do best together on some rows: the best alone, then greedily those that add
    most to its score, until that is no more than its standard error. A majority takes two at a time, since a second
    voice alone never wins."""
    chosen: tuple[int, ...] = (best_single(found, rows),)
    scores = scores_of(found, chosen, rows, by)
    steps = (2,) if by == "majority" else (1, 2)
    while True:
        rest = [one for one in range(len(found)) if one not in chosen]
        offers = [(*chosen, *more) for step in steps if len(chosen) + step <= most for more in combinations(rest, step)]
        ranked = {one: scores_of(found, one, rows, by) for one in offers}
        if not ranked:
            return chosen
        winner = max(ranked, key=lambda one: (round(mean(ranked[one]), 9), -len(one)))
        gains = differences(ranked[winner], scores)
        if mean(gains) <= standard_error(gains, 0.5):
            return chosen
        chosen, scores = winner, ranked[winner]


def honest_gain(found: Results, rows: Sequence[int], by: By, most: int) -> float:
    """What a choice of programs gains over the best single one on rows that neither was chosen on: each block of rows
    in turn is left out of both choices and scored by them (leave one block out)."""
    gains: list[float] = []
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK]
        rest = [row for row in rows if row not in block]
        if not rest:
            return 0.0
        members, single = complementary(found, rest, by, most), best_single(found, rest)
        weights = weights_of(found, rest)
        gains += [score_of(found, members, row, by, weights) - found[single][row].score for row in block]
    return mean(gains) if gains else 0.0


def known_together(known: Sequence[Mapping[str, Scored]], order: Sequence[str]) -> tuple[list[int], list[str]]:
    """The programs, by number, that are known on many of the same rows, and those rows in their order: at least half of
    those of the first program, and `LEAST`. Those come in first that are known on most."""
    rows = [row for row in order if row in known[0]]
    least = max(LEAST, len(rows) // 2)
    if len(rows) < least:
        return [], []
    taken = [0]
    for number in sorted(range(1, len(known)), key=lambda one: -sum(row in known[one] for row in rows)):
        both = [row for row in rows if row in known[number]]
        if len(both) >= least:
            taken.append(number)
            rows = both
    return sorted(taken), rows
