"""The lock: what tuning found, beside the source. Its JSON Schema is published as `lock.schema.json` in this folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from lmc.diagnostics import Diagnostic, Failure
from lmc.ir.program import Demo, Layout, Settings
from lmc.store.files import read_bytes, write_atomic

FORMAT: Literal[1] = 1


class Strict(BaseModel):
    """A part of the lock; unknown members are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ScoreEntry(Strict):
    """The mean score on `n` rows and the ends of its 95 % interval."""

    score: float
    n: int
    low: float
    high: float


class FailureEntry(Strict):
    """An attempt before the right one: what was replied, and what was said of it."""

    reply: str
    feedback: str


class DemoEntry(Strict):
    """A demonstration; `origin` is the id of its data row, `failures` what came before the right reply."""

    inputs: dict[str, Any]
    outputs: dict[str, Any]
    origin: str | None = None
    failures: list[FailureEntry] | None = None


class LayoutEntry(Strict):
    """A layout (see the language reference)."""

    turns: Literal["chat", "block", "completion"]
    fields: Literal["plain", "label", "xml", "markdown", "json", "yaml", "markers"]
    reply: Literal["bare", "fields", "json", "xml", "yaml", "markers"]
    types: Literal["stated", "unstated"]


class SlotEntry(Strict):
    """The tuned values of one call site, or the `value` of a place where the source says `tune`; what is absent is as
    written."""

    instruction: str | None = None
    demos: list[DemoEntry] | None = None
    layout: LayoutEntry | None = None
    nearest: int | None = None
    lm: str | None = None
    strategy: str | None = None
    temperature: float | None = None
    top_p: float | None = None
    logit_bias: list[tuple[int, int | float]] | None = None
    max_tokens: int | None = None
    retries: int | None = None
    value: Any = None


class PassEntry(Strict):
    """What one pass did: `accepted` when its program won, `rejected` when it lost the race, `unchanged` when it had
    nothing to offer, `stopped` when the budget ended in it, `skipped` when `auto` did not run it. `calls` is what it
    spent; `reused` calls were answered by what had been asked before."""

    name: str
    outcome: Literal["accepted", "rejected", "unchanged", "stopped", "skipped"]
    calls: int
    reused: int | None = None


class Spent(Strict):
    """What tuning spent, the sealed rows included. A call that was answered from a cache counts as it did when it
    was made, so that the same tuning always spends the same."""

    calls: int
    tokens: int
    dollars: float


class PointEntry(Strict):
    """A program that can be taken in the place of the tuned one: its tuned values, its score on dev rows, that of the
    program that there was before (`baseline`) and the difference on the same rows, and what a run of it takes on the
    mean: LM calls, tokens, US dollars, and the seconds that LMs take."""

    slots: dict[str, SlotEntry]
    baseline: ScoreEntry
    score: ScoreEntry
    difference: ScoreEntry
    calls: float
    tokens: float
    dollars: float
    seconds: float


class ModuleEntry(Strict):
    """The tuning of one module. `sealed`: whether the scores are of rows that tuning never saw; if not they are
    optimistic, and `crossfit` is the score of the tuned program without what its choice gained from chance.
    `difference` is that of tuned and baseline on the same rows. `reproducible` is False where an LM ran
    in its fast, not reproducible way. `structure`: the declarations that tuning added or changed, as lines of core
    text without what `slots` say, whose calls may be in them; absent where tuning changed none. `pareto`: programs
    that no other one surely is as good as in score, cost and time, the cheapest first; `lmc pareto` takes another of
    them."""

    inputs: dict[str, str]
    baseline: ScoreEntry
    tuned: ScoreEntry
    difference: ScoreEntry
    crossfit: ScoreEntry | None = None
    sealed: bool
    reproducible: bool
    seed: int
    spent: Spent
    passes: list[PassEntry]
    structure: list[str] | None = None
    slots: dict[str, SlotEntry]
    pareto: list[PointEntry] | None = None


class Lock(Strict):
    """The whole lock. `inputs` of a module are SHA-256 hashes of what the tuning depends on, by name. `profiles` has
    the modules of each named profile; `modules` are those of the one without a name."""

    lock: Literal[1]
    compiler: str
    program: str
    modules: dict[str, ModuleEntry]
    profiles: dict[str, dict[str, ModuleEntry]] | None = None

    def entries(self, profile: str) -> dict[str, ModuleEntry]:
        """The modules of a profile."""
        return self.modules if not profile else (self.profiles or {}).get(profile, {})


def read_lock(path: Path) -> Lock | None:
    """The lock, or None when there is none. Raises Failure when it is not one."""
    if not path.exists():
        return None
    try:
        return Lock.model_validate_json(read_bytes(path))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        found = {"json_invalid": "it is not JSON", "missing": f"`{where}` is missing"}
        message = f"`{path.name}` is not a lock: {found.get(first['type'], f'`{where}` is not what it should be')}"
        advice = "restore it from version control, or delete it and run `lmc build`"
        raise Failure(Diagnostic("LMP0500", message, help=advice)) from None


def write_lock(path: Path, lock: Lock) -> bool:
    """Writes the lock, unless it is there already as it would be; says whether it wrote."""
    data = lock_bytes(lock)
    if path.exists() and path.read_bytes() == data:
        return False
    write_atomic(path, data)
    return True


def lock_bytes(lock: Lock) -> bytes:
    """The lock as JSON: members in a fixed order, one to a line, what is absent left out."""
    content = lock.model_dump(mode="json", exclude_none=True)
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


PLAIN = ("instruction", "nearest", "lm", "strategy", "temperature", "top_p", "max_tokens", "retries", "value")
"""The tuned values that are in a lock as they are."""


def slot_entry(settings: Settings) -> SlotEntry:
    """The entry of a call site's tuned settings."""
    demos, layout = settings.demos, settings.layout
    return SlotEntry(
        demos=None if demos is None else [demo_entry(one) for one in demos],
        layout=None
        if layout is None
        else LayoutEntry(turns=layout.turns, fields=layout.fields, reply=layout.reply, types=layout.types),
        logit_bias=None if settings.logit_bias is None else list(settings.logit_bias),
        **{name: getattr(settings, name) for name in PLAIN},
    )


def demo_entry(demo: Demo) -> DemoEntry:
    """The entry of a demonstration."""
    failures = [FailureEntry(reply=reply, feedback=feedback) for reply, feedback in demo.failures]
    return DemoEntry(
        inputs=dict(demo.inputs), outputs=dict(demo.outputs), origin=demo.origin, failures=failures or None
    )


def settings_of(entry: SlotEntry) -> Settings:
    """The settings that an entry holds."""
    demos, layout = entry.demos, entry.layout
    return Settings(
        demos=None if demos is None else tuple(map(demo_of, demos)),
        layout=None if layout is None else Layout(layout.turns, layout.fields, layout.reply, layout.types),
        logit_bias=None if entry.logit_bias is None else tuple(entry.logit_bias),
        **{name: getattr(entry, name) for name in PLAIN},
    )


def demo_of(entry: DemoEntry) -> Demo:
    """The demonstration that an entry holds."""
    failures = tuple((one.reply, one.feedback) for one in entry.failures or ())
    return Demo(tuple(entry.inputs.items()), tuple(entry.outputs.items()), entry.origin, failures)


def lock_schema() -> bytes:
    """The JSON Schema of a lock, as it is published in `lock.schema.json`."""
    schema = {"title": "The lock of an lmc program", **Lock.model_json_schema()}
    return (json.dumps(schema, indent=2, ensure_ascii=False) + "\n").encode()
