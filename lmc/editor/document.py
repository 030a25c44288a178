"""A document that a feature is asked about."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types

from lmc.diagnostics import Diagnostic
from lmc.editor.analysis import Analysis
from lmc.editor.names import Names
from lmc.editor.positions import Positions
from lmc.editor.symbols import Occurrence
from lmc.elaborate.scope import Scope
from lmc.source import SourceFile, Span
from lmc.syntax import ast
from lmc.syntax.tokens import Token

if TYPE_CHECKING:
    from lmc.editor.workspace import Workspace


@dataclass(frozen=True)
class Document:
    """A file, as it is in the editor (or on the disk), and all that is known of it. Places are counted in characters of
    `text`, whose lines end with line feeds whatever they end with in the editor: positions are the same."""

    workspace: Workspace
    uri: str
    path: Path
    analysis: Analysis

    @property
    def version(self) -> int | None:
        """The version of the text, as the client counts them; None for a file that is not open."""
        buffer = self.workspace.buffers.get(self.path)
        return buffer.version if buffer else None

    @property
    def source(self) -> SourceFile:
        """The text, as the compiler reads it."""
        return self.analysis.source

    @property
    def text(self) -> str:
        """The text."""
        return self.analysis.source.text

    @property
    def tree(self) -> ast.File:
        """The tree; what could be read despite mistakes is in it."""
        return self.analysis.tree

    @property
    def tokens(self) -> list[Token]:
        """The tokens, in order; a word that the grammar may take for a keyword has it in `soft`."""
        return self.analysis.scan.tokens

    @property
    def names(self) -> Names:
        """What names stand for, in this file and those that it imports."""
        return self.analysis.names

    @property
    def scope(self) -> Scope:
        """What the names that can be written in this file stand for."""
        return self.analysis.notes.scopes.get(next(reversed(self.analysis.loaded.files)), {})

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What is wrong with syntax, names and types."""
        return self.analysis.early

    @cached_property
    def positions(self) -> Positions:
        """The positions of the text."""
        return Positions(self.text, self.workspace.encoding)

    def offset(self, position: types.Position) -> int:
        """The place of a position."""
        return self.positions.offset(position)

    def range(self, span: Span) -> types.Range:
        """The range of a span of this file."""
        return self.positions.range(span.start, span.end)

    def location(self, span: Span) -> types.Location | None:
        """The location of a span of this file or of one that it imports."""
        if span.file == self.source.name:
            return types.Location(self.uri, self.range(span))
        path, source = self.analysis.path(span), self.analysis.loaded.sources.get(span.file)
        if path is None or source is None:
            return None
        positions = Positions(source.text, self.workspace.encoding)
        return types.Location(self.workspace.uri(path), positions.range(span.start, span.end))

    def token_at(self, offset: int) -> Token | None:
        """The token at a place, or the one that ends there."""
        index = bisect_right(self.tokens, offset, key=lambda one: one.start) - 1
        token = self.tokens[index] if index >= 0 else None
        if token is None or offset > token.end:
            return None
        return token

    def occurrence(self, position: types.Position) -> Occurrence | None:
        """The name at a position, or the one that ends there."""
        return self.names.at(self.source.name, self.offset(position))
