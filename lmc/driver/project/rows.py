"""The rows of a new project: those of a file of the user's, or rows that are made up."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from lmc.diagnostics import Failure
from lmc.driver.project import problems
from lmc.driver.project.field import Slot, column_type, distinct, identifier, slot_written, type_written
from lmc.ir.types import BOOL, FLOAT, INT, STR
from lmc.tables import read_table

LEAST_ROWS = 6
MOST = {"train": 150, "dev": 150, "test": 200}
"""More rows than these are left for later: they would make the first build long."""

USUAL = ("label", "answer", "output", "target", "class", "category", "intent", "sentiment", "summary", "y", "expected")
"""What the column that is wanted is often called."""

EXAMPLE = "messages"
EXAMPLE_INPUT, EXAMPLE_OUTPUT = "text", "label: complaint | praise | question"
MADE_UP = 30
"""So many rows are made up for inputs and outputs that nobody knows anything of."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows with the inputs and outputs that they are of. `file` is where they are to be, relative to the program;
    `data` what is to be written there, None where the file is there already. `note` says where they are from."""

    rows: Sequence[Mapping[str, Any]]
    inputs: tuple[Slot, ...]
    outputs: tuple[Slot, ...]
    file: str
    data: bytes | None
    note: str

    @property
    def split(self) -> dict[str, int]:
        """How many rows each role gets."""
        count = len(self.rows)
        train, dev = max(1, count * 3 // 10), max(1, count * 4 // 10)
        sizes = {"train": train, "dev": dev, "test": count - train - dev}
        return {role: min(size, MOST[role]) for role, size in sizes.items()}


def from_file(file: Path, folder: Path, inputs: Sequence[str], outputs: Sequence[str]) -> Table:
    """The rows of a file (CSV, JSON, JSON lines, Parquet), which stays where it is if that is in the folder, else a
    copy is made. `inputs` and `outputs` name columns, maybe with types; unnamed, the wanted one is guessed by its name,
    or is the last, and all others are inputs. Raises Failure."""
    full = file.resolve()
    read, found = read_table(full.name, ".", full.parent, None)
    if found:
        raise Failure(found[0])
    rows = [values for _, values in read]
    if len(rows) < LEAST_ROWS:
        raise Failure(problems.few_rows(file.as_posix(), len(rows), LEAST_ROWS))
    columns = list(dict.fromkeys(name for row in rows for name in row))
    free = [name for name in columns if name != "id"]
    wanted = [chosen(one, columns) for one in outputs] or guessed(free, [chosen(one, columns)[0] for one in inputs])
    taken = {name for name, _ in wanted}
    given = [chosen(one, columns) for one in inputs] or [(name, "") for name in free if name not in taken]
    for what, names in (("input", given), ("output", wanted)):
        if not names:
            raise Failure(problems.nothing_left(what, columns))
    cells = full.suffix.lower() == ".csv"

    def slot(name: str, written: str, choice: bool) -> Slot:
        if written:
            return Slot(identifier(name), type_written(written, f"{name}: {written}"), name)
        values = [row.get(name) for row in rows]
        return Slot(identifier(name), column_type(name, values, cells, choice), name)

    slots = distinct([*(slot(*one, False) for one in given), *(slot(*one, True) for one in wanted)])
    inside = full.is_relative_to(folder.resolve())
    place = full.relative_to(folder.resolve()).as_posix() if inside else f"data/{full.name}"
    value = typed_cell if cells else lambda cell, _: cell
    typed = [{one.column: value(row.get(one.column), one) for one in slots} for row in rows]
    note = f"The rows are those of {full.name}."
    data = None if inside else full.read_bytes()
    return Table(typed, slots[: len(given)], slots[len(given) :], place, data, note)


def chosen(written: str, columns: Sequence[str]) -> tuple[str, str]:
    """The column that a user names, and the type that he gives it. Raises Failure."""
    if written in columns:
        return written, ""
    name, _, kind = written.partition(":")
    if name.strip() not in columns:
        raise Failure(problems.no_column(name.strip(), columns))
    return name.strip(), kind.strip()


def guessed(columns: Sequence[str], inputs: Sequence[str]) -> list[tuple[str, str]]:
    """The column that is wanted, most likely."""
    free = [name for name in columns if name not in inputs]
    named = [name for word in USUAL for name in free if name.casefold() == word]
    alone = len(free) == 1 and not inputs
    return [((named or free[-1:])[0], "")] if free and not alone else []


def typed_cell(cell: Any, slot: Slot) -> Any:
    """A cell of a CSV file as a value of its type."""
    if slot.type == STR or slot.labels or not isinstance(cell, str):
        return cell
    try:
        return json.loads(cell.strip().lower()) if cell.strip() else None
    except ValueError:
        return cell


def made_up(inputs: Sequence[str], outputs: Sequence[str]) -> Table:
    """Rows for what the user wants to read and give: real sentences for the example, else rows that say that they are
    to be replaced."""
    given = [slot_written(one) for one in inputs or (EXAMPLE_INPUT,)]
    wanted = [slot_written(one) for one in outputs or (EXAMPLE_OUTPUT,)]
    slots = distinct([*given, *wanted])
    ours, theirs = slots[: len(given)], slots[len(given) :]
    example = slot_written(EXAMPLE_OUTPUT)
    if len(ours) == 1 and ours[0].type == STR and len(theirs) == 1 and theirs[0].type == example.type:
        lines = files("lmc.driver.project").joinpath(f"{EXAMPLE}.jsonl").read_text("utf-8").splitlines()
        rows = [
            {ours[0].name: one["text"], theirs[0].name: one["label"]} for one in (json.loads(line) for line in lines)
        ]
        note = "The rows are made up, by lmc's authors, and in the public domain (CC0): put yours in their place."
        name = EXAMPLE
    else:
        rows = [made_row(ours, theirs, number) for number in range(1, MADE_UP + 1)]
        note = "The rows are only there for the form: put yours in their place."
        name = "rows"
    data = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    plain = [tuple(Slot(one.name, one.type, one.name) for one in some) for some in (ours, theirs)]
    return Table(rows, plain[0], plain[1], f"data/{name}.jsonl", data, note)


def made_row(inputs: Sequence[Slot], outputs: Sequence[Slot], number: int) -> dict[str, Any]:
    """A row that says what should stand in it."""
    found = {one.name: value_for(one, number, "") for one in outputs}
    about = ", ".join(str(value) for value in found.values())
    lead = f"Example {number}, for which is wanted: {about}"
    return {**{one.name: value_for(one, number, lead) for one in inputs}, **found}


def value_for(slot: Slot, number: int, lead: str) -> Any:
    """The value of a row that is made up."""
    if slot.labels:
        return slot.labels[number % len(slot.labels)]
    if slot.type == BOOL:
        return number % 2 == 0
    if slot.type in (INT, FLOAT):
        return number if slot.type == INT else number / 2
    return lead or f"{slot.name} {number}"


__all__ = ["EXAMPLE_INPUT", "EXAMPLE_OUTPUT", "Table", "from_file", "made_up"]
