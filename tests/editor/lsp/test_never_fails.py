"""A person types a whole program, a few characters at a time, and asks for all that depends on the cursor."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from lsprotocol import types

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXT = (Path(__file__).parents[2] / "elaborate" / "everything.lmp").read_text("utf-8")[:2600]


async def test_while_a_program_is_typed_everything_answers(editor):
    editor.open("")
    end, client = types.Position(0, 0), editor.client
    for start in range(0, len(TEXT), 37):
        piece = TEXT[start : start + 37]
        editor.change([types.TextDocumentContentChangePartial(types.Range(end, end), piece)])
        lines = TEXT[: start + 37].split("\n")
        end = types.Position(len(lines) - 1, len(lines[-1].encode("utf-16-le")) // 2)
        asked = editor.at(end)
        answers = await asyncio.gather(
            client.text_document_completion_async(types.CompletionParams(**asked)),
            client.text_document_hover_async(types.HoverParams(**asked)),
            client.text_document_signature_help_async(types.SignatureHelpParams(**asked)),
            client.text_document_definition_async(types.DefinitionParams(**asked)),
            client.text_document_references_async(types.ReferenceParams(**asked, context=types.ReferenceContext(True))),
            client.text_document_document_highlight_async(types.DocumentHighlightParams(**asked)),
            client.text_document_document_symbol_async(types.DocumentSymbolParams(asked["text_document"])),
        )
        assert isinstance(answers[0].items, list | tuple)
    await editor.diagnostics()
    assert not [one.message for one in client.log_messages if "bug" in one.message]
