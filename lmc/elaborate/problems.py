"""The sentences of the elaborator."""

from __future__ import annotations

from collections.abc import Iterable

from lmc.diagnostics import Diagnostic, Fix, Label, did_you_mean
from lmc.ir.types import Type, show
from lmc.source import Span


def unknown(kind: str, name: str, span: Span, known: Iterable[str], code: str = "LMP0100") -> Diagnostic:
    """A name that nothing declares."""
    known = sorted(set(known))
    guess = did_you_mean(name, known)
    if guess:
        return Diagnostic(
            code, f"unknown {kind} `{name}`", Label(span), help=f"did you mean `{guess}`?", fix=Fix(span, guess)
        )
    listed = ", ".join(f"`{one}`" for one in known[:12])
    return Diagnostic(code, f"unknown {kind} `{name}`", Label(span), help=f"known here: {listed}" if listed else None)


def wrong_kind(name: str, found: str, wanted: str, span: Span, declared: Span | None) -> Diagnostic:
    """A name of another kind of thing."""
    secondary = (Label(declared, "declared here"),) if declared else ()
    return Diagnostic("LMP0101", f"`{name}` is a {found}; a {wanted} is wanted here", Label(span), secondary)


def duplicate(what: str, name: str, span: Span, first: Span | None) -> Diagnostic:
    """A second declaration of a name."""
    secondary = (Label(first, "first here"),) if first else ()
    return Diagnostic(
        "LMP0102", f"{what} `{name}` is declared twice", Label(span), secondary, help="rename one of the two"
    )


def import_missing(path: str, span: Span, reason: str) -> Diagnostic:
    """An import of a file that cannot be read."""
    return Diagnostic(
        "LMP0103", f'cannot import "{path}": {reason}', Label(span), help="paths are relative to the importing file"
    )


def import_cycle(path: str, span: Span, chain: Iterable[str]) -> Diagnostic:
    """Files that import one another."""
    return Diagnostic(
        "LMP0104",
        f'importing "{path}" closes a cycle: {" -> ".join(chain)}',
        Label(span),
        help="move what both need into a file of its own",
    )


def not_exported(name: str, path: str, span: Span, known: Iterable[str]) -> Diagnostic:
    """An imported name that the other file does not declare."""
    guess = did_you_mean(name, known)
    return Diagnostic(
        "LMP0105",
        f'"{path}" declares no `{name}`',
        Label(span),
        help=f"did you mean `{guess}`?" if guess else None,
        fix=Fix(span, guess) if guess else None,
    )


def unused(what: str, name: str, span: Span, advice: str) -> Diagnostic:
    """Something that nothing reads."""
    return Diagnostic("LMP0106", f"{what} `{name}` is never used", Label(span), help=advice, severity="warning")


def unread_output(signature: str, name: str, span: Span) -> Diagnostic:
    """An output that an LM is asked for in vain."""
    return Diagnostic(
        "LMP0107",
        f"output `{name}` of `{signature}` is never read",
        Label(span),
        help="remove it: an LM spends tokens on it in vain",
        severity="warning",
    )


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


def missing_arguments(callee: str, names: Iterable[str], span: Span, declared: Span | None) -> Diagnostic:
    """Inputs that a call does not give."""
    names = tuple(names)
    listed = ", ".join(f"`{name}`" for name in names)
    secondary = (Label(declared, "declared here"),) if declared else ()
    return Diagnostic(
        "LMP0113", f"the call of `{callee}` lacks {listed}", Label(span), secondary, help=f"add `{names[0]}: …`"
    )


def too_many_arguments(callee: str, allowed: int, span: Span) -> Diagnostic:
    """More arguments than inputs."""
    return Diagnostic(
        "LMP0114", f"`{callee}` takes {allowed} argument{'s' * (allowed != 1)}; this is one more", Label(span)
    )


def repeated_argument(name: str, span: Span) -> Diagnostic:
    """An argument, option or field given twice."""
    return Diagnostic("LMP0115", f"`{name}` is given twice", Label(span), help="remove one of the two")


def no_names_here(callee: str, span: Span) -> Diagnostic:
    """A named argument of a library function."""
    return Diagnostic("LMP0116", f"`{callee}` takes its arguments by position", Label(span), help="remove the name")


def mismatch(what: str, want: Type, got: Type, span: Span, declared: Span | None = None) -> Diagnostic:
    """A value of the wrong type."""
    secondary = (Label(declared, "the type is declared here"),) if declared else ()
    return Diagnostic("LMP0120", f"{what} must be `{show(want)}`, not `{show(got)}`", Label(span), secondary)


def bad_operands(symbol: str, types: Iterable[Type], span: Span) -> Diagnostic:
    """An operator on types that it is not made for."""
    shown = " and ".join(f"`{show(one)}`" for one in types)
    return Diagnostic("LMP0121", f"`{symbol}` does not work on {shown}", Label(span))


def never_equal(symbol: str, left: Type, right: Type, span: Span) -> Diagnostic:
    """A comparison that always comes out the same."""
    always = "always" if symbol in ("!=", "not in") else "never"
    return Diagnostic(
        "LMP0122",
        f"this is {always} true: `{show(left)}` and `{show(right)}` have no value in common",
        Label(span),
        help="check the spelling of the value",
    )


def not_constant(what: str, span: Span) -> Diagnostic:
    """An expression where a plain value is wanted."""
    return Diagnostic("LMP0123", f"{what} must be a plain value, not an expression", Label(span))


def no_return(module: str, span: Span) -> Diagnostic:
    """A module that may end without a value."""
    return Diagnostic(
        "LMP0130", f"module `{module}` may end without a value", Label(span), help="end every path with `return`"
    )


def unreachable(span: Span) -> Diagnostic:
    """Statements after a return."""
    return Diagnostic("LMP0131", "this is never reached", Label(span), help="remove it, or the `return` before it")


def unbounded(span: Span) -> Diagnostic:
    """A loop that makes calls without a bound."""
    return Diagnostic(
        "LMP0132",
        "this loop makes LM calls and has no bound",
        Label(span),
        help="say how often it runs at most: `for x in xs up to 10 { … }`",
    )


def recursion(names: Iterable[str], span: Span) -> Diagnostic:
    """Modules that call themselves."""
    return Diagnostic(
        "LMP0133",
        f"modules call one another without a bound: {' -> '.join(names)}",
        Label(span),
        help="use a bounded `for`",
    )


def not_declared(name: str, span: Span, known: Iterable[str]) -> Diagnostic:
    """An assignment to a name that no `let` introduced."""
    guess = did_you_mean(name, known)
    return Diagnostic(
        "LMP0134",
        f"`{name}` is not declared",
        Label(span),
        help=f"did you mean `{guess}`?" if guess else f"introduce it: `let {name} = …`",
    )


def not_assignable(name: str, span: Span) -> Diagnostic:
    """An assignment to a parameter or a loop variable."""
    return Diagnostic(
        "LMP0135", f"`{name}` cannot be given a new value", Label(span), help="use a `let` of another name"
    )


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


def bad_option(name: str, wanted: str, span: Span) -> Diagnostic:
    """An option with a value that it cannot take."""
    return Diagnostic("LMP0141", f"`{name}` must be {wanted}", Label(span))


def missing_clause(module: str, names: Iterable[str], span: Span) -> Diagnostic:
    """An optimize block that lacks what it needs."""
    listed = ", ".join(f"`{name}`" for name in names)
    return Diagnostic("LMP0142", f"`optimize {module}` lacks {listed}", Label(span), help="say what to tune it on")


def demo_problem(problem: str, span: Span) -> Diagnostic:
    """A demonstration that does not fit its signature."""
    return Diagnostic("LMP0150", problem, Label(span))


def empty_signature(name: str, side: str, span: Span) -> Diagnostic:
    """A signature without inputs or outputs."""
    return Diagnostic(
        "LMP0151", f"signature `{name}` has no {side}", Label(span), help=f"declare one: `{side[:-1]} name: type`"
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


def no_lm(module: str, span: Span) -> Diagnostic:
    """Calls without an LM to make them."""
    return Diagnostic("LMP0163", f"`{module}` makes LM calls, and no `lm` is declared", Label(span),
                      help='declare one: `lm small = "local/smollm2-135m"`')  # fmt: skip


def nothing_to_tune(module: str, span: Span) -> Diagnostic:
    """An optimize block for a module without calls."""
    return Diagnostic("LMP0164", f"`{module}` makes no LM call, so there is nothing to tune", Label(span))


def recursive_type(name: str, span: Span) -> Diagnostic:
    """A type that is only itself."""
    return Diagnostic(
        "LMP0124",
        f"type `{name}` refers to itself without end",
        Label(span),
        help="put a list, a record or `?` between",
    )


def bad_pattern(pattern: str, problem: str, span: Span) -> Diagnostic:
    """A text that is no regular expression."""
    return Diagnostic("LMP0126", f"`{pattern}` is not a regular expression: {problem}", Label(span))


def reserved_name(name: str, span: Span) -> Diagnostic:
    """A declaration that takes the name of a built-in."""
    return Diagnostic(
        "LMP0125", f"`{name}` is built in and cannot be declared", Label(span), help="choose another name"
    )


def bad_limits(type_: Type, span: Span) -> Diagnostic:
    """Limits on a type that has no such limits."""
    return Diagnostic(
        "LMP0127",
        f"`{show(type_)}` cannot have these limits",
        Label(span),
        help="numbers have `1..5`; strings `up to 200 chars` and `matching /…/`; lists and maps `up to 5 items`",
    )


def empty_limits(span: Span) -> Diagnostic:
    """Limits that no value keeps to."""
    return Diagnostic("LMP0127", "no value lies between these limits", Label(span), help="write the lower one first")


def not_covered(missing: Iterable[str], span: Span) -> Diagnostic:
    """A `match` that some value meets no case of."""
    listed = ", ".join(f"`{one}`" for one in missing)
    return Diagnostic(
        "LMP0136", f"no case for {listed}", Label(span), help="add the case, or an `else { … }` for all others"
    )


def never_matches(type_: Type, subject: Type, span: Span) -> Diagnostic:
    """A case that no value is left for."""
    return Diagnostic(
        "LMP0137",
        f"no `{show(subject)}` that reaches this case is a `{show(type_)}`",
        Label(span),
        help="remove the case, or move it before the one that takes its values",
    )


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
    )


def vain_retry(span: Span) -> Diagnostic:
    """An assertion whose condition depends on no call."""
    return Diagnostic(
        "LMP0170",
        "this condition depends on no call of an LM, so trying again changes nothing",
        Label(span),
        help="remove `retry`",
        severity="warning",
    )


def vain_depth(name: str, span: Span) -> Diagnostic:
    """A declared depth of a module that never calls itself."""
    return Diagnostic(
        "LMP0171",
        f"`{name}` has a depth but never calls itself",
        Label(span),
        help="remove `depth`",
        severity="warning",
    )


def wrong_case(span: Span, found: Type) -> Diagnostic:
    """A case of a test that tests nothing."""
    return Diagnostic("LMP0172", f"a case must be true or false, found `{show(found)}`", Label(span))


def prompt_file_missing(path: str, span: Span) -> Diagnostic:
    """A prompt in a file that could not be read."""
    return Diagnostic("LMP0407", f'the prompt "{path}" cannot be read', Label(span), help="is the path right?")


def bad_prompt(what: str, span: Span, advice: str) -> Diagnostic:
    """A prompt that cannot be sent."""
    return Diagnostic("LMP0408", what, Label(span), help=advice)


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
