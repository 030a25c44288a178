"""The program that runs: after the exact passes, with the lock's tuned values."""

from __future__ import annotations

from lmc.analysis.calls import named_types
from lmc.diagnostics import Diagnostic, Failure
from lmc.driver import problems
from lmc.driver.inputs import stale, tuning_inputs
from lmc.driver.load import Loaded, lock_path
from lmc.driver.lock import ModuleEntry, SlotEntry, read_lock, settings_of
from lmc.ir.patch import apply_patch
from lmc.ir.program import Predict, Program
from lmc.ir.types import Field
from lmc.ir.values import belongs
from lmc.ir.walk import predictors
from lmc.passes import simplify
from lmc.prompts.compile import outputs_of


def tuned_program(loaded: Loaded) -> tuple[Program, tuple[Diagnostic, ...]]:
    """The program as it is emitted, and warnings of what in its lock is stale: that is left out. Raises Failure for
    a lock that cannot be read or does not fit."""
    assert loaded.program is not None
    program = simplify(loaded.program)
    return with_lock(program, program, loaded)


def with_lock(program: Program, written: Program, loaded: Loaded) -> tuple[Program, tuple[Diagnostic, ...]]:
    """A form of the program with the tuned values of the lock; `written` is the form that was tuned."""
    lock = read_lock(lock_path(loaded.path))
    warnings = []
    for optimize in written.optimizes:
        entry = lock.modules.get(optimize.module) if lock else None
        if entry is None:
            continue
        changed = stale(entry.inputs, tuning_inputs(written, optimize, loaded.root))
        if "source" in changed or "lm" in changed:
            warnings.append(problems.stale_lock(optimize.module, changed))
            continue
        program = with_entry(program, entry)
    return program, tuple(warnings)


def with_entry(program: Program, entry: ModuleEntry) -> Program:
    """The program with the tuned values of a module. Raises Failure (LMP0504) when they do not fit it."""
    known = {f"{module.name}.{predict.site}": predict for module, predict in predictors(program)}
    for address, slot in entry.slots.items():
        problem = "which is no call of the program" if address not in known else misfit(program, known[address], slot)
        if problem:
            raise Failure(problems.bad_slot(address, problem))
    return apply_patch(program, {address: settings_of(slot) for address, slot in entry.slots.items()})


def misfit(program: Program, predict: Predict, slot: SlotEntry) -> str | None:
    """Why tuned values cannot be those of a call, if they cannot."""
    signature = program.signature(predict.signature)
    outputs = outputs_of(signature, predict.strategy)
    if slot.layout is not None and slot.layout.reply == "bare" and len(outputs) > 1:
        return "with a bare reply, and the call has several outputs"
    for number, demo in enumerate(slot.demos or (), 1):
        for values, fields, whole in ((demo.inputs, signature.inputs, True), (demo.outputs, outputs, False)):
            wrong = [name for name in values if name not in {one.name for one in fields}]
            wrong += [one.name for one in fields if not fits(program, one, values, whole)]
            if wrong:
                return f"whose demonstration {number} has a wrong `{wrong[0]}`"
    return None


def fits(program: Program, field: Field, values: dict[str, object], needed: bool) -> bool:
    """Whether a field has a value of its type, or none where that may be."""
    if field.name not in values and not needed:
        return True
    return belongs(values.get(field.name), field.type, named_types(program))
