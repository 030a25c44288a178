"""The sentences of the backends."""

from __future__ import annotations

from lmc.diagnostics import Diagnostic, Label
from lmc.source import Span


def no_lm(address: str, span: Span | None) -> Diagnostic:
    """A call site without an LM to write a prompt for."""
    return Diagnostic(
        "LMP0420",
        f"`{address}` has no LM to write a prompt for",
        Label(span) if span else None,
        help='declare one: `lm small = "local/smollm2-135m"`',
    )


def same_file(address: str, other: str, span: Span | None) -> Diagnostic:
    """Two call sites whose files some file systems take for one."""
    return Diagnostic(
        "LMP0421",
        f"the prompts of `{address}` and `{other}` would be one file where case does not count",
        Label(span) if span else None,
        help="give one of the calls another name, with `as`",
    )


def renamed(kind: str, name: str, emitted: str, span: Span | None) -> Diagnostic:
    """A name that Python or the emitted module has already taken."""
    return Diagnostic(
        "LMP0422",
        f"the {kind} `{name}` is `{emitted}` in the emitted Python, where its own name is taken",
        Label(span) if span else None,
        help="nothing needs to be done; another name would be kept as it is",
        severity="note",
    )


def no_source(extern: str, file: str, span: Span | None) -> Diagnostic:
    """A function in Python whose file was not read."""
    return Diagnostic(
        "LMP0423",
        f"`{file}`, the file of `{extern}`, could not be taken along",
        Label(span) if span else None,
        help="put the file where the program says, relative to its own folder",
    )


def no_corpus(retriever: str, span: Span | None) -> Diagnostic:
    """A corpus that should go along and was not read."""
    return Diagnostic(
        "LMP0424",
        f"the corpus of `{retriever}` could not be taken along",
        Label(span) if span else None,
        help="put its file where the program says, or leave out `self_contained`: then the caller passes a retriever",
    )
