"""Programs built from nodes, and their runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from lmc.execute.interpreter import Interpreter, Outcome, Scores
from lmc.ir.expression import Const, Expr, Interpolation, Member, Name, Operation, Predict
from lmc.ir.program import Extern, LMDecl, Metric, Module, Program, Signature, Tool
from lmc.ir.statement import Attempt, Check, Let, Return, Stmt
from lmc.ir.types import INT, STR, UNKNOWN, Field, NamedType, Type
from lmc.ir.verify import verify

from .conftest import Answering

LIBRARY = Program(
    "main",
    lms=(LMDecl("small", "openai/some"),),
    signatures=(
        Signature("Ask", "", (Field("question", STR),), (Field("answer", STR),)),
        Signature("Count", "", (Field("question", STR),), (Field("number", INT),)),
    ),
    externs=(Extern("shout", "code.py", (Field("text", STR),), STR),),
    tools=(Tool("post", "http", "POST https://example.org", (Field("text", STR),), STR),),
    metrics=(Metric("long", ("want", "got"), Const(1)),),
)


def const(value: Any) -> Expr:
    return value if not isinstance(value, str | int | float | bool | None) else Const(value)


def ask(site: str, question: Any, signature: str = "Ask", sample: Any = None) -> Predict:
    """A call; a text is the question, an expression gives it."""
    return Predict(
        site, "predict", signature, (("question", const(question)),), sample=None if sample is None else const(sample)
    )


def answer(name: str) -> Expr:
    """The answer of a call that a variable holds."""
    return Member(Name(name), "answer")


def told(site: str, question: Any, sample: Any = None) -> Expr:
    """The answer of a call."""
    return Member(ask(site, question, sample=sample), "answer")


def equal(left: Any, right: Any) -> Expr:
    return Operation("==", (const(left), const(right)))


def plus(*parts: Any) -> Expr:
    found = const(parts[0])
    for part in parts[1:]:
        found = Operation("+", (found, const(part)))
    return found


def text(*parts: Any) -> Expr:
    return Interpolation(tuple(parts))


def let(name: str, value: Expr) -> Let:
    return Let(name, NamedType(value.signature) if isinstance(value, Predict) else UNKNOWN, value)


def check(condition: Expr, message: Any, attempt: str | None = "t", retries: int = 2, hard: bool = True) -> Check:
    return Check(condition, const(message), retries, hard, attempt)


def attempt(sites: str, *body: Stmt, restored: tuple[str, ...] = (), name: str = "t") -> Attempt:
    return Attempt(name, tuple(sites.split()), restored, body)


def module(
    *body: Stmt | Expr, name: str = "M", depth: int | None = None, returns: Type = UNKNOWN, **params: Type
) -> Module:
    """A module; an expression at the end is what it returns."""
    steps = tuple(one if not isinstance(one, Expr) else Return(one) for one in body)
    return Module(name, tuple(Field(one, type_) for one, type_ in params.items()), returns, steps, depth=depth)


def program(*modules: Module, **parts: Any) -> Program:
    """A program of modules over the library; the last one is run."""
    found = replace(LIBRARY, modules=modules, **parts)
    verify(found)
    return found


def go(
    found: Program | Module,
    lm: Answering | None = None,
    externals: Mapping[str, Callable[..., Any]] | None = None,
    score: Scores | None = None,
    assertions: bool = True,
    **inputs: Any,
) -> Outcome:
    """One run of the last module."""
    found = program(found) if isinstance(found, Module) else found
    interpreter = Interpreter(found, {"small": lm or Answering()}, externals, score, assertions)
    return asyncio.run(interpreter.run(found.modules[-1].name, inputs))
