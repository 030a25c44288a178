"""What metrics say while a run goes on: `best_of`, `refine`, and metrics that modules call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lmc.evaluate.judged import CallFailed, compile_judged
from lmc.evaluate.metric import FREE, Scorer
from lmc.execute import problems
from lmc.execute.expression import NO_VALUE
from lmc.execute.interpreter import CallModule, Scores
from lmc.execute.scope import RunFailed
from lmc.ir.program import Program
from lmc.runtime.score import score_record


def scores_of(program: Program) -> Scores:
    """How an interpreter of the program scores values: by its metrics, each compiled when it is first asked. A metric
    without a value (a judge that fails, a field that is not there) fails the run, as any expression does; what the run
    took so far counts as nothing."""
    compiled: dict[str, tuple[Scorer, Any]] = {}

    async def score(name: str, want: Any, got: Any, call: CallModule) -> Mapping[str, Any]:
        if name not in compiled:
            scorer = Scorer(program.metric(name))
            compiled[name] = scorer, compile_judged(scorer.body)
        scorer, judge = compiled[name]
        failed: list[RunFailed] = []

        async def ask(module: str, inputs: dict[str, Any]) -> Any:
            try:
                return await call(module, inputs)
            except RunFailed as error:
                failed.append(error)
                raise CallFailed(error.diagnostic) from error

        try:
            return score_record(await judge(scorer.environment(want, got, FREE), ask))
        except CallFailed:
            raise failed[-1] from None
        except NO_VALUE as error:
            raise RunFailed(problems.failed_expression(error, scorer.metric.span), error) from None

    return score
