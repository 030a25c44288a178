"""What metrics say while a run goes on: `best_of`, `refine`, and metrics that modules call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lmc.analysis.calls import named_types
from lmc.analysis.effects import ordered_effects
from lmc.analysis.together import Waiting
from lmc.evaluate.metric import FREE, Scorer
from lmc.execute import problems
from lmc.execute.body import Body
from lmc.execute.expression import NO_VALUE, Env
from lmc.execute.interpreter import CallModule, Scores
from lmc.execute.scope import Frame, RunFailed, Scope, Step
from lmc.ir.expression import External, Predict, Score
from lmc.ir.program import Metric, Module, Program
from lmc.ir.statement import Return
from lmc.ir.types import UNKNOWN, Field
from lmc.runtime.score import score_record


class Judging:
    """Runs the expression of a metric as it would a module's body; `call` makes its calls."""

    assertions = True

    def __init__(self, program: Program, call: CallModule) -> None:
        self.call = call
        self.named = named_types(program)
        self.waiting = Waiting(lambda _: False, ordered_effects(program).among)

    async def invoke(self, frame: Frame, module: str, inputs: Env) -> Any:
        """The value of a module."""
        return await self.call(module, inputs)

    async def use(self, frame: Frame, external: External, inputs: Env) -> Any:
        """The value of what is outside the program."""
        return await self.call(external.name, inputs)

    async def ask(self, frame: Frame, module: str, predict: Predict, inputs: Env, sample: int) -> Any:
        """A metric asks LMs through modules alone."""
        raise AssertionError("a metric makes no call of an LM itself")

    async def score(self, frame: Frame, score: Score, want: Any, got: Any) -> Any:
        """A metric scores nothing by another one."""
        raise AssertionError("a metric holds no other one")


def scores_of(program: Program) -> Scores:
    """How an interpreter of the program scores values: by its metrics. A metric without a value (a judge that fails, a
    field that is not there) fails the run, as any expression does; what the run took so far counts as nothing."""
    scorers: dict[str, Scorer] = {}

    async def score(name: str, want: Any, got: Any, call: CallModule) -> Mapping[str, Any]:
        if name not in scorers:
            scorers[name] = Scorer(program.metric(name))
        scorer = scorers[name]
        evaluate = compiled(Judging(program, call), scorer)
        value = await evaluate(Frame(0), Scope(scorer.environment(want, got, FREE)))
        try:
            return score_record(value)
        except NO_VALUE as error:
            raise RunFailed(problems.failed_expression(error, scorer.metric.span), error) from None

    return score


def compiled(judging: Judging, scorer: Scorer) -> Step:
    """The expression of a metric, compiled."""
    metric: Metric = scorer.metric
    params = tuple(Field(one, UNKNOWN) for one in metric.params)
    return Body(judging, Module(metric.name, params, UNKNOWN, ())).part((Return(scorer.body, metric.span),))
