"""Texts that are being written: whatever is asked of them, there is an answer, and no bug of ours."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types

TEXT = (Path(__file__).parents[2] / "elaborate" / "everything.lmp").read_text("utf-8")
CUTS = range(11, len(TEXT), max(len(TEXT) // 14, 1))


async def ask_all(editor, text):
    """Asks all that is about a text as a whole; the answers that are lists of edits are made."""
    document = types.TextDocumentIdentifier(editor.uri("main.lmp"))
    lines = text.split("\n")
    end = types.Position(len(lines) - 1, len(lines[-1].encode("utf-16-le")) // 2)
    span = types.Range(types.Position(0, 0), end)
    client, options = editor.client, types.FormattingOptions(2, True)
    await client.text_document_code_action_async(types.CodeActionParams(document, span, types.CodeActionContext([])))
    await client.text_document_code_lens_async(types.CodeLensParams(document))
    await client.text_document_document_link_async(types.DocumentLinkParams(document))
    await client.text_document_folding_range_async(types.FoldingRangeParams(document))
    await client.text_document_formatting_async(types.DocumentFormattingParams(document, options))
    await client.text_document_range_formatting_async(types.DocumentRangeFormattingParams(document, span, options))
    await client.text_document_inlay_hint_async(types.InlayHintParams(document, span))
    ranges = await client.text_document_selection_range_async(types.SelectionRangeParams(document, [end]))
    await client.text_document_semantic_tokens_full_async(types.SemanticTokensParams(document))
    await client.protocol.send_request_async("lmc/renderedPrompt", {"uri": document.uri})
    assert len(ranges) == 1


@pytest.mark.asyncio(loop_scope="session")
async def test_every_prefix_has_answers(editor):
    for end in (0, *CUTS, len(TEXT)):
        editor.open(TEXT[:end])
        await ask_all(editor, TEXT[:end])
    assert not [one.message for one in editor.client.log_messages if "bug" in one.message]


@pytest.mark.asyncio(loop_scope="session")
async def test_every_suffix_has_answers(editor):
    for start in CUTS[::2]:
        editor.open("𝒳" + TEXT[start:])
        await ask_all(editor, "𝒳" + TEXT[start:])
    assert not [one.message for one in editor.client.log_messages if "bug" in one.message]
