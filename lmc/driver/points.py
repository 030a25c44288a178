"""The programs of a tuning that may be taken in the place of the tuned one, as the lock holds them."""

from __future__ import annotations

from collections.abc import Sequence

from lmc.diagnostics import Failure
from lmc.driver import problems
from lmc.driver.inputs import stale, tuning_inputs
from lmc.driver.load import Loaded, lock_path
from lmc.driver.lock import Lock, ModuleEntry, PointEntry, ScoreEntry, read_lock, slot_entry, write_lock
from lmc.driver.metaprompts import meta_inputs, own_meta
from lmc.driver.profiles import in_profile, tuning_name
from lmc.elaborate import restructured, structure_between
from lmc.ir.patch import patch_between, same_places
from lmc.ir.program import Program
from lmc.optimize.frontier import Point
from lmc.optimize.tune import Estimate, Tuned, estimate, estimate_difference
from lmc.passes import simplify


def point_entries(program: Program, tuned: Tuned, front: Sequence[Point], seed: int) -> list[PointEntry] | None:
    """The lock's entries of the programs of a front: those of the tuned one's structure; None where there are none."""
    structure = structure_between(program, tuned.program)
    base = program if structure is None else restructured(program, structure)
    found = [
        PointEntry(
            slots={address: slot_entry(settings) for address, settings in patch_between(base, one.program).items()},
            baseline=score_entry(estimate(one.before, seed)),
            score=score_entry(estimate(one.scores, seed)),
            difference=score_entry(estimate_difference(one.scores, one.before, seed)),
            calls=round(one.calls, 4),
            tokens=round(one.tokens, 2),
            dollars=round(one.dollars, 9),
            seconds=round(one.seconds, 4),
        )
        for one in front
        if same_places(base, one.program)
    ]
    return found or None


def taken(entry: ModuleEntry, number: int) -> ModuleEntry:
    """The entry with the values of a point, counted from 1, in the place of its own. Its scores are then those on dev
    rows, which are optimistic."""
    assert entry.pareto is not None
    point = entry.pareto[number - 1]
    told = {"slots": point.slots, "baseline": point.baseline, "tuned": point.score, "difference": point.difference}
    return entry.model_copy(update={**told, "crossfit": None, "sealed": False})


def number_taken(entry: ModuleEntry) -> int | None:
    """The number of the point whose values the entry has, if there is one."""
    numbers = [number for number, one in enumerate(entry.pareto or (), 1) if one.slots == entry.slots]
    return numbers[0] if numbers else None


def score_entry(found: Estimate) -> ScoreEntry:
    """An estimate, rounded to what it can mean."""
    return ScoreEntry(score=round(found.score, 4), n=found.n, low=round(found.low, 4), high=round(found.high, 4))


def take(loaded: Loaded, module: str, profile: str, number: int) -> None:
    """Writes the lock with the values of another point of a tuning that is not stale. Raises Failure when there is no
    such point (LMP0506), and for a tuning that is stale (LMP0501) or missing (LMP0502)."""
    assert loaded.program is not None
    lock, entry = held(loaded, module, profile)
    if not 1 <= number <= len(entry.pareto or ()):
        raise Failure(problems.no_point(module, number, len(entry.pareto or ())))
    view = in_profile(simplify(loaded.program), profile)
    optimize = next(one for one in view.optimizes if (one.module, one.profile) == (module, profile))
    inputs = tuning_inputs(view, optimize, loaded.root) | meta_inputs(own_meta(loaded))
    if changed := stale(entry.inputs, inputs):
        raise Failure(problems.stale_lock(tuning_name(optimize), changed))
    modules = {**lock.entries(profile), module: taken(entry, number)}
    update = {"profiles": {**(lock.profiles or {}), profile: modules}} if profile else {"modules": modules}
    write_lock(lock_path(loaded.path), lock.model_copy(update=update))


def held(loaded: Loaded, module: str, profile: str) -> tuple[Lock, ModuleEntry]:
    """The lock, and its entry of a module. Raises Failure (LMP0502) where the module is not tuned."""
    lock = read_lock(lock_path(loaded.path))
    entry = None if lock is None else lock.entries(profile).get(module)
    if lock is None or entry is None:
        raise Failure(problems.no_lock(f"{module} for {profile}" if profile else module))
    return lock, entry
