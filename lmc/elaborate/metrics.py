"""Metrics."""

from __future__ import annotations

from collections.abc import Mapping

from lmc.diagnostics import Diagnostic, Sink
from lmc.elaborate import problems
from lmc.elaborate.calls import Calls
from lmc.elaborate.scope import Entity, Scope, Variable, World
from lmc.ir import program as ir
from lmc.ir.subtype import base
from lmc.ir.types import BOOL, FLOAT, INT, NULL, STR, UNKNOWN, ListType, RecordType, Type, UnionType, UnknownType
from lmc.syntax import ast

FEEDBACK = UnionType((STR, NULL, ListType(STR)))
"""What a metric may say in words."""


def lower_metric(world: World, scope: Scope, entity: Entity) -> ir.Metric:
    """One metric; its parameters are a data row and the module's value, whose types an `optimize` tells."""
    node = entity.node
    assert isinstance(node, ast.MetricStmt)
    names = [ident.text for ident in node.params]
    if len(names) != 2:
        world.sink.add(problems.bad_option(f"metric {entity.name}", "a function of two: (want, got)", node.name.span))
        names = [*names, "want", "got"][:2]
    body = metric_body(world, scope, entity, names, UNKNOWN, compared=False)
    return ir.Metric(entity.name, (names[0], names[1]), body, node.span)


def metric_body(
    world: World, scope: Scope, entity: Entity, names: list[str], got: Type, *, compared: bool = True
) -> ir.Expr:
    """The expression of a metric, checked for a value of the given type. `compared`: with what is wanted, which it
    must read; within a module a metric may look at the given value alone."""
    body, found = examined(world, scope, entity, names, UNKNOWN, got, compared=compared)
    for diagnostic in found:
        world.sink.add(diagnostic)
    return body


def examined(
    world: World, scope: Scope, entity: Entity, names: list[str], want: Type, got: Type, *, compared: bool
) -> tuple[ir.Expr, tuple[Diagnostic, ...]]:
    """The expression of a metric, and what is wrong with it for a wanted and a given value of these types."""
    node = entity.node
    assert isinstance(node, ast.MetricStmt)
    spans = [ident.span for ident in node.params] + [node.name.span] * 2
    outer, world.sink = world.sink, Sink()
    try:
        expressions = Calls(world, scope, "", tunable=False)
        expressions.variables = {names[0]: Variable(want, spans[0]), names[1]: Variable(got, spans[1])}
        if world.notes is not None:
            world.notes.typed(spans[1], got)
        body, type_ = expressions.lower(node.body)
        if not world.sink.diagnostics:  # what a mistake leaves out is not ignored
            if not is_score(expressions.resolve(type_), expressions):
                world.sink.add(problems.bad_metric_type(entity.name, type_, node.body.span))
            for name, span in zip(names, spans, strict=False):
                if name not in expressions.read and (compared or name != names[0]):
                    world.sink.add(problems.metric_ignores(entity.name, name, span))
        return body, world.sink.diagnostics
    finally:
        world.sink = outer


def check_scores(world: World, scopes: Mapping[str, Scope], metrics: Mapping[str, Entity]) -> None:
    """Reports metrics that modules use on values that they do not fit."""
    for metric, want, got, span in world.scores:
        entity = metrics[metric]
        assert isinstance(entity.node, ast.MetricStmt)
        names = [ident.text for ident in entity.node.params]
        if len(names) != 2:
            continue
        known = set(examined(world, scopes[entity.path], entity, names, UNKNOWN, UNKNOWN, compared=False)[1])
        found = examined(world, scopes[entity.path], entity, names, want, got, compared=False)[1]
        new = [one for one in found if one not in known and one.severity == "error"]
        if new:
            place = new[0].primary.span if new[0].primary else None
            world.sink.add(problems.cannot_score(metric, new[0].message, span, place))


def is_score(type_: Type, expressions: Calls) -> bool:
    """Whether a value of the type is a score: a truth value, a number, or a record of `score` and maybe `feedback`, a
    text or several."""
    if isinstance(type_, UnionType):
        return all(is_score(expressions.resolve(member), expressions) for member in type_.members)
    if isinstance(type_, RecordType):
        fields = {field.name: expressions.resolve(field.type) for field in type_.fields}
        said = expressions.accepts(FEEDBACK, fields.get("feedback", STR))
        score = fields.get("score", STR)
        return fields.keys() <= {"score", "feedback"} and said and is_number(score, expressions)
    return is_number(type_, expressions)


def is_number(type_: Type, expressions: Calls) -> bool:
    """Whether a value of the type is a truth value or a number."""
    if isinstance(type_, UnionType):
        return all(is_number(expressions.resolve(member), expressions) for member in type_.members)
    return isinstance(type_, UnknownType) or base(type_) in (BOOL, INT, FLOAT)
