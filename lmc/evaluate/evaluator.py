"""Runs programs on rows, many at a time, and scores them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from lmc.evaluate.judged import CallFailed, CallModule
from lmc.evaluate.metric import FREE, Scorer, cost_of
from lmc.evaluate.rows import Row
from lmc.evaluate.scoring import Scored, failed_outcome, score_outcome
from lmc.execute.interpreter import Interpreter
from lmc.execute.scope import Frame, RunFailed
from lmc.ir.program import External
from lmc.lm.base import BudgetExceeded

IN_FLIGHT = 128
"""Rows under way at once, at most; how many calls are is each LM's own setting."""

Job = tuple[Interpreter, str, Row]
"""A program, its module to run, and a row."""


async def evaluate_rows(
    jobs: Sequence[Job],
    inputs: Mapping[str, Sequence[str]],
    scorer: Scorer,
    keep: bool = False,
    on_row: Callable[[], None] | None = None,
    sample: int = 0,
    judge: Interpreter | None = None,
) -> list[Scored]:
    """The results of the jobs, in their order. `inputs` names the columns that each module takes. Jobs start in
    order, so that the rows of one program come together; the time taken is linear in their number. Judges run in
    `judge` (None: in the program of the job); `sample` tells repeated evaluations apart. Raises what an LM raises,
    after ending the others; BudgetExceeded after those under way came to their end, since what they were served is
    paid for."""
    results: list[Scored | None] = [None] * len(jobs)
    queue: Iterator[tuple[int, Job]] = iter(enumerate(jobs))
    refused: list[BudgetExceeded] = []

    async def result(job: Job) -> Scored:
        interpreter, module, row = job
        values = row.values
        outcome = await interpreter.run(module, {name: values.get(name) for name in inputs[module]}, sample)
        if outcome.error is not None:
            return failed_outcome(outcome, keep)
        cost = cost_of(outcome.calls) if scorer.costs else FREE
        if scorer.calls:
            score = await scorer.judge(values, outcome.value, calling(judge or interpreter, sample), cost)
        else:
            score = scorer.score(values, outcome.value, cost)
        return score_outcome(score, outcome, keep, by_value=not scorer.costs)

    async def work() -> None:
        for index, job in queue:
            if refused:
                return
            try:
                results[index] = await result(job)
            except BudgetExceeded as exceeded:
                refused.append(exceeded)
                return
            if on_row is not None:
                on_row()

    workers = [asyncio.ensure_future(work()) for _ in range(min(IN_FLIGHT, len(jobs)))]
    try:
        await asyncio.gather(*workers)
    except BaseException:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        raise
    if refused:
        raise refused[0]
    return [one for one in results if one is not None]


def calling(interpreter: Interpreter, sample: int) -> CallModule:
    """What runs the judges of a metric: modules of the program, their calls metered and cached as all are, and its
    externs."""

    async def call(name: str, inputs: dict[str, Any]) -> Any:
        if name in interpreter.externals:
            try:
                return await interpreter.use(Frame(sample), External(name, ()), inputs)
            except RunFailed as failed:
                raise CallFailed(failed.diagnostic) from None
        outcome = await interpreter.run(name, inputs, sample)
        if outcome.error is not None:
            raise CallFailed(outcome.error)
        return outcome.value

    return call
