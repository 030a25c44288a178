"""Rename: in all files, or not at all."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from tests.editor.lsp.test_references import LIBRARY, PROGRAM

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUICKSTART = Path(__file__).parents[3] / "programs" / "quickstart"


async def rename(editor, position, new, name="main.lmp"):
    """The files after a rename, by name."""
    asked = types.RenameParams(**editor.at(position, name), new_name=new)
    found = await editor.client.text_document_rename_async(asked)
    texts = {}
    for one in found.document_changes:
        file = one.text_document.uri.rsplit("/", 1)[-1]
        lines = editor.texts[file].split("\n")
        for edit in sorted(one.edits, key=lambda edit: (edit.range.start.line, edit.range.start.character))[::-1]:
            start, end = edit.range.start, edit.range.end
            lines[start.line] = lines[start.line][: start.character] + edit.new_text + lines[end.line][end.character :]
        texts[file] = "\n".join(lines)
    return texts


@pytest.fixture
def project(editor):
    """Two files, the library and a program that imports it; the marks of both."""
    editor.texts = {"lib.lmp": LIBRARY.replace("<|>", ""), "main.lmp": PROGRAM.replace("<|>", "")}
    return editor.open(LIBRARY, "lib.lmp"), editor.open(PROGRAM)


async def test_a_declaration_is_renamed_in_all_files(editor, project):
    (declared, *_), _ = project
    after = await rename(editor, declared, "Human", "lib.lmp")
    assert "type Human =" in after["lib.lmp"]
    assert "in person: Human" in after["lib.lmp"]
    assert "import { Human, Greet as Hail }" in after["main.lmp"]
    assert "who: Human, other: lib.Human" in after["main.lmp"]
    assert "Person" not in after["lib.lmp"] + after["main.lmp"]


async def test_a_field_is_renamed_where_it_is_read_written_and_rendered(editor, project):
    (_, field, *_), _ = project
    after = await rename(editor, field, "called", "lib.lmp")
    assert "{ called: str, age: int }" in after["lib.lmp"]
    assert "{{ person.called }}" in after["lib.lmp"]
    assert "Hail({ called: who.called, age: 3 })" in after["main.lmp"]


async def test_another_name_is_renamed_alone(editor, project):
    _, (*_, alias, _, _, _) = project
    after = await rename(editor, alias, "Call")
    assert list(after) == ["main.lmp"]
    assert "Greet as Call" in after["main.lmp"]
    assert "predict Call(" in after["main.lmp"]


async def test_arguments_keep_their_parameters(editor):
    text = """lm small = "local/smollm2-135m"
signature Add = <|>a: int, b: int -> c: int
module Main(a: int, b: int) -> int {
  let first = predict Add(a, b)
  return (predict Add(b: a, a: first.c)).c
}
"""
    editor.texts = {"main.lmp": text.replace("<|>", "")}
    (position,) = editor.open(text)
    after = (await rename(editor, position, "left"))["main.lmp"]
    assert "signature Add = left: int, b: int" in after
    assert "module Main(a: int, b: int)" in after
    assert "predict Add(a, b)" in after
    assert "predict Add(b: a, left: first.c)" in after


async def prepared(editor, position, name="main.lmp"):
    asked = types.PrepareRenameParams(**editor.at(position, name))
    return await editor.client.text_document_prepare_rename_async(asked)


async def test_names_that_can_be_renamed_are_told_before(editor, project):
    (declared, *_), _ = project
    found = await prepared(editor, declared, "lib.lmp")
    assert (found.placeholder, found.range.start) == ("Person", declared)
    assert await prepared(editor, types.Position(4, 3)) is None


@pytest.mark.parametrize("place", [types.Position(3, 70), types.Position(0, 30)])
async def test_the_words_of_the_language_are_not_renamed(editor, project, place):
    if place.line == 3:
        with pytest.raises(JsonRpcException, match="`str` belongs to the language"):
            await prepared(editor, types.Position(3, PROGRAM.replace("<|>", "").split("\n")[3].index("str")))
    else:
        assert await prepared(editor, types.Position(0, 8 + len("Person, Greet as Hail }  "))) is None


async def test_names_of_other_packages_are_not_renamed(editor):
    editor.write("node_modules/lib.lmp", LIBRARY.replace("<|>", ""))
    (position,) = editor.open('import { <|>Person } from "node_modules/lib.lmp"\n')
    with pytest.raises(JsonRpcException, match="belongs to another package"):
        await prepared(editor, position)


@pytest.mark.parametrize(
    ("new", "why"),
    [
        ("2nd", "is no name"),
        ("predict", "is a word of the language"),
        ("str", "is a type of the language"),
        ("Greet", "declared twice"),
        ("Hail", "with `Hail` in the place of `Person`, `main.lmp` is wrong"),
    ],
)
async def test_a_name_that_is_not_free_is_refused(editor, project, new, why):
    (declared, *_), _ = project
    with pytest.raises(JsonRpcException, match=why):
        await rename(editor, declared, new, "lib.lmp")


async def test_a_name_of_a_column_is_the_data_s(editor):
    editor.write("rows.jsonl", '{"question": "a", "answer": "b"}\n{"question": "c", "answer": "d"}\n')
    (position,) = editor.open("""lm small = "local/smollm2-135m"
data rows = "rows.jsonl" { split: { train: 1, dev: 1 } }
module Ask(<|>question: str) -> str {
  return (predict (question -> answer)(question)).answer
}
metric right(want, got) = exact(want.answer, got)
optimize Ask {
  data rows
  metric right
  lm small
}
""")
    with pytest.raises(JsonRpcException, match="no row of `rows` has a column `asked`"):
        await rename(editor, position, "asked")


async def test_the_user_hears_of_addresses_that_change(editor):
    for name in ("router.lmp", "router.lock.json", "data"):
        source = QUICKSTART / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, editor.folder / name)
    text = (QUICKSTART / "router.lmp").read_text(encoding="utf-8")
    editor.texts = {"router.lmp": text}
    (position,) = editor.open(text.replace("let r =", "let <|>r ="), "router.lmp")
    before = len(editor.client.messages)
    after = await rename(editor, position, "route", "router.lmp")
    assert "let route = predict" in after["router.lmp"]
    told = editor.client.messages[before:]
    assert "`Router.r` of `router.lock.json` has another address now" in told[0].message
