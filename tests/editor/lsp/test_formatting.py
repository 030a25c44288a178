"""Formatting, as an editor asks for it and does it."""

from __future__ import annotations

import pytest
from lsprotocol import types

from lmc.diagnostics import Sink
from lmc.source import SourceFile
from lmc.syntax import format_file, parse
from tests.editor.lsp.edited import edited

UGLY = """\
# é𝒳
signature   Answer = question->answer


module Main(question: str) -> str {
      let  a = "é𝒳"   # a note
  return predict Answer( question ) . answer }
module Other(question: str) -> str {
  return   question
}
"""
OPTIONS = types.FormattingOptions(8, False)


def canonical(text: str) -> str:
    return format_file(parse(SourceFile("a.lmp", text), Sink()))


async def formatted(editor, span=None):
    document = types.TextDocumentIdentifier(editor.uri("main.lmp"))
    if span is None:
        asked = types.DocumentFormattingParams(document, OPTIONS)
        return await editor.client.text_document_formatting_async(asked)
    asked = types.DocumentRangeFormattingParams(document, span, OPTIONS)
    return await editor.client.text_document_range_formatting_async(asked)


@pytest.mark.asyncio(loop_scope="session")
async def test_a_text_gets_its_canonical_form(editor):
    editor.open(UGLY)
    found = await formatted(editor)
    assert edited(UGLY, found) == canonical(UGLY)
    assert all(one.range.start.line > 0 for one in found), "the first line is as it should be"
    editor.open(canonical(UGLY))
    assert not await formatted(editor)


@pytest.mark.asyncio(loop_scope="session")
async def test_a_range_changes_the_declarations_in_it_alone(editor):
    editor.open(UGLY)
    found = await formatted(editor, types.Range(types.Position(8, 0), types.Position(8, 3)))
    assert edited(UGLY, found) == UGLY.replace("return   question", "return question")


@pytest.mark.asyncio(loop_scope="session")
async def test_a_text_with_mistakes_is_left_alone(editor):
    editor.open(UGLY.replace("{", "{{", 1))
    assert not await formatted(editor)
    assert not await formatted(editor, types.Range(types.Position(0, 0), types.Position(9, 0)))


@pytest.mark.asyncio(loop_scope="session")
async def test_lines_end_as_they_did(editor):
    editor.open(UGLY.replace("\n", "\r\n"))
    found = await formatted(editor)
    assert found
    assert all("\n" not in one.new_text.replace("\r\n", "") for one in found)
