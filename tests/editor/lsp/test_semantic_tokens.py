"""Semantic tokens: what each word is, as an editor colours it."""

from __future__ import annotations

import pytest
from lsprotocol import types

PROGRAM = '''\
# é𝒳 a note
lm small = "local/smollm2-135m"
type Mood = enum { good "é𝒳", bad }
signature Answer {
  "What it says."
  in question: str
  out mood: Mood
  prompt {
    system """Be 𝒳.
Be {{ question | upper }} kind.{# not shown #}"""
    user """𝒳 {% if question %}{{ question }}{% endif %}"""
  }
}
data rows = "rows.jsonl"
metric right(want, got) = want.mood == got
module Main(question: str) -> str {
  let mood = predict Answer(question)
  let data = f"𝒳 {mood.mood}"
  return lower(data)
}
optimize Main { data rows metric right passes bootstrap budget 9 calls }
'''


async def tokens(editor, text, span=None):
    """The tokens of a text: what is written there, its type and its modifiers."""
    document = types.TextDocumentIdentifier(editor.uri("main.lmp"))
    if span is None:
        found = await editor.client.text_document_semantic_tokens_full_async(types.SemanticTokensParams(document))
    else:
        asked = types.SemanticTokensRangeParams(document, span)
        found = await editor.client.text_document_semantic_tokens_range_async(asked)
    legend = editor.client.told.semantic_tokens_provider.legend
    lines = [line.encode("utf-16-le") for line in text.split("\n")]
    shown, line, start = [], 0, 0
    for index in range(0, len(found.data), 5):
        down, along, length, kind, bits = found.data[index : index + 5]
        line, start = line + down, along if down else start + along
        assert length > 0
        assert 2 * (start + length) <= len(lines[line]), "a token goes beyond its line"
        word = lines[line][2 * start : 2 * (start + length)].decode("utf-16-le")
        modifiers = [name for place, name in enumerate(legend.token_modifiers) if bits >> place & 1]
        shown.append((word, " ".join([legend.token_types[kind], *modifiers])))
    return shown


@pytest.mark.asyncio(loop_scope="session")
async def test_words_are_what_they_stand_for(editor):
    editor.open(PROGRAM)
    found = await tokens(editor, PROGRAM)
    for word in (
        ("# é𝒳 a note", "comment"),
        ("lm", "keyword"),
        ("small", "variable declaration readonly"),
        ("Mood", "type declaration"),
        ("Mood", "type"),
        ("good", "enumMember declaration"),
        ("bad", "enumMember declaration"),
        ('"What it says."', "string documentation"),
        ("question", "property declaration"),
        ("question", "parameter declaration readonly"),
        ("question", "parameter readonly"),
        ("str", "type defaultLibrary"),
        ("mood", "variable declaration"),
        ("mood", "property"),
        ("Answer", "function"),
        ("lower", "function defaultLibrary"),
        ("right", "function"),
        ("bootstrap", "decorator defaultLibrary"),
        ("rows", "variable readonly"),
        ("9", "number"),
        ("=", "operator"),
    ):
        assert word in found, word
    assert found.count(("data", "keyword")) == 2
    assert ("data", "variable declaration") in found
    assert ("data", "variable") in found


@pytest.mark.asyncio(loop_scope="session")
async def test_prompts_show_their_holes(editor):
    editor.open(PROGRAM)
    found = await tokens(editor, PROGRAM)
    start = found.index(("system", "keyword"))
    words = [("{{", "keyword"), ("question", "property"), ("|", "operator"), ("upper", "function"), ("}}", "keyword")]
    assert found[start + 1] == ('"""Be 𝒳.', "string")
    assert found[start + 2] == ("Be ", "string")
    assert [(word, kind.split()[0]) for word, kind in found[start + 3 : start + 8]] == words
    assert found[start + 8 : start + 11] == [(" kind.", "string"), ("{# not shown #}", "comment"), ('"""', "string")]


@pytest.mark.asyncio(loop_scope="session")
async def test_a_range_has_the_tokens_of_its_lines(editor):
    editor.open(PROGRAM)
    span = types.Range(types.Position(1, 0), types.Position(2, 0))
    assert [word for word, _ in await tokens(editor, PROGRAM, span)] == ["lm", "small", "=", '"local/smollm2-135m"']


@pytest.mark.asyncio(loop_scope="session")
async def test_texts_that_are_being_written_have_tokens(editor):
    for end in range(0, len(PROGRAM), 7):
        editor.open(PROGRAM[:end])
        await tokens(editor, PROGRAM[:end])


@pytest.mark.asyncio(loop_scope="session")
async def test_after_a_change_only_what_is_different_is_told(editor):
    editor.open(PROGRAM)
    document = types.TextDocumentIdentifier(editor.uri("main.lmp"))
    first = await editor.client.text_document_semantic_tokens_full_async(types.SemanticTokensParams(document))
    editor.open(PROGRAM.replace("passes bootstrap", "seed 1 passes bootstrap"))
    asked = types.SemanticTokensDeltaParams(document, first.result_id)
    delta = await editor.client.text_document_semantic_tokens_full_delta_async(asked)
    whole = await editor.client.text_document_semantic_tokens_full_async(types.SemanticTokensParams(document))
    (edit,) = delta.edits
    assert len(edit.data) <= 20
    data = [*first.data[: edit.start], *edit.data, *first.data[edit.start + edit.delete_count :]]
    assert data == list(whole.data)
    assert delta.result_id == whole.result_id
    again = await editor.client.text_document_semantic_tokens_full_delta_async(
        types.SemanticTokensDeltaParams(document, whole.result_id)
    )
    assert not again.edits
    lost = await editor.client.text_document_semantic_tokens_full_delta_async(
        types.SemanticTokensDeltaParams(document, "another")
    )
    assert lost.data == whole.data
