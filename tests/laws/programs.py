"""Well-typed programs, drawn at random: with types, signatures, modules that call one another, branches, loops, early
returns, assignments, and calls that come again.

No expression of them fails, so every run has a value. The instruction of every call says `do SIGNATURE STRATEGY REPLY`,
which is how the LM of `replies.py` knows what is wanted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import strategies as st

from lmc.ir.program import (
    Apply,
    Assign,
    Conditional,
    Const,
    Demo,
    Expr,
    For,
    If,
    Interpolation,
    Invoke,
    Layout,
    Let,
    ListOf,
    LMDecl,
    Member,
    Module,
    Name,
    Operation,
    Predict,
    Program,
    RecordOf,
    Return,
    Settings,
    Signature,
    Stmt,
    TypeDecl,
)
from lmc.ir.types import (
    BOOL,
    FLOAT,
    INT,
    STR,
    EnumType,
    Field,
    ListType,
    LiteralType,
    NamedType,
    RecordType,
    Type,
    optional,
    union,
)

WORDS = ("red", "green", "a b", "", 'say "x"', "{}", "line\nline", "é")
COLORS = ("red", "green", "blue")
KINDS = (("one", "the first"), ("two", ""), ("3 or more", "the rest"))
COLOR, KIND, PAIR = NamedType("Color"), NamedType("Kind"), NamedType("Pair")
STRS, INTS = ListType(STR), ListType(INT)
NOTE = optional(STR)
SIMPLE: tuple[Type, ...] = (STR, INT, FLOAT, BOOL, COLOR, KIND, STRS)
TYPES: tuple[Type, ...] = (*SIMPLE, PAIR, INTS, NOTE)

DECLARED = (
    TypeDecl("Color", union(*map(LiteralType, COLORS))),
    TypeDecl("Kind", EnumType(KINDS)),
    TypeDecl("Pair", RecordType((Field("left", STR), Field("right", INT, "a number", "Right!")))),
)
LMS = (LMDecl("small", "local/smollm2-135m"), LMDecl("big", "openai/some", (("retries", 2), ("temperature", 0.5))))
VARIABLES = tuple(f"v{number}" for number in range(8))

Draw = Callable[[st.SearchStrategy[object]], object]


@dataclass
class Writer:
    """Draws one module. `scope` has the variables in sight with their types, `mutable` those that may be assigned,
    `sites` the number of call sites so far, and `made` the calls so far, so that equal ones come again."""

    draw: Callable[..., object]
    signatures: tuple[Signature, ...]
    modules: tuple[Module, ...]
    scope: dict[str, Type] = field(default_factory=dict)
    mutable: set[str] = field(default_factory=set)
    sites: int = 0
    made: list[Predict | Invoke] = field(default_factory=list)

    def pick(self, *choices: object) -> object:
        """One of the choices."""
        return self.draw(st.sampled_from(choices))

    def chance(self, percent: int) -> bool:
        """True so often."""
        return self.draw(st.integers(0, 99)) < percent

    # Expressions

    def expr(self, type_: Type, depth: int, calls: bool) -> Expr:
        """An expression of a type; with calls in it, where they may stand."""
        known = self.known(type_)
        if known and self.chance(60):
            return self.pick(*known)
        if calls and depth and self.chance(35) and (call := self.called(type_, depth)) is not None:
            return call
        if depth and self.chance(15):
            return Conditional(
                self.expr(BOOL, depth - 1, calls),
                self.expr(type_, depth - 1, calls),
                self.expr(type_, depth - 1, calls),
            )
        return self.compound(type_, depth - 1, calls) if depth else self.simple(type_)

    def known(self, type_: Type) -> list[Expr]:
        """The variables of a type, and the outputs of it in replies that variables hold."""
        found: list[Expr] = [Name(name) for name, one in self.scope.items() if one == type_]
        for name, one in self.scope.items():
            for signature in self.signatures:
                if one == NamedType(signature.name):
                    found += [Member(Name(name), output.name) for output in signature.outputs if output.type == type_]
        return found

    def simple(self, type_: Type) -> Expr:
        """A constant of a type."""
        if type_ == STR:
            return Const(self.pick(*WORDS))
        if type_ == INT:
            return Const(self.pick(0, 1, 2, 7, -3))
        if type_ == FLOAT:
            return Const(self.pick(0.0, 0.5, -2.25, 1e-7, 1e21))
        if type_ == BOOL:
            return Const(self.pick(True, False))
        if type_ == COLOR:
            return Const(self.pick(*COLORS))
        if type_ == KIND:
            return Const(self.pick(*(name for name, _ in KINDS)))
        if type_ == PAIR:
            return RecordOf((("right", self.simple(INT)), ("left", self.simple(STR))))
        if type_ == NOTE:
            return Const(self.pick(None, "note"))
        if isinstance(type_, NamedType):
            signature = next(one for one in self.signatures if one.name == type_.name)
            return RecordOf(tuple((one.name, self.simple(one.type)) for one in signature.outputs))
        assert isinstance(type_, ListType)
        return ListOf(tuple(self.simple(type_.item) for _ in range(self.pick(0, 1, 2))))

    def compound(self, type_: Type, depth: int, calls: bool) -> Expr:
        """An operation that gives a type."""

        def one(wanted: Type) -> Expr:
            return self.expr(wanted, depth, calls)

        forms: dict[Type, tuple[Callable[[], Expr], ...]] = {
            STR: (
                lambda: Apply(self.pick("lower", "upper", "strip"), (one(STR),)),
                lambda: Operation("+", (one(STR), one(STR))),
                lambda: Interpolation((self.pick("a {b} ", "“"), one(self.pick(*TYPES)), one(INT), " end")),
                lambda: Apply("join", (one(self.pick(STRS, INTS)), Const(", "))),
                lambda: Member(one(PAIR), "left"),
                lambda: Apply("default", (one(NOTE), one(STR))),
                lambda: Apply(self.pick("text", "json"), (one(self.pick(*TYPES)),)),
            ),
            INT: (
                lambda: Operation(self.pick("+", "-", "*"), (one(INT), one(INT))),
                lambda: Operation(self.pick("//", "%"), (one(INT), Const(self.pick(3, -2)))),
                lambda: Operation("neg", (Apply("abs", (one(INT),)),)),
                lambda: Apply("len", (one(self.pick(STR, STRS, INTS)),)),
                lambda: Apply("sum", (one(INTS),)),
                lambda: Member(one(PAIR), "right"),
            ),
            FLOAT: (
                lambda: Apply("round", (one(FLOAT), Const(2))),
                lambda: Apply("default", (Apply("number", (one(STR),)), Const(0.5))),
                lambda: Operation("/", (one(INT), Const(4))),
            ),
            BOOL: (
                lambda: Operation(self.pick("and", "or"), (one(BOOL), one(BOOL))),
                lambda: Operation("not", (one(BOOL),)),
                lambda: Operation(self.pick("<", "<=", ">", ">="), (one(INT), one(FLOAT))),
                lambda: Operation(self.pick("==", "!="), (self.open(COLOR, "lower", depth), Const(self.pick(*COLORS)))),
                lambda: Operation("==", (self.open(NOTE, "first", depth), Const(None))),
                lambda: Operation("in", (self.open(STR, "lower", depth), one(self.pick(STR, STRS)))),
                lambda: Operation("not", (Operation("in", (self.open(INT, "abs", depth), one(INTS))),)),
                lambda: Apply(self.pick("starts_with", "ends_with"), (one(STR), Const("r"))),
            ),
            STRS: (
                lambda: ListOf((one(STR), one(STR))),
                lambda: Apply("split", (one(STR), Const(" "))),
                lambda: Apply(self.pick("unique", "reverse", "sort"), (one(STRS),)),
                lambda: Operation("+", (one(STRS), ListOf((one(STR),)))),
                lambda: Apply("take", (one(STRS), Const(2))),
            ),
            INTS: (
                lambda: Apply("range", (Const(self.pick(0, 2, 3)),)),
                lambda: ListOf((one(INT), one(INT))),
            ),
            PAIR: (lambda: RecordOf((("left", one(STR)), ("right", one(INT)))),),
            NOTE: (
                lambda: Apply("first", (one(STRS),)),
                lambda: Apply("extract", (one(STR), Const("[a-z]+"))),
            ),
        }
        return self.pick(*forms[type_])() if type_ in forms else self.simple(type_)

    def open(self, type_: Type, function: str, depth: int) -> Expr:
        """A variable of a type, or what a function gives: nothing of which a comparison could be found to be always
        false."""
        names = [name for name, one in self.scope.items() if one == type_ and type_ in (COLOR, NOTE)]
        of = {"lower": STR, "abs": INT, "first": STRS}[function]
        return Name(self.pick(*names)) if names else Apply(function, (self.expr(of, depth, False),))

    # Calls

    def called(self, type_: Type, depth: int) -> Expr | None:
        """A call that gives a type, or an output of one."""
        again = [one for one in self.made if self.gives(one) == type_ and self.in_sight(one)]
        if again and self.chance(60):
            return self.repeated(self.pick(*again))
        options: list[Callable[[], Expr]] = []
        for signature in self.signatures:
            for output in signature.outputs:
                if output.type == type_:
                    options.append(lambda s=signature, o=output: Member(self.predict(s, depth - 1), o.name))
        for module in self.modules:
            if module.returns == type_:
                options.append(lambda m=module: self.invoke(m, depth - 1))
        if isinstance(type_, NamedType):
            for signature in self.signatures:
                if signature.name == type_.name:
                    options.append(lambda s=signature: self.predict(s, depth - 1, "predict"))
        return self.pick(*options)() if options else None

    def gives(self, call: Predict | Invoke) -> Type:
        """The type of a call's value."""
        if isinstance(call, Predict):
            return NamedType(call.signature) if call.strategy == "predict" else STR
        return next(one.returns for one in self.modules if one.name == call.module)

    def in_sight(self, call: Predict | Invoke) -> bool:
        """Whether a call reads only constants and variables that are in sight here."""
        callees = {one.name: one.params for one in self.modules} | {one.name: one.inputs for one in self.signatures}
        wanted = {one.name: one.type for one in callees[call.signature if isinstance(call, Predict) else call.module]}
        return all(
            isinstance(value, Const) or (isinstance(value, Name) and self.scope.get(value.name) == wanted[name])
            for name, value in call.arguments
        )

    def repeated(self, call: Predict | Invoke) -> Expr:
        """The call once more, at a site of its own."""
        if isinstance(call, Invoke):
            return call
        again = Predict(self.site(), call.strategy, call.signature, call.arguments, call.settings)
        return again if call.strategy == "predict" else Member(again, "reasoning")

    def site(self) -> str:
        """A name for a call site."""
        self.sites += 1
        return f"s{self.sites}"

    def predict(self, signature: Signature, depth: int, strategy: str = "") -> Predict:
        """A call of an LM. Its arguments are often simple, so that equal calls come about."""
        strategy = strategy or str(self.pick("predict", "predict", "chain_of_thought"))
        deep = max(depth, 0) if self.chance(25) else 0
        arguments = tuple((one.name, self.expr(one.type, deep, deep > 0)) for one in signature.inputs)
        several = strategy == "chain_of_thought" or len(signature.outputs) > 1
        reply = self.pick("fields", "json") if several else self.pick("bare", "json")
        turns, fields = self.pick("chat", "block", "completion"), self.pick("plain", "label", "xml", "markdown", "json")
        layout = Layout(turns, fields, reply, self.pick("stated", "unstated"))
        settings = Settings(
            lm=self.pick(None, "small", "big"),
            instruction=f"do {signature.name} {strategy} {reply}",
            demos=(demo_of(signature),) if self.chance(10) else None,
            layout=layout,
            temperature=self.pick(None, 0.0, 0.7),
            max_tokens=self.pick(None, 64),
            retries=self.pick(None, 0, 2),
        )
        call = Predict(self.site(), strategy, signature.name, arguments, settings)
        self.made.append(call)
        return call

    def invoke(self, module: Module, depth: int) -> Invoke:
        """A call of a module."""
        deep = max(depth, 0) if self.chance(25) else 0
        call = Invoke(module.name, tuple((one.name, self.expr(one.type, deep, deep > 0)) for one in module.params))
        self.made.append(call)
        return call

    # Statements

    def block(self, size: int, depth: int, returns: Type, *, ends: bool) -> tuple[Stmt, ...]:
        """So many statements, and a `return` at the end if `ends`."""
        scope, mutable = dict(self.scope), set(self.mutable)
        body = [self.statement(depth, returns) for _ in range(size)]
        if ends:
            body.append(Return(self.last(returns)))
        self.scope, self.mutable = scope, mutable
        return tuple(body)

    def last(self, returns: Type) -> Expr:
        """What a module returns: for a text often all that it has found."""
        if returns != STR or self.chance(20):
            return self.expr(returns, 2, True)
        parts: list[str | Expr] = []
        for name in self.scope:
            parts += [f"{name}=", Name(name)]
        return Interpolation((*parts, "; ", self.expr(STR, 1, True)))

    def statement(self, depth: int, returns: Type) -> Stmt:
        """One statement."""
        kind = self.pick("let", "let", "let", "let", "assign", "assign", "if", "for") if depth else "let"
        asked = {value.name for call in self.made for _, value in call.arguments if isinstance(value, Name)}
        mutable = sorted(self.mutable & asked) or sorted(self.mutable)
        if kind == "assign" and mutable:
            name = str(self.pick(*mutable))
            return Assign(name, self.expr(self.scope[name], 2, True))
        if kind == "if":
            condition = self.expr(BOOL, 2, self.chance(50))
            then = self.block(self.pick(1, 2), depth - 1, returns, ends=self.chance(25))
            return If(condition, then, self.block(self.pick(0, 1), depth - 1, returns, ends=False))
        free = [name for name in VARIABLES if name not in self.scope]
        if kind == "for" and len(free) > 2:
            return self.loop(free[-1], depth, returns)
        if not free:
            return If(Const(True), (Let("w", INT, Const(1)),), ())
        if self.chance(50):
            type_: Type = NamedType(self.pick(*self.signatures).name)
            value = self.called(type_, 2)
        else:
            type_ = self.pick(*[STR] * 8, *TYPES)
            value = self.expr(type_, 3, True)
        name = free[0]
        self.scope[name] = type_
        self.mutable.add(name)
        return Let(name, type_, value)

    def loop(self, name: str, depth: int, returns: Type) -> Stmt:
        """A loop."""
        list_ = self.pick(STRS, INTS)
        items, scope = self.expr(list_, 1, True), dict(self.scope)
        self.scope[name] = list_.item
        body = self.block(self.pick(1, 2), depth - 1, returns, ends=False)
        self.scope = scope
        return For(name, items, self.pick(0, 1, 3), body)


def demo_of(signature: Signature) -> Demo:
    """A demonstration."""
    values = {STR: "red", INT: -2, FLOAT: 0.5, BOOL: True, COLOR: "red", KIND: "two", STRS: ["a", "b"]}
    inputs = tuple((one.name, values[one.type]) for one in signature.inputs)
    return Demo(inputs, tuple((one.name, values[one.type]) for one in signature.outputs), "row 1")


@st.composite
def programs(draw: Callable[..., object]) -> Program:
    """A program of some signatures and modules; each module may call those before it."""
    signatures = tuple(draw_signature(draw, number) for number in range(draw(st.integers(1, 3))))
    modules: tuple[Module, ...] = ()
    for number in range(draw(st.integers(1, 3))):
        writer = Writer(draw, signatures, modules)
        params = tuple(
            Field(f"p{one}", writer.pick(STR, STR, STR, *TYPES[:8])) for one in range(draw(st.integers(1, 2)))
        )
        writer.scope = {one.name: one.type for one in params}
        returns = writer.pick(STR, STR, *TYPES)
        body = writer.block(draw(st.integers(2, 8)), 2, returns, ends=True)
        modules = (*modules, Module(f"M{number}", params, returns, body, writer.pick("", "What it does.")))
    return Program("main", LMS, DECLARED, (), signatures, modules)


def draw_signature(draw: Callable[..., object], number: int) -> Signature:
    """A signature, sometimes with a demonstration."""
    simple = st.sampled_from((*[STR] * 8, *SIMPLE))
    inputs = tuple(
        Field(f"i{one}", draw(simple), draw(st.sampled_from(("", "said"))), None)
        for one in range(draw(st.integers(1, 3)))
    )
    outputs = tuple(
        Field(f"o{one}", draw(simple), "", draw(st.sampled_from((None, f"Out {one}"))))
        for one in range(draw(st.integers(1, 2)))
    )
    bare = Signature(f"S{number}", draw(st.sampled_from(("", "Do it."))), inputs, outputs)
    demos = (demo_of(bare),) if draw(st.booleans()) else ()
    demos = tuple(Demo(one.inputs, one.outputs) for one in demos)
    return Signature(bare.name, bare.doc, inputs, outputs, demos)


VALUES: dict[Type, tuple[object, ...]] = {
    STR: ("", "red", "a b"),
    INT: (0, 5, -1),
    FLOAT: (0.5, 2.0),
    BOOL: (True, False),
    COLOR: COLORS,
    KIND: tuple(name for name, _ in KINDS),
    STRS: ([], ["red", "a"], ["x", "x", "y", "z"]),
    PAIR: ({"left": "l", "right": 1},),
}
"""Some values of the types that a parameter may have."""


def inputs_of(module: Module, turn: int) -> dict[str, object]:
    """Inputs for a run."""
    return {one.name: VALUES[one.type][turn % len(VALUES[one.type])] for one in module.params}
