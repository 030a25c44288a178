"""Why a condition does not hold: which part of it, and the values of what that compares."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lmc.execute.expression import NO_VALUE, Env, compile_expr
from lmc.ir.program import Const, Expr, Operation
from lmc.ir.subtype import Named
from lmc.ir.walk import children, makes_calls
from lmc.source import SourceFile

LONGEST = 200
"""The most characters of a value that is shown."""


def failing_parts(
    condition: Expr, env: Env, named: Named, sources: Mapping[str, SourceFile]
) -> tuple[Expr, tuple[str, ...]]:
    """The part of a condition that does not hold (of `and` the first, of `or` the whole), and a sentence for each
    value that it is made of."""
    match condition:
        case Operation("and", (left, right)):
            return failing_parts(right if evaluated(left, env, named) else left, env, named, sources)
        case Operation("or", operands):
            parts = [part for one in operands for part in failing_parts(one, env, named, sources)[1]]
        case Operation("not", (inner,)):
            parts = values(inner, env, named, sources)
        case _:
            parts = values(condition, env, named, sources)
    return condition, tuple(dict.fromkeys(parts))


def values(expr: Expr, env: Env, named: Named, sources: Mapping[str, SourceFile]) -> list[str]:
    """The values of the operands of an expression, or its own where it has none."""
    operands: list[Expr] = [one for one in children(expr) if not isinstance(one, Const)] or [expr]
    found = []
    for one in operands:
        if makes_calls(one):
            continue
        try:
            found.append(f"`{source_text(one, sources)}` is {words(evaluated(one, env, named))}")
        except NO_VALUE:
            continue
    return found


def evaluated(expr: Expr, env: Env, named: Named) -> Any:
    """The value of an expression without calls."""
    return compile_expr(expr, named=named)(env)


def words(value: Any) -> str:
    """A value as JSON, shortened."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def source_text(expr: Expr, sources: Mapping[str, SourceFile]) -> str:
    """An expression as its source has it, on one line."""
    span = expr.span
    if span is None or span.file not in sources:
        return "this"
    return " ".join(sources[span.file].text[span.start : span.end].split())
