"""Metrics as functions of the wanted row, the given value, and what the run took."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lmc.evaluate.judged import CallFailed, CallModule, compile_judged
from lmc.execute.expression import NO_VALUE, Env, compile_expr
from lmc.execute.problems import reason
from lmc.execute.trace import Call
from lmc.ir.builtins import COSTS
from lmc.ir.program import Apply, Expr, Invoke, Metric, Name
from lmc.ir.walk import makes_calls, subexpressions, transform
from lmc.runtime.score import score_record


@dataclass(frozen=True, slots=True)
class Score:
    """What a metric says of one value. `feedback` is what it says in words, maybe nothing. `missing` is why it has no
    score (a field that is not there, a null, a judge that failed), which then counts 0."""

    value: float
    feedback: str = ""
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run took, by the replies that it got, whether they were asked for now or came from a cache: LM calls
    (every attempt is one), tokens of prompts and replies, US dollars, and the seconds that LMs took, added up."""

    calls: int = 0
    tokens: int = 0
    dollars: float = 0.0
    seconds: float = 0.0


FREE = Cost()


def cost_of(calls: Iterable[Call]) -> Cost:
    """What the calls of a run took."""
    replies = [reply for call in calls for reply in call.replies]
    return Cost(
        len(replies),
        sum(one.prompt_tokens + one.completion_tokens for one in replies),
        sum(one.dollars for one in replies),
        sum(one.seconds for one in replies),
    )


class Scorer:
    """A compiled metric. `body` is its expression with variables for what the run took. `calls`: it calls modules
    (judges), so that only `judge` can evaluate it. `costs`: it reads what the run took."""

    __slots__ = ("_evaluate", "_judge", "_names", "body", "calls", "costs", "metric")

    def __init__(self, metric: Metric) -> None:
        body = self.body = without_costs(metric.body)
        self.metric = metric
        self.calls = makes_calls(body)
        self.costs = body != metric.body
        self._names = metric.params
        self._evaluate = None if self.calls else compile_expr(body)
        self._judge = compile_judged(body) if self.calls else None

    def __call__(self, want: Mapping[str, Any], got: Any) -> float:
        """The number alone, of a run that took nothing. Raises AssertionError when the metric calls modules."""
        return self.score(want, got).value

    def score(self, want: Mapping[str, Any], got: Any, cost: Cost = FREE) -> Score:
        """What the metric says. Raises AssertionError when it calls modules."""
        assert self._evaluate is not None, "a metric that calls modules needs someone to call them"
        try:
            return said(self._evaluate(self.environment(want, got, cost)))
        except NO_VALUE as error:
            return Score(0.0, missing=reason(error))

    async def judge(self, want: Mapping[str, Any], got: Any, call_module: CallModule, cost: Cost = FREE) -> Score:
        """What the metric says; `call_module(name, inputs)` gives the value of a module, or raises CallFailed. What
        else it raises (an LM that cannot be asked, a spent budget) comes through."""
        if self._judge is None:
            return self.score(want, got, cost)
        try:
            return said(await self._judge(self.environment(want, got, cost), call_module))
        except CallFailed as failed:
            return Score(0.0, missing=failed.diagnostic.message)
        except NO_VALUE as error:
            return Score(0.0, missing=reason(error))

    def environment(self, want: Mapping[str, Any], got: Any, cost: Cost) -> Env:
        """The variables of the expression."""
        want_name, got_name = self._names
        env: Env = {want_name: want, got_name: got}
        return {**env, **{hidden(name): getattr(cost, name) for name in COSTS}} if self.costs else env


def compile_metric(metric: Metric) -> Scorer:
    """The function of a metric."""
    return Scorer(metric)


async def score(metric: Metric, want: Mapping[str, Any], got: Any, call_module: CallModule, cost: Cost = FREE) -> Score:
    """What a metric says of one value (see `Scorer.judge`); of several, compile it once."""
    return await Scorer(metric).judge(want, got, call_module, cost)


def judges(metric: Metric) -> tuple[str, ...]:
    """The modules that a metric calls, one entry for each place: at most so many runs of each to score one value,
    where no comprehension repeats them."""
    return tuple(one.module for one in subexpressions(metric.body) if isinstance(one, Invoke))


def said(value: Any) -> Score:
    """The score that a metric's value is."""
    record = score_record(value)
    return Score(record["score"], record["feedback"])


def without_costs(body: Expr) -> Expr:
    """The expression with variables, which no source can name, in place of what the run took."""

    def change(expr: Expr) -> Expr:
        return Name(hidden(expr.function), expr.span) if isinstance(expr, Apply) and expr.function in COSTS else expr

    return transform(body, change)


def hidden(name: str) -> str:
    """The variable for what the run took."""
    return f" {name}"
