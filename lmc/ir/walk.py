"""Walks and rewrites of expressions and statements."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from lmc.ir.program import (
    Apply,
    Assign,
    Conditional,
    Const,
    Expr,
    For,
    If,
    Interpolation,
    Invoke,
    Item,
    Let,
    ListOf,
    Member,
    Module,
    Name,
    Operation,
    Predict,
    Program,
    RecordOf,
    Return,
    Stmt,
)


def children(expr: Expr) -> tuple[Expr, ...]:
    """The expressions that an expression is made of, in the order in which they are evaluated."""
    match expr:
        case Const() | Name():
            return ()
        case Member(base):
            return (base,)
        case Item(base, index):
            return (base, index)
        case Operation(_, operands):
            return operands
        case Conditional(condition, then, otherwise):
            return (condition, then, otherwise)
        case ListOf(items):
            return items
        case Interpolation(parts):
            return tuple(part for part in parts if not isinstance(part, str))
        case RecordOf(fields):
            return tuple(value for _, value in fields)
        case Apply(_, arguments):
            return arguments
        case Invoke(_, named) | Predict(_, _, _, named):
            return tuple(value for _, value in named)


def rebuild(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """The expression with each of its children changed; the same object when none is."""
    match expr:
        case Const() | Name():
            return expr
        case Member(base):
            new: Expr = replace(expr, base=change(base))
        case Item(base, index):
            new = replace(expr, base=change(base), index=change(index))
        case Operation(_, operands):
            new = replace(expr, operands=tuple(map(change, operands)))
        case Conditional(condition, then, otherwise):
            new = replace(expr, condition=change(condition), then=change(then), otherwise=change(otherwise))
        case ListOf(items):
            new = replace(expr, items=tuple(map(change, items)))
        case Interpolation(parts):
            new = replace(expr, parts=tuple(part if isinstance(part, str) else change(part) for part in parts))
        case RecordOf(fields):
            new = replace(expr, fields=tuple((name, change(value)) for name, value in fields))
        case Apply(_, arguments):
            new = replace(expr, arguments=tuple(map(change, arguments)))
        case Invoke(_, named) | Predict(_, _, _, named):
            new = replace(expr, arguments=tuple((name, change(value)) for name, value in named))
    return expr if new == expr else new


def transform(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """The expression rewritten from its leaves up."""
    return change(rebuild(expr, lambda child: transform(child, change)))


def subexpressions(expr: Expr) -> Iterator[Expr]:
    """The expression and all in it, outermost first."""
    yield expr
    for child in children(expr):
        yield from subexpressions(child)


def own_expressions(stmt: Stmt) -> tuple[Expr, ...]:
    """The expressions of a statement itself, not of the blocks in it."""
    match stmt:
        case Let(_, _, value) | Assign(_, value) | Return(value):
            return (value,)
        case If(condition):
            return (condition,)
        case For(_, items):
            return (items,)


def blocks(stmt: Stmt) -> tuple[tuple[Stmt, ...], ...]:
    """The blocks of a statement."""
    match stmt:
        case If(_, then, otherwise):
            return (then, otherwise)
        case For(_, _, _, body):
            return (body,)
    return ()


def statements(body: tuple[Stmt, ...]) -> Iterator[Stmt]:
    """All statements, those in blocks too, in source order."""
    for stmt in body:
        yield stmt
        for block in blocks(stmt):
            yield from statements(block)


def expressions(body: tuple[Stmt, ...]) -> Iterator[Expr]:
    """All expressions of the statements, in source order."""
    for stmt in statements(body):
        for expr in own_expressions(stmt):
            yield from subexpressions(expr)


def transform_body(body: tuple[Stmt, ...], change: Callable[[Expr], Expr]) -> tuple[Stmt, ...]:
    """The statements with every expression rewritten from its leaves up; the same object when none changes."""
    new = tuple(transform_statement(stmt, change) for stmt in body)
    return body if all(one is other for one, other in zip(body, new, strict=True)) else new


def transform_statement(stmt: Stmt, change: Callable[[Expr], Expr]) -> Stmt:
    """The statement with every expression rewritten; the same object when none changes."""
    match stmt:
        case Let(_, _, value) | Assign(_, value) | Return(value):
            new_value = transform(value, change)
            return stmt if new_value is value else replace(stmt, value=new_value)
        case If(condition, then, otherwise):
            parts = transform(condition, change), transform_body(then, change), transform_body(otherwise, change)
            if parts[0] is condition and parts[1] is then and parts[2] is otherwise:
                return stmt
            return replace(stmt, condition=parts[0], then=parts[1], otherwise=parts[2])
        case For(_, items, _, body):
            new_items, new_body = transform(items, change), transform_body(body, change)
            same = new_items is items and new_body is body
            return stmt if same else replace(stmt, items=new_items, body=new_body)


def predictors(program: Program) -> Iterator[tuple[Module, Predict]]:
    """Every call site of the program, with its module, in source order. Its address is `Module.site`."""
    for module in program.modules:
        for expr in expressions(module.body):
            if isinstance(expr, Predict):
                yield module, expr


def names_read(expr: Expr) -> frozenset[str]:
    """The variables that an expression reads."""
    return frozenset(one.name for one in subexpressions(expr) if isinstance(one, Name))


def makes_calls(expr: Expr) -> bool:
    """Whether an expression calls an LM or a module."""
    return any(isinstance(one, Predict | Invoke) for one in subexpressions(expr))
