"""Types as they were written, and the fields that have them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from lmc.source import Span
from lmc.syntax.ast.node import NOWHERE, Ident, Node


@dataclass(frozen=True, slots=True)
class NameType(Node):
    """A named type: `str`, `Intent`."""

    name: Ident


@dataclass(frozen=True, slots=True)
class ConstType(Node):
    """A literal type: a string, an integer or a truth value."""

    value: str | int | bool


@dataclass(frozen=True, slots=True)
class EnumBody(Node):
    """`enum { name "description", ... }`; names are identifiers or strings; `spans` are the places of the values."""

    values: tuple[tuple[str, str], ...]
    spans: tuple[Span, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class RecordBody(Node):
    """`{ name: type "description", ... }`."""

    fields: tuple[FieldDecl, ...]


@dataclass(frozen=True, slots=True)
class ListOfType(Node):
    """`list[item]`."""

    item: TypeExpr


@dataclass(frozen=True, slots=True)
class EitherType(Node):
    """`a | b | ...`, two members or more."""

    members: tuple[TypeExpr, ...]


@dataclass(frozen=True, slots=True)
class OptionalType(Node):
    """`item?`."""

    item: TypeExpr


@dataclass(frozen=True, slots=True)
class MapOfType(Node):
    """`map[key, value]`."""

    key: TypeExpr
    value: TypeExpr


@dataclass(frozen=True, slots=True)
class LimitedType(Node):
    """`item 1..5`, `item 1..`, `item up to 200 chars`, `item matching /pattern/`. `low` and `high` are None where there
    is none; `unit` is "chars", "items" or empty."""

    item: TypeExpr
    low: int | float | None = None
    high: int | float | None = None
    unit: str = ""
    pattern: str | None = None
    pattern_span: Span = field(default=NOWHERE, compare=False, repr=False)


TypeExpr: TypeAlias = (
    NameType | ConstType | EnumBody | RecordBody | ListOfType | EitherType | OptionalType | MapOfType | LimitedType
)


@dataclass(frozen=True, slots=True)
class FieldDecl(Node):
    """`name: type "description"`; in a record, a parameter list or a signature. The type may be absent (`str`) in a
    short signature. `alias` is written `as "name"` after the type."""

    name: Ident
    type: TypeExpr | None
    description: str | None = None
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class ShortSignature(Node):
    """`a, b: list[str] -> c: int`."""

    inputs: tuple[FieldDecl, ...]
    outputs: tuple[FieldDecl, ...]
