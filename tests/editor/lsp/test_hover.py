"""Hover: types, docstrings, what tuning found, and the prompt of a call."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from lsprotocol import types

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUICKSTART = Path(__file__).parents[3] / "programs" / "quickstart"

PROGRAM = """lm small = "local/smollm2-135m" { <|>temperature: 0.5 }
type Mood = enum { happy "smiles", sad }
signature Feel {
  "Say how the writer feels."
  in text: str
  out mood: Mood "as it sounds"
}
module Main(<|>text: str) -> Mood {
  "Reads a letter."
  let <|>feel = <|>predict <|>Feel(<|>lower(text))
  return feel.<|>mood
}
metric right(want, got) = exact(want.mood, got)
optimize Main {
  data rows
  metric right
  passes <|>knn
}
test "a letter" {
  <|>Main(text: "I am glad.") => it == "happy"
}
"""


async def told(editor, position):
    found = await editor.client.text_document_hover_async(types.HoverParams(**editor.at(position)))
    return found and found.contents.value


async def test_names_say_what_they_stand_for(editor):
    option, param, variable, _, signature, function, field, optimizer, module = editor.open(PROGRAM)
    assert "How freely the LM chooses" in await told(editor, option)
    assert "text: str" in await told(editor, param)
    assert "let feel: Feel" in await told(editor, variable)
    assert "signature Feel(text: str) -> { mood: Mood }" in await told(editor, signature)
    assert "Say how the writer feels." in await told(editor, signature)
    assert "lower(text: str) -> str" in await told(editor, function)
    assert "out mood: Mood" in await told(editor, field)
    assert "as it sounds" in await told(editor, field)
    assert "knn(k: int = 6" in await told(editor, optimizer)
    assert "module Main(text: str) -> Mood" in await told(editor, module)
    assert "Reads a letter." in await told(editor, module)


async def test_a_place_without_meaning_has_none(editor):
    editor.open('# nothing\n\nlm small = "local/smollm2-135m"\n')
    assert await told(editor, types.Position(1, 0)) is None


async def test_a_call_shows_the_prompt_that_it_sends(editor):
    editor.open(PROGRAM.partition("metric")[0].replace("<|>", ""))
    found = await told(editor, types.Position(9, 14))
    assert "**`Main.feel`**" in found
    assert "Say how the writer feels." in found
    assert "{{ text }}" in found


async def test_tuned_values_and_scores_are_shown(editor):
    for name in ("router.lmp", "router.lock.json", "data"):
        source = QUICKSTART / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, editor.folder / name)
    text = (QUICKSTART / "router.lmp").read_text(encoding="utf-8")
    editor.open(text.replace("predict Route", "<|>predict Route").replace("<|>", ""), "router.lmp")
    line = next(number for number, line in enumerate(text.split("\n")) if "predict Route" in line)
    asked = types.HoverParams(**editor.at(types.Position(line, text.split("\n")[line].index("predict")), "router.lmp"))
    call = (await editor.client.text_document_hover_async(asked)).contents.value
    assert "34 % (25 to 44) as written, 85 % (77 to 91) tuned, on 100 sealed rows" in call
    assert "demonstrations: 150, of which the 6 nearest stand in the prompt" in call
    assert "layout: completion" in call
    assert "{% nearest 6 of 150 %}" in call
