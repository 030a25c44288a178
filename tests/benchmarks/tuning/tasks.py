"""The tasks: their programs, rows and sealed rows, the same for every system."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TRAIN, DEV, SEALED = 60, 60, 150

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Task:
    """One task: `data` is the file of its rows, `output` the column that is scored (exact match), `calls` how many
    calls one run makes. The `.lmp` program is `programs/NAME.lmp`, the DSPy program stands in `peers/tasks.py`."""

    name: str
    data: str
    module: str
    output: str
    calls: int

    @property
    def program(self) -> Path:
        """The program of lmc."""
        return HERE / "programs" / f"{self.name}.lmp"


TASKS = (
    Task("mr", "mr", "Sentiment", "label", 1),
    Task("snips", "snips", "Router", "intent", 1),
    Task("concierge", "snips", "Concierge", "intent", 2),
    Task("desk", "clinc", "Desk", "domain", 2),
)


@dataclass(frozen=True, slots=True)
class Split:
    """The rows of one seed by role."""

    train: tuple[Row, ...]
    dev: tuple[Row, ...]
    sealed: tuple[Row, ...]


def task(name: str) -> Task:
    """The task of a name. Raises LookupError."""
    found = next((one for one in TASKS if one.name == name), None)
    if found is None:
        raise LookupError(f"there is no task {name}; the tasks are {', '.join(one.name for one in TASKS)}")
    return found


def split(one: Task, seed: int) -> Split:
    """The rows of a task: the sealed ones are the same for every seed, the others are drawn by seed from the rest."""
    text = (HERE / "data" / f"{one.data}.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.splitlines()]
    rows.sort(key=lambda row: rank("sealed", row))
    sealed, rest = rows[:SEALED], rows[SEALED:]
    rest.sort(key=lambda row: rank(str(seed), row))
    return Split(tuple(rest[:TRAIN]), tuple(rest[TRAIN : TRAIN + DEV]), tuple(sealed))


def rank(seed: str, row: Row) -> str:
    """The place of a row in a shuffle, which depends on no other row."""
    return hashlib.sha256(f"{seed}\n{row['id']}".encode()).hexdigest()
