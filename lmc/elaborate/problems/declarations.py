"""Sentences about declarations and their options."""

from __future__ import annotations

from collections.abc import Iterable

from lmc.diagnostics import Diagnostic, Fix, Label, before, did_you_mean
from lmc.ir.types import Type, show
from lmc.source import Span


def unknown_option(owner: str, name: str, span: Span, known: Iterable[str]) -> Diagnostic:
    """An option, setting or clause that does not exist."""
    known = tuple(known)
    guess = did_you_mean(name, known)
    return Diagnostic(
        "LMP0140",
        f"{owner} has no option `{name}`",
        Label(span),
        help=f"did you mean `{guess}`?" if guess else f"the options are {', '.join(f'`{one}`' for one in known)}",
        fix=Fix(span, guess) if guess else None,
    )


def bad_option(name: str, wanted: str, span: Span, advice: str | None = None) -> Diagnostic:
    """An option with a value that it cannot take."""
    return Diagnostic("LMP0141", f"`{name}` must be {wanted}", Label(span), help=advice)


def not_tunable(name: str, span: Span) -> Diagnostic:
    """A setting that `tune` cannot choose."""
    if name == "lm":
        return Diagnostic("LMP0141", "`lm` is tuned among LMs: `tune { small, big }`", Label(span))
    advice = "passes find instructions, demonstrations and layouts by themselves"
    return Diagnostic("LMP0141", f"`{name}` takes no `tune`; numbers and `lm` do", Label(span), help=advice)


def empty_space(span: Span) -> Diagnostic:
    """A range of tuning that holds no value, or not the one that is to hold."""
    what = "`tune` needs a lower bound, a higher one, and a value between them"
    return Diagnostic("LMP0141", what, Label(span), help="write `tune 1..8`, or `tune 1..8 at 4`")


def bad_count(strategy: str, span: Span) -> Diagnostic:
    """A strategy that asks no time."""
    what = f"`{strategy}` asks a whole number of times, at least once"
    return Diagnostic("LMP0141", what, Label(span), help=f"write `{strategy} 3 …`, or `{strategy} tune 1..5 …`")


def not_sampled(strategy: str, found: str, span: Span) -> Diagnostic:
    """What a strategy that makes one call several times cannot make."""
    what = f"`{strategy}` makes a `predict` or a `chain_of_thought` several times, not a `{found}`"
    return Diagnostic("LMP0141", what, Label(span), help="gather several with `ensemble [a, b, c]`")


def no_case_call(span: Span) -> Diagnostic:
    """A case of a test that calls nothing of the program."""
    return Diagnostic("LMP0141", "a case begins with the call of a module or an LM", Label(span))


def no_media(name: str, type_: Type, span: Span) -> Diagnostic:
    """An output that no model writes."""
    what = f"output `{name}` cannot be `{show(type_)}`: a model writes text"
    return Diagnostic("LMP0120", what, Label(span), help="media and conversations are inputs")


def extends_itself(chain: Iterable[str], span: Span) -> Diagnostic:
    """Signatures that extend one another."""
    what = f"signatures extend one another without end: {' -> '.join(chain)}"
    return Diagnostic("LMP0124", what, Label(span), help="remove one `extends`")


def cannot_score(metric: str, problem: str, use: Span, place: Span | None) -> Diagnostic:
    """A metric that is used on values that it does not fit."""
    secondary = (Label(place, "it reads this"),) if place else ()
    return Diagnostic(
        "LMP0167",
        f"metric `{metric}` does not fit what it scores here: {problem}",
        Label(use),
        secondary,
        help="within a module `want` is the record of the call's inputs (empty in an `ensemble`), and `got` its reply",
    )


def no_embedding(span: Span) -> Diagnostic:
    """Dense retrieval without the LM that it needs."""
    return Diagnostic("LMP0113", "`dense` retrieval lacks an embedding LM", Label(span), help="add `lm: NAME`")


def no_cases(title: str, span: Span) -> Diagnostic:
    """A test that tests nothing."""
    advice = "add one: `Module(…) => condition`"
    return Diagnostic("LMP0113", f'test "{title}" lacks a case', Label(span), help=advice)


def missing_clause(module: str, names: Iterable[str], span: Span, fix: Fix | None) -> Diagnostic:
    """An optimize block that lacks what it needs."""
    listed = ", ".join(f"`{name}`" for name in names)
    message = f"`optimize {module}` lacks {listed}"
    return Diagnostic("LMP0142", message, Label(span), help="say what to tune it on", fix=fix)


def demo_problem(problem: str, span: Span) -> Diagnostic:
    """A demonstration that does not fit its signature."""
    return Diagnostic("LMP0150", problem, Label(span))


def empty_signature(name: str, side: str, span: Span) -> Diagnostic:
    """A signature without inputs or outputs."""
    word = side.removesuffix("puts")
    return Diagnostic(
        "LMP0151", f"signature `{name}` has no {side}", Label(span), help=f"declare one: `{word} name: type`"
    )


def bad_metric_type(name: str, got: Type, span: Span) -> Diagnostic:
    """A metric whose value is no score."""
    return Diagnostic(
        "LMP0160",
        f"metric `{name}` gives `{show(got)}`",
        Label(span),
        help="give a truth value or a number from 0 to 1",
    )


def metric_ignores(name: str, param: str, span: Span) -> Diagnostic:
    """A metric that does not look at one of its sides."""
    return Diagnostic(
        "LMP0161", f"metric `{name}` never reads `{param}`", Label(span), help=f"compare `{param}` with the other side"
    )


def leak(module: str, field: str, span: Span, metric: Span | None) -> Diagnostic:
    """A wanted value that the module sees."""
    secondary = (Label(metric, "the metric compares with it here"),) if metric else ()
    return Diagnostic(
        "LMP0162",
        f"`{module}` takes `{field}`, which the metric wants it to find",
        Label(span),
        secondary,
        help=f"remove the input `{field}`, or compare with another column",
    )


def no_lm(module: str, span: Span, declared: Span | None) -> Diagnostic:
    """Calls without an LM to make them; `declared` is the place of the module."""
    line = 'lm small = "local/smollm2-135m"'
    return Diagnostic(
        "LMP0163",
        f"`{module}` makes LM calls, and no `lm` is declared",
        Label(span),
        help=f"declare one: `{line}`",
        fix=before(declared, f"{line}\n\n") if declared else None,
    )


def nothing_to_tune(module: str, span: Span) -> Diagnostic:
    """An optimize block for a module without calls."""
    return Diagnostic("LMP0164", f"`{module}` makes no LM call, so there is nothing to tune", Label(span))


def prompt_file_missing(path: str, span: Span) -> Diagnostic:
    """A prompt in a file that could not be read."""
    return Diagnostic("LMP0407", f'the prompt "{path}" cannot be read', Label(span), help="is the path right?")


def bad_prompt(what: str, span: Span, advice: str) -> Diagnostic:
    """A prompt that cannot be sent."""
    return Diagnostic("LMP0408", what, Label(span), help=advice)
