"""Types and plain values as they are written."""

from __future__ import annotations

from lmc.ir import program as ir
from lmc.ir.types import (
    NULL,
    STR,
    Constrained,
    EnumType,
    Field,
    ListType,
    LiteralType,
    MapType,
    NamedType,
    Primitive,
    RecordType,
    Type,
    UnionType,
    UnknownType,
)
from lmc.syntax import ast


def ident(name: str) -> ast.Ident:
    """A name."""
    return ast.Ident(name)


def argument(name: str, value: ast.Expr) -> ast.Argument:
    """A named argument."""
    return ast.Argument(ident(name), value)


def lift_type(type_: Type) -> ast.TypeExpr:
    """A type."""
    match type_:
        case Primitive(name) | NamedType(name):
            return ast.NameType(ident(name))
        case LiteralType(value):
            return ast.ConstType(value)
        case EnumType(values):
            return ast.EnumBody(values)
        case RecordType(fields):
            return ast.RecordBody(tuple(lift_field(field) for field in fields))
        case ListType(item):
            return ast.ListOfType(lift_type(item))
        case MapType(value_type):
            return ast.MapOfType(lift_type(STR), lift_type(value_type))
        case Constrained(limited, low, high, pattern):
            unit = "chars" if low is None and high is not None and limited == STR else ""
            return ast.LimitedType(lift_type(limited), low, high, unit, pattern)
        case UnionType(members) if members[-1] == NULL:
            rest = members[:-1]
            inner = lift_type(rest[0]) if len(rest) == 1 else ast.EitherType(tuple(map(lift_type, rest)))
            return ast.OptionalType(inner)
        case UnionType(members):
            return ast.EitherType(tuple(map(lift_type, members)))
        case UnknownType():
            raise ValueError("a program with mistakes in it has no core")


def lift_field(field: Field) -> ast.FieldDecl:
    """A field."""
    return ast.FieldDecl(ident(field.name), lift_type(field.type), field.description or None, field.alias)


def lift_side(values: tuple[tuple[str, ir.Json], ...]) -> tuple[ast.Argument, ...]:
    """One side of a demonstration."""
    return tuple(argument(name, lift_json(value)) for name, value in values)


def lift_json(value: ir.Json) -> ast.Expr:
    """A JSON value as an expression."""
    if isinstance(value, list):
        return ast.ListDisplay(tuple(lift_json(item) for item in value))
    if isinstance(value, dict):
        return ast.RecordDisplay(tuple(argument(name, lift_json(item)) for name, item in value.items()))
    if isinstance(value, int | float) and not isinstance(value, bool) and value < 0:
        return ast.Operator("-", (ast.Value(-value),))
    return ast.Value(value)


def holds_unknown(type_: Type) -> bool:
    """Whether a type has a part that the source does not tell (an item of an empty list)."""
    match type_:
        case UnknownType():
            return True
        case ListType(item) | MapType(item) | Constrained(item):
            return holds_unknown(item)
        case UnionType(members):
            return any(holds_unknown(member) for member in members)
        case RecordType(fields):
            return any(holds_unknown(field.type) for field in fields)
    return False
