"""Go to definition, as an editor asks for it."""

from __future__ import annotations

import pytest
from lsprotocol import types

PROGRAM = """
lm small = "local/smollm2-135m"
signature Answer {
  in question: str
  out <|>answer: str
}
module Ask(<|>question: str) -> str {
  let <|>reply = predict Answer(<|>question)
  return <|>reply.<|>answer
}
"""


@pytest.mark.asyncio(loop_scope="session")
async def test_a_name_leads_to_where_it_is_introduced(editor):
    answer, question, reply, *uses = editor.open(PROGRAM)
    for use, declared in zip(uses, (question, reply, answer), strict=True):
        found = await editor.client.text_document_definition_async(types.DefinitionParams(**editor.at(use)))
        assert (found.uri, found.range.start) == (editor.uri("main.lmp"), declared)
