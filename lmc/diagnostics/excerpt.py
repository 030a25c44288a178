"""The lines of one source file under their labels: carets and dashes, hanging texts, spans over several lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lmc.diagnostics.cells import Shown, safe, show
from lmc.diagnostics.diagnostic import Label
from lmc.source import SourceFile

WHOLE = 6
"""A span over more lines than this is shown by its first and last two."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A label laid over lines `first` to `last` (from 1): from character `start` of the first (from 0) to before
    character `end` of the last."""

    first: int
    start: int
    last: int
    end: int
    primary: bool
    text: str

    @property
    def several(self) -> bool:
        """Whether it spans more than one line."""
        return self.first != self.last

    @property
    def sign(self) -> str:
        """What it is drawn with, which also names its style."""
        return "^" if self.primary else "-"


def mark(source: SourceFile, label: Label, primary: bool) -> Mark:
    """Lays a label over its file; a span that reaches past the end is cut there, an empty one gets one character."""
    start = min(max(label.span.start, 0), len(source.text))
    end = min(max(label.span.end, start), len(source.text))
    first, column = source.position(start)
    last, end_column = source.position(end - 1) if end > start else (first, column)
    return Mark(first, column - 1, last, end_column, primary, safe(" ".join(label.text.split("\n"))))


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an excerpt: a line number, `...` or nothing for the gutter; cells with styles; a text behind them.

    A cell's style is the sign of the mark that it belongs to; a space has none. The text's style is "" for source text.
    """

    gutter: str
    cells: tuple[tuple[str, str], ...]
    text: str = ""
    style: str = ""


def excerpt(source: SourceFile, marks: Sequence[Mark]) -> list[list[Row]]:
    """The rows in groups of neighbouring lines: the group of the primary mark first, the others in source order."""
    lanes = _lanes(marks)
    groups = _groups(marks)
    groups.sort(key=lambda group: not any(each.primary and each.first in group for each in marks))
    return [list(_Drawing(source, marks, lanes).rows(group)) for group in groups]


def _lanes(marks: Sequence[Mark]) -> dict[Mark, int]:
    """A lane of the left margin for each mark over several lines; marks that share no line may share a lane."""
    lanes: dict[Mark, int] = {}
    for each in sorted(
        {one for one in marks if one.several}, key=lambda one: (one.first, -one.last, one.start, one.end)
    ):
        taken = {lane for other, lane in lanes.items() if other.last >= each.first}
        lanes[each] = next(lane for lane in range(len(lanes) + 1) if lane not in taken)
    return lanes


def _groups(marks: Sequence[Mark]) -> list[list[int]]:
    """The lines to show, in groups; a group holds a gap only within a mark that covers it."""
    shown: set[int] = set()
    for each in marks:
        whole = each.last - each.first < WHOLE
        shown |= (
            set(range(each.first, each.last + 1)) if whole else {each.first, each.first + 1, each.last - 1, each.last}
        )
    groups: list[list[int]] = []
    for line in sorted(shown):
        before = groups[-1][-1] if groups else None
        if before is None:
            groups.append([line])
        elif line - before <= 2:
            groups[-1].extend(range(before + 1, line + 1))
        elif any(each.first <= before and line <= each.last for each in marks):
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


@dataclass(slots=True)
class _Drawing:
    """Draws a group; `active` are the marks over several lines that have begun and not ended."""

    source: SourceFile
    marks: Sequence[Mark]
    lanes: dict[Mark, int]
    active: set[Mark] = field(default_factory=set)

    @property
    def margin(self) -> int:
        """The width of the left margin in cells."""
        return max(self.lanes.values(), default=-2) + 2

    def rows(self, lines: Sequence[int]) -> Iterator[Row]:
        """The rows of a group of lines."""
        before = lines[0]
        for line in lines:
            if line - before > 1:
                yield Row("...", self._cells({}))
            yield from self._line(line)
            before = line

    def _line(self, number: int) -> Iterator[Row]:
        text = self.source.line(number)
        inline = [each for each in self.marks if not each.several and each.first == number]
        starting = [each for each in self.lanes if each.first == number]
        ending = [each for each in self.lanes if each.last == number]
        shown = show(text, _focus(inline, starting, ending))
        slashed = [each for each in starting if not text[: each.start].strip()]
        yield Row(
            str(number), self._cells({self.lanes[each]: ("/", each.sign) for each in slashed}, full=True), shown.text
        )
        self.active.update(slashed)
        yield from self._inline(inline, shown)
        for each in starting:
            if each not in slashed:
                yield self._arm(each, shown.column(each.start), "")
                self.active.add(each)
        for each in sorted(ending, key=lambda one: (one.end, -self.lanes[one])):
            yield self._arm(each, max(shown.column(each.end) - 1, 0), each.text)
            self.active.discard(each)

    def _inline(self, marks: Sequence[Mark], shown: Shown) -> Iterator[Row]:
        """The row of carets and dashes, and below it the texts that have no room on it."""
        if not marks:
            return
        marks = sorted(set(marks), key=lambda one: (shown.column(one.start), one.primary))
        signs: dict[int, tuple[str, str]] = {}
        for each in sorted(marks, key=lambda one: one.primary):
            start = shown.column(each.start)
            for column in range(start, max(shown.column(each.end), start + 1)):
                signs[self.margin + column] = (each.sign, each.sign)
        last = marks[-1]
        beside = bool(last.text) and self.margin + max(shown.column(last.end) - 1, shown.column(last.start)) == max(
            signs
        )
        yield Row("", self._cells(signs), last.text if beside else "", last.sign)
        hanging = [each for each in marks[: -1 if beside else None] if each.text]
        if hanging:
            yield Row("", self._cells(self._stems(hanging, shown)))
        for index in range(len(hanging) - 1, -1, -1):
            each = hanging[index]
            column = shown.column(each.start)
            left = [other for other in hanging[:index] if shown.column(other.start) < column]
            cells = self._cells(self._stems(left, shown), until=self.margin + column)
            yield Row("", cells, each.text, each.sign)

    def _stems(self, marks: Sequence[Mark], shown: Shown) -> dict[int, tuple[str, str]]:
        return {self.margin + shown.column(each.start): ("|", each.sign) for each in marks}

    def _arm(self, each: Mark, column: int, text: str) -> Row:
        """The row on which a mark over several lines begins or ends: an arm from its lane to its character."""
        lane, head = self.lanes[each], self.margin + column
        cells = {place: ("_", each.sign) for place in range(lane + 1, head)} | {head: (each.sign, each.sign)}
        for other in self.active:
            cells[self.lanes[other]] = ("|", other.sign)
        return Row("", self._cells(cells), text, each.sign)

    def _cells(
        self, cells: dict[int, tuple[str, str]], full: bool = False, until: int = 0
    ) -> tuple[tuple[str, str], ...]:
        """The given cells over the lanes of active marks, padded to the margin if `full`, or to `until`."""
        cells = {self.lanes[each]: ("|", each.sign) for each in self.active} | cells
        width = max(max(cells, default=-1) + 1, self.margin if full else 0, until)
        return tuple(cells.get(place, (" ", "")) for place in range(width))


def _focus(inline: Sequence[Mark], starting: Sequence[Mark], ending: Sequence[Mark]) -> int:
    """The character of a line that must be seen: where the primary mark is drawn, else the first mark."""
    places = [(not each.primary, each.start) for each in (*inline, *starting)]
    places += [(not each.primary, each.end - 1) for each in ending]
    return min(places)[1] if places else 0
