"""The sentences of the interpreter."""

from __future__ import annotations

import re

from lmc.diagnostics import Diagnostic, Label
from lmc.source import Span


def bad_reply(problem: str, reply: str, span: Span | None) -> Diagnostic:
    """No reply of the LM fitted its type."""
    shown = reply.strip().replace("\n", "\\n")
    shown = shown[:200] + "…" if len(shown) > 200 else shown
    return Diagnostic(
        "LMP0700",
        f"the LM's reply does not fit: {problem}",
        Label(span) if span else None,
        notes=(f"the reply was: {shown}" if shown else "the reply was empty",),
        help="allow more attempts (`with { retries: 2 }`), widen the type, or use a better LM",
    )


def failed_expression(error: Exception, span: Span | None) -> Diagnostic:
    """An expression that has no value for these inputs."""
    return Diagnostic("LMP0701", f"this has no value: {reason(error)}", Label(span) if span else None)


def reason(error: Exception) -> str:
    """Why an expression has no value."""
    match error:
        case ZeroDivisionError():
            return "division by zero"
        case IndexError():
            return "there is no item at this index"
        case KeyError():
            return f"there is no field `{error.args[0]}`"
        case re.error():
            return f"`{error.pattern!s}` is not a regular expression"
        case AttributeError() | TypeError():
            return f"a value is not of the type that is needed here ({error})"
    return str(error)


def no_lm(address: str) -> Diagnostic:
    """A call without an LM to make it."""
    return Diagnostic(
        "LMP0163",
        f"`{address}` makes an LM call, and no `lm` is declared",
        help='declare one: `lm small = "local/smollm2-135m"`',
    )
