"""Walks and rewrites of expressions and statements."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from lmc.ir.expression import (
    Apply,
    Comprehension,
    Conditional,
    Const,
    Expr,
    External,
    Interpolation,
    Invoke,
    Is,
    Item,
    ListOf,
    Member,
    Name,
    Operation,
    Predict,
    RecordOf,
    Score,
    Try,
    Tune,
)
from lmc.ir.program import Module, Program
from lmc.ir.statement import Assign, Attempt, Break, Check, For, If, Let, Return, Stmt, While


def children(expr: Expr) -> tuple[Expr, ...]:  # noqa: C901
    """The expressions that an expression is made of, in the order in which they are evaluated."""
    match expr:
        case Const() | Name() | Tune():
            return ()
        case Member(base) | Is(base):
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
        case Comprehension(value, _, items, condition):
            return (items, *((condition,) if condition is not None else ()), value)
        case Try(value, otherwise):
            return (value, otherwise)
        case Score(_, want, got):
            return (want, got)
        case Invoke(_, named) | External(_, named):
            return tuple(value for _, value in named)
        case Predict(_, _, _, named, _, sample):
            return (*(value for _, value in named), *((sample,) if sample is not None else ()))


def rebuild(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:  # noqa: C901
    """The expression with each of its children changed; the same object when none is."""
    match expr:
        case Const() | Name() | Tune():
            return expr
        case Member(base):
            new: Expr = replace(expr, base=change(base))
        case Is(value):
            new = replace(expr, value=change(value))
        case Comprehension(value, _, items, condition):
            tested = None if condition is None else change(condition)
            new = replace(expr, value=change(value), items=change(items), condition=tested)
        case Try(value, otherwise):
            new = replace(expr, value=change(value), otherwise=change(otherwise))
        case Score(_, want, got):
            new = replace(expr, want=change(want), got=change(got))
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
            new = replace(expr, fields=tuple((name, change(one)) for name, one in fields))
        case Apply(_, arguments):
            new = replace(expr, arguments=tuple(map(change, arguments)))
        case Invoke(_, named) | External(_, named):
            new = replace(expr, arguments=tuple((name, change(one)) for name, one in named))
        case Predict(_, _, _, named, _, sample):
            given = tuple((name, change(argument)) for name, argument in named)
            new = replace(expr, arguments=given, sample=None if sample is None else change(sample))
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
        case If(condition) | While(condition):
            return (condition,)
        case For(_, items):
            return (items,)
        case Check(condition, message):
            return (condition, message)
        case Break() | Attempt():
            return ()


def blocks(stmt: Stmt) -> tuple[tuple[Stmt, ...], ...]:
    """The blocks of a statement."""
    match stmt:
        case If(_, then, otherwise):
            return (then, otherwise)
        case For(body=body) | While(body=body) | Attempt(body=body):
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
        case While(condition, _, body):
            new_condition, new_body = transform(condition, change), transform_body(body, change)
            same = new_condition is condition and new_body is body
            return stmt if same else replace(stmt, condition=new_condition, body=new_body)
        case Attempt(_, _, _, body):
            new_body = transform_body(body, change)
            return stmt if new_body is body else replace(stmt, body=new_body)
        case Check(condition, message):
            new_condition, new_message = transform(condition, change), transform(message, change)
            same = new_condition is condition and new_message is message
            return stmt if same else replace(stmt, condition=new_condition, message=new_message)
        case Break():
            return stmt


def predictors(program: Program) -> Iterator[tuple[Module, Predict]]:
    """Every call site of the program, with its module, in source order. Its address is `Module.site`."""
    for module in program.modules:
        for expr in expressions(module.body):
            if isinstance(expr, Predict):
                yield module, expr


def slots(program: Program) -> Iterator[tuple[str, Predict | Tune]]:
    """Every call site and tuned value of the program, by address (`Module.name`), in source order."""
    for module in program.modules:
        for expr in expressions(module.body):
            if isinstance(expr, Predict):
                yield f"{module.name}.{expr.site}", expr
            elif isinstance(expr, Tune):
                yield f"{module.name}.{expr.slot}", expr


def names_read(expr: Expr) -> frozenset[str]:
    """The variables that an expression reads from outside it."""
    match expr:
        case Name(name):
            return frozenset((name,))
        case Comprehension(value, name, items, condition):
            inner = names_read(value) | (frozenset() if condition is None else names_read(condition))
            return names_read(items) | (inner - {name})
        case Try(value, otherwise):
            return names_read(value) | (names_read(otherwise) - {"error"})
    return frozenset().union(*map(names_read, children(expr)))


def names_assigned(body: tuple[Stmt, ...]) -> frozenset[str]:
    """The variables from outside that statements give new values to."""
    assigned = frozenset(stmt.name for stmt in statements(body) if isinstance(stmt, Assign))
    return assigned - {stmt.name for stmt in statements(body) if isinstance(stmt, Let)}


def makes_calls(expr: Expr) -> bool:
    """Whether an expression calls an LM, a module, or something outside the program."""
    return any(isinstance(one, Predict | Invoke | External | Score) for one in subexpressions(expr))
