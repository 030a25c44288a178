"""When a candidate has won: decisions on scores alone, which call no LM.

A race compares a candidate with the incumbent on the same rows, block by block, and stops as soon as the paired
differences decide. Successive halving (Jamieson and Talwalkar 2016) thins out many candidates on few rows before any
sees all of them.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Literal, TypeAlias, TypeVar

from lmc.evaluate.statistics import mean, z_of

Decision: TypeAlias = Literal["accept", "reject", "continue"]

K = TypeVar("K", bound=Hashable)

FIRST_RUNGS = (16, 32, 64)


@dataclass(frozen=True, slots=True)
class RaceRule:
    """How a race is run: rows in a block, blocks before the first decision, the z above which a candidate is accepted.
    `floor` is half of the range of a score (see `z_of`). `z_end`: the z above which it is accepted when all rows have
    been seen (None: `z_accept`), `z_reject` the one below which it is rejected before."""

    block: int
    minimum_blocks: int
    z_accept: float
    floor: float = 0.5
    z_end: float | None = None
    z_reject: float = 0.0


def rule_for(validation_rows: int, budget: int, score_range: float = 1.0) -> RaceRule:
    """The rule for so many validation rows and a budget of so many runs of the program. Blocks of 16 rows, of 8 where
    rows (at most 100) or runs (under 400) are few, of 4 where runs are very few (under 100), of 3 where they are
    fewest (under 25); two blocks before the first decision, one where no more can be paid for both sides of a race
    (under 12 runs); z over 1.28 (one-sided 10 %), from 800 runs on over 1.64 (5 %), since a larger budget tries more
    candidates. A race between equals accepts more often than that, for it is decided at several looks: 1.28 about one
    time in four."""
    block = 3 if budget < 25 else 4 if budget < 100 else 8 if validation_rows <= 100 or budget < 400 else 16
    return RaceRule(block, 1 if budget < 12 else 2, 1.28 if budget < 800 else 1.64, score_range / 2)


def decide(differences: Sequence[float], total: int, rule: RaceRule, noninferior: float | None = None) -> Decision:
    """What the paired differences (candidate less incumbent) of a race's first rows say. `total` is the number of rows
    that the race may use; where the budget ends it before, the number of differences there are.

    Looks at whole blocks, after the minimum: accepts when z is over `z_accept`, rejects when it is under `z_reject`,
    else goes on; at the end it accepts only when z is over `z_end`, never on a bare positive mean.

    `noninferior` is how much may be lost by a change that saves cost: the candidate is accepted when the one-sided
    lower bound of its gain, `mean - z_accept * se`, is at least `-noninferior`. That is the same race on differences
    raised by so much.
    """
    n = len(differences)
    at_end = n >= total
    if not at_end and (n < rule.minimum_blocks * rule.block or n % rule.block):
        return "continue"
    margin = noninferior or 0.0
    z = z_of([difference + margin for difference in differences], rule.floor)
    if z > rule.z_accept or (noninferior is not None and n > 0 and z >= rule.z_accept):
        return "accept"
    if at_end:
        return "accept" if rule.z_end is not None and noninferior is None and z > rule.z_end else "reject"
    return "reject" if z < rule.z_reject else "continue"


def rows_needed(rule: RaceRule, margin: float) -> int:
    """How many rows a race must see before it can show that no more than the margin is lost, if nothing is."""
    least = math.ceil(rule.z_accept * rule.floor / margin)
    return max(math.ceil(least / rule.block), rule.minimum_blocks) * rule.block


EARNED = 0.75
"""The share of the most that a score can be from which on a program has earned more trust than a kind of change has."""


def trusting(rule: RaceRule, incumbent: Sequence[float], tried: int = 1) -> RaceRule:
    """The rule for a candidate of a kind that mostly is better, such as demonstrations where there were none: chance
    has to speak against it, or for it a little when all rows have been seen (one-sided 31 %). Where the `incumbent` has
    scored `EARNED` or more on the rows so far it is the rule as it was: kinds are trusted for what they gain where most
    rows are wrong, and where few are, one row won on six or eight is chance; the more so of as many candidates as are
    `tried` at the same time, which have to be as sure as all of them together allow (see `z_for`)."""
    if incumbent and mean(incumbent) >= EARNED * 2 * rule.floor:
        return replace(rule, z_accept=z_for(rule.z_accept, tried))
    return replace(rule, z_end=0.5, z_reject=-0.5)


def rungs(validation_rows: int, few: bool = False) -> tuple[int, ...]:
    """The numbers of rows after which successive halving drops candidates: 16, 32, 64 and all, as far as there are as
    many; 8 before them where runs are `few`."""
    first = (8, *FIRST_RUNGS) if few else FIRST_RUNGS
    below = tuple(rung for rung in first if rung < validation_rows)
    return (*below, validation_rows) if validation_rows > 0 else ()


def schedule(candidates: int, validation_rows: int, few: bool = False) -> tuple[tuple[int, int], ...]:
    """For each rung its number of rows and how many candidates are scored up to it: all, then half (rounded up) of
    those before. One wins after the last rung."""
    steps = []
    for rung in rungs(validation_rows, few):
        steps.append((rung, candidates))
        candidates = (candidates + 1) // 2
    return tuple(steps)


def evaluations(candidates: int, validation_rows: int, few: bool = False) -> int:
    """How many rows successive halving scores, over all candidates, where scores of earlier rungs are kept: of 16
    candidates 16 * 16 + 8 * 16 + 4 * 32 + 2 * (V - 64) on V rows from 64 on. One candidate is the winner without a
    score."""
    if candidates <= 1:
        return 0
    done, total = 0, 0
    for rung, left in schedule(candidates, validation_rows, few):
        total += (rung - done) * left
        done = rung
    return total


def halve(scores: Mapping[K, Sequence[float]], keep: int) -> tuple[K, ...]:
    """The `keep` candidates of highest mean score, best first; of equals the one that stands first in `scores`. All are
    scored on the same rows. Raises ValueError when they are not of one length, or empty."""
    if len({len(row_scores) for row_scores in scores.values()}) > 1:
        raise ValueError("candidates must be scored on the same rows")
    means = {candidate: mean(row_scores) for candidate, row_scores in scores.items()}
    return tuple(sorted(means, key=lambda candidate: -means[candidate])[:keep])


def likeliest(scores: Mapping[K, Sequence[float]], best: K, rule: RaceRule, tried: int) -> K:
    """The first of the candidates, which stand likeliest first, that the best one is not shown to be better than: of
    many on few rows the highest mean is mostly chance (as in the rule of one standard error of Breiman et al. 1984).
    All are scored on the same rows, and are what is left of so many `tried`, each of which could have come out best by
    chance: the best one must be as sure as all of them together allow (Bonferroni 1936)."""
    needed = z_for(rule.z_accept, max(tried - 1, 1))
    for candidate, own in scores.items():
        if z_of([one - other for one, other in zip(scores[best], own, strict=True)], rule.floor) <= needed:
            return candidate
    return best


def z_for(z: float, comparisons: int) -> float:
    """The z that one of so many comparisons must be over, so that any of them is by chance no more often than one is
    over `z`."""
    normal = NormalDist()
    return -normal.inv_cdf(normal.cdf(-z) / comparisons)
