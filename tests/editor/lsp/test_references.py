"""Where a name is used: in a file, and in all programs of the project."""

from __future__ import annotations

import pytest
from lsprotocol import types

pytestmark = pytest.mark.asyncio(loop_scope="session")

LIBRARY = """type <|>Person = { <|>name: str, age: int }
signature Greet {
  in person: <|>Person
  out text: str
  prompt \"\"\"Greet {{ person.<|>name }}!\"\"\"
}
"""
PROGRAM = """import { <|>Person, Greet as Hail } from "lib.lmp"
import "lib.lmp" as lib
lm small = "local/smollm2-135m"
module Main(who: <|>Person, other: lib.<|>Person) -> str {
  let first = predict <|>Hail({ <|>name: who.<|>name, age: 3 })
  return first.text + (predict lib.<|>Greet(other)).text
}
"""


async def places(editor, position, name="main.lmp", declaration=True):
    asked = types.ReferenceParams(**editor.at(position, name), context=types.ReferenceContext(declaration))
    found = await editor.client.text_document_references_async(asked)
    return [(one.uri.rsplit("/", 1)[-1], one.range.start) for one in found]


async def test_names_are_followed_across_files(editor):
    declared, field, in_lib, in_prompt = editor.open(LIBRARY, "lib.lmp")
    imported, first, second, _, written, read, _ = editor.open(PROGRAM)
    everywhere = [("lib.lmp", declared), ("lib.lmp", in_lib), *(("main.lmp", one) for one in (imported, first, second))]
    assert await places(editor, declared, "lib.lmp") == everywhere
    assert await places(editor, second) == everywhere
    assert await places(editor, second, declaration=False) == everywhere[1:]
    of_field = [("lib.lmp", field), ("lib.lmp", in_prompt), ("main.lmp", written), ("main.lmp", read)]
    assert await places(editor, field, "lib.lmp") == of_field
    assert await places(editor, read) == of_field


async def test_programs_that_are_not_open_are_searched_too(editor):
    editor.write("main.lmp", PROGRAM.replace("<|>", ""))
    editor.write("aside/other.lmp", 'type Person = "unrelated"\n')
    declared, *_ = editor.open(LIBRARY, "lib.lmp")
    assert [name for name, _ in await places(editor, declared, "lib.lmp")] == ["lib.lmp"] * 2 + ["main.lmp"] * 3


async def test_another_name_for_a_thing_leads_to_it(editor):
    editor.open(LIBRARY, "lib.lmp")
    *_, alias, _, _, dotted = editor.open(PROGRAM)
    for place in (alias, dotted):
        found = await editor.client.text_document_definition_async(types.DefinitionParams(**editor.at(place)))
        assert (found.uri, found.range.start) == (editor.uri("lib.lmp"), types.Position(1, 10))
    assert ("main.lmp", alias) in await places(editor, dotted)


async def test_the_same_name_is_highlighted_where_it_is_read_and_written(editor):
    text = "module Main(a: int) -> int {\n  let <|>n = a\n  <|>n = <|>n + 1\n  return <|>n\n}\n"
    text += "module Two(n: int) -> int {\n  return n\n}\n"
    marks = editor.open(text)
    asked = types.DocumentHighlightParams(**editor.at(marks[2]))
    found = await editor.client.text_document_document_highlight_async(asked)
    write, read = types.DocumentHighlightKind.Write, types.DocumentHighlightKind.Read
    assert [(one.range.start, one.kind) for one in found] == list(zip(marks, (write, write, read, read), strict=True))


async def test_what_the_language_has_is_declared_nowhere(editor):
    (position,) = editor.open("module Main(a: <|>str) -> str {\n  return a\n}\n")
    assert await places(editor, position) == []
    assert await editor.client.text_document_definition_async(types.DefinitionParams(**editor.at(position))) is None
