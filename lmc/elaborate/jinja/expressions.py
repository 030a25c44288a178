"""Expressions in prompts: from jinja2's nodes to the expressions of the language, with their types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce

from jinja2 import nodes

from lmc.diagnostics import Sink
from lmc.elaborate.jinja import problems
from lmc.elaborate.jinja.text import PromptText
from lmc.elaborate.notes import Notes
from lmc.ir import program as ir
from lmc.ir.subtype import TURN, Named, accepts, base, comparable, join, resolve
from lmc.ir.types import (
    BOOL,
    FLOAT,
    HISTORY,
    INT,
    MEDIA,
    NULL,
    STR,
    UNKNOWN,
    Constrained,
    Field,
    ListType,
    MapType,
    Primitive,
    RecordType,
    Type,
    UnionType,
    UnknownType,
    optional,
    union,
)
from lmc.ir.values import type_of
from lmc.ir.walk import names_read
from lmc.source import Span

Typed = tuple[ir.Expr, Type]

LOST: Typed = (ir.Const(None), UNKNOWN)
"""What stands for an expression with a mistake in it."""

LOOP = RecordType(
    (Field("index", INT), Field("index0", INT), Field("first", BOOL), Field("last", BOOL), Field("length", INT))
)
BACKWARDS = ("revindex", "revindex0")
SLOTS = ("instruction", "demos", "format")
SYMBOLS = {
    nodes.Add: "+", nodes.Sub: "-", nodes.Mul: "*", nodes.Div: "/", nodes.FloorDiv: "//", nodes.Mod: "%",
}  # fmt: skip
COMPARISONS = {"eq": "==", "ne": "!=", "lt": "<", "lteq": "<=", "gt": ">", "gteq": ">=", "in": "in", "notin": "not in"}
KINDS: Mapping[type[nodes.Node], str] = {
    nodes.Call: "calls",
    nodes.Pow: "powers",
    nodes.Dict: "dictionaries",
    nodes.Slice: "slices here",
}
CALL_ADVICE = "use a filter: `{{ x | upper }}` for `{{ x.upper() }}`"


@dataclass(frozen=True, slots=True)
class Variable:
    """What a name stands for. `depth`: how many loops are around the place where it was given its value; `span` where
    it is declared, if it is an input."""

    value: ir.Expr
    type: Type
    depth: int = 0
    span: Span | None = None


@dataclass
class Expressions:
    """Lowers expressions, given the names in sight."""

    text: PromptText
    named: Named
    sink: Sink
    names: dict[str, Variable]
    depth: int = 0
    taken: set[str] = field(default_factory=set)
    notes: Notes | None = None

    def fresh(self, wanted: str) -> str:
        """A name for a variable that nothing else in the prompt has: what `set` names may be moved into any loop."""
        name, number = wanted, 2
        while name in self.taken or name in self.names or name in ("loop", *SLOTS):
            name, number = f"{wanted}_{number}", number + 1
        self.taken.add(name)
        return name

    def value(self, node: nodes.Node) -> Typed:  # noqa: C901
        """The expression and its type."""
        span = self.text.node_span(node)
        match node:
            case nodes.Const(value=value):
                return ir.Const(value, span), type_of(value)
            case nodes.Name(name=name):
                return self.name(name, node)
            case nodes.Getattr(node=inner, attr=attr):
                return self.member(node, inner, attr, self.text.token_span(node.lineno, 1))
            case nodes.Getitem():
                return self.item(node)
            case nodes.Filter():
                from lmc.elaborate.jinja.filters import filtered

                return filtered(self, node)
            case nodes.Test():
                from lmc.elaborate.jinja.filters import tested

                return tested(self, node)
            case nodes.CondExpr(test=test, expr1=then, expr2=otherwise):
                first, last = self.value(then), LOST if otherwise is None else self.value(otherwise)
                type_ = optional(first[1]) if otherwise is None else join(first[1], last[1], self.named)
                return ir.Conditional(self.condition(test), first[0], last[0], span), type_
            case nodes.And(left=left, right=right) | nodes.Or(left=left, right=right):
                return self.either(node, left, right)
            case nodes.Not(node=inner):
                return ir.Operation("not", (self.condition(inner),), span), BOOL
            case nodes.Compare():
                return self.compare(node)
            case nodes.Concat(nodes=parts):
                return ir.Interpolation(tuple(self.printed(part) for part in parts), span), STR
            case nodes.Neg(node=inner) | nodes.Pos(node=inner):
                return self.signed(node, inner)
            case nodes.List(items=items) | nodes.Tuple(items=items):
                found = [self.value(one) for one in items]
                types = [type_ for _, type_ in found]
                item = reduce(lambda one, other: join(one, other, self.named), types) if types else UNKNOWN
                return ir.ListOf(tuple(one for one, _ in found), span), ListType(item)
            case nodes.BinExpr(left=left, right=right) if type(node) in SYMBOLS:
                return self.arithmetic(SYMBOLS[type(node)], left, right, node)
        advice = CALL_ADVICE if isinstance(node, nodes.Call) else None
        self.sink.add(problems.unsupported(KINDS.get(type(node), f"`{type(node).__name__.lower()}`"), span, advice))
        return LOST

    def condition(self, node: nodes.Node) -> ir.Expr:
        """The expression as a condition: what Jinja takes for true, said in full."""
        match node:
            case nodes.And(left=left, right=right):
                return ir.Operation("and", (self.condition(left), self.condition(right)), self.text.node_span(node))
            case nodes.Or(left=left, right=right):
                return ir.Operation("or", (self.condition(left), self.condition(right)), self.text.node_span(node))
            case nodes.Not(node=inner):
                return ir.Operation("not", (self.condition(inner),), self.text.node_span(node))
            case nodes.Name(name=name) if name in SLOTS and name not in self.names:
                return ir.Name(name, self.text.node_span(node))
        return self.truth(*self.value(node))

    def truth(self, expr: ir.Expr, type_: Type) -> ir.Expr:
        """Whether a value is neither null nor zero nor empty."""
        shape = self.shape(type_)
        if shape == BOOL or isinstance(shape, UnknownType):
            return expr
        members = shape.members if isinstance(shape, UnionType) else (shape,)
        zeros = dict.fromkeys(zero for member in members for zero in self.zeros(member))
        parts = [ir.Operation("!=", (expr, zero), expr.span) for zero in zeros]
        return reduce(lambda one, other: ir.Operation("and", (one, other)), parts) if parts else ir.Const(True)

    def zeros(self, type_: Type) -> tuple[ir.Expr, ...]:
        """The values of a type that Jinja takes for false."""
        shape = base(self.shape(type_))
        known: dict[Type, ir.Expr] = {NULL: ir.Const(None), STR: ir.Const(""), BOOL: ir.Const(False)}
        known |= {INT: ir.Const(0), FLOAT: ir.Const(0), HISTORY: ir.ListOf(()), **dict.fromkeys(MEDIA, ir.Const(""))}
        match shape:
            case Primitive():
                return (known[shape],)
            case ListType():
                return (ir.ListOf(()),)
            case MapType():
                return (ir.RecordOf(()),)
        return ()

    def shape(self, type_: Type) -> Type:
        """What a name of a type stands for, limits aside."""
        found = resolve(type_, self.named)
        while isinstance(found, Constrained):
            found = resolve(found.type, self.named)
        return found

    def broad(self, type_: Type) -> Type:
        """The primitive that all values of a type are of, where there is one."""
        shape = self.shape(type_)
        if isinstance(shape, UnionType):
            members = {self.broad(member) for member in shape.members}
            return FLOAT if members == {INT, FLOAT} else members.pop() if len(members) == 1 else shape
        return base(shape)

    def items(self, type_: Type) -> Type | None:
        """The type of the items of a list; None of what is no list."""
        shape = self.shape(type_)
        if isinstance(shape, UnknownType):
            return UNKNOWN
        if shape == HISTORY:
            return TURN
        return shape.item if isinstance(shape, ListType) else None

    def nullable(self, type_: Type) -> bool:
        """Whether a value may be null."""
        shape = self.shape(type_)
        return shape == NULL or (isinstance(shape, UnionType) and NULL in shape.members)

    def expect(self, what: str, want: Type, words: str, typed: Typed, node: nodes.Node) -> bool:
        """Whether a value is of a type; reports one that is not."""
        if accepts(want, typed[1], self.named):
            return True
        span = self.text.node_span(node)
        if self.nullable(typed[1]):
            self.sink.add(problems.may_be_null(typed[1], span))
        else:
            self.sink.add(problems.wrong_type(what, words, typed[1], span))
        return False

    def name(self, name: str, node: nodes.Node) -> Typed:
        """An input or a variable."""
        span = self.text.node_span(node)
        variable = self.names.get(name)
        if variable is None:
            if name in SLOTS:
                advice = f"write `{{{{ {name} }}}}`, with nothing around it"
                self.sink.add(problems.unsupported(f"the slot `{name}` within an expression", span, advice))
            else:
                self.sink.add(problems.unknown_name(name, span, [*self.names, *SLOTS]))
            return LOST
        if self.notes is not None:
            self.notes.used(span, variable.span)
            self.notes.typed(span, variable.type)
        if name == "loop":
            self.sink.add(problems.unsupported("`loop` as a value", span, "use one of its fields: `loop.index`"))
            return LOST
        if self.depth > variable.depth and "loop" in names_read(variable.value):
            advice = "use the field of `loop` itself"
            self.sink.add(
                problems.unsupported(f"`{name}` here: it was set from `loop` outside of this loop", span, advice)
            )
            return LOST
        value = variable.value
        return (ir.Name(value.name, span) if isinstance(value, ir.Name) else value), variable.type

    def member(self, node: nodes.Node, inner: nodes.Node, name: str, at: Span) -> Typed:
        """A field of a record, or a value of a map."""
        span = self.text.node_span(node)
        if isinstance(inner, nodes.Name) and inner.name == "loop" and "loop" in self.names:
            return self.loop_field(name, at)
        value, type_ = self.value(inner)
        shape = self.shape(type_)
        if isinstance(shape, MapType):
            return ir.Item(value, ir.Const(name), span), optional(shape.value)
        return ir.Member(value, name, span), self.member_type(type_, name, at)

    def loop_field(self, name: str, at: Span) -> Typed:
        """What Jinja says of a round."""
        loop = ir.Name("loop", at)
        if name in BACKWARDS:
            count = ir.Member(loop, "index0" if name == "revindex" else "index", at)
            return ir.Operation("-", (ir.Member(loop, "length", at), count), at), INT
        for one in LOOP.fields:
            if one.name == name:
                return ir.Member(loop, name, at), one.type
        known = [*(one.name for one in LOOP.fields), *BACKWARDS]
        self.sink.add(problems.no_field(LOOP, name, at, known))
        return LOST

    def member_type(self, type_: Type, name: str, at: Span) -> Type:
        """The type of a field; of a union of records, the union of theirs."""
        shape = self.shape(type_)
        if isinstance(shape, UnknownType):
            return UNKNOWN
        if self.nullable(shape):
            self.sink.add(problems.may_be_null(type_, at))
            return UNKNOWN
        if isinstance(shape, UnionType):
            return union(*(self.member_type(member, name, at) for member in shape.members))
        fields = shape.fields if isinstance(shape, RecordType) else ()
        for one in fields:
            if one.name == name:
                if self.notes is not None:
                    self.notes.used(at, one.span)
                return one.type
        self.sink.add(problems.no_field(type_, name, at, [one.name for one in fields]))
        return UNKNOWN

    def item(self, node: nodes.Getitem) -> Typed:
        """An item of a list, a map or a text, or a part of one."""
        span = self.text.node_span(node)
        if isinstance(node.arg, nodes.Slice):
            return self.part(node, node.arg)
        if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
            return self.member(node, node.node, node.arg.value, self.text.node_span(node.arg))
        value, type_ = self.value(node.node)
        index, index_type = self.value(node.arg)
        shape = self.shape(type_)
        if isinstance(shape, UnknownType):
            return ir.Item(value, index, span), UNKNOWN
        if isinstance(shape, MapType):
            self.expect("a map", STR, "a name, `str`", (index, index_type), node.arg)
            return ir.Item(value, index, span), optional(shape.value)
        self.expect("a place", INT, "`int`", (index, index_type), node.arg)
        item = self.items(type_)
        if item is None and self.broad(type_) == STR:
            item = STR
        if item is None:
            self.expect("`[ ]`", ListType(UNKNOWN), "a list", (value, type_), node.node)
        return ir.Item(value, index, span), UNKNOWN if item is None else item

    def part(self, node: nodes.Getitem, cut: nodes.Slice) -> Typed:
        """`xs[a:b]`."""
        value, type_ = self.value(node.node)
        if cut.step is not None:
            self.sink.add(problems.unsupported("slices with a step", self.text.node_span(cut.step)))
            return LOST
        if self.items(type_) is None and self.broad(type_) != STR:
            self.expect("`[ : ]`", ListType(UNKNOWN), "a list or a text", (value, type_), node.node)
            return LOST
        ends = []
        for end, other in ((cut.start, ir.Const(0)), (cut.stop, ir.Apply("len", (value,)))):
            typed: Typed = (other, INT) if end is None else self.value(end)
            if end is not None:
                self.expect("a place", INT, "`int`", typed, end)
            ends.append(typed[0])
        return ir.Apply("slice", (value, *ends), self.text.node_span(node)), self.shape(type_)

    def either(self, node: nodes.Node, left: nodes.Node, right: nodes.Node) -> Typed:
        """`and` and `or`, which give one of their operands."""
        span = self.text.node_span(node)
        first, second = self.value(left), self.value(right)
        if self.broad(first[1]) == self.broad(second[1]) == BOOL:
            symbol = "and" if isinstance(node, nodes.And) else "or"
            return ir.Operation(symbol, (first[0], second[0]), span), BOOL
        truth = self.truth(*first)
        type_ = join(first[1], second[1], self.named)
        if isinstance(node, nodes.And):
            return ir.Conditional(truth, second[0], first[0], span), type_
        if self.nullable(first[1]) and isinstance(shape := self.shape(first[1]), UnionType):
            left_type = union(*(member for member in shape.members if member != NULL))
            type_ = join(left_type, second[1], self.named)
        return ir.Conditional(truth, first[0], second[0], span), type_

    def printed(self, node: nodes.Node) -> ir.Expr:
        """A value that becomes part of a text: null is nothing."""
        value, type_ = self.value(node)
        return ir.Apply("default", (value, ir.Const(""))) if self.nullable(type_) else value

    def signed(self, node: nodes.Node, inner: nodes.Node) -> Typed:
        """A sign before a number."""
        value, type_ = self.value(inner)
        known = self.broad(type_)
        if known not in (INT, FLOAT, UNKNOWN):
            symbol = "-" if isinstance(node, nodes.Neg) else "+"
            self.sink.add(problems.bad_operands(symbol, [type_], self.text.node_span(inner)))
            return LOST
        if isinstance(node, nodes.Pos):
            return value, known
        if isinstance(value, ir.Const) and isinstance(value.value, int | float):
            return ir.Const(-value.value, self.text.node_span(node)), type_of(-value.value)
        return ir.Operation("neg", (value,), self.text.node_span(node)), known

    def compare(self, node: nodes.Compare) -> Typed:
        """Comparisons, also in a chain."""
        span = self.text.node_span(node)
        sides = [(node.expr, self.value(node.expr)), *((one.expr, self.value(one.expr)) for one in node.ops)]
        found: list[ir.Expr] = []
        for one, (_, left), (_, right) in zip(node.ops, sides[:-1], sides[1:], strict=True):
            symbol = COMPARISONS[one.op]
            self.check_comparison(symbol, left[1], right[1], span)
            operation = ir.Operation("in" if symbol == "not in" else symbol, (left[0], right[0]), span)
            found.append(ir.Operation("not", (operation,), span) if symbol == "not in" else operation)
        return reduce(lambda one, other: ir.Operation("and", (one, other), span), found), BOOL

    def check_comparison(self, symbol: str, left: Type, right: Type, span: Span) -> None:
        """Reports values that cannot be compared, or never are equal."""
        if symbol in ("==", "!="):
            if not comparable(left, right, self.named):
                self.sink.add(problems.never_equal((left, right), span))
            return
        if symbol in ("in", "not in"):
            item = self.items(right)
            if item is not None:
                if not comparable(left, item, self.named):
                    self.sink.add(problems.never_equal((left, item), span))
                return
            wanted = STR if isinstance(self.shape(right), MapType) or self.broad(right) == STR else None
            if wanted is None or not accepts(wanted, left, self.named):
                self.sink.add(problems.bad_operands(symbol, (left, right), span))
            return
        sides = {self.broad(left), self.broad(right)}
        if UNKNOWN not in sides and not sides <= {INT, FLOAT} and sides != {STR}:
            self.sink.add(problems.bad_operands(symbol, (left, right), span))

    def arithmetic(self, symbol: str, left: nodes.Node, right: nodes.Node, node: nodes.Node) -> Typed:
        """Operators on numbers, and `+` on texts and lists."""
        span = self.text.node_span(node)
        (first, one), (second, other) = self.value(left), self.value(right)
        expr = ir.Operation(symbol, (first, second), span)
        sides = [self.broad(one), self.broad(other)]
        if UNKNOWN in sides:
            return expr, UNKNOWN
        if all(side in (INT, FLOAT) for side in sides):
            return expr, FLOAT if symbol == "/" or FLOAT in sides else INT
        if symbol == "+" and sides == [STR, STR]:
            return expr, STR
        if symbol == "+" and all(isinstance(side, ListType) for side in sides):
            return expr, join(sides[0], sides[1], self.named)
        self.sink.add(problems.bad_operands(symbol, (one, other), span))
        return LOST
