"""What differs in a program from the one as written, call by call, in words and as differences of texts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lmc.driver.lock import PLAIN, DemoEntry, LayoutEntry, SlotEntry
from lmc.evaluate.scoring import shown
from lmc.report.difference import Piece, lines_changed, words_changed

VALUES = tuple(name for name in PLAIN if name != "instruction")


@dataclass(frozen=True, slots=True)
class Example:
    """A demonstration that came (`new`), went (`gone`) or stayed (`same`): inputs and outputs as text by name, and the
    row that it comes from."""

    kind: str
    inputs: tuple[tuple[str, str], ...]
    outputs: tuple[tuple[str, str], ...]
    origin: str
    failures: int


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs: of the call at `address` its instruction (`pieces`: word by word), its demonstrations
    (`examples`), or a value (`before`, `after`); or the program's declarations (`lines`)."""

    address: str
    name: str
    pieces: tuple[Piece, ...] = ()
    examples: tuple[Example, ...] = ()
    lines: tuple[Piece, ...] = ()
    before: str = ""
    after: str = ""


def changes_of(
    written: Mapping[str, SlotEntry], slots: Mapping[str, SlotEntry], structure: str | None = None, core: str = ""
) -> tuple[Change, ...]:
    """What `slots` and `structure` change of a program whose calls are made as `written` says; `core` is the core text
    of the declarations that the structure stands in the place of."""
    found = []
    if structure:
        ours, theirs = declarations(core), declarations(structure)
        before = "\n".join(ours[name] for name in theirs if name in ours)
        found.append(Change("", "declarations", lines=lines_changed(before, "\n".join(theirs.values()))))
    for address in sorted(slots):
        found += slot_changes(address, written.get(address, SlotEntry()), slots[address])
    return tuple(found)


def declarations(text: str) -> dict[str, str]:
    """The declarations of a core text by their kind and name."""
    parts = re.split(r"^(?=(?:lm|type|signature|module|metric|extern|tool|retriever)\b)", text, flags=re.MULTILINE)
    return {" ".join(re.findall(r"\w+", part)[:2]): part for part in parts if part.strip()}


def slot_changes(address: str, old: SlotEntry, new: SlotEntry) -> Iterator[Change]:
    """What differs at one call."""
    if new.instruction is not None and new.instruction != old.instruction:
        yield Change(address, "instruction", pieces=words_changed(old.instruction or "", new.instruction))
    if new.layout is not None and new.layout != old.layout:
        before, after = layout_words(old.layout, new.layout), layout_words(new.layout, old.layout)
        yield Change(address, "layout", before=before, after=after)
    for name in VALUES:
        value = getattr(new, name)
        if value is not None:
            was = getattr(old, name)
            yield Change(address, name, before="" if was is None else value_words(was), after=value_words(value))
    if new.demos is not None:
        found = tuple(examples(old.demos or [], new.demos))
        counts = f"{len(old.demos or [])}", f"{len(new.demos)}"
        yield Change(address, "demonstrations", examples=found, before=counts[0], after=counts[1])


def examples(before: Sequence[DemoEntry], after: Sequence[DemoEntry]) -> Iterator[Example]:
    """The demonstrations of both, those that went last."""
    for one in after:
        yield example("same" if one in before else "new", one)
    for one in before:
        if one not in after:
            yield example("gone", one)


def example(kind: str, demo: DemoEntry) -> Example:
    """A demonstration as text."""

    def texts(values: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
        return tuple((name, shown(value)) for name, value in values.items())

    return Example(kind, texts(demo.inputs), texts(demo.outputs), demo.origin or "", len(demo.failures or ()))


def layout_words(layout: LayoutEntry | None, other: LayoutEntry | None) -> str:
    """What a layout has otherwise than another, in words; all of it where there is no other."""
    if layout is None:
        return ""
    held = layout.model_dump()
    return ", ".join(f"{name} {held[name]}" for name in held if other is None or held[name] != getattr(other, name))


def value_words(value: object) -> str:
    """A tuned value as text: a name as it is, else JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def summary(changes: Sequence[Change]) -> str:
    """What differs, in a few words; calls of which the same is said are taken together."""
    said: dict[str, list[str]] = {}
    for one in changes:
        said.setdefault(one.address, []).append(words_of(one))
    calls: dict[str, list[str]] = {}
    for address, words in said.items():
        calls.setdefault(", ".join(words), []).append(address)
    if len(calls) == 1:
        return next(iter(calls))
    return "; ".join(f"{', '.join(filter(None, names))}: {words}".removeprefix(": ") for words, names in calls.items())


def words_of(change: Change) -> str:
    """A change in a few words."""
    if change.name == "instruction" or not change.after:
        return change.name
    return f"{change.name} {change.before} → {change.after}" if change.before else f"{change.name} {change.after}"
