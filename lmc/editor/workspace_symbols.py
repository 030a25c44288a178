"""Declarations of all programs in the open folders, by a part of their names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lsprotocol import types

from lmc.driver.load import project_root
from lmc.editor.outline import SYMBOLS
from lmc.editor.positions import Positions
from lmc.editor.workspace import MOST_FILES, Workspace, programs_below
from lmc.elaborate.scope import KINDS

MOST = 500
"""The symbols that are told at most."""


def workspace_symbols(workspace: Workspace, params: types.WorkspaceSymbolParams) -> list[types.WorkspaceSymbol]:
    """The declarations whose names have the letters of the query in their order, those that begin with it first."""
    found: list[tuple[tuple[bool, str, str, int], types.WorkspaceSymbol]] = []
    for path in programs(workspace):
        parsed = workspace.parsed(path)
        if parsed is None:
            continue
        source, tree = parsed
        positions = Positions(source.text, workspace.encoding)
        for node in tree.declarations:
            kind = KINDS.get(type(node))
            name = getattr(node, "name", None)
            if kind is None or name is None or not resembles(name.text, params.query):
                continue
            location = types.Location(workspace.uri(path), positions.range(name.span.start, name.span.end))
            later = not name.text.casefold().startswith(params.query.casefold())
            symbol = types.WorkspaceSymbol(location, name.text, SYMBOLS[kind], container_name=path.stem)
            found.append(((later, name.text.casefold(), path.as_posix(), name.span.start), symbol))
    return [symbol for _, symbol in sorted(found, key=lambda pair: pair[0])[:MOST]]


def programs(workspace: Workspace) -> Iterator[Path]:
    """The open programs, and those of the open folders, or, without any, of their projects."""
    roots = workspace.folders or tuple(project_root(path.parent) for path in workspace.buffers)
    found = dict.fromkeys(workspace.buffers)
    for root in roots:
        for path in programs_below(root):
            if len(found) >= MOST_FILES:
                break
            found.setdefault(path)
    yield from found


def resembles(name: str, query: str) -> bool:
    """Whether a name has the letters of a query in their order, in capitals or not."""
    letters = iter(name.casefold())
    return all(letter in letters for letter in query.casefold())
