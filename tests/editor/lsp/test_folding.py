"""Folding, as an editor asks for it."""

from __future__ import annotations

import pytest
from lsprotocol import types

PROGRAM = '''\
# A program
# about 𝒳.

import { Base } from "base.lmp"
import "other.lmp" as other

signature Answer {
  in question: str
  prompt {
    user """
    Say it:
    {{ question }}
    """
  }
  out answer: str
}

type Mood =
  "good"
  | "bad"

module Main(question: str) -> str {
  if question == "" {
    return "nothing"
  } else {
    return predict Answer(
      question,
    ).answer
  }
}
'''


@pytest.mark.asyncio(loop_scope="session")
async def test_blocks_texts_comments_and_imports_can_be_folded(editor):
    editor.open(PROGRAM)
    document = types.TextDocumentIdentifier(editor.uri("main.lmp"))
    found = await editor.client.text_document_folding_range_async(types.FoldingRangeParams(document))
    lines = PROGRAM.split("\n")
    shown = [(lines[one.start_line].strip(), lines[one.end_line].strip(), one.kind) for one in found]
    assert shown == [
        ("# A program", "# about 𝒳.", types.FoldingRangeKind.Comment),
        ('import { Base } from "base.lmp"', 'import "other.lmp" as other', types.FoldingRangeKind.Imports),
        ("signature Answer {", "out answer: str", None),
        ("prompt {", '"""', None),
        ('user """', '"""', None),
        ("type Mood =", '| "bad"', None),
        ("module Main(question: str) -> str {", "}", None),
        ('if question == "" {', 'return "nothing"', None),
        ("} else {", ").answer", None),
        ("return predict Answer(", "question,", None),
    ]


@pytest.mark.asyncio(loop_scope="session")
async def test_brackets_that_are_never_closed_fold_nothing_wrong(editor):
    editor.open(
        "module Main(q: str) -> str {\n  let a = [\n    q,\n  return q\n}\n\n"
        "module Other(q: str) -> str {\n  return q\n}\n"
    )
    document = types.TextDocumentIdentifier(editor.uri("main.lmp"))
    found = await editor.client.text_document_folding_range_async(types.FoldingRangeParams(document))
    assert [(one.start_line, one.end_line) for one in found][-1] == (6, 7)
    assert all(one.start_line < one.end_line < 9 for one in found)
