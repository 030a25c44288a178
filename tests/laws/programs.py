"""Well-typed programs, drawn at random: with types, signatures, modules that call one another, branches, loops, early
returns, assignments, questions for types, tuned values, assertions, and calls that come again.

No expression of them fails, so every run has a value. The instruction of every call says `do SIGNATURE STRATEGY REPLY`,
which is how the LM of `replies.py` knows what is wanted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import strategies as st

from lmc.diagnostics import Sink
from lmc.elaborate.retrying import place_attempts
from lmc.ir.program import (
    Assign,
    Break,
    Check,
    Const,
    Demo,
    Expr,
    For,
    If,
    Interpolation,
    Is,
    Let,
    Module,
    Name,
    Program,
    Return,
    Signature,
    Space,
    Stmt,
    Tune,
    While,
)
from lmc.ir.types import BOOL, FLOAT, INT, NULL, STR, Field, LiteralType, NamedType, Type, union

from .expressions import (
    COLOR,
    COLORS,
    DECLARED,
    DIGIT,
    INTS,
    KIND,
    KINDS,
    LMS,
    NOTE,
    PAIR,
    SHORT,
    SIMPLE,
    STRS,
    TYPES,
    VARIABLES,
    Terms,
    demo_of,
)


@dataclass
class Writer(Terms):
    """Draws one module. `breaking`: it may leave loops by `break`; otherwise it may have assertions. `looping` and
    `parallel` say what is around the statement that is drawn; `slots` are the tuned values so far, `hidden` the
    variables that a `match` around it looks at."""

    breaking: bool = False
    looping: bool = False
    parallel: bool = False
    slots: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)

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
        kinds = ("let", "let", "let", "let", "assign", "assign", "if", "for", "for", "while", "match", "tune", "check")
        kind = self.pick(*kinds) if depth else self.pick("let", "let", "check")
        if kind == "check" and not self.breaking:
            message = self.pick(Const("the condition does not hold"), self.expr(STR, 1, False))
            return Check(self.expr(BOOL, 2, False), message, self.pick(0, 1, 2), False, None)
        asked = {value.name for call in self.made for _, value in call.arguments if isinstance(value, Name)}
        mutable = sorted(self.mutable & asked) or sorted(self.mutable)
        if kind == "assign" and mutable:
            name = str(self.pick(*mutable))
            return Assign(name, self.expr(self.scope[name], 2, True))
        if kind == "if":
            condition = self.expr(BOOL, 2, self.chance(50))
            ends = not self.parallel and self.chance(25)
            then = self.block(self.pick(1, 2), depth - 1, returns, ends=ends)
            if self.breaking and self.looping and not ends and self.chance(30):
                then = (*then, Break())
            return If(condition, then, self.block(self.pick(0, 1), depth - 1, returns, ends=False))
        free = [name for name in VARIABLES if name not in self.scope and name not in self.hidden]
        if kind == "for" and len(free) > 2:
            return self.loop(free[-1], depth, returns)
        if kind == "while" and free:
            return self.repeat(depth, returns)
        if kind == "match" and (found := self.matched(depth, returns)) is not None:
            return found
        if not free:
            return If(Const(True), (Let("w", INT, Const(1)),), ())
        if kind == "tune":
            return self.tuned(free[0])
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
        """A loop; of one whose rounds run at the same time the body changes nothing outside it."""
        list_ = self.pick(STRS, INTS)
        items, scope = self.expr(list_, 1, True), dict(self.scope)
        outer = self.parallel, self.looping, set(self.mutable)
        parallel = self.chance(25)
        self.scope[name] = list_.item
        self.parallel, self.looping = self.parallel or parallel, not parallel
        if parallel:
            self.mutable = set()
        body = self.block(self.pick(1, 2), depth - 1, returns, ends=False)
        self.scope = scope
        self.parallel, self.looping, self.mutable = outer
        return For(name, items, self.pick(0, 1, 3), body, parallel)

    def repeat(self, depth: int, returns: Type) -> Stmt:
        """A loop on a condition."""
        condition = self.pick(Const(True), self.expr(BOOL, 2, False))
        outer, self.looping = self.looping, True
        body = self.block(self.pick(1, 2), depth - 1, returns, ends=False)
        self.looping = outer
        return While(condition, self.pick(0, 1, 2), body)

    def matched(self, depth: int, returns: Type) -> Stmt | None:
        """A chain of questions for the type of a variable, which has that type in the branches."""
        names = [name for name, one in self.scope.items() if one in (NOTE, COLOR)]
        if not names:
            return None
        name = str(self.pick(*names))
        scope, mutable = dict(self.scope), set(self.mutable)
        whole = self.scope.pop(name)
        self.mutable.discard(name)
        self.hidden.add(name)

        def branch(*, ends: bool = False) -> tuple[Stmt, ...]:
            return self.block(self.pick(0, 1, 2), depth - 1, returns, ends=ends)

        first = branch(ends=not self.parallel and self.chance(30))
        if whole == NOTE:
            self.scope[name] = STR
            found: Stmt = If(Is(Name(name), NULL), first, branch())
        else:
            rest = If(Is(Name(name), union(LiteralType("green"), LiteralType("blue"))), branch(), ())
            closed = If(Is(Name(name), LiteralType("green")), branch(), branch())
            found = If(Is(Name(name), LiteralType("red")), first, (self.pick(rest, closed),))
        self.scope, self.mutable = scope, mutable
        self.hidden.discard(name)
        return found

    def tuned(self, name: str) -> Stmt:
        """A variable whose value an optimizer chooses."""
        spaces: dict[Type, tuple[Space, object]] = {
            INT: (Space(None, 1, 4), self.pick(1, 3)),
            FLOAT: (Space(None, 0.0, 1.0), self.pick(0.0, 0.25)),
            STR: (Space(("red", "a b")), self.pick("red", "a b")),
            BOOL: (Space((True, False)), self.pick(True, False)),
        }
        type_ = self.pick(*spaces)
        slot, number = name, 2
        while slot in self.slots:
            slot, number = f"{name}{number}", number + 1
        self.slots.add(slot)
        self.scope[name] = type_
        self.mutable.add(name)
        return Let(name, type_, Tune(slot, *spaces[type_]))


@st.composite
def programs(draw: Callable[..., object]) -> Program:
    """A program of some signatures and modules; each module may call those before it."""
    signatures = tuple(draw_signature(draw, number) for number in range(draw(st.integers(1, 3))))
    modules: tuple[Module, ...] = ()
    for number in range(draw(st.integers(1, 3))):
        writer = Writer(draw, signatures, modules, breaking=draw(st.booleans()))
        params = tuple(
            Field(f"p{one}", writer.pick(STR, STR, STR, *SIMPLE, PAIR)) for one in range(draw(st.integers(1, 2)))
        )
        writer.scope = {one.name: one.type for one in params}
        returns = writer.pick(STR, STR, *TYPES)
        body = writer.block(draw(st.integers(2, 8)), 2, returns, ends=True)
        modules = (*modules, Module(f"M{number}", params, returns, body, writer.pick("", "What it does.")))
    return place_attempts(Program("main", LMS, DECLARED, (), signatures, modules), Sink())


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
    DIGIT: (0, 9),
    SHORT: ("", "z9"),
    PAIR: ({"left": "l", "right": 1},),
}
"""Some values of the types that a parameter may have."""


def inputs_of(module: Module, turn: int) -> dict[str, object]:
    """Inputs for a run."""
    return {one.name: VALUES[one.type][turn % len(VALUES[one.type])] for one in module.params}
