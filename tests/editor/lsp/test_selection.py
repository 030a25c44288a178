"""Growing a selection, as an editor asks for it."""

from __future__ import annotations

import pytest
from lsprotocol import types

from tests.editor.lsp.edited import offset

PROGRAM = """\
signature Answer = question -> answer

module Main(question: str) -> str {
  if question != "é𝒳" {
    let reply = predict Answer(question: lower(<|>question))
    return reply.answer
  }
  return ""
}
"""


async def grown(editor, positions):
    """The texts that a selection at each position grows to."""
    text = PROGRAM.replace("<|>", "")
    document = types.TextDocumentIdentifier(editor.uri("main.lmp"))
    asked = types.SelectionRangeParams(document, positions)
    found = []
    for one in await editor.client.text_document_selection_range_async(asked):
        texts = []
        while one is not None:
            start, end = offset(text, one.range.start), offset(text, one.range.end)
            assert not texts or texts[-1] in text[start:end]
            texts.append(text[start:end])
            one = one.parent
        found.append(texts)
    return found


@pytest.mark.asyncio(loop_scope="session")
async def test_a_selection_grows_from_a_name_to_the_file(editor):
    (place,) = editor.open(PROGRAM)
    (texts,) = await grown(editor, [place])
    text = PROGRAM.replace("<|>", "")
    statement = "let reply = predict Answer(question: lower(question))"
    assert texts == [
        "question",
        "(question)",
        "lower(question)",
        "question: lower(question)",
        "(question: lower(question))",
        "predict Answer(question: lower(question))",
        statement,
        f"{statement}\n    return reply.answer",
        f"{{\n    {statement}\n    return reply.answer\n  }}",
        text[text.index("if") : text.index('\n  return ""')],
        text[text.index("if") : text.index("\n}\n")],
        text[text.index("str {") + 4 : -1],
        text[text.index("module") : -1],
        text,
    ]


@pytest.mark.asyncio(loop_scope="session")
async def test_each_position_has_its_own(editor):
    editor.open(PROGRAM)
    first, last = await grown(editor, [types.Position(0, 0), types.Position(99, 9)])
    assert first[0] == "signature"
    assert last == [PROGRAM.replace("<|>", "")]
