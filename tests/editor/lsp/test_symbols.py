"""The outline of a file, and names in the whole workspace."""

from __future__ import annotations

import pytest
from lsprotocol import types

pytestmark = pytest.mark.asyncio(loop_scope="session")

PROGRAM = """lm small = "local/smollm2-135m"
type Mood = enum { happy "smiles", sad }
signature Feel {
  in text: str
  out mood: Mood
}
module Main(text: str) -> Mood {
  let feel = predict Feel(text)
  return feel.mood
}
test "a letter" with { lm: small } {
  Main("I am glad.") => it == "happy"
}
emit prompts to "out"
"""


async def outline(editor):
    document = types.TextDocumentIdentifier(editor.uri("main.lmp"))
    return await editor.client.text_document_document_symbol_async(types.DocumentSymbolParams(document))


async def test_declarations_have_what_is_in_them(editor):
    editor.open(PROGRAM)
    found = await outline(editor)
    told = [(one.name, [inner.name for inner in one.children or ()]) for one in found]
    assert told == [
        ("small", []),
        ("Mood", ["happy", "sad"]),
        ("Feel", ["text", "mood"]),
        ("Main", ["text", "feel"]),
        ("test a letter", []),
        ("emit to out", []),
    ]
    for one in found:
        assert one.range.start <= one.selection_range.start
        assert one.selection_range.end <= one.range.end


async def test_the_outline_stays_while_a_text_is_broken(editor):
    editor.open(PROGRAM.replace("return feel.mood", "return feel."))
    assert [one.name for one in await outline(editor)][:4] == ["small", "Mood", "Feel", "Main"]


async def test_names_are_found_by_their_letters(editor):
    editor.open(PROGRAM)
    editor.write("aside/other.lmp", "signature Feeling = a -> b\n")
    found = await editor.client.workspace_symbol_async(types.WorkspaceSymbolParams("fl"))
    told = [(one.name, one.container_name) for one in found if one.location.uri.startswith(editor.folder.as_uri())]
    assert told == [("Feel", "main"), ("Feeling", "other")]
