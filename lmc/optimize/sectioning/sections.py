"""An instruction in sections: headings, sentences, items of lists and blocks of code, with operators on them that ask
no LM (after SAMMO's structured prompts: Schnabel and Neville 2024)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["heading", "sentence", "item", "code"]

Sections: TypeAlias = "tuple[Section, ...]"

HEADING = re.compile(r"[ \t]*(#{1,6})[ \t]+(?=\S)|[ \t]*(?=\*\*[^*\n]+\*\*:?[ \t]*$)")
ITEM = re.compile(r"[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]+(?=\S)")
FENCE = re.compile(r"[ \t]*(```|~~~)")
END = re.compile(r"[.!?…]+[\"'”’)\]*_]*(?=\s)|:(?=[ \t]*\n)|[。！？]")
ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|cf|approx|no|nos|dr|mr|mrs|ms|prof|fig|eq|st)|\b[A-Z])\.$", re.I)
PLACEHOLDER = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{[A-Za-z_][\w.]*\}|</?[A-Za-z_][\w-]*>|\$\{?[A-Za-z_]\w*\}?", re.S)
DEEPEST = 9
"""The level of a line that only leads to a list, under every other heading."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of an instruction. Its text is `before` (the white space between it and what stands before it), `mark` (of
    a heading or an item, with its indentation), `body`, and `after`, which only the last one may have."""

    kind: Kind
    body: str
    mark: str = ""
    before: str = ""
    after: str = ""

    @property
    def text(self) -> str:
        """What it says, with its mark and without the white space around it."""
        return self.mark + self.body

    @property
    def level(self) -> int:
        """How deep a heading is, from 1."""
        return self.mark.count("#") or (DEEPEST - 1 if self.body.startswith("**") else DEEPEST)


def sections_of(text: str) -> Sections:
    """The sections of an instruction; `text_of` gives the same text back, byte for byte."""
    found: list[Section] = []
    at = 0
    while at < len(text):
        start = at + len(text[at:]) - len(text[at:].lstrip())
        if start == len(text):
            break
        line = text.rfind("\n", 0, start) + 1
        if line >= at:  # the indentation of a line is part of its mark
            start = line
        section = section_at(text, start, own_line=start == 0 or text[start - 1] == "\n")
        found.append(replace(section, before=text[at:start]))
        at = start + len(section.text)
    if not found:
        return (Section("sentence", "", before=text),) if text else ()
    return (*found[:-1], replace(found[-1], after=text[at:]))


def section_at(text: str, start: int, own_line: bool) -> Section:
    """The section that begins there, without the white space around it."""
    line = text[start : line_end(text, start)]
    if own_line and FENCE.match(line):
        close = re.compile(rf"^[ \t]*{re.escape(line.lstrip()[:3])}[ \t]*$", re.M).search(text, start + len(line))
        return Section("code", text[start : close.end() if close else len(text.rstrip())])
    if own_line and (mark := HEADING.match(line)):
        return Section("heading", line[mark.end() :].rstrip(), line[: mark.end()])
    if own_line and (mark := ITEM.match(line)):
        body = text[start + mark.end() : item_end(text, start, indentation(line))]
        return Section("item", body.rstrip(), line[: mark.end()])
    if own_line and leads_to_items(text, start):
        return Section("heading", line.rstrip())
    return Section("sentence", text[start : sentence_end(text, start)].rstrip())


def line_end(text: str, start: int) -> int:
    """The end of the line, its line break left out."""
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def indentation(line: str) -> int:
    """The white space that a line begins with."""
    return len(line) - len(line.lstrip())


def item_end(text: str, start: int, indent: int) -> int:
    """The end of an item: lines that are indented more than its mark still belong to it."""
    end = line_end(text, start)
    while end < len(text):
        line = text[end + 1 : line_end(text, end + 1)]
        if not line.strip() or indentation(line) <= indent or ITEM.match(line) or FENCE.match(line):
            break
        end = line_end(text, end + 1)
    return end


def leads_to_items(text: str, start: int) -> bool:
    """Whether a line ends in a colon and items follow it."""
    end = line_end(text, start)
    line = text[start:end].rstrip()
    return line.endswith(":") and END.search(line + "\n") is not None and bool(ITEM.match(text[end:].lstrip("\n")))


def sentence_end(text: str, start: int) -> int:
    """The end of a sentence: its full stop, or what ends its paragraph."""
    stop = paragraph_end(text, start)
    for match in END.finditer(text, start, min(stop + 1, len(text))):
        if match.end() <= stop and not ABBREVIATION.search(text[start : match.end()]):
            return match.end()
    return stop


def paragraph_end(text: str, start: int) -> int:
    """The end of the lines that run on from there: an empty line, a heading, an item or code ends them."""
    end = line_end(text, start)
    while end < len(text):
        line = text[end + 1 : line_end(text, end + 1)]
        marked = ITEM.match(line) or HEADING.match(line) or FENCE.match(line)
        if not line.strip() or marked or leads_to_items(text, end + 1):
            break
        end = line_end(text, end + 1)
    return end


def text_of(sections: Sequence[Section]) -> str:
    """The text of sections as they stand."""
    return "".join(one.before + one.text + one.after for one in sections)


def settled(sections: Sequence[Section]) -> Sections:
    """The sections with white space that keeps them apart, where an operator left too little: a space between
    sentences, a line break around the others, an empty line before a heading."""
    found: list[Section] = []
    for one in sections:
        found.append(replace(one, before=gap(found[-1], one) if found else "", after=""))
    return tuple(found)


def gap(left: Section, right: Section) -> str:
    """The white space between two sections: that which `right` has, where it is enough."""
    if left.kind == right.kind == "sentence":
        return right.before or " "
    if "\n" in right.before:
        return right.before
    return "\n\n" if right.kind == "heading" or (left.kind == "item" and right.kind != "item") else "\n"


def blocks(sections: Sections) -> tuple[range, ...]:
    """Where the headings, paragraphs, lists and blocks of code are: ranges of sections, in order, that cover them."""
    found: list[range] = []
    for index, one in enumerate(sections):
        last = sections[found[-1].stop - 1] if found else None
        apart = one.kind == "sentence" and one.before.count("\n") > 1
        if last is not None and one.kind == last.kind and one.kind in ("sentence", "item") and not apart:
            found[-1] = range(found[-1].start, index + 1)
        else:
            found.append(range(index, index + 1))
    return tuple(found)


def chapter(sections: Sections, index: int) -> range:
    """A heading with all that stands under it."""
    after = range(index + 1, len(sections))
    level = sections[index].level
    return range(
        index,
        next((one for one in after if sections[one].kind == "heading" and sections[one].level <= level), len(sections)),
    )


def parts(sections: Sections) -> tuple[range, ...]:
    """All that can be taken out or moved as one: chapters, blocks, single sections; a heading only with its chapter,
    but for a title. Long ones first, no range twice, and never the whole."""
    found = [chapter(sections, index) for index, one in enumerate(sections) if one.kind == "heading"]
    found = [one if len(one) < len(sections) else range(one.start, one.start + 1) for one in found]
    found += [one for one in blocks(sections) if sections[one.start].kind != "heading"]
    found += [range(index, index + 1) for index, one in enumerate(sections) if one.kind != "heading"]
    apart = dict.fromkeys(one for one in found if len(one) < len(sections))
    return tuple(sorted(apart, key=lambda one: (-len(one), one.start)))


def without(sections: Sections, places: Collection[int]) -> Sections:
    """The sections without some."""
    return settled([one for index, one in enumerate(sections) if index not in places])


def moved(sections: Sections, part: range, to: int) -> Sections:
    """The sections with a part before that which now stands at `to` (at the end: their number)."""
    taken = sections[part.start : part.stop]
    return settled((*outside(sections[:to], part, 0), *taken, *outside(sections[to:], part, to)))


def outside(sections: Sections, part: range, first: int) -> Iterator[Section]:
    """The sections, the first of them the one of number `first`, that are not of a part."""
    return (one for index, one in enumerate(sections, first) if index not in part)


def repeated(sections: Sections, part: range) -> Sections:
    """The sections with a part once more at the end."""
    first, *others = sections[part.start : part.stop]
    return settled((*sections, replace(first, before="\n\n"), *others))


def bulleted(sections: Sections, block: range) -> Sections:
    """The sections with a paragraph as a list."""
    return reformed(sections, block, lambda one: as_item(one, "- "))


def as_prose(sections: Sections, block: range) -> Sections:
    """The sections with a list as a paragraph."""
    return reformed(
        sections, block, lambda one: replace(one, kind="sentence", mark="", body=closed(one.body), before=" ")
    )


def numbered(sections: Sections, block: range) -> Sections:
    """The sections with a paragraph or a list as a numbered list."""
    numbers = iter(range(1, len(block) + 1))
    return reformed(sections, block, lambda one: as_item(one, f"{next(numbers)}. "))


def as_item(section: Section, mark: str) -> Section:
    """The section as an item of a list; its lines become one."""
    return replace(section, kind="item", body=re.sub(r"\s*\n\s*", " ", section.body), mark=mark, before="\n")


def reformed(sections: Sections, block: range, change: Callable[[Section], Section]) -> Sections:
    """The sections with those of a block in another form."""
    return settled([change(one) if index in block else one for index, one in enumerate(sections)])


def closed(body: str) -> str:
    """A text that ends as a sentence does."""
    return body if re.search(r"[.!?…:;][\"'”’)\]]*$", body) else f"{body}."


def replaced(sections: Sections, part: range, text: str) -> Sections:
    """The sections with another text, of any number of sections, in the place of a part."""
    new = sections_of(text.strip())
    if new:
        new = (replace(new[0], before=sections[part.start].before), *new[1:])
    return settled((*sections[: part.start], *new, *sections[part.stop :]))


def placeholders(text: str) -> tuple[str, ...]:
    """The holes that a text has in the notation of some template language (`{{ name }}`, `{name}`, `<name>`, `$name`),
    sorted: whatever fills them must still find them."""
    return tuple(sorted(PLACEHOLDER.findall(text)))
