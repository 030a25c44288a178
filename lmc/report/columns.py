"""Two texts beside one another in the width of a terminal, or as a unified diff."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from lmc.diagnostics.cells import char_width, safe

AROUND = 2
"""So many lines that are the same stand around each change."""

GUTTER = " {} "
"""Between the columns: `|` changed, `<` gone, `>` new."""

LEAST_WIDTH = 40


@dataclass(frozen=True, slots=True)
class Line:
    """A line of two columns: `mark` is " " (the same), "|", "<", ">", or "~" (lines that are left out)."""

    mark: str
    left: str
    right: str


def side_by_side(before: str, after: str, columns: int) -> Iterator[Line]:
    """Two texts in `columns` cells: long lines go on in the next row; of lines that are the same only those around
    changes."""
    room = (max(columns, LEAST_WIDTH) - 3) // 2
    old, new = before.split("\n") if before else [], after.split("\n") if after else []
    groups = list(difflib.SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(AROUND))
    last = 0
    for group in groups:
        if group[0][1] > last or group[0][3] > last:
            yield Line("~", "", "")
        for tag, first, end, begin, stop in group:
            for left, right in zip_longest(old[first:end], new[begin:stop]):
                mark = " " if tag == "equal" else "<" if right is None else ">" if left is None else "|"
                yield from rows(mark, left or "", right or "", room)
        last = max(group[-1][2], group[-1][4])
    if groups and (groups[-1][-1][2] < len(old)):
        yield Line("~", "", "")


def rows(mark: str, left: str, right: str, room: int) -> Iterator[Line]:
    """A pair of lines, cut into rows; the mark stands before each."""
    for one, other in zip_longest(folded(safe(left), room), folded(safe(right), room), fillvalue=""):
        yield Line(mark, one + " " * (room - cells(one)), other)


def folded(text: str, room: int) -> list[str]:
    """A text in pieces of at most `room` cells, cut at spaces where that leaves no piece too short."""
    pieces: list[str] = []
    rest = text
    while cells(rest) > room:
        end = fitting(rest, room)
        space = rest.rfind(" ", room // 2, end)
        end = space + 1 if space > 0 else end
        pieces.append(rest[:end])
        rest = rest[end:]
    return [*pieces, rest]


def fitting(text: str, room: int) -> int:
    """How many characters of a text fit into so many cells; one at least."""
    used = 0
    for place, char in enumerate(text):
        used += char_width(char)
        if used > room:
            return max(place, 1)
    return len(text)


def cells(text: str) -> int:
    """The cells that a text takes."""
    return len(text) if text.isascii() else sum(map(char_width, text))


def unified(before: str | None, after: str | None, old: str, new: str) -> str:
    """The difference of two texts as a unified diff, with their names; of one that is not there `/dev/null`."""
    ours, theirs = (f"{one}\n".splitlines(keepends=True) if one is not None else [] for one in (before, after))
    names = "/dev/null" if before is None else old, "/dev/null" if after is None else new
    return "".join(safe_lines(difflib.unified_diff(ours, theirs, *names, n=AROUND)))


def safe_lines(lines: Iterator[str]) -> Iterator[str]:
    """Lines with what would steer a terminal made visible."""
    for line in lines:
        yield safe(line.removesuffix("\n")) + "\n"
