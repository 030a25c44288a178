"""Source lines as a terminal shows them: how many cells each character takes, and a window of a long line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import category, east_asian_width

TAB = 4
LIMIT = 120
_DANGEROUS = frozenset(
    "\u200b\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of a line: the text for the terminal, from character `first` of the line on.

    `columns[i]` is the cell, counted from 0, in which character `first + i` starts; the last entry is the end.
    """

    text: str
    first: int
    columns: Sequence[int]

    def column(self, index: int) -> int:
        """The cell in which character `index` of the line starts; the nearest end if it is not shown."""
        return self.columns[min(max(index - self.first, 0), len(self.columns) - 1)]


def safe(text: str) -> str:
    """The text with what would steer a terminal or hide itself (controls, direction marks) made visible."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible, text))


def show(line: str, focus: int) -> Shown:
    """The line with tabs expanded; of one wider than `LIMIT` cells, the part around character `focus`."""
    if len(line) <= LIMIT and line.isascii() and line.isprintable():
        return Shown(line, 0, range(len(line) + 1))
    first, last = _window(line, min(focus, len(line)))
    column = 1 if first else 0
    pieces = ["…" if first else ""]
    columns = []
    for char in line[first:last]:
        columns.append(column)
        piece = " " * (TAB - column % TAB) if char == "\t" else _visible(char)
        pieces.append(piece)
        column += len(piece) if char == "\t" else char_width(char)
    columns.append(column)
    pieces.append("…" if last < len(line) else "")
    return Shown("".join(pieces), first, columns)


def _window(line: str, focus: int) -> tuple[int, int]:
    """The range of characters around `focus` that fills `LIMIT` cells: a third of it before, the rest behind."""
    if len(line) <= LIMIT and sum(map(char_width, line)) <= LIMIT:
        return 0, len(line)
    first, before = _grow(line, focus, -1, LIMIT // 3)
    last, behind = _grow(line, focus, 1, LIMIT - before)
    if last == len(line):
        first, _ = _grow(line, focus, -1, LIMIT - behind)
    return first, last


def _grow(line: str, index: int, step: int, cells: int) -> tuple[int, int]:
    """Goes from `index` as far as `cells` reach: where it ends and the cells passed."""
    used = 0
    end = 0 if step < 0 else len(line)
    while index != end:
        width = char_width(line[index if step > 0 else index - 1])
        if used + width > cells:
            break
        used += width
        index += step
    return index, used


def _visible(char: str) -> str:
    """The character, or what stands for one that must not reach a terminal."""
    if " " <= char <= "~":
        return char
    if char < " ":
        return chr(0x2400 + ord(char))
    if char == "\x7f":
        return "\u2421"
    if char in _DANGEROUS or category(char) in ("Cc", "Cs"):
        return "\ufffd"
    return char


def char_width(char: str) -> int:
    """The cells that a character takes; a tab counts as `TAB`."""
    if char == "\t":
        return TAB
    if char < "\x7f":
        return 1
    char = _visible(char)
    if category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(char) in ("W", "F") else 1
