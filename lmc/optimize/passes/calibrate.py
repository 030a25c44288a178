"""Sets thresholds and weights by the replies that are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, TypeAlias

from pydantic import Field

from lmc.analysis.calls import reachable
from lmc.evaluate.evaluator import evaluate_rows
from lmc.evaluate.rows import Roles, Row
from lmc.evaluate.scores import scores_of
from lmc.evaluate.statistics import mean, z_of
from lmc.execute.interpreter import Interpreter
from lmc.ir.patch import apply_patch
from lmc.ir.program import Program, Settings, Tune
from lmc.ir.walk import slots
from lmc.lm.base import LM, Reply, Request
from lmc.lm.budget import Budget
from lmc.optimize.base import OptimizerPass, OutOfBudget, Work
from lmc.optimize.bench import Bench
from lmc.optimize.knobs import offered

Values: TypeAlias = tuple[float | int, ...]
"""A value for each tuned number, in their order."""

SWEEPS = 3
"""How often all numbers are gone through, at most."""

LEAST = 16
"""Rows that must be known, of fewer nothing is learned."""

SHARE = 0.5
"""The share of the dev rows that values are chosen by, at least; the race after it has the others."""


class Unasked(Exception):
    """A request that no LM was asked before."""


@dataclass(frozen=True)
class Calibrate(OptimizerPass):
    """Sets the numbers that the program holds open with `tune` (a threshold that an LM's number is compared with, the
    weights of an ensemble) by the replies that dev rows have had: one number after the other, `points` values of its
    range, again until nothing gets better. What that gains is checked on `folds` parts of the rows in turn, each left
    out of the choice of the values that it is scored with; unless it gains there, nothing is changed. An LM is asked
    only where less than half of the dev rows are known, with the values that there are: others that would need a reply
    which there is not are not tried. The calibration of thresholds and answer choices
    from cached scores, in the spirit of ReAnchor; coordinate search."""

    name: ClassVar[str] = "calibrate"
    points: Annotated[int, Field(ge=2, le=64)] = 9
    folds: Annotated[int, Field(ge=2, le=20)] = 5

    def run(self, program: Program, bench: Bench) -> Program:
        """The program with other numbers."""
        knobs = numbers(program, bench.module)
        rows = known_rows(program, bench) if knobs else []
        if len(rows) < max(LEAST, self.folds):
            few = f"{len(rows)} dev rows are known or can be paid for, {max(LEAST, self.folds)} are needed"
            bench.listen("skip", reason=few if knobs else "the program has no `tune` of a number")
            return program
        replay = Replay(program, bench, tuple(knobs), rows)
        spaces = [offered(site.space, self.points) for site in knobs.values()]
        start: Values = tuple(site.value for site in knobs.values())
        everything = range(len(rows))
        gains: list[float] = []
        for fold in range(self.folds):
            rest = [row for row in everything if row % self.folds != fold]
            found = search(replay, spaces, start, rest)
            gains += [replay.gain(found, start, row) for row in everything if row % self.folds == fold]
        best = search(replay, spaces, start, everything)
        if best == start or z_of(gains) <= bench.rule().z_accept:
            reason = "no other numbers are better" if best == start else "what they gain does not hold on other rows"
            bench.listen("skip", reason=reason)
            return program
        chosen = replay.program_with(best)
        with suppress(OutOfBudget):  # what chose the values is not to prove them: its race begins with other rows
            bench.results([chosen], rows)
        return chosen

    def most_work(self, program: Program, module: str, roles: Roles) -> Work | None:
        """Runs of the program on half of the dev rows."""
        return Work(runs=wanted(len(roles.dev))) if numbers(program, module) else Work()


def wanted(dev: int) -> int:
    """How many of so many dev rows should be known."""
    return min(max(int(SHARE * dev), LEAST), dev)


def known_rows(program: Program, bench: Bench) -> list[Row]:
    """The dev rows that are known; where they are fewer than should be, after as many runs more as the budget allows
    beside those of the race."""
    known = bench.known(program)
    unknown = [row for row in bench.dev if row.id not in known]
    lacking = wanted(len(bench.dev)) - (len(bench.dev) - len(unknown))
    if (more := min(lacking, bench.affordable_rows(program) // 2)) > 0:
        bench.results([program], unknown[:more])
    return [row for row in bench.dev if row.id in bench.known(program)]


def numbers(program: Program, module: str) -> dict[str, Tune]:
    """The tuned numbers that a run of the module can reach, by address."""
    names = reachable(program, module)
    return {
        address: site
        for address, site in slots(program)
        if isinstance(site, Tune) and site.space.choices is None and address.rpartition(".")[0] in names
    }


@dataclass
class Known:
    """An LM that says again what it has said in this tuning, and raises Unasked for anything else."""

    lm: LM
    said: dict[str, Reply] = field(default_factory=dict)

    async def __call__(self, request: Request) -> Reply:
        """The reply."""
        if request.key not in self.said:
            if not isinstance(self.lm, Budget) or not self.lm.asked(request):
                raise Unasked
            self.said[request.key] = await self.lm(request)
        return self.said[request.key]

    async def close(self) -> None:
        """Nothing to close: the LM is the bench's."""


@dataclass
class Replay:
    """The scores of a program with other numbers at `places`, out of replies that are known."""

    program: Program
    bench: Bench
    places: tuple[str, ...]
    rows: Sequence[Row]
    lms: Mapping[str, LM] = field(init=False)
    known: dict[Values, list[float] | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.lms = {name: Known(lm) for name, lm in self.bench.lms.items()}

    def scores(self, values: Values) -> list[float] | None:
        """The score on each row; None where a run would ask what was not asked."""
        if values not in self.known:
            self.known[values] = self.replayed(self.program_with(values))
        return self.known[values]

    def replayed(self, program: Program) -> list[float] | None:
        """The scores of a program."""
        bench, module = self.bench, self.bench.module
        judged = self.interpreter(bench.written) if bench.score.calls and bench.written is not None else None
        interpreter = self.interpreter(program)
        params = {module: [param.name for param in program.module(module).params]}
        jobs = [(interpreter, module, row) for row in self.rows]
        try:
            found = bench.run(evaluate_rows(jobs, params, bench.score, judge=judged))
        except Unasked:
            return None
        return [one.score for one in found]

    def interpreter(self, program: Program) -> Interpreter:
        """What runs a program without asking."""
        bench = self.bench
        return Interpreter(program, self.lms, bench.externals, scores_of(program), bench.assertions)

    def program_with(self, values: Values) -> Program:
        """The program with other numbers."""
        patch = {place: Settings(value=value) for place, value in zip(self.places, values, strict=True)}
        return apply_patch(self.program, patch)

    def gain(self, values: Values, before: Values, row: int) -> float:
        """What values gain on a row; both are known there."""
        new, old = self.scores(values), self.scores(before)
        return 0.0 if new is None or old is None else new[row] - old[row]


def search(replay: Replay, spaces: Sequence[Sequence[float | int]], start: Values, rows: Sequence[int]) -> Values:
    """The values that do best on some rows, found one number after the other from `start` on; of equals those that
    there were, else the middle ones."""

    def worth(values: Values) -> float:
        scores = replay.scores(values)
        return -1.0 if scores is None else round(mean([scores[row] for row in rows]), 9)

    best, most = start, worth(start)
    for _ in range(SWEEPS):
        before = best
        for place, space in enumerate(spaces):
            offers = [(*best[:place], as_now(value, best[place]), *best[place + 1 :]) for value in space]
            worths = [worth(one) for one in offers]
            if (found := max(worths)) > most:
                equals = [one for one, value in zip(offers, worths, strict=True) if value == found]
                best, most = equals[len(equals) // 2], found  # the middle: as far as can be from where it gets worse
        if best == before:
            break
    return best


def as_now(value: float | int, now: float | int) -> float | int:
    """A number of the kind that there is."""
    return float(value) if isinstance(now, float) else value
