"""Expressions with calls, compiled: calls in an expression that do not depend on one another run together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from lmc.execute import problems
from lmc.execute.expression import NO_VALUE, Env, compile_expr
from lmc.execute.scope import Frame, RunFailed, Step, together
from lmc.ir.expression import (
    Comprehension,
    Conditional,
    Expr,
    External,
    Invoke,
    Name,
    Operation,
    Predict,
    Score,
    Try,
)
from lmc.ir.program import Module
from lmc.ir.subtype import Named
from lmc.ir.walk import makes_calls, names_read, rebuild, subexpressions
from lmc.runtime.failure import failure_text

SAMPLE = " sample"
"""Under this name, which no source can write, the sample of a call is computed beside its arguments."""


class Machine(Protocol):
    """What a body needs of the interpreter: to run other modules, ask LMs, and use what is outside the program."""

    named: Named
    assertions: bool

    def in_turn(self, expr: Expr) -> bool:
        """Whether an expression acts on the world, so that its calls are made in the order of the source."""
        ...

    async def invoke(self, frame: Frame, module: str, inputs: Env) -> Any:
        """The value of a module."""
        ...

    async def ask(self, frame: Frame, module: str, predict: Predict, inputs: Env, sample: int) -> Any:
        """One call of an LM, with its trace."""
        ...

    async def use(self, frame: Frame, external: External, inputs: Env) -> Any:
        """The value of what is outside the program."""
        ...

    async def score(self, frame: Frame, score: Score, want: Any, got: Any) -> Any:
        """What a metric says."""
        ...


def names_in(expr: Expr) -> tuple[str, ...]:
    """The variables that an expression reads from outside it, each once, in source order."""
    free = names_read(expr)
    found = (one.name for one in subexpressions(expr) if isinstance(one, Name) and one.name in free)
    return tuple(dict.fromkeys(found))


def compile_step(machine: Machine, module: Module, expr: Expr) -> Step:
    """An expression, its variables known. Calls in it that are evaluated in any case run at the same time."""
    if not makes_calls(expr):
        return compile_pure(machine, expr)
    match expr:
        case Predict():
            return compile_predict(machine, module, expr)
        case Invoke(_, given):
            arguments = compile_arguments(machine, module, given)

            async def invoke(frame: Frame, env: Env) -> Any:
                return await machine.invoke(frame, expr.module, await arguments(frame, env))

            return invoke
        case External(_, given):
            arguments = compile_arguments(machine, module, given)

            async def use(frame: Frame, env: Env) -> Any:
                return await machine.use(frame, expr, await arguments(frame, env))

            return use
        case Score(_, want, got):
            arguments = compile_arguments(machine, module, (("want", want), ("got", got)))

            async def score(frame: Frame, env: Env) -> Any:
                found = await arguments(frame, env)
                return await machine.score(frame, expr, found["want"], found["got"])

            return score
    return compile_lazy(machine, module, expr) or compile_mixed(machine, module, expr)


def compile_pure(machine: Machine, expr: Expr) -> Step:
    """An expression without calls."""
    evaluate = compile_expr(expr, named=machine.named)

    async def pure(frame: Frame, env: Env) -> Any:
        try:
            return evaluate(env)
        except NO_VALUE as error:
            raise RunFailed(problems.failed_expression(error, expr.span), error) from None

    return pure


def compile_predict(machine: Machine, module: Module, predict: Predict) -> Step:
    """A call of an LM."""
    sample = () if predict.sample is None else ((SAMPLE, predict.sample),)
    arguments = compile_arguments(machine, module, (*predict.arguments, *sample))

    async def ask(frame: Frame, env: Env) -> Any:
        inputs = await arguments(frame, env)
        return await machine.ask(frame, module.name, predict, inputs, inputs.pop(SAMPLE, 0))

    return ask


def compile_arguments(machine: Machine, module: Module, arguments: Sequence[tuple[str, Expr]]) -> Step:
    """Named arguments; those with calls in them are computed at the same time, unless they act on the world."""
    steps = [(name, compile_step(machine, module, value)) for name, value in arguments]
    several = sum(makes_calls(value) for _, value in arguments) > 1
    if any(machine.in_turn(value) for _, value in arguments):
        several = False

    async def gather(frame: Frame, env: Env) -> dict[str, Any]:
        if not several:
            return {name: await step(frame, env) for name, step in steps}
        values = await together(*(step(frame, env) for _, step in steps))
        return {name: value for (name, _), value in zip(steps, values, strict=True)}

    return gather


def compile_mixed(machine: Machine, module: Module, expr: Expr) -> Step:
    """An expression with calls inside: the calls first, those of a lazy operand only when it is reached, then the
    rest."""
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
    """What is evaluated in some cases only, or for each item; None for other expressions."""
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
        case Comprehension():
            return compile_comprehension(machine, module, expr)
        case Try(value, otherwise):
            wanted, other = compile_step(machine, module, value), compile_step(machine, module, otherwise)

            async def either(frame: Frame, env: Env) -> Any:
                try:
                    return await wanted(frame, env)
                except RunFailed as failed:
                    if failed.error is None:
                        raise
                    said = failure_text(failed.error)
                return await other(frame, {**env, "error": said})

            return either
    return None


def compile_comprehension(machine: Machine, module: Module, expr: Comprehension) -> Step:
    """A list of the value for each item, the items at the same time, unless they act on the world."""
    items, value = compile_step(machine, module, expr.items), compile_step(machine, module, expr.value)
    condition = None if expr.condition is None else compile_step(machine, module, expr.condition)
    in_turn = machine.in_turn(expr)

    async def one(frame: Frame, env: Env) -> list[Any]:
        if condition is not None and not await condition(frame, env):
            return []
        return [await value(frame, env)]

    async def collect(frame: Frame, env: Env) -> list[Any]:
        given = (await items(frame, env))[: expr.bound]
        if in_turn:
            found = [await one(frame, {**env, expr.name: item}) for item in given]
        else:
            found = await together(*(one(frame, {**env, expr.name: item}) for item in given))
        return [item for kept in found for item in kept]

    return collect
