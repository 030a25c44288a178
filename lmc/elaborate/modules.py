"""Modules and metrics: statements, flow and what they leave unread."""

from __future__ import annotations

from dataclasses import dataclass

from lmc.elaborate import problems
from lmc.elaborate.expressions import Expressions
from lmc.elaborate.scope import Entity, Scope, Variable, World
from lmc.elaborate.typing import lower_type
from lmc.ir import program as ir
from lmc.ir.subtype import base
from lmc.ir.types import BOOL, FLOAT, INT, UNKNOWN, Field, ListType, LiteralType, Type, UnionType, UnknownType, union
from lmc.source import Span
from lmc.syntax import ast


@dataclass(frozen=True, slots=True)
class LoweredModule:
    """A module, the signatures that its calls write out, and the modules that it calls (by name, with the place)."""

    module: ir.Module
    signatures: tuple[ir.Signature, ...]
    calls: tuple[tuple[str, Span], ...]


def lower_module(world: World, scope: Scope, entity: Entity) -> LoweredModule:
    """One module."""
    node = entity.node
    assert isinstance(node, ast.ModuleStmt)
    params, returns = world.params[entity.name], world.returns[entity.name]
    expressions = Expressions(world, scope, entity.name)
    for param, field_node in zip(params, node.params, strict=False):
        expressions.variables[param.name] = Variable(param.type, field_node.name.span)
    body = Body(expressions, returns, node.returns.span)
    statements = body.block(node.body)
    if not ends(node.body):
        world.sink.add(problems.no_return(entity.name, node.name.span))
    body.report_unread(entity.name, params)
    module = ir.Module(entity.name, params, returns, statements, node.doc or "", span=node.span)
    return LoweredModule(module, tuple(expressions.signatures), tuple(expressions.calls))


def ends(body: tuple[ast.Stmt, ...]) -> bool:
    """Whether every path through the statements ends with a return."""
    for node in body:
        if isinstance(node, ast.ReturnStmt):
            return True
        if isinstance(node, ast.IfStmt) and node.otherwise is not None and ends(node.then) and ends(node.otherwise):
            return True
    return False


class Body:
    """Lowers the statements of one module."""

    def __init__(self, expressions: Expressions, returns: Type, returns_span: Span) -> None:
        self.expressions = expressions
        self.sink = expressions.world.sink
        self.returns = returns
        self.returns_span = returns_span
        self.lets: dict[str, Span] = {}

    def block(self, nodes: tuple[ast.Stmt, ...]) -> tuple[ir.Stmt, ...]:
        """The statements of a block; names that it introduces end with it."""
        outer = dict(self.expressions.variables)
        statements = []
        for index, node in enumerate(nodes):
            statements.append(self.statement(node))
            if ends((node,)) and index + 1 < len(nodes):
                self.sink.add(problems.unreachable(nodes[index + 1].span.to(nodes[-1].span)))
                for rest in nodes[index + 1 :]:
                    statements.append(self.statement(rest))
                break
        self.expressions.variables = outer
        return tuple(statements)

    def statement(self, node: ast.Stmt) -> ir.Stmt:
        """One statement."""
        match node:
            case ast.LetStmt():
                return self.let(node)
            case ast.AssignStmt():
                return self.assign(node)
            case ast.IfStmt(condition, then, otherwise):
                value, type_ = self.expressions.lower(condition)
                self.expressions.expect("a condition", BOOL, type_, condition.span)
                return ir.If(value, self.block(then), self.block(otherwise or ()), node.span)
            case ast.ForStmt():
                return self.loop(node)
            case ast.ReturnStmt(value_node):
                value, type_ = self.expressions.lower(value_node)
                self.expressions.expect("the returned value", self.returns, type_, value_node.span, self.returns_span)
                return ir.Return(value, node.span)

    def let(self, node: ast.LetStmt) -> ir.Stmt:
        """Introduces a name; of a literal's type, the whole primitive, so that it can be given other values."""
        value, type_ = self.expressions.lower(node.value, node.name.text)
        if node.type is not None:
            declared = lower_type(self.expressions.world, self.expressions.scope, node.type)
            self.expressions.expect(f"`{node.name.text}`", declared, type_, node.value.span, node.type.span)
            type_ = declared
        else:
            type_ = widened(type_, node.value)
        self.declare(node.name, type_, mutable=True)
        return ir.Let(node.name.text, type_, value, node.span)

    def declare(self, name: ast.Ident, type_: Type, *, mutable: bool) -> None:
        """Adds a variable; a second one of the same name in sight is an error."""
        if name.text in self.expressions.variables:
            first = self.expressions.variables[name.text].span
            self.sink.add(problems.duplicate("name", name.text, name.span, first))
        self.expressions.variables[name.text] = Variable(type_, name.span, mutable)
        if mutable:
            self.lets[name.text] = name.span

    def assign(self, node: ast.AssignStmt) -> ir.Stmt:
        """Gives a name another value of its type."""
        value, type_ = self.expressions.lower(node.value, node.name.text)
        variable = self.expressions.variables.get(node.name.text)
        if variable is None:
            self.sink.add(problems.not_declared(node.name.text, node.name.span, self.expressions.variables))
        elif not variable.mutable:
            self.sink.add(problems.not_assignable(node.name.text, node.name.span))
        else:
            self.expressions.expect(f"`{node.name.text}`", variable.type, type_, node.value.span, variable.span)
        return ir.Assign(node.name.text, value, node.span)

    def loop(self, node: ast.ForStmt) -> ir.Stmt:
        """A loop; one that makes calls has a bound, written or plain from what it goes through."""
        items, type_ = self.expressions.lower(node.items)
        shape = self.expressions.resolve(type_)
        if not isinstance(shape, ListType | UnknownType):
            self.sink.add(problems.mismatch("what a `for` goes through", ListType(UNKNOWN), type_, node.items.span))
        before = len(self.expressions.calls)
        outer = dict(self.expressions.variables)
        self.declare(node.name, shape.item if isinstance(shape, ListType) else UNKNOWN, mutable=False)
        body = self.block(node.body)
        self.expressions.variables = outer
        bound = node.bound if node.bound is not None else plain_bound(items)
        if bound is None and len(self.expressions.calls) > before:
            self.sink.add(problems.unbounded(node.span))
        return ir.For(node.name.text, items, bound, body, span=node.span)

    def report_unread(self, module: str, params: tuple[Field, ...]) -> None:
        """Warns of names that nothing reads."""
        node_params = {param.name: self.expressions.variables[param.name].span for param in params}
        for name, span in node_params.items():
            if name not in self.expressions.read:
                advice = f"no prompt of `{module}` uses it: remove it, or pass it to a call"
                self.sink.add(problems.unused("input", name, span, advice))
        for name, span in self.lets.items():
            if name not in self.expressions.read:
                self.sink.add(problems.unused("variable", name, span, "remove it, or read it"))


def widened(type_: Type, node: ast.Expr) -> Type:
    """The type of a variable that is introduced with a value: of a literal, also within a list, the whole primitive,
    so that it can be given other values."""
    if (
        isinstance(node, ast.ListDisplay)
        and isinstance(type_, ListType)
        and isinstance(type_.item, UnionType | LiteralType)
    ):
        members = type_.item.members if isinstance(type_.item, UnionType) else (type_.item,)
        return ListType(union(*map(base, members)))
    return base(type_)


def plain_bound(items: ir.Expr) -> int | None:
    """The number of items, where the source says it."""
    match items:
        case ir.ListOf(values):
            return len(values)
        case ir.Apply("range", (ir.Const(int(end)),)):
            return max(end, 0)
        case ir.Apply("take", (_, ir.Const(int(count)))):
            return max(count, 0)
    return None


def lower_metric(world: World, scope: Scope, entity: Entity) -> ir.Metric:
    """One metric; its parameters are a data row and the module's value, whose types an `optimize` tells."""
    node = entity.node
    assert isinstance(node, ast.MetricStmt)
    names = [ident.text for ident in node.params]
    if len(names) != 2:
        world.sink.add(problems.bad_option(f"metric {entity.name}", "a function of two: (want, got)", node.name.span))
        names = [*names, "want", "got"][:2]
    body = metric_body(world, scope, entity, names, UNKNOWN)
    return ir.Metric(entity.name, (names[0], names[1]), body, node.span)


def metric_body(world: World, scope: Scope, entity: Entity, names: list[str], got: Type) -> ir.Expr:
    """The expression of a metric, checked for a value of the given type."""
    node = entity.node
    assert isinstance(node, ast.MetricStmt)
    spans = [ident.span for ident in node.params] + [node.name.span] * 2
    expressions = Expressions(world, scope, "")
    expressions.variables = {names[0]: Variable(UNKNOWN, spans[0]), names[1]: Variable(got, spans[1])}
    body, type_ = expressions.lower(node.body)
    if not is_score(expressions.resolve(type_), expressions):
        world.sink.add(problems.bad_metric_type(entity.name, type_, node.body.span))
    for name, span in zip(names, spans, strict=False):
        if name not in expressions.read:
            world.sink.add(problems.metric_ignores(entity.name, name, span))
    return body


def is_score(type_: Type, expressions: Expressions) -> bool:
    """Whether a value of the type is a score: a truth value or a number."""
    if isinstance(type_, UnionType):
        return all(is_score(expressions.resolve(member), expressions) for member in type_.members)
    return isinstance(type_, UnknownType) or base(type_) in (BOOL, INT, FLOAT)
