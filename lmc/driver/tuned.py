"""The program that runs: after the exact passes, with the lock's tuned values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lmc.analysis.calls import named_types
from lmc.diagnostics import Diagnostic, Failure
from lmc.driver import problems
from lmc.driver.inputs import stale, tuning_inputs
from lmc.driver.load import Loaded, lock_path
from lmc.driver.lock import ModuleEntry, SlotEntry, read_lock, settings_of
from lmc.driver.profiles import in_profile, tuning_name
from lmc.elaborate import restructured
from lmc.ir.bias import bias_list
from lmc.ir.patch import apply_patch
from lmc.ir.program import Predict, Program, Space, Tune
from lmc.ir.types import Field
from lmc.ir.values import belongs
from lmc.ir.walk import slots
from lmc.passes import simplify
from lmc.prompts.compile import outputs_of, strategy_of


def tuned_program(
    loaded: Loaded, profile: str = "", path: Path | None = None
) -> tuple[Program, tuple[Diagnostic, ...]]:
    """The program as it is emitted for a profile, and warnings of what in its lock is stale: that is left out. `path`:
    another lock than its own. Raises Failure for a lock that cannot be read or does not fit, and for a profile that
    there is not."""
    assert loaded.program is not None
    program = in_profile(simplify(loaded.program), profile)
    return with_lock(program, program, loaded, path)


def with_lock(
    program: Program, written: Program, loaded: Loaded, path: Path | None = None
) -> tuple[Program, tuple[Diagnostic, ...]]:
    """A form of the program with the tuned values of the lock; `written` is the form that was tuned, in its
    profile."""
    if not written.optimizes:
        return program, ()
    lock = read_lock(path or lock_path(loaded.path))
    warnings = []
    for optimize in written.optimizes:
        entry = lock.entries(optimize.profile).get(optimize.module) if lock else None
        if entry is None:
            continue
        changed = stale(entry.inputs, tuning_inputs(written, optimize, loaded.root))
        if {"source", "lm", "outside"}.intersection(changed):
            warnings.append(problems.stale_lock(tuning_name(optimize), changed))
            continue
        program = with_entry(program, entry)
    return program, tuple(warnings)


def with_entry(program: Program, entry: ModuleEntry) -> Program:
    """The program with the changed declarations and the tuned values of a module. Raises Failure (LMP0504) when they do
    not fit it."""
    if entry.structure is not None:
        program = restructured(program, "\n".join(entry.structure) + "\n")
    known = dict(slots(program))
    for address, slot in entry.slots.items():
        problem = "which is no call of the program" if address not in known else misfit(program, known[address], slot)
        if problem:
            raise Failure(problems.bad_slot(address, problem))
    return apply_patch(program, {address: settings_of(slot) for address, slot in entry.slots.items()})


def misfit(program: Program, site: Predict | Tune, slot: SlotEntry) -> str | None:
    """Why tuned values cannot be those of a call, or of a `tune`, if they cannot."""
    if isinstance(site, Tune):
        return None if within(slot.value, site.space) else "with a value that its source does not offer"
    spaces = dict(site.settings.tunes)
    for name in ("lm", "strategy", "temperature", "top_p", "max_tokens", "retries", "logit_bias"):
        value = bias_list(slot.logit_bias) if name == "logit_bias" else getattr(slot, name)
        if value is not None and (name not in spaces or not within(value, spaces[name])):
            return f"with a `{name}` that its source does not offer"
    return misfit_prompt(program, site, slot)


def within(value: Any, space: Space) -> bool:
    """Whether a value is one of those that may be chosen."""
    if space.choices is not None:
        return any(isinstance(value, bool) == isinstance(one, bool) and value == one for one in space.choices)
    if isinstance(value, bool) or not isinstance(value, int | float) or space.low is None or space.high is None:
        return False
    whole = isinstance(space.low, int) and isinstance(space.high, int)
    return space.low <= value <= space.high and (not whole or float(value).is_integer())


def misfit_prompt(program: Program, predict: Predict, slot: SlotEntry) -> str | None:
    """Why what is tuned of a call's prompt cannot be its own, if it cannot."""
    signature = program.signature(predict.signature)
    outputs = outputs_of(signature, slot.strategy or strategy_of(predict))
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
