"""Expressions with calls, compiled. What is in them is evaluated from left to right, as in Python; the calls that are
made at the same time stand in statements of their own, see `lmc.analysis.together`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias

from lmc.analysis.together import Waiting
from lmc.execute import problems
from lmc.execute.expression import NO_VALUE, Env, compile_expr
from lmc.execute.scope import Begin, Frame, RunFailed, Scope, Step, together
from lmc.ir.expression import (
    Comprehension,
    Conditional,
    Expr,
    External,
    Invoke,
    ListOf,
    Name,
    Operation,
    Predict,
    Score,
    Try,
)
from lmc.ir.program import Module
from lmc.ir.statement import If, Return, Stmt
from lmc.ir.subtype import Named
from lmc.ir.walk import makes_calls, rebuild
from lmc.runtime.failure import failure_text

SAMPLE = " sample"
"""Under this name, which no source can write, the sample of a call is computed beside its arguments."""

Part: TypeAlias = Callable[[tuple[Stmt, ...]], Step]
"""Compiles a part of an expression that is a body of its own, which gives its value with a `return`."""


class Machine(Protocol):
    """What a body needs of the interpreter: to run other modules, ask LMs, and use what is outside the program."""

    named: Named
    assertions: bool
    waiting: Waiting

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


class Steps:
    """Compiles the expressions of a module. `part` compiles what is a body of its own."""

    def __init__(self, machine: Machine, module: Module, part: Part) -> None:
        self.machine, self.module, self.part = machine, module, part

    def step(self, expr: Expr) -> Step:
        """An expression."""
        if not makes_calls(expr):
            return self.pure(expr)
        match expr:
            case Predict() | Invoke() | External() | Score() | Try():
                return made(self.begin(expr))
            case Comprehension():
                return self.in_line(expr) if self.machine.waiting.in_line(expr) else made(self.begin(expr))
        return self.lazy(expr) or self.mixed(expr)

    def pure(self, expr: Expr) -> Step:
        """An expression without calls."""
        evaluate = compile_expr(expr, named=self.machine.named)

        async def pure(frame: Frame, scope: Scope) -> Any:
            try:
                return evaluate(scope.env)
            except NO_VALUE as error:
                raise RunFailed(problems.failed_expression(error, expr.span), error) from None

        return pure

    def begin(self, expr: Expr) -> Begin:
        """A call: of an LM, of a module, of what is outside, of a metric, of what is tried, of each item of a list."""
        machine = self.machine
        match expr:
            case Predict(arguments=given, sample=sample):
                own = self.arguments((*(() if sample is None else ((SAMPLE, sample),)), *given))

                async def ask(frame: Frame, scope: Scope) -> Any:
                    inputs = await own(frame, scope)
                    return machine.ask(frame, self.module.name, expr, inputs, inputs.pop(SAMPLE, 0))

                return ask
            case Invoke(name, given):
                passed = self.arguments(given)

                async def invoke(frame: Frame, scope: Scope) -> Any:
                    return machine.invoke(frame, name, await passed(frame, scope))

                return invoke
            case External(_, given):
                taken = self.arguments(given)

                async def use(frame: Frame, scope: Scope) -> Any:
                    return machine.use(frame, expr, await taken(frame, scope))

                return use
            case Score(_, want, got):
                sides = self.arguments((("want", want), ("got", got)))

                async def score(frame: Frame, scope: Scope) -> Any:
                    found = await sides(frame, scope)
                    return machine.score(frame, expr, found["want"], found["got"])

                return score
            case Try():
                return self.tried(expr)
            case Comprehension():
                return self.each(expr)
        raise TypeError(f"no call: {expr}")

    def arguments(self, given: Sequence[tuple[str, Expr]]) -> Step:
        """Named arguments, from left to right."""
        steps = [(name, self.step(value)) for name, value in given]

        async def gather(frame: Frame, scope: Scope) -> dict[str, Any]:
            return {name: await step(frame, scope) for name, step in steps}

        return gather

    def mixed(self, expr: Expr) -> Step:
        """An expression with calls inside: its parts from left to right, then what is made of them."""
        parts: list[tuple[str, Expr]] = []

        def hide(child: Expr) -> Expr:
            parts.append((f" {len(parts)}", child))
            return Name(parts[-1][0])

        outer = self.pure(rebuild(expr, hide))
        inner = self.arguments(parts)

        async def mixed(frame: Frame, scope: Scope) -> Any:
            return await outer(frame, scope.branch(**await inner(frame, scope)))

        return mixed

    def lazy(self, expr: Expr) -> Step | None:
        """What is evaluated in some cases only; None for other expressions."""
        match expr:
            case Conditional(condition, then, otherwise):
                steps = [self.step(one) for one in (condition, then, otherwise)]

                async def choose(frame: Frame, scope: Scope) -> Any:
                    return await steps[1 if await steps[0](frame, scope) else 2](frame, scope)

                return choose
            case Operation("and" | "or" as symbol, (left, right)):
                first, second = self.step(left), self.step(right)

                async def decide(frame: Frame, scope: Scope) -> bool:
                    value = bool(await first(frame, scope))
                    return bool(await second(frame, scope)) if value == (symbol == "and") else value

                return decide
        return None

    def tried(self, expr: Try) -> Begin:
        """The value of an expression, or of another where it fails."""
        wanted, other = self.part((Return(expr.value),)), self.part((Return(expr.otherwise),))

        async def either(frame: Frame, scope: Scope) -> Any:
            try:
                return await wanted(frame, scope.branch())
            except RunFailed as failed:
                if failed.error is None:
                    raise
                said = failure_text(failed.error)
            return await other(frame, scope.branch(error=said))

        async def begin(frame: Frame, scope: Scope) -> Any:
            return either(frame, scope)

        return begin

    def each(self, expr: Comprehension) -> Begin:
        """A list of the value for each item, the items at the same time, unless they act on the world. A condition that
        waits for nothing is tested for all of them first."""
        items, condition, in_turn = self.step(expr.items), expr.condition, self.machine.waiting.in_turn(expr)
        test, body = None, (Return(ListOf((expr.value,))),)
        whole: tuple[Stmt, ...] = body
        if condition is not None and self.machine.waiting.is_call(expr):
            test = self.step(condition)
        elif condition is not None:
            whole = (If(condition, body, ()), Return(ListOf(())))
        one = self.part(whole)

        async def begin(frame: Frame, scope: Scope) -> Any:
            scopes = [scope.branch(**{expr.name: item}) for item in (await items(frame, scope))[: expr.bound]]
            if test is not None:
                scopes = [own for own in scopes if await test(frame, own)]
            return collect(frame, scopes)

        async def collect(frame: Frame, scopes: list[Scope]) -> list[Any]:
            if in_turn:
                found = [await one(frame, own) for own in scopes]
            else:
                found = await together([one(frame, own) for own in scopes])
            return [item for kept in found for item in kept]

        return begin

    def in_line(self, expr: Comprehension) -> Step:
        """A list of the value for each item, one after the other."""
        items, value = self.step(expr.items), self.step(expr.value)
        condition = None if expr.condition is None else self.step(expr.condition)

        async def collect(frame: Frame, scope: Scope) -> list[Any]:
            found = []
            for item in (await items(frame, scope))[: expr.bound]:
                own = scope.branch(**{expr.name: item})
                if condition is None or await condition(frame, own):
                    found.append(await value(frame, own))
            return found

        return collect


def made(begin: Begin) -> Step:
    """A call that is made and waited for where it stands."""

    async def wait(frame: Frame, scope: Scope) -> Any:
        return await (await begin(frame, scope))

    return wait
