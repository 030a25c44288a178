"""One tuning: the LMs with all that wraps them, the bench, the passes, and what the lock says of it."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from lmc.driver.externals import open_externals
from lmc.driver.inputs import lms_used, proposer_of
from lmc.driver.lms import LMs, Open
from lmc.driver.lock import ModuleEntry, PassEntry, Spent, slot_entry
from lmc.driver.permission import Outside
from lmc.driver.plan import plan_tuning
from lmc.driver.points import point_entries, score_entry
from lmc.driver.reach import tuned_modules
from lmc.driver.record import Record
from lmc.driver.recording import Hearing, record_of
from lmc.driver.workshop import Workshop
from lmc.driver.worst import reserved_calls
from lmc.elaborate import restructured, structure_between
from lmc.evaluate.metric import compile_metric
from lmc.evaluate.rows import Roles, Row
from lmc.ir.patch import patch_between
from lmc.ir.program import LMDecl, Optimize, Program
from lmc.lm.open import at_once
from lmc.optimize.auto import Auto, auto
from lmc.optimize.bench import Bench
from lmc.optimize.meta import MetaPrompts
from lmc.optimize.proposing.person import Person
from lmc.optimize.table import make_pass
from lmc.optimize.tune import EVERYTHING, Tuned, tune
from lmc.passes.base import Pass
from lmc.store import Journal


@dataclass(frozen=True, slots=True)
class Served:
    """The calls of a tuning that providers answered, those before an interruption too, those that a cache did, and
    what they cost now in US dollars."""

    calls: int
    cached: int
    dollars: float


def tune_module(
    program: Program,
    optimize: Optimize,
    inputs: dict[str, str],
    roles: Roles,
    open_journal: Callable[[], Journal],
    listen: Callable[..., None],
    open_it: Open | None,
    outside: Outside,
    overrides: Mapping[str, str],
    person: Person | None = None,
) -> tuple[ModuleEntry, Served, Record]:
    """Tunes one module, going on from what its journal holds: what the lock says of it, what it took, its record.
    `listen(event, **details)` is told what happens; `open_it` opens LMs (None: as they are declared); `outside` says
    what a run may do beyond the program; `overrides` are the project's own meta-prompts; `person` labels rows that
    are made up."""
    passes = chosen_passes(program, optimize, roles)
    plan = plan_tuning(program, optimize, roles, passes, overrides, priced=False)
    limits = optimize.budget
    externals = open_externals(program, outside, tuned_modules(program, optimize), [optimize.metric])
    used, journal = lms_used(program, optimize), open_journal()
    if open_it is None:
        listen("models", references=[lm.reference for lm in used])
    with asyncio.Runner() as runner:
        for diagnostic in journal.warnings:
            listen("warning", diagnostic=diagnostic)
        lms = LMs(
            used,
            open_it,
            journal=journal,
            limits=(plan.calls, limits.tokens, limits.dollars),
            warn=lambda diagnostic: listen("warning", diagnostic=diagnostic),
            on_change=lambda: listen("tick"),
        )
        assert lms.budget is not None
        hearing = Hearing(listen, lms.budget)
        try:
            bench = Bench(
                optimize.module,
                replace(roles, test=()),
                compile_metric(program.metric(optimize.metric)),
                lms.by_name,
                runner,
                lms.budget,
                None if limits.calls is None else limits.calls - plan.sealed_calls,
                optimize.seed,
                hearing,
                optimize.teacher,
                externals=externals,
                assertions=optimize.assertions,
                width=max(map(at_once, used)),
                kept=plan.sealed_calls,
                meta=MetaPrompts(proposer_of(program, optimize), overrides),
                person=person,
                training=Workshop(f"{program.name}-{optimize.module}", lms, runner, hearing),
            )
            listen("plan", plan=plan, lms=lms, resumed=lms.earlier)
            settle()
            tuned = tune(program, passes, bench, roles.test, EVERYTHING if optimize.passes is not None else Auto())
        finally:
            runner.run(lms.close())
        calls = lms.usage.served + lms.earlier
        served = Served(calls, max(lms.budget.spent.calls - calls, 0), lms.usage.dollars)
    reproducible = not any(lm.option("fast") for lm in used)
    entry = module_entry(program, tuned, inputs, optimize.seed, reproducible)
    entry = entry.model_copy(update={"pareto": point_entries(program, tuned, bench.front, optimize.seed)})
    return entry, served, record_of(program, optimize, entry, roles, tuned, bench, hearing)


def settle() -> None:
    """Takes what is loaded out of the garbage collector's sight, which else walks through all of it now and then while
    an LM waits for its next calls: a fifth of a second each time."""
    gc.freeze()


@dataclass(frozen=True, slots=True)
class Known:
    """What the choice of passes looks at; see `lmc.optimize.auto`."""

    module: str
    train: tuple[Row, ...]
    dev: tuple[Row, ...]
    teacher: str | None
    proposer: LMDecl | None
    calls: int | None


def chosen_passes(program: Program, optimize: Optimize, roles: Roles) -> tuple[Pass, ...]:
    """The passes that the source names, or those of `auto`."""
    if optimize.passes is None:
        limit = optimize.budget.calls
        kept = 0 if limit is None else reserved_calls(program, optimize.module, len(roles.test), optimize.metric)
        calls = None if limit is None else limit - kept
        proposer = proposer_of(program, optimize)
        return auto(program, Known(optimize.module, roles.train, roles.dev, optimize.teacher, proposer, calls))
    return tuple(make_pass(spec) for spec in optimize.passes)


def module_entry(program: Program, tuned: Tuned, inputs: dict[str, str], seed: int, reproducible: bool) -> ModuleEntry:
    """The lock's entry of a tuning."""
    structure = structure_between(program, tuned.program)
    base = program if structure is None else restructured(program, structure)
    patch = patch_between(base, tuned.program)
    return ModuleEntry(
        inputs=inputs,
        baseline=score_entry(tuned.baseline),
        tuned=score_entry(tuned.tuned),
        difference=score_entry(tuned.difference),
        crossfit=None if tuned.crossfit is None else score_entry(tuned.crossfit),
        sealed=tuned.sealed,
        reproducible=reproducible,
        seed=seed,
        spent=Spent(calls=tuned.spent.calls, tokens=tuned.spent.tokens, dollars=tuned.spent.dollars),
        passes=[
            PassEntry(name=one.name, outcome=one.outcome, calls=one.calls, reused=one.reused or None)
            for one in tuned.passes
        ],
        structure=None if structure is None else structure.rstrip("\n").split("\n"),
        slots={address: slot_entry(settings) for address, settings in patch.items()},
    )
