"""Rows that the tuned program won and lost against the one as written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from lmc.driver.record import Record, RowEntry
from lmc.evaluate.statistics import mcnemar

Verdict: TypeAlias = Literal["won", "lost", "same"]
ORDER: tuple[Verdict, ...] = ("lost", "won", "same")


@dataclass(frozen=True, slots=True)
class Pair:
    """A row that both programs were scored on."""

    row: RowEntry
    verdict: Verdict
    before: float
    after: float

    @property
    def wanted(self) -> str:
        """What the row asks for: one column's value, or all by name."""
        values = self.row.wanted
        return next(iter(values.values())) if len(values) == 1 else named(values)

    @property
    def inputs(self) -> str:
        """The row's inputs: one value, or all by name."""
        values = self.row.inputs
        return next(iter(values.values())) if len(values) == 1 else named(values)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a role that both programs were scored on, those lost first; how many were won, lost, and neither; and
    how likely so uneven a split is by chance (see `mcnemar`)."""

    role: str
    pairs: tuple[Pair, ...]
    won: int
    lost: int
    same: int
    chance: float


def rows_of(record: Record) -> tuple[Rows, ...]:
    """The rows of each role that has some, the sealed ones first."""
    found = [rows_in(role, [one for one in record.rows if one.role == role]) for role in ("test", "dev")]
    return tuple(one for one in found if one.pairs)


def rows_in(role: str, rows: Sequence[RowEntry]) -> Rows:
    """The rows of one role."""
    pairs = []
    for row in rows:
        if row.before is not None and row.after is not None:
            before, after = row.before.score, row.after.score
            pairs.append(Pair(row, "won" if after > before else "lost" if after < before else "same", before, after))
    counts = Counter(one.verdict for one in pairs)
    chance = mcnemar([one.after for one in pairs], [one.before for one in pairs])
    ordered = tuple(sorted(pairs, key=lambda one: ORDER.index(one.verdict)))
    return Rows(role, ordered, counts["won"], counts["lost"], counts["same"], chance)


def named(values: dict[str, str]) -> str:
    """Values by name, a line each."""
    return "\n".join(f"{name}: {value}" for name, value in values.items())
