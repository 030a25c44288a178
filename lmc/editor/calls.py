"""The calls of LMs in a program: where each stands, its address, and what tuning made of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from lmc.backends.markdown import messages
from lmc.diagnostics import Failure
from lmc.driver.load import lock_path
from lmc.driver.lock import Lock, ModuleEntry, ScoreEntry, SlotEntry, read_lock
from lmc.driver.profiles import profiles_of
from lmc.driver.tuned import tuned_program
from lmc.editor.document import Document
from lmc.ir.program import Predict, Program
from lmc.ir.walk import predictors
from lmc.prompts.compile import templates
from lmc.runtime.prompt import Template
from lmc.source import Span


@dataclass(frozen=True)
class Tuned:
    """A program with the values of its lock, for one profile (empty: without a name); `stale`: what the lock holds no
    longer fits the source and is left out. None of it needs an LM."""

    profile: str
    program: Program
    stale: bool

    @cached_property
    def templates(self) -> dict[str, Template]:
        """The prompts by address."""
        return templates(self.program)

    def prompt(self, address: str) -> str:
        """The messages of a call as Markdown; empty where it has no LM."""
        template = self.templates.get(address)
        return "" if template is None else "\n".join(messages(template)).strip()


def tuned(document: Document) -> tuple[Tuned, ...]:
    """The program with its tuned values, once for each profile; none while it has errors, or a lock that does not
    fit."""
    loaded = document.analysis.loaded
    if loaded.program is None:
        return ()
    found = []
    for profile in profiles_of(loaded.program) or ("",):
        try:
            program, warnings = tuned_program(loaded, profile)
        except Failure:
            return ()
        found.append(Tuned(profile, program, bool(warnings)))
    return tuple(found)


def lock_of(document: Document) -> Lock | None:
    """The lock of the program, if there is one that can be read."""
    try:
        return read_lock(lock_path(document.path))
    except (Failure, OSError):
        return None


def calls_within(program: Program, span: Span) -> Iterator[tuple[str, Predict]]:
    """The calls that an expression makes itself, with their addresses: those that were written there, or that its
    strategy stands for."""
    for module, predict in predictors(program):
        own = predict.span
        if own is not None and own.file == span.file and span.start <= own.start and own.end <= span.end:
            yield f"{module.name}.{predict.site}", predict


def entries_of(lock: Lock | None, profile: str, address: str) -> tuple[ModuleEntry | None, SlotEntry | None]:
    """What a lock says of a call: the tuning that it was part of, and its own values."""
    for entry in (lock.entries(profile) if lock else {}).values():
        if address in entry.slots:
            return entry, entry.slots[address]
    return None, None


def score_line(entry: ModuleEntry) -> str:
    """What tuning gained, in words."""
    rows = f"{entry.tuned.n} sealed rows" if entry.sealed else f"{entry.tuned.n} rows that tuning saw"
    left = f", {percent(entry.crossfit)} by cross-fitting" if entry.crossfit else ""
    return f"{percent(entry.baseline)} as written, {percent(entry.tuned)} tuned, on {rows}{left}"


def percent(entry: ScoreEntry) -> str:
    """A score with its interval."""
    return f"{entry.score * 100:.0f} % ({entry.low * 100:.0f} to {entry.high * 100:.0f})"


def slot_lines(slot: SlotEntry) -> Iterator[str]:
    """The tuned values of a call, a line each."""
    if slot.instruction is not None:
        yield f"instruction: “{slot.instruction}”"
    if slot.demos is not None:
        nearest = f", of which the {slot.nearest} nearest stand in the prompt" if slot.nearest is not None else ""
        yield f"demonstrations: {len(slot.demos)}{nearest}"
    elif slot.nearest is not None:
        yield f"nearest: {slot.nearest}"
    if slot.layout is not None:
        layout = slot.layout
        yield f"layout: {layout.turns}, fields {layout.fields}, reply {layout.reply}, types {layout.types}"
    for name in ("lm", "strategy", "temperature", "top_p", "max_tokens", "retries"):
        if (value := getattr(slot, name)) is not None:
            yield f"{name}: {value}"
    if slot.logit_bias is not None:
        yield f"logit_bias: of {len(slot.logit_bias)} tokens"
