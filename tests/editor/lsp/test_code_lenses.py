"""Code lenses: what an editor offers over declarations."""

from __future__ import annotations

import pytest
from lsprotocol import types

from tests.editor.lsp.locked import PROGRAM, write_locked


async def lenses(editor, text):
    """The lenses: the line that each stands over, its title, its command, and what that is given."""
    document = types.TextDocumentIdentifier(editor.uri("main.lmp"))
    found = await editor.client.text_document_code_lens_async(types.CodeLensParams(document))
    lines = text.split("\n")
    assert all(one.command.arguments[0] == editor.uri("main.lmp") for one in found)
    return [
        (lines[one.range.start.line].split("(")[0], one.command.title, one.command.command, *one.command.arguments[1:])
        for one in found
    ]


@pytest.mark.asyncio(loop_scope="session")
async def test_modules_tunings_and_tests_have_commands(editor):
    write_locked(editor.folder / "main.lmp")
    editor.open(PROGRAM)
    assert await lenses(editor, PROGRAM) == [
        ("module Main", "run", "lmc.run", "Main"),
        ("module Main", "open prompt", "lmc.openPrompt", "Main.reply"),
        ("optimize Main {", "build (fresh, 25 % → 75 %)", "lmc.build", "Main"),
        ('test "it answers" with { replies: ["yes"] } {', "test", "lmc.test", "it answers"),
    ]


@pytest.mark.asyncio(loop_scope="session")
async def test_the_title_says_when_a_tuning_is_stale_or_was_never_made(editor):
    write_locked(editor.folder / "main.lmp")
    editor.open(PROGRAM)
    changed = PROGRAM.replace("want.answer == got", 'want.answer == got and got != ""')
    editor.open(changed)
    assert ("optimize Main {", "build (stale, 25 % → 75 %)", "lmc.build", "Main") in await lenses(editor, changed)
    (editor.folder / "main.lock.json").unlink()
    assert ("optimize Main {", "build (not tuned)", "lmc.build", "Main") in await lenses(editor, changed)


@pytest.mark.asyncio(loop_scope="session")
async def test_a_text_with_mistakes_can_still_be_told_to_build(editor):
    broken = PROGRAM.replace("reply.answer", "reply.anwser")
    editor.write("rows.jsonl", "")
    editor.open(broken)
    assert [title for _, title, *_ in await lenses(editor, broken)] == ["run", "build", "test"]
    plain = 'signature Answer = q -> a\nmodule Main(q: str) -> str { return q }\nemit prompts to "out"\n'
    editor.open(plain)
    assert await lenses(editor, plain) == [
        ("module Main", "run", "lmc.run", "Main"),
        ('emit prompts to "out"', "build", "lmc.build"),
    ]


@pytest.mark.asyncio(loop_scope="session")
async def test_commands_of_the_editor_are_not_the_servers(editor):
    ours = editor.client.told.execute_command_provider.commands
    assert set(ours).isdisjoint({"lmc.build", "lmc.run", "lmc.test", "lmc.openPrompt"})
