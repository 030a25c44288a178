"""Which calls of a body are made at the same time. The interpreter and emitted code go by this alone, so that they make
the same calls, in a run that fails too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from lmc.ir.expression import (
    Apply,
    Comprehension,
    Conditional,
    Const,
    Expr,
    External,
    Interpolation,
    Invoke,
    ListOf,
    Member,
    Name,
    Operation,
    Predict,
    RecordOf,
    Score,
    Try,
)
from lmc.ir.statement import Assign, Check, For, If, Let, Return, Stmt
from lmc.ir.types import UNKNOWN, Type
from lmc.ir.walk import children, makes_calls, names_read, rebuild, subexpressions

Bind: TypeAlias = Let | Assign


@dataclass(frozen=True, slots=True)
class Waiting:
    """What there is to wait for. `scored`: whether a metric, by its name, has something to wait for. `in_turn`: whether
    an expression acts on the world, so that its calls are made in the order of the source."""

    scored: Callable[[str], bool]
    in_turn: Callable[[Expr], bool]

    def is_call(self, expr: Expr) -> bool:
        """Whether an expression is something that can be waited for together with others."""
        match expr:
            case Predict() | Invoke() | External() | Try():
                return True
            case Score(metric):
                return self.scored(metric)
            case Comprehension(value, _, _, condition):
                tested = condition is not None and (self.waits(condition) or self.hoists(condition))
                return self.waits(value) and not tested and not self.in_turn(expr)
        return False

    def waits(self, expr: Expr) -> bool:
        """Whether an expression has something to wait for in it."""
        return any(map(self.is_call, subexpressions(expr)))

    def hoists(self, expr: Expr) -> bool:
        """Whether an expression has a part that is a body of its own: that is tried, or done for each item."""
        return any(
            isinstance(one, Try) or (isinstance(one, Comprehension) and self.waits(one)) for one in subexpressions(expr)
        )

    def in_line(self, expr: Comprehension) -> bool:
        """Whether a comprehension waits for one item after the other, without a body for each."""
        inner = (expr.value, *(() if expr.condition is None else (expr.condition,)))
        return self.in_turn(expr) and not any(map(self.hoists, inner))


def nothing_known(_: Expr) -> Type:
    """The type of a call where nobody wants to know it."""
    return UNKNOWN


@dataclass(frozen=True, slots=True)
class Puller:
    """Takes calls out of expressions, as `let`s before their statement, and finds those that are made at the same time.
    `hide` makes up a name that the source cannot have, `type_of` tells the type of a call."""

    waiting: Waiting
    hide: Callable[[str], str]
    type_of: Callable[[Expr], Type] = nothing_known

    def pulled_out(self, stmt: Stmt) -> tuple[list[Let], Stmt]:
        """The calls of a statement that are made in any case, and what is left of it; a statement with one call keeps
        it."""
        match stmt:
            case Let(value=value) | Assign(value=value) | Return(value):
                found, left = self.taken(value, True)
                return found, replace(stmt, value=left) if found else stmt
            case If(condition):
                found, left = self.taken(condition, False)
                return found, replace(stmt, condition=left) if found else stmt
            case For(items=items):
                found, left = self.taken(items, False)
                return found, replace(stmt, items=left) if found else stmt
            case Check(condition):
                found, left = self.taken(condition, False)
                return found, replace(stmt, condition=left) if found else stmt
        return [], stmt

    def taken(self, value: Expr, outermost: bool) -> tuple[list[Let], Expr]:
        """The calls of an expression, where it has several, and what is left of it."""
        if sum(map(self.waiting.is_call, subexpressions(value))) < 2:
            return [], value
        found: list[Let] = []
        return found, self.pull(value, outermost, found)

    def pull(self, expr: Expr, outermost: bool, found: list[Let]) -> Expr:
        """The expression with names in the places of its calls, but for what may not be evaluated at all."""
        if not self.waiting.waits(expr):
            return expr
        match expr:
            case Conditional(condition):
                return replace(expr, condition=self.pull(condition, False, found))
            case Operation("and" | "or", (left, right)):
                return replace(expr, operands=(self.pull(left, False, found), right))
            case Comprehension(items=items):
                inner: Expr = replace(expr, items=self.pull(items, False, found))
            case Try():
                inner = expr
            case _:
                inner = rebuild(expr, lambda child: self.pull(child, False, found))
        if outermost or not self.waiting.is_call(inner):
            return inner
        name = self.hide(called(inner))
        found.append(Let(name, self.type_of(inner), inner))
        return Name(name)

    def together(self, body: Sequence[Stmt], start: int) -> list[Bind]:
        """The statements from `start` on that are calls none of which needs another's value."""
        found: list[Bind] = []
        written: set[str] = set()
        for stmt in body[start:]:
            if not isinstance(stmt, Let | Assign) or not self.waiting.is_call(stmt.value):
                break
            if self.waiting.in_turn(stmt.value):
                break
            if stmt.name in written or names_read(stmt.value) & written or not self.joins(stmt.value, not found):
                break
            found.append(stmt)
            written.add(stmt.name)
        return found

    def joins(self, value: Expr, first: bool) -> bool:
        """Whether a call can be made beside others: what it takes has to be known without waiting, and without a
        failure that would leave those before it hanging."""
        match value:
            case Try():
                return True
            case Comprehension(items=items, condition=condition):
                certain = total(items) and (condition is None or total(condition))
                return certain or (first and not self.waiting.waits(items))
        if first:
            return not any(map(self.waiting.waits, children(value)))
        return all(map(total, children(value)))


def total(expr: Expr) -> bool:
    """Whether an expression surely has a value and waits for nothing, so that a call that it is an argument of can be
    made now and awaited later. Operands are of the types that the operators take."""
    if makes_calls(expr):
        return False
    match expr:
        case Const() | Name() | Member() | Interpolation() | ListOf() | RecordOf() | Conditional():
            return all(map(total, children(expr)))
        case Operation(operator):
            return operator not in ("/", "//", "%") and all(map(total, children(expr)))
        case Apply(function):
            return function in TOTAL and all(map(total, children(expr)))
    return False


TOTAL = frozenset((
    "default", "ends_with", "first", "join", "json", "last", "len", "lower", "reverse", "starts_with", "strip", "text",
    "unique", "upper",
))  # fmt: skip
"""Functions that have a value for all arguments of their types."""


def called(expr: Expr) -> str:
    """A name for the value of a call."""
    match expr:
        case Predict(site):
            return site
        case Invoke(name) | External(name):
            return name
        case Score():
            return "score"
        case Comprehension():
            return "found"
    return "value"
