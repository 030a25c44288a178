"""Prompts as they will be sent, for the editor's preview."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from tests.editor.lsp.locked import INSTRUCTION, PROGRAM, write_locked


async def preview(editor, call=None):
    """What the preview shows."""
    asked = {"uri": editor.uri("main.lmp"), **({"call": call} if call else {})}
    answer = await editor.client.protocol.send_request_async("lmc/renderedPrompt", asked)
    return answer.markdown if hasattr(answer, "markdown") else answer["markdown"]


async def command(editor, name, *arguments):
    return await editor.client.workspace_execute_command_async(types.ExecuteCommandParams(name, arguments=arguments))


def shown(editor) -> Path:
    """The document that the server has last asked to be shown."""
    return Path(unquote(urlsplit(editor.client.shown_documents[-1].uri).path))


@pytest.mark.asyncio(loop_scope="session")
async def test_the_preview_follows_the_text(editor):
    editor.open(PROGRAM)
    first = await preview(editor)
    assert first.startswith("# Main.reply\n\nFor `small`.\n")
    assert "{{ question }}" in first
    editor.open(PROGRAM.replace("signature Answer {", 'signature Answer {\n  "Say it in 𝒳."'))
    assert "Say it in 𝒳." in await preview(editor)


@pytest.mark.asyncio(loop_scope="session")
async def test_the_preview_has_what_tuning_found_while_that_is_fresh(editor):
    write_locked(editor.folder / "main.lmp")
    editor.open(PROGRAM)
    assert INSTRUCTION in await preview(editor)
    editor.open(PROGRAM.replace("out answer: str", 'out answer: str "in a word"'))
    stale = await preview(editor)
    assert INSTRUCTION not in stale
    assert "The lock is stale" in stale


@pytest.mark.asyncio(loop_scope="session")
async def test_the_preview_can_be_of_one_call(editor):
    editor.open(PROGRAM.replace("return reply.answer", "return (predict Answer(reply.answer) as again).answer"))
    both, one = await preview(editor), await preview(editor, "Main.again")
    assert [line for line in both.split("\n") if line.startswith("# ")] == ["# Main.reply", "# Main.again"]
    assert [line for line in one.split("\n") if line.startswith("# ")] == ["# Main.again"]
    assert "no call `Main.nothing`" in await preview(editor, "Main.nothing")


@pytest.mark.asyncio(loop_scope="session")
async def test_a_program_with_mistakes_says_so(editor):
    editor.open(PROGRAM.replace("reply.answer", "reply.anwser"))
    assert await preview(editor) == "*The program has a mistake: its prompts can be shown when there is none.*\n"
    with pytest.raises(JsonRpcException, match="name a file"):
        await editor.client.protocol.send_request_async("lmc/renderedPrompt", {"call": "x"})


@pytest.mark.asyncio(loop_scope="session")
async def test_a_prompt_is_opened_as_a_document(editor):
    editor.open(PROGRAM + '\nemit prompts to "out"\n')
    uri = editor.uri("main.lmp")
    assert await command(editor, "lmc.renderPrompt", uri, "Main.reply") == await preview(editor, "Main.reply")
    await command(editor, "lmc.showPrompt", uri, "Main.reply")
    page = shown(editor)
    assert page.name == "Main.reply.md"
    assert page.read_text("utf-8") == await preview(editor, "Main.reply")
    editor.write("out/prompts/Main.reply.md", "emitted")
    await command(editor, "lmc.showPrompt", uri, "Main.reply")
    assert shown(editor) == (editor.folder / "out/prompts/Main.reply.md").resolve()
