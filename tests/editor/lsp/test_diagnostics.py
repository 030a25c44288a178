"""What is wrong, as it is typed."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from lsprotocol import types

pytestmark = pytest.mark.asyncio(loop_scope="session")

PROGRAM = """lm small = "local/smollm2-135m"
signature Answer {
  in question: str
  out answer: str
}
module Ask(question: str) -> str {
  let reply = predict Answer(question)
  return reply.answer
}
"""


async def test_a_mistake_is_told_while_it_is_there(editor):
    editor.open(PROGRAM)
    assert await editor.diagnostics() == []
    editor.change([types.TextDocumentContentChangeWholeDocument(PROGRAM.replace("reply.answer", "reply.answr"))])
    (found,) = await editor.diagnostics()
    assert (found.code, found.source, found.severity) == ("LMP0110", "lmc", types.DiagnosticSeverity.Error)
    assert found.range == types.Range(types.Position(7, 15), types.Position(7, 20))
    assert "answr" in found.message
    assert "did you mean `answer`?" in found.message
    editor.change([types.TextDocumentContentChangeWholeDocument(PROGRAM)])
    assert await editor.diagnostics() == []


async def test_a_diagnostic_leads_to_its_page(editor):
    editor.open(PROGRAM.replace("reply.answer", "reply.answr"))
    (found,) = await editor.diagnostics()
    page = Path(urlsplit(found.code_description.href).path).read_text(encoding="utf-8")
    assert "# LMP0110" in page
    assert found.data["explain"] == "lmc explain LMP0110"


async def test_other_places_are_told_with_it(editor):
    editor.open(PROGRAM + "signature Answer = a -> b\n")
    (found,) = await editor.diagnostics()
    (other,) = found.related_information
    assert other.location.uri == editor.uri("main.lmp")
    assert {other.location.range.start.line, found.range.start.line} == {1, 9}


async def test_what_nothing_uses_is_faded(editor):
    editor.open(PROGRAM + "signature Lost = a -> b\n")
    (found,) = await editor.diagnostics()
    assert (found.severity, list(found.tags)) == (types.DiagnosticSeverity.Warning, [types.DiagnosticTag.Unnecessary])


async def test_all_mistakes_of_half_written_text_are_told(editor):
    broken = "module Two(a: str) -> str {\n  return a.\n}\n"
    editor.open(PROGRAM + broken + "module Three(b: str) -> strr {\n  return b\n}\n")
    found = await editor.diagnostics()
    assert [(one.code, one.range.start.line) for one in found] == [("LMP0001", 10), ("LMP0100", 12)]


async def test_data_is_looked_at_too(editor):
    rows = [f'{{"question": "{one}", "answer": "{one}{one}"}}\n' for one in "abc"]
    editor.write("rows.jsonl", "".join(rows))
    tuned = PROGRAM + (
        'data rows = "rows.jsonl" { split: { train: 1, dev: 1, test: 1 } }\n'
        "metric right(want, got) = exact(want.reply, got)\n"
        "optimize Ask {\n  data rows\n  metric right\n  lm small\n}\n"
    )
    editor.open(tuned)
    assert "`reply`" in (await editor.diagnostics())[0].message
    editor.open(tuned.replace("want.reply", "want.answer"))
    assert [one for one in await editor.diagnostics() if one.severity == types.DiagnosticSeverity.Error] == []


async def test_what_is_imported_is_read_as_it_is_in_the_editor(editor):
    editor.write("lib.lmp", "signature Other = a -> b\n")
    importer = 'import { Answer } from "lib.lmp"\nmodule Ask(q: str) -> str {\n  return (predict Answer(q)).b\n}\n'
    editor.open(importer)
    assert "LMP0105" in [one.code for one in await editor.diagnostics()]
    editor.open('lm small = "local/smollm2-135m"\nsignature Answer = a -> b\n', "lib.lmp")
    while any(one.code == "LMP0105" for one in editor.client.published[editor.uri("main.lmp")].diagnostics):
        await editor.diagnostics()


async def test_mistakes_of_an_imported_file_are_told_at_the_import(editor):
    editor.write("lib.lmp", "type Broken = strr\n")
    editor.open('import { Broken } from "lib.lmp"\n')
    (found,) = [one for one in await editor.diagnostics() if one.severity == types.DiagnosticSeverity.Error]
    assert found.range.start == types.Position(0, 23)
    assert "`lib.lmp` has an error" in found.message
    assert found.related_information[0].location.uri == editor.uri("lib.lmp")


async def test_a_closed_file_has_none(editor):
    editor.open("module {")
    assert await editor.diagnostics()
    editor.close()
    while editor.client.published[editor.uri("main.lmp")].diagnostics:
        await editor.client.text_document_hover_async(types.HoverParams(**editor.at(types.Position(0, 0))))
