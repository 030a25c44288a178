"""Well-typed expressions, drawn at random. No expression fails but for the calls in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import strategies as st

from lmc.elaborate.expressions import plain_bound
from lmc.ir.program import (
    Apply,
    Comprehension,
    Conditional,
    Const,
    Demo,
    Expr,
    Interpolation,
    Invoke,
    Layout,
    ListOf,
    LMDecl,
    Member,
    Module,
    Name,
    Operation,
    Predict,
    RecordOf,
    Settings,
    Signature,
    Try,
    TypeDecl,
)
from lmc.ir.types import (
    BOOL,
    FLOAT,
    INT,
    STR,
    Constrained,
    EnumType,
    Field,
    ListType,
    LiteralType,
    MapType,
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
SCORES = MapType(INT)
DIGIT = Constrained(INT, 0, 9)
SHORT = NamedType("Short")
SIMPLE: tuple[Type, ...] = (STR, INT, FLOAT, BOOL, COLOR, KIND, STRS, DIGIT, SHORT)
TYPES: tuple[Type, ...] = (*SIMPLE, PAIR, INTS, NOTE, SCORES)

CONSTANTS: dict[Type, tuple[object, ...]] = {
    STR: WORDS,
    INT: (0, 1, 2, 7, -3),
    FLOAT: (0.0, 0.5, -2.25, 1e-7, 1e21),
    BOOL: (True, False),
    COLOR: COLORS,
    KIND: tuple(name for name, _ in KINDS),
    NOTE: (None, "note"),
    DIGIT: (0, 3, 9),
    SHORT: ("", "abc", "z9"),
}

DECLARED = (
    TypeDecl("Color", union(*map(LiteralType, COLORS))),
    TypeDecl("Kind", EnumType(KINDS)),
    TypeDecl("Short", Constrained(STR, None, 9, "[a-z0-9]*")),
    TypeDecl("Tree", RecordType((Field("label", STR), Field("children", ListType(NamedType("Tree")))))),
    TypeDecl("Pair", RecordType((Field("left", STR), Field("right", INT, "a number", "Right!")))),
)
LMS = (LMDecl("small", "local/smollm2-135m"), LMDecl("big", "openai/some", (("retries", 2), ("temperature", 0.5))))
VARIABLES = tuple(f"v{number}" for number in range(8))

Draw = Callable[[st.SearchStrategy[object]], object]


@dataclass
class Terms:
    """Draws the expressions of one module. `scope` has the variables in sight with their types, `mutable` those that
    may be assigned, `sites` the number of call sites so far, `made` the calls so far, so that equal ones come again,
    and `inner` the number of comprehensions so far."""

    draw: Callable[..., object]
    signatures: tuple[Signature, ...]
    modules: tuple[Module, ...]
    scope: dict[str, Type] = field(default_factory=dict)
    mutable: set[str] = field(default_factory=set)
    sites: int = 0
    made: list[Predict | Invoke] = field(default_factory=list)
    inner: int = 0

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
        if type_ in CONSTANTS:
            return Const(self.pick(*CONSTANTS[type_]))
        if type_ == PAIR:
            return RecordOf((("right", self.simple(INT)), ("left", self.simple(STR))))
        if type_ == SCORES:
            return RecordOf(tuple((name, self.simple(INT)) for name in ("a", "b")[: self.pick(0, 1, 2)]))
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
                lambda: Apply("lower", (one(SHORT),)),
                lambda: Try(one(STR), self.otherwise(depth)),
            ),
            INT: (
                lambda: Operation(self.pick("+", "-", "*"), (one(INT), one(INT))),
                lambda: Operation(self.pick("//", "%"), (one(INT), Const(self.pick(3, -2)))),
                lambda: Operation("neg", (Apply("abs", (one(INT),)),)),
                lambda: Apply("len", (one(self.pick(STR, STRS, INTS)),)),
                lambda: Apply("sum", (one(INTS),)),
                lambda: Member(one(PAIR), "right"),
                lambda: Apply("abs", (one(DIGIT),)),
                lambda: Apply("default", (Apply("get", (one(SCORES), Const("a"))), one(INT))),
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
                lambda: self.comprehension(STR, depth, calls),
                lambda: Apply("keys", (one(SCORES),)),
            ),
            INTS: (
                lambda: Apply("range", (Const(self.pick(0, 2, 3)),)),
                lambda: ListOf((one(INT), one(INT))),
                lambda: self.comprehension(INT, depth, calls),
            ),
            SCORES: (
                lambda: RecordOf((("a", one(INT)), ("b", one(INT)))),
                lambda: Apply("put", (one(SCORES), Const("a"), one(INT))),
            ),
            PAIR: (lambda: RecordOf((("left", one(STR)), ("right", one(INT)))),),
            NOTE: (
                lambda: Apply("first", (one(STRS),)),
                lambda: Apply("extract", (one(STR), Const("[a-z]+"))),
            ),
        }
        return self.pick(*forms[type_])() if type_ in forms else self.simple(type_)

    def otherwise(self, depth: int) -> Expr:
        """What stands for an expression that fails: it may say why."""
        outer = dict(self.scope)
        self.scope["error"] = STR
        found = self.expr(STR, depth, False)
        self.scope = outer
        return found

    def comprehension(self, type_: Type, depth: int, calls: bool) -> Comprehension:
        """A list of values of a type; one with calls has a bound."""
        list_ = self.pick(STRS, INTS)
        items = self.expr(list_, depth, False)
        outer, self.inner = dict(self.scope), self.inner + 1
        name = f"c{self.inner}"
        self.scope[name] = list_.item
        condition = self.expr(BOOL, max(depth - 1, 0), False) if self.chance(40) else None
        value = self.expr(type_, max(depth - 1, 0), calls)
        self.scope = outer
        plain = plain_bound(items)
        bound = self.pick(2, 3) if calls or plain is None else self.pick(plain, 1)
        return Comprehension(value, name, items, condition, bound)

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


def demo_of(signature: Signature) -> Demo:
    """A demonstration."""
    values = {STR: "red", INT: -2, FLOAT: 0.5, BOOL: True, COLOR: "red", KIND: "two", STRS: ["a", "b"]}
    values |= {DIGIT: 3, SHORT: "abc"}
    inputs = tuple((one.name, values[one.type]) for one in signature.inputs)
    return Demo(inputs, tuple((one.name, values[one.type]) for one in signature.outputs), "row 1")
