"""Pages of prompts with more in them than text and inputs."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from lmc.backends.formula import formula_text
from lmc.backends.markdown import block, page
from lmc.backends.prompts import Prompts
from lmc.diagnostics import Sink
from lmc.ir.program import Demo, Name, Program, Settings, Signature, Slot, Space, Turn
from lmc.ir.types import HISTORY, IMAGE, STR, Field

sys.path.append(str(Path(__file__).parent))
from constructs import EXTERNALS, TUNED, ask, let, module, program

from lmc.ir.program import Hole, Return
from lmc.runtime.prompt import render


def emit(one: Program) -> dict[str, str]:
    """The files of a program by name."""
    sink = Sink()
    files = Prompts().emit(one, "sample.lmp", sink)
    assert not sink.diagnostics
    return {path.name: data.decode() for path, data in files.items()}


def template(**more: Any) -> dict[str, Any]:
    """A template of a call that gives a text."""
    field = {"name": "answer", "label": "Answer", "schema": {"type": "string"}}
    reply = {"style": "bare", "fields": [field]}
    return {"name": "M.a", "lm": "small", **more, "reply": reply, "options": {}, "attempts": 1}


@pytest.mark.parametrize(
    ("part", "shown"),
    [
        ({"value": {"member": "title", "of": {"name": "doc"}}}, "{{ doc.title }}"),
        ({"history": "past"}, "{{ past | history }}"),
        ({"media": {"name": "picture"}, "kind": "image"}, "{{ picture | image }}"),
        (
            {"if": {"name": "note"}, "then": ["a ", {"input": "note", "as": "text"}], "else": []},
            "{% if note %}a {{ note }}{% endif %}",
        ),
        ({"if": {"name": "note"}, "then": ["a"], "else": ["b"]}, "{% if note %}a{% else %}b{% endif %}"),
        (
            {"for": "doc", "in": {"name": "docs"}, "do": ["- ", {"value": {"name": "doc"}}]},
            "{% for doc in docs %}- {{ doc }}{% endfor %}",
        ),
    ],
)
def test_parts_read_like_the_authors_own(part: dict[str, Any], shown: str) -> None:
    assert block([part]) == f"```text\n{shown}\n```"


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        ("a", '"a"'),
        (None, "null"),
        ({"const": {"x": 1}}, '{"x": 1}'),
        ({"item": -1, "of": {"name": "xs"}}, "xs[-1]"),
        ({"operator": "not", "on": [{"name": "x"}]}, "not x"),
        ({"operator": "neg", "on": [{"name": "x"}]}, "-x"),
        ({"operator": "and", "on": [{"name": "x"}, {"operator": "==", "on": [{"name": "y"}, 1]}]}, "x and (y == 1)"),
        ({"function": "join", "on": [{"name": "xs"}, ", "]}, 'join(xs, ", ")'),
        ({"when": {"name": "x"}, "then": 1, "else": 2}, "1 if x else 2"),
        ({"each": {"name": "x"}, "as": "x", "in": {"name": "xs"}, "where": {"name": "x"}}, "[x for x in xs if x]"),
        ({"list": [1, "b"]}, '[1, "b"]'),
        ({"text": ["a ", {"name": "b"}]}, '"a " + b'),
    ],
)
def test_formulas_read_like_source(formula: Any, text: str) -> None:
    assert formula_text(formula) == text


def test_of_chosen_demonstrations_the_first_few_are_shown() -> None:
    shown = [[{"role": "user", "content": [f"q{n}"]}, {"role": "assistant", "content": [f"a{n}"]}] for n in range(9)]
    pool = {"nearest": 4, "of": ["text"], "keys": [f"q{n}" for n in range(9)], "shown": shown}
    last = {"role": "user", "content": [{"input": "text", "as": "text"}]}
    text = page(template(messages=[pool, {"history": "past"}, last]), "x.lmp", "local/x")
    assert "## Examples\n\nThe 4 of 9 that are most like `text`.\n\nThe first 3 of all:\n\n## User, example 1\n" in text
    assert "q2" in text
    assert "q3" not in text
    assert "## History\n\nThe turns of `past`.\n" in text


def test_chosen_demonstrations_within_a_message() -> None:
    part = {"nearest": 2, "of": ["x"], "keys": list("abcd"), "shown": [[one] for one in "abcd"], "between": "\n\n"}
    assert block([part]) == "```text\n{% nearest 2 of 4 %}a\n\nb\n\nc\n\n…{% endnearest %}\n```"


OWN = Signature(
    "Own",
    "Be kind.",
    (Field("text", STR), Field("picture", IMAGE), Field("past", HISTORY)),
    (Field("answer", STR),),
    (Demo((("text", "hello"),), (("answer", "hi"),)),),
    (
        Turn("system", ("You are kind. ", Slot("instruction")), "", True),
        Turn("user", (Slot("demos"), "\n\n", Hole(Name("text")), Hole(Name("picture"))), ""),
    ),
)


def owned() -> Program:
    """A program with a prompt of its author's own."""
    body = Return(ask("a", "Own", text=Name("text"), picture=Name("picture"), past=Name("past")))
    one = program(module("M", STR, body, text=STR, picture=IMAGE, past=HISTORY))
    return replace(one, signatures=(OWN,))


def test_a_prompt_of_the_authors_own_says_what_may_change() -> None:
    text = emit(owned())["M.a.md"]
    assert "Its author wrote this prompt; lmc may change demos in it.\n" in text
    assert "You are kind. Be kind." in text
    assert "{{ picture | image }}" in text


def test_its_file_is_a_template_with_typed_inputs() -> None:
    frozen = json.loads(emit(owned())["M.a.json"])
    inputs = {"text": "hey", "picture": "https://example.org/cat.png", "past": []}
    content = render(frozen, inputs)["messages"][-1]["content"]
    assert content[-1] == {"type": "image_url", "image_url": {"url": "https://example.org/cat.png"}}
    assert content[0]["text"].endswith("hey")


def test_tools_are_listed() -> None:
    call = replace(ask("a", "Answer", question=Name("question")), settings=Settings(lm="big", tools=("weather",)))
    one = replace(
        EXTERNALS,
        lms=(*EXTERNALS.lms, replace(EXTERNALS.lms[0], name="big", reference="openai/gpt-4o-mini")),
        modules=(module("M", STR, Return(call), question=STR),),
    )
    text = emit(one)["M.a.md"]
    assert "\n## Tools\n\n- `weather(city)`: The weather.\n" in text
    assert "- `tools`" not in text


def test_tuned_values_are_listed_with_what_they_may_be() -> None:
    tuned = (("temperature", Space(low=0.0, high=1.0)), ("lm", Space(("small", "big"))))
    call = replace(ask("a", "Answer", question=Name("q")), settings=Settings(temperature=0.5, tunes=tuned))
    extended = replace(
        TUNED.modules[0],
        body=(let("a", STR, call), *TUNED.modules[0].body),
        params=(Field("texts", STR), Field("q", STR)),
    )
    text = emit(replace(TUNED, modules=(extended,)))["Tuned.a.md"]
    assert (
        "\n## Tuned\n\n"
        "- `temperature`: `0.5`, from 0.0 to 1.0\n"
        '- `lm`: not chosen yet, one of `"small"`, `"big"`\n'
        "- `Tuned.k`: `2`, from 1 to 8\n"
    ) in text


def test_every_construct_has_pages() -> None:
    from constructs import CONSTRUCTS

    for one in CONSTRUCTS.values():
        for path, data in Prompts().emit(one, "x.lmp", Sink()).items():
            assert PurePosixPath(path).suffix in (".md", ".json")
            assert data.endswith(b"\n")
