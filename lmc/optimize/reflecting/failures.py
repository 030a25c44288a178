"""What went wrong on train rows: which call is to blame, and which failures are alike."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lmc.analysis.calls import named_types, sites
from lmc.analysis.cone import cone
from lmc.evaluate.rows import Row
from lmc.evaluate.scoring import Scored
from lmc.execute.trace import Call
from lmc.ir.program import Const, Expr, ListOf, Predict, Program, RecordOf
from lmc.ir.values import belongs
from lmc.ir.walk import transform_body
from lmc.optimize.base import OutOfBudget
from lmc.optimize.bench import Bench
from lmc.optimize.places import sites_with
from lmc.optimize.runs import Trip, run_trips
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


def blamed(program: Program, bench: Bench, failing: Sequence[Example], threshold: float) -> list[Failure]:
    """Each failing run with the call site to blame: that whose reply did not fit, or was sent back by an assertion that
    never held; where several are possible, the first at which the run turns out right (a score of at least
    `threshold`) when the value that the row has for it takes the place of the call's (blame by substitution: no LM
    criticizes anything, and only what lies behind is asked). Calls that gave what the row has are not to blame. What
    that leaves open is shared. Failures of calls whose instruction cannot be changed are left out."""
    order = upstream_first(program, bench.module)
    tunable = {address for address, _ in sites_with(program, bench.module, "instruction")}
    suspects = {one.row.id: suspects_of(one, order) for one in failing}
    unclear = [one for one in failing if len(suspects[one.row.id]) > 1]
    suspects.update(substituted(program, bench, unclear, suspects, threshold))
    return [
        Failure(one, address, tag_of(one, address), 1 / len(suspects[one.row.id]))
        for one in failing
        for address in suspects[one.row.id]
        if address in tunable
    ]


def upstream_first(program: Program, module: str) -> list[str]:
    """The call sites that a run can reach, each before those that depend on it."""
    found = [address for address, _ in sites(program, module)]
    return sorted(found, key=lambda address: -len(cone(program, module, [address])))


def suspects_of(example: Example, order: Sequence[str]) -> list[str]:
    """The call sites that may be to blame, as far as the trace alone says, upstream ones first."""
    outcome = example.scored.outcome
    broken = [one.address for one in example.calls if one.outputs is None and not one.superseded]
    if broken:
        return broken[-1:]
    sent_back = [one.address for one in example.calls if one.failures and not one.superseded]
    if sent_back and outcome is not None and (outcome.error is not None or outcome.notes):
        return sent_back[-1:]
    called = {one.address for one in example.calls}
    return [address for address in order if address in called]


def substituted(
    program: Program,
    bench: Bench,
    unclear: Sequence[Example],
    suspects: Mapping[str, list[str]],
    threshold: float,
) -> dict[str, list[str]]:
    """What is left of the suspects of each row after the values that the row has took the place of calls. Nothing where
    the budget has no room for it."""
    golds = {
        (one.row.id, address): gold
        for one in unclear
        for address in suspects[one.row.id]
        if (gold := gold_of(program, bench, one, address)) is not None
    }
    right = {
        (one.row.id, address)
        for one in unclear
        for address in suspects[one.row.id]
        if (gold := golds.get((one.row.id, address))) is not None and gave(one, address, gold)
    }
    rows = {one.row.id: one.row for one in unclear}
    cuts = [place for place in golds if place not in right]
    trips = [Trip(with_value(program, address, golds[row, address]), rows[row]) for row, address in cuts]
    try:
        results = run_trips(bench, trips, program) if trips else []
    except OutOfBudget:
        return {}
    cured = {place: result.score >= threshold for place, result in zip(cuts, results, strict=True)}
    left = {}
    for row in rows:
        known = {address: cured.get((row, address), False) for address in suspects[row] if (row, address) in golds}
        left[row] = still_suspect(suspects[row], known)
    return left


def still_suspect(order: Sequence[str], cured: Mapping[str, bool]) -> list[str]:
    """Those of the suspects, upstream ones first, that may be to blame when for some it is known whether a right value
    in their place cures the run: the first that does, and those before it that could not be tried; where none does,
    what comes behind the last one."""
    cure = next((address for address in order if cured.get(address)), None)
    if cure is not None:
        return [address for address in order[: order.index(cure) + 1] if cured.get(address, True)]
    last = max((order.index(address) for address in cured), default=-1)
    return list(order[last + 1 :] or order)


def gold_of(program: Program, bench: Bench, example: Example, address: str) -> dict[str, Any] | None:
    """What a row says that the call should give, where it was made once."""
    calls = [one for one in example.calls if one.address == address]
    signature = program.signature(dict(sites(program, bench.module))[address].signature)
    named = named_types(program)
    taken = {param.name for param in program.module(bench.module).params}
    values = example.row.values
    if len(calls) != 1 or calls[0].outputs is None:
        return None
    gold = {
        one.name: values[one.name]
        for one in signature.outputs
        if one.name in values and one.name not in taken and belongs(values[one.name], one.type, named)
    }
    return gold if len(gold) == len(signature.outputs) else None


def gave(example: Example, address: str, gold: Mapping[str, Any]) -> bool:
    """Whether a call gave these values."""
    call = example.call(address)
    return (
        call is not None
        and call.outputs is not None
        and all(call.outputs.get(name) == one for name, one in gold.items())
    )


def with_value(program: Program, address: str, value: Mapping[str, Any]) -> Program:
    """The program with a value in the place of a call."""
    owner, _, site = address.rpartition(".")

    def change(expr: Expr) -> Expr:
        return constant(value) if isinstance(expr, Predict) and expr.site == site else expr

    modules = tuple(
        replace(one, body=transform_body(one.body, change)) if one.name == owner else one for one in program.modules
    )
    return replace(program, modules=modules)


def constant(value: Any) -> Expr:
    """The expression that a JSON value is."""
    match value:
        case list() | tuple():
            return ListOf(tuple(map(constant, value)))
        case Mapping():
            return RecordOf(tuple((name, constant(one)) for name, one in value.items()))
    return Const(value)


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
