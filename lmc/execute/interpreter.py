"""Runs a program's modules."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from lmc.analysis.calls import named_types
from lmc.analysis.effects import ordered_effects
from lmc.analysis.together import Waiting
from lmc.diagnostics import Diagnostic, Failure
from lmc.execute import problems
from lmc.execute.body import Run, compile_module
from lmc.execute.expression import NO_VALUE, Env
from lmc.execute.scope import Frame, RunFailed, Scope
from lmc.execute.trace import Call, in_order
from lmc.ir.expression import External, Predict, Score
from lmc.ir.program import Program
from lmc.lm.base import LM, BudgetExceeded, LMError, Reply, Request
from lmc.lm.identity import identity_of
from lmc.prompts import templates
from lmc.runtime.attempt import failures_of
from lmc.runtime.depth import Depth
from lmc.runtime.failure import TooDeep, tool_error
from lmc.runtime.prompt import Template
from lmc.runtime.reply import ReplyError
from lmc.runtime.run import AsyncRun, first_request
from lmc.runtime.tool import ToolError

CONTEXT_EXCEEDED = "LMP0611"
"""The one LM error that belongs to a row, not to the LM."""

CallModule: TypeAlias = Callable[[str, Mapping[str, Any]], Awaitable[Any]]
"""Gives, within the run under way, the value of a module, extern or tool by name and inputs. Raises RunFailed."""

Scores: TypeAlias = Callable[[str, Any, Any, CallModule], Awaitable[Mapping[str, Any]]]
"""From a metric's name, what is wanted, what is given, and how to call modules: a record of `score` and `feedback`."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run gave: a value, or the diagnostic of why there is none; its calls, and what soft assertions noted, in
    an order that timing does not change."""

    value: Any
    error: Diagnostic | None
    calls: tuple[Call, ...]
    notes: tuple[str, ...] = ()


class Asking(AsyncRun):
    """The attempts of one call: asks an LM, keeps the replies."""

    def __init__(self, lm: LM, model: str, sample: int) -> None:
        self.lm_value, self.model, self.sample = lm, model, sample
        self.replies: list[Reply] = []
        self.outside: list[Exception] = []

    async def call(self, template: Template, request: dict[str, Any]) -> str:
        """The text of the LM's reply to one request."""
        reply = await self.lm_value(Request(self.model, request, self.sample))
        self.replies.append(reply)
        return reply.said


class Interpreter:
    """Runs the modules of a program with its LMs (by declared name). Compiled once, run many times, also at the same
    time.

    `externals` are the functions outside the program, by the names of externs, tools and retrievers, and `run_code`;
    they take their arguments by position, may block or be asynchronous, and give JSON values. `score` says what metrics
    say. `assertions`: whether they are checked."""

    def __init__(
        self,
        program: Program,
        lms: Mapping[str, LM],
        externals: Mapping[str, Callable[..., Any]] | None = None,
        score: Scores | None = None,
        assertions: bool = True,
    ) -> None:
        self.program = program
        self.lms = lms
        self.externals = externals or {}
        self.assertions = assertions
        self.named = named_types(program)
        self.templates = templates(program)
        self.identities = {lm.name: identity_of(lm) for lm in program.lms}
        self._score = score
        self._depths = {one.name: one.depth for one in program.modules if one.depth is not None}
        self.waiting = Waiting(self._waits_for, ordered_effects(program).among)
        self._bodies: dict[str, Run] = {}

    async def run(self, module: str, inputs: Mapping[str, Any], sample: int = 0) -> Outcome:
        """Runs a module. Raises LMError when an LM cannot be asked; a failure of the run itself is in the outcome."""
        frame = Frame(sample)
        value, error = None, None
        try:
            value = await self.invoke(frame, module, dict(inputs))
        except RunFailed as failed:
            error = failed.diagnostic
        calls = frame.calls
        return Outcome(value, error, in_order(calls) if len(calls) > 1 else tuple(calls), tuple(sorted(frame.notes)))

    def _waits_for(self, metric: str) -> bool:
        """Whether a metric has something to wait for."""
        return self.waiting.waits(self.program.metric(metric).body)

    async def invoke(self, frame: Frame, module: str, inputs: Env) -> Any:
        """The value of a module."""
        limit = self._depths.get(module)
        if limit is None:
            return await self._run_body(frame, module, inputs)
        try:
            with Depth(module, limit):
                # A task has a stack of its own, so that recursion is bounded by the program and not by Python.
                return await asyncio.ensure_future(self._run_body(frame, module, inputs))
        except TooDeep as error:
            raise RunFailed(problems.too_deep(error, self.program.module(module).span), error) from None

    async def _run_body(self, frame: Frame, module: str, inputs: Env) -> Any:
        """The value of a module's body."""
        body = self._bodies.get(module)
        if body is None:
            own = self.program.module(module)
            body = self._bodies[module] = compile_module(self, own)
        ended = await body(frame, Scope(inputs))
        return None if ended is None else ended[1]

    async def ask(self, frame: Frame, module: str, predict: Predict, inputs: Env, sample: int) -> Any:
        """One call of an LM, with its trace."""
        address = f"{module}.{predict.site}"
        template = self.templates.get(address)
        if template is None:
            raise RunFailed(problems.no_lm(address))
        try:
            request = first_request(template, sample, inputs)
        except NO_VALUE as error:
            raise RunFailed(problems.failed_expression(error, predict.span), error) from None
        asking = Asking(self.lms[template["lm"]], self.identities[template["lm"]], frame.sample)
        failures = failures_of(address, request)

        def left(outputs: Any, problem: str | None = None) -> None:
            call = Call(address, inputs, outputs, tuple(asking.replies), problem, tuple(failures), sample=sample)
            frame.add(call)

        try:
            outputs = await asking.ask(template, request, failures)
        except ReplyError as error:
            left(None, str(error))
            raise RunFailed(problems.bad_reply(str(error), error.reply, predict.span), error) from None
        except LMError as error:
            if error.diagnostic.code != CONTEXT_EXCEEDED:
                raise
            left(None, error.diagnostic.message)
            raise RunFailed(error.diagnostic) from None
        left(outputs)
        return outputs

    async def use(self, frame: Frame, external: External, inputs: Env) -> Any:
        """The value of what is outside the program. Raises RunFailed when it fails or is missing; what an LM or a
        budget raises in it comes through."""
        name = external.name
        if name not in self.externals:
            raise RunFailed(problems.external_missing(name, external.span))
        try:
            return await OUTSIDE.use(self.externals[name], *inputs.values())
        except ToolError as error:
            cause = error.__cause__
            if isinstance(cause, LMError | BudgetExceeded):
                raise cause from None
            if isinstance(cause, Failure):
                inner = cause.__cause__
                own = tool_error(inner) if isinstance(inner, Exception) else ToolError(cause.diagnostic.message)
                raise RunFailed(cause.diagnostic, own) from None
            notes = getattr(cause, "__notes__", ())
            raise RunFailed(problems.external_failed(name, str(error), external.span, notes), error) from None

    async def score(self, frame: Frame, score: Score, want: Any, got: Any) -> Any:
        """What a metric says."""
        if self._score is None:
            raise AssertionError("a program with scores needs someone to give them")

        async def call(name: str, inputs: Mapping[str, Any]) -> Any:
            if name in self.externals:
                return await self.use(frame, External(name, (), score.span), dict(inputs))
            return await self.invoke(frame, name, dict(inputs))

        return await self._score(score.metric, want, got, call)


def no_lm(template: Template) -> Any:
    """What is outside the program is no LM."""
    raise AssertionError("no LM is asked here")


OUTSIDE = AsyncRun(no_lm)
"""Calls functions without blocking the event loop."""
