"""Tests: calls, and what must hold of their values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lmc.elaborate import problems
from lmc.elaborate.calls import Calls
from lmc.elaborate.scope import Scope, Variable, World
from lmc.elaborate.typing import constant
from lmc.ir import program as ir
from lmc.ir.types import BOOL, UNKNOWN, Field, RecordType, Type
from lmc.syntax import ast

OPTIONS = ("lm", "replies", "recorded")


@dataclass(frozen=True, slots=True)
class LoweredTest:
    """A test, and the signatures and modules that its calls write out or stand for."""

    test: ir.Test
    signatures: tuple[ir.Signature, ...]
    modules: tuple[ir.Module, ...]


def lower_tests(world: World, scope: Scope, nodes: Iterable[ast.Declaration]) -> list[LoweredTest]:
    """The tests among declarations."""
    found: dict[str, ast.TestStmt] = {}
    lowered = []
    for node in nodes:
        if isinstance(node, ast.TestStmt):
            first = found.setdefault(node.title, node)
            if first is not node:
                world.sink.add(problems.duplicate("test", node.title, node.span, first.span))
            lowered.append(lower_test(world, scope, node))
    return lowered


def lower_test(world: World, scope: Scope, node: ast.TestStmt) -> LoweredTest:
    """A test."""
    options: dict[str, Any] = {}
    for argument in node.options:
        name = argument.name.text if argument.name else ""
        span = argument.name.span if argument.name else argument.span
        if name not in OPTIONS:
            world.sink.add(problems.unknown_option("a test", name, span, OPTIONS))
        elif name in options:
            world.sink.add(problems.repeated_argument(name, span))
        else:
            options[name] = lower_option(world, scope, name, argument.value)
    given = tuple((name, value) for name, value in options.items() if value is not None)
    if not node.cases:
        world.sink.add(problems.no_cases(node.title, node.span))
    calls = Calls(world, scope, "test", tunable=False)
    cases = tuple(lower_case(world, calls, case) for case in node.cases)
    return LoweredTest(ir.Test(node.title, cases, given, node.span), tuple(calls.signatures), tuple(calls.modules))


def lower_option(world: World, scope: Scope, name: str, node: ast.Expr) -> Any:
    """The value of an option; None when it is wrong."""
    if name == "lm":
        if isinstance(node, ast.Reference):
            entity = world.find(scope, node.name, "LM")
            return entity.name if entity else None
        world.sink.add(problems.bad_option(name, "the name of a declared LM", node.span))
        return None
    value = constant(node)
    texts = isinstance(value, list) and all(isinstance(one, str) for one in value)
    wanted = {"replies": (texts, "a list of texts"), "recorded": (isinstance(value, str), "the name of a file")}
    if wanted[name][0]:
        return value
    world.sink.add(problems.bad_option(name, wanted[name][1], node.span))
    return None


def lower_case(world: World, calls: Calls, node: ast.CaseDecl) -> ir.Case:
    """A case. In its condition `it` is the value, and the fields of a record are names too."""
    before = len(world.sink.diagnostics)
    calls.variables = {}
    call, type_ = calls.lower(node.call)
    lost = type_ == UNKNOWN  # it calls what a mistake elsewhere has spoilt
    if not isinstance(call, ir.Invoke | ir.Predict) and not lost and len(world.sink.diagnostics) == before:
        world.sink.add(problems.no_case_call(node.call.span))
    if lost or len(world.sink.diagnostics) > before:
        return ir.Case(call, ir.Const(True), node.span)  # what the condition reads is not known
    calls.variables = {one.name: Variable(one.type, one.span or node.call.span) for one in in_sight(calls, type_)}
    holds, found = calls.lower(node.holds)
    if not calls.accepts(BOOL, found):
        world.sink.add(problems.wrong_case(node.holds.span, found))
    return ir.Case(call, holds, node.span)


def in_sight(calls: Calls, type_: Type) -> tuple[Field, ...]:
    """The names that a condition may use: `it`, and the fields of a record."""
    shape = calls.resolve(type_)
    return (Field("it", type_), *(shape.fields if isinstance(shape, RecordType) else ()))
