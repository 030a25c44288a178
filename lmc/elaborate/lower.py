"""From files to a program: `lower`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lmc.diagnostics import Sink
from lmc.elaborate import problems
from lmc.elaborate.cases import LoweredTest, lower_tests
from lmc.elaborate.damage import Damage
from lmc.elaborate.declarations import lower_data, lower_emit, lower_lm, lower_optimize
from lmc.elaborate.metrics import check_scores, lower_metric, metric_body
from lmc.elaborate.modules import LoweredModule, lower_module
from lmc.elaborate.notes import Notes
from lmc.elaborate.outside import declare_outside, lower_extern, lower_retriever, lower_tool
from lmc.elaborate.retrying import place_attempts
from lmc.elaborate.scope import Entity, World, build_scopes
from lmc.elaborate.signatures import declare_signature, lower_signature
from lmc.elaborate.typing import check_limits, lower_fields, lower_type
from lmc.elaborate.unread import report_unread, report_unused
from lmc.ir import program as ir
from lmc.ir.types import UNKNOWN, Constrained, NamedType, RecordType, Type, UnionType
from lmc.ir.walk import subexpressions
from lmc.source import Span
from lmc.syntax import ast


def lower(
    name: str,
    files: dict[str, ast.File],
    imports: Mapping[tuple[str, str], str],
    sink: Sink,
    damage: Mapping[str, Damage] | None = None,
    texts: Mapping[tuple[str, str], str] | None = None,
    notes: Notes | None = None,
) -> ir.Program:
    """The program of the last of `files`, which are by path and in order, an imported one before its importer;
    `imports` says which path an import means, by (importing path, path as written), `texts` what the files of prompts
    hold, by the same. Mistakes go to the sink; what they spoil is left out, as is what `damage`, by path, already
    explains. `notes` are filled, where somebody asks for them."""
    if not damage:
        return lower_files(name, files, imports, sink, {}, texts or {}, notes)
    found = Sink()
    program = lower_files(name, files, imports, found, damage, texts or {}, notes)
    for diagnostic in found.diagnostics:
        if not any(one.explains(diagnostic) for one in damage.values()):
            safe = diagnostic.fix is None or all(one.allows(diagnostic.fix) for one in damage.values())
            sink.add(diagnostic if safe else replace(diagnostic, fix=None))
    return program


def lower_files(
    name: str,
    files: dict[str, ast.File],
    imports: Mapping[tuple[str, str], str],
    sink: Sink,
    damage: Mapping[str, Damage],
    texts: Mapping[tuple[str, str], str],
    notes: Notes | None = None,
) -> ir.Program:
    """The program, with all that is found wrong with it."""
    world = World(sink, texts=texts, notes=notes)
    world.comments = tuple(comment for file in files.values() for comment in file.comments)
    scopes = build_scopes(files, imports, damage, world)
    if notes is not None:
        notes.world, notes.scopes = world, scopes
    main = next(reversed(files))
    entities = unique_entities(scopes)
    lower_signatures(world, scopes, entities)
    for entity in [one for one in entities if one.kind in ("extern", "tool", "retriever")]:
        declare_outside(world, scopes[entity.path], entity)
    retrievers = [lower_retriever(world, scopes[one.path], one) for one in of_kind(entities, "retriever")]
    for entity in of_kind(entities, "module"):
        assert isinstance(entity.node, ast.ModuleStmt)
        world.params[entity.name] = lower_fields(world, scopes[entity.path], entity.node.params)
        world.returns[entity.name] = lower_type(world, scopes[entity.path], entity.node.returns)
    modules = [lower_module(world, scopes[entity.path], entity) for entity in of_kind(entities, "module")]
    metrics = [lower_metric(world, scopes[entity.path], entity) for entity in of_kind(entities, "metric")]
    nodes = {one.name: one.node for one in of_kind(entities, "module") if isinstance(one.node, ast.ModuleStmt)}
    check_recursion(modules, metrics, nodes, sink)
    optimizes: list[ir.Optimize] = []
    emits = []
    for node in files[main].declarations:
        if isinstance(node, ast.OptimizeStmt) and (optimize := lower_optimize(world, scopes[main], node)):
            same = (one for one in optimizes if (one.module, one.profile) == (optimize.module, optimize.profile))
            if (first := next(same, None)) is not None:
                sink.add(problems.duplicate("optimize", optimize.module, node.module.span, first.span))
            optimizes.append(optimize)
        elif isinstance(node, ast.EmitStmt):
            emits.append(lower_emit(world, node))
    check_metric_uses(world, scopes, entities, optimizes)
    check_profiles(emits, optimizes, sink)
    signatures = [lower_signature(world, scopes[one.path], one) for one in of_kind(entities, "signature")]
    tests = lower_tests(world, scopes[main], files[main].declarations)
    check_scores(world, scopes, {one.name: one for one in of_kind(entities, "metric")})
    check_limits(world)
    expanded: tuple[LoweredModule | LoweredTest, ...] = (*modules, *tests)
    program = ir.Program(
        name,
        tuple(lower_lm(world, scopes[entity.path], entity) for entity in of_kind(entities, "LM")),
        tuple(
            ir.TypeDecl(entity.name, world.named[entity.name], "", entity.node.span)
            for entity in of_kind(entities, "type")
        ),
        tuple(lower_data(world, scopes[entity.path], entity) for entity in of_kind(entities, "data set")),
        tuple(signatures) + tuple(one for part in expanded for one in part.signatures),
        (
            *(one for module in modules for one in (*module.modules, module.module)),
            *(one for test in tests for one in test.modules),
        ),
        tuple(metrics),
        tuple(optimizes),
        tuple(emits),
        tuple(lower_extern(world, entity) for entity in of_kind(entities, "extern")),
        tuple(lower_tool(world, entity) for entity in of_kind(entities, "tool")),
        tuple(retrievers),
        tuple(one.test for one in tests),
    )
    program = place_attempts(program, sink)
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
        declare_signature(world, dict(scopes), entity)
    for entity in (*of_kind(entities, "type"), *of_kind(entities, "signature")):
        if endless(NamedType(entity.name), world) or infinite(NamedType(entity.name), world):
            world.sink.add(problems.recursive_type(entity.name, entity.node.name.span))
            world.named[entity.name] = UNKNOWN


def endless(type_: Type, world: World, seen: frozenset[str] = frozenset()) -> bool:
    """Whether a type is only itself, with nothing to hold a value in between."""
    match type_:
        case NamedType(name):
            return name in seen or endless(world.named.get(name, UNKNOWN), world, seen | {name})
        case UnionType(members):
            return any(endless(member, world, seen) for member in members)
        case Constrained(inner):
            return endless(inner, world, seen)
    return False


def infinite(type_: Type, world: World, seen: frozenset[str] = frozenset()) -> bool:
    """Whether every value of a type holds one of the type itself."""
    match type_:
        case NamedType(name):
            return name in seen or infinite(world.named.get(name, UNKNOWN), world, seen | {name})
        case UnionType(members):
            return all(infinite(member, world, seen) for member in members)
        case RecordType(fields):
            return any(infinite(one.type, world, seen) for one in fields)
    return False


def check_profiles(emits: list[ir.Emit], optimizes: list[ir.Optimize], sink: Sink) -> None:
    """Reports what is to be emitted for a profile that there is not."""
    known = [one.profile for one in optimizes if one.profile]
    for emit in emits:
        if emit.profile and emit.profile not in known and emit.span is not None:
            sink.add(problems.unknown("profile", emit.profile, emit.span, known))


def check_recursion(
    modules: list[LoweredModule], metrics: list[ir.Metric], nodes: Mapping[str, ast.ModuleStmt], sink: Sink
) -> None:
    """Reports modules that call one another in a circle, each circle once, where it closes. `nodes` are the modules as
    they were written."""
    calls = {one.module.name: one.calls for one in modules}
    for metric in metrics:
        invoked = [one for one in subexpressions(metric.body) if isinstance(one, ir.Invoke)]
        calls[f"metric {metric.name}"] = tuple((one.module, one.span or Span("", 0, 0)) for one in invoked)
    bounded = {one.module.name for one in modules if one.module.depth is not None}
    for one in modules:
        if one.module.depth is not None and not calls_itself(one.module.name, calls):
            depth = nodes[one.module.name].depth_span if one.module.name in nodes else None
            sink.add(problems.vain_depth(one.module.name, one.module.span or Span("", 0, 0), depth))
    reported: set[frozenset[str]] = set()
    heads = {name: node.returns.span for name, node in nodes.items() if node.depth is None}
    done: set[str] = set()

    def visit(name: str, chain: tuple[str, ...]) -> None:
        for callee, span in calls.get(name, ()):
            if callee in chain:
                circle = (*chain[chain.index(callee) :], callee)
                if frozenset(circle) not in reported and not bounded.intersection(circle):
                    reported.add(frozenset(circle))
                    head = next((heads[one] for one in circle if one in heads), None)
                    sink.add(problems.recursion(circle, span, head))
            elif callee and callee not in done:
                visit(callee, (*chain, callee))
        done.add(name)

    for name in calls:
        if name not in done:
            visit(name, (name,))


def calls_itself(name: str, calls: Mapping[str, tuple[tuple[str, Span], ...]]) -> bool:
    """Whether a module calls itself, directly or through others."""
    seen: set[str] = set()
    queue = [name]
    while queue:
        for callee, _ in calls.get(queue.pop(), ()):
            if callee == name:
                return True
            if callee and callee not in seen:
                seen.add(callee)
                queue.append(callee)
    return False


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
