"""Chooses the values that the source leaves open with `tune`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from lmc.evaluate.rows import Roles
from lmc.ir.program import Program
from lmc.optimize.base import OptimizerPass, Work
from lmc.optimize.bench import Bench
from lmc.optimize.knobs import Knob, knobs, offered
from lmc.optimize.study import Search, Values, explore, final, roomy


@dataclass(frozen=True)
class Hyper(OptimizerPass):
    """Chooses all that the source leaves open with `tune`: models, strategies, `temperature`, `top_p`, `max_tokens`,
    `logit_bias` and `retries` of calls, and other values, such as how many passages a retrieval gives. What lies
    upstream of what changes is not asked again.

    With `mode: "coordinate"` it goes once through them, the settings of calls before other values, each in source
    order: races all other values at the same time against what the program has, and keeps the one that wins. Of a range
    it tries `points` values spread evenly over it, both bounds among them, or all whole numbers of a short one.
    Coordinate descent with racing (after irace: López-Ibáñez et al. 2016).

    With `mode: "tpe"` it searches all of them together: `trials` programs proposed by TPE, each run on at most `rows`
    dev rows and stopped as soon as a test says that it is worse than the best so far (Bergstra et al. 2011); the two
    best are run on all dev rows."""

    name: ClassVar[str] = "hyper"
    mode: Literal["coordinate", "tpe"] = "coordinate"
    points: Annotated[int, Field(ge=2, le=64)] = 4
    trials: Annotated[int, Field(ge=2, le=1000)] = 24
    rows: Annotated[int, Field(ge=8)] = 64

    def run(self, program: Program, bench: Bench) -> Program:
        """The program with the values that won."""
        open_here = knobs(program, bench.module)
        if not open_here:
            bench.listen("skip", reason="the program has no `tune`")
            return program
        if self.mode == "tpe":
            return self.search(program, bench, open_here)
        rule = bench.rule()
        for knob in open_here:
            others = {
                f"{knob.axis.name} = {value}": knob.put(program, value) for value in offered(knob.space, self.points)
            }
            others = {origin: one for origin, one in others.items() if one != program}
            if not others:
                continue
            least = min(bench.affordable_races(one, program) for one in others.values())
            if least < rule.block * rule.minimum_blocks * len(others):
                bench.listen("skip", reason="the budget has no room for more values")
                return program
            program = bench.races(list(others.values()), program, origins=list(others)) or program
        return program

    def search(self, program: Program, bench: Bench, open_here: list[Knob]) -> Program:
        """The program with the values that are best together."""

        def make(values: Values) -> Program:
            made = program
            for knob in open_here:
                made = knob.put(made, values[knob.axis.name])
            return made

        rows, reserve = roomy(bench, program, self.rows)
        if not rows:
            bench.listen("skip", reason="the budget has no room for a search")
            return program
        search = Search(
            "hyper",
            tuple(knob.axis for knob in open_here),
            make,
            ({knob.axis.name: knob.held(program) for knob in open_here},),
            self.trials,
            rows,
            reserve,
        )
        return final(explore(bench, search), bench) or program

    def most_work(self, program: Program, module: str, roles: Roles) -> Work | None:
        """A race for each value that is offered, or every trial on all of its rows and two on all dev rows."""
        dev, count = len(roles.dev), self.most_candidates(program, module)
        if not count:
            return Work()
        if self.mode == "tpe":
            return Work(runs=self.trials * min(self.rows, dev) + 2 * dev)
        return Work(runs=(count + 1) * dev)

    def most_candidates(self, program: Program, module: str) -> int:
        """How many programs it compares with what there is one after the other, at most."""
        return sum(len(offered(knob.space, self.points)) for knob in knobs(program, module))
