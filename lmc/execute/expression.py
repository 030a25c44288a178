"""Pure expressions, compiled to functions of an environment."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from lmc.ir.builtins import BUILTINS
from lmc.ir.program import (
    Apply,
    Conditional,
    Const,
    Expr,
    Interpolation,
    Item,
    ListOf,
    Member,
    Name,
    Operation,
    RecordOf,
)
from lmc.runtime import function
from lmc.runtime.function import text

Env = dict[str, Any]
Evaluate = Callable[[Env], Any]
Functions = Mapping[str, Callable[..., Any]]

NO_VALUE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, re.error)
"""What an expression raises that has no value for its inputs: a division by zero, an index out of range, a null where
a text is needed."""

LIBRARY: Functions = {name: getattr(function, builtin.runtime) for name, builtin in BUILTINS.items()}
"""The functions of the language by name."""

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


def compile_expr(expr: Expr, functions: Functions = LIBRARY) -> Evaluate:
    """The function that evaluates an expression without calls. What it raises (see NO_VALUE) is the error of the
    run."""
    match expr:
        case Const(value):
            return lambda env: value
        case Name(name):
            return operator.itemgetter(name)
        case Member(base, name):
            of = compile_expr(base, functions)
            return lambda env: of(env)[name]
        case Item(base, index):
            of, at = compile_expr(base, functions), compile_expr(index, functions)
            return lambda env: of(env)[at(env)]
        case Operation(symbol, operands):
            return compile_operation(symbol, [compile_expr(one, functions) for one in operands])
        case Conditional(condition, then, otherwise):
            parts = [compile_expr(one, functions) for one in (condition, then, otherwise)]
            return lambda env: parts[1](env) if parts[0](env) else parts[2](env)
        case ListOf(items):
            values = [compile_expr(item, functions) for item in items]
            return lambda env: [value(env) for value in values]
        case RecordOf(fields):
            named = {name: compile_expr(value, functions) for name, value in fields}
            return lambda env: {name: value(env) for name, value in named.items()}
        case Interpolation(parts_of_text):
            pieces = [part if isinstance(part, str) else compile_expr(part, functions) for part in parts_of_text]
            return lambda env: "".join(piece if isinstance(piece, str) else text(piece(env)) for piece in pieces)
        case Apply(name, arguments):
            call = functions[name]
            given = [compile_expr(one, functions) for one in arguments]
            return lambda env: call(*[value(env) for value in given])
        case _:
            raise AssertionError("an expression that makes calls is not pure")


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
