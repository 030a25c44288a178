"""Which model answers which call: score, cost and time weighed against one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from lmc.evaluate.rows import Roles
from lmc.evaluate.scoring import Scored
from lmc.ir.program import Program
from lmc.lm.open import price
from lmc.optimize.base import OptimizerPass, Work
from lmc.optimize.bench import Bench
from lmc.optimize.frontier import Objective, best_point, front, point_of
from lmc.optimize.knobs import Knob, knobs
from lmc.optimize.study import Goals, Search, Tried, Values, explore, roomy


@dataclass(frozen=True)
class Route(OptimizerPass):
    """Searches for every call which of the models that the source offers answers it (`lm: tune { small, big }`), for
    three objectives at once: the score, the cost of a run (in dollars where some model has a price, else in tokens),
    and the seconds that LMs take. With `wide` all else that the source leaves open is searched besides. All
    combinations are run on at most `rows` dev rows where there are at most `trials`; else so many that TPE (Ozaki et
    al. 2022) or NSGA-II (Deb et al. 2002) proposes; what lies upstream of what differs is not asked again.

    Those that no other one surely is as good as in everything (see `lmc.optimize.frontier`) are kept in the lock, and
    any of them can be taken later without a call (`lmc pareto`). `objective` says which is taken now: "score" the one
    of highest score, "cost" and "latency" the cheapest and the fastest of those whose score is lower by at most
    `epsilon`. The latter two need not win against what there is, but must not be worse by more than that."""

    name: ClassVar[str] = "route"
    objective: Objective = "cost"
    epsilon: Annotated[float, Field(ge=0, le=1)] = 0.02
    trials: Annotated[int, Field(ge=2, le=1000)] = 24
    rows: Annotated[int, Field(ge=8)] = 64
    sampler: Literal["tpe", "nsga2"] = "tpe"
    wide: bool = False

    @property
    def margin(self) -> float | None:
        """What may be lost for less cost or time."""
        return None if self.objective == "score" else self.epsilon

    def run(self, program: Program, bench: Bench) -> Program:
        """The program with the models that the objective asks for."""
        open_ = self.left_open(program, bench.module)
        if not open_:
            bench.listen("skip", reason="the source offers no call several models (`lm: tune { … }`)")
            return program
        rows, reserve = roomy(bench, program, self.rows)
        if not rows:
            bench.listen("skip", reason="the budget has no room for a search")
            return program
        offered = {str(name) for knob in open_ if knob.name == "lm" for name in knob.space.choices or ()}
        priced = any(sum(price(program.lm(name))) > 0 for name in sorted(offered))

        def make(values: Values) -> Program:
            made = program
            for knob in open_:
                made = knob.put(made, values[knob.axis.name])
            return made

        def measure(results: Sequence[Scored]) -> tuple[float, ...]:
            point = point_of(program, results, results)
            return point.score, point.cost(priced), point.seconds

        every = combinations(open_, self.trials)
        now = {knob.axis.name: knob.held(program) for knob in open_}
        search = Search(
            "route",
            tuple(knob.axis for knob in open_),
            make,
            (now, *(one for one in every if one != now)),
            len(every) or self.trials,
            rows,
            reserve,
            goals=Goals(("maximize", "minimize", "minimize"), measure, self.sampler),
        )
        return self.taken(program, bench, explore(bench, search), priced)

    def most_work(self, program: Program, module: str, roles: Roles) -> Work | None:
        """Every trial on all of its rows."""
        open_ = self.left_open(program, module)
        trials = len(combinations(open_, self.trials)) or self.trials
        return Work(runs=trials * min(self.rows, len(roles.dev)) if open_ else 0)

    def left_open(self, program: Program, module: str) -> list[Knob]:
        """What is searched."""
        return [knob for knob in knobs(program, module) if self.wide or knob.name == "lm"]

    def taken(self, program: Program, bench: Bench, found: Sequence[Tried], priced: bool) -> Program:
        """Keeps the front on the bench; the program of the point that is wanted."""
        done = {bench.digest(one.program, bench.module): one for one in found if one.state == "complete"}
        if not done:
            return program
        points = [point_of(one.program, one.results, found[0].results) for one in done.values()]
        bench.front = front(points, self.epsilon, priced)
        return best_point(bench.front, self.objective, self.epsilon, priced).program


def combinations(open_: Sequence[Knob], most: int) -> list[Values]:
    """All values of what is open together, or none where there are more than so many, or a range among them."""
    count = 1
    for knob in open_:
        count *= len(knob.space.choices or ()) or most + 1
    if count > most:
        return []
    names = [knob.axis.name for knob in open_]
    return [dict(zip(names, one, strict=True)) for one in product(*(knob.space.choices or () for knob in open_))]
