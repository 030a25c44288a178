"""Sentences about values, types and arguments."""

from __future__ import annotations

from collections.abc import Iterable

from lmc.diagnostics import Diagnostic, Fix, Label, did_you_mean, removal
from lmc.ir.types import Type, show
from lmc.source import Span


def no_field(base: Type, name: str, span: Span, known: Iterable[str]) -> Diagnostic:
    """A field that a record lacks, or of something that is no record."""
    known = tuple(known)
    if not known:
        return Diagnostic("LMP0110", f"`{show(base)}` has no fields, so no `{name}`", Label(span))
    guess = did_you_mean(name, known)
    return Diagnostic(
        "LMP0110",
        f"unknown field `{name}`",
        Label(span, f"the fields are {', '.join(f'`{one}`' for one in known)}"),
        help=f"did you mean `{guess}`?" if guess else None,
        fix=Fix(span, guess) if guess else None,
    )


def may_be_null(base: Type, span: Span) -> Diagnostic:
    """A field or item of a value that may be null."""
    return Diagnostic(
        "LMP0111",
        f"this may be null (`{show(base)}`)",
        Label(span),
        help="give another value for that case: `default(value, other)`",
    )


def unknown_argument(callee: str, name: str, span: Span, known: Iterable[str], declared: Span | None) -> Diagnostic:
    """An argument name that the callee does not take."""
    known = tuple(known)
    guess = did_you_mean(name, known)
    secondary = (Label(declared, "its inputs are declared here"),) if declared else ()
    return Diagnostic(
        "LMP0112",
        f"`{callee}` has no input `{name}`",
        Label(span),
        secondary,
        help=f"write `{guess}`" if guess else f"it takes {', '.join(f'`{one}`' for one in known) or 'no inputs'}",
        fix=Fix(span, guess) if guess else None,
    )


def unknown_side(kind: str, name: str, span: Span, known: Iterable[str]) -> Diagnostic:
    """A value of a demonstration that its signature does not know as an input, or as an output."""
    known = tuple(known)
    guess = did_you_mean(name, known)
    return Diagnostic(
        "LMP0112",
        f"the signature has no {kind} `{name}`",
        Label(span),
        help=f"write `{guess}`" if guess else f"its {kind}s are {', '.join(f'`{one}`' for one in known)}",
        fix=Fix(span, guess) if guess else None,
    )


def missing_arguments(
    callee: str, names: Iterable[str], span: Span, declared: Span | None, fix: Fix | None = None
) -> Diagnostic:
    """Inputs that a call does not give."""
    names = tuple(names)
    listed = ", ".join(name if " " in name else f"`{name}`" for name in names)
    secondary = (Label(declared, "declared here"),) if declared else ()
    advice = None if " " in names[0] else f"add `{names[0]}: …`"
    message = f"the call of `{callee}` lacks {listed}"
    return Diagnostic("LMP0113", message, Label(span), secondary, help=advice, fix=fix)


def too_many_arguments(callee: str, allowed: int, span: Span) -> Diagnostic:
    """More arguments than inputs."""
    return Diagnostic(
        "LMP0114", f"`{callee}` takes {allowed} argument{'s' * (allowed != 1)}; this is one more", Label(span)
    )


def repeated_argument(name: str, span: Span) -> Diagnostic:
    """An argument, option or field given twice."""
    return Diagnostic("LMP0115", f"`{name}` is given twice", Label(span), help="remove one of the two")


def no_names_here(callee: str, span: Span, value: Span) -> Diagnostic:
    """A named argument of a library function; `value` is the place of its value."""
    message, name = f"`{callee}` takes its arguments by position", Span(span.file, span.start, value.start)
    return Diagnostic("LMP0116", message, Label(span), help="remove the name", fix=removal(name))


def mismatch(
    what: str,
    want: Type,
    got: Type,
    span: Span,
    declared: Span | None = None,
    advice: str | None = None,
    fix: Fix | None = None,
) -> Diagnostic:
    """A value of the wrong type; `fix` does what the advice says."""
    secondary = (Label(declared, "the type is declared here"),) if declared else ()
    said = f"{what} must be `{show(want)}`, not `{show(got)}`"
    return Diagnostic("LMP0120", said, Label(span), secondary, help=advice, fix=fix)


def no_list(what: str, got: Type, span: Span, text: str) -> Diagnostic:
    """Something to go through that is no list; `text` is how it is written."""
    advices = {"str": "`split`, `lines` or `words` make a list of a text", "int": "`range(n)` is the list from 0 on"}
    said = f"{what} must be a list, not `{show(got)}`"
    fix = Fix(span, f"range({text})") if show(got) == "int" else None
    return Diagnostic("LMP0120", said, Label(span), help=advices.get(show(got)), fix=fix)


def lacks(what: str, missing: str, span: Span, advice: str) -> Diagnostic:
    """Something that is not whole."""
    return Diagnostic("LMP0113", f"`{what}` lacks {missing}", Label(span), help=advice)


def too_much(what: str, given: str, span: Span, advice: str, fix: Fix | None = None) -> Diagnostic:
    """Something that is given to what does not take it."""
    return Diagnostic("LMP0114", f"`{what}` takes no {given}", Label(span), help=advice, fix=fix)


def bad_operands(symbol: str, types: Iterable[Type], span: Span) -> Diagnostic:
    """An operator on types that it is not made for."""
    shown = " and ".join(f"`{show(one)}`" for one in types)
    return Diagnostic("LMP0121", f"`{symbol}` does not work on {shown}", Label(span))


def never_equal(symbol: str, left: Type, right: Type, span: Span, fix: Fix | None) -> Diagnostic:
    """A comparison that always comes out the same; `fix` writes a value that it may be meant for."""
    always = "always" if symbol in ("!=", "not in") else "never"
    return Diagnostic(
        "LMP0122",
        f"this is {always} true: `{show(left)}` and `{show(right)}` have no value in common",
        Label(span),
        help="check the spelling of the value",
        fix=fix,
    )


def not_constant(what: str, span: Span) -> Diagnostic:
    """An expression where a plain value is wanted."""
    return Diagnostic("LMP0123", f"{what} must be a plain value, not an expression", Label(span))


def recursive_type(name: str, span: Span) -> Diagnostic:
    """A type that no value of finite size is of."""
    return Diagnostic(
        "LMP0124",
        f"`{name}` refers to itself without end",
        Label(span),
        help="put a list, a map or `?` between",
    )


def bad_pattern(pattern: str, problem: str, span: Span) -> Diagnostic:
    """A text that is no regular expression."""
    return Diagnostic("LMP0126", f"`{pattern}` is not a regular expression: {problem}", Label(span))


def endless_pattern(pattern: str, span: Span) -> Diagnostic:
    """A regular expression whose matching can take time that doubles with every character."""
    return Diagnostic(
        "LMP0128",
        f"matching `{pattern}` can take time that doubles with every character of a text",
        Label(span),
        help="let a repetition take a text in one way only: `a+` for `(a+)+`, `\\w+( \\w+)*` for `(\\w+ ?)*`",
        severity="warning",
    )


def bad_limits(type_: Type, span: Span) -> Diagnostic:
    """Limits on a type that has no such limits."""
    return Diagnostic(
        "LMP0127",
        f"`{show(type_)}` cannot have these limits",
        Label(span),
        help="numbers have `1..5`; strings `up to 200 chars` and `matching /…/`; lists and maps `up to 5 items`",
    )


def empty_limits(span: Span, turned: str) -> Diagnostic:
    """Limits that no value keeps to; `turned` is the type with the lower one first."""
    message, advice = "no value lies between these limits", "write the lower one first"
    return Diagnostic("LMP0127", message, Label(span), help=advice, fix=Fix(span, turned))
