"""What is said of mistakes in data. `at` is the span of the `data` declaration; places in data files stand in the
text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lmc.diagnostics import Diagnostic, did_you_mean
from lmc.source import Span
from lmc.tables.problems import problem


def names(items: Iterable[str]) -> str:
    """Names in backticks, between commas."""
    return ", ".join(f"`{item}`" for item in items)


# Rows


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
