"""The types of the language."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from lmc.source import Span


@dataclass(frozen=True, slots=True)
class Primitive:
    """`str`, `int`, `float`, `bool`, `null`; `image`, `audio` or `file`, which a prompt holds as content parts; or
    `history`, the turns of a conversation."""

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
    """A named, typed, described member of a record or a signature. `alias` is its name in prompts, where it has one;
    `span` the place of its name, where the source declares it."""

    name: str
    type: Type
    description: str = ""
    alias: str | None = None
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class RecordType:
    """An object with named fields."""

    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class ListType:
    """A list of items of one type."""

    item: Type


@dataclass(frozen=True, slots=True)
class MapType:
    """An object of any names, whose values are of one type."""

    value: Type


@dataclass(frozen=True, slots=True)
class Constrained:
    """The values of a type that keep to limits, both included, None for none: of a number its value, of a string the
    number of its characters, of a list or a map the number of its items. `pattern` is a regular expression that the
    whole of a string matches."""

    type: Type
    low: int | float | None = None
    high: int | float | None = None
    pattern: str | None = None


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


Type: TypeAlias = (
    Primitive
    | LiteralType
    | EnumType
    | RecordType
    | ListType
    | MapType
    | Constrained
    | UnionType
    | NamedType
    | UnknownType
)

STR, INT, FLOAT, BOOL, NULL = (Primitive(name) for name in ("str", "int", "float", "bool", "null"))
IMAGE, AUDIO, FILE, HISTORY = (Primitive(name) for name in ("image", "audio", "file", "history"))
UNKNOWN = UnknownType()
MEDIA = (IMAGE, AUDIO, FILE)


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
            return "{ " + ", ".join(f"{one.name}: {show(one.type)}" for one in fields) + " }" if fields else "{}"
        case ListType(item):
            return f"list[{show(item)}]"
        case MapType(value):
            return f"map[str, {show(value)}]"
        case Constrained(inner, low, high, pattern):
            return show(inner) + limits(inner, low, high, pattern)
        case UnionType(members):
            if NULL in members and len(members) == 2:
                rest = next(member for member in members if member != NULL)
                return f"{show(rest)}?"
            return " | ".join(show(member) for member in members)
        case UnknownType():
            return "unknown"


def limits(inner: Type, low: int | float | None, high: int | float | None, pattern: str | None) -> str:
    """The constraints of a type as they are written behind it."""
    words = ""
    if low is None and high is not None:
        words = f" up to {high}" + (" chars" if inner == STR else "")
    elif low is not None:
        words = f" {low}..{'' if high is None else high}"
    return words if pattern is None else f"{words} matching /{pattern.replace('/', chr(92) + '/')}/"


def quoted(text: str) -> str:
    """The text as a string literal of the language."""
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return (
        '"' + "".join(escapes.get(char, char if char.isprintable() else f"\\u{{{ord(char):x}}}") for char in text) + '"'
    )


__all__ = [
    "AUDIO", "BOOL", "FILE", "FLOAT", "HISTORY", "IMAGE", "INT", "MEDIA", "NULL", "STR", "UNKNOWN", "Constrained",
    "EnumType", "Field", "ListType", "LiteralType", "MapType", "NamedType", "Primitive", "RecordType", "Type",
    "UnionType", "UnknownType", "limits", "optional", "quoted", "show", "union",
]  # fmt: skip
