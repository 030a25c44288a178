"""Calls in statements of their own: out of every expression with several calls, those that are made in any case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from lmc.backends.python.awaited import total
from lmc.backends.python.known import Known
from lmc.backends.python.names import snake
from lmc.ir.program import (
    Assign,
    Check,
    Comprehension,
    Conditional,
    Expr,
    External,
    For,
    If,
    Invoke,
    Let,
    Name,
    Operation,
    Predict,
    Return,
    Score,
    Stmt,
    Try,
)
from lmc.ir.types import Type
from lmc.ir.walk import children, names_read, rebuild, subexpressions

Bind = Let | Assign


@dataclass
class Puller:
    """Takes calls out of expressions, as `let`s before their statement. `hide` makes up a name that the source cannot
    have, `type_of` tells the type of a call."""

    known: Known
    type_of: Callable[[Expr], Type]
    hide: Callable[[str], str]

    def pulled_out(self, stmt: Stmt) -> tuple[list[Let], Stmt]:
        """The calls of a statement, and what is left of it; a statement with one call keeps it."""
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
        if sum(map(self.known.is_call, subexpressions(value))) < 2:
            return [], value
        found: list[Let] = []
        return found, self.pull(value, outermost, found)

    def pull(self, expr: Expr, outermost: bool, found: list[Let]) -> Expr:
        """The expression with names in the places of its calls, but for what may not be evaluated at all."""
        if not self.known.waits(expr):
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
        if outermost or not self.known.is_call(inner):
            return inner
        name = self.hide(called(inner))
        found.append(Let(name, self.type_of(inner), inner))
        return Name(name)

    def together(self, body: list[Stmt], start: int) -> list[Bind]:
        """The statements from `start` on that are calls none of which needs another's value."""
        found: list[Bind] = []
        written: set[str] = set()
        for stmt in body[start:]:
            if not isinstance(stmt, Let | Assign) or not self.known.is_call(stmt.value):
                break
            if self.known.in_turn(stmt.value):
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
            case Comprehension(items=items):
                return total(items) or (first and not self.known.waits(items))
        if first:
            return not any(self.known.waits(one) for one in children(value))
        return all(total(one) for one in children(value))


def called(expr: Expr) -> str:
    """A name for the value of a call."""
    match expr:
        case Predict(site):
            return site
        case Invoke(module):
            return snake(module)
        case External(name):
            return snake(name)
        case Score():
            return "score"
        case Comprehension():
            return "found"
    return "value"
