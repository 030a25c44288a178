"""Statements: flow, names and what is never reached."""

from __future__ import annotations

from lmc.diagnostics import Fix, after, did_you_mean
from lmc.elaborate import problems
from lmc.elaborate.calls import Calls
from lmc.elaborate.cover import Cover
from lmc.elaborate.expressions import plain_bound
from lmc.elaborate.retrying import ONCE
from lmc.elaborate.scope import PRIMITIVES, Variable, entity_of
from lmc.elaborate.typing import lower_type
from lmc.ir import program as ir
from lmc.ir.subtype import base
from lmc.ir.types import BOOL, STR, UNKNOWN, Field, ListType, LiteralType, Type, UnionType, union
from lmc.ir.verify import returns
from lmc.source import Span
from lmc.syntax import ast


class Body:
    """Lowers the statements of one module. `loops` are the loops around what is being lowered, with whether each is
    parallel, and the names that were in sight before it. `uncovered`: a `match` lacks a case, so a path may end."""

    def __init__(self, expressions: Calls, returns_type: Type, returns_span: Span) -> None:
        self.expressions = expressions
        self.sink = expressions.world.sink
        self.returns = returns_type
        self.returns_span = returns_span
        self.lets: dict[str, Span] = {}
        self.wholes: dict[Span, Span] = {}
        self.loops: list[tuple[Span, bool, frozenset[str]]] = []
        self.uncovered = False

    def block(self, nodes: tuple[ast.Stmt, ...]) -> tuple[ir.Stmt, ...]:
        """The statements of a block; names that it introduces end with it."""
        outer = dict(self.expressions.variables)
        statements: list[ir.Stmt] = []
        for index, node in enumerate(nodes):
            statements += self.statement(node)
            if (word := leaves(statements)) and index + 1 < len(nodes):
                self.sink.add(problems.unreachable(nodes[index + 1].span.to(nodes[-1].span), word))
                for rest in nodes[index + 1 :]:
                    statements += self.statement(rest)
                break
        self.expressions.variables = outer
        self.widen(assigned(nodes))
        return tuple(statements)

    def statement(self, node: ast.Stmt) -> list[ir.Stmt]:
        """One statement; a `match` on what is no variable is two."""
        match node:
            case ast.LetStmt():
                return [self.let(node)]
            case ast.AssignStmt():
                return [self.assign(node)]
            case ast.IfStmt(condition, then, otherwise):
                value, type_ = self.expressions.lower(condition)
                self.expressions.expect("a condition", BOOL, type_, condition)
                return [ir.If(value, self.block(then), self.block(otherwise or ()), node.span)]
            case ast.ForStmt():
                return [self.loop(node)]
            case ast.WhileStmt():
                return [self.repeat(node)]
            case ast.BreakStmt():
                self.check_break(node)
                return [ir.Break(node.span)] if self.loops else []
            case ast.MatchStmt():
                return self.match(node)
            case ast.CheckStmt():
                return [self.check(node)]
            case ast.ReturnStmt(value_node):
                value, type_ = self.expressions.lower(value_node)
                self.expressions.expect("the returned value", self.returns, type_, value_node, self.returns_span)
                for loop, parallel, _ in self.loops:
                    if parallel:
                        self.sink.add(problems.not_parallel("a `return`", node.span, loop))
                return [ir.Return(value, node.span)]

    def let(self, node: ast.LetStmt) -> ir.Stmt:
        """Introduces a name; of a literal's type, the whole primitive, so that it can be given other values."""
        value, type_ = self.expressions.lower(node.value, node.name.text)
        if node.type is not None:
            declared = lower_type(self.expressions.world, self.expressions.scope, node.type)
            self.expressions.expect(f"`{node.name.text}`", declared, type_, node.value, node.type.span)
            type_ = declared
        else:
            type_ = widened(type_, node.value)
        self.declare(node.name, type_, mutable=True)
        self.wholes[node.name.span] = node.span
        return ir.Let(node.name.text, type_, value, node.span)

    def declare(self, name: ast.Ident, type_: Type, *, mutable: bool) -> None:
        """Adds a variable; a second one of the same name in sight is an error."""
        if name.text in self.expressions.variables:
            first = self.expressions.variables[name.text].span
            self.sink.add(problems.duplicate("name", name.text, name.span, first))
        self.expressions.introduce(name, Variable(type_, name.span, mutable))
        if mutable:
            self.lets[name.text] = name.span

    def assign(self, node: ast.AssignStmt) -> ir.Stmt:
        """Gives a name another value of its type."""
        value, type_ = self.expressions.lower(node.value, node.name.text)
        variable = self.expressions.variables.get(node.name.text)
        self.expressions.note_use(node.name.span, variable.span if variable else None)
        if variable is None:
            self.sink.add(problems.not_declared(node.name.text, node.name.span, self.expressions.variables))
        elif not variable.mutable:
            self.sink.add(problems.not_assignable(node.name.text, node.name.span))
        else:
            wanted = variable.type if variable.declared is None else variable.declared
            self.expressions.expect(f"`{node.name.text}`", wanted, type_, node.value, variable.span)
            self.widen(frozenset((node.name.text,)))
        for loop, parallel, outer in self.loops:
            if parallel and node.name.text in outer:
                what = f"giving `{node.name.text}` a new value"
                self.sink.add(problems.not_parallel(what, node.span, loop))
        return ir.Assign(node.name.text, value, node.span)

    def loop(self, node: ast.ForStmt) -> ir.Stmt:
        """A loop; one that makes calls has a bound, written or plain from what it goes through."""
        items, type_ = self.expressions.lower(node.items)
        item = self.expressions.item_type("what a `for` goes through", type_, node.items)
        before = len(self.expressions.calls)
        outer = dict(self.expressions.variables)
        self.declare(node.name, item, mutable=False)
        self.loops.append((node.span, node.parallel, frozenset(outer)))
        self.widen(assigned(node.body))
        body = self.block(node.body)
        self.loops.pop()
        self.expressions.variables = outer
        self.widen(assigned(node.body))
        bound = node.bound if node.bound is not None else plain_bound(items)
        if bound is None and len(self.expressions.calls) > before:
            self.sink.add(problems.unbounded("for", node.span, node.items.span))
        return ir.For(node.name.text, items, bound, body, node.parallel, node.span)

    def repeat(self, node: ast.WhileStmt) -> ir.Stmt:
        """`while` and `repeat`; both have a bound."""
        self.widen(assigned(node.body))
        condition: ir.Expr = ir.Const(True)
        if node.condition is not None:
            condition, type_ = self.expressions.lower(node.condition)
            self.expressions.expect("a condition", BOOL, type_, node.condition)
        if node.bound is None:
            head = node.span if node.condition is None else node.condition.span
            self.sink.add(problems.unbounded("while", node.span, head))
        self.loops.append((node.span, False, frozenset(self.expressions.variables)))
        body = self.block(node.body)
        self.loops.pop()
        return ir.While(condition, node.bound or 0, body, node.span)

    def check_break(self, node: ast.BreakStmt) -> None:
        """Reports a `break` that ends no loop, or a round of a parallel one."""
        if not self.loops:
            self.sink.add(problems.break_outside(node.span))
        elif self.loops[-1][1]:
            self.sink.add(problems.not_parallel("a `break`", node.span, self.loops[-1][0]))

    def check(self, node: ast.CheckStmt) -> ir.Stmt:
        """An assertion. What runs again when it fails is found when all modules are known."""
        condition, type_ = self.expressions.lower(node.condition)
        self.expressions.expect("a condition", BOOL, type_, node.condition)
        message: ir.Expr = ir.Const("the condition does not hold")
        if node.message is not None:
            message, message_type = self.expressions.lower(node.message)
            self.expressions.expect("the message", STR, message_type, node.message)
        retries = ONCE if node.retries is None else node.retries
        retry = node.retry_span if node.retries is not None else None
        return ir.Check(condition, message, retries, node.hard, None, node.span, retry)

    # match

    def match(self, node: ast.MatchStmt) -> list[ir.Stmt]:
        """A chain of `if`: each case is a type, a literal too. Where the cases take every value, the last one needs no
        test."""
        value, subject = self.expressions.lower(node.value)
        before: list[ir.Stmt] = []
        if not isinstance(value, ir.Name):
            name = self.free_variable("matched")
            before = [ir.Let(name, subject, value, node.value.span)]
            value = ir.Name(name, node.value.span)
        cover = Cover(self.expressions, subject)
        branches: list[tuple[Type, tuple[ir.Stmt, ...], Span]] = []
        for case in node.cases:
            wanted = self.case_type(case, cover)
            narrowed = cover.take(wanted, case.type.span, case.span)
            branches.append((wanted, self.branch(case.body, value, narrowed, case.name), case.span))
        open_ = bool(cover.rest)
        if open_ and node.otherwise is None:
            self.sink.add(problems.not_covered(cover.shown(), node.value.span, more_cases(node, cover.written())))
            self.uncovered = True
        elif not open_ and node.otherwise is not None and node.cases and not cover.flawed:
            place = node.otherwise_span if node.otherwise_span.file else node.value.span
            whole = Span(place.file, node.cases[-1].span.end, place.end)
            self.sink.add(problems.vain_else(place, whole))
        last: tuple[ir.Stmt, ...] = ()
        if node.otherwise is not None:
            last = self.branch(node.otherwise, value, union(*cover.rest) if open_ else subject, None)
        elif branches and not open_:
            last = branches.pop()[1]
        for wanted, body, span in reversed(branches):
            last = (ir.If(ir.Is(value, wanted, span), body, last, span),)
        return [*before, *last]

    def case_type(self, case: ast.MatchCase, cover: Cover) -> Type:
        """The type of a case. A name that is no type may be meant as a value, or as a name for all others."""
        scope = self.expressions.scope
        name = case.type.name if isinstance(case.type, ast.NameType) else None
        entity = entity_of(scope, name.text) if name else None
        declared = entity is not None and entity.kind in ("type", "signature", "lost")
        if name is None or declared or name.text in PRIMITIVES:
            return lower_type(self.expressions.world, scope, case.type)
        if LiteralType(name.text) in cover.all:
            advice = f'write the value as a text: `"{name.text}"`'
            fix = Fix(name.span, f'"{name.text}"')
            self.sink.add(problems.unknown("type", name.text, name.span, (), advice=advice, fix=fix))
            return LiteralType(name.text)
        known = [*PRIMITIVES, *(one for one, other in scope.items() if other.kind in ("type", "signature"))]
        if entity is not None or did_you_mean(name.text, known) or name.text in problems.ELSEWHERE:
            return lower_type(self.expressions.world, scope, case.type)
        advice = f"a case is a type, which may have a name behind it: `case str {name.text}`; `else` takes all others"
        self.sink.add(problems.unknown("type", name.text, name.span, (), advice=advice))
        self.expressions.variables.setdefault(name.text, Variable(cover.subject, name.span))
        return UNKNOWN

    def branch(
        self, body: tuple[ast.Stmt, ...], value: ir.Name, narrowed: Type, name: ast.Ident | None
    ) -> tuple[ir.Stmt, ...]:
        """The block of a case, in which what it looks at has the case's type."""
        outer = dict(self.expressions.variables)
        first: tuple[ir.Stmt, ...] = ()
        if value.name in outer:
            known = outer[value.name]
            declared = known.type if known.declared is None else known.declared
            self.expressions.variables[value.name] = Variable(narrowed, known.span, known.mutable, declared)
        if name is not None:
            self.declare(name, narrowed, mutable=True)
            first = (ir.Let(name.text, narrowed, value, name.span),)
        statements = self.block(body)
        self.expressions.variables = outer
        self.widen(assigned(body))
        return (*first, *statements)

    def widen(self, names: frozenset[str]) -> None:
        """Forgets what cases have told of variables that may have got other values."""
        variables = self.expressions.variables
        for name in names:
            if name in variables and (declared := variables[name].declared) is not None:
                variables[name] = Variable(declared, variables[name].span, variables[name].mutable)

    def free_variable(self, wanted: str) -> str:
        """A name that no variable of the module has."""
        taken = {*self.expressions.variables, *self.lets}
        name, number = wanted, 2
        while name in taken:
            name, number = f"{wanted}{number}", number + 1
        self.lets[name] = Span("", 0, 0)
        self.expressions.read.add(name)
        return name

    def report_unread(self, module: str, params: tuple[Field, ...], again: frozenset[str]) -> None:
        """Warns of names that nothing reads; `again` are those that get other values."""
        node_params = {param.name: self.expressions.variables[param.name].span for param in params}
        for name, span in node_params.items():
            if name not in self.expressions.read:
                advice = f"no prompt of `{module}` uses it: remove it, or pass it to a call"
                self.sink.add(problems.unused("input", name, span, advice, None))
        for name, span in self.lets.items():
            if name not in self.expressions.read:
                whole = self.wholes.get(span) if name not in again else None
                self.sink.add(problems.unused("variable", name, span, "remove it, or read it", whole))


def more_cases(node: ast.MatchStmt, types: list[str]) -> Fix | None:
    """The fix that adds cases of types to a `match`."""
    if not types or not node.cases:
        return None
    return after(node.cases[-1].span, "".join(f"\ncase {one} {{\n}}" for one in types))


def leaves(statements: list[ir.Stmt]) -> str:
    """The word that keeps what follows the statements from being reached; empty where it is."""
    if any(isinstance(stmt, ir.Break) for stmt in statements):
        return "break"
    return "return" if returns(tuple(statements)) else ""


def assigned(nodes: tuple[ast.Stmt, ...]) -> frozenset[str]:
    """The names that statements, or those in them, give new values to."""
    found: set[str] = set()
    for node in nodes:
        match node:
            case ast.AssignStmt(name):
                found.add(name.text)
            case ast.IfStmt(_, then, otherwise):
                found |= assigned((*then, *(otherwise or ())))
            case ast.ForStmt(body=body) | ast.WhileStmt(body=body):
                found |= assigned(body)
            case ast.MatchStmt(_, cases, otherwise):
                found |= assigned((*(one for case in cases for one in case.body), *(otherwise or ())))
    return frozenset(found)


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
