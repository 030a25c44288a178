"""Whatever can be asked of a document, asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
from lsprotocol import types

from lmc.editor.diagnostics import shown
from lmc.editor.document import Document
from lmc.editor.refusal import Refusal
from lmc.editor.table import FEATURES
from lmc.editor.workspace import Workspace


def opened(path: Path, text: str) -> Document:
    """A text in an editor."""
    document = Workspace().opened(path.as_uri(), text, 1).document(path.as_uri())
    assert document is not None
    return document


def ask_all(document: Document, offset: int, *, rename: bool = False) -> None:
    """Asks every feature of the table about a place, and what is wrong; nothing may fail. `rename`: that too, which
    analyses the text again and again."""
    shown(document, (*document.diagnostics, *document.analysis.late) if rename else document.diagnostics)
    position = document.positions.position(offset)
    assert document.offset(position) == offset
    values: dict[str, Any] = {
        "text_document": types.TextDocumentIdentifier(document.uri),
        "position": position,
        "positions": [position],
        "range": types.Range(document.positions.position(max(offset - 40, 0)), position),
        "new_name": "renamed",
        "options": types.FormattingOptions(2, True),
        "previous_result_id": "",
    }
    contexts = {
        types.TEXT_DOCUMENT_REFERENCES: types.ReferenceContext(True),
        types.TEXT_DOCUMENT_CODE_ACTION: types.CodeActionContext([]),
    }
    for feature in FEATURES:
        if feature.method == types.TEXT_DOCUMENT_RENAME and not rename:
            continue
        kind = types.METHOD_TO_TYPES[feature.method][2]
        names = [one.name for one in attrs.fields(kind)]
        given = {name: value for name, value in values.items() if name in names}
        if "context" in names and feature.method in contexts:
            given["context"] = contexts[feature.method]
        params = kind(**given)
        try:
            answer = feature.answer(document, params)
            if feature.notice is not None:
                feature.notice(document, params, answer)
        except Refusal:
            pass
