"""Every place of a name: in this file, in those that it imports, and in all programs of the project."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types

from lmc.editor.analysis import Analysis, attempt
from lmc.editor.document import Document
from lmc.editor.positions import Positions
from lmc.editor.symbols import Occurrence, Symbol

LOCAL = ("variable", "call site", "alias", "import")
"""What no other file can name."""


def references(document: Document, params: types.ReferenceParams) -> list[types.Location]:
    """Where the thing is named that is named at a position, by other names too."""
    found = document.occurrence(params.position)
    if found is None or found.symbol.built_in:
        return []
    symbol = found.symbol.meant
    locations: dict[tuple[str, int], types.Location] = {}
    for analysis, one in everywhere(document, symbol, aliases=True):
        if (one.role != "definition" or params.context.include_declaration) and (
            location := location_in(document, analysis, one)
        ):
            locations.setdefault((one.span.file, one.span.start), location)
    return [locations[key] for key in sorted(locations)]


def everywhere(document: Document, symbol: Symbol, *, aliases: bool = False) -> Iterator[tuple[Analysis, Occurrence]]:
    """The places of a symbol in all programs of the project, with the program that knows each. `aliases`: those of
    other names for it too."""
    for analysis in programs_with(document, symbol):
        named = [symbol]
        if aliases:
            named += [one for one in analysis.names.by_symbol if one.target is not None and one.meant == symbol]
        for one in named:
            for occurrence in analysis.names.of(one):
                yield analysis, occurrence


def programs_with(document: Document, symbol: Symbol) -> Iterator[Analysis]:
    """The programs that may name a symbol, the document's own first."""
    yield document.analysis
    if symbol.kind in LOCAL:
        return
    declared = document.analysis.path(symbol.span)
    workspace, name = document.workspace, symbol.name.encode()
    for path in workspace.programs(document.path):
        if path == document.path or (path != declared and name not in (attempt(workspace.read, path) or b"")):
            continue
        analysis = workspace.analysis(path)
        if analysis is not None and declared in analysis.inputs:
            yield analysis


def location_in(document: Document, analysis: Analysis, occurrence: Occurrence) -> types.Location | None:
    """Where an occurrence is, of a program that knows its file."""
    path, source = analysis.path(occurrence.span), analysis.loaded.sources.get(occurrence.span.file)
    if path is None or source is None:
        return None
    positions = Positions(source.text, document.workspace.encoding)
    return types.Location(document.workspace.uri(path), positions.range(occurrence.span.start, occurrence.span.end))
