"""Which call is to blame for a run that failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from lmc.analysis.calls import named_types, sites
from lmc.analysis.cone import cone
from lmc.ir.program import Const, Expr, ListOf, Predict, Program, RecordOf
from lmc.ir.values import belongs
from lmc.ir.walk import transform_body
from lmc.optimize.base import OutOfBudget
from lmc.optimize.bench import Bench
from lmc.optimize.demonstrations.projection import projection
from lmc.optimize.demonstrations.teaching import teacher_of
from lmc.optimize.places import sites_with
from lmc.optimize.reflecting.failures import Example, Failure, tag_of
from lmc.optimize.runs import Trip, run_trips

Values: TypeAlias = dict[tuple[str, str], dict[str, Any]]
"""What calls should give, by the id of a row and the address of a call."""


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
    """What is left of the suspects of each row after the values that the row has, or a run of the teacher where the row
    has none, took the place of calls. Nothing where the budget has no room for it."""
    golds: Values = {
        (one.row.id, address): gold
        for one in unclear
        for address in suspects[one.row.id]
        if (gold := gold_of(program, bench, one, address)) is not None
    }
    golds = {**taught_values(program, bench, unclear, suspects, golds, threshold), **golds}
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


def taught_values(
    program: Program,
    bench: Bench,
    unclear: Sequence[Example],
    suspects: Mapping[str, list[str]],
    golds: Values,
    threshold: float,
) -> Values:
    """What a teacher that is named gives, in good runs, where rows do not say what calls that were made once should
    give. Nothing where the budget has no room for its runs."""
    lacking = {
        one.row.id: [
            place for place in suspects[one.row.id] if (one.row.id, place) not in golds and made_once(one, place)
        ]
        for one in unclear
    }
    rows = [one.row for one in unclear if lacking[one.row.id]]
    if bench.teacher is None or not rows:
        return {}
    teacher = teacher_of(program, bench)
    try:
        results = teacher.results(rows, bench)
    except OutOfBudget:
        return {}
    calls, projected = (
        dict(sites(program, bench.module)),
        projection(program, bench.module, teacher.program, teacher.module, {}),
    )
    found: Values = {}
    for row, taught in zip(rows, results, strict=True):
        for address in lacking[row.id] if taught.score >= threshold and taught.outcome is not None else ():
            wanted = program.signature(calls[address].signature).outputs
            _, told = projected.told(address, calls[address], row, taught)
            values = {one.name: held[0] for one in wanted if (held := told[one.name])}
            if len(values) == len(wanted):
                found[row.id, address] = values
    return found


def made_once(example: Example, address: str) -> bool:
    """Whether a run made the call one time, and it gave something."""
    calls = [one for one in example.calls if one.address == address]
    return len(calls) == 1 and calls[0].outputs is not None


def gold_of(program: Program, bench: Bench, example: Example, address: str) -> dict[str, Any] | None:
    """What a row says that the call should give, where it was made once."""
    signature = program.signature(dict(sites(program, bench.module))[address].signature)
    named = named_types(program)
    taken = {param.name for param in program.module(bench.module).params}
    values = example.row.values
    if not made_once(example, address):
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
