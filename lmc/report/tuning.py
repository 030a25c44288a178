"""What there is to report on: for each tuning of a program what the lock says, and the record where this machine has
one."""

from __future__ import annotations

from dataclasses import dataclass

from lmc.diagnostics import Failure
from lmc.driver import problems
from lmc.driver.inputs import stale, tuning_inputs
from lmc.driver.load import Loaded, lock_path
from lmc.driver.lock import ModuleEntry, SlotEntry, read_lock
from lmc.driver.metaprompts import meta_inputs, own_meta
from lmc.driver.profiles import in_profile, profiles_of, tuning_name
from lmc.driver.record import Record, read_record, record_path
from lmc.driver.recording import as_written
from lmc.driver.tuned import with_entry
from lmc.ir.program import Optimize, Program
from lmc.passes import simplify


@dataclass(frozen=True, slots=True)
class Tuning:
    """One tuning. `written` is the program before it, `tuned` the one with its values (None where they do not fit the
    program any more); `changed` names what has changed since, see `stale`; `record` is None where this machine has
    none that belongs to the lock."""

    optimize: Optimize
    entry: ModuleEntry
    compiler: str
    record: Record | None
    written: Program
    tuned: Program | None
    changed: tuple[str, ...]

    @property
    def name(self) -> str:
        """The module, and its profile where it has one."""
        return tuning_name(self.optimize)

    @property
    def kept(self) -> bool:
        """Whether the program was kept as written."""
        return not self.entry.slots and not self.entry.structure

    @property
    def settings(self) -> dict[str, SlotEntry]:
        """For each call what its prompt is made of before tuning."""
        return self.record.written if self.record is not None else as_written(self.written)


def tunings_of(loaded: Loaded) -> tuple[Tuning, ...]:
    """The tunings of a program that its lock has, those without a profile first. Raises Failure when there is nothing
    to report on: LMP0905 where the program tunes nothing, LMP0502 where nobody has tuned it, LMP0500 for a damaged
    lock."""
    assert loaded.program is not None
    program = simplify(loaded.program)
    if not program.optimizes:
        raise Failure(problems.nothing_to_do("the program says nothing of what to tune (`optimize`)"))
    lock = read_lock(lock_path(loaded.path))
    found: list[Tuning] = []
    for profile in profiles_of(program) if lock is not None else ():
        before = view = in_profile(program, profile)
        for optimize in view.optimizes:
            entry = lock.entries(optimize.profile).get(optimize.module) if lock is not None else None
            if entry is None:
                continue
            after = fitted(before, entry)
            if optimize.profile == profile and lock is not None:
                path = record_path(program.name, optimize.module, optimize.profile, entry.inputs)
                now = tuning_inputs(view, optimize, loaded.root) | meta_inputs(own_meta(loaded))
                record = read_record(path, entry)
                changed = stale(entry.inputs, now)
                found.append(Tuning(optimize, entry, lock.compiler, record, before, after, changed))
            before = after or before
    if not found:
        raise Failure(problems.no_lock(tuning_name(program.optimizes[0])))
    return tuple(found)


def fitted(program: Program, entry: ModuleEntry) -> Program | None:
    """The program with the values of an entry; None where they do not fit it."""
    try:
        return with_entry(program, entry)
    except Failure:
        return None
