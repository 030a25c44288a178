"""JSON values and the types that they belong to."""

from __future__ import annotations

from lmc.ir.program import Json
from lmc.ir.subtype import Named, resolve
from lmc.ir.types import (
    FLOAT,
    NULL,
    UNKNOWN,
    EnumType,
    Field,
    ListType,
    LiteralType,
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
        case UnionType(members):
            return any(belongs(value, member, named) for member in members)
        case RecordType(fields):
            return isinstance(value, dict) and all(belongs(value.get(one.name), one.type, named) for one in fields)
    return True


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
