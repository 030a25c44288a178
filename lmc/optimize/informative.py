"""Informative rows first: rows that programs so far disagree on say more about the next one.

Rows that every candidate solves, or none, tell nothing apart. They come later, by chance and not for certain, and rows
count by the inverse of how likely they were to come so early, so that the estimate of a difference stays unbiased:
sequential Poisson sampling (Ohlsson 1998) with the estimator of Horvitz and Thompson (1952).
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lmc.evaluate.rows import Row
from lmc.evaluate.statistics import mean

LEAST = 0.25
"""What a row counts for that all programs agree on, as a share of one that they disagree most on."""

PROGRAMS = 3
"""So many programs must have been scored on a row before they can be said to disagree or not."""


@dataclass(frozen=True, slots=True)
class Order:
    """An order of rows, and how likely each is to come early, from `LEAST` to 1. A race ends after `most` of them
    (None: after all)."""

    rows: tuple[Row, ...]
    likely: tuple[float, ...]
    most: int | None = None

    def weights(self, count: int) -> list[float]:
        """What each of the first `count` rows counts for; their mean is 1, and all are 1 when all rows have come."""
        inverse = [1 / chance for chance in inclusion(self.likely, count)[:count]]
        total = sum(inverse)
        return [one * len(inverse) / total for one in inverse]


def in_order(rows: Sequence[Row]) -> Order:
    """The rows as they are, all of them equally likely."""
    return Order(tuple(rows), (1.0,) * len(rows))


def ordered(rows: Sequence[Row], scores: Mapping[str, Sequence[float]], rng: random.Random, count: int) -> Order:
    """An order of the rows, informative ones sooner, of which no more than the first `count` are taken. `scores` are
    those of each row, by id, one for each program that was scored on it."""
    likely = {row.id: LEAST + (1 - LEAST) * disagreement(scores.get(row.id, ())) for row in rows}
    keys = {row.id: rng.random() / likely[row.id] for row in rows}
    found = sorted(rows, key=lambda row: keys[row.id])
    return Order(tuple(found), tuple(likely[row.id] for row in found), count)


def disagreement(scores: Sequence[float]) -> float:
    """How much programs disagree on a row, from 0 to 1: the variance of its scores over the most it can be, smoothed as
    if one more had succeeded and one failed; 1 where too few are known."""
    if len(scores) < PROGRAMS:
        return 1.0
    smoothed = [*scores, 0.5]
    centre = mean(smoothed)
    return min(1.0, 4 * mean([(score - centre) ** 2 for score in smoothed]))


def inclusion(sizes: Sequence[float], count: int) -> list[float]:
    """How likely each is to be among the first `count`, proportional to its size and at most 1, all adding up to
    `count`."""
    if count >= len(sizes):
        return [1.0] * len(sizes)
    certain: set[int] = set()
    while True:
        rest = sum(size for index, size in enumerate(sizes) if index not in certain)
        factor = (count - len(certain)) / rest
        more = {index for index, size in enumerate(sizes) if index not in certain and factor * size >= 1}
        if not more:
            return [1.0 if index in certain else factor * size for index, size in enumerate(sizes)]
        certain |= more
