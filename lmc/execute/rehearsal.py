"""A run without LMs: which requests a module would send, as far as that can be known.

Values that come from LMs, or from what is outside the program, are unknown unless they are given. Where an unknown
value decides which way a run takes, both ways are gone, once each, and what is found there is marked as not sure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from lmc.analysis.calls import named_types
from lmc.diagnostics import Diagnostic
from lmc.execute import problems
from lmc.execute.expression import NO_VALUE, Env, compile_expr
from lmc.execute.unknown import Unknown, is_known, mark, merged, partly_filled, shown
from lmc.ir.expression import (
    Comprehension,
    Conditional,
    Expr,
    External,
    Interpolation,
    Invoke,
    Item,
    ListOf,
    Member,
    Name,
    Operation,
    Predict,
    RecordOf,
    Score,
    Try,
)
from lmc.ir.program import Program
from lmc.ir.statement import Assign, Attempt, Break, Check, For, If, Let, Return, Stmt, While
from lmc.ir.walk import makes_calls, names_assigned, rebuild
from lmc.lm.base import Request
from lmc.lm.identity import identity_of
from lmc.prompts import outputs_of, strategy_of, templates
from lmc.runtime.failure import TooDeep
from lmc.runtime.function import text
from lmc.runtime.media import MediaError
from lmc.runtime.prompt import Template
from lmc.runtime.run import first_request

MOST_CALLS = 200
"""So many requests are made up; a loop may have more rounds than anyone reads."""

Known: TypeAlias = Callable[[Template, Request], Mapping[str, Any] | None]
"""Gives the outputs that a call is known to have, some or all of them, or None."""

Found: TypeAlias = Callable[[str, list[Any]], Any]
"""Gives the value of what is outside the program, by its name and arguments; Unknown where that is not known."""

End: TypeAlias = Literal["return", "break", "perhaps"] | None
"""How a block ended: before its end, perhaps so, or at it (None)."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A call as it would be made. `sure`: whether a run makes it, whatever LMs say. `unknown` are the inputs that are
    not known, or not in full; `known` are the outputs that were given for what comes behind it."""

    address: str
    template: Template
    request: Request
    sure: bool
    unknown: tuple[str, ...]
    known: tuple[str, ...]


class RunEnds(Exception):
    """The run would end here without a value."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class Enough(Exception):
    """There are more calls than are wanted."""


@dataclass
class Frame:
    """The run of one module: its values so far, and whether it surely comes to where it is."""

    module: str
    sure: bool
    returns: list[Any] = field(default_factory=list)


class Rehearsal:
    """Goes through modules of a program. `known` and `found` give what is known of replies, and of what is outside;
    `only`: assertions as the program has them, or none."""

    def __init__(self, program: Program, known: Known, found: Found, assertions: bool = True) -> None:
        self.program, self.known, self.found, self.assertions = program, known, found, assertions
        self.named = named_types(program)
        self.templates = templates(program)
        self.identities = {lm.name: identity_of(lm) for lm in program.lms}
        self.stack: list[str] = []
        self.calls: list[Rehearsed] = []
        self.ended: Diagnostic | None = None
        self.cut = False

    def run(self, module: str, inputs: Mapping[str, Any]) -> Any:
        """What is known of a module's value; its calls are in `calls`, `ended` says why a run surely ends early."""
        try:
            return self.invoke(module, dict(inputs), True)
        except RunEnds as end:
            self.ended = end.diagnostic
        except Enough:
            self.cut = True
        return Unknown()

    def invoke(self, module: str, inputs: Env, sure: bool) -> Any:
        """The value of a module."""
        within = self.stack.count(module)
        if within and not sure:
            return Unknown()
        own = self.program.module(module)
        if own.depth is not None and within > own.depth:
            raise RunEnds(problems.too_deep(TooDeep(f"{module} calls itself deeper than {own.depth}"), own.span))
        self.stack.append(module)
        try:
            frame = Frame(module, sure)
            self.block(own.body, inputs, frame)
        finally:
            self.stack.pop()
        if not frame.returns:
            return None
        value = frame.returns[0]
        for other in frame.returns[1:]:
            value = merged(value, other)
        return value

    def block(self, body: tuple[Stmt, ...], env: Env, frame: Frame) -> End:
        """The statements of a block."""
        perhaps = False
        for stmt in body:
            if self.assertions or not isinstance(stmt, Check):
                ended = self.statement(stmt, env, frame)
                if ended == "perhaps":
                    perhaps, frame.sure = True, False
                elif ended is not None:
                    return ended
        return "perhaps" if perhaps else None

    def statement(self, stmt: Stmt, env: Env, frame: Frame) -> End:
        """One statement."""
        match stmt:
            case Let(name, _, value) | Assign(name, value):
                found = self.value(value, env, frame)
                env[name] = found.named(name) if isinstance(found, Unknown) else found
            case Return(value):
                frame.returns.append(self.value(value, env, frame))
                return "return"
            case Break():
                return "break"
            case If():
                return self.branch(stmt, env, frame)
            case For():
                return self.loop(stmt, env, frame)
            case While():
                return self.rounds(stmt, env, frame)
            case Attempt(body=body):
                return self.block(body, env, frame)
            case Check():
                self.check(stmt, env, frame)
        return None

    def branch(self, stmt: If, env: Env, frame: Frame) -> End:
        """One of two blocks, or both."""
        condition = self.value(stmt.condition, env, frame)
        if is_known(condition):
            return self.block(stmt.then if condition else stmt.otherwise, env, frame)
        ends: list[End] = []
        sides: list[Env] = []
        for block in (stmt.then, stmt.otherwise):
            own = dict(env)
            with unsure(frame):
                ends.append(self.block(block, own, frame))
            if ends[-1] in (None, "perhaps"):
                sides.append(own)
        for name in env:
            if sides:
                either = sides[0][name] if len(sides) == 1 else merged(sides[0][name], sides[1][name])
                env[name] = either.named(name) if isinstance(either, Unknown) else either
        for side in sides[:1]:  # what a block introduces stays in sight behind some of them
            env.update({name: one for name, one in side.items() if name not in env})
        if ends[0] == ends[1]:
            return ends[0]
        return "perhaps"

    def loop(self, stmt: For, env: Env, frame: Frame) -> End:
        """A loop over items; of a list that is not known one round."""
        items = self.value(stmt.items, env, frame)
        if not isinstance(items, list):
            own = {**env, stmt.name: Unknown(mark(stmt.name))}
            return self.once(stmt.body, own, env, frame)
        for item in items[: stmt.bound]:
            env[stmt.name] = item.named(stmt.name) if isinstance(item, Unknown) else item
            ended = self.round(stmt.body, env, frame)
            if ended is not None:
                return None if ended == "break" else ended
        return None

    def rounds(self, stmt: While, env: Env, frame: Frame) -> End:
        """A loop on a condition; once that is not known, one round more."""
        for _ in range(stmt.bound):
            condition = self.value(stmt.condition, env, frame)
            if not is_known(condition):
                return self.once(stmt.body, dict(env), env, frame)
            if not condition:
                break
            ended = self.round(stmt.body, env, frame)
            if ended is not None:
                return None if ended == "break" else ended
        return None

    def once(self, body: tuple[Stmt, ...], own: Env, env: Env, frame: Frame) -> End:
        """A round that there may be, of several that there may be."""
        returns = len(frame.returns)
        with unsure(frame):
            self.block(body, own, frame)
        self.forget(body, env)
        return "perhaps" if len(frame.returns) > returns else None

    def round(self, body: tuple[Stmt, ...], env: Env, frame: Frame) -> End:
        """A round of a loop. After one that perhaps ended the loop, no other is gone: it would show the same calls."""
        returns, sure = len(frame.returns), frame.sure
        ended = self.block(body, env, frame)
        if ended != "perhaps":
            return ended
        self.forget(body, env)
        if len(frame.returns) > returns:
            return ended
        frame.sure = sure
        return "break"

    def forget(self, body: tuple[Stmt, ...], env: Env) -> None:
        """Makes unknown what a block may have changed."""
        for name in names_assigned(body) & env.keys():
            env[name] = Unknown(mark(name))

    def check(self, stmt: Check, env: Env, frame: Frame) -> None:
        """An assertion. One that surely fails ends the run, after what it sends back, which is as unknown as replies
        are."""
        condition = self.value(stmt.condition, env, frame)
        if is_known(condition) and condition:
            return
        with unsure(frame):
            message = self.value(stmt.message, env, frame)
        if is_known(condition) and stmt.hard and stmt.attempt is None and frame.sure:
            raise RunEnds(problems.assertion_failed(str(shown(message)), stmt.span))

    def value(self, expr: Expr, env: Env, frame: Frame) -> Any:  # noqa: C901
        """What is known of the value of an expression, after the calls in it."""
        match expr:
            case Predict():
                return self.ask(expr, env, frame)
            case Invoke(name, given):
                return self.invoke(name, self.arguments(given, env, frame), frame.sure)
            case External(name, given):
                return self.found(name, list(self.arguments(given, env, frame).values()))
            case Score():
                return self.score(expr, env, frame)
            case Conditional(condition, then, otherwise):
                decided = self.value(condition, env, frame)
                if is_known(decided):
                    return self.value(then if decided else otherwise, env, frame)
                with unsure(frame):
                    return merged(self.value(then, env, frame), self.value(otherwise, env, frame))
            case Operation("and" | "or" as symbol, (left, right)):
                first = self.value(left, env, frame)
                if is_known(first):
                    return self.value(right, env, frame) if bool(first) == (symbol == "and") else first
                with unsure(frame):
                    self.value(right, env, frame)
                return Unknown()
            case Try(value, otherwise) if makes_calls(expr):
                found = self.value(value, env, frame)
                if makes_calls(otherwise):
                    with unsure(frame):
                        self.value(otherwise, {**env, "error": Unknown(mark("error"))}, frame)
                return found
            case Comprehension() if makes_calls(expr):
                return self.each(expr, env, frame)
            case Member(base, name):
                of = self.value(base, env, frame)
                return of.member(name) if isinstance(of, Unknown) else self.given(lambda: of[name], expr, frame)
            case ListOf(items):
                return [self.value(one, env, frame) for one in items]
            case RecordOf(fields):
                return {name: self.value(one, env, frame) for name, one in fields}
            case Interpolation(parts):
                return joined([one if isinstance(one, str) else self.value(one, env, frame) for one in parts])
        return self.plain(expr, env, frame)

    def plain(self, expr: Expr, env: Env, frame: Frame) -> Any:
        """The value of an expression whose parts are all evaluated."""
        if not makes_calls(expr) and all(is_known(one) for one in env.values()):
            evaluate = compile_expr(expr, named=self.named)
            return self.given(lambda: evaluate(env), expr, frame)
        match expr:
            case Name(name):
                return env[name]
            case Comprehension() | Try():
                return Unknown()
        parts: list[Any] = []

        def hide(child: Expr) -> Expr:
            parts.append(self.value(child, env, frame))
            return Name(f" {len(parts) - 1}")

        outer = rebuild(expr, hide)
        match expr:
            case Item() if isinstance(parts[0], list) and isinstance(parts[1], int):
                return self.given(lambda: parts[0][parts[1]], expr, frame)
            case Operation("+") if any(isinstance(one, str | Unknown) for one in parts) and not is_known(parts):
                return joined(parts) if all(isinstance(one, str | Unknown) for one in parts) else Unknown()
        if not is_known(parts):
            return Unknown()
        evaluate = compile_expr(outer, named=self.named)
        values = {f" {place}": one for place, one in enumerate(parts)}
        return self.given(lambda: evaluate({**values}), expr, frame)

    def given(self, evaluate: Callable[[], Any], expr: Expr, frame: Frame) -> Any:
        """What a function gives; where that is an error the run ends, if it comes so far."""
        try:
            return evaluate()
        except NO_VALUE as error:
            if frame.sure:
                raise RunEnds(problems.failed_expression(error, expr.span)) from None
            return Unknown()

    def each(self, expr: Comprehension, env: Env, frame: Frame) -> Any:
        """A list of the value for each item; of a list that is not known one round."""
        items = self.value(expr.items, env, frame)
        if not isinstance(items, list):
            with unsure(frame):
                own = {**env, expr.name: Unknown(mark(expr.name))}
                if expr.condition is not None:
                    self.value(expr.condition, own, frame)
                self.value(expr.value, own, frame)
            return Unknown()
        values, whole = [], True
        for item in items[: expr.bound]:
            own = {**env, expr.name: item.named(expr.name) if isinstance(item, Unknown) else item}
            kept = True if expr.condition is None else self.value(expr.condition, own, frame)
            if is_known(kept):
                values += [self.value(expr.value, own, frame)] if kept else []
                continue
            whole = False
            with unsure(frame):
                self.value(expr.value, own, frame)
        return values if whole else Unknown()

    def arguments(self, given: tuple[tuple[str, Expr], ...], env: Env, frame: Frame) -> Env:
        """Named arguments; what has no name yet gets that of its parameter."""
        found = {name: self.value(one, env, frame) for name, one in given}
        return {name: one.named(name) if isinstance(one, Unknown) else one for name, one in found.items()}

    def score(self, expr: Score, env: Env, frame: Frame) -> Any:
        """What a metric says: nothing that is known, but it may ask judges."""
        metric = self.program.metric(expr.metric)
        want, got = self.value(expr.want, env, frame), self.value(expr.got, env, frame)
        if makes_calls(metric.body):
            with unsure(frame):
                self.value(metric.body, dict(zip(metric.params, (want, got), strict=True)), frame)
        return {"score": Unknown(mark(f"{expr.metric}.score")), "feedback": Unknown(mark(f"{expr.metric}.feedback"))}

    def ask(self, predict: Predict, env: Env, frame: Frame) -> Any:
        """One call: its request is kept, its outputs are those that are known."""
        address = f"{frame.module}.{predict.site}"
        template = self.templates.get(address)
        if template is None:
            raise RunEnds(problems.no_lm(address))
        sample = 0 if predict.sample is None else self.value(predict.sample, env, frame)
        inputs = self.arguments(predict.arguments, env, frame)
        body = self.body(template, sample, inputs, predict, frame)
        request = Request(self.identities[template["lm"]], body)
        known = dict(self.known(template, request) or {})
        unknown = tuple(name for name, one in inputs.items() if not is_known(one))
        if len(self.calls) >= MOST_CALLS:
            raise Enough
        self.calls.append(Rehearsed(address, template, request, frame.sure, unknown, tuple(known)))
        outputs = outputs_of(self.program.signature(predict.signature), strategy_of(predict))
        return {one.name: known.get(one.name, Unknown(mark(f"{address}.{one.name}"))) for one in outputs}

    def body(self, template: Template, sample: Any, inputs: Env, predict: Predict, frame: Frame) -> dict[str, Any]:
        """The body of the request, with marks for what is not known."""
        marked = partly_filled(template, inputs)
        number = sample if isinstance(sample, int) else 0
        try:
            return first_request(marked, number, shown(inputs))
        except NO_VALUE as error:
            if not isinstance(error, MediaError) and is_known(inputs):
                raise RunEnds(problems.failed_expression(error, predict.span)) from None
            said = {name: str(shown(one)) for name, one in inputs.items()}
            every = partly_filled(template, {name: Unknown(one) for name, one in said.items()})
            return first_request(every, number, said)


@contextmanager
def unsure(frame: Frame) -> Iterator[None]:
    """Within it nothing is sure."""
    before, frame.sure = frame.sure, False
    try:
        yield
    finally:
        frame.sure = before


def joined(parts: list[Any]) -> Any:
    """A text made of parts, unknown where one is."""
    if is_known(parts):
        return "".join(one if isinstance(one, str) else text(one) for one in parts)
    return Unknown("".join(one if isinstance(one, str) else text(shown(one)) for one in parts))
