"""JSON values and the types that they belong to."""

from __future__ import annotations

import re

from lmc.ir.expression import Json
from lmc.ir.subtype import Named, resolve
from lmc.ir.types import (
    FLOAT,
    NULL,
    UNKNOWN,
    Constrained,
    EnumType,
    Field,
    ListType,
    LiteralType,
    MapType,
    Primitive,
    RecordType,
    Type,
    UnionType,
    union,
)

PRIMITIVES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (float, int),
    "bool": (bool,),
    "null": (type(None),),
    "image": (str, dict),
    "audio": (str, dict),
    "file": (str, dict),
    "history": (list,),
}


def belongs(value: Json, type_: Type, named: Named) -> bool:
    """Whether a JSON value is of a type, without any conversion (an int is a float)."""
    match resolve(type_, named):
        case Primitive(name):
            return isinstance(value, PRIMITIVES[name]) and (name == "bool" or not isinstance(value, bool))
        case LiteralType(one):
            return type(value) is type(one) and value == one
        case EnumType(values):
            return any(value == name for name, _ in values)
        case ListType(item):
            return isinstance(value, list) and all(belongs(one, item, named) for one in value)
        case MapType(item):
            return isinstance(value, dict) and all(belongs(one, item, named) for one in value.values())
        case Constrained(inner, low, high, pattern):
            return belongs(value, inner, named) and within(value, low, high, pattern)
        case UnionType(members):
            return any(belongs(value, member, named) for member in members)
        case RecordType(fields):
            return isinstance(value, dict) and all(belongs(value.get(one.name), one.type, named) for one in fields)
    return True


def within(value: Json, low: float | None, high: float | None, pattern: str | None) -> bool:
    """Whether a value keeps to the limits of a constrained type."""
    size = value if isinstance(value, int | float) else len(value)
    if (low is not None and size < low) or (high is not None and size > high):
        return False
    return pattern is None or (isinstance(value, str) and re.fullmatch(pattern, value) is not None)


def type_of(value: Json) -> Type:
    """The narrowest type of a JSON value."""
    match value:
        case None:
            return NULL
        case bool() | int() | str():
            return LiteralType(value)
        case float():
            return FLOAT
        case list():
            return ListType(union(*(type_of(item) for item in value)) if value else UNKNOWN)
        case dict():
            return RecordType(tuple(Field(name, type_of(item)) for name, item in value.items()))
    return UNKNOWN
