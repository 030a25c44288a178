"""Modules."""

from __future__ import annotations

from dataclasses import dataclass

from lmc.elaborate import problems
from lmc.elaborate.calls import Calls
from lmc.elaborate.scope import Entity, Scope, Variable, World
from lmc.elaborate.statements import Body, assigned
from lmc.ir import program as ir
from lmc.ir.verify import returns
from lmc.source import Span
from lmc.syntax import ast


@dataclass(frozen=True, slots=True)
class LoweredModule:
    """A module, the signatures and modules that its calls write out or stand for, and the modules that it calls (by
    name, with the place)."""

    module: ir.Module
    signatures: tuple[ir.Signature, ...]
    modules: tuple[ir.Module, ...]
    calls: tuple[tuple[str, Span], ...]


def lower_module(world: World, scope: Scope, entity: Entity) -> LoweredModule:
    """One module."""
    node = entity.node
    assert isinstance(node, ast.ModuleStmt)
    params, result = world.params[entity.name], world.returns[entity.name]
    expressions = Calls(world, scope, entity.name)
    for param, field_node in zip(params, node.params, strict=False):
        expressions.introduce(field_node.name, Variable(param.type, field_node.name.span))
    body = Body(expressions, result, node.returns.span)
    statements = body.block(node.body)
    if node.depth == 0:
        world.sink.add(problems.bare_depth(node.name.span))
    if not returns(statements) and not body.uncovered:
        world.sink.add(problems.no_return(entity.name, node.name.span))
    body.report_unread(entity.name, params, assigned(node.body))
    module = ir.Module(entity.name, params, result, statements, node.doc or "", node.depth, node.span)
    return LoweredModule(module, tuple(expressions.signatures), tuple(expressions.modules), tuple(expressions.calls))
