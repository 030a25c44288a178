"""What is known of one program, with the files that it imports: what `lmc check` finds, and what stands where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from lmc.diagnostics import Diagnostic, Failure, Sink
from lmc.driver.load import Loaded, load
from lmc.driver.whole import check_whole
from lmc.editor.names import Names, names_of
from lmc.elaborate.notes import Notes
from lmc.elaborate.scope import Entity
from lmc.source import SourceFile, Span
from lmc.syntax import ast
from lmc.syntax.grammar import table
from lmc.syntax.tokens import Scan, tokenize

Read = Callable[[Path], bytes]


@dataclass(frozen=True)
class Analysis:
    """A program, as far as it can be understood. `inputs` are the files that were read for it, by path, with their
    bytes (None: there was no such file); `early` what is wrong with its syntax, names and types."""

    loaded: Loaded
    notes: Notes
    inputs: Mapping[Path, bytes | None] = field(repr=False)
    early: tuple[Diagnostic, ...]

    def is_of(self, read: Read) -> bool:
        """Whether all files are still as they were."""
        return all(attempt(read, path) == data for path, data in self.inputs.items())

    @property
    def source(self) -> SourceFile:
        """The text of the program's own file, with line feeds at the ends of its lines."""
        return next(iter(self.loaded.sources.values()))

    @property
    def tree(self) -> ast.File:
        """The tree of the program's own file."""
        return self.loaded.files[next(reversed(self.loaded.files))]

    @cached_property
    def scan(self) -> Scan:
        """The tokens and comments of the program's own file."""
        return tokenize(self.source, table())

    @cached_property
    def names(self) -> Names:
        """What the names in all its files stand for."""
        return names_of(self.loaded, self.notes)

    @cached_property
    def entities(self) -> Mapping[Span, Entity]:
        """What all its files declare, by the places of the names."""
        found = (one for scope in self.notes.scopes.values() for one in scope.values())
        return {one.node.name.span: one for one in found if one.path}

    @cached_property
    def late(self) -> tuple[Diagnostic, ...]:
        """What is wrong beyond syntax, names and types: with data, metrics, prompts and what is outside. It reads the
        rows of data sets, so it takes a while."""
        sink = Sink()
        own = Loaded(
            self.loaded.path,
            self.loaded.root,
            self.loaded.program,
            dict(self.loaded.sources),
            sink,
        )
        try:
            check_whole(own)
        except Failure as failure:
            sink.add(failure.diagnostic)
        return tuple(one for one in sink.diagnostics if one not in self.early)

    def path(self, span: Span) -> Path | None:
        """The path of the file that a place is in; None for a place of no file that is known."""
        for key, name in self.loaded.names.items():
            if name == span.file:
                return self.loaded.root / key
        return None


def attempt(read: Read, path: Path) -> bytes | None:
    """The bytes of a file, or None when it cannot be read."""
    try:
        return read(path)
    except OSError:
        return None


def analyse(path: Path, read: Read) -> Analysis | None:
    """What is known of the program in a file; None when the file cannot be read."""
    inputs: dict[Path, bytes | None] = {}

    def noted(one: Path) -> bytes:
        inputs[one] = attempt(read, one)
        return read(one)

    notes = Notes()
    try:
        loaded = load(path, path.as_posix(), noted, notes)
    except Failure:
        return None
    return Analysis(loaded, notes, inputs, loaded.sink.diagnostics)
