"""Completion: by the grammar, by the names in sight, by types."""

from __future__ import annotations

import pytest
from lsprotocol import types

pytestmark = pytest.mark.asyncio(loop_scope="session")

LIBRARY = 'type Mood = enum { happy "smiles", sad }\nsignature Feel {\n  "How?"\n  in text: str\n  out mood: Mood\n}\n'
HEAD = """lm small = "local/smollm2-135m"
import { Mood, Feel } from "lib.lmp"
type Person = { name: str, age: int }
data rows = "data/rows.jsonl"
signature Greet {
  "Say hello."
  in person: Person
  in mood: Mood
  out greeting: str "what to say"
}
metric right(want, got) = exact(want.mood, got)
module Main(text: str) -> Mood {
  let feel = predict Feel(text)
  return feel.mood
}
"""
BODY = "module Two(person: Person, mood: Mood) -> str {\n  let feel = predict Feel(person.name)\n  "


@pytest.fixture
def offered(editor):
    """What is offered at the mark of a text behind the head, by label, and the edits that it makes."""
    editor.write("lib.lmp", LIBRARY)
    editor.write("data/rows.jsonl", "{}\n")
    editor.write("code.py", "")

    async def ask(text):
        (position,) = editor.open(HEAD + text)
        found = await editor.client.text_document_completion_async(types.CompletionParams(**editor.at(position)))
        return {one.label: one for one in sorted(found.items, key=lambda one: one.sort_text)}

    return ask


async def test_keywords_are_those_that_the_grammar_takes(offered):
    assert list(await offered("<|>"))[:4] == ["data", "emit", "extern", "import"]
    assert {"in", "out", "demo", "prompt"} == set(await offered("signature X {\n  <|>\n}"))
    assert {"budget", "data", "metric", "passes"} < set(await offered("optimize Main {\n  <|>\n}"))
    assert list(await offered(BODY + "<|>\n}"))[:3] == ["assert", "break", "for"]


async def test_names_are_those_of_the_kind_that_is_meant(offered):
    assert set(await offered(BODY + "let x = predict <|>\n}")) == {"Feel", "Greet"}
    assert set(await offered("optimize <|>")) == {"Main"}
    assert set(await offered("optimize Main {\n  data <|>\n}")) == {"rows"}
    assert set(await offered("optimize Main {\n  lm <|>\n}")) == {"small"}
    assert {"Mood", "Person", "str", "list"} < set(await offered("signature X {\n  in a: <|>\n}"))
    assert {"prompts", "python"} == set(await offered("emit <|>"))
    values = await offered(BODY + "return <|>\n}")
    assert list(values)[:3] == ["feel", "mood", "person"]
    assert "lower" in values
    assert "exact" not in values
    assert "exact" in await offered("metric m(want, got) = <|>")


async def test_a_dot_has_the_fields_of_the_value_before_it(offered):
    assert set(await offered(BODY + "let x = feel.<|>\n}")) == {"mood"}
    assert set(await offered(BODY + "return person.na<|>\n}")) == {"name", "age"}
    assert set(await offered(BODY + "if feel.<|> {\n  }\n}")) == {"mood"}
    assert set(await offered('import "lib.lmp" as lib\nmodule Z(a: lib.<|>) -> str {\n  return "a"\n}')) == {
        "Mood",
        "Feel",
    }


async def test_arguments_are_offered_by_name(offered):
    found = await offered(BODY + "let x = predict Greet(person, <|>)\n}")
    assert found["mood"].label == "mood"
    edits = {one.text_edit.new_text for one in (await offered(BODY + "return Main(<|>)\n}")).values()}
    assert "text: " in edits


async def test_options_say_what_they_do(offered):
    found = await offered('lm big = "a/b" { te<|> }')
    assert found["temperature"].text_edit.new_text == "temperature: "
    assert "How freely" in found["temperature"].documentation.value
    assert "split" in await offered('data more = "data/rows.jsonl" { <|> }')
    assert {"train", "dev", "test"} == set(await offered('data more = "data/rows.jsonl" { split: { <|> } }'))
    given = await offered(BODY + 'let x = predict Feel("a") with { retries: 1, <|> }\n}')
    assert "temperature" in given
    assert "retries" not in given
    assert {"small", "tune"} == set(await offered(BODY + 'let x = predict Feel("a") with { lm: <|> }\n}'))
    assert {"turns", "fields", "reply", "types"} == set(
        await offered(BODY + 'let x = predict Feel("a") with { layout: { <|> } }\n}')
    )


async def test_passes_and_their_options_are_known(offered):
    found = await offered("optimize Main {\n  passes knn, <|>\n}")
    assert "demonstrations" in found["bootstrap"].documentation.value
    assert {"threshold", "rounds"} < set(await offered("optimize Main {\n  passes bootstrap(k: 3, <|>)\n}"))
    assert '"gepa"' in await offered("optimize Main {\n  passes reflect(mode: <|>)\n}")


async def test_texts_are_completed_by_their_type(offered):
    assert set(await offered(BODY + 'if feel.mood == "<|>" { return "a" }\n}')) == {"happy", "sad"}
    assert set(await offered(BODY + 'if mood == "<|>')) == {"happy", "sad"}
    assert set(await offered(BODY + 'match mood { case "<|>" { return "a" } }\n}')) == {"happy", "sad"}


async def test_files_are_those_that_fit(offered):
    assert set(await offered('import { X } from "<|>"')) == {"lib.lmp", "data/"}
    assert set(await offered('data more = "data/<|>"')) == {"rows.jsonl"}
    assert set(await offered('extern python "<|>" f() -> str')) == {"code.py", "data/"}
    assert set(await offered('data more = "../<|>"')) == set()
    assert set(await offered('import { <|> } from "lib.lmp"')) == {"Mood", "Feel"}


async def test_prompts_have_the_names_of_their_inputs(offered):
    text = 'signature P {\n  in who: Person\n  out b: str\n  prompt """Hi {{ %s }}"""\n}'
    assert next(iter(await offered(text % "<|>"))) == "who"
    assert set(await offered(text % "who.<|>")) == {"name", "age"}
    assert "upper" in await offered(text % "who.name | <|>")
    assert await offered(text.replace("Hi", "Hi <|>") % "who.name") == {}


async def test_comments_are_left_alone(offered):
    assert await offered("# pre<|>") == {}
