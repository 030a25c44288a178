"""Which programs together do better than the best of them, out of what is known of each row: no call is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Literal, TypeAlias

from lmc.evaluate.scoring import Scored
from lmc.evaluate.statistics import differences, mean, standard_error

By: TypeAlias = Literal["majority", "weighted", "first_valid"]
"""How one value is made of several: what most say, what weighs most, or the first of a run that did not fail."""

PARTS, LEAST_PART = 8, 6
"""So many parts of the rows, of so many rows at least, are left out in turn to see what a choice is worth on rows that
it was not made on."""

LEAST = 16
"""Rows that programs must be known on together, of fewer nothing is learned."""

Results: TypeAlias = Sequence[Sequence[Scored]]
"""The results of each program, on the same rows."""


@dataclass(frozen=True)
class Votes:
    """What several programs get together on rows that all are known on, made one `by` a way: `found` are the results of
    each. What does not depend on weights is reckoned once for each set of programs."""

    found: Results
    by: By
    _known: dict[tuple[int, ...], list[float]] = field(default_factory=dict)

    @property
    def rows(self) -> range:
        """The numbers of the rows."""
        return range(len(self.found[0]))

    def weights(self, rows: Sequence[int]) -> list[float]:
        """The weight of each program: its mean score on some of the rows, at least 0.001."""
        return [max(round(mean([results[row].score for row in rows]), 3), 0.001) for results in self.found]

    def score(self, members: Sequence[int], row: int, weights: Sequence[float] | None) -> float:
        """The score that some of the programs get together on a row. A run that failed says nothing; of values that
        weigh the same that which was said first counts; where all failed it is 0. Without `weights` all weigh the
        same."""
        totals: dict[str, float] = {}
        scores: dict[str, float] = {}
        for one in members:
            said = self.found[one][row]
            if said.problem is None:
                if self.by == "first_valid":
                    return said.score
                totals[said.fingerprint] = totals.get(said.fingerprint, 0.0) + (weights[one] if weights else 1.0)
                scores.setdefault(said.fingerprint, said.score)
        return scores[max(totals, key=totals.__getitem__)] if totals else 0.0

    def scores(self, members: tuple[int, ...], rows: Sequence[int], weights: Sequence[float] | None) -> list[float]:
        """The scores on some rows."""
        if weights:
            return [self.score(members, row, weights) for row in rows]
        if members not in self._known:
            self._known[members] = [self.score(members, row, None) for row in self.rows]
        known = self._known[members]
        return [known[row] for row in rows]

    def learned(self, rows: Sequence[int]) -> list[float] | None:
        """The weights by some rows, where the way has weights."""
        return self.weights(rows) if self.by == "weighted" else None

    def best_single(self, rows: Sequence[int]) -> int:
        """The program of the highest mean on some rows, the first of several."""
        means = [mean([results[row].score for row in rows]) for results in self.found]
        return means.index(max(means))

    def complementary(self, rows: Sequence[int], most: int) -> tuple[int, ...]:
        """The programs, at most so many, that do best together on some rows: the best alone, then greedily those that
        add most to its score, until that is no more than its standard error. A majority takes two at a time, since a
        second voice alone never wins."""
        weights = self.learned(rows)
        chosen: tuple[int, ...] = (self.best_single(rows),)
        scores = self.scores(chosen, rows, weights)
        steps = (2,) if self.by == "majority" else (1, 2)
        while True:
            rest = [one for one in range(len(self.found)) if one not in chosen]
            offers = [
                (*chosen, *more) for step in steps if len(chosen) + step <= most for more in combinations(rest, step)
            ]
            ranked = {one: self.scores(one, rows, weights) for one in offers}
            if not ranked:
                return chosen
            winner = max(ranked, key=lambda one: (round(mean(ranked[one]), 9), -len(one)))
            gains = differences(ranked[winner], scores)
            if mean(gains) <= standard_error(gains, 0.5):
                return chosen
            chosen, scores = winner, ranked[winner]

    def honest_gain(self, most: int) -> float:
        """What a choice of programs gains over the best single one on rows that neither was chosen on: each part of the
        rows in turn is left out of both choices and scored by them (cross-validation)."""
        gains: list[float] = []
        parts = max(min(PARTS, len(self.rows) // LEAST_PART), 2)
        for part in range(parts):
            block = [row for row in self.rows if row % parts == part]
            rest = [row for row in self.rows if row % parts != part]
            if not rest:
                return 0.0
            members, single, weights = self.complementary(rest, most), self.best_single(rest), self.learned(rest)
            gains += [self.score(members, row, weights) - self.found[single][row].score for row in block]
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
