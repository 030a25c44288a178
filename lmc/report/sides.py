"""Two forms of a program, prompt against prompt: what an edit or a tuning changes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lmc.analysis.calls import sites
from lmc.backends.markdown import inline, literal, option_lines, reply_lines
from lmc.diagnostics import Diagnostic
from lmc.driver.load import Loaded, lock_path
from lmc.driver.lock import ModuleEntry, ScoreEntry, read_lock
from lmc.driver.profiles import in_profile
from lmc.driver.tuned import tuned_program
from lmc.ir.program import Program
from lmc.passes import simplify
from lmc.prompts import templates
from lmc.runtime.prompt import Template


@dataclass(frozen=True, slots=True)
class Side:
    """One form of a program: `name` says which, `program` has its tuned values, `entries` what its lock says of the
    modules that those are of, by name."""

    name: str
    program: Program
    entries: Mapping[str, ModuleEntry]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of what a call is made of, under its title; None where a side has no such part."""

    title: str
    before: str | None
    after: str | None

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return self.before == self.after


@dataclass(frozen=True, slots=True)
class CallChange:
    """A call of both forms (`kind` "same" or "changed"), of the later one alone ("new") or the earlier ("gone")."""

    call: str
    kind: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class ScoreChange:
    """What the locks of both say of the tuning of a module; None where one says nothing."""

    module: str
    before: ModuleEntry | None
    after: ModuleEntry | None

    @property
    def same(self) -> bool:
        """Whether the scores are the same."""
        sides = [(one.baseline, one.tuned, one.sealed) if one else None for one in (self.before, self.after)]
        return sides[0] == sides[1]


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that differs, and what does not."""

    before: str
    after: str
    calls: tuple[CallChange, ...]
    scores: tuple[ScoreChange, ...]

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return all(one.kind == "same" for one in self.calls) and all(one.same for one in self.scores)


def side_of(loaded: Loaded, name: str, profile: str, lock: Path | None = None) -> tuple[Side, tuple[Diagnostic, ...]]:
    """The program with its lock, or with another, and warnings of what in that is stale: such a tuning is left out.
    Raises Failure as `tuned_program` does."""
    program, warnings = tuned_program(loaded, profile, lock)
    path = lock or lock_path(loaded.path)
    held = read_lock(path) if loaded.program is not None and loaded.program.optimizes else None
    entries: dict[str, ModuleEntry] = {}
    for one in program.optimizes if held is not None else ():
        if held is not None and one.module in held.entries(one.profile):
            entries[one.module] = held.entries(one.profile)[one.module]
    return Side(name, program, entries), warnings


def original(loaded: Loaded, profile: str) -> Side:
    """The program as it is written."""
    assert loaded.program is not None
    return Side("as written", in_profile(simplify(loaded.program), profile), {})


def compared(before: Side, after: Side, module: str | None = None) -> Comparison:
    """The prompts and scores of two forms of a program, those of a module and what it calls where one is named."""
    old, new = templates(before.program), templates(after.program)
    if module is not None:
        old = {address: one for address, one in old.items() if address in addresses(before.program, module)}
        new = {address: one for address, one in new.items() if address in addresses(after.program, module)}
    calls = []
    for address in dict.fromkeys((*new, *old)):
        found = tuple(parts_of(old.get(address), new.get(address), before.program, after.program))
        kind = "new" if address not in old else "gone" if address not in new else "changed"
        calls.append(CallChange(address, "same" if all(one.same for one in found) else kind, found))
    names = dict.fromkeys(name for side in (after, before) for name in side.entries if module in (None, name))
    scores = tuple(ScoreChange(name, before.entries.get(name), after.entries.get(name)) for name in names)
    return Comparison(before.name, after.name, tuple(calls), scores)


def addresses(program: Program, module: str) -> set[str]:
    """The calls that a module can make."""
    known = any(one.name == module for one in program.modules)
    return {address for address, _ in sites(program, module)} if known else set()


def parts_of(old: Template | None, new: Template | None, before: Program, after: Program) -> Iterator[Part]:
    """The parts of a call in both forms."""
    ours = sections(old, before) if old is not None else {}
    theirs = sections(new, after) if new is not None else {}
    for title in dict.fromkeys((*ours, *theirs)):
        yield Part(title, ours.get(title), theirs.get(title))


def sections(template: Template, program: Program) -> dict[str, str]:
    """What a call is made of by title: its model, its prompt, whole, what the reply must be, the other settings."""
    reference = program.lm(template["lm"]).reference
    return {
        "model": f"{template['lm']}, {reference}",
        "prompt": prompt_text(template),
        "reply": "\n".join(one for one in reply_lines(template) if one),
        "settings": "\n".join(option_lines(template)),
    }


def prompt_text(template: Template) -> str:
    """A prompt as text, with all its demonstrations, those too of which a call's inputs choose some."""
    if "prompt" in template:
        return whole(template["prompt"])
    lines: list[str] = []
    for turn in template["messages"]:
        if "history" in turn:
            lines.append(f"[the turns of {turn['history']}]")
        elif "nearest" in turn:
            lines.append(f"[the {turn['nearest']} of {len(turn['shown'])} that are most like {', '.join(turn['of'])}]")
            lines += [f"[{one['role']}]\n{whole(one['content'])}" for shot in turn["shown"] for one in shot]
        else:
            lines.append(f"[{turn['role']}]\n{whole(turn['content'])}")
    return "\n".join(lines)


def whole(parts: list[Any]) -> str:
    """The parts of a text; of demonstrations of which some are chosen, all."""
    return "".join(part_text(one) for one in parts)


def part_text(part: Any) -> str:
    """A part of a text."""
    match part:
        case {"nearest": most, "shown": shown, "between": between}:
            every = literal(between).join(whole(one) for one in shown)
            return "{% nearest " + f"{most} of {len(shown)}" + " %}\n" + every + "\n{% endnearest %}"
    return inline([part])


def as_json(found: Comparison) -> dict[str, Any]:
    """The comparison for programs that read it; parts that are the same on both sides are left out."""

    def score(entry: ModuleEntry | None) -> dict[str, Any] | None:
        if entry is None:
            return None
        scores: dict[str, ScoreEntry] = {"baseline": entry.baseline, "tuned": entry.tuned}
        if entry.crossfit is not None:
            scores["crossfit"] = entry.crossfit
        return {**{name: one.model_dump() for name, one in scores.items()}, "sealed": entry.sealed}

    calls = [
        {
            "call": one.call,
            "kind": one.kind,
            "parts": [
                {"title": part.title, "before": part.before, "after": part.after} for part in one.parts if not part.same
            ],
        }
        for one in found.calls
    ]
    scores = [
        {"module": one.module, "same": one.same, "before": score(one.before), "after": score(one.after)}
        for one in found.scores
    ]
    return {"before": found.before, "after": found.after, "same": found.same, "calls": calls, "scores": scores}


def dumped(found: Comparison) -> str:
    """The comparison as one line of JSON."""
    return json.dumps(as_json(found), ensure_ascii=False)
