"""A running module: its variables, the attempts under way, and how a run fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lmc.diagnostics import Diagnostic
from lmc.execute.expression import Env
from lmc.execute.trace import Call
from lmc.lm.base import BudgetExceeded
from lmc.runtime.attempt import ROUNDS, Attempts, Backtrack


class RunFailed(Exception):
    """A run ended without a value, for a reason of its own: a reply that never fitted, a division by zero. `error` is
    the same as emitted code would raise it, if a program may go on in another way."""

    def __init__(self, diagnostic: Diagnostic, error: Exception | None = None) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic
        self.error = error


class Frame:
    """One run of the entry module: its calls so far, what soft assertions noted, and the sample that calls ask for."""

    __slots__ = ("calls", "notes", "sample")

    def __init__(self, sample: int) -> None:
        self.calls: list[Call] = []
        self.notes: list[str] = []
        self.sample = sample

    def add(self, call: Call) -> None:
        """Keeps a call, for the attempts too that it was made within."""
        for attempts in ROUNDS.get():
            if isinstance(attempts, Rounds) and attempts.frame is self:
                attempts.made.append(len(self.calls))
        self.calls.append(call)


class Rounds(Attempts):
    """The rounds of an attempt, with the places of the calls made in the round under way."""

    def __init__(self, sites: tuple[str, ...], on: bool, frame: Frame) -> None:
        super().__init__(sites, on, frame.notes.append)
        self.frame = frame
        self.made: list[int] = []

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> bool:
        swallowed = super().__exit__(kind, error, trace)
        for place in self.made if swallowed else ():
            self.frame.calls[place] = replace(self.frame.calls[place], superseded=True)
        self.made = []
        return swallowed


Step = Callable[[Frame, "Scope"], Awaitable[Any]]
"""An expression, compiled."""

Begin = Callable[[Frame, "Scope"], Awaitable[Awaitable[Any]]]
"""A call, compiled: waits for what it takes, and gives the call, which is not made before it is awaited."""


@dataclass(slots=True)
class Scope:
    """The variables of a body, and the attempts under way by name."""

    env: Env
    attempts: dict[str, Attempts] = field(default_factory=dict)

    def branch(self, **more: Any) -> Scope:
        """A scope of its own for a part that changes nothing outside it, with more variables."""
        return Scope({**self.env, **more}, self.attempts)


async def together(calls: Sequence[Awaitable[Any]]) -> list[Any]:
    """The results of calls that run at the same time, in order. When one fails, the others come to their end, so that
    which calls are made does not depend on which is fastest, and the first failure in order is raised, also where a
    budget refused a call; but what else ends the run altogether ends them at once."""
    if len(calls) < 2:
        return [await call for call in calls]
    running = [asyncio.ensure_future(call) for call in calls]
    pending = set(running)
    try:
        while pending:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_EXCEPTION)
            for one in done:
                if (error := one.exception()) is not None and not isinstance(
                    error, RunFailed | Backtrack | BudgetExceeded
                ):
                    raise error
        return [one.result() for one in running]
    except BaseException:
        for one in running:
            one.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        raise
