"""What went wrong on train rows, and which failures are alike."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lmc.evaluate.rows import Row
from lmc.evaluate.scoring import Scored
from lmc.execute.trace import Call
from lmc.ir.program import Program
from lmc.optimize.bench import Bench
from lmc.runtime.prompt import show

TAG = 80
"""Characters of what failures that are alike have in common."""

QUOTED = re.compile(r"\d+|\"[^\"\n]*\"|'[^'\n]*'|`[^`\n]*`")


@dataclass(frozen=True, slots=True)
class Example:
    """A train row and what came of it, with its trace."""

    row: Row
    scored: Scored

    def call(self, address: str) -> Call | None:
        """The last call at an address that counts."""
        found = [one for one in self.calls if one.address == address and not one.superseded]
        return found[-1] if found else None

    @property
    def calls(self) -> tuple[Call, ...]:
        """All calls of the run."""
        return () if self.scored.outcome is None else self.scored.outcome.calls


@dataclass(frozen=True, slots=True)
class Failure:
    """A row that went wrong, the call site that is blamed for it with what share (1: no other can be), and a tag that
    failures of the same kind share."""

    example: Example
    address: str
    tag: str
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Cluster:
    """Failures that are alike: of one call site and one kind, the worst first."""

    address: str
    tag: str
    failures: tuple[Failure, ...]

    @property
    def weight(self) -> float:
        """How many rows it explains."""
        return sum(one.share for one in self.failures)


def examples_of(program: Program, bench: Bench, rows: Sequence[Row]) -> list[Example]:
    """The rows with their results and traces; those that were run before are not run again. Raises OutOfBudget."""
    (results,) = bench.results([program], rows, keep=True)
    return [Example(row, scored) for row, scored in zip(rows, results, strict=True)]


def clusters_of(failures: Sequence[Failure]) -> list[Cluster]:
    """The failures by call site and tag, those that explain the most rows first."""
    groups: dict[tuple[str, str], list[Failure]] = {}
    for one in failures:
        groups.setdefault((one.address, one.tag), []).append(one)
    found = [
        Cluster(*key, tuple(sorted(group, key=lambda one: one.example.scored.score))) for key, group in groups.items()
    ]
    return sorted(found, key=lambda one: -one.weight)


def tag_of(example: Example, address: str) -> str:
    """What kind of failure it is: how the run failed, what the metric said of it with quoted parts and numbers left
    out, else what the call gave, where that is short."""
    scored, outcome = example.scored, example.scored.outcome
    if outcome is not None and outcome.error is not None:
        return f"{outcome.error.code} {plain(outcome.error.message)}"
    if outcome is not None and outcome.notes:
        return plain(outcome.notes[0])
    if said := scored.feedback or scored.missing:
        return plain(said)
    call = example.call(address)
    if call is None or not call.outputs:
        return "wrong"
    given = show(list(call.outputs.values())[-1], "text")
    return f"gave {given}" if len(given) <= TAG // 2 else "wrong"


def plain(text: str) -> str:
    """The first line of a message without what differs between messages of one kind."""
    line = text.strip().split("\n")[0]
    return QUOTED.sub("…", line)[:TAG]
