"""SIMBA, DSPy's stochastic introspective mini-batch ascent."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lmc.evaluate.rows import Row
from lmc.evaluate.statistics import mean
from lmc.ir.patch import apply_patch
from lmc.ir.program import Program, Settings
from lmc.optimize.base import OutOfBudget
from lmc.optimize.bench import Bench
from lmc.optimize.demonstrations.demos import demos_of
from lmc.optimize.places import sites_with
from lmc.optimize.proposing.grounding import cut, outline
from lmc.optimize.reflecting.cases import given
from lmc.optimize.reflecting.failures import Example
from lmc.optimize.reflecting.reflection import Line, instruction_at
from lmc.optimize.reflecting.trajectories import Bucket, bucket_of, heated, with_demos
from lmc.optimize.runs import Trip, run_trips

HEAT = 0.2
"""How evenly programs are drawn: the temperature of the softmax over their mean scores."""


@dataclass
class Simba:
    """SIMBA as DSPy has it. A step: on `rows` train rows, `k` runs of each at temperature 1, each by a program drawn
    from the best `k` and the one as written; of the rows with the largest gap between runs `k + 1` new programs are
    made, each out of one that is drawn, some of its demonstrations dropped, with either the good run as a demonstration
    or advice on each call appended to its instruction; all run on the same rows and join the pool. At the end at most
    `k + 1` of the steps' winners run on all train rows, and the best is given."""

    bench: Bench
    rng: random.Random
    k: int
    rows: int
    demos: int
    patience: int | None = None
    scores: list[list[float]] = field(default_factory=lambda: [[]])
    winners: list[int] = field(default_factory=lambda: [0])
    order: list[Row] = field(default_factory=list)
    place: int = 0
    batch: list[Row] = field(default_factory=list)
    number: int = 0
    drops: int = 0

    def parents(self, pool: Sequence[Line]) -> tuple[int, ...]:
        """The programs that runs are drawn from; none where there are fewer train rows than a step takes."""
        if len(self.bench.train) < self.rows:
            self.bench.listen("skip", reason=f"a step takes {self.rows} train rows, and there are fewer")
            return ()
        return self.top()

    def top(self) -> tuple[int, ...]:
        """The `k` best of the pool, the one as written among them."""
        best = sorted(range(len(self.scores)), key=lambda one: -average(self.scores[one]))[: self.k]
        return tuple(dict.fromkeys(best if 0 in best else [*best[:-1], 0]))

    def propose(self, pool: Sequence[Line], parents: tuple[int, ...]) -> list[Line]:
        """A program for each of the rows with the most to learn from."""
        self.batch = self.next_rows()
        buckets = self.buckets(pool, parents)
        every = sorted(run.scored.score for one in buckets for run in one.runs)
        low, high = percentile(every, 10), percentile(every, 90)
        buckets = sorted(buckets, key=lambda one: one.rank, reverse=True)[: self.k + 1]
        sources, strategies = [], []
        for _ in buckets:
            source = self.drawn(self.top())
            sources.append((source, self.thinned(pool[source].program)))
            strategies.append(self.rng.choice(("demo", "rule") if self.demos else ("rule",)))
        advice = iter(self.advised(pool, buckets, strategies, low, high))
        self.number += 1
        found = []
        for bucket, strategy, (source, program) in zip(buckets, strategies, sources, strict=True):
            if strategy == "rule":
                changed = self.with_advice(program, said) if (said := next(advice)) is not None else program
            else:
                good = bucket.good.scored.score > low
                changed = with_demos(program, self.bench.module, bucket.good, self.most(program)) if good else program
            found.append(Line(changed, (source,), f"{strategy} of {bucket.row.id}"))
        return found

    def next_rows(self) -> list[Row]:
        """The rows of a step; the order is drawn anew when there are too few left."""
        if not self.order or self.place + self.rows > len(self.order):
            self.order = self.order or list(self.bench.train)
            self.rng.shuffle(self.order)
            self.place = 0
        self.place += self.rows
        return self.order[self.place - self.rows : self.place]

    def buckets(self, pool: Sequence[Line], parents: Sequence[int]) -> list[Bucket]:
        """`k` runs on each row, each by a program that is drawn."""
        hot = {one: heated(pool[one].program, self.bench.module, 1.0) for one in parents}
        trips = [Trip(hot[self.drawn(parents)], row, sample) for sample in range(self.k) for row in self.batch]
        runs: dict[str, list[Example]] = {}
        for trip, scored in zip(trips, run_trips(self.bench, trips), strict=True):
            runs.setdefault(trip.row.id, []).append(Example(trip.row, scored))
        return [bucket_of(row, runs[row.id]) for row in self.batch]

    def drawn(self, programs: Sequence[int]) -> int:
        """One of the programs, the better the likelier."""
        weights = [math.exp(average(self.scores[one]) / HEAT) for one in programs]
        return self.rng.choices(list(programs), weights)[0]

    def most(self, program: Program) -> int:
        """More demonstrations than any call has: dropping is done before."""
        return 1 + max((len(demos_of(program, one)) for _, one in self.places(program)), default=0)

    def places(self, program: Program) -> Any:
        """The call sites that have a place for demonstrations."""
        return sites_with(program, self.bench.module, "demos")

    def thinned(self, program: Program) -> Program:
        """The program without a few of its demonstrations, of the same places at all calls: as many as a Poisson draw
        says, and one at least when it has as many as it may."""
        most = self.demos or 3
        count = max((len(demos_of(program, one)) for _, one in self.places(program)), default=0)
        lot = self.bench.rng(f"contrast/simba/{self.number}/{self.drops}")
        self.drops += 1
        drop = min(max(poisson(count / most, lot), int(count >= most)), count)
        gone = {self.rng.randrange(count) for _ in range(drop)}
        patch = {
            address: Settings(demos=tuple(one for at, one in enumerate(demos_of(program, predict)) if at not in gone))
            for address, predict in self.places(program)
            if gone and demos_of(program, predict)
        }
        return apply_patch(program, patch) if patch else program

    def advised(
        self, pool: Sequence[Line], buckets: Sequence[Bucket], strategies: Sequence[str], low: float, high: float
    ) -> list[Mapping[str, str] | None]:
        """Advice for each of the rows that are to give a rule; None where the runs on one do not differ enough."""
        ruled = [one for one, strategy in zip(buckets, strategies, strict=True) if strategy == "rule"]
        telling = [one for one in ruled if one.good.scored.score > low and one.bad.scored.score < high]
        told = outline(pool[0].program, self.bench.module)
        asks = [{"program": told, **trajectories(one, high)} for one in telling]
        said = iter(self.bench.propose("simba", asks, self.number * (self.k + 1)) if asks else [])
        return [next(said) if any(one is other for other in telling) else None for one in ruled]

    def with_advice(self, program: Program, advice: Mapping[str, str]) -> Program:
        """The program with the advice that each call got behind its instruction."""
        patch = {
            address: Settings(instruction=f"{instruction_at(program, self.bench, address)}\n\n{text}")
            for address, _ in sites_with(program, self.bench.module, "instruction")
            if (text := advice.get(address, "").strip())
        }
        return apply_patch(program, patch) if patch else program

    def accept(self, pool: Sequence[Line], proposed: Sequence[Line]) -> list[Line]:
        """All of them, with their scores on the rows of the step."""
        results = self.bench.results([one.program for one in proposed], self.batch)
        found = [[one.score for one in scored] for scored in results]
        means = [mean(one) for one in found]
        self.winners.append(len(pool) + means.index(max(means)))
        self.scores += found
        return list(proposed)

    def best(self, pool: Sequence[Line]) -> Program:
        """Of winners of steps, evenly chosen, the one that is best on all train rows."""
        last, count = len(self.winners) - 1, self.k
        chosen = dict.fromkeys(round(one * last / max(count, 1)) for one in range(count + 1))
        programs = [pool[self.winners[one]].program for one in chosen]
        try:
            results = self.bench.results(programs, self.bench.train)
        except OutOfBudget:
            return pool[self.winners[-1]].program
        means = [mean([one.score for one in scored]) for scored in results]
        return programs[means.index(max(means))]


def average(scores: Sequence[float]) -> float:
    """The mean; 0 of nothing."""
    return mean(scores) if scores else 0.0


def trajectories(bucket: Bucket, high: float) -> dict[str, str]:
    """The good run and the bad one; where they are equally good, only one, which is the bad one unless it is better
    than most."""
    good, bad = trajectory(bucket.good), trajectory(bucket.bad)
    if bucket.rank[0] > 0:
        return {"better": good, "worse": bad}
    if bucket.good.scored.score > high:
        return {"better": good, "worse": "not known"}
    return {"better": "not known", "worse": bad}


def trajectory(example: Example) -> str:
    """What each call of a run took and gave, and its score."""
    lines = [
        f"{one.address} took {cut(given(one.inputs))} and gave {cut(given(one.outputs or {})) or 'nothing'}"
        for one in example.calls
        if not one.superseded
    ]
    said = example.scored.feedback or example.scored.problem
    return "\n".join([*lines, *([f"said of it: {cut(said)}"] if said else []), f"score: {example.scored.score:g}"])


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The value below which so many per cent lie, between the nearest two of them."""
    place = (len(ordered) - 1) * percent / 100
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def poisson(rate: float, rng: random.Random) -> int:
    """A draw from the Poisson distribution (Knuth's way)."""
    limit, product, count = math.exp(-rate), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count
