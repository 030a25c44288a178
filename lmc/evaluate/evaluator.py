"""Runs programs on rows, many at a time, and scores them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence

from lmc.evaluate.metric import Score
from lmc.evaluate.rows import Row
from lmc.evaluate.scoring import Scored, score_outcome
from lmc.execute.interpreter import Interpreter

IN_FLIGHT = 128
"""Rows under way at once, at most; how many calls are is each LM's own setting."""

Job = tuple[Interpreter, str, Row]
"""A program, its module to run, and a row."""


async def evaluate_rows(
    jobs: Sequence[Job],
    inputs: Mapping[str, Sequence[str]],
    score: Score,
    keep: bool = False,
    on_row: Callable[[], None] | None = None,
) -> list[Scored]:
    """The results of the jobs, in their order. `inputs` names the columns that each module takes. Jobs start in
    order, so that the rows of one program come together; the time taken is linear in their number. Raises what an LM
    raises, after ending the others."""
    results: list[Scored | None] = [None] * len(jobs)
    queue: Iterator[tuple[int, Job]] = iter(enumerate(jobs))

    async def work() -> None:
        for index, (interpreter, module, row) in queue:
            values = row.values
            outcome = await interpreter.run(module, {name: values.get(name) for name in inputs[module]})
            results[index] = score_outcome(score, values, outcome, keep)
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
    return [result for result in results if result is not None]
