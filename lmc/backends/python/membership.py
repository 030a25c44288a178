"""Tests of what type a value is of, as plain as Python has them."""

from __future__ import annotations

from collections.abc import Iterator

from lmc.backends.python.literal import plain
from lmc.ir.subtype import Named, accepts, base, resolve
from lmc.ir.types import (
    BOOL,
    FLOAT,
    HISTORY,
    INT,
    MEDIA,
    NULL,
    STR,
    UNKNOWN,
    Constrained,
    EnumType,
    ListType,
    LiteralType,
    MapType,
    NamedType,
    RecordType,
    Type,
    UnionType,
    UnknownType,
)


def checks_of(value: str, given: Type, wanted: Type, named: Named) -> tuple[str, ...] | None:
    """The tests, in Python, of which one holds when a value is of a type; None where only a look into it tells.
    `value` is the code of the value, simple enough to stand more than once, and `given` what is known of its type. A
    test may have several lines, where it may be parted."""
    members = list(alternatives(wanted, named))
    if UNKNOWN in members:
        return ("True",)
    known = list(alternatives(given, named))
    texts = [one for member in members for one in strings(member)]
    tests: list[str] = []
    if texts:
        choices = ", ".join(plain(one) for one in dict.fromkeys(texts))
        tests.append(f"{value} in ({choices})" if len(set(texts)) > 1 else f"{value} == {choices}")
    for member in members:
        test = () if strings(member) else one_test(value, known, member, named)
        if test is None:
            return None
        tests += test
    return tuple(dict.fromkeys(tests))


def alternatives(type_: Type, named: Named) -> Iterator[Type]:
    """The members of a type that is a union, through names; of another, itself. Records keep their names."""
    shape = resolve(type_, named)
    if isinstance(shape, UnionType):
        for member in shape.members:
            yield from alternatives(member, named)
    else:
        yield type_ if isinstance(shape, RecordType) else shape


def strings(member: Type) -> tuple[str, ...]:
    """The strings of a closed type."""
    match member:
        case LiteralType(str(text)):
            return (text,)
        case EnumType(values):
            return tuple(name for name, _ in values)
    return ()


def one_test(value: str, known: list[Type], member: Type, named: Named) -> tuple[str, ...] | None:
    """The test for one member of the wanted type, or None."""
    shape = resolve(member, named)
    loose = UNKNOWN in known
    bools = loose or any(base(one) == BOOL for one in known)
    match shape:
        case LiteralType(bool(truth)):
            return (f"{value} is {truth}",)
        case LiteralType(number):
            plainly = not bools and not any(base(one) == FLOAT for one in known)
            return (f"{value} == {number}" if plainly else f"{value} == {number}\nand type({value}) is int",)
    if shape == NULL:
        return (f"{value} is None",)
    if shape in (STR, BOOL):
        return (f"isinstance({value}, {'str' if shape == STR else 'bool'})",)
    if shape == INT:
        return (f"type({value}) is int" if bools else f"isinstance({value}, int)",)
    if shape == FLOAT:
        test = f"isinstance({value}, (int, float))"
        return (f"{test}\nand not isinstance({value}, bool)" if bools else test,)
    if shape in MEDIA:
        return (f"isinstance({value}, (str, dict))",)
    if shape == HISTORY or shape == ListType(UNKNOWN):
        return (f"isinstance({value}, list)",)
    if shape == MapType(UNKNOWN):
        return (f"isinstance({value}, dict)",)
    return structured(value, known, member, named)


def structured(value: str, known: list[Type], member: Type, named: Named) -> tuple[str, ...] | None:
    """The test for a list, a map or a record: its class is enough where what is known leaves no other of that class."""
    shape = resolve(member, named)
    if not isinstance(shape, ListType | MapType | RecordType):
        return None
    if isinstance(shape, RecordType) and (tag := tag_of(shape, known, named)) is not None:
        return (f"{value}[{plain(tag[0])}] == {plain(tag[1])}",)
    is_list = isinstance(shape, ListType)
    rivals = [one for one in known if is_open(one, named) or is_class(one, named, is_list)]
    for rival in rivals:
        same = rival == member or (accepts(member, rival, named) and not limited(member, named))
        if is_open(rival, named) or not same:
            return None
    return (f"isinstance({value}, {'list' if is_list else 'dict'})",) if rivals else None


def tag_of(record: RecordType, known: list[Type], named: Named) -> tuple[str, str] | None:
    """The field that tells a record from all that a value can be besides, and its value; None without one."""
    shapes = [resolve(one, named) for one in known]
    if shapes.count(record) != 1 or not all(isinstance(one, RecordType) for one in shapes):
        return None
    for field in record.fields:
        values = [texts_of(one, field.name, named) for one in shapes]
        (own,) = [found for one, found in zip(shapes, values, strict=True) if one == record]
        others = [found for one, found in zip(shapes, values, strict=True) if one != record]
        if own is not None and len(own) == 1 and all(found is not None and not found & own for found in others):
            return field.name, next(iter(own))
    return None


def texts_of(shape: Type, name: str, named: Named) -> frozenset[str] | None:
    """The strings that a field of a record may be, where it is closed."""
    for field in shape.fields if isinstance(shape, RecordType) else ():
        if field.name == name:
            return frozenset(strings(resolve(field.type, named))) or None
    return None


def is_open(type_: Type, named: Named) -> bool:
    """Whether a type leaves open what its values are."""
    return isinstance(resolve(type_, named), UnknownType)


def is_class(type_: Type, named: Named, is_list: bool) -> bool:
    """Whether values of a type may be lists, or dictionaries."""
    shape = resolve(type_, named)
    while isinstance(shape, Constrained):
        shape = resolve(shape.type, named)
    if is_list:
        return isinstance(shape, ListType) or shape == HISTORY
    return isinstance(shape, RecordType | MapType) or shape in MEDIA


def limited(type_: Type, named: Named, seen: frozenset[str] = frozenset()) -> bool:
    """Whether a type has limits, or unknown parts, somewhere in it."""
    match type_:
        case Constrained() | UnknownType():
            return True
        case NamedType(name):
            return name not in seen and name in named and limited(named[name], named, seen | {name})
        case ListType(inner) | MapType(inner):
            return limited(inner, named, seen)
        case UnionType(members):
            return any(limited(one, named, seen) for one in members)
        case RecordType(fields):
            return any(limited(one.type, named, seen) for one in fields)
    return False
