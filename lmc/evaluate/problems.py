"""What is said of mistakes in data. `at` is the span of the `data` declaration; places in data files stand in the
text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from lmc.diagnostics import Diagnostic, Label, did_you_mean
from lmc.source import Span

MOST = 5
"""The most diagnostics of one kind; what is more is counted."""


def problem(code: str, message: str, at: Span | None, help: str | None = None) -> Diagnostic:
    """An error at a `data` declaration."""
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


def names(items: Iterable[str]) -> str:
    """Names in backticks, between commas."""
    return ", ".join(f"`{item}`" for item in items)


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


def unknown_format(path: str, at: Span | None) -> Diagnostic:
    """LMP0308."""
    help = "name it `.jsonl`, `.json`, `.csv` or `.parquet`, by what it holds"
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


def duplicate_row(place: str, first: str, at: Span | None) -> Diagnostic:
    """LMP0306."""
    return problem("LMP0306", f"the row `{place}` repeats the row `{first}`", at, "delete one of the two")


def duplicate_id(place: str, first: str, id: str, at: Span | None) -> Diagnostic:
    """LMP0316."""
    help = 'give each row an id of its own, or read the column under another name with `columns: { other: "id" }`'
    return problem("LMP0316", f"the row `{place}` has the id `{id}` of row `{first}`", at, help)


def leak(place: str, role: str, first: str, first_role: str, at: Span | None) -> Diagnostic:
    """LMP0307."""
    message = f"the {role} row `{place}` has the same input as the {first_role} row `{first}`"
    return problem("LMP0307", message, at, "keep each input in one role, or scores say too much")


# Split and roles


def split_too_large(dataset: str, asked: int, rows: int, at: Span | None) -> Diagnostic:
    """LMP0310. `rows` is the number that is left for the roles with a count."""
    message = f"the split of `{dataset}` asks for {asked} rows, but there are only {rows} for it"
    return problem("LMP0310", message, at, "ask for fewer, or give one role `rest`")


def split_wrong(dataset: str, reason: str, at: Span | None) -> Diagnostic:
    """LMP0317."""
    help = "write counts (`200`), fractions (`0.25`) that sum to at most 1, and `rest` at most once"
    return problem("LMP0317", f"the split of `{dataset}` cannot be made: {reason}", at, help)


def role_empty(dataset: str, role: str, at: Span | None) -> Diagnostic:
    """LMP0311."""
    help = f"give `{role}` a part of the rows in `split`, or a file"
    return problem("LMP0311", f"the role `{role}` of `{dataset}` has no rows, and tuning needs some", at, help)


# Columns


def column_unknown(dataset: str, column: str, known: Sequence[str], at: Span | None) -> Diagnostic:
    """LMP0312: no row has the column."""
    near = did_you_mean(column, known)
    has = f"its columns are {names(known)}"
    help = f"did you mean `{near}`? {has}" if near else has
    return problem("LMP0312", f"no row of `{dataset}` has a column `{column}`", at, help)


def column_missing(place: str, column: str, at: Span | None) -> Diagnostic:
    """LMP0313: other rows have it."""
    help = f"write it into the row, or make `{column}` optional where it is declared"
    return problem("LMP0313", f"the row `{place}` has no column `{column}`", at, help)


def value_unfit(place: str, column: str, reason: str, at: Span | None) -> Diagnostic:
    """LMP0314. `reason` reads on from the column's name: `must be a number, not "x"`."""
    return problem("LMP0314", f"the column `{column}` of the row `{place}` {reason}", at)
