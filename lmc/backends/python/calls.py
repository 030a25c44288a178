"""Calls in statements of their own: out of every expression with several calls, those that are made in any case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lmc.backends.python.names import snake
from lmc.ir.program import Assign, Conditional, Expr, For, If, Invoke, Let, Name, Operation, Predict, Return, Stmt
from lmc.ir.types import Type
from lmc.ir.walk import makes_calls, names_read, own_expressions, rebuild, subexpressions

Bind = Let | Assign


def pulled_out(stmt: Stmt, type_of: Callable[[Expr], Type], hide: Callable[[str], str]) -> tuple[list[Let], Stmt]:
    """The calls of a statement as `let`s before it, and what is left of it; a statement with one call keeps it.
    `hide` makes up a name that the source cannot have."""
    (value,) = own_expressions(stmt)
    if sum(isinstance(one, Predict | Invoke) for one in subexpressions(value)) < 2:
        return [], stmt
    found: list[Let] = []

    def pull(expr: Expr, outermost: bool) -> Expr:
        if not makes_calls(expr):
            return expr
        match expr:
            case Conditional(condition):
                return replace(expr, condition=pull(condition, False))
            case Operation("and" | "or", (left, right)):
                return replace(expr, operands=(pull(left, False), right))
        inner = rebuild(expr, lambda child: pull(child, False))
        if outermost or not isinstance(inner, Predict | Invoke):
            return inner
        name = hide(inner.site if isinstance(inner, Predict) else snake(inner.module))
        found.append(Let(name, type_of(inner), inner))
        return Name(name)

    return found, with_expression(stmt, pull(value, isinstance(stmt, Let | Assign | Return)))


def with_expression(stmt: Stmt, expr: Expr) -> Stmt:
    """The statement with another expression of its own."""
    match stmt:
        case Let() | Assign() | Return():
            return replace(stmt, value=expr)
        case If():
            return replace(stmt, condition=expr)
        case For():
            return replace(stmt, items=expr)


def together(body: list[Stmt], start: int) -> list[Bind]:
    """The statements from `start` on that are calls none of which needs another's value."""
    found: list[Bind] = []
    written: set[str] = set()
    for stmt in body[start:]:
        if not isinstance(stmt, Let | Assign) or not isinstance(stmt.value, Predict | Invoke):
            break
        if stmt.name in written or names_read(stmt.value) & written:
            break
        if any(isinstance(one, Predict | Invoke) for one in subexpressions(stmt.value) if one is not stmt.value):
            break
        found.append(stmt)
        written.add(stmt.name)
    return found
