"""Code actions: what can be done about a mistake, as an editor asks for it and does it."""

from __future__ import annotations

from ast import literal_eval

import pytest
from lsprotocol import types

from tests.editor.lsp.edited import edited

HEAD = """lm small = "local/smollm2-135m"

signature Answer {
  in question: str
  in context: str
  out answer: str
}

"""


async def actions(editor, place, only=None, name="main.lmp"):
    """The diagnostics at a place, and the actions that an editor offers for them."""
    known = await editor.diagnostics(name)
    there = [one for one in known if one.range.start <= place <= one.range.end]
    context = types.CodeActionContext(there, only=only)
    document = types.TextDocumentIdentifier(editor.uri(name))
    asked = types.CodeActionParams(document, types.Range(place, place), context)
    return there, [action(one) for one in await editor.client.text_document_code_action_async(asked)]


def action(one):
    """An action; lsprotocol takes one with a command in it for that command."""
    if isinstance(one, types.CodeAction):
        return one
    return types.CodeAction(one.title, command=types.Command(**literal_eval(one.command)))


@pytest.mark.asyncio(loop_scope="session")
async def test_a_fix_is_offered_with_the_diagnostic_and_cures_it(editor):
    text = HEAD + 'module Main(q: str) -> str {\n  let s = "é𝒳"  return predict Answer(q, <|>contxt: s).answer\n}\n'
    (place,) = editor.open(text)
    there, found = await actions(editor, place)
    assert [(one.title, one.is_preferred) for one in found] == [
        ("write `context` for `contxt`", True),
        ("explain LMP0112", None),
    ]
    assert found[0].kind == types.CodeActionKind.QuickFix
    assert list(found[0].diagnostics) == there
    assert found[0].diagnostics[0].code == "LMP0112"
    editor.open(edited(text.replace("<|>", ""), found[0].edit.changes[editor.uri("main.lmp")]))
    assert await editor.diagnostics() == []


@pytest.mark.asyncio(loop_scope="session")
async def test_what_is_missing_is_added(editor):
    (place,) = editor.open(
        HEAD + "module Main(q: str, context: str) -> str {\n  return predict <|>Answer(q).answer\n}\n"
    )
    _, found = await actions(editor, place)
    assert found[0].title == "add `, context: context`"
    assert found[0].edit.changes[editor.uri("main.lmp")][0].new_text == ", context: context"


@pytest.mark.asyncio(loop_scope="session")
async def test_all_mistakes_are_fixed_at_once(editor):
    text = HEAD + (
        "module Main(q: str) -> str {\n  lett a = q\n  let unused = q\n"
        "  return predict Answer(quesion: a, contxt: q).answer\n}\n"
    )
    editor.open(text)
    for _ in range(3):
        await editor.diagnostics()
        _, found = await actions(editor, types.Position(0, 0), only=[types.CodeActionKind.SourceFixAll])
        if not found:
            break
        assert [str(one.kind) for one in found] == ["source.fixAll.lmc"]
        text = edited(text, found[0].edit.changes[editor.uri("main.lmp")])
        editor.open(text)
    assert text == HEAD + (
        "module Main(q: str) -> str {\n  let a = q\n  return predict Answer(question: a, context: q).answer\n}\n"
    )
    assert await editor.diagnostics() == []


@pytest.mark.asyncio(loop_scope="session")
async def test_mistakes_that_are_found_late_have_fixes_too(editor):
    (place,) = editor.open(
        "signature Answer = question -> answer\n\n"
        "module Main(q: str) -> str {\n  return <|>predict Answer(q).answer\n}\n"
    )
    there, found = await actions(editor, place)
    assert [one.code for one in there] == ["LMP0163"]
    (edit,) = found[0].edit.changes[editor.uri("main.lmp")]
    assert (edit.range.start, edit.new_text) == (types.Position(2, 0), 'lm small = "local/smollm2-135m"\n\n')


@pytest.mark.asyncio(loop_scope="session")
async def test_actions_of_another_kind_are_not_ours(editor):
    (place,) = editor.open(HEAD + "module Main(q: str) -> str {\n  return <|>qq\n}\n")
    _, found = await actions(editor, place, only=[types.CodeActionKind.Refactor])
    assert not found


@pytest.mark.asyncio(loop_scope="session")
async def test_a_mistake_is_explained_by_its_page(editor):
    (place,) = editor.open(HEAD + "module Main(q: str) -> str {\n  return <|>nothing\n}\n")
    _, found = await actions(editor, place)
    command = found[-1].command
    asked = types.ExecuteCommandParams(command.command, arguments=command.arguments)
    answer = await editor.client.workspace_execute_command_async(asked)
    assert editor.client.shown_documents[-1].uri == answer
    assert answer.endswith("/LMP0100.md")
