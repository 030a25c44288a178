"""What is said of corpora, of search indexes, and of retrievers that fail. `at` is the span of the declaration."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lmc.diagnostics import Diagnostic, did_you_mean
from lmc.source import Span
from lmc.tables.problems import problem

# Corpora


def field_unknown(name: str, field: str, columns: Sequence[str], at: Span | None) -> Diagnostic:
    """LMP0320: no row has the field that is to be searched."""
    near = did_you_mean(field, columns)
    has = f"its columns are {_names(columns)}"
    return problem(
        "LMP0320",
        f"no passage of `{name}` has a field `{field}` to search",
        at,
        f"did you mean `{near}`? {has}" if near else has,
    )


def field_not_text(name: str, field: str, place: str, at: Span | None) -> Diagnostic:
    """LMP0320: a row's field that is to be searched is no string."""
    help = "name fields of text alone, or none: then all columns that are text are searched"
    return problem("LMP0320", f"the field `{field}` of `{name}` is not text in the row `{place}`", at, help)


def nothing_to_search(name: str, columns: Sequence[str], at: Span | None) -> Diagnostic:
    """LMP0321: no column is text, or no text has a word."""
    has = f"its columns are {_names(columns)}"
    help = "give each passage some text, and name the fields that hold it"
    return problem("LMP0321", f"the passages of `{name}` have no words to search; {has}", at, help)


def passage_unfit(name: str, place: str, reason: str, at: Span | None) -> Diagnostic:
    """LMP0314. `reason` reads on from the row: `must be …`, or names a column first."""
    return problem("LMP0314", f"the row `{place}` of `{name}` does not fit its type: {reason}", at)


# Indexes


def library_missing(package: str) -> Diagnostic:
    """LMP0322."""
    return Diagnostic(
        "LMP0322",
        f"searching by words needs the package `{package}`, which is not installed",
        help='install it with `pip install "lmc[retrieval]"`',
    )


def index_damaged(path: Path) -> Diagnostic:
    """LMP0541."""
    return Diagnostic(
        "LMP0541",
        f"the search index `{path}` is damaged and is built again",
        help="nothing is lost but time; if this happens again, check the disk",
        severity="warning",
    )


def index_not_kept(path: Path, reason: str) -> Diagnostic:
    """LMP0542."""
    return Diagnostic(
        "LMP0542",
        f"the search index `{path}` is not kept: {reason}",
        help="make the folder writable, free some space, or set LMC_HOME to another folder",
        severity="warning",
    )


def vectors_unlike(name: str, found: str) -> Diagnostic:
    """LMP0607: vectors that cannot be compared."""
    return Diagnostic(
        "LMP0607",
        f"`{name}` sent vectors that cannot be compared: {found}",
        help="check that its LM is an embedding LM and always the same one",
    )


# Functions of the user


def retriever_failed(name: str, error: Exception) -> Diagnostic:
    """LMP0710."""
    said = str(error)
    return Diagnostic(
        "LMP0710",
        f"the retriever `{name}` raised {type(error).__name__}{f': {said}' if said else ''}",
        help="it is called with a query and the most passages wanted: make it give a list for any of them",
    )


def not_passages(name: str, found: str) -> Diagnostic:
    """LMP0711. `found` says what the retriever gave."""
    return Diagnostic(
        "LMP0711",
        f"the retriever `{name}` gave {found}, where a list of passages is wanted",
        help='return a list of objects of JSON values, best first: `[{"text": "…"}]`',
    )


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f"`{column}`" for column in columns)
