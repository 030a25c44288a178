"""What is said of files of rows. `at` is the span of the declaration that names the file; places in files stand in the
text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from lmc.diagnostics import Diagnostic, Label, did_you_mean
from lmc.source import Span

MOST = 5
"""The most diagnostics of one kind; what is more is counted."""


def problem(code: str, message: str, at: Span | None, help: str | None = None) -> Diagnostic:
    """An error at a declaration."""
    return Diagnostic(code, message, Label(at) if at else None, help=help)


def few(found: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The first few of the diagnostics of one kind; the last of them says how many more there are."""
    if len(found) <= MOST:
        return tuple(found)
    more = len(found) - MOST
    note = (
        "1 more mistake of this kind is not shown" if more == 1 else f"{more} more mistakes of this kind are not shown"
    )
    last = found[MOST - 1]
    return (*found[: MOST - 1], replace(last, notes=(*last.notes, note)))


# Files


def file_missing(path: str, folder: str, siblings: Iterable[str] | None, at: Span | None) -> Diagnostic:
    """LMP0300. `siblings` are the names of the files in `folder`, None when there is no such folder."""
    if siblings is None:
        return problem("LMP0300", f"the data file `{path}` does not exist, nor does its folder `{folder}`", at)
    near = did_you_mean(path.rsplit("/", 1)[-1], siblings)
    where = "the folder" if folder == "." else f"`{folder}`"
    help = f"{where} has a file `{near}`" if near else f"put the file into {where}, or correct its name"
    return problem("LMP0300", f"the data file `{path}` does not exist", at, help)


def file_unreadable(path: str, reason: str, at: Span | None) -> Diagnostic:
    """LMP0301."""
    return problem("LMP0301", f"the data file `{path}` cannot be read: {reason}", at)


def not_utf8(path: str, line: int, at: Span | None) -> Diagnostic:
    """LMP0302."""
    return problem("LMP0302", f"`{path}:{line}` is not UTF-8 text", at, "save the file in UTF-8")


def no_rows(path: str, at: Span | None) -> Diagnostic:
    """LMP0303."""
    return problem("LMP0303", f"the data file `{path}` has no rows", at, "write at least one row into it")


def unknown_format(path: str, at: Span | None, plain: bool = False) -> Diagnostic:
    """LMP0308. `plain`: plain text is a format too."""
    endings = "`.jsonl`, `.json`, `.csv`, `.parquet` or `.txt`" if plain else "`.jsonl`, `.json`, `.csv` or `.parquet`"
    help = f"name it {endings}, by what it holds"
    return problem("LMP0308", f"the ending of the data file `{path}` does not tell its format", at, help)


def outside(path: str, at: Span | None) -> Diagnostic:
    """LMP0309."""
    help = "copy the file into the project, and give its path relative to the file that declares it"
    return problem("LMP0309", f"the data file `{path}` is outside the project, where lmc reads no file", at, help)


def parquet_missing(path: str, at: Span | None) -> Diagnostic:
    """LMP0315."""
    message = f"reading `{path}` needs the package `pyarrow`, which is not installed"
    return problem("LMP0315", message, at, 'install it with `pip install "lmc[parquet]"`')


# What files hold


def malformed(place: str, reason: str, at: Span | None, help: str | None = None) -> Diagnostic:
    """LMP0304. `place` is `file:line` or `file:line:column`."""
    return problem("LMP0304", f"`{place}` cannot be read: {reason}", at, help)


def not_object(place: str, found: str, at: Span | None) -> Diagnostic:
    """LMP0305."""
    return problem(
        "LMP0305", f"`{place}` is {found}, where a row must be an object", at, 'write a row as `{"name": value}`'
    )
