"""What each name in a program stands for: where it is introduced, and every place where it is used, across files."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from lmc.driver.load import Loaded
from lmc.editor.definitions import definitions_of
from lmc.editor.symbols import Occurrence, Symbol
from lmc.editor.uses import Uses, followed
from lmc.elaborate.notes import Notes
from lmc.source import Span


@dataclass(frozen=True)
class Names:
    """All occurrences, by file, in order."""

    files: Mapping[str, tuple[Occurrence, ...]]

    @cached_property
    def by_symbol(self) -> Mapping[Symbol, tuple[Occurrence, ...]]:
        """The occurrences of each symbol, in all files."""
        found: dict[Symbol, list[Occurrence]] = defaultdict(list)
        for occurrences in self.files.values():
            for one in occurrences:
                found[one.symbol].append(one)
        return {symbol: tuple(occurrences) for symbol, occurrences in found.items()}

    def inside(self, file: str) -> tuple[Occurrence, ...]:
        """The occurrences in a file."""
        return self.files.get(file, ())

    def at(self, file: str, offset: int) -> Occurrence | None:
        """The name at a place, or the one that ends there."""
        found = self.inside(file)
        index = bisect_right(found, offset, key=lambda one: one.span.start) - 1
        for one in found[max(index - 1, 0) : index + 1][::-1]:
            if one.span.start <= offset <= one.span.end:
                return one
        return None

    def of(self, symbol: Symbol) -> tuple[Occurrence, ...]:
        """The occurrences of a symbol."""
        return self.by_symbol.get(symbol, ())

    def symbols(self, file: str) -> tuple[Symbol, ...]:
        """What a file introduces, in order."""
        return tuple(one.symbol for one in self.inside(file) if one.role == "definition")


def names_of(loaded: Loaded, notes: Notes) -> Names:
    """The names of a program and of all that it imports."""
    defined: dict[Span, Symbol] = {}
    for key, tree in loaded.files.items():
        for symbol in definitions_of(tree, notes, loaded, key):
            defined.setdefault(symbol.span, symbol)
    found: dict[Span, Occurrence] = {span: Occurrence(span, one, "definition") for span, one in defined.items()}
    for key, tree in loaded.files.items():
        uses = Uses(loaded, notes, key, defined)
        uses.visit_all(tree.declarations)
        for one in uses.found:
            found.setdefault(one.span, one)
    for span, declared in notes.uses.items():
        if span not in found and (known := defined.get(followed(notes, declared))) is not None:
            found[span] = Occurrence(span, known, "reference")
    return Names(by_file(found.values()))


def by_file(occurrences: Iterable[Occurrence]) -> dict[str, tuple[Occurrence, ...]]:
    """The occurrences of each file, in order."""
    found: dict[str, list[Occurrence]] = defaultdict(list)
    for one in occurrences:
        found[one.span.file].append(one)
    return {file: tuple(sorted(some, key=lambda one: one.span.start)) for file, some in found.items()}
