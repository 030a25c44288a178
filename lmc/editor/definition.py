"""Go to definition."""

from __future__ import annotations

from lsprotocol import types

from lmc.editor.document import Document


def definition(document: Document, params: types.DefinitionParams) -> types.Location | None:
    """Where what the name at a position stands for is introduced, in whatever file; None for what the language has
    itself. Another name for a thing leads to the thing."""
    found = document.occurrence(params.position)
    if found is None or found.symbol.built_in:
        return None
    return document.location(found.symbol.meant.span)
