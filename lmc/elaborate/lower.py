"""From files to a program: `lower`."""

from __future__ import annotations

from collections.abc import Mapping

from lmc.diagnostics import Sink
from lmc.elaborate import problems
from lmc.elaborate.damage import Damage
from lmc.elaborate.declarations import lower_data, lower_emit, lower_lm, lower_optimize
from lmc.elaborate.modules import LoweredModule, lower_metric, lower_module, metric_body
from lmc.elaborate.scope import Entity, World, build_scopes
from lmc.elaborate.settings import lower_demo
from lmc.elaborate.typing import check_sides, lower_fields, lower_type
from lmc.elaborate.unread import report_unread, report_unused
from lmc.ir import program as ir
from lmc.ir.types import UNKNOWN, NamedType, RecordType, Type, UnionType
from lmc.ir.walk import subexpressions
from lmc.source import Span
from lmc.syntax import ast


def lower(
    name: str,
    files: dict[str, ast.File],
    imports: Mapping[tuple[str, str], str],
    sink: Sink,
    damage: Mapping[str, Damage] | None = None,
) -> ir.Program:
    """The program of the last of `files`, which are by path and in order, an imported one before its importer;
    `imports` says which path an import means, by (importing path, path as written). Mistakes go to the sink; what
    they spoil is left out, as is what `damage`, by path, already explains."""
    if not damage:
        return lower_files(name, files, imports, sink, {})
    found = Sink()
    program = lower_files(name, files, imports, found, damage)
    for diagnostic in found.diagnostics:
        if not any(one.explains(diagnostic) for one in damage.values()):
            sink.add(diagnostic)
    return program


def lower_files(
    name: str,
    files: dict[str, ast.File],
    imports: Mapping[tuple[str, str], str],
    sink: Sink,
    damage: Mapping[str, Damage],
) -> ir.Program:
    """The program, with all that is found wrong with it."""
    world = World(sink)
    scopes = build_scopes(files, imports, damage, world)
    main = next(reversed(files))
    entities = unique_entities(scopes)
    lower_signatures(world, scopes, entities)
    for entity in of_kind(entities, "module"):
        assert isinstance(entity.node, ast.ModuleStmt)
        world.params[entity.name] = lower_fields(world, scopes[entity.path], entity.node.params)
        world.returns[entity.name] = lower_type(world, scopes[entity.path], entity.node.returns)
    modules = [lower_module(world, scopes[entity.path], entity) for entity in of_kind(entities, "module")]
    check_recursion(modules, sink)
    metrics = [lower_metric(world, scopes[entity.path], entity) for entity in of_kind(entities, "metric")]
    optimizes: list[ir.Optimize] = []
    emits = []
    for node in files[main].declarations:
        if isinstance(node, ast.OptimizeStmt) and (optimize := lower_optimize(world, scopes[main], node)):
            if (first := next((one for one in optimizes if one.module == optimize.module), None)) is not None:
                sink.add(problems.duplicate("optimize", optimize.module, node.module.span, first.span))
            optimizes.append(optimize)
        elif isinstance(node, ast.EmitStmt):
            emits.append(lower_emit(world, node))
    check_metric_uses(world, scopes, entities, optimizes)
    signatures = [declared_signature(world, scopes, entity) for entity in of_kind(entities, "signature")]
    program = ir.Program(
        name,
        tuple(lower_lm(world, scopes[entity.path], entity) for entity in of_kind(entities, "LM")),
        tuple(
            ir.TypeDecl(entity.name, world.named[entity.name], "", entity.node.span)
            for entity in of_kind(entities, "type")
        ),
        tuple(lower_data(world, scopes[entity.path], entity) for entity in of_kind(entities, "data set")),
        tuple(signatures) + tuple(one for module in modules for one in module.signatures),
        tuple(module.module for module in modules),
        tuple(metrics),
        tuple(optimizes),
        tuple(emits),
    )
    if not damage:
        own = [entity for entity in entities if entity.path == main]
        report_unused(world, own)
        report_unread(program, own, sink)
    return program


def unique_entities(scopes: Mapping[str, Mapping[str, Entity]]) -> list[Entity]:
    """Every entity once, imported files first, each file's in source order."""
    found: dict[str, Entity] = {}
    for path, scope in scopes.items():
        own = [entity for entity in scope.values() if entity.path == path]
        for entity in sorted(own, key=lambda one: one.node.span.start):
            found.setdefault(entity.name, entity)
    return list(found.values())


def of_kind(entities: list[Entity], kind: str) -> list[Entity]:
    """The entities of one kind."""
    return [entity for entity in entities if entity.kind == kind]


def lower_signatures(world: World, scopes: Mapping[str, Mapping[str, Entity]], entities: list[Entity]) -> None:
    """Fills the world with types, and the inputs and outputs of signatures."""
    for entity in of_kind(entities, "type"):
        assert isinstance(entity.node, ast.TypeStmt)
        named = lower_type(world, scopes[entity.path], entity.node.type)
        world.named[entity.name] = named if entity.whole else UNKNOWN
    for entity in of_kind(entities, "signature"):
        node = entity.node
        assert isinstance(node, ast.SignatureStmt)
        ins, outs = (node.short.inputs, node.short.outputs) if node.short else (node.inputs, node.outputs)
        scope = scopes[entity.path]
        world.inputs[entity.name] = lower_fields(world, scope, ins)
        world.outputs[entity.name] = lower_fields(world, scope, outs)
        world.named[entity.name] = RecordType(world.outputs[entity.name]) if entity.whole else UNKNOWN
        check_sides(world, ins, outs)
        for side, fields in (("inputs", ins), ("outputs", outs)):
            if not fields:
                world.sink.add(problems.empty_signature(entity.name, side, node.name.span))
    for entity in of_kind(entities, "type"):
        if endless(NamedType(entity.name), world):
            world.sink.add(problems.recursive_type(entity.name, entity.node.name.span))
            world.named[entity.name] = UNKNOWN


def endless(type_: Type, world: World, seen: frozenset[str] = frozenset()) -> bool:
    """Whether a type is only itself, with nothing to hold a value in between."""
    if isinstance(type_, NamedType):
        if type_.name in seen:
            return True
        return endless(world.named.get(type_.name, UNKNOWN), world, seen | {type_.name})
    if isinstance(type_, UnionType):
        return any(endless(member, world, seen) for member in type_.members)
    return False


def declared_signature(world: World, scopes: Mapping[str, Mapping[str, Entity]], entity: Entity) -> ir.Signature:
    """A signature with its demonstrations."""
    node = entity.node
    assert isinstance(node, ast.SignatureStmt)
    inputs, outputs = world.inputs[entity.name], world.outputs[entity.name]
    demos = tuple(lower_demo(world, demo, inputs, outputs) for demo in node.demos)
    return ir.Signature(entity.name, node.doc or "", inputs, outputs, demos, span=node.span)


def check_recursion(modules: list[LoweredModule], sink: Sink) -> None:
    """Reports modules that call one another in a circle, each circle once, where it closes."""
    calls = {one.module.name: one.calls for one in modules}
    reported: set[frozenset[str]] = set()
    done: set[str] = set()

    def visit(name: str, chain: tuple[str, ...]) -> None:
        for callee, span in calls.get(name, ()):
            if callee in chain:
                circle = (*chain[chain.index(callee) :], callee)
                if frozenset(circle) not in reported:
                    reported.add(frozenset(circle))
                    sink.add(problems.recursion(circle, span))
            elif callee and callee not in done:
                visit(callee, (*chain, callee))
        done.add(name)

    for name in calls:
        if name not in done:
            visit(name, (name,))


def check_metric_uses(
    world: World, scopes: Mapping[str, Mapping[str, Entity]], entities: list[Entity], optimizes: list[ir.Optimize]
) -> None:
    """Checks each metric with the type that its module gives, and that no module takes what it is to find."""
    metrics = {entity.name: entity for entity in of_kind(entities, "metric")}
    for optimize in optimizes:
        entity = metrics[optimize.metric]
        assert isinstance(entity.node, ast.MetricStmt)
        names = [ident.text for ident in entity.node.params]
        if len(names) != 2:
            continue
        got = world.returns[optimize.module]
        body = metric_body(world, scopes[entity.path], entity, names, got)
        wanted = {field for field, _ in wanted_columns(body, names[0])}
        for param in world.params[optimize.module]:
            if param.name in wanted and is_compared(param.name, body, names):
                span = optimize.span or entity.node.span
                world.sink.add(problems.leak(optimize.module, param.name, span, entity.node.span))


def wanted_columns(body: ir.Expr, want: str) -> tuple[tuple[str, Span | None], ...]:
    """The columns of the wanted row that a metric reads, with the places."""
    found: dict[str, Span | None] = {}
    for expr in subexpressions(body):
        if isinstance(expr, ir.Member) and isinstance(expr.base, ir.Name) and expr.base.name == want:
            found.setdefault(expr.name, expr.span)
    return tuple(found.items())


def is_compared(name: str, body: ir.Expr, names: list[str]) -> bool:
    """Whether a wanted column is what the module is to find: compared with the given value in the metric."""
    for expr in subexpressions(body):
        parts = (
            expr.arguments if isinstance(expr, ir.Apply) else expr.operands if isinstance(expr, ir.Operation) else ()
        )
        reads_want = any(
            isinstance(part, ir.Member) and part.base == ir.Name(names[0]) and part.name == name for part in parts
        )
        reads_got = any(ir.Name(names[1]) in tuple(subexpressions(part)) for part in parts)
        if reads_want and reads_got:
            return True
    return False
