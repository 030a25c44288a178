"""Inlay hints, as an editor shows them in the text."""

from __future__ import annotations

import pytest
from lsprotocol import types

from tests.editor.lsp.edited import edited
from tests.editor.lsp.locked import PROGRAM, write_locked

HINTED = """\
lm small = "local/smollm2-135m"

signature Answer {
  in question: str
  in context: str
  out answer: str
}

module Two(question: str, notes: list[str]) -> str {
  let told = "é𝒳 " + question
  let plain = 3
  for note in notes up to 5 {
    let reply = predict Answer(question, note)
    let given: str = reply.answer
    if given == told { return Two2(question, note) }
  }
  return text(plain)
}

module Two2(question: str, context: str) -> str {
  return (predict Answer("é𝒳", context)).answer
}
"""


async def hints(editor, text, lines=(0, 999)):
    """The text with its hints in it, in brackets."""
    span = types.Range(types.Position(lines[0], 0), types.Position(lines[1], 0))
    document = types.TextDocumentIdentifier(editor.uri("main.lmp"))
    found = await editor.client.text_document_inlay_hint_async(types.InlayHintParams(document, span))
    places = [types.TextEdit(types.Range(one.position, one.position), f"[{one.label}]") for one in found]
    return edited(text, places), found


@pytest.mark.asyncio(loop_scope="session")
async def test_types_bounds_and_names_stand_where_nothing_says_them(editor):
    editor.open(HINTED)
    shown, found = await hints(editor, HINTED)
    assert shown == (
        HINTED.replace("-> str {\n  let told", "-> str[≤ 20 calls] {\n  let told")
        .replace("-> str {\n  return (p", "-> str[≤ 2 calls] {\n  return (p")
        .replace("let told =", "let told[: str] =")
        .replace("for note in", "for note[: str] in")
        .replace("let reply =", "let reply[: Answer] =")
        .replace("(question, note)", "(question, [context:]note)")
        .replace('("é𝒳", context)', '([question:]"é𝒳", context)')
    )
    assert all(one.tooltip for one in found)


@pytest.mark.asyncio(loop_scope="session")
async def test_only_the_lines_in_sight_have_hints(editor):
    editor.open(HINTED)
    shown, _ = await hints(editor, HINTED, (9, 10))
    assert shown == HINTED.replace("let told =", "let told[: str] =")


@pytest.mark.asyncio(loop_scope="session")
async def test_the_score_of_the_lock_stands_at_the_optimize_block(editor):
    write_locked(editor.folder / "main.lmp")
    editor.open(PROGRAM)
    shown, found = await hints(editor, PROGRAM)
    assert "optimize Main[25 % → 75 %] {" in shown
    assert "on 100 sealed rows" in found[-1].tooltip.value
    changed = PROGRAM.replace("out answer: str", 'out answer: str "in a word"')
    editor.open(changed)
    shown, found = await hints(editor, changed)
    assert "optimize Main[25 % → 75 %, stale] {" in shown
    assert "changed since: source" in found[-1].tooltip.value


@pytest.mark.asyncio(loop_scope="session")
async def test_a_text_with_mistakes_has_the_hints_that_are_known(editor):
    text = HINTED.replace("text(plain)", "text(plain")
    editor.open(text)
    shown, _ = await hints(editor, text)
    assert "let reply[: Answer] =" in shown
    assert "calls]" not in shown
