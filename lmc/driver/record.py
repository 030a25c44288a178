"""The record of a tuning: all that it compared, kept under LMC_HOME for reports and exports.

It holds nothing that a build needs: the lock alone says what was found. The same tuning gives the same bytes, also when
it was interrupted, or made again out of cached replies.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from lmc.driver.lock import ModuleEntry, SlotEntry, Strict
from lmc.ir.digest import digest_of
from lmc.optimize.trial import Decision, StudyRecord
from lmc.store import read_bytes, tunings_folder, write_atomic

FORMAT: Literal[1] = 1


class ResultEntry(Strict):
    """What a program gave for a row: its score, the value as text (cut), what went wrong with the run if anything did,
    and what the metric says in words."""

    score: float
    given: str = ""
    problem: str | None = None
    feedback: str = ""


class RowEntry(Strict):
    """A row that programs were scored on, its inputs and other columns as text (cut); what the program as written and
    the tuned one gave, where they were run on it. The two are the same where the program was kept as written."""

    id: str
    role: Literal["dev", "test"]
    inputs: dict[str, str]
    wanted: dict[str, str]
    before: ResultEntry | None = None
    after: ResultEntry | None = None


class CandidateEntry(Strict):
    """A program that was compared: the pass that made it, where it came from in words, what differs from the program as
    written (`slots` by address; `structure`: changed declarations as core text), and its scores by the id of the
    row."""

    stage: str
    origin: str = ""
    slots: dict[str, SlotEntry]
    structure: str | None = None
    scores: dict[str, float]


class TrialEntry(Strict):
    """One comparison (see `Trial`); programs by their place in `candidates`, of which the first is the one as
    written."""

    stage: str
    candidate: int
    incumbent: int | None
    decision: Decision
    rows: int
    score: float
    against: float | None
    calls: int
    origin: str = ""


class StageEntry(Strict):
    """What one pass did and took, its race included; the last one, without a name, is the scoring at the end. `notes`
    say in words what happened."""

    name: str
    outcome: Literal["accepted", "rejected", "unchanged", "stopped", "skipped", "scored"]
    calls: int
    reused: int
    tokens: int
    dollars: float
    notes: list[str]


class LimitEntry(Strict):
    """What the tuning might spend; None: no limit of that kind."""

    calls: int | None
    tokens: int | None
    dollars: float | None


class Record(Strict):
    """A whole record. `entry` is what the lock says of the tuning; `written` has for each call what its prompt is made
    of as written; `lms` are references by declared name; `counts` are the rows by role; `proposals` were asked for
    by passes, of which `malformed` gave nothing."""

    record: Literal[1]
    compiler: str
    program: str
    module: str
    profile: str
    dataset: str
    metric: str
    lms: dict[str, str]
    limits: LimitEntry
    counts: dict[str, int]
    entry: ModuleEntry
    written: dict[str, SlotEntry]
    candidates: list[CandidateEntry]
    trials: list[TrialEntry]
    stages: list[StageEntry]
    rows: list[RowEntry]
    studies: list[StudyRecord]
    proposals: int
    malformed: int


def problems_of(record: Record) -> tuple[list[str], int]:
    """What went wrong with runs of the program that a tuning ended with, on the rows that scored it, and how many rows
    those are."""
    role = "test" if record.entry.sealed else "dev"
    found = [row.after for row in record.rows if row.role == role and row.after is not None]
    return [one.problem for one in found if one.problem is not None], len(found)


def record_path(program: str, module: str, profile: str, inputs: Mapping[str, str]) -> Path:
    """The file of a tuning's record, by what the tuning depends on. It does not tell where the program lies."""
    key = digest_of(module, profile, sorted(inputs.items()))[:32]
    return tunings_folder() / f"{program}-{module}-{key}.json"


def read_record(path: Path, entry: ModuleEntry) -> Record | None:
    """The record that belongs to an entry of a lock. None where there is none, where it is damaged or of another
    version of lmc, and where it is that of a tuning with another result. Raises Failure when it cannot be read."""
    if not path.is_file():
        return None
    try:
        found = Record.model_validate_json(read_bytes(path))
    except ValidationError:
        return None
    return found if found.entry == entry else None


def write_record(path: Path, record: Record) -> None:
    """Writes a record, whole or not at all. Raises Failure."""
    write_atomic(path, record_bytes(record))


def record_bytes(record: Record) -> bytes:
    """A record as JSON in one line, members in a fixed order, what is absent left out."""
    content = record.model_dump(mode="json", exclude_defaults=True)
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return (text + "\n").encode("utf-8", "backslashreplace")  # escapes lone surrogates


def record_digest(record: Record) -> str:
    """The content address of a record: SHA-256 (hex) of its bytes."""
    return hashlib.sha256(record_bytes(record)).hexdigest()
