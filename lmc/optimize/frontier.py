"""Programs that nothing is better than: in score, cost and time together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from lmc.evaluate.metric import Cost, cost_of
from lmc.evaluate.scoring import Scored
from lmc.evaluate.statistics import differences, mean, quantile, standard_error
from lmc.ir.program import Program

Objective: TypeAlias = Literal["score", "cost", "latency"]
"""What is wanted of the programs of a front: the highest score, the lowest cost, or the least time."""


@dataclass(frozen=True, slots=True)
class Point:
    """A program, its scores on rows that all points of a front were run on, and what a run of it takes on the mean.
    `values` are fingerprints of what it gave on each; `before` are the scores of the program that there was before, on
    the same rows."""

    program: Program
    scores: tuple[float, ...]
    values: tuple[str, ...]
    before: tuple[float, ...]
    calls: float
    tokens: float
    dollars: float
    seconds: float

    @property
    def score(self) -> float:
        """The mean score."""
        return mean(self.scores)

    def cost(self, priced: bool) -> float:
        """What a run costs: in dollars where some model has a price, else in tokens."""
        return self.dollars if priced else self.tokens


def point_of(program: Program, results: Sequence[Scored], before: Sequence[Scored]) -> Point:
    """The point of a program; its results are kept with their outcomes."""
    costs = [Cost() if one.outcome is None else cost_of(one.outcome.calls) for one in results]
    return Point(
        program,
        tuple(one.score for one in results),
        tuple(one.fingerprint for one in results),
        tuple(one.score for one in before),
        mean([one.calls for one in costs]),
        mean([one.tokens for one in costs]),
        mean([one.dollars for one in costs]),
        mean([one.seconds for one in costs]),
    )


def front(points: Sequence[Point], epsilon: float, priced: bool) -> tuple[Point, ...]:
    """The points that no other one surely is as good as, cheapest first: an epsilon-Pareto set with confidence
    intervals in the place of points. One that costs more is left out only when another's score is, with 95 %
    confidence, not lower by more than `epsilon`."""
    kept = [one for one in points if not any(dominates(other, one, epsilon, priced) for other in points)]
    return tuple(sorted(kept, key=lambda one: (one.cost(priced), one.seconds, -one.score)))


def dominates(one: Point, other: Point, epsilon: float, priced: bool) -> bool:
    """Whether a point surely is as good as another in everything, and better in something. It is where both gave the
    same on all rows; else where the lower end of the difference says so, with 95 % confidence."""
    if one.cost(priced) > other.cost(priced) or one.seconds > other.seconds:
        return False
    gains = differences(one.scores, other.scores)
    low = 0.0 if one.values == other.values else mean(gains) - quantile(0.9) * standard_error(gains, 0.5)
    cheaper = one.cost(priced) < other.cost(priced) or one.seconds < other.seconds
    return low > 0 or (cheaper and low >= -epsilon)


def best_point(points: Sequence[Point], objective: Objective, epsilon: float, priced: bool) -> Point:
    """The point that is wanted: the one of highest score, of equals the cheapest; or of those whose mean is lower than
    the highest by at most `epsilon` the cheapest, or the fastest."""
    best = max(one.score for one in points)
    near = [one for one in points if one.score >= best - (0 if objective == "score" else epsilon)]
    if objective == "latency":
        return min(near, key=lambda one: (one.seconds, one.cost(priced), -one.score))
    return min(near, key=lambda one: (one.cost(priced), one.seconds, -one.score))
