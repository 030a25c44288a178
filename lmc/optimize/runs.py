"""Runs that a bench does not keep: of a program of its own for each row, or several of one program on one row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lmc.evaluate.evaluator import evaluate_rows
from lmc.evaluate.rows import Row
from lmc.evaluate.scoring import Scored
from lmc.execute.interpreter import Interpreter
from lmc.execute.scope import together
from lmc.ir.program import Program
from lmc.optimize.base import OutOfBudget
from lmc.optimize.bench import Bench


@dataclass(frozen=True, slots=True)
class Trip:
    """A program, a row, and which of several runs of it on that row: runs of other numbers ask with other seeds."""

    program: Program
    row: Row
    sample: int = 0


def run_trips(
    bench: Bench, trips: Sequence[Trip], known: Program | None = None, module: str | None = None
) -> list[Scored]:
    """The results with their traces, in order, all run at the same time. `known` is a program that the rows have been
    run on, so that only what lies behind the changes of each counts. Raises OutOfBudget before anything is run when
    there is no room for all of them. `module` is the one that is run (None: the one that is tuned)."""
    module = module or bench.module
    costs = {
        id(one.program): bench.run_calls(one.program, module) if known is None else bench.cone_calls(one.program, known)
        for one in trips
    }
    if sum(costs[id(one.program)] for one in trips) > bench.left():
        raise OutOfBudget
    judge = None if bench.written is None else bench.judge(bench.written)
    by_sample: dict[int, list[int]] = {}
    for number, one in enumerate(trips):
        by_sample.setdefault(one.sample, []).append(number)

    async def run() -> list[list[Scored]]:
        pending = []
        for sample, numbers in by_sample.items():
            jobs = [
                (
                    bench.interpreter(bench.digest(trips[one].program, module), trips[one].program),
                    module,
                    trips[one].row,
                )
                for one in numbers
            ]
            params = {module: [param.name for param in trips[numbers[0]].program.module(module).params]}
            pending.append(evaluate_rows(jobs, params, bench.score, True, sample=sample, judge=judge))
        return list(await together(pending))

    results: dict[int, Scored] = {}
    for numbers, found in zip(by_sample.values(), bench.run(run()), strict=True):
        results.update(zip(numbers, found, strict=True))
    return [results[number] for number in range(len(trips))]


def interpreter_of(bench: Bench, program: Program) -> Interpreter:
    """What runs a program."""
    return bench.interpreter(bench.digest(program, bench.module), program)
