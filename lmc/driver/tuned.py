"""The program that runs: after the exact passes, with the lock's tuned values."""

from __future__ import annotations

from lmc.diagnostics import Diagnostic, Failure
from lmc.driver import problems
from lmc.driver.inputs import stale, tuning_inputs
from lmc.driver.load import Loaded
from lmc.driver.lock import lock_path, read_lock, settings_of
from lmc.ir.patch import apply_patch
from lmc.ir.program import Program
from lmc.passes import simplify


def tuned_program(loaded: Loaded) -> tuple[Program, tuple[Diagnostic, ...]]:
    """The program as it is emitted, and warnings of what in its lock is stale: that is left out. Raises Failure for
    a lock that cannot be read."""
    assert loaded.program is not None
    program = simplify(loaded.program)
    lock = read_lock(lock_path(loaded.path))
    warnings = []
    for optimize in program.optimizes:
        entry = lock.modules.get(optimize.module) if lock else None
        if entry is None:
            continue
        changed = stale(entry.inputs, tuning_inputs(program, optimize, loaded.root))
        if "source" in changed or "lm" in changed:
            warnings.append(problems.stale_lock(optimize.module, changed))
            continue
        try:
            program = apply_patch(program, {address: settings_of(slot) for address, slot in entry.slots.items()})
        except KeyError as error:
            raise Failure(problems.bad_slot(str(error.args[0]), "which is no call of the program")) from None
    return program, tuple(warnings)
