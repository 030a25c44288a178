"""The sentences about prompts in Jinja's syntax."""

from __future__ import annotations

from collections.abc import Iterable

from lmc.diagnostics import Diagnostic, Fix, Label, did_you_mean
from lmc.ir.types import Type, show
from lmc.source import Span


def syntax(message: str, span: Span, advice: str | None = None) -> Diagnostic:
    """What jinja2 cannot parse, in its words."""
    sentence = message.strip().rstrip(".")
    sentence = sentence[:1].lower() + sentence[1:]
    return Diagnostic("LMP0400", f"this is not Jinja: {sentence}".replace("'", "`"), Label(span), help=advice)


def unsupported(what: str, span: Span, advice: str | None = None) -> Diagnostic:
    """What Jinja has and a prompt may not."""
    return Diagnostic("LMP0401", f"a prompt cannot hold {what}", Label(span), help=advice)


def unknown_name(name: str, span: Span, known: Iterable[str]) -> Diagnostic:
    """A name that is neither an input nor a variable."""
    return guessed("LMP0402", f"the prompt knows no `{name}`", name, span, known, "it knows")


def unknown_filter(kind: str, name: str, span: Span, known: Iterable[str]) -> Diagnostic:
    """A filter, a test or a tag that there is not."""
    return guessed("LMP0403", f"there is no {kind} `{name}` in prompts", name, span, known, "there are")


def guessed(code: str, message: str, name: str, span: Span, known: Iterable[str], lead: str) -> Diagnostic:
    """A diagnostic of a name that is not known, with what it may have been meant to be."""
    names = sorted(set(known))
    guess = did_you_mean(name, names)
    if guess:
        return Diagnostic(code, message, Label(span), help=f"did you mean `{guess}`?", fix=Fix(span, guess))
    listed = ", ".join(f"`{one}`" for one in names)
    return Diagnostic(code, message, Label(span), help=f"{lead} {listed}" if listed else None)


def wrong_type(what: str, want: str, got: Type, span: Span, advice: str | None = None) -> Diagnostic:
    """A value of a type that the place does not take."""
    return Diagnostic("LMP0404", f"{what} takes {want}, not `{show(got)}`", Label(span), help=advice)


def may_be_null(got: Type, span: Span) -> Diagnostic:
    """A value that may be null, where something is done with it."""
    advice = "give another value for that case: `x | default(…)`, or ask first: `{% if x %}`"
    return Diagnostic("LMP0404", f"this may be null (`{show(got)}`)", Label(span), help=advice)


def bad_operands(symbol: str, types: Iterable[Type], span: Span) -> Diagnostic:
    """An operator on types that it is not made for."""
    shown = " and ".join(f"`{show(one)}`" for one in types)
    return Diagnostic("LMP0404", f"`{symbol}` does not work on {shown}", Label(span))


def never_equal(types: Iterable[Type], span: Span) -> Diagnostic:
    """A comparison that always comes out the same."""
    shown = " and ".join(f"`{show(one)}`" for one in types)
    return Diagnostic("LMP0404", f"these are never equal: {shown}", Label(span), help="check the spelling of the value")


def no_field(base: Type, name: str, span: Span, known: Iterable[str]) -> Diagnostic:
    """A field that a record lacks, or of something that is no record."""
    known = tuple(known)
    if not known:
        return Diagnostic("LMP0405", f"`{show(base)}` has no fields, so no `{name}`", Label(span))
    return guessed("LMP0405", f"there is no field `{name}`", name, span, known, "the fields are")


def unused_input(signature: str, name: str, span: Span) -> Diagnostic:
    """An input that the prompt does not show."""
    return Diagnostic(
        "LMP0406",
        f"the prompt of `{signature}` never shows the input `{name}`",
        Label(span),
        help=f"write `{{{{ {name} }}}}` where it belongs, or remove the input",
        severity="warning",
    )
