"""Expressions in prompts, as JSON, so that a frozen prompt has them too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from lmc.runtime.collection import entries_of, first, greatest, last, least, reverse, sort, take, unique
from lmc.runtime.function import (
    absolute,
    as_json,
    default,
    join,
    length,
    lower,
    replace,
    rounded,
    slice_of,
    strip,
    sum_of,
    text,
    upper,
)

Formula: TypeAlias = Any
"""A string, number, truth value or null is itself. An object is, by its first word: `{"const": value}`;
`{"name": name}`; `{"member": name, "of": F}`; `{"item": F, "of": F}`; `{"operator": symbol, "on": [F, ...]}`;
`{"function": name, "on": [F, ...]}`; `{"when": F, "then": F, "else": F}`; `{"each": F, "as": name, "in": F}` and maybe
`"where": F`; `{"list": [F, ...]}`; `{"text": [F, ...]}`."""

Values: TypeAlias = dict[str, Any]
"""The inputs of a call and the variables of loops, by name."""


def evaluate(formula: Formula, values: Values) -> Any:
    """The value of a formula. Raises what Python raises for a value that there is not (ZeroDivisionError, LookupError,
    TypeError)."""
    if not isinstance(formula, dict):
        return formula
    return FORMULAS[next(word for word in FORMULAS if word in formula)](formula, values)


def constant_of(formula: Formula, values: Values) -> Any:
    """The value that stands there."""
    return formula["const"]


def named_value(formula: Formula, values: Values) -> Any:
    """The value of an input or a variable; of an input that is not given, null."""
    return values.get(formula["name"])


def member_of(formula: Formula, values: Values) -> Any:
    """A field of a record; null where the record lacks it."""
    record: dict[str, Any] = evaluate(formula["of"], values)
    return record.get(formula["member"])


def item_of(formula: Formula, values: Values) -> Any:
    """An item of a list, a map or a text; null where there is none, as Jinja has it."""
    try:
        return evaluate(formula["of"], values)[evaluate(formula["item"], values)]
    except LookupError:
        return None


def operation(formula: Formula, values: Values) -> Any:
    """An operator on its operands; the later operand of `and` and `or` is evaluated when it decides."""
    import operator

    symbol, operands = formula["operator"], formula["on"]
    if symbol in ("and", "or"):
        decided = bool(evaluate(operands[0], values))
        return decided if decided == (symbol == "or") else bool(evaluate(operands[1], values))
    found = [evaluate(one, values) for one in operands]
    if symbol == "in":
        return found[0] in found[1]
    names = {"+": "add", "-": "sub", "*": "mul", "/": "truediv", "//": "floordiv", "%": "mod", "==": "eq", "!=": "ne"}
    names |= {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "not": "not_", "neg": "neg"}
    return getattr(operator, names[symbol])(*found)


def applied(formula: Formula, values: Values) -> Any:
    """The value of a function."""
    return FUNCTIONS[formula["function"]](*(evaluate(one, values) for one in formula["on"]))


def chosen(formula: Formula, values: Values) -> Any:
    """One of two values."""
    return evaluate(formula["then" if evaluate(formula["when"], values) else "else"], values)


def collected(formula: Formula, values: Values) -> list[Any]:
    """A value for each item of those that meet the condition."""
    scopes = ({**values, formula["as"]: item} for item in evaluate(formula["in"], values))
    condition = formula.get("where", True)
    return [evaluate(formula["each"], scope) for scope in scopes if evaluate(condition, scope)]


def listed(formula: Formula, values: Values) -> list[Any]:
    """A list of the values."""
    return [evaluate(one, values) for one in formula["list"]]


def written_out(formula: Formula, values: Values) -> str:
    """The values as one text."""
    return "".join(text(evaluate(one, values)) for one in formula["text"])


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": absolute,
    "default": default,
    "entries": entries_of,
    "first": first,
    "join": join,
    "json": as_json,
    "last": last,
    "len": length,
    "lower": lower,
    "max": greatest,
    "min": least,
    "replace": replace,
    "reverse": reverse,
    "round": rounded,
    "slice": slice_of,
    "sort": sort,
    "strip": strip,
    "sum": sum_of,
    "take": take,
    "text": text,
    "unique": unique,
    "upper": upper,
}
"""The functions of the language that the filters of prompts stand for."""


FORMULAS: dict[str, Callable[[Formula, Values], Any]] = {
    "const": constant_of,
    "name": named_value,
    "member": member_of,
    "item": item_of,
    "operator": operation,
    "function": applied,
    "when": chosen,
    "each": collected,
    "list": listed,
    "text": written_out,
}
"""What evaluates a formula, by the word that tells what it is."""
