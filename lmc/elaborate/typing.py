"""Type expressions of the source, and plain values of it."""

from __future__ import annotations

import re
from typing import Any

from lmc.elaborate import problems
from lmc.elaborate.scope import LOST, PRIMITIVES, Scope, World, entity_of
from lmc.ir import program as ir
from lmc.ir.subtype import resolve
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
    UnknownType,
    optional,
    union,
)
from lmc.source import Span
from lmc.syntax import ast

NO_CONSTANT = object()


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
            if lower_type(world, scope, key) != STR:
                world.sink.add(problems.bad_option("the key of a map", "`str`", key.span))
            return MapType(lower_type(world, scope, value_node))
        case ast.LimitedType():
            return lower_limits(world, scope, node)


def lower_limits(world: World, scope: Scope, node: ast.LimitedType) -> Type:
    """A type with limits: of numbers their value, of strings their length, of lists and maps how many they hold."""
    item = lower_type(world, scope, node.item)
    shape = resolve(item, world.named)
    numeric, sized = shape in (INT, FLOAT), shape == STR or isinstance(shape, ListType | MapType)
    counted = bool(node.unit) or (node.low is None and node.high is not None)
    fits = (numeric and not counted) or sized
    if not isinstance(shape, UnknownType) and (not fits or (node.pattern is not None and shape != STR)):
        world.sink.add(problems.bad_limits(item, node.span))
        return item
    if node.low is not None and node.high is not None and node.low > node.high:
        world.sink.add(problems.empty_limits(node.span))
        return item
    if node.pattern is not None:
        check_pattern(world, ir.Const(node.pattern), node.pattern_span)
    return Constrained(item, node.low, node.high, node.pattern)


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
    known = [one for one, entity in scope.items() if entity.kind in ("type", "signature")]
    world.sink.add(problems.unknown("type", name.text, name.span, [*known, *PRIMITIVES, "list", "map"]))
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
        fields[node.name.text] = Field(node.name.text, type_, node.description or "", node.alias)
    return tuple(fields.values())


def check_sides(world: World, inputs: tuple[ast.FieldDecl, ...], outputs: tuple[ast.FieldDecl, ...]) -> None:
    """Reports outputs with the name of an input."""
    names = {one.name.text: one.name.span for one in inputs}
    for one in outputs:
        if one.name.text in names:
            world.sink.add(problems.duplicate("field", one.name.text, one.name.span, names[one.name.text]))


def check_pattern(world: World, pattern: ir.Expr, span: Span) -> None:
    """Reports a plain text that is no regular expression, where one is wanted."""
    if not isinstance(pattern, ir.Const) or not isinstance(pattern.value, str):
        return
    try:
        re.compile(pattern.value)
    except re.error as error:
        world.sink.add(problems.bad_pattern(pattern.value, error.msg, span))


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
