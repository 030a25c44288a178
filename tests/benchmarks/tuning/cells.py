"""The cells of the matrix, and the file that holds the results of those that have ended."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.tuning.tasks import HERE

RESULTS = HERE / "results"


@dataclass(frozen=True, slots=True)
class Cell:
    """One run of one system: `budget` is in LM calls for each call of a run (None: the system has no such option)."""

    task: str
    system: str
    seed: int
    lm: str
    budget: int | None = None

    @property
    def name(self) -> str:
        """The name, also in the paths of the proxy."""
        limit = "" if self.budget is None else f".{self.budget}"
        return f"{self.lm}.{self.task}.{self.system}{limit}.{self.seed}"


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a cell. `status` is "finished" or what went wrong; `scores` are those of the sealed rows in their
    order; `tuning` and `sealed` are the proxy's counts before and for the sealed rows; `seconds` is wall time of the
    tuning (short where the store knew the replies; see `lm_seconds` in the counts); `program` is what was tuned, in
    the system's own form; `facts` say with which versions, threads and settings."""

    cell: Cell
    status: str
    scores: tuple[float, ...]
    tuning: dict[str, Any]
    sealed: dict[str, Any]
    seconds: float
    program: Any
    facts: dict[str, Any]


def file_of(lm: str, folder: Path = RESULTS) -> Path:
    """The results of an LM."""
    return folder / f"{lm}.jsonl"


def keep(result: Result, folder: Path = RESULTS) -> None:
    """Appends a result; it is on disk when this returns."""
    folder.mkdir(parents=True, exist_ok=True)
    line = json.dumps(asdict(result), ensure_ascii=False) + "\n"
    with open(file_of(result.cell.lm, folder), "ab+") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - 1))
        if file.read(1) not in (b"", b"\n"):  # a process was killed while it wrote
            file.write(b"\n")
        file.write(line.encode())
        file.flush()
        os.fsync(file.fileno())


def kept(lm: str, folder: Path = RESULTS) -> dict[Cell, Result]:
    """The results of an LM, the last of each cell; a line that a killed process left unfinished is passed over."""
    try:
        lines = file_of(lm, folder).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    found: dict[Cell, Result] = {}
    for line in lines:
        try:
            fields = json.loads(line)
        except ValueError:
            continue
        cell = Cell(**fields.pop("cell"))
        found[cell] = Result(cell, **{**fields, "scores": tuple(fields["scores"])})
    return found


def missing(cells: Iterable[Cell], lm: str, folder: Path = RESULTS, failed: bool = False) -> list[Cell]:
    """The cells that have not ended, in their order; with `failed` also those that ended with an error."""
    ended = {cell for cell, result in kept(lm, folder).items() if not failed or result.status == "finished"}
    return [cell for cell in cells if cell not in ended]
