"""A module's body as it runs: statements compiled to steps, one after the other; calls that are made at the same time
are one step."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any, TypeAlias

from lmc.analysis.together import Bind, Puller
from lmc.execute import problems
from lmc.execute.scope import Frame, Rounds, RunFailed, Scope, Step, together
from lmc.execute.step import Machine, Steps
from lmc.ir.expression import Operation
from lmc.ir.program import Module
from lmc.ir.statement import Assign, Attempt, Break, Check, For, If, Let, Return, Stmt, While
from lmc.ir.walk import own_expressions, statements
from lmc.runtime.failure import AssertionFailed

Ended: TypeAlias = tuple[bool, Any]
"""How a block ended before its end: (True, value) at a `return`, BREAK at a `break`."""

BREAK: Ended = (False, None)

Run: TypeAlias = Callable[[Frame, Scope], Awaitable[Ended | None]]
"""A statement or a block, compiled. None: what comes behind it goes on."""


def compile_module(machine: Machine, module: Module) -> Run:
    """The body of a module."""
    return Body(machine, module).block(module.body)


class Body:
    """Compiles the statements of one module."""

    def __init__(self, machine: Machine, module: Module) -> None:
        self.machine = machine
        self.steps = Steps(machine, module, self.part)
        numbers = count()
        self.puller = Puller(machine.waiting, lambda wanted: f" {wanted} {next(numbers)}")

    def block(self, body: tuple[Stmt, ...]) -> Run:
        """The statements of a block."""
        stmts: list[Stmt] = []
        for stmt in body:
            if self.machine.assertions or not isinstance(stmt, Check):
                before, rest = self.puller.pulled_out(stmt)
                stmts += [*before, rest]
        steps: list[Run] = []
        index = 0
        while index < len(stmts):
            group = self.puller.together(stmts, index)
            steps.append(self.group(group) if len(group) > 1 else self.statement(stmts[index]))
            index += max(len(group), 1)

        async def run_block(frame: Frame, scope: Scope) -> Ended | None:
            for step in steps:
                if (ended := await step(frame, scope)) is not None:
                    return ended
            return None

        return run_block

    def part(self, body: tuple[Stmt, ...]) -> Step:
        """A part of an expression that is a body of its own."""
        block = self.block(body)

        async def run_part(frame: Frame, scope: Scope) -> Any:
            ended = await block(frame, scope)
            return None if ended is None else ended[1]

        return run_part

    def group(self, group: list[Bind]) -> Run:
        """Calls that are made at the same time."""
        begins = [(stmt.name, self.steps.begin(stmt.value)) for stmt in group]

        async def run_group(frame: Frame, scope: Scope) -> None:
            values = await together([await begin(frame, scope) for _, begin in begins])
            scope.env.update(zip((name for name, _ in begins), values, strict=True))

        return run_group

    def statement(self, stmt: Stmt) -> Run:
        """One statement."""
        match stmt:
            case Let(name, _, value) | Assign(name, value):
                step = self.steps.step(value)

                async def bind(frame: Frame, scope: Scope) -> None:
                    scope.env[name] = await step(frame, scope)

                return bind
            case Return(value):
                give = self.steps.step(value)

                async def run_return(frame: Frame, scope: Scope) -> Ended:
                    return True, await give(frame, scope)

                return run_return
            case If():
                return self.branch(stmt)
            case For():
                return self.parallel(stmt) if stmt.parallel and not self.acts(stmt) else self.loop(stmt)
            case While():
                return self.rounds(stmt)
            case Attempt():
                return self.attempt(stmt)
            case Check():
                return self.check(stmt)
            case Break():

                async def run_break(frame: Frame, scope: Scope) -> Ended:
                    return BREAK

                return run_break

    def branch(self, stmt: If) -> Run:
        """One of two blocks."""
        decide = self.steps.step(stmt.condition)
        then, otherwise = self.block(stmt.then), self.block(stmt.otherwise)

        async def run_if(frame: Frame, scope: Scope) -> Ended | None:
            return await (then if await decide(frame, scope) else otherwise)(frame, scope)

        return run_if

    def acts(self, stmt: For) -> bool:
        """Whether the body of a loop acts on the world, so that its rounds go in the order of the source."""
        return any(self.machine.waiting.in_turn(expr) for one in statements(stmt.body) for expr in own_expressions(one))

    def loop(self, stmt: For) -> Run:
        """A loop over items."""
        source, block = self.steps.step(stmt.items), self.block(stmt.body)

        async def run_for(frame: Frame, scope: Scope) -> Ended | None:
            for item in (await source(frame, scope))[: stmt.bound]:
                scope.env[stmt.name] = item
                if (ended := await block(frame, scope)) is not None:
                    return ended if ended is not BREAK else None
            return None

        return run_for

    def parallel(self, stmt: For) -> Run:
        """A loop whose rounds run at the same time."""
        source, block = self.steps.step(stmt.items), self.block(stmt.body)

        async def run_parallel(frame: Frame, scope: Scope) -> None:
            items = (await source(frame, scope))[: stmt.bound]
            await together([block(frame, scope.branch(**{stmt.name: item})) for item in items])

        return run_parallel

    def rounds(self, stmt: While) -> Run:
        """A loop on a condition, which is asked before each of `bound` rounds."""
        block = self.block((If(Operation("not", (stmt.condition,)), (Break(),), ()), *stmt.body))

        async def run_while(frame: Frame, scope: Scope) -> Ended | None:
            for _ in range(stmt.bound):
                if (ended := await block(frame, scope)) is not None:
                    return ended if ended is not BREAK else None
            return None

        return run_while

    def attempt(self, stmt: Attempt) -> Run:
        """A part that an assertion may send back to its beginning."""
        block = self.block(stmt.body)

        async def run_attempt(frame: Frame, scope: Scope) -> Ended | None:
            before = {name: scope.env[name] for name in stmt.restored}
            ended: Ended | None = None
            for attempt in Rounds(stmt.sites, self.machine.assertions, frame):
                scope.env.update(before)
                scope.attempts = {**scope.attempts, stmt.name: attempt}
                with attempt:
                    ended = await block(frame, scope)
            return ended

        return run_attempt

    def check(self, stmt: Check) -> Run:
        """An assertion. The message is computed when it is needed."""
        decide, message = self.steps.step(stmt.condition), self.steps.step(stmt.message)

        async def run_check(frame: Frame, scope: Scope) -> None:
            if await decide(frame, scope):
                return
            said = await message(frame, scope)
            if stmt.attempt is not None:
                try:
                    scope.attempts[stmt.attempt].check(id(stmt), False, said, stmt.retries, stmt.hard)
                except AssertionFailed as error:
                    raise RunFailed(problems.assertion_failed(said, stmt.span), error) from None
            elif stmt.hard:
                raise RunFailed(problems.assertion_failed(said, stmt.span), AssertionFailed(said))
            else:
                frame.notes.append(said)

        return run_check
