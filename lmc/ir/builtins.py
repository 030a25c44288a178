"""The pure functions of the language: what they take and give, and their names in the runtime."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from lmc.ir.subtype import base
from lmc.ir.types import BOOL, FLOAT, INT, NULL, STR, UNKNOWN, ListType, Type, UnionType, optional, union

LIST = ListType(UNKNOWN)
NUMBER = UnionType((INT, FLOAT))
NUMBERS = ListType(NUMBER)
TEXT_OR_LIST = UnionType((STR, LIST))


def item(arguments: tuple[Type, ...]) -> Type:
    """The type of an item of the first argument."""
    first = arguments[0]
    return first.item if isinstance(first, ListType) else UNKNOWN


def maybe_item(arguments: tuple[Type, ...]) -> Type:
    """The type of an item of the first argument, or null."""
    return optional(item(arguments))


def same(arguments: tuple[Type, ...]) -> Type:
    """The type of the first argument, of a literal its primitive."""
    return broad(arguments[0])


def broad(type_: Type) -> Type:
    """The primitive for a literal, an enum and a union of some; other types as they are."""
    return union(*map(base, type_.members)) if isinstance(type_, UnionType) else base(type_)


def total(arguments: tuple[Type, ...]) -> Type:
    """The type of a sum of the first argument's items."""
    members = broad(item(arguments))
    return FLOAT if members == UnionType((INT, FLOAT)) or members == UnionType((FLOAT, INT)) else members


def without_null(arguments: tuple[Type, ...]) -> Type:
    """The type of the first argument without null, or of the second."""
    first, second = arguments
    kept = [member for member in (first.members if isinstance(first, UnionType) else (first,)) if member != NULL]
    return union(*kept) if kept and base(second) in kept else union(*kept, second)


class Builtin(NamedTuple):
    """A function: the types of its parameters, the type of its value (or how it follows from the arguments' types),
    and the name of its implementation in `lmc.runtime.function`."""

    params: tuple[Type, ...]
    returns: Type | Callable[[tuple[Type, ...]], Type]
    runtime: str


BUILTINS: dict[str, Builtin] = {
    "lower": Builtin((STR,), STR, "lower"),
    "upper": Builtin((STR,), STR, "upper"),
    "strip": Builtin((STR,), STR, "strip"),
    "split": Builtin((STR, STR), ListType(STR), "split"),
    "lines": Builtin((STR,), ListType(STR), "lines"),
    "join": Builtin((LIST, STR), STR, "join"),
    "replace": Builtin((STR, STR, STR), STR, "replace"),
    "starts_with": Builtin((STR, STR), BOOL, "starts_with"),
    "ends_with": Builtin((STR, STR), BOOL, "ends_with"),
    "matches": Builtin((STR, STR), BOOL, "matches"),
    "extract": Builtin((STR, STR), optional(STR), "extract"),
    "first": Builtin((LIST,), maybe_item, "first"),
    "last": Builtin((LIST,), maybe_item, "last"),
    "take": Builtin((LIST, INT), same, "take"),
    "unique": Builtin((LIST,), same, "unique"),
    "reverse": Builtin((LIST,), same, "reverse"),
    "sort": Builtin((LIST,), same, "sort"),
    "sum": Builtin((NUMBERS,), total, "sum_of"),
    "min": Builtin((LIST,), maybe_item, "least"),
    "max": Builtin((LIST,), maybe_item, "greatest"),
    "most_common": Builtin((LIST,), maybe_item, "most_common"),
    "len": Builtin((TEXT_OR_LIST,), INT, "length"),
    "abs": Builtin((NUMBER,), same, "absolute"),
    "round": Builtin((NUMBER, INT), FLOAT, "rounded"),
    "text": Builtin((UNKNOWN,), STR, "text"),
    "json": Builtin((UNKNOWN,), STR, "as_json"),
    "number": Builtin((STR,), optional(FLOAT), "number"),
    "default": Builtin((UNKNOWN, UNKNOWN), without_null, "default"),
    "range": Builtin((INT,), ListType(INT), "count_to"),
    "slice": Builtin((TEXT_OR_LIST, INT, INT), same, "slice_of"),
}

METRICS: dict[str, Builtin] = {
    "exact": Builtin((UNKNOWN, UNKNOWN), BOOL, "exact"),
    "same": Builtin((UNKNOWN, UNKNOWN), BOOL, "same"),
    "contains": Builtin((UNKNOWN, UNKNOWN), BOOL, "contains"),
    "close": Builtin((UNKNOWN, UNKNOWN, FLOAT), BOOL, "close"),
    "f1": Builtin((UNKNOWN, UNKNOWN), FLOAT, "f1"),
    "set_f1": Builtin((UNKNOWN, UNKNOWN), FLOAT, "set_f1"),
    "one_of": Builtin((UNKNOWN, UNKNOWN), BOOL, "one_of"),
}
"""The functions that metrics have besides; their implementations are in `lmc.evaluate.functions`."""
