"""What was compared while a program was tuned, for reports and for passes that learn from what was tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from lmc.ir.program import Json, Program

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


StudyState: TypeAlias = Literal["complete", "pruned", "failed"]
"""How a trial of a study ended: with its values; stopped early, its last intermediate value being what is known; or
without any value."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One parameter of a study: one of `choices`, or a number from `low` to `high` (both included), in steps of `step`
    where that is given, evenly on a logarithmic scale where `log` is set. Whole numbers where `low` is one."""

    name: str
    choices: tuple[Json, ...] | None = None
    low: int | float | None = None
    high: int | float | None = None
    step: int | float | None = None
    log: bool = False


@dataclass(frozen=True, slots=True)
class StudyTrial:
    """One trial of a study: a value for each axis that it has, by name; its final values, one for each direction (none
    unless it is complete); intermediate values by step, for example by the number of rows; and what else there is to
    say of it, by name."""

    params: tuple[tuple[str, Json], ...]
    values: tuple[float, ...] = ()
    state: StudyState = "complete"
    intermediate: tuple[tuple[int, float], ...] = ()
    attributes: tuple[tuple[str, Json], ...] = ()


@dataclass(frozen=True, slots=True)
class StudyRecord:
    """A study of a sampler (Optuna's, as a rule), for reports and for Optuna's own dashboard. `name` is unique in a
    tuning. The trials are in the order in which they were asked for; the number of each is its place, from 0."""

    name: str
    directions: tuple[Literal["maximize", "minimize"], ...]
    axes: tuple[Axis, ...]
    trials: tuple[StudyTrial, ...]
