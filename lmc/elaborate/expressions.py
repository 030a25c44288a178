"""Expressions: from what was written to what is meant, with the type of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce

from lmc.diagnostics import Fix, did_you_mean
from lmc.elaborate import problems
from lmc.elaborate.operators import operator_type
from lmc.elaborate.scope import LOST, Scope, Variable, World, entity_of
from lmc.elaborate.typing import check_pattern
from lmc.elaborate.written import written
from lmc.ir import program as ir
from lmc.ir.builtins import Builtin
from lmc.ir.subtype import accepts, base, join, resolve
from lmc.ir.types import (
    BOOL,
    FLOAT,
    INT,
    NULL,
    STR,
    UNKNOWN,
    Field,
    ListType,
    LiteralType,
    MapType,
    RecordType,
    Type,
    UnionType,
    UnknownType,
    union,
)
from lmc.ir.values import type_of
from lmc.source import Span
from lmc.syntax import ast

REASONING = Field("reasoning", STR)
Typed = tuple[ir.Expr, Type]
Outside = (
    ast.CallExpr
    | ast.StrategyExpr
    | ast.SampledExpr
    | ast.EnsembleExpr
    | ast.RetrieveExpr
    | ast.TuneRange
    | ast.TuneChoices
)


@dataclass
class Expressions:
    """Lowers the expressions of one module or metric. `module` is empty in a metric. `calls` are the modules that are
    called, with an empty name for what is called besides, and `metric m` for a metric. `tunable`: a `tune` may stand
    here."""

    world: World
    scope: Scope
    module: str
    variables: dict[str, Variable] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)
    sites: dict[str, Span] = field(default_factory=dict)
    signatures: list[ir.Signature] = field(default_factory=list)
    modules: list[ir.Module] = field(default_factory=list)
    calls: list[tuple[str, Span]] = field(default_factory=list)
    tunable: bool = True

    def lower(self, node: ast.Expr, site: str | None = None) -> Typed:
        """The expression and its type. `site` is the name that a call standing here takes from its `let`."""
        expr, type_ = self.typed(node, site)
        if self.world.notes is not None:
            self.world.notes.typed(node.span, type_)
        return expr, type_

    def note_use(self, span: Span, declared: Span | None) -> None:
        """Notes, for those who ask, where what a name stands for is declared."""
        if self.world.notes is not None:
            self.world.notes.used(span, declared)

    def introduce(self, name: ast.Ident, variable: Variable) -> None:
        """Brings a variable in sight."""
        self.variables[name.text] = variable
        if self.world.notes is not None:
            self.world.notes.typed(name.span, variable.type)

    def typed(self, node: ast.Expr, site: str | None) -> Typed:  # noqa: C901
        """`lower`, without notes."""
        match node:
            case ast.Value(value):
                return ir.Const(value, node.span), type_of(value)
            case ast.Operator("-", (ast.Value(int() | float() as value),)) if not isinstance(value, bool):
                return ir.Const(-value, node.span), type_of(-value)
            case ast.Reference(name):
                return self.reference(name)
            case ast.Attribute():
                return self.attribute(node)
            case ast.Subscript():
                return self.subscript(node)
            case ast.Operator():
                return self.operator(node)
            case ast.Ternary():
                return self.ternary(node)
            case ast.ListDisplay(items):
                lowered = [self.lower(item) for item in items]
                types = [type_ for _, type_ in lowered]
                item_type = reduce(self.join, types) if types else UNKNOWN
                return ir.ListOf(tuple(item for item, _ in lowered), node.span), ListType(item_type)
            case ast.RecordDisplay():
                return self.record(node)
            case ast.FormatString(parts):
                texts = tuple(part if isinstance(part, str) else self.lower(part)[0] for part in parts)
                return ir.Interpolation(texts, node.span), STR
            case ast.ComprehensionExpr():
                return self.comprehension(node, site)
            case ast.TryExpr():
                return self.attempt(node, site)
            case _:
                return self.outside(node, site)

    def outside(self, node: Outside, site: str | None) -> Typed:
        """An expression that goes beyond what its operands say: calls, and tuned values."""
        raise NotImplementedError

    def resolve(self, type_: Type) -> Type:
        """What a type name stands for."""
        return resolve(type_, self.world.named)

    def accepts(self, want: Type, got: Type) -> bool:
        """Whether a value of one type may stand for another."""
        return accepts(want, got, self.world.named)

    def join(self, one: Type, other: Type) -> Type:
        """The type of a value that is of either type."""
        return join(one, other, self.world.named)

    def reference(self, name: ast.Ident) -> Typed:
        """A variable."""
        variable = self.variables.get(name.text)
        if variable is None:
            entity = entity_of(self.scope, name.text)
            if entity is LOST:
                return ir.Const(None, name.span), UNKNOWN
            if entity is not None:
                self.world.sink.add(
                    problems.wrong_kind(name.text, entity.kind, "value", name.span, entity.node.name.span)
                )
            else:
                self.world.sink.add(problems.unknown("name", name.text, name.span, self.variables))
                self.read.add(did_you_mean(name.text, self.variables) or "")
            return ir.Const(None, name.span), UNKNOWN
        self.read.add(name.text)
        self.note_use(name.span, variable.span)
        return ir.Name(name.text, name.span), variable.type

    def attribute(self, node: ast.Attribute) -> Typed:
        """A field of a record."""
        value, type_ = self.lower(node.base)
        expr = ir.Member(value, node.name.text, node.span)
        found = self.member_type(type_, node.name)
        return expr, found

    def member_type(self, type_: Type, name: ast.Ident) -> Type:
        """The type of a field; of a union of records, the union of theirs."""
        shape = self.resolve(type_)
        if isinstance(shape, UnknownType):
            return UNKNOWN
        if isinstance(shape, UnionType) and NULL in shape.members:
            self.world.sink.add(problems.may_be_null(type_, name.span))
            return UNKNOWN
        if isinstance(shape, UnionType):
            return union(*(self.member_type(member, name) for member in shape.members))
        fields = shape.fields if isinstance(shape, RecordType) else ()
        for one in fields:
            if one.name == name.text:
                self.note_use(name.span, one.span)
                return one.type
        self.world.sink.add(problems.no_field(type_, name.text, name.span, [one.name for one in fields]))
        return UNKNOWN

    def subscript(self, node: ast.Subscript) -> Typed:
        """An item of a list or a character of a string."""
        value, type_ = self.lower(node.base)
        index, index_type = self.lower(node.index)
        shape = self.resolve(type_)
        if not isinstance(base(shape), UnknownType):
            self.expect("an index", STR if isinstance(base(shape), MapType) else INT, index_type, node.index)
        expr = ir.Item(value, index, node.span)
        match base(shape):
            case ListType(item):
                return expr, item
            case MapType(value_type):
                return expr, value_type
            case UnknownType():
                return expr, UNKNOWN
        if base(shape) == STR:
            return expr, STR
        self.world.sink.add(problems.bad_operands("[ ]", [type_], node.base.span))
        return expr, UNKNOWN

    def expect(self, what: str, want: Type, got: Type, node: ast.Expr, declared: Span | None = None) -> None:
        """Reports a value of the wrong type."""
        if self.world.notes is not None:
            self.world.notes.taken(want, got, self.world.named)
        if not self.accepts(want, got):
            advice, cured = self.way(want, got, node) or (None, None)
            lossy = self.world.commented(node.span)
            fix = None if cured is None or lossy else Fix(node.span, written(cured))
            self.world.sink.add(problems.mismatch(what, want, got, node.span, declared, advice, fix))

    def way(self, want: Type, got: Type, node: ast.Expr) -> tuple[str, ast.Expr | None] | None:
        """How a value of one type may become one of another: in words, and written out where nothing is left open."""
        shape, wanted = self.resolve(got), base(self.resolve(want))
        if isinstance(shape, RecordType):
            fitting = [field.name for field in shape.fields if self.accepts(want, field.type)]
            if len(fitting) != 1:
                return None
            return f"take a field of it: `.{fitting[0]}`", ast.Attribute(node, ast.Ident(fitting[0]))
        if isinstance(shape, UnionType) and NULL in shape.members:
            rest = union(*(one for one in shape.members if one != NULL))
            return ("say what it is where it is null: `default(…, other)`", None) if self.accepts(want, rest) else None
        kind = UNKNOWN if isinstance(shape, LiteralType) else base(shape)
        if wanted == STR and kind in (INT, FLOAT, BOOL):
            fits = base(want) == want
            return "make a text of it: `text(…)`", called("text", node) if fits else None
        if wanted in (INT, FLOAT) and kind == STR:
            return "read a number from it: `number(…)`, which is null where there is none", None
        if wanted == BOOL and kind in (STR, INT, FLOAT):
            symbol, other = ("!=", ast.Value("")) if kind == STR else (">", ast.Value(0))
            return f"compare it: `… {symbol} {written(other)}`", ast.Operator(symbol, (node, other))
        return None

    def operator(self, node: ast.Operator) -> Typed:
        """An operator and the type of its value."""
        lowered = [self.lower(operand) for operand in node.operands]
        values = tuple(value for value, _ in lowered)
        types = [self.resolve(type_) for _, type_ in lowered]
        unary = len(values) == 1
        symbol = "neg" if unary and node.symbol == "-" else node.symbol
        if symbol == "not in":
            inner = ir.Operation("in", values, node.span)
            return ir.Operation("not", (inner,), node.span), operator_type(self.world, symbol, types, node)
        return ir.Operation(symbol, values, node.span), operator_type(self.world, symbol, types, node)

    def ternary(self, node: ast.Ternary) -> Typed:
        """`a if c else b`."""
        condition, condition_type = self.lower(node.condition)
        self.expect("a condition", BOOL, condition_type, node.condition)
        then, then_type = self.lower(node.then)
        otherwise, otherwise_type = self.lower(node.otherwise)
        return ir.Conditional(condition, then, otherwise, node.span), self.join(then_type, otherwise_type)

    def record(self, node: ast.RecordDisplay) -> Typed:
        """A record; each field once."""
        fields: dict[str, Typed] = {}
        spans: dict[str, Span | None] = {}
        for argument in node.fields:
            name = argument.name.text if argument.name else ""
            if name in fields:
                self.world.sink.add(problems.repeated_argument(name, argument.span))
            fields[name] = self.lower(argument.value)
            spans[name] = argument.name.span if argument.name else None
            if self.world.notes is not None and argument.name is not None:
                self.world.notes.shown.add(argument.name.span)
        values = tuple((name, value) for name, (value, _) in fields.items())
        return ir.RecordOf(values, node.span), RecordType(
            tuple(Field(name, type_, span=spans[name]) for name, (_, type_) in fields.items())
        )

    def apply(self, node: ast.CallExpr, builtin: Builtin) -> Typed:
        """A function of the library, its arguments checked by position."""
        name, count = node.callee.text, len(builtin.params)
        lowered = [self.lower(argument.value) for argument in node.arguments]
        for argument in node.arguments:
            if argument.name is not None:
                self.world.sink.add(problems.no_names_here(name, argument.name.span, argument.value.span))
        if len(lowered) > count:
            self.world.sink.add(problems.too_many_arguments(name, count, node.arguments[count].span))
        elif len(lowered) < count:
            lacking = [f"argument {index + 1}" for index in range(len(lowered), count)]
            self.world.sink.add(problems.missing_arguments(name, lacking, node.callee.span, None))
        for index, (want, (_, got)) in enumerate(zip(builtin.params, lowered, strict=False)):
            self.expect(f"argument {index + 1} of `{name}`", want, got, node.arguments[index].value)
        expr = ir.Apply(name, tuple(value for value, _ in lowered), node.span)
        if name in ("matches", "extract") and len(lowered) > 1:
            check_pattern(self.world, lowered[1][0], node.arguments[1].span)
        if not callable(builtin.returns):
            return expr, builtin.returns
        types = tuple(self.resolve(type_) for _, type_ in lowered)
        return expr, builtin.returns(types) if len(types) == count else UNKNOWN

    def comprehension(self, node: ast.ComprehensionExpr, site: str | None) -> Typed:
        """A list of a value for each item; one that makes calls has a bound."""
        items, type_ = self.lower(node.items)
        item = self.item_type("what a comprehension goes through", type_, node.items)
        outer, before = dict(self.variables), len(self.calls)
        if node.name.text in outer:
            first = outer[node.name.text].span
            self.world.sink.add(problems.duplicate("name", node.name.text, node.name.span, first))
        self.introduce(node.name, Variable(item, node.name.span))
        condition = None
        if node.condition is not None:
            condition, condition_type = self.lower(node.condition)
            self.expect("a condition", BOOL, condition_type, node.condition)
        value, value_type = self.lower(node.value, site)
        self.variables = outer
        bound = node.bound if node.bound is not None else plain_bound(items)
        if bound is None and len(self.calls) > before:
            self.world.sink.add(problems.unbounded("comprehension", node.span, (node.condition or node.items).span))
        return ir.Comprehension(value, node.name.text, items, condition, bound, node.span), ListType(value_type)

    def item_type(self, what: str, type_: Type, node: ast.Expr) -> Type:
        """The type of the items of a list; reports what is none."""
        shape = base(self.resolve(type_))
        if isinstance(shape, ListType):
            return shape.item
        if not isinstance(shape, UnknownType):
            self.world.sink.add(problems.no_list(what, type_, node.span, written(node)))
        return UNKNOWN

    def attempt(self, node: ast.TryExpr, site: str | None) -> Typed:
        """`try a else b`; in `b`, `error` is what went wrong."""
        value, type_ = self.lower(node.value, site)
        outer = dict(self.variables)
        self.variables["error"] = Variable(STR, node.otherwise.span)
        otherwise, other = self.lower(node.otherwise, site)
        self.variables = outer
        return ir.Try(value, otherwise, node.span), self.join(type_, other)


def called(function: str, node: ast.Expr) -> ast.Expr:
    """The call of a function of the library on one value."""
    return ast.CallExpr(ast.Ident(function), (ast.Argument(None, node),))


def plain_bound(items: ir.Expr) -> int | None:
    """The number of items, where the source says it."""
    match items:
        case ir.ListOf(values):
            return len(values)
        case ir.Apply("range", (ir.Const(int(end)),)) | ir.Apply("take", (_, ir.Const(int(end)))):
            return max(end, 0)
        case ir.Apply("take", (_, ir.Tune(space=ir.Space(choices=None, high=int(high))))):
            return max(high, 0)
    return None
