"""Sentences about what runs when, and how often."""

from __future__ import annotations

from collections.abc import Iterable

from lmc.diagnostics import Diagnostic, Fix, Label, after, did_you_mean, removal
from lmc.ir.types import Type, show
from lmc.source import Span


def no_return(module: str, span: Span) -> Diagnostic:
    """A module that may end without a value."""
    return Diagnostic(
        "LMP0130", f"module `{module}` may end without a value", Label(span), help="end every path with `return`"
    )


def unreachable(span: Span, word: str) -> Diagnostic:
    """Statements after one that leaves."""
    advice = f"remove it, or the `{word}` before it"
    return Diagnostic("LMP0131", "this is never reached", Label(span), help=advice, fix=removal(span))


BOUNDED = {
    "for": "`for x in xs up to 10 { … }`",
    "while": "`while … up to 10 { … }`",
    "comprehension": "`[… for x in xs up to 10]`",
}


def unbounded(loop: str, span: Span, head: Span) -> Diagnostic:
    """A loop that makes calls without a bound; a `while` needs one in any case. The bound stands behind `head`."""
    what = "a `while` needs a bound" if loop == "while" else "this loop makes LM calls and has no bound"
    advice = f"say how often it runs at most: {BOUNDED[loop]}"
    return Diagnostic("LMP0132", what, Label(span), help=advice, fix=after(head, " up to 10"))


def recursion(names: Iterable[str], span: Span, head: Span | None) -> Diagnostic:
    """Modules that call themselves; the depth of one of them stands behind `head`."""
    return Diagnostic(
        "LMP0133",
        f"modules call one another without a bound: {' -> '.join(names)}",
        Label(span),
        help="say how deep they may go: `module Name(…) -> type depth 3 { … }`",
        fix=after(head, " depth 3") if head else None,
    )


def not_covered(missing: Iterable[str], span: Span, fix: Fix | None) -> Diagnostic:
    """A `match` that some value meets no case of."""
    listed = ", ".join(f"`{one}`" for one in missing)
    advice = "add the case, or an `else { … }` for all others"
    return Diagnostic("LMP0136", f"no case for {listed}", Label(span), help=advice, fix=fix)


def never_matches(type_: Type, subject: Type, known: Iterable[str], span: Span) -> Diagnostic:
    """A case of a type that what is looked at never is."""
    known = tuple(known)
    guess = did_you_mean(show(type_), known)
    advice = f"did you mean `{guess}`?" if guess else f"it is {' or '.join(f'`{one}`' for one in known)}"
    return Diagnostic(
        "LMP0137",
        f"no `{show(subject)}` is `{show(type_)}`, so nothing reaches this case",
        Label(span),
        help=advice,
        fix=Fix(span, guess) if guess else None,
    )


def taken_before(type_: Type, span: Span, first: Span, case: Span) -> Diagnostic:
    """A case whose values an earlier one takes; `case` is the whole of it."""
    return Diagnostic(
        "LMP0137",
        f"an earlier case takes every `{show(type_)}`, so nothing reaches this case",
        Label(span),
        (Label(first, "the earlier case"),),
        help="remove the case, or move it before the other",
        fix=removal(case),
    )


def vain_else(span: Span, whole: Span) -> Diagnostic:
    """An `else` behind cases that take every value; `whole` is it with the word."""
    return Diagnostic(
        "LMP0137",
        "the cases take every value, so nothing reaches this `else`",
        Label(span),
        help="remove it",
        fix=removal(whole),
        severity="warning",
    )


def bare_depth(span: Span) -> Diagnostic:
    """A depth at which a module could not be called at all."""
    return Diagnostic("LMP0141", "`depth` must be a whole number of at least 1", Label(span))


def break_outside(span: Span) -> Diagnostic:
    """A `break` without a loop."""
    return Diagnostic("LMP0138", "`break` stands in no loop", Label(span), help="a `return` ends a module")


def not_parallel(what: str, span: Span, loop: Span) -> Diagnostic:
    """What cannot stand in a `parallel for`."""
    return Diagnostic(
        "LMP0139",
        f"{what} makes one round of a `parallel for` depend on another",
        Label(span),
        (Label(loop, "the rounds of this loop run at the same time"),),
        help="remove `parallel`, or gather the values with a comprehension: `[… for x in xs up to n]`",
        fix=removal(Span(loop.file, loop.start, loop.start + len("parallel"))),
    )


def vain_retry(span: Span, retry: Span | None) -> Diagnostic:
    """An assertion whose condition depends on no call."""
    return Diagnostic(
        "LMP0170",
        "this condition depends on no call of an LM, so trying again changes nothing",
        Label(span),
        help="remove `retry`",
        fix=removal(retry) if retry else None,
        severity="warning",
    )


def vain_depth(name: str, span: Span, depth: Span | None) -> Diagnostic:
    """A declared depth of a module that never calls itself."""
    return Diagnostic(
        "LMP0171",
        f"`{name}` has a depth but never calls itself",
        Label(span),
        help="remove `depth`",
        fix=removal(depth) if depth else None,
        severity="warning",
    )


def wrong_case(span: Span, found: Type) -> Diagnostic:
    """A case of a test that tests nothing."""
    return Diagnostic("LMP0172", f"a case must be true or false, found `{show(found)}`", Label(span))


def break_in_attempt(span: Span | None, start: Span | None) -> Diagnostic:
    """A `break` between a call and the assertion that may have it made again."""
    secondary = (Label(start, "this call is made again"),) if start else ()
    return Diagnostic(
        "LMP0173",
        "a `break` stands between a call and an assertion about it",
        Label(span or Span("", 0, 0)),
        secondary,
        help="move the assertion before the `break`, or write `retry 0`",
    )
