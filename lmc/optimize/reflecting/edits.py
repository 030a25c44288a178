"""Edits of an instruction by section, as proposers give them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lmc.optimize.sectioning.sections import Sections, sections_of, settled, text_of, without


def numbered_sections(text: str) -> str:
    """An instruction with the number of each of its sections before it, a line each."""
    return "\n".join(f"[{number}] {one.text.strip()}" for number, one in enumerate(sections_of(text), 1))


def edited(text: str, edits: Sequence[Mapping[str, Any]]) -> str | None:
    """The instruction after edits: each has an `action` (`add` after a section, 0 for the beginning; `replace`;
    `drop`), the number of a `section` as it was before all of them, and a `text`. None where one names a section that
    is not there or adds nothing, where two are about one section, or nothing is left."""
    sections = sections_of(text)
    places = [int(one["section"]) for one in edits]
    if len(set(places)) < len(places):
        return None
    for edit in sorted(edits, key=lambda one: -int(one["section"])):
        changed = one_edit(sections, edit)
        if changed is None:
            return None
        sections = changed
    return text_of(settled(sections)).strip() or None


def one_edit(sections: Sections, edit: Mapping[str, Any]) -> Sections | None:
    """The sections after one edit; None where it cannot be made."""
    place, action = int(edit["section"]), edit["action"]
    new = sections_of(str(edit["text"]).strip())
    if place > len(sections) or (place < 1 and action != "add"):
        return None
    if action == "drop":
        return without(sections, [place - 1])
    if not new:
        return None
    before = sections[: place if action == "add" else place - 1]
    return settled((*before, *new, *sections[place:]))


def edit_words(edits: Sequence[Mapping[str, Any]]) -> str:
    """Edits in words: `add: Answer in one word.`"""
    return "; ".join(
        f"{one['action']} {one['section']}: {one['text']}" if one["action"] != "drop" else f"drop {one['section']}"
        for one in edits
    )
