"""The sentences of the interpreter."""

from __future__ import annotations

from collections.abc import Iterable

from lmc.diagnostics import Diagnostic, Label
from lmc.runtime.failure import TooDeep, failure_text
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
    """Why an expression has no value: what the program reads of it, and what more a person wants to know."""
    words = failure_text(error)
    return f"{words} ({error})" if isinstance(error, AttributeError | TypeError) else words


def assertion_failed(message: str, span: Span | None) -> Diagnostic:
    """A hard assertion that does not hold, after its retries."""
    return Diagnostic(
        "LMP0702",
        f"an assertion does not hold: {message}",
        Label(span) if span else None,
        help="allow more retries (`retry 3`), use a better LM, or let the run go on with `suggest`",
    )


def too_deep(error: TooDeep, span: Span | None) -> Diagnostic:
    """A module that calls itself deeper than it says."""
    return Diagnostic(
        "LMP0703",
        f"a module calls itself too deep: {error}",
        Label(span) if span else None,
        help="end the recursion earlier, or allow more of it",
    )


def external_failed(name: str, words: str, span: Span | None, notes: Iterable[str] = ()) -> Diagnostic:
    """A function outside the program that raised an error; `notes` say where."""
    return Diagnostic(
        "LMP0704",
        f"`{name}` failed: {words}",
        Label(span) if span else None,
        notes=tuple(notes),
        help=f"go on without it where that makes sense: `try {name}(…) else …`",
    )


def external_missing(name: str, span: Span | None) -> Diagnostic:
    """A function outside the program that this run was not given."""
    return Diagnostic(
        "LMP0705",
        f"`{name}` stands outside the program, and this run was given no such function",
        Label(span) if span else None,
        help="run the program where its externs, tools and retrievers are loaded and allowed",
    )


def no_lm(address: str) -> Diagnostic:
    """A call without an LM to make it."""
    return Diagnostic(
        "LMP0163",
        f"`{address}` makes an LM call, and no `lm` is declared",
        help='declare one: `lm small = "local/smollm2-135m"`',
    )
