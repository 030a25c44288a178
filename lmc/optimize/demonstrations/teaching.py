"""Who teaches: whose runs become demonstrations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from lmc.analysis.calls import reachable, sites
from lmc.evaluate.rows import Row
from lmc.evaluate.scoring import Scored
from lmc.ir.program import Const, Expr, Predict, Program
from lmc.ir.walk import transform_body
from lmc.optimize.bench import Bench
from lmc.optimize.demonstrations.demos import demos_of, without_row
from lmc.optimize.runs import Trip, run_trips


@dataclass(frozen=True, slots=True)
class Teacher:
    """A program and the module of it that is run."""

    program: Program
    module: str

    def at_round(self, number: int) -> Teacher:
        """The teacher in a later round: at temperature 1, each call told apart by the number, so that it says something
        else than before. The first round, 0, is as the teacher is."""
        if number == 0:
            return self

        def change(expr: Expr) -> Expr:
            if not isinstance(expr, Predict):
                return expr
            sample = expr.sample if expr.sample is not None else Const(number)
            return replace(expr, settings=replace(expr.settings, temperature=1.0), sample=sample)

        return Teacher(changed(self.program, self.module, change), self.module)

    def results(self, batch: Sequence[Row], bench: Bench) -> list[Scored]:
        """The results on a batch, with what the runs left behind; rows that the teacher has as demonstrations are run
        without those, since it would only repeat them. Raises OutOfBudget."""
        demos = [demo for _, predict in sites(self.program, self.module) for demo in demos_of(self.program, predict)]
        seen = [row for row in batch if row.id in {demo.origin for demo in demos}]
        unseen = [row for row in batch if row not in seen]
        bare = [Trip(without_row(self.program, self.module, row), row) for row in seen]
        results = bench.results([self.program], unseen, keep=True, module=self.module)[0] if unseen else []
        results += run_trips(bench, bare, module=self.module) if bare else []
        found = {row.id: result for row, result in zip([*unseen, *seen], results, strict=True)}
        return [found[row.id] for row in batch]


def teacher_of(program: Program, bench: Bench) -> Teacher:
    """The teacher of a tuning: the program itself, with another LM, or another module of it."""
    if bench.teacher is None:
        return Teacher(program, bench.module)
    if any(lm.name == bench.teacher for lm in program.lms):
        return Teacher(with_lm(program, bench.module, bench.teacher), bench.module)
    return Teacher(program, bench.teacher)


def with_lm(program: Program, module: str, lm: str) -> Program:
    """The program with another LM for all calls of a module and those that it calls."""

    def change(expr: Expr) -> Expr:
        return replace(expr, settings=replace(expr.settings, lm=lm)) if isinstance(expr, Predict) else expr

    return changed(program, module, change)


def changed(program: Program, module: str, change: Callable[[Expr], Expr]) -> Program:
    """The program with the expressions of a module and of those that it calls changed."""
    names = reachable(program, module)
    modules = tuple(
        replace(one, body=transform_body(one.body, change)) if one.name in names else one for one in program.modules
    )
    return replace(program, modules=modules)
