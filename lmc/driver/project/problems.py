"""The sentences of `lmc init`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lmc.diagnostics import Diagnostic, did_you_mean


def listed(names: Iterable[str]) -> str:
    """Names in backticks."""
    return ", ".join(f"`{one}`" for one in names)


def no_field(written: str) -> Diagnostic:
    """An input or output that has no name or no type."""
    return Diagnostic(
        "LMP0913",
        f"`{written}` is no input or output",
        help="write a name, a name and a type, or a name and labels: `text`, `stars: int`, `mood: happy | sad`",
    )


def no_type_written(written: str, whole: str, known: Sequence[str]) -> Diagnostic:
    """A type that is none."""
    guess = did_you_mean(written, known)
    return Diagnostic(
        "LMP0913",
        f"`{written}` in `{whole}` is neither a type nor several labels",
        help=f"did you mean `{guess}`?" if guess else f"write labels as `a | b | c`, or a type: {listed(known)}",
    )


def no_reference(written: str, known: Sequence[str]) -> Diagnostic:
    """A model that is none."""
    guess = did_you_mean(written, known)
    return Diagnostic(
        "LMP0913",
        f"`{written}` is no model",
        help=f"did you mean `{guess}`?" if guess else "name one as `provider/model`, such as `openai/gpt-4o-mini`",
    )


def no_such_local(written: str, known: Sequence[str]) -> Diagnostic:
    """A local model that nobody knows."""
    guess = did_you_mean(written, known)
    return Diagnostic(
        "LMP0913",
        f"there is no local model `{written}`",
        help=f"did you mean `{guess}`?" if guess else f"`lmc model add` adds one; there are {listed(known)}",
    )


def no_column(name: str, known: Sequence[str]) -> Diagnostic:
    """A column that the rows do not have."""
    guess = did_you_mean(name, known)
    advice = f"did you mean `{guess}`?" if guess else f"they have {listed(known)}"
    return Diagnostic("LMP0913", f"the rows have no column `{name}`", help=advice)


def nothing_left(what: str, known: Sequence[str]) -> Diagnostic:
    """Rows of which no input, or no output, is left."""
    return Diagnostic(
        "LMP0318",
        f"the rows leave no column for an {what}; they have {listed(known)}",
        help="give them a column for what is read and one for what is wanted, or name both: `--input A --output B`",
    )


def mixed_column(name: str, kinds: int) -> Diagnostic:
    """A column with values of several types, or of none."""
    values = "values of several types" if kinds else "no value but null"
    return Diagnostic(
        "LMP0318",
        f"column `{name}` has {values}, so that no type fits it",
        help="make them alike, or leave the column out: name the others with `--input` and `--output`",
    )


def odd_record(name: str) -> Diagnostic:
    """A column of records whose fields cannot be named in a program."""
    return Diagnostic(
        "LMP0318",
        f"column `{name}` has records whose fields have no plain names",
        help="rename the fields, or leave the column out: name the others with `--input` and `--output`",
    )


def few_rows(file: str, count: int, least: int) -> Diagnostic:
    """Rows that cannot be divided."""
    return Diagnostic(
        "LMP0318",
        f"`{file}` has {count} row{'s' * (count != 1)}; to learn from some and to measure on others takes {least}",
        help="add rows",
    )


def there_already(names: Sequence[str]) -> Diagnostic:
    """Files that would be overwritten."""
    verb = "is" if len(names) == 1 else "are"
    return Diagnostic(
        "LMP0912",
        f"{listed(names)} {verb} there already, and nothing was written",
        help="choose another name with `--name`, another folder, or remove them",
    )


def no_name(written: str) -> Diagnostic:
    """A name that no file can have."""
    return Diagnostic(
        "LMP0913",
        f"`{written}` is no name for a program",
        help="use letters, digits and `_`, such as `reviews`",
    )
