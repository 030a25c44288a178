"""What a tuned value may be."""

from __future__ import annotations

import json
from typing import Any

from lmc.elaborate import problems
from lmc.elaborate.scope import World
from lmc.elaborate.typing import NO_CONSTANT, constant
from lmc.ir import program as ir
from lmc.ir.subtype import base, join
from lmc.ir.types import FLOAT, INT, UNKNOWN, Type
from lmc.ir.values import type_of
from lmc.syntax import ast


def lower_space(world: World, node: ast.TuneRange | ast.TuneChoices) -> tuple[ir.Space, ir.Json, Type]:
    """The space of `tune`, the value that holds until it is tuned, and the type of its values."""
    if isinstance(node, ast.TuneRange):
        return lower_range(world, node)
    values = [constant(one) for one in node.choices]
    for value, one in zip(values, node.choices, strict=True):
        if value is NO_CONSTANT:
            world.sink.add(problems.not_constant("a choice of `tune`", one.span))
    check_distinct(world, values, node)
    plain = [value for value in values if value is not NO_CONSTANT]
    return chosen(world, node, plain)


def check_distinct(world: World, values: list[Any], node: ast.TuneChoices) -> None:
    """Reports choices that stand there twice."""
    seen: set[str] = set()
    for value, one in zip(values, node.choices, strict=True):
        shown = "" if value is NO_CONSTANT or value is None else json.dumps(value, sort_keys=True)
        if shown and shown in seen:
            world.sink.add(problems.repeated_argument(shown.strip('"'), one.span))
        seen.add(shown)


def chosen(world: World, node: ast.TuneChoices, values: list[Any]) -> tuple[ir.Space, ir.Json, Type]:
    """A choice among plain values of one kind; the first holds where `at` says no other."""
    value = values[0] if values else None
    if node.at is not None:
        value = constant(node.at)
        if value not in values:
            world.sink.add(problems.bad_option("at", "one of the choices", node.at.span))
    type_: Type = UNKNOWN
    for one in values:
        type_ = base(type_of(one)) if type_ == UNKNOWN else join(type_, base(type_of(one)), world.named)
    return ir.Space(tuple(values)), value, type_


def lower_range(world: World, node: ast.TuneRange) -> tuple[ir.Space, ir.Json, Type]:
    """A number between two bounds; the low one holds where `at` says no other."""
    low, high = node.low, node.high
    value = low if node.at is None else node.at
    if not low <= value <= high:
        world.sink.add(problems.empty_space(node.span))
    whole = isinstance(low, int) and isinstance(high, int) and isinstance(value, int)
    return ir.Space(None, low, high), value if whole else float(value), INT if whole else FLOAT
