"""Metrics that call modules: judges. One call after the other: rows are judged many at a time, which keeps LMs busy."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from lmc.diagnostics import Diagnostic
from lmc.execute.expression import NO_VALUE, Env, compile_expr
from lmc.ir.program import Comprehension, Conditional, Expr, External, Invoke, Name, Operation, Try
from lmc.ir.walk import makes_calls, rebuild

CallModule: TypeAlias = Callable[[str, dict[str, Any]], Awaitable[Any]]
"""Gives the value of a module (or of an `extern`) by name and inputs. Raises CallFailed when its run fails."""

Judge: TypeAlias = Callable[[Env, CallModule], Awaitable[Any]]


class CallFailed(Exception):
    """A judge's run ended without a value."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


def compile_judged(expr: Expr) -> Judge:
    """The function of an expression with calls in it. Calls in what is evaluated only in some cases (`and`, `or`,
    `if`, the other value of a failed one) are made only then."""
    if not makes_calls(expr):
        evaluate = compile_expr(expr)

        async def pure(env: Env, call: CallModule) -> Any:
            return evaluate(env)

        return pure
    match expr:
        case Invoke(name, arguments) | External(name, arguments):
            given = [(one, compile_judged(value)) for one, value in arguments]

            async def ask(env: Env, call: CallModule) -> Any:
                return await call(name, {one: await value(env, call) for one, value in given})

            return ask
        case Conditional(condition, then, otherwise):
            parts = [compile_judged(one) for one in (condition, then, otherwise)]

            async def choose(env: Env, call: CallModule) -> Any:
                return await parts[1 if await parts[0](env, call) else 2](env, call)

            return choose
        case Operation("and" | "or" as symbol, (left, right)):
            first, second = compile_judged(left), compile_judged(right)

            async def decide(env: Env, call: CallModule) -> bool:
                value = bool(await first(env, call))
                return bool(await second(env, call)) if value == (symbol == "and") else value

            return decide
        case Try():
            return compile_try(expr)
        case Comprehension():
            return compile_comprehension(expr)
    return compile_rest(expr)


def compile_try(expr: Try) -> Judge:
    """A value, or another where it fails."""
    value, otherwise = compile_judged(expr.value), compile_judged(expr.otherwise)

    async def attempt(env: Env, call: CallModule) -> Any:
        try:
            return await value(env, call)
        except (CallFailed, *NO_VALUE) as error:
            return await otherwise({**env, "error": str(error)}, call)

    return attempt


def compile_comprehension(expr: Comprehension) -> Judge:
    """A list of the value for each item."""
    items, value = compile_judged(expr.items), compile_judged(expr.value)
    condition = None if expr.condition is None else compile_judged(expr.condition)

    async def collect(env: Env, call: CallModule) -> list[Any]:
        found = []
        for item in (await items(env, call))[: expr.bound]:
            inner = {**env, expr.name: item}
            if condition is None or await condition(inner, call):
                found.append(await value(inner, call))
        return found

    return collect


def compile_rest(expr: Expr) -> Judge:
    """Any other expression: the calls in it first, then the rest."""
    inside: list[tuple[str, Judge]] = []

    def hide(child: Expr) -> Expr:
        if not makes_calls(child):
            return child
        inside.append((f" {len(inside)}", compile_judged(child)))
        return Name(inside[-1][0])

    evaluate = compile_expr(rebuild(expr, hide))

    async def mixed(env: Env, call: CallModule) -> Any:
        return evaluate({**env, **{name: await judge(env, call) for name, judge in inside}})

    return mixed
