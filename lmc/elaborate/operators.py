"""The types of operators."""

from __future__ import annotations

from lmc.diagnostics import Fix, did_you_mean
from lmc.elaborate import problems
from lmc.elaborate.scope import World
from lmc.elaborate.written import written
from lmc.ir.subtype import accepts, base, comparable, join, resolve
from lmc.ir.types import (
    BOOL,
    FLOAT,
    INT,
    STR,
    UNKNOWN,
    EnumType,
    ListType,
    LiteralType,
    MapType,
    Type,
    UnionType,
    UnknownType,
)
from lmc.syntax import ast


def operator_type(world: World, symbol: str, types: list[Type], node: ast.Operator) -> Type:
    """The type of an operator's value; reports operands that it does not work on."""
    match symbol:
        case "and" | "or" | "not":
            for operand, type_ in zip(node.operands, types, strict=True):
                if not accepts(BOOL, type_, world.named):
                    world.sink.add(problems.mismatch("a condition", BOOL, type_, operand.span))
            return BOOL
        case "==" | "!=":
            if not comparable(types[0], types[1], world.named):
                fix = respelt(world, node.operands, types)
                world.sink.add(problems.never_equal(symbol, types[0], types[1], node.span, fix))
            return BOOL
        case "in" | "not in":
            return membership(world, types, node)
    bases = [broad(world, type_) for type_ in types]
    if UNKNOWN in bases:
        return BOOL if symbol in ("<", "<=", ">", ">=") else UNKNOWN
    if all(one in (INT, FLOAT) for one in bases):
        return number_type(symbol, bases)
    if bases == [STR, STR] and symbol in ("+", "<", "<=", ">", ">="):
        return STR if symbol == "+" else BOOL
    if symbol == "+" and all(isinstance(one, ListType) for one in bases):
        return join(bases[0], bases[1], world.named)
    world.sink.add(problems.bad_operands(node.symbol, types, node.span))
    return UNKNOWN


def respelt(world: World, operands: tuple[ast.Expr, ...], types: list[Type]) -> Fix | None:
    """The fix that writes the value nearest to a text, of those that the other side may be."""
    for node, other in zip(operands, reversed(types), strict=False):
        if isinstance(node, ast.Value) and isinstance(node.value, str):
            near = did_you_mean(node.value, texts_of(world, other))
            return None if near is None else Fix(node.span, written(ast.Value(near)))
    return None


def texts_of(world: World, type_: Type) -> list[str]:
    """The texts that a value of a type may be, where it is one of a few."""
    match resolve(type_, world.named):
        case UnionType(members):
            return [text for member in members for text in texts_of(world, member)]
        case EnumType(values):
            return [name for name, _ in values]
        case LiteralType(str(text)):
            return [text]
    return []


def broad(world: World, type_: Type) -> Type:
    """The primitive that all values of a type are of, where there is one."""
    shape = base(resolve(type_, world.named))
    if isinstance(shape, UnionType):
        members = {broad(world, member) for member in shape.members}
        if members == {INT, FLOAT}:
            return FLOAT
        return members.pop() if len(members) == 1 else shape
    return shape


def membership(world: World, types: list[Type], node: ast.Operator) -> Type:
    """`in`, of a list, a map or a string."""
    item, container = types[0], base(types[1])
    if isinstance(container, ListType):
        if not comparable(item, container.item, world.named):
            fix = respelt(world, node.operands[:1], [item, container.item])
            world.sink.add(problems.never_equal(node.symbol, item, container.item, node.span, fix))
    elif broad(world, container) == STR or isinstance(container, MapType):
        if not accepts(STR, item, world.named):
            span = node.operands[0].span
            world.sink.add(problems.mismatch("what is looked for in a text", STR, item, span))
    elif not isinstance(container, UnknownType):
        world.sink.add(problems.bad_operands(node.symbol, types, node.span))
    return BOOL


def number_type(symbol: str, bases: list[Type]) -> Type:
    """The type of an operation on numbers."""
    if symbol in ("<", "<=", ">", ">="):
        return BOOL
    return FLOAT if symbol == "/" or FLOAT in bases else INT
