"""Expressions: from what was written to what is meant, with the type of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce

from lmc.diagnostics import did_you_mean
from lmc.elaborate import problems
from lmc.elaborate.scope import LOST, Scope, Variable, World, entity_of, name_after
from lmc.elaborate.settings import lower_settings
from lmc.elaborate.typing import check_pattern, check_sides, lower_fields
from lmc.ir import program as ir
from lmc.ir.builtins import BUILTINS, METRICS, Builtin
from lmc.ir.subtype import accepts, base, comparable, join, resolve
from lmc.ir.types import (
    BOOL,
    FLOAT,
    INT,
    NULL,
    STR,
    UNKNOWN,
    Field,
    ListType,
    NamedType,
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


@dataclass
class Expressions:
    """Lowers the expressions of one module or metric. `module` is empty in a metric, where calls of LMs may not
    stand."""

    world: World
    scope: Scope
    module: str
    variables: dict[str, Variable] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)
    sites: dict[str, Span] = field(default_factory=dict)
    signatures: list[ir.Signature] = field(default_factory=list)
    calls: list[tuple[str, Span]] = field(default_factory=list)

    def lower(self, node: ast.Expr, site: str | None = None) -> Typed:  # noqa: C901
        """The expression and its type. `site` is the name that a call standing here takes from its `let`."""
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
            case ast.CallExpr():
                return self.call(node)
            case ast.StrategyExpr():
                return self.predict(node, site)

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
                return one.type
        self.world.sink.add(problems.no_field(type_, name.text, name.span, [one.name for one in fields]))
        return UNKNOWN

    def subscript(self, node: ast.Subscript) -> Typed:
        """An item of a list or a character of a string."""
        value, type_ = self.lower(node.base)
        index, index_type = self.lower(node.index)
        self.expect("an index", INT, index_type, node.index.span)
        shape = self.resolve(type_)
        expr = ir.Item(value, index, node.span)
        match shape:
            case ListType(item):
                return expr, item
            case UnknownType():
                return expr, UNKNOWN
        if base(shape) == STR:
            return expr, STR
        self.world.sink.add(problems.bad_operands("[ ]", [type_], node.base.span))
        return expr, UNKNOWN

    def expect(self, what: str, want: Type, got: Type, span: Span, declared: Span | None = None) -> None:
        """Reports a value of the wrong type."""
        if not self.accepts(want, got):
            self.world.sink.add(problems.mismatch(what, want, got, span, declared))

    def operator(self, node: ast.Operator) -> Typed:
        """An operator and the type of its value."""
        lowered = [self.lower(operand) for operand in node.operands]
        values = tuple(value for value, _ in lowered)
        types = [self.resolve(type_) for _, type_ in lowered]
        unary = len(values) == 1
        symbol = "neg" if unary and node.symbol == "-" else node.symbol
        if symbol == "not in":
            inner = ir.Operation("in", values, node.span)
            return ir.Operation("not", (inner,), node.span), self.membership(types, node)
        return ir.Operation(symbol, values, node.span), self.operator_type(symbol, types, node)

    def operator_type(self, symbol: str, types: list[Type], node: ast.Operator) -> Type:
        """The type of an operator's value; reports operands that it does not work on."""
        match symbol:
            case "and" | "or" | "not":
                for operand, type_ in zip(node.operands, types, strict=True):
                    self.expect("a condition", BOOL, type_, operand.span)
                return BOOL
            case "==" | "!=":
                if not comparable(types[0], types[1], self.world.named):
                    self.world.sink.add(problems.never_equal(symbol, types[0], types[1], node.span))
                return BOOL
            case "in":
                return self.membership(types, node)
        bases = [self.broad(type_) for type_ in types]
        if UNKNOWN in bases:
            return BOOL if symbol in ("<", "<=", ">", ">=") else UNKNOWN
        if all(one in (INT, FLOAT) for one in bases):
            return number_type(symbol, bases)
        if bases == [STR, STR] and symbol in ("+", "<", "<=", ">", ">="):
            return STR if symbol == "+" else BOOL
        if symbol == "+" and all(isinstance(one, ListType) for one in bases):
            return self.join(*bases)
        self.world.sink.add(problems.bad_operands(node.symbol, types, node.span))
        return UNKNOWN

    def broad(self, type_: Type) -> Type:
        """The primitive that all values of a type are of, where there is one."""
        shape = self.resolve(type_)
        if isinstance(shape, UnionType):
            members = {self.broad(member) for member in shape.members}
            if members == {INT, FLOAT}:
                return FLOAT
            return members.pop() if len(members) == 1 else shape
        return base(shape)

    def membership(self, types: list[Type], node: ast.Operator) -> Type:
        """`in`, of a list or a string."""
        item, container = types
        if isinstance(container, ListType):
            if not comparable(item, container.item, self.world.named):
                self.world.sink.add(problems.never_equal(node.symbol, item, container.item, node.span))
        elif self.broad(container) == STR:
            self.expect("what is looked for in a text", STR, item, node.operands[0].span)
        elif not isinstance(container, UnknownType):
            self.world.sink.add(problems.bad_operands(node.symbol, types, node.span))
        return BOOL

    def ternary(self, node: ast.Ternary) -> Typed:
        """`a if c else b`."""
        condition, condition_type = self.lower(node.condition)
        self.expect("a condition", BOOL, condition_type, node.condition.span)
        then, then_type = self.lower(node.then)
        otherwise, otherwise_type = self.lower(node.otherwise)
        return ir.Conditional(condition, then, otherwise, node.span), self.join(then_type, otherwise_type)

    def record(self, node: ast.RecordDisplay) -> Typed:
        """A record; each field once."""
        fields: dict[str, Typed] = {}
        for argument in node.fields:
            name = argument.name.text if argument.name else ""
            if name in fields:
                self.world.sink.add(problems.repeated_argument(name, argument.span))
            fields[name] = self.lower(argument.value)
        values = tuple((name, value) for name, (value, _) in fields.items())
        return ir.RecordOf(values, node.span), RecordType(
            tuple(Field(name, type_) for name, (_, type_) in fields.items())
        )

    def call(self, node: ast.CallExpr) -> Typed:
        """A function of the library, or a module."""
        name = node.callee.text
        functions = {**BUILTINS, **METRICS} if not self.module else BUILTINS
        if name in functions:
            return self.apply(node, functions[name])
        entity = entity_of(self.scope, name)
        if entity is LOST or (entity is not None and entity.name in self.world.broken):
            pass
        elif entity is None:
            known = [*functions, *(one for one, other in self.scope.items() if other.kind == "module")]
            self.world.sink.add(problems.unknown("function or module", name, node.callee.span, known))
        elif entity.kind != "module":
            advice = "module"
            self.world.sink.add(problems.wrong_kind(name, entity.kind, advice, node.callee.span, entity.node.name.span))
        elif not self.module:
            self.world.sink.add(problems.wrong_kind(name, "module", "pure function", node.callee.span, None))
        else:
            self.world.used.add(("module", entity.name))
            self.calls.append((entity.name, node.callee.span))
            params = self.world.params[entity.name]
            arguments = self.arguments(name, params, node, entity.node.span)
            return ir.Invoke(entity.name, arguments, node.span), self.world.returns[entity.name]
        for argument in node.arguments:
            self.lower(argument.value)
        return ir.Const(None, node.span), UNKNOWN

    def apply(self, node: ast.CallExpr, builtin: Builtin) -> Typed:
        """A function of the library, its arguments checked by position."""
        name, count = node.callee.text, len(builtin.params)
        lowered = [self.lower(argument.value) for argument in node.arguments]
        for argument in node.arguments:
            if argument.name is not None:
                self.world.sink.add(problems.no_names_here(name, argument.name.span))
        if len(lowered) > count:
            self.world.sink.add(problems.too_many_arguments(name, count, node.arguments[count].span))
        elif len(lowered) < count:
            lacking = [f"argument {index + 1}" for index in range(len(lowered), count)]
            self.world.sink.add(problems.missing_arguments(name, lacking, node.callee.span, None))
        for index, (want, (_, got)) in enumerate(zip(builtin.params, lowered, strict=False)):
            self.expect(f"argument {index + 1} of `{name}`", want, got, node.arguments[index].span)
        expr = ir.Apply(name, tuple(value for value, _ in lowered), node.span)
        if name in ("matches", "extract") and len(lowered) > 1:
            check_pattern(self.world, lowered[1][0], node.arguments[1].span)
        if not callable(builtin.returns):
            return expr, builtin.returns
        types = tuple(self.resolve(type_) for _, type_ in lowered)
        return expr, builtin.returns(types) if len(types) == count else UNKNOWN

    def predict(self, node: ast.StrategyExpr, site: str | None) -> Typed:
        """A call of an LM."""
        if not self.module:
            self.world.sink.add(problems.wrong_kind(node.strategy, "call of an LM", "pure function", node.span, None))
            for argument in node.arguments:
                self.lower(argument.value)
            return ir.Const(None, node.span), UNKNOWN
        found = self.signature(node, site)
        if found is None:
            for argument in node.arguments:
                self.lower(argument.value)
            return ir.Const(None, node.span), UNKNOWN
        name, inputs, outputs, declared = found
        chosen = self.site(node, site or name_after(name))
        arguments = self.arguments(name, inputs, node, declared)
        if node.strategy == "chain_of_thought" and REASONING.name not in [one.name for one in outputs]:
            if REASONING.name in [one.name for one in inputs]:
                self.world.sink.add(problems.duplicate("field", REASONING.name, node.span, declared))
            outputs = (REASONING, *outputs)
            result: Type = RecordType(outputs)
        else:
            result = NamedType(name)
        settings = lower_settings(self.world, self.scope, node.settings, inputs, outputs)
        self.calls.append(("", node.span))
        return ir.Predict(chosen, node.strategy, name, arguments, settings, span=node.span), result

    def signature(
        self, node: ast.StrategyExpr, site: str | None
    ) -> tuple[str, tuple[Field, ...], tuple[Field, ...], Span | None] | None:
        """The name, inputs and outputs of the signature that a call names or writes out."""
        if isinstance(node.signature, ast.Ident):
            entity = self.world.find(self.scope, node.signature, "signature")
            if entity is None or entity.name in self.world.broken:
                return None
            return entity.name, self.world.inputs[entity.name], self.world.outputs[entity.name], entity.node.span
        inputs = lower_fields(self.world, self.scope, node.signature.inputs)
        outputs = lower_fields(self.world, self.scope, node.signature.outputs)
        check_sides(self.world, node.signature.inputs, node.signature.outputs)
        wanted = node.site.text if node.site else site or "call"
        name = f"{self.module}_{wanted}"
        while name in self.world.taken:
            name += "_"
        self.world.taken.add(name)
        self.world.inputs[name], self.world.outputs[name] = inputs, outputs
        self.world.named[name] = RecordType(outputs)
        self.signatures.append(ir.Signature(name, "", inputs, outputs, span=node.signature.span))
        return name, inputs, outputs, node.signature.span

    def site(self, node: ast.StrategyExpr, wanted: str) -> str:
        """The name of a call site: as written, or from its `let` or signature with a number where that is taken."""
        if node.site is not None:
            name = node.site.text
            if name in self.sites:
                self.world.sink.add(problems.duplicate("call site", name, node.site.span, self.sites[name]))
        else:
            name, number = wanted, 2
            while name in self.sites:
                name, number = f"{wanted}{number}", number + 1
        self.sites[name] = node.span
        return name

    def arguments(
        self, callee: str, params: tuple[Field, ...], node: ast.CallExpr | ast.StrategyExpr, declared: Span | None
    ) -> tuple[tuple[str, ir.Expr], ...]:
        """The arguments of a call by name, in the order of the parameters."""
        by_name = {param.name: param for param in params}
        given: dict[str, ir.Expr] = {}
        for index, argument in enumerate(node.arguments):
            if argument.name is None and index >= len(params):
                self.lower(argument.value)
                self.world.sink.add(problems.too_many_arguments(callee, len(params), argument.span))
                continue
            name = argument.name.text if argument.name else params[index].name
            value, type_ = self.lower(argument.value)
            if name not in by_name:
                span = argument.name.span if argument.name else argument.span
                self.world.sink.add(problems.unknown_argument(callee, name, span, by_name, declared))
                given.setdefault(first_missing(params, given, node), value)
            elif name in given:
                self.world.sink.add(problems.repeated_argument(name, argument.span))
            else:
                given[name] = value
                self.expect(f"`{name}` of `{callee}`", by_name[name].type, type_, argument.value.span)
        lacking = [p.name for p in params if p.name not in given and not self.accepts(p.type, NULL)]
        if lacking:
            span = node.callee.span if isinstance(node, ast.CallExpr) else node.signature.span
            self.world.sink.add(problems.missing_arguments(callee, lacking, span, declared))
        return tuple((p.name, given.get(p.name, ir.Const(None))) for p in params)


def first_missing(
    params: tuple[Field, ...], given: Mapping[str, ir.Expr], node: ast.CallExpr | ast.StrategyExpr
) -> str:
    """The parameter that a misspelt argument was probably meant for, so that it is not reported as lacking too."""
    named = {argument.name.text for argument in node.arguments if argument.name}
    return next((p.name for p in params if p.name not in given and p.name not in named), "")


def number_type(symbol: str, bases: list[Type]) -> Type:
    """The type of an operation on numbers."""
    if symbol in ("<", "<=", ">", ">="):
        return BOOL
    return FLOAT if symbol == "/" or FLOAT in bases else INT
