"""Operators on an instruction's sections, by name: those that ask no LM, and those that do (SAMMO: Schnabel and Neville
2024). None of them loses a hole that something else fills."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import Literal, TypeAlias

from lmc.optimize.sectioning.sections import (
    Section,
    Sections,
    as_prose,
    blocks,
    bulleted,
    moved,
    numbered,
    parts,
    placeholders,
    reformed,
    repeated,
    replaced,
    sections_of,
    text_of,
    without,
)

FreeName: TypeAlias = Literal[
    "drop", "reorder", "move_to_end", "repeat_at_end", "bullets", "numbers", "prose", "headings", "stopwords"
]
AskName: TypeAlias = Literal["rewrite", "shorten", "paraphrase", "short_bullets", "induce"]

STOPWORDS = frozenset(
    re.findall(r"\w+", "a an and are as at be by for from has he in it its of on that the to was were will with")
)
"""Words that say little (the Reuters list, as SAMMO has it)."""

ASKS: dict[AskName, str] = {
    "rewrite": "Rewrite the text so that it is clearer.",
    "shorten": "Say the same in at most {words} words.",
    "paraphrase": "Say the same in other words.",
    "short_bullets": "Write the text as a list: each line begins with `- ` and has at most 10 words.",
    "induce": "Somebody was given an instruction and these inputs, and wrote these outputs. Write the instruction.",
}
"""What an LM is asked to do with a text; `induce` with examples."""


def drop(sections: Sections, rng: Random) -> Sections:
    """Without a part."""
    return without(sections, rng.choice(parts(sections)))


def reorder(sections: Sections, rng: Random) -> Sections:
    """With a part at another place."""
    part = rng.choice(parts(sections))
    places = [to for to in range(len(sections) + 1) if to < part.start or to > part.stop]
    return moved(sections, part, rng.choice(places))


def move_to_end(sections: Sections, rng: Random) -> Sections:
    """With a part at the end."""
    return moved(sections, rng.choice([one for one in parts(sections) if one.stop < len(sections)]), len(sections))


def repeat_at_end(sections: Sections, rng: Random) -> Sections:
    """With a part, or all, once more at the end."""
    return repeated(sections, rng.choice([range(len(sections)), *parts(sections)]))


def bullets(sections: Sections, rng: Random) -> Sections:
    """With a paragraph as a list."""
    return bulleted(sections, rng.choice(paragraphs(sections)))


def numbers(sections: Sections, rng: Random) -> Sections:
    """With a paragraph or a list as a numbered list."""
    return numbered(sections, rng.choice([*paragraphs(sections), *lists(sections)]))


def prose(sections: Sections, rng: Random) -> Sections:
    """With a list as a paragraph."""
    return as_prose(sections, rng.choice(lists(sections)))


def headings(sections: Sections, rng: Random) -> Sections:
    """With all headings in another notation: `## Form`, or `**Form**`."""
    titled = [one for one in sections if one.kind == "heading" and (one.mark or one.body.startswith("**"))]
    hashes = rng.choice(titled).mark != ""
    return reformed(sections, range(len(sections)), lambda one: retitled(one, hashes) if one in titled else one)


def retitled(heading: Section, bold: bool) -> Section:
    """A heading in bold, or under hashes."""
    title = heading.body.strip("*: ")
    return replace(heading, mark="" if bold else "## ", body=f"**{title}**" if bold else title)


def stopwords(sections: Sections, rng: Random) -> Sections:
    """Without the words that say little."""
    return reformed(sections, range(len(sections)), lambda one: replace(one, body=without_stopwords(one.body)))


def without_stopwords(text: str) -> str:
    """The text without the words of `STOPWORDS` and the white space behind each."""
    return re.sub(r"[\w'’]+\s*", lambda found: "" if found[0].rstrip().lower() in STOPWORDS else found[0], text)


def paragraphs(sections: Sections) -> list[range]:
    """The paragraphs of several sentences."""
    return [one for one in blocks(sections) if len(one) > 1 and sections[one.start].kind == "sentence"]


def lists(sections: Sections) -> list[range]:
    """The lists of several items."""
    return [one for one in blocks(sections) if len(one) > 1 and sections[one.start].kind == "item"]


FREE: dict[FreeName, Callable[[Sections, Random], Sections]] = {
    "drop": drop,
    "reorder": reorder,
    "move_to_end": move_to_end,
    "repeat_at_end": repeat_at_end,
    "bullets": bullets,
    "numbers": numbers,
    "prose": prose,
    "headings": headings,
    "stopwords": stopwords,
}
"""The operators that ask no LM. They raise IndexError where there is nothing that they could be applied to."""


def freely(name: FreeName, text: str, rng: Random) -> str | None:
    """The instruction after an operator that asks no LM. None where it cannot be applied, changes nothing, leaves
    nothing, or would lose a hole."""
    try:
        changed = text_of(FREE[name](sections_of(text), rng)).strip()
    except IndexError:
        return None
    return changed if changed and changed != text.strip() and keeps_holes(text, changed) else None


def asked_part(text: str, rng: Random) -> range:
    """The part of an instruction that an LM is asked to change: all of it half of the time."""
    sections = sections_of(text)
    pieces = parts(sections)
    return rng.choice(pieces) if pieces and rng.random() < 0.5 else range(len(sections))


def ask_words(name: AskName, text: str) -> str:
    """What an LM is asked to do with a text; `shorten`: to half of its words."""
    return ASKS[name].format(words=max(len(text.split()) // 2, 3))


def put_in(text: str, part: range, said: str) -> str | None:
    """The instruction with what an LM said in the place of a part. None where that changes nothing, leaves nothing, or
    loses a hole."""
    changed = text_of(replaced(sections_of(text), part, said)).strip()
    return changed if changed and changed != text.strip() and keeps_holes(text, changed) else None


def part_text(text: str, part: range) -> str:
    """The text of a part, without the white space around it."""
    chosen: Sequence[Section] = sections_of(text)[part.start : part.stop]
    return text_of(chosen).strip()


def keeps_holes(before: str, after: str) -> bool:
    """Whether a text has every hole that the other one has, as often at least."""
    left = list(placeholders(after))
    for hole in placeholders(before):
        if hole not in left:
            return False
        left.remove(hole)
    return True
