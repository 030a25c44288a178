"""Calls as coroutines that are not yet awaited: of LMs, modules, functions from outside, and of several at once."""

from __future__ import annotations

from lmc.analysis.together import total
from lmc.backends.python.code import OR, POSTFIX, Code
from lmc.backends.python.known import Callee
from lmc.backends.python.layout import Doc, bracketed, parts, quote
from lmc.backends.python.writing import Writing
from lmc.ir.program import (
    Comprehension,
    Expr,
    External,
    If,
    Interpolation,
    Invoke,
    ListOf,
    Member,
    Name,
    Predict,
    Return,
    Score,
    Stmt,
    Try,
)
from lmc.ir.types import STR, UNKNOWN, ListType, NamedType, Type
from lmc.ir.walk import children


def call(writer: Writing, expr: Expr) -> Code:
    """A call, not yet awaited."""
    match expr:
        case Invoke(module, arguments):
            return applied(writer, writer.known.modules[module], arguments)
        case External(name, arguments):
            return applied(writer, writer.known.externals[name], arguments)
        case Score(metric, want, got):
            return applied(writer, writer.known.metrics[metric], (("want", want), ("got", got)))
        case Predict():
            return predict(writer, expr)
        case Try(value, otherwise):
            first = coroutine(writer, value)
            second = function(writer, "otherwise", (("error", STR),), otherwise)
            doc = bracketed("run.either(", [("", first), ("", Doc(second))], ")")
            return Code(doc, POSTFIX, UNKNOWN)
        case Comprehension():
            return gathered(writer, expr)
    raise TypeError(f"no call: {expr}")


def applied(writer: Writing, callee: Callee, arguments: tuple[tuple[str, Expr], ...]) -> Code:
    """A call of a function of the module."""
    given = [writer.fitting(value, want).doc for (_, value), want in zip(arguments, callee.params, strict=True)]
    doc = bracketed(f"{callee.function}(", [("", doc) for doc in [*map(Doc, callee.leading), *given]], ")")
    return Code(doc, POSTFIX, callee.returns)


def predict(writer: Writing, expr: Predict) -> Code:
    """A call of an LM."""
    first = [("", Doc(writer.prompts[expr.site]))]
    if expr.sample is not None:
        first.append(("", writer.write(expr.sample).doc))
    named: list[tuple[str, Doc]] = []
    for name, value in expr.arguments:
        doc = writer.write(value).doc
        hard = name in writer.annotations.names.reserved
        named.append(("**", bracketed("{", [(f"{quote(name)}: ", doc)], "}")) if hard else (f"{name}=", doc))
    return Code(bracketed("run.predict(", [*first, *named], ")"), POSTFIX, UNKNOWN)


def coroutine(writer: Writing, value: Expr) -> Doc:
    """An expression as a coroutine that does all of it, what may fail as well."""
    if writer.known.is_call(value) and all(total(one) for one in children(value)):
        return call(writer, value).doc
    return Doc(f"{function(writer, 'first', (), value)}()")


def function(writer: Writing, wanted: str, params: tuple[tuple[str, Type], ...], value: Expr) -> str:
    """The name of a function that gives the value of an expression."""
    return writer.around.define(wanted, params, (Return(value),), type_of(writer, value))


def gathered(writer: Writing, expr: Comprehension) -> Code:
    """A comprehension whose calls run at the same time."""
    items, item = writer.items(expr.items, expr.bound)
    source = writer.solid(items, OR).text
    with writer.inside(expr.name, item) as name:
        condition = None if expr.condition is None else writer.solid(writer.write(expr.condition), OR)
        tests = [] if condition is None else [f"if {condition.text}"]
        if expr.condition is not None and not total(expr.condition):
            # One that fails does so before any call is begun, which nothing would then wait for.
            source, tests = f"[{name} for {name} in {source} {tests[0]}]", []
        simple = writer.known.is_call(expr.value) and not writer.known.hoists(expr.value)
        if simple and all(total(one) for one in children(expr.value)):
            each = call(writer, expr.value).text
        else:
            each = f"{each_of(writer, expr, item, (Return(expr.value),), type_of(writer, expr.value))}({name})"
    doc = parts("*(", [each, f"for {name} in {source}", *tests], ")")
    return Code(bracketed("run.gather(", [("", doc)], ")"), POSTFIX, UNKNOWN)


def filtered(writer: Writing, expr: Comprehension) -> Code:
    """A comprehension whose condition makes calls, or whose items take their turns: a list for each item, joined."""
    items, item = writer.items(expr.items, expr.bound)
    kept = Return(ListOf((expr.value,)))
    body: tuple[Stmt, ...] = (kept,)
    if expr.condition is not None:
        body = (If(expr.condition, (kept,), ()), Return(ListOf(())))
    with writer.inside(expr.name, item) as name:
        each = each_of(writer, expr, item, body, ListType(type_of(writer, expr.value)))
    source = f"for {name} in {writer.solid(items, OR).text}"
    if writer.known.in_turn(expr):
        doc = parts("[", [f"await {each}({name})", source], "]")
    else:
        calls = parts("*(", [f"{each}({name})", source], ")")
        doc = bracketed("await run.gather(", [("", calls)], ")")
    return Code(bracketed(f"{writer.known.library('flatten')}(", [("", doc)], ")"), POSTFIX, UNKNOWN)


def each_of(writer: Writing, expr: Comprehension, item: Type, body: tuple[Stmt, ...], returns: Type) -> str:
    """The function that gives the value of a comprehension for one item."""
    return writer.around.define("each", ((expr.name, item),), body, returns)


def type_of(writer: Writing, expr: Expr) -> Type:
    """The type of a value, as far as calls tell it."""
    match expr:
        case Predict(_, strategy, signature):
            thinks = strategy == "chain_of_thought"
            return writer.annotations.reasoned(signature) if thinks else NamedType(signature)
        case Invoke(module):
            return writer.known.modules[module].returns
        case External(name):
            return writer.known.externals[name].returns
        case Comprehension(value, name, items):
            item = type_of(writer, items)
            with writer.inside(name, item.item if isinstance(item, ListType) else UNKNOWN):
                return ListType(type_of(writer, value))
        case Try(value, otherwise):
            types = {type_of(writer, one) for one in (value, otherwise)}
            return types.pop() if len(types) == 1 else UNKNOWN
        case Member(base, name):
            return writer.member(type_of(writer, base), name)[0]
        case Name(name) if name in writer.variables:
            return writer.variables[name][1]
        case Interpolation():
            return STR
    return UNKNOWN
