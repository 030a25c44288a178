"""Pieces of Python expressions, with the type that a type checker gives them."""

from __future__ import annotations

from typing import NamedTuple

from lmc.backends.python.layout import Doc, escape
from lmc.backends.python.literal import plain
from lmc.ir.program import Apply, Const, Expr, ListOf, Member, Name
from lmc.ir.types import (
    BOOL,
    FLOAT,
    INT,
    NULL,
    STR,
    UNKNOWN,
    EnumType,
    ListType,
    LiteralType,
    MapType,
    RecordType,
    Type,
    UnionType,
    UnknownType,
)

TERNARY, OR, AND, NOT, COMPARISON, SUM, PRODUCT, SIGN, AWAIT, POSTFIX, ATOM = range(11)
"""How tightly forms bind, from loose to tight."""


class Code(NamedTuple):
    """An expression: its layout, how tightly it binds, and its type. The type is UNKNOWN where a type checker sees
    `Any`, or where its own type surely goes wherever the language lets the value go; None where it could see
    something that does not. `truth`: the value is a bool, not only something like one."""

    doc: Doc
    level: int
    type: Type | None
    truth: bool = False

    @property
    def text(self) -> str:
        """The code on one line."""
        return self.doc.flat


def constant(value: str | int | float | bool | None) -> Code:
    """A constant."""
    doc = Doc(plain(value), whole=isinstance(value, str))
    if value is None:
        return Code(doc, ATOM, NULL)
    level = SIGN if isinstance(value, (int, float)) and str(value).startswith("-") else ATOM
    known = FLOAT if isinstance(value, float) else LiteralType(value)
    return Code(doc, level, known, isinstance(value, bool))


def parenthesized(doc: Doc) -> Doc:
    """The code in parentheses."""
    return Doc(f"({doc.flat})")


def f_string(shown: list[str | Code]) -> str | None:
    """Text with values in it as an f-string, or None where quotes would get in each other's way: within the braces
    there can be single ones only, before Python 3.12."""
    texts = "".join(part for part in shown if isinstance(part, str))
    holes = [part.text for part in shown if isinstance(part, Code)]
    if not holes or any(set(hole) & set("'\\{}#\n") for hole in holes):
        return None
    if any('"' in hole for hole in holes) and '"' in texts:
        return None
    mark = "'" if texts.count('"') > texts.count("'") else '"'
    inside = [
        escape(one, mark).replace("{", "{{").replace("}", "}}")
        if isinstance(one, str)
        else "{" + one.text.replace('"', "'") + "}"
        for one in shown
    ]
    return f"f{mark}{''.join(inside)}{mark}"


def list_type(items: list[Type | None]) -> Type | None:
    """The type of a list display that nothing is wanted of: that of its items where they are all of one."""
    bases = {base_of(one) for one in items}
    return ListType(next(iter(bases))) if len(bases) == 1 and bases <= {STR, INT, FLOAT, BOOL} else None


def base_of(type_: Type | None) -> Type:
    """The primitive that the values of a type are of, or UNKNOWN."""
    match type_:
        case LiteralType(value):
            return {str: STR, bool: BOOL, int: INT}[type(value)]
        case EnumType():
            return STR
        case UnionType(members) if len({base_of(member) for member in members}) == 1:
            return base_of(members[0])
        case None | ListType() | MapType() | RecordType() | UnionType() | UnknownType():
            return UNKNOWN
    return type_


def is_path(expr: Expr) -> bool:
    """Whether an expression is a variable or a field of one."""
    return isinstance(expr, Name) or (isinstance(expr, Member) and is_path(expr.base))


def is_short(items: Expr, bound: int) -> bool:
    """Whether the source says that a list has no more items than a bound."""
    match items:
        case ListOf(values):
            return len(values) <= bound
        case Apply("range", (Const(int(count)),)) | Apply("take", (_, Const(int(count)))):
            return count <= bound
    return False
