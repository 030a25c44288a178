"""Makes the record of a tuning out of what its bench holds when it has ended."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from lmc import __version__
from lmc.analysis.calls import lm_of, named_types
from lmc.diagnostics import Failure
from lmc.driver.inputs import lms_used
from lmc.driver.lock import ModuleEntry, SlotEntry, slot_entry
from lmc.driver.record import (
    FORMAT,
    CandidateEntry,
    LimitEntry,
    Record,
    ResultEntry,
    RowEntry,
    StageEntry,
    TrialEntry,
)
from lmc.elaborate import restructured, structure_between
from lmc.evaluate.rows import Roles, Row
from lmc.evaluate.scoring import Scored, shown
from lmc.ir.patch import patch_between
from lmc.ir.program import Optimize, Predict, Program, Settings
from lmc.ir.walk import slots
from lmc.lm.budget import Amount, Budget
from lmc.optimize.bench import Bench
from lmc.optimize.demonstrations.demos import demos_of
from lmc.optimize.trial import Trial
from lmc.optimize.tune import Tuned
from lmc.prompts.compile import writer_of

SECRET = re.compile(
    r"(://)[^/\s@]+(?=@)|(\bBearer\s+)[^\s\"']+|([?&][\w-]*(?:key|token|secret)=)[^&\s\"']+|()\bsk-[\w-]{8,}"
)
"""What looks like a credential in a text: of a URL, a header, a query, and keys as providers make them."""


NOTHING = Amount()


@dataclass
class Hearing:
    """Hears what happens in a tuning, tells it on to `listen`, and keeps what each pass took and what was said of
    it."""

    listen: Callable[..., None]
    budget: Budget
    stages: list[StageEntry] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    spent: Amount = NOTHING
    reused: int = 0

    def __call__(self, event: str, **details: Any) -> None:
        """What happens: the name of an event and its details."""
        match event:
            case "skip" | "kept":
                self.notes.append(plain(str(details["reason"])))
            case "outcome":
                self.end(details["name"], details["outcome"])
        self.listen(event, **details)

    def end(self, name: str, outcome: Any) -> None:
        """A pass has ended, or the scoring at the end."""
        took, reused = self.budget.spent - self.spent, self.budget.reused - self.reused
        entry = StageEntry(
            name=name,
            outcome=outcome,
            calls=took.calls,
            reused=reused,
            tokens=took.tokens,
            dollars=round(took.dollars, 9),
            notes=self.notes,
        )
        self.stages.append(entry)
        self.notes, self.spent, self.reused = [], self.budget.spent, self.budget.reused


def record_of(
    program: Program,
    optimize: Optimize,
    entry: ModuleEntry,
    roles: Roles,
    tuned: Tuned,
    bench: Bench,
    hearing: Hearing,
) -> Record:
    """The record of a tuning that has ended. `program` is the one as written, `entry` what the lock says of it, `roles`
    its rows with the sealed ones."""
    hearing.end("", "scored")
    programs = compared(program, tuned.program, bench)
    numbers = {digest: number for number, digest in enumerate(programs)}

    def number_of(one: Program | None) -> int | None:
        return None if one is None else numbers[bench.digest(one, bench.module)]

    return Record(
        record=FORMAT,
        compiler=__version__,
        program=program.name,
        module=optimize.module,
        profile=optimize.profile,
        dataset=optimize.dataset,
        metric=optimize.metric,
        lms={lm.name: plain(lm.reference) for lm in lms_used(program, optimize)},
        limits=LimitEntry(calls=optimize.budget.calls, tokens=optimize.budget.tokens, dollars=optimize.budget.dollars),
        counts={role: len(roles.of(role)) for role in ("train", "dev", "test")},
        entry=entry,
        written=as_written(program),
        candidates=[candidate_entry(program, one, first, bench) for one, first in programs.values()],
        trials=[trial_entry(one, number_of(one.candidate) or 0, number_of(one.incumbent)) for one in bench.trials],
        stages=hearing.stages,
        rows=row_entries(program, tuned.program, roles, bench),
        studies=bench.studies,
        proposals=bench.proposals,
        malformed=bench.malformed,
    )


def compared(program: Program, tuned: Program, bench: Bench) -> dict[str, tuple[Program, Trial | None]]:
    """Every program that was compared, by what it does, with the first comparison that it was in: the one as written,
    then as they came; the tuned one is among them."""
    found: dict[str, tuple[Program, Trial | None]] = {bench.digest(program, bench.module): (program, None)}
    for trial in bench.trials:
        found.setdefault(bench.digest(trial.candidate, bench.module), (trial.candidate, trial))
        if trial.incumbent is not None:
            found.setdefault(bench.digest(trial.incumbent, bench.module), (trial.incumbent, None))
    found.setdefault(bench.digest(tuned, bench.module), (tuned, None))
    return found


def candidate_entry(program: Program, candidate: Program, first: Trial | None, bench: Bench) -> CandidateEntry:
    """The entry of a program that was compared."""
    changed, structure = difference(program, candidate)
    known = bench.known(candidate)
    return CandidateEntry(
        stage=first.stage if first else "",
        origin=plain(first.origin) if first else "",
        slots=changed,
        structure=None if structure is None else plain(structure),
        scores={row: round(known[row].score, 6) for row in sorted(known)},
    )


def difference(written: Program, other: Program) -> tuple[dict[str, SlotEntry], str | None]:
    """What differs in a program from the one as written: tuned values by address, and the changed declarations as core
    text."""
    structure = structure_between(written, other)
    try:
        base = written if structure is None else restructured(written, structure)
        patch = patch_between(base, other)
    except (Failure, KeyError):  # a program that no lock could hold; its declarations say what there is to say
        return {}, structure
    return {address: slot_entry(settings) for address, settings in patch.items()}, structure


def as_written(program: Program) -> dict[str, SlotEntry]:
    """For each call what its prompt is made of before it is tuned, what its signature and lmc give included; for each
    `tune` its value."""
    named = named_types(program)
    found = {}
    for address, site in slots(program):
        if not isinstance(site, Predict):
            found[address] = slot_entry(Settings(value=site.value))
            continue
        lm, own = lm_of(program, address.rpartition(".")[0], site), site.settings
        full = replace(
            own,
            instruction=program.signature(site.signature).doc if own.instruction is None else own.instruction,
            demos=demos_of(program, site),
            layout=own.layout if lm is None else writer_of(program, site, lm, named).layout,
        )
        found[address] = slot_entry(full)
    return found


def trial_entry(trial: Trial, candidate: int, incumbent: int | None) -> TrialEntry:
    """The entry of a comparison."""
    return TrialEntry(
        stage=trial.stage,
        candidate=candidate,
        incumbent=incumbent,
        decision=trial.decision,
        rows=trial.rows,
        score=round(trial.score, 6),
        against=None if trial.against is None else round(trial.against, 6),
        calls=trial.calls,
        origin=plain(trial.origin),
    )


def row_entries(program: Program, tuned: Program, roles: Roles, bench: Bench) -> list[RowEntry]:
    """The rows that the program as written or the tuned one was scored on."""
    before, after = bench.known(program), bench.known(tuned)
    params = [param.name for param in program.module(bench.module).params]
    groups: Sequence[tuple[Literal["dev", "test"], tuple[Row, ...]]] = (("dev", roles.dev), ("test", roles.test))
    return [
        RowEntry(
            id=plain(row.id),
            role=role,
            inputs={name: plain(shown(row.values.get(name))) for name in params},
            wanted={
                name: plain(shown(value)) for name, value in row.values.items() if name not in params and name != "id"
            },
            before=result_entry(before.get(row.id)),
            after=result_entry(after.get(row.id)),
        )
        for role, rows in groups
        for row in rows
        if row.id in before or row.id in after
    ]


def result_entry(scored: Scored | None) -> ResultEntry | None:
    """The entry of a row's result."""
    if scored is None:
        return None
    return ResultEntry(
        score=round(scored.score, 6),
        given=plain(scored.given),
        problem=None if scored.problem is None else plain(scored.problem),
        feedback=plain(shown(scored.feedback)),
    )


def plain(text: str) -> str:
    """A text without what looks like a credential, and of characters that can be written."""
    hidden = SECRET.sub(lambda found: f"{found[found.lastindex or 0]}***", text)
    return hidden.encode("utf-8", "replace").decode()
