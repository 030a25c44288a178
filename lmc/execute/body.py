"""A module's body as it runs: statements compiled to steps, calls that do not depend on one another run together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from lmc.diagnostics import Diagnostic
from lmc.execute import problems
from lmc.execute.expression import NO_VALUE, Env, compile_expr
from lmc.execute.trace import Call
from lmc.ir.program import (
    Assign,
    Conditional,
    Expr,
    For,
    If,
    Invoke,
    Let,
    Module,
    Name,
    Operation,
    Predict,
    Return,
    Stmt,
)
from lmc.ir.walk import makes_calls, names_read, own_expressions, rebuild, statements, subexpressions


class RunFailed(Exception):
    """A run ended without a value, for a reason of its own: a reply that never fitted, a division by zero."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class Frame:
    """One run of the entry module: its calls so far, and the sample that they ask for."""

    __slots__ = ("calls", "sample")

    def __init__(self, sample: int) -> None:
        self.calls: list[Call] = []
        self.sample = sample


Step = Callable[[Frame, Env], Awaitable[Any]]


class Scope:
    """A module's running body: its variables, some of them still being computed, and the tasks that compute them."""

    __slots__ = ("env", "tasks")

    def __init__(self, env: Env) -> None:
        self.env = env
        self.tasks: list[asyncio.Task[Any]] = []

    async def ready(self, names: tuple[str, ...]) -> Env:
        """The environment, once the named variables have their values."""
        return await settled(self.env, names)

    def start(self, frame: Frame, name: str, step: Step, names: tuple[str, ...]) -> None:
        """Computes a variable while the body goes on. The task sees the variables as they are now."""
        seen = {one: self.env[one] for one in names}
        task = asyncio.ensure_future(later(frame, seen, step, names))
        self.tasks.append(task)
        self.env[name] = task

    async def finish(self) -> None:
        """Waits for what was started, to the end: a call that fails fails the run, also when nothing reads it. Of
        several failures the one that stands first in the source counts."""
        for task in self.tasks:
            await task

    async def drain(self) -> None:
        """Waits for what was started before the run failed: which calls a failing run makes must not depend on which
        of them is fastest."""
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def abandon(self) -> None:
        """Ends what was started and is no longer wanted."""
        for task in self.tasks:
            task.cancel()
        await self.drain()


async def together(*calls: Awaitable[Any]) -> list[Any]:
    """The results of calls that run at the same time, in order. All come to their end before the first failure, in
    order, is raised, for the same reason; what ends the run altogether ends them too."""
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


class Machine(Protocol):
    """What a body needs of the interpreter: to run other modules, and to ask LMs."""

    async def invoke(self, frame: Frame, module: str, inputs: Env) -> Any:
        """The value of a module."""
        ...

    async def ask(self, frame: Frame, module: str, predict: Predict, inputs: dict[str, Any]) -> Any:
        """One call of an LM, with its trace."""
        ...


class Block:
    """Compiled statements. `run` gives (True, value) when a `return` was met, else (False, None)."""

    __slots__ = ("steps",)

    def __init__(self, steps: list[Callable[[Frame, Scope], Awaitable[tuple[bool, Any] | None]]]) -> None:
        self.steps = steps

    async def run(self, frame: Frame, scope: Scope) -> tuple[bool, Any]:
        """Runs the statements in order."""
        for step in self.steps:
            returned = await step(frame, scope)
            if returned is not None:
                return returned
        return False, None


def compile_block(machine: Machine, module: Module, body: tuple[Stmt, ...], more: bool) -> Block:
    """The statements of a block. A call whose value the very next statement with a call needs is waited for where it
    stands; others run while the body goes on. `more`: after the block come statements with calls, or the block again,
    as in a loop."""
    steps = []
    for index, stmt in enumerate(body):
        rest = body[index + 1 :]
        if isinstance(stmt, If | For):
            overlaps = more or any(makes_calls(expr) for one in statements(rest) for expr in own_expressions(one))
        else:
            overlaps = more or may_overlap(stmt, rest)
        steps.append(compile_statement(machine, module, stmt, overlaps))
    return Block(steps)


def may_overlap(stmt: Let | Assign | Return, rest: tuple[Stmt, ...]) -> bool:
    """Whether a later statement of the block has a call that could run at the same time."""
    if isinstance(stmt, Return) or not makes_calls(stmt.value):
        return False
    for other in rest:
        if not isinstance(other, Let | Assign):
            return not isinstance(other, Return) or (
                makes_calls(other.value) and stmt.name not in names_read(other.value)
            )
        if makes_calls(other.value):
            return stmt.name not in names_read(other.value)
    return False


def compile_statement(
    machine: Machine, module: Module, stmt: Stmt, overlaps: bool
) -> Callable[[Frame, Scope], Awaitable[tuple[bool, Any] | None]]:
    """One statement."""
    match stmt:
        case Let(name, _, value) | Assign(name, value):
            return compile_binding(machine, module, name, value, overlaps)
        case Return(value):
            returned, names = compile_step(machine, module, value), names_in(value)

            async def run_return(frame: Frame, scope: Scope) -> tuple[bool, Any]:
                return True, await returned(frame, await scope.ready(names))

            return run_return
        case If(condition, then, otherwise):
            decide, reads = compile_step(machine, module, condition), names_in(condition)
            branches = (
                compile_block(machine, module, then, overlaps),
                compile_block(machine, module, otherwise, overlaps),
            )

            async def run_if(frame: Frame, scope: Scope) -> tuple[bool, Any] | None:
                chosen = branches[0] if await decide(frame, await scope.ready(reads)) else branches[1]
                ended, result = await chosen.run(frame, scope)
                return (True, result) if ended else None

            return run_if
        case For(name, items, bound, body):
            source, reads = compile_step(machine, module, items), names_in(items)
            block = compile_block(machine, module, body, True)

            async def run_for(frame: Frame, scope: Scope) -> tuple[bool, Any] | None:
                for item in (await source(frame, await scope.ready(reads)))[:bound]:
                    scope.env[name] = item
                    ended, result = await block.run(frame, scope)
                    if ended:
                        return True, result
                return None

            return run_for


def names_in(expr: Expr) -> tuple[str, ...]:
    """The variables that an expression reads, each once, in source order."""
    return tuple(dict.fromkeys(one.name for one in subexpressions(expr) if isinstance(one, Name)))


def compile_binding(
    machine: Machine, module: Module, name: str, value: Expr, overlaps: bool
) -> Callable[[Frame, Scope], Awaitable[None]]:
    """A `let` or an assignment."""
    step, names, calls = compile_step(machine, module, value), names_in(value), makes_calls(value)

    async def bind(frame: Frame, scope: Scope) -> None:
        waiting = not calls and any(isinstance(scope.env[one], asyncio.Task) for one in names)
        if waiting or (calls and overlaps):
            scope.start(frame, name, step, names)
        else:
            scope.env[name] = await step(frame, await scope.ready(names))

    return bind


def compile_step(machine: Machine, module: Module, expr: Expr) -> Step:
    """An expression, its variables known. Calls in it that are evaluated in any case run at the same time."""
    if not makes_calls(expr):
        evaluate = compile_expr(expr)

        async def pure(frame: Frame, env: Env) -> Any:
            try:
                return evaluate(env)
            except NO_VALUE as error:
                raise RunFailed(problems.failed_expression(error, expr.span)) from None

        return pure
    if isinstance(expr, Predict):
        return compile_predict(machine, module, expr)
    if isinstance(expr, Invoke):
        arguments = compile_arguments(machine, module, expr.arguments)

        async def invoke(frame: Frame, env: Env) -> Any:
            return await machine.invoke(frame, expr.module, await arguments(frame, env))

        return invoke
    return compile_mixed(machine, module, expr)


def compile_predict(machine: Machine, module: Module, predict: Predict) -> Step:
    """A call of an LM."""
    arguments = compile_arguments(machine, module, predict.arguments)

    async def ask(frame: Frame, env: Env) -> Any:
        return await machine.ask(frame, module.name, predict, await arguments(frame, env))

    return ask


def compile_arguments(machine: Machine, module: Module, arguments: tuple[tuple[str, Expr], ...]) -> Step:
    """Named arguments; those with calls in them are computed at the same time."""
    steps = [(name, compile_step(machine, module, value)) for name, value in arguments]
    several = sum(makes_calls(value) for _, value in arguments) > 1

    async def gather(frame: Frame, env: Env) -> dict[str, Any]:
        if not several:
            return {name: await step(frame, env) for name, step in steps}
        values = await together(*(step(frame, env) for _, step in steps))
        return {name: value for (name, _), value in zip(steps, values, strict=True)}

    return gather


def compile_mixed(machine: Machine, module: Module, expr: Expr) -> Step:
    """An expression with calls inside: the calls first, those of a lazy operand only when it is reached, then the
    rest."""
    lazy = compile_lazy(machine, module, expr)
    if lazy is not None:
        return lazy
    hidden: list[tuple[str, Expr]] = []

    def hide(child: Expr) -> Expr:
        if not makes_calls(child):
            return child
        hidden.append((f" {len(hidden)}", child))
        return Name(hidden[-1][0])

    outer = compile_step(machine, module, rebuild(expr, hide))
    inner = compile_arguments(machine, module, tuple(hidden))

    async def mixed(frame: Frame, env: Env) -> Any:
        return await outer(frame, {**env, **await inner(frame, env)})

    return mixed


def compile_lazy(machine: Machine, module: Module, expr: Expr) -> Step | None:
    """`and`, `or` and conditionals, whose later operands may not be evaluated at all; None for other expressions."""
    match expr:
        case Conditional(condition, then, otherwise):
            steps = [compile_step(machine, module, one) for one in (condition, then, otherwise)]

            async def choose(frame: Frame, env: Env) -> Any:
                return await steps[1 if await steps[0](frame, env) else 2](frame, env)

            return choose
        case Operation("and" | "or" as symbol, (left, right)):
            first, second = compile_step(machine, module, left), compile_step(machine, module, right)

            async def decide(frame: Frame, env: Env) -> bool:
                value = bool(await first(frame, env))
                return bool(await second(frame, env)) if value == (symbol == "and") else value

            return decide
    return None
