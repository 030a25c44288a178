"""What was compared while a program was tuned, for reports and for passes that learn from what was tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from lmc.ir.program import Program

Decision: TypeAlias = Literal["accepted", "rejected", "stopped", "kept", "dropped"]
"""`accepted` and `rejected`: the end of a race, `stopped`: the budget ended it; `kept` and `dropped`: by a rung of
successive halving."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One comparison. `stage` is the pass that made it; `score` is the candidate's mean on the first `rows` dev rows of
    the comparison, `against` the incumbent's on the same (None where candidates were compared with one another).
    `calls` were spent when it ended. `origin` says in words where the candidate came from."""

    stage: str
    candidate: Program
    incumbent: Program | None
    decision: Decision
    rows: int
    score: float
    against: float | None
    calls: int
    origin: str = ""
