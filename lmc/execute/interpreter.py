"""Runs a program's modules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lmc.diagnostics import Diagnostic
from lmc.execute import problems
from lmc.execute.body import Block, Frame, RunFailed, Scope, compile_block
from lmc.execute.expression import Env
from lmc.execute.trace import Call, in_order
from lmc.ir.program import (
    Predict,
    Program,
)
from lmc.lm.base import LM, LMError, Reply, Request
from lmc.lm.identity import identity_of
from lmc.prompts import templates
from lmc.runtime.prompt import Template
from lmc.runtime.reply import ReplyError
from lmc.runtime.run import Run

CONTEXT_EXCEEDED = "LMP0611"
"""The one LM error that belongs to a row, not to the LM."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run gave: a value, or the diagnostic of why there is none; and its calls, in an order that timing does
    not change."""

    value: Any
    error: Diagnostic | None
    calls: tuple[Call, ...]


class Asking(Run):
    """The attempts of one call: asks an LM, keeps the replies."""

    __slots__ = ("lm_value", "model", "replies", "sample")

    def __init__(self, lm: LM, model: str, sample: int) -> None:
        self.lm_value, self.model, self.sample = lm, model, sample
        self.replies: list[Reply] = []

    async def call(self, template: Template, request: dict[str, Any]) -> str:
        """The text of the LM's reply to one request."""
        reply = await self.lm_value(Request(self.model, request, self.sample))
        self.replies.append(reply)
        return reply.text


class Interpreter:
    """Runs the modules of a program with its LMs (by declared name). Compiled once, run many times, also at the same
    time."""

    def __init__(self, program: Program, lms: Mapping[str, LM]) -> None:
        self.program = program
        self.lms = lms
        self.templates = templates(program)
        self.identities = {lm.name: identity_of(lm) for lm in program.lms}
        self._bodies: dict[str, Block] = {}

    async def run(self, module: str, inputs: Mapping[str, Any], sample: int = 0) -> Outcome:
        """Runs a module. Raises LMError when an LM cannot be asked; a failure of the run itself is in the outcome."""
        frame = Frame(sample)
        try:
            value = await self.invoke(frame, module, dict(inputs))
        except RunFailed as failed:
            return Outcome(None, failed.diagnostic, in_order(frame.calls))
        calls = frame.calls
        return Outcome(value, None, in_order(calls) if len(calls) > 1 else tuple(calls))

    async def invoke(self, frame: Frame, module: str, inputs: Env) -> Any:
        """The value of a module."""
        body = self._bodies.get(module)
        if body is None:
            own = self.program.module(module)
            body = self._bodies[module] = compile_block(self, own, own.body, False)
        scope = Scope(inputs)
        try:
            _, value = await body.run(frame, scope)
            if scope.tasks:
                await scope.finish()
        except RunFailed:
            await scope.drain()
            raise
        except BaseException:
            await scope.abandon()
            raise
        return value

    async def ask(self, frame: Frame, module: str, predict: Predict, inputs: dict[str, Any]) -> Any:
        """One call of an LM, with its trace."""
        address = f"{module}.{predict.site}"
        template = self.templates.get(address)
        if template is None:
            raise RunFailed(problems.no_lm(address))
        asking = Asking(self.lms[template["lm"]], self.identities[template["lm"]], frame.sample)
        try:
            outputs = await asking.predict(template, **inputs)
        except ReplyError as error:
            frame.calls.append(Call(address, inputs, None, tuple(asking.replies), str(error)))
            raise RunFailed(problems.bad_reply(str(error), error.reply, predict.span)) from None
        except LMError as error:
            if error.diagnostic.code != CONTEXT_EXCEEDED:
                raise
            frame.calls.append(Call(address, inputs, None, tuple(asking.replies), error.diagnostic.message))
            raise RunFailed(error.diagnostic) from None
        frame.calls.append(Call(address, inputs, outputs, tuple(asking.replies)))
        return outputs
