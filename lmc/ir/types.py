"""The types of the language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Primitive:
    """`str`, `int`, `float`, `bool` or `null`."""

    name: str


@dataclass(frozen=True, slots=True)
class LiteralType:
    """One value: a string, an integer or a truth value."""

    value: str | int | bool

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LiteralType) and (type(self.value), self.value) == (type(other.value), other.value)

    def __hash__(self) -> int:
        return hash((type(self.value), self.value))


@dataclass(frozen=True, slots=True)
class EnumType:
    """A closed set of strings, each with a description (may be empty)."""

    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A named, typed, described member of a record or a signature. `alias` is its name in prompts, where it has one."""

    name: str
    type: Type
    description: str = ""
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class RecordType:
    """An object with named fields."""

    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class ListType:
    """A list of items of one type."""

    item: Type


@dataclass(frozen=True, slots=True)
class UnionType:
    """A value of any of the members; `T?` is the union of T and null."""

    members: tuple[Type, ...]


@dataclass(frozen=True, slots=True)
class NamedType:
    """A type that the program declares by name; the name of a signature stands for the record of its outputs."""

    name: str


@dataclass(frozen=True, slots=True)
class UnknownType:
    """What the source alone does not tell: the columns of a data row; the type of an expression with a mistake in
    it."""


Type: TypeAlias = Primitive | LiteralType | EnumType | RecordType | ListType | UnionType | NamedType | UnknownType

STR, INT, FLOAT, BOOL, NULL = (Primitive(name) for name in ("str", "int", "float", "bool", "null"))
UNKNOWN = UnknownType()


def union(*members: Type) -> Type:
    """The union of the members, flattened, without repetition; of one member, that member."""
    flat: dict[Type, None] = {}
    for member in members:
        for one in member.members if isinstance(member, UnionType) else (member,):
            flat.setdefault(one)
    if UNKNOWN in flat:
        return UNKNOWN
    return next(iter(flat)) if len(flat) == 1 else UnionType(tuple(flat))


def optional(type_: Type) -> Type:
    """The type, or null."""
    return union(type_, NULL)


def show(type_: Type) -> str:
    """The type as it is written in source, on one line."""
    match type_:
        case Primitive(name) | NamedType(name):
            return name
        case LiteralType(value):
            return quoted(value) if isinstance(value, str) else str(value).lower()
        case EnumType(values):
            return "enum { " + ", ".join(name for name, _ in values) + " }"
        case RecordType(fields):
            return "{ " + ", ".join(f"{one.name}: {show(one.type)}" for one in fields) + " }"
        case ListType(item):
            return f"list[{show(item)}]"
        case UnionType(members):
            if NULL in members and len(members) == 2:
                rest = next(member for member in members if member != NULL)
                return f"{show(rest)}?"
            return " | ".join(show(member) for member in members)
        case UnknownType():
            return "unknown"


def quoted(text: str) -> str:
    """The text as a string literal of the language."""
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return (
        '"' + "".join(escapes.get(char, char if char.isprintable() else f"\\u{{{ord(char):x}}}") for char in text) + '"'
    )


__all__ = [
    "BOOL", "FLOAT", "INT", "NULL", "STR", "UNKNOWN", "EnumType", "Field", "ListType", "LiteralType", "NamedType",
    "Primitive", "RecordType", "Type", "UnionType", "UnknownType", "optional", "quoted", "show", "union",
]  # fmt: skip
