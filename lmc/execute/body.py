"""A module's body as it runs: statements compiled to steps, calls that do not depend on one another run together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from lmc.execute import problems
from lmc.execute.scope import Frame, Rounds, RunFailed, Scope, together
from lmc.execute.step import Machine, compile_step, names_in
from lmc.ir.expression import Expr
from lmc.ir.program import Module
from lmc.ir.statement import Assign, Attempt, Break, Check, For, If, Let, Return, Stmt, While
from lmc.ir.walk import makes_calls, names_read, own_expressions, statements
from lmc.runtime.attempt import Backtrack
from lmc.runtime.failure import AssertionFailed

Ended: TypeAlias = tuple[bool, Any]
"""How a block ended before its end: (True, value) at a `return`, BREAK at a `break`."""

BREAK: Ended = (False, None)

Run: TypeAlias = Callable[[Frame, Scope], Awaitable[Ended | None]]
"""A statement, compiled. None: what comes behind it goes on."""

Read: TypeAlias = Callable[[Frame, Scope], Awaitable[Any]]
"""An expression of a statement, compiled: waits for the variables that it reads."""


class Block:
    """Compiled statements."""

    __slots__ = ("steps",)

    def __init__(self, steps: list[Run]) -> None:
        self.steps = steps

    async def run(self, frame: Frame, scope: Scope) -> Ended | None:
        """Runs the statements in order."""
        for step in self.steps:
            ended = await step(frame, scope)
            if ended is not None:
                return ended
        return None


def compile_block(machine: Machine, module: Module, body: tuple[Stmt, ...], more: bool) -> Block:
    """The statements of a block. A call whose value the very next statement with a call needs is waited for where it
    stands; others run while the body goes on. `more`: after the block come statements with calls, or the block again,
    as in a loop."""
    steps = []
    for index, stmt in enumerate(body):
        rest = body[index + 1 :]
        if isinstance(stmt, If | For | While | Attempt):
            overlaps = more or any(makes_calls(expr) for one in statements(rest) for expr in own_expressions(one))
        else:
            overlaps = more or may_overlap(stmt, rest)
        steps.append(compile_statement(machine, module, stmt, overlaps))
    return Block(steps)


def may_overlap(stmt: Stmt, rest: tuple[Stmt, ...]) -> bool:
    """Whether a later statement of the block has a call that could run at the same time."""
    if not isinstance(stmt, Let | Assign) or not makes_calls(stmt.value):
        return False
    for other in rest:
        if not isinstance(other, Let | Assign):
            return not isinstance(other, Return) or (
                makes_calls(other.value) and stmt.name not in names_read(other.value)
            )
        if makes_calls(other.value):
            return stmt.name not in names_read(other.value)
    return False


def compile_statement(machine: Machine, module: Module, stmt: Stmt, overlaps: bool) -> Run:
    """One statement."""
    match stmt:
        case Let(name, _, value) | Assign(name, value):
            return compile_binding(machine, module, name, value, overlaps)
        case Return(value):
            read = compile_read(machine, module, value)

            async def run_return(frame: Frame, scope: Scope) -> Ended:
                return True, await read(frame, scope)

            return run_return
        case If():
            return compile_if(machine, module, stmt, overlaps)
        case For(parallel=True):
            return compile_parallel(machine, module, stmt)
        case For():
            return compile_for(machine, module, stmt)
        case While():
            return compile_while(machine, module, stmt)
        case Attempt():
            return compile_attempt(machine, module, stmt, overlaps)
        case Check():
            return compile_check(machine, module, stmt)
        case Break():

            async def run_break(frame: Frame, scope: Scope) -> Ended:
                return BREAK

            return run_break


def compile_read(machine: Machine, module: Module, expr: Expr) -> Read:
    """An expression of a statement. One that acts on the world waits for all that stands before it."""
    step, names, in_turn = compile_step(machine, module, expr), names_in(expr), machine.in_turn(expr)

    async def read(frame: Frame, scope: Scope) -> Any:
        if in_turn:
            await scope.finish()
        return await step(frame, await scope.ready(names))

    return read


def compile_binding(machine: Machine, module: Module, name: str, value: Expr, overlaps: bool) -> Run:
    """A `let` or an assignment."""
    if machine.in_turn(value):
        read = compile_read(machine, module, value)

        async def bind_in_turn(frame: Frame, scope: Scope) -> None:
            scope.env[name] = await read(frame, scope)

        return bind_in_turn
    step, names, calls = compile_step(machine, module, value), names_in(value), makes_calls(value)

    async def bind(frame: Frame, scope: Scope) -> None:
        waiting = not calls and any(isinstance(scope.env[one], asyncio.Task) for one in names)
        if waiting or (calls and overlaps):
            scope.start(frame, name, step, names)
        else:
            scope.env[name] = await step(frame, await scope.ready(names))

    return bind


def compile_if(machine: Machine, module: Module, stmt: If, overlaps: bool) -> Run:
    """A branch."""
    decide = compile_read(machine, module, stmt.condition)
    then = compile_block(machine, module, stmt.then, overlaps)
    otherwise = compile_block(machine, module, stmt.otherwise, overlaps)

    async def run_if(frame: Frame, scope: Scope) -> Ended | None:
        return await (then if await decide(frame, scope) else otherwise).run(frame, scope)

    return run_if


def compile_for(machine: Machine, module: Module, stmt: For) -> Run:
    """A loop over items. Calls of one round go on while the next begins."""
    source = compile_read(machine, module, stmt.items)
    block = compile_block(machine, module, stmt.body, True)

    async def run_for(frame: Frame, scope: Scope) -> Ended | None:
        for item in (await source(frame, scope))[: stmt.bound]:
            scope.env[stmt.name] = item
            ended = await block.run(frame, scope)
            if ended is not None:
                return ended if ended is not BREAK else None
        return None

    return run_for


def compile_parallel(machine: Machine, module: Module, stmt: For) -> Run:
    """A loop whose rounds run at the same time, unless they act on the world."""
    source = compile_read(machine, module, stmt.items)
    block = compile_block(machine, module, stmt.body, False)
    in_turn = any(machine.in_turn(expr) for one in statements(stmt.body) for expr in own_expressions(one))

    async def run_round(frame: Frame, scope: Scope, item: Any) -> None:
        own = scope.branch()
        own.env[stmt.name] = item
        await own.run(frame, block.run)

    async def run_parallel(frame: Frame, scope: Scope) -> None:
        items = (await source(frame, scope))[: stmt.bound]
        if not in_turn:
            await together(*(run_round(frame, scope, item) for item in items))
            return
        await scope.finish()
        for item in items:
            await run_round(frame, scope, item)

    return run_parallel


def compile_while(machine: Machine, module: Module, stmt: While) -> Run:
    """A loop on a condition, which is asked before each of `bound` rounds."""
    decide = compile_read(machine, module, stmt.condition)
    block = compile_block(machine, module, stmt.body, True)

    async def run_while(frame: Frame, scope: Scope) -> Ended | None:
        for _ in range(stmt.bound):
            if not await decide(frame, scope):
                return None
            ended = await block.run(frame, scope)
            if ended is not None:
                return ended if ended is not BREAK else None
        return None

    return run_while


def compile_attempt(machine: Machine, module: Module, stmt: Attempt, overlaps: bool) -> Run:
    """A part that an assertion may send back to its beginning."""
    block = compile_block(machine, module, stmt.body, overlaps)

    async def run_attempt(frame: Frame, scope: Scope) -> Ended | None:
        before = {name: scope.env[name] for name in stmt.restored}
        ended: Ended | None = None
        for attempt in Rounds(stmt.sites, machine.assertions, frame):
            scope.env.update(before)
            scope.attempts[stmt.name] = attempt
            with attempt:
                ended = await settle(block, frame, scope)
        return ended

    return run_attempt


async def settle(block: Block, frame: Frame, scope: Scope) -> Ended | None:
    """A round of an attempt. Before it is sent back, all that it began comes to its end, and fails the run if it
    fails."""
    try:
        return await block.run(frame, scope)
    except Backtrack:
        await scope.finish()
        raise


def compile_check(machine: Machine, module: Module, stmt: Check) -> Run:
    """An assertion. One that may send the run back waits for all that stands before it: a call that fails there fails
    the run, however slow it is. The message is computed when it is needed."""
    decide, message = compile_read(machine, module, stmt.condition), compile_read(machine, module, stmt.message)

    async def run_check(frame: Frame, scope: Scope) -> None:
        if not machine.assertions:
            return
        if stmt.attempt is not None:
            await scope.finish()
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
