"""When a value of one type may stand where another is wanted."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lmc.ir.types import (
    BOOL,
    FLOAT,
    HISTORY,
    INT,
    MEDIA,
    STR,
    UNKNOWN,
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
    union,
)

TURN = RecordType((Field("role", STR), Field("content", STR)))
"""A turn of a `history`."""

Named = Mapping[str, Type]
"""What each type name stands for."""


def resolve(type_: Type, named: Named) -> Type:
    """The type that a name stands for, through names of names; an unresolvable one is itself."""
    seen: set[str] = set()
    while isinstance(type_, NamedType) and type_.name in named and type_.name not in seen:
        seen.add(type_.name)
        type_ = named[type_.name]
    return type_


def base(type_: Type) -> Type:
    """The type that a literal, an enum or a constrained type is a part of; other types as they are."""
    match type_:
        case Constrained(inner):
            return base(inner)
        case LiteralType(bool()):
            return BOOL
        case LiteralType(int()):
            return INT
        case LiteralType() | EnumType():
            return STR
    return type_


def accepts(  # noqa: C901
    want: Type, got: Type, named: Named, assumed: frozenset[tuple[str, str]] = frozenset()
) -> bool:
    """Whether every value of `got` is one of `want`. Unknown accepts all and is accepted by all; an int is a float; a
    record may have fields more than are wanted, none less. Constraints are checked of plain values only: whether a
    number that a program computes keeps to them shows when it runs."""
    if isinstance(want, NamedType) and isinstance(got, NamedType):
        if want.name == got.name or (want.name, got.name) in assumed:
            return True
        assumed |= {(want.name, got.name)}
    want, got = resolve(want, named), resolve(got, named)
    if isinstance(want, UnknownType) or isinstance(got, UnknownType) or want == got:
        return True
    if isinstance(want, Constrained):
        return keeps(want, got) and accepts(want.type, got, named, assumed)
    if isinstance(got, Constrained):
        return accepts(want, got.type, named, assumed)
    if isinstance(got, UnionType):
        return all(accepts(want, member, named, assumed) for member in got.members)
    match want, got:
        case UnionType(members), EnumType(values):
            return all(any(accepts(one, LiteralType(value), named, assumed) for one in members) for value, _ in values)
        case UnionType(members), _:
            return any(accepts(one, got, named, assumed) for one in members)
        case EnumType(values), LiteralType(value):
            return any(value == one for one, _ in values)
        case EnumType(values), EnumType(others):
            return {one for one, _ in others} <= {one for one, _ in values}
        case LiteralType(value), EnumType(values):
            return [value] == [one for one, _ in values]
        case Primitive("float"), _:
            return base(got) in (FLOAT, INT)
        case Primitive(), LiteralType() | EnumType():
            return base(got) == want
        case ListType(item), ListType(other):
            return accepts(item, other, named, assumed)
        case MapType(value), MapType(other):
            return accepts(value, other, named, assumed)
        case MapType(value), RecordType(others):
            return all(accepts(value, field.type, named, assumed) for field in others)
        case Primitive(), _ if want in MEDIA:
            return base(got) == STR or isinstance(got, RecordType)
        case Primitive(), ListType(item) if want == HISTORY:
            return accepts(TURN, item, named, assumed)
        case RecordType(fields), RecordType(others):
            return all(has_field(field, others, named, assumed) for field in fields)
    return False


def keeps(want: Constrained, got: Type) -> bool:
    """Whether a literal keeps to limits; what is no literal is taken to."""
    if not isinstance(got, LiteralType) or isinstance(got.value, bool):
        return True
    value = got.value
    size = len(value) if isinstance(value, str) else value
    if want.pattern is not None and isinstance(value, str) and not re.fullmatch(want.pattern, value):
        return False
    return (want.low is None or size >= want.low) and (want.high is None or size <= want.high)


def has_field(want: Field, fields: tuple[Field, ...], named: Named, assumed: frozenset[tuple[str, str]]) -> bool:
    """Whether the fields hold the wanted one."""
    return any(field.name == want.name and accepts(want.type, field.type, named, assumed) for field in fields)


def join(one: Type, other: Type, named: Named) -> Type:
    """The type of a value that is of either type: of two lists a list, of two types that differ in their limits alone
    the one without, else the union."""
    left, right = resolve(one, named), resolve(other, named)
    if one != other and (isinstance(left, Constrained) or isinstance(right, Constrained)):
        wide = [type_.type if isinstance(type_, Constrained) else type_ for type_ in (left, right)]
        alike = resolve(wide[0], named) == resolve(wide[1], named)
        if alike or all(isinstance(resolve(type_, named), ListType) for type_ in wide):
            return join(wide[0], wide[1], named)
    if one == other or not isinstance(left, ListType) or not isinstance(right, ListType):
        return union(one, other)
    if UNKNOWN in (left.item, right.item):
        return one if isinstance(right.item, UnknownType) else other
    return ListType(join(left.item, right.item, named))


def comparable(left: Type, right: Type, named: Named) -> bool:
    """Whether two values can be equal at all."""
    left, right = resolve(left, named), resolve(right, named)
    if accepts(left, right, named) or accepts(right, left, named):
        return True
    lefts = left.members if isinstance(left, UnionType) else (left,)
    rights = right.members if isinstance(right, UnionType) else (right,)
    return any(accepts(one, other, named) or accepts(other, one, named) for one in lefts for other in rights)
