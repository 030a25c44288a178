"""The other places of the name under the cursor, in the same file."""

from __future__ import annotations

from lsprotocol import types

from lmc.editor.document import Document

KINDS = {
    "definition": types.DocumentHighlightKind.Write,
    "write": types.DocumentHighlightKind.Write,
    "reference": types.DocumentHighlightKind.Read,
}


def highlight(document: Document, params: types.DocumentHighlightParams) -> list[types.DocumentHighlight]:
    """Where the thing is named that is named at a position."""
    found = document.occurrence(params.position)
    if found is None:
        return []
    return [
        types.DocumentHighlight(document.range(one.span), KINDS[one.role])
        for one in document.names.of(found.symbol)
        if one.span.file == document.source.name
    ]
