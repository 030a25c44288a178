"""Sentences about names: unknown, of another kind, twice, in vain."""

from __future__ import annotations

from collections.abc import Iterable

from lmc.diagnostics import Diagnostic, Fix, Label, before, did_you_mean, removal
from lmc.source import Span

ELSEWHERE = {
    **dict.fromkeys(("None", "nil", "undefined", "none", "Null", "NULL"), "null"),
    **dict.fromkeys(("True", "TRUE"), "true"),
    **dict.fromkeys(("False", "FALSE"), "false"),
    **dict.fromkeys(("string", "String", "text", "Str"), "str"),
    **dict.fromkeys(("integer", "Integer", "Int", "long"), "int"),
    **dict.fromkeys(("number", "Number", "double", "Float"), "float"),
    **dict.fromkeys(("boolean", "Boolean", "Bool"), "bool"),
}
"""What other languages call what this one has."""

WORDS = frozenset({"null", "true", "false"})
"""Values that are words of the language."""


def a(kind: str) -> str:
    """A kind of thing with its article."""
    return f"an {kind}" if kind[0] in "aeiou" or kind.startswith("LM") else f"a {kind}"


def unknown(
    kind: str,
    name: str,
    span: Span,
    known: Iterable[str],
    code: str = "LMP0100",
    advice: str | None = None,
    fix: Fix | None = None,
) -> Diagnostic:
    """A name that nothing declares; `fix` does what the advice says."""
    known = sorted(set(known))
    meant = ELSEWHERE.get(name)
    guess = meant if meant in known or (meant in WORDS and kind == "name") else did_you_mean(name, known)
    if advice is not None:
        return Diagnostic(code, f"unknown {kind} `{name}`", Label(span), help=advice, fix=fix)
    if guess:
        return Diagnostic(
            code, f"unknown {kind} `{name}`", Label(span), help=f"did you mean `{guess}`?", fix=Fix(span, guess)
        )
    listed = ", ".join(f"`{one}`" for one in known[:12])
    return Diagnostic(code, f"unknown {kind} `{name}`", Label(span), help=f"known here: {listed}" if listed else None)


CALLED_BY = {
    ("signature", "function or module"): "an LM is asked by it: `predict {}(…)`",
    ("retriever", "function or module"): "rows are found through it: `retrieve {}(…)`",
    ("module", "value"): "call it: `{}(…)`",
    ("extern", "value"): "call it: `{}(…)`",
    ("tool", "value"): "call it: `{}(…)`",
    ("signature", "value"): "an LM is asked by it: `predict {}(…)`",
    ("retriever", "value"): "rows are found through it: `retrieve {}(…)`",
}
"""How what is declared is used, where it stands as what it is not."""

ASKED_BY = {"signature": "predict", "retriever": "retrieve"}
"""The word before the name of what is no function, where it is called as one."""


def wrong_kind(
    name: str, found: str, wanted: str, span: Span, declared: Span | None, advice: str | None = None
) -> Diagnostic:
    """A name of another kind of thing."""
    secondary = (Label(declared, "declared here"),) if declared else ()
    use = CALLED_BY.get((found, wanted))
    advice = use.format(name) if advice is None and use else advice
    message = f"`{name}` is {a(found)}; {a(wanted)} is wanted here"
    word = ASKED_BY.get(found) if wanted == "function or module" else None
    fix = before(span, f"{word} ") if word else None
    return Diagnostic("LMP0101", message, Label(span), secondary, help=advice, fix=fix)


TWICE = {
    "optimize": 'remove one of the two, or give it a profile: `optimize {} for "name"`',
    "prompt of": "remove one of the two, or write one with several messages: `prompt {{ system … user … }}`",
    "test": "rename one of the two: reports tell tests apart by their names",
}
"""What to do about what cannot be renamed."""


def duplicate(what: str, name: str, span: Span, first: Span | None) -> Diagnostic:
    """A second declaration of a name."""
    secondary = (Label(first, "first here"),) if first else ()
    advice = TWICE.get(what, "rename one of the two").format(name)
    return Diagnostic("LMP0102", f"{what} `{name}` is declared twice", Label(span), secondary, help=advice)


def import_missing(path: str, span: Span, reason: str, beside: Iterable[str] = ()) -> Diagnostic:
    """An import of a file that cannot be read; `beside` are the names of programs where it should be."""
    folder, slash, name = path.rpartition("/")
    guess = did_you_mean(name, beside)
    near = None if guess is None or '"' in path + guess or "\\" in path + guess else f'"{folder}{slash}{guess}"'
    return Diagnostic(
        "LMP0103",
        f'cannot import "{path}": {reason}',
        Label(span),
        help=f"did you mean `{near}`?" if near else "paths are relative to the importing file",
        fix=Fix(span, near) if near else None,
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


def unused(what: str, name: str, span: Span, advice: str, whole: Span | None) -> Diagnostic:
    """Something that nothing reads; `whole` is what can be removed with it."""
    fix = removal(whole) if whole else None
    message = f"{what} `{name}` is never used"
    return Diagnostic("LMP0106", message, Label(span), help=advice, fix=fix, severity="warning")


def unread_output(signature: str, name: str, span: Span, whole: Span | None) -> Diagnostic:
    """An output that an LM is asked for in vain; `whole` is what can be removed with it."""
    return Diagnostic(
        "LMP0107",
        f"output `{name}` of `{signature}` is never read",
        Label(span),
        help="remove it: an LM spends tokens on it in vain",
        fix=removal(whole) if whole else None,
        severity="warning",
    )


def reserved_name(name: str, span: Span) -> Diagnostic:
    """A declaration that takes the name of a built-in."""
    return Diagnostic(
        "LMP0125", f"`{name}` is built in and cannot be declared", Label(span), help="choose another name"
    )


def not_declared(name: str, span: Span, known: Iterable[str]) -> Diagnostic:
    """An assignment to a name that no `let` introduced."""
    guess = did_you_mean(name, known)
    return Diagnostic(
        "LMP0134",
        f"`{name}` is not declared",
        Label(span),
        help=f"did you mean `{guess}`?" if guess else f"introduce it: `let {name} = …`",
        fix=Fix(span, guess) if guess else before(span, "let "),
    )


def not_assignable(name: str, span: Span) -> Diagnostic:
    """An assignment to a parameter or a loop variable."""
    return Diagnostic(
        "LMP0135", f"`{name}` cannot be given a new value", Label(span), help="use a `let` of another name"
    )
