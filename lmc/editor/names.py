"""What each name in a program stands for: where it is introduced, and every place where it is used, across files."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from lmc.driver.load import Loaded
from lmc.elaborate.notes import Notes
from lmc.source import Span
from lmc.syntax import ast

Kind = Literal[
    "LM", "type", "data set", "signature", "module", "metric", "extern", "tool", "retriever",
    "parameter", "input", "output", "field", "variable", "call site", "alias", "import",
    "function", "primitive", "pass", "backend",
]  # fmt: skip
"""What a name can be. `import` is the name of a file (`import "…" as lib`), `alias` another name for one thing of it.
The last four are those of the language itself: they are declared nowhere."""

BUILT_IN: tuple[Kind, ...] = ("function", "primitive", "pass", "backend")

Role = Literal["definition", "reference", "write"]


@dataclass(frozen=True, slots=True)
class Symbol:
    """What a name stands for: its kind, its name, and where it is introduced (`span` is that of the name; nowhere for
    what the language has itself). `whole` is the extent of what introduces it, `node` that in the tree; `container` the
    name of the declaration that it belongs to, for what is in one. `target` is what an alias is another name for."""

    kind: Kind
    name: str
    span: Span
    container: str = ""
    whole: Span = field(default=ast.NOWHERE, compare=False)
    node: ast.Node | None = field(default=None, compare=False, repr=False)
    target: Symbol | None = field(default=None, compare=False, repr=False)

    @property
    def built_in(self) -> bool:
        """Whether the language has it itself."""
        return self.kind in BUILT_IN

    @property
    def meant(self) -> Symbol:
        """The thing itself, of which this may be another name."""
        return self.target.meant if self.target is not None and self.kind == "alias" else self


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A place where a name stands."""

    span: Span
    symbol: Symbol
    role: Role


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
    from lmc.editor.definitions import definitions_of
    from lmc.editor.references import References

    defined: dict[Span, Symbol] = {}
    for key, tree in loaded.files.items():
        for symbol in definitions_of(tree, notes, loaded, key):
            defined.setdefault(symbol.span, symbol)
    found: dict[Span, Occurrence] = {span: Occurrence(span, one, "definition") for span, one in defined.items()}
    for key, tree in loaded.files.items():
        references = References(loaded, notes, key, defined)
        references.visit_all(tree.declarations)
        for one in references.found:
            found.setdefault(one.span, one)
    for span, declared in notes.uses.items():
        if span not in found and (known := defined.get(followed(notes, declared))) is not None:
            found[span] = Occurrence(span, known, "reference")
    return Names(by_file(found.values()))


def followed(notes: Notes, span: Span) -> Span:
    """Where what a name stands for is declared in the end."""
    seen = {span}
    while (further := notes.uses.get(span)) is not None and further not in seen:
        seen.add(further)
        span = further
    return span


def by_file(occurrences: Iterable[Occurrence]) -> dict[str, tuple[Occurrence, ...]]:
    """The occurrences of each file, in order."""
    found: dict[str, list[Occurrence]] = defaultdict(list)
    for one in occurrences:
        found[one.span.file].append(one)
    return {file: tuple(sorted(some, key=lambda one: one.span.start)) for file, some in found.items()}
