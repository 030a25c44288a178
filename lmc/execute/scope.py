"""A running module: its variables, some of them still being computed, and the tasks that compute them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar

from lmc.diagnostics import Diagnostic
from lmc.execute.expression import Env
from lmc.execute.trace import Call
from lmc.runtime.attempt import ROUNDS, Attempts, Backtrack

T = TypeVar("T")


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


Step = Callable[[Frame, Env], Awaitable[Any]]
"""An expression with calls, compiled."""


class Scope:
    """The variables of a body, the tasks that compute some of them, in the order in which they were begun, and the
    attempts under way by name."""

    __slots__ = ("attempts", "env", "tasks")

    def __init__(self, env: Env, attempts: dict[str, Attempts] | None = None) -> None:
        self.env = env
        self.tasks: list[asyncio.Task[Any]] = []
        self.attempts = {} if attempts is None else attempts

    async def ready(self, names: tuple[str, ...]) -> Env:
        """The environment, once the named variables have their values."""
        return await settled(self.env, names)

    def start(self, frame: Frame, name: str, step: Step, names: tuple[str, ...]) -> None:
        """Computes a variable while the body goes on. The task sees the variables as they are now."""
        seen = {one: self.env[one] for one in names}
        task = asyncio.ensure_future(later(frame, seen, step, names))
        self.tasks.append(task)
        self.env[name] = task

    def branch(self) -> Scope:
        """A scope of its own for a part that runs beside others and changes nothing outside it."""
        return Scope(dict(self.env), dict(self.attempts))

    async def finish(self) -> None:
        """Waits for what was started, to the end: a call that fails fails the run, also when nothing reads it. Of
        several failures the one that stands first in the source counts."""
        for task in self.tasks:
            await task
        self.tasks = []

    async def failure(self, failed: Exception) -> Exception:
        """Waits for what was started before the run failed: which calls a failing run makes must not depend on which
        of them is fastest. Gives the failure that stands first in the source: of what was started, if any failed."""
        for one in await asyncio.gather(*self.tasks, return_exceptions=True):
            if isinstance(one, Exception):
                return one
        return failed

    async def abandon(self) -> None:
        """Ends what was started and is no longer wanted."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def run(self, frame: Frame, body: Callable[[Frame, Scope], Awaitable[T]]) -> T:
        """The result of a body in this scope, when all that it started has come to its end."""
        try:
            result = await body(frame, self)
            if self.tasks:
                await self.finish()
        except (RunFailed, Backtrack) as failed:
            raise (await self.failure(failed)) from None
        except BaseException:
            await self.abandon()
            raise
        return result


async def together(*calls: Awaitable[Any]) -> list[Any]:
    """The results of calls that run at the same time, in order. All come to their end before the first failure, in
    order, is raised, for the same reason; what ends the run altogether ends them too."""
    if len(calls) < 2:
        return [await call for call in calls]
    tasks = [asyncio.ensure_future(call) for call in calls]
    try:
        await asyncio.wait(tasks)
        return [task.result() for task in tasks]
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


async def settled(env: Env, names: tuple[str, ...]) -> Env:
    """The environment, with the values of named variables that were being computed."""
    for name in names:
        value = env[name]
        if isinstance(value, asyncio.Task):
            env[name] = await value
    return env


async def later(frame: Frame, env: Env, step: Step, names: tuple[str, ...]) -> Any:
    """A step on variables that may still be being computed."""
    return await step(frame, await settled(env, names))
