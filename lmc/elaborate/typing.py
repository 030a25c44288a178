"""Type expressions of the source, and plain values of it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from lmc.elaborate import problems
from lmc.elaborate.scope import LOST, PRIMITIVES, Scope, World, entity_of
from lmc.elaborate.written import written
from lmc.ir import program as ir
from lmc.ir.runaway import runs_away
from lmc.ir.subtype import base, resolve
from lmc.ir.types import (
    FLOAT,
    INT,
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
    optional,
    union,
)
from lmc.source import Span
from lmc.syntax import ast

NO_CONSTANT = object()

WHOLE = {
    **dict.fromkeys(("list", "List", "array"), "write `list[str]`"),
    **dict.fromkeys(("map", "dict", "Dict"), "write `map[str, int]`, or a record: `{ name: str }`"),
}
"""Types that are not whole as they stand."""


def lower_type(world: World, scope: Scope, node: ast.TypeExpr) -> Type:  # noqa: C901
    """The type that a type expression means; what cannot be resolved is unknown."""
    match node:
        case ast.NameType(name):
            return lower_name(world, scope, name)
        case ast.ConstType(value):
            return LiteralType(value)
        case ast.EnumBody(values):
            for index, (one, _) in enumerate(values):
                if one in [other for other, _ in values[:index]]:
                    world.sink.add(problems.repeated_argument(one, node.span))
            return EnumType(values)
        case ast.RecordBody(fields):
            return RecordType(lower_fields(world, scope, fields))
        case ast.ListOfType(item):
            return ListType(lower_type(world, scope, item))
        case ast.EitherType(members):
            return union(*(lower_type(world, scope, member) for member in members))
        case ast.OptionalType(item):
            return optional(lower_type(world, scope, item))
        case ast.MapOfType(key, value_node):
            names = lower_type(world, scope, key)
            if names not in (STR, UNKNOWN):
                world.sink.add(problems.mismatch("the key of a map", STR, names, key.span))
            return MapType(lower_type(world, scope, value_node))
        case ast.LimitedType():
            return lower_limits(world, scope, node)


def lower_limits(world: World, scope: Scope, node: ast.LimitedType) -> Type:
    """A type with limits: of numbers their value, of strings their length, of lists and maps how many they hold."""
    item = lower_type(world, scope, node.item)
    low, high, pattern = node.low, node.high, node.pattern
    if low is not None and high is not None and low > high:
        world.sink.add(problems.empty_limits(node.span, written(replace(node, low=high, high=low))))
        return item
    if pattern is not None and not check_pattern(world, ir.Const(pattern), node.pattern_span):
        pattern = None
    if low is None and high is None and pattern is None:
        return item
    world.limited.append((item, node))
    return Constrained(item, low, high, pattern)


def check_limits(world: World) -> None:
    """Reports limits on types that cannot have them; when all types are known."""
    for item, node in world.limited:
        shape = base(resolve(item, world.named))
        text, many = shape == STR, isinstance(shape, ListType | MapType)
        counted = bool(node.unit) or (node.low is None and node.high is not None)
        fits = (shape in (INT, FLOAT) and not counted) or text or many
        if text or many:
            whole = all(one is None or (isinstance(one, int) and one >= 0) for one in (node.low, node.high))
            fits = whole and node.unit in ("", "chars" if text else "items")
        plain = isinstance(resolve(item, world.named), LiteralType | EnumType | UnionType)
        if shape == UNKNOWN or (fits and not plain and (node.pattern is None or text)):
            continue
        world.sink.add(problems.bad_limits(item, node.span))


def lower_name(world: World, scope: Scope, name: ast.Ident) -> Type:
    """The type of a name: a primitive, a declared type, or the outputs of a signature."""
    if name.text in PRIMITIVES:
        return Primitive(name.text)
    entity = entity_of(scope, name.text)
    if entity is LOST:
        return UNKNOWN
    if entity is not None and entity.kind in ("type", "signature"):
        world.used.add((entity.kind, entity.name))
        return NamedType(entity.name)
    if entity is not None:
        world.sink.add(problems.wrong_kind(name.text, entity.kind, "type", name.span, entity.node.name.span))
        return UNKNOWN
    if name.text in WHOLE:
        world.sink.add(problems.lacks(name.text, "the type of what it holds", name.span, WHOLE[name.text]))
        return UNKNOWN
    known = [one for one, entity in scope.items() if entity.kind in ("type", "signature")]
    world.sink.add(problems.unknown("type", name.text, name.span, [*known, *PRIMITIVES]))
    return UNKNOWN


def lower_fields(world: World, scope: Scope, nodes: tuple[ast.FieldDecl, ...]) -> tuple[Field, ...]:
    """The fields of a record, a signature's side or a parameter list; `str` where no type is written."""
    fields: dict[str, Field] = {}
    spans: dict[str, ast.Ident] = {}
    for node in nodes:
        type_ = STR if node.type is None else lower_type(world, scope, node.type)
        if node.name.text in fields:
            world.sink.add(problems.duplicate("field", node.name.text, node.name.span, spans[node.name.text].span))
            continue
        spans[node.name.text] = node.name
        fields[node.name.text] = Field(node.name.text, type_, node.description or "", node.alias, node.name.span)
    return tuple(fields.values())


def check_sides(world: World, inputs: tuple[ast.FieldDecl, ...], outputs: tuple[ast.FieldDecl, ...]) -> None:
    """Reports outputs with the name of an input."""
    names = {one.name.text: one.name.span for one in inputs}
    for one in outputs:
        if one.name.text in names:
            world.sink.add(problems.duplicate("field", one.name.text, one.name.span, names[one.name.text]))


def check_pattern(world: World, pattern: ir.Expr, span: Span) -> bool:
    """Reports a plain text that is no regular expression, where one is wanted. Whether it is one, as far as it can be
    seen."""
    if not isinstance(pattern, ir.Const) or not isinstance(pattern.value, str):
        return True
    try:
        re.compile(pattern.value)
    except (re.error, OverflowError, RecursionError) as error:
        world.sink.add(problems.bad_pattern(pattern.value, getattr(error, "msg", str(error)), span))
        return False
    if runs_away(pattern.value):
        world.sink.add(problems.endless_pattern(pattern.value, span))
    return True


def constant(node: ast.Expr) -> Any:
    """The JSON value that an expression plainly is, or NO_CONSTANT."""
    match node:
        case ast.Value(value):
            return value
        case ast.Operator("-", (ast.Value(value),)) if isinstance(value, int | float) and not isinstance(value, bool):
            return -value
        case ast.ListDisplay(items):
            values = [constant(item) for item in items]
            return NO_CONSTANT if NO_CONSTANT in values else values
        case ast.RecordDisplay(fields):
            record = {field.name.text: constant(field.value) for field in fields if field.name}
            return NO_CONSTANT if NO_CONSTANT in record.values() else record
    return NO_CONSTANT
