"""Expressions of a prompt as the JSON that templates have them in."""

from __future__ import annotations

from lmc.ir.program import (
    Apply,
    Comprehension,
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
from lmc.runtime.formula import Formula


def formula_of(expr: Expr) -> Formula:
    """The formula of a pure expression. Raises ValueError for one that no prompt has."""
    match expr:
        case Const(value):
            return value
        case Name(name):
            return {"name": name}
        case Member(base, name):
            return {"member": name, "of": formula_of(base)}
        case Item(base, index):
            return {"item": formula_of(index), "of": formula_of(base)}
        case Operation(symbol, operands):
            return {"operator": symbol, "on": [formula_of(one) for one in operands]}
        case Apply(function, arguments):
            return {"function": function, "on": [formula_of(one) for one in arguments]}
        case Conditional(condition, then, otherwise):
            return {"when": formula_of(condition), "then": formula_of(then), "else": formula_of(otherwise)}
        case Comprehension(value, name, items, condition):
            each = {"each": formula_of(value), "as": name, "in": formula_of(items)}
            return each if condition is None else {**each, "where": formula_of(condition)}
        case ListOf(items):
            return {"list": [formula_of(one) for one in items]}
        case RecordOf(()):
            return {"const": {}}
        case Interpolation(parts):
            return {"text": [one if isinstance(one, str) else formula_of(one) for one in parts]}
    raise ValueError(f"a prompt cannot hold {type(expr).__name__}")
