"""Links to files, as an editor asks for them."""

from __future__ import annotations

import pytest
from lsprotocol import types

from tests.editor.lsp.edited import offset

PROGRAM = """\
import { Base } from "lib/base.lmp"
data rows = { train: "é𝒳 rows.jsonl", dev: "missing.jsonl" }
retriever docs = "docs.jsonl"
extern python "code.py" count(text: str) -> int
signature Answer {
  in question: str
  out answer: str
  prompt { user from "ask.md" }
}
module Main(question: str) -> str { return predict Answer(question).answer }
metric right(want, got) = want.answer == got
optimize Main { data rows metric right }
"""


@pytest.mark.asyncio(loop_scope="session")
async def test_files_that_are_there_have_links(editor):
    there = ("lib/base.lmp", "é𝒳 rows.jsonl", "docs.jsonl", "code.py", "ask.md", "main.lock.json")
    for name in there:
        editor.write(name, "")
    editor.open(PROGRAM)
    document = types.TextDocumentIdentifier(editor.uri("main.lmp"))
    found = await editor.client.text_document_document_link_async(types.DocumentLinkParams(document))
    shown = [(PROGRAM[offset(PROGRAM, one.range.start) : offset(PROGRAM, one.range.end)], one.target) for one in found]
    assert shown == [(name if name != there[-1] else "Main", editor.uri(name)) for name in there]
