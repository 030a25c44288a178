"""Rows that wait for a person: a CSV file beside the program, with a column for each label to be filled in."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lmc.diagnostics import Diagnostic, Failure
from lmc.ir.program import Json, Optimize
from lmc.runtime.prompt import show
from lmc.store import write_atomic
from lmc.tables import read_table

LEFT_OUT = "-"
"""What a person writes into the columns of a row that is to be left out."""

Cells = dict[str, str]


class LabelFile:
    """The file of one tuning. Rows that are asked for are added to it; what a person wrote there stays."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name

    def __call__(
        self,
        rows: Sequence[Mapping[str, Json]],
        inputs: Sequence[str],
        wanted: Sequence[str],
        fits: Callable[[Mapping[str, str]], bool],
    ) -> list[Cells]:
        """What the file says of the rows, nothing for those that are left out. Raises Failure: LMP0575 as long as some
        are not filled in (the file then has them all), LMP0576 for what does not fit, and where the file cannot be
        read or written."""
        held = self._read([*inputs, *wanted])
        places = {key(cells, inputs): number for number, (_, cells) in enumerate(held)}
        asked = [{name: show(row.get(name), "text") for name in inputs} for row in rows]
        new = [cells for cells in asked if key(cells, inputs) not in places]
        if new:
            self._write([*inputs, *wanted], [cells for _, cells in held] + new)
        waiting = len(new)
        found: list[Cells] = []
        for cells in asked:
            if key(cells, inputs) not in places:
                continue
            line, said = held[places[key(cells, inputs)]]
            labels = {name: said.get(name, "").strip() for name in wanted}
            if LEFT_OUT in labels.values():
                found.append({})
            elif not all(labels.values()):
                waiting += 1
            elif not fits(labels):
                raise Failure(label_unfit(f"{self._name}:{line}", labels))
            else:
                found.append(labels)
        if waiting:
            raise Failure(labels_wait(self._name, waiting, wanted))
        return found

    def _read(self, columns: Sequence[str]) -> list[tuple[int, Cells]]:
        """The rows of the file by line; none where there is no file."""
        if not (self._folder / self._name).exists():
            return []
        records, wrong = read_table(self._name, ".", self._folder, None)
        if wrong:
            raise Failure(wrong[0])
        return [(line, {name: str(values.get(name) or "") for name in columns}) for line, values in records]

    def _write(self, columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> None:
        """Writes the whole file."""
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        write_atomic(self._folder / self._name, text.getvalue().encode())


def key(cells: Mapping[str, str], inputs: Sequence[str]) -> tuple[str, ...]:
    """What a row is found by: its inputs, whatever an editor did to their white space."""
    return tuple(" ".join(cells.get(name, "").split()) for name in inputs)


def label_file(program: str, optimize: Optimize) -> str:
    """The name of a tuning's file, `router.Main.labels.csv`."""
    return ".".join([program, optimize.module, *([optimize.profile] if optimize.profile else []), "labels", "csv"])


def asks_person(optimize: Optimize) -> bool:
    """Whether a pass of a tuning asks a person."""
    return any(one.name == "synth" and dict(one.options).get("annotate") == "person" for one in optimize.passes or ())


def label_inputs(folder: Path, program: str, optimize: Optimize) -> dict[str, str]:
    """The hash of what a person said, on which a tuning depends; nothing where nobody did."""
    path = folder / label_file(program, optimize)
    if not asks_person(optimize) or not path.is_file():
        return {}
    return {"labels": hashlib.sha256(path.read_bytes()).hexdigest()}


def labels_wait(file: str, count: int, wanted: Sequence[str]) -> Diagnostic:
    """LMP0575."""
    columns = " and ".join(f"`{name}`" for name in wanted)
    return Diagnostic(
        "LMP0575",
        f"{count} row{'s' * (count != 1)} of `{file}` wait{'s' * (count == 1)} for a person",
        notes=("the calls so far are kept; none is made twice",),
        help=f"fill in {columns} (`{LEFT_OUT}`: leave the row out), then run the same command again",
    )


def label_unfit(place: str, labels: Mapping[str, str]) -> Diagnostic:
    """LMP0576."""
    said = ", ".join(f"`{name}`: `{value}`" for name, value in labels.items())
    return Diagnostic(
        "LMP0576", f"what `{place}` says is not of its type: {said}", help="the program says what it may be"
    )
