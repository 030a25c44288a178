"""Pure expressions, compiled to functions of an environment."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from lmc.ir.builtins import BUILTINS, COSTS, METRICS
from lmc.ir.expression import (
    Apply,
    Comprehension,
    Conditional,
    Const,
    Expr,
    Interpolation,
    Is,
    Item,
    ListOf,
    Member,
    Name,
    Operation,
    RecordOf,
    Try,
    Tune,
)
from lmc.ir.subtype import Named
from lmc.prompts.schema import schema_of
from lmc.runtime import collection, function, overlap, score, wording
from lmc.runtime.belongs import belongs
from lmc.runtime.failure import failure_text
from lmc.runtime.function import text

Env = dict[str, Any]
Evaluate = Callable[[Env], Any]
Functions = Mapping[str, Callable[..., Any]]

NO_VALUE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, re.error)
"""What an expression raises that has no value for its inputs: a division by zero, an index out of range, a null where
a text is needed."""

IMPLEMENTATIONS: Mapping[str, Any] = {
    name: one for module in (function, collection, score, overlap, wording) for name, one in vars(module).items()
}

LIBRARY: Functions = {
    name: IMPLEMENTATIONS[builtin.runtime] for name, builtin in {**BUILTINS, **METRICS}.items() if name not in COSTS
}
"""The functions of the language by name, those of metrics too; what a run took is no function."""

BINARY: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda item, container: item in container,
}


def compile_expr(  # noqa: C901
    expr: Expr, functions: Functions = LIBRARY, named: Named | None = None
) -> Evaluate:
    """The function that evaluates an expression without calls. What it raises (see NO_VALUE) is the error of the
    run. `named` are the program's types."""

    def inner(one: Expr) -> Evaluate:
        return compile_expr(one, functions, named)

    match expr:
        case Const(value) | Tune(_, _, value):
            return lambda env: value
        case Name(name):
            return operator.itemgetter(name)
        case Member(base, name):
            of = inner(base)
            return lambda env: of(env)[name]
        case Item(base, index):
            of, at = inner(base), inner(index)
            return lambda env: of(env)[at(env)]
        case Operation(symbol, operands):
            return compile_operation(symbol, list(map(inner, operands)))
        case Conditional(condition, then, otherwise):
            parts = [inner(one) for one in (condition, then, otherwise)]
            return lambda env: parts[1](env) if parts[0](env) else parts[2](env)
        case ListOf(items):
            values = list(map(inner, items))
            return lambda env: [value(env) for value in values]
        case RecordOf(fields):
            record = {name: inner(value) for name, value in fields}
            return lambda env: {name: value(env) for name, value in record.items()}
        case Interpolation(parts_of_text):
            pieces = [part if isinstance(part, str) else inner(part) for part in parts_of_text]
            return lambda env: "".join(piece if isinstance(piece, str) else text(piece(env)) for piece in pieces)
        case Apply(name, arguments):
            call, given = functions[name], list(map(inner, arguments))
            return lambda env: call(*[value(env) for value in given])
        case Is(value, type_):
            subject, schema = inner(value), schema_of(type_, named or {})
            return lambda env: belongs(subject(env), schema)
        case Try(value, otherwise):
            return compile_try(inner(value), inner(otherwise))
        case Comprehension():
            return compile_comprehension(expr, inner)
        case _:
            raise AssertionError("an expression that makes calls is not pure")


def compile_try(first: Evaluate, other: Evaluate) -> Evaluate:
    """The function of a value, or of another where it fails."""

    def either(env: Env) -> Any:
        try:
            return first(env)
        except NO_VALUE as error:
            said = failure_text(error)
        return other({**env, "error": said})

    return either


def compile_comprehension(expr: Comprehension, inner: Callable[[Expr], Evaluate]) -> Evaluate:
    """The function of a list of the value for each item."""
    items, value = inner(expr.items), inner(expr.value)
    condition = (lambda env: True) if expr.condition is None else inner(expr.condition)

    def collect(env: Env) -> list[Any]:
        own, found = dict(env), []
        for item in items(env)[: expr.bound]:
            own[expr.name] = item
            if condition(own):
                found.append(value(own))
        return found

    return collect


def compile_operation(symbol: str, operands: list[Evaluate]) -> Evaluate:
    """The function of an operator."""
    if symbol == "not":
        return lambda env: not operands[0](env)
    if symbol == "neg":
        return lambda env: -operands[0](env)
    left, right = operands
    if symbol == "and":
        return lambda env: bool(left(env) and right(env))
    if symbol == "or":
        return lambda env: bool(left(env) or right(env))
    apply = BINARY[symbol]
    return lambda env: apply(left(env), right(env))
