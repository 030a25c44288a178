"""Templates become requests."""

from __future__ import annotations

from typing import Any

import pytest

from lmc.runtime import prompt
from lmc.runtime.formula import FORMULAS, FUNCTIONS, evaluate
from lmc.runtime.prompt import PARTS, TURNS, advice, fill, render, show, with_feedback

OPTIONS = {"temperature": 0.0, "max_tokens": 9}


@pytest.mark.parametrize(
    ("value", "form", "shown"),
    [
        ("a {{ b }}\n", "text", "a {{ b }}\n"),
        ("größe", "json", '"größe"'),
        (3, "text", "3"),
        (2.5, "text", "2.5"),
        (True, "text", "true"),
        (None, "text", "null"),
        ({"a": ["é"]}, "text", '{"a": ["é"]}'),
        (["a", 1, None], "list", "- a\n- 1\n- null"),
        ([], "list", "(none)"),
        (["a"], "json", '["a"]'),
        ("no list", "list", "no list"),
    ],
)
def test_values_in_a_prompt(value: Any, form: str, shown: str) -> None:
    assert show(value, form) == shown


def test_messages_are_filled() -> None:
    content = ["Text: ", {"input": "text", "as": "text"}, "\nTags:\n", {"input": "tags", "as": "list"}]
    template = {
        "messages": [{"role": "system", "content": ["Be brief."]}, {"role": "user", "content": content}],
        "options": OPTIONS,
    }
    assert render(template, {"text": "{x}", "tags": ["a", "b"]}) == {
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Text: {x}\nTags:\n- a\n- b"},
        ],
        "temperature": 0.0,
        "max_tokens": 9,
    }


def test_a_prompt_to_complete_is_filled() -> None:
    template = {"prompt": ["Q: ", {"input": "q", "as": "text"}, "\nA:"], "options": OPTIONS}
    assert render(template, {"q": "1+1"}) == {"prompt": "Q: 1+1\nA:", "temperature": 0.0, "max_tokens": 9}


def test_rendering_changes_nothing_but_the_request() -> None:
    template = {"messages": [{"role": "user", "content": [{"input": "x", "as": "text"}]}], "options": OPTIONS}
    request = render(template, {"x": "a"})
    request["messages"].append({"role": "user", "content": "more"})
    request["temperature"] = 1.0
    assert render(template, {"x": "b"}) == {"messages": [{"role": "user", "content": "b"}], **OPTIONS}


def test_feedback_shows_the_reply_and_what_was_wrong() -> None:
    request = {"messages": [{"role": "user", "content": "q"}], **OPTIONS}
    again = with_feedback(request, " Dance \n", "`intent` must be one of A, B")
    assert again == {
        "messages": [
            {"role": "user", "content": "q"},
            {"role": "assistant", "content": "Dance"},
            {
                "role": "user",
                "content": "That reply cannot be used: `intent` must be one of A, B. Reply again, with nothing else.",
            },
        ],
        **OPTIONS,
    }
    assert request["messages"] == [{"role": "user", "content": "q"}]
    assert with_feedback(request, "", "it is empty")["messages"][1]["content"] == "(empty)"


def test_feedback_on_a_completion_ends_with_the_same_lead() -> None:
    again = with_feedback({"prompt": "Q: 1+1\nA:", **OPTIONS}, " two ", "it must be a number")
    assert again["prompt"].startswith("Q: 1+1\nA: two\n\nThat reply cannot be used: it must be a number.")
    assert again["prompt"].endswith("\n\nA:")


# Parts


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ({"input": "n", "as": "text"}, "3"),
        ({"value": {"name": "n"}}, "3"),
        ({"value": {"name": "null"}}, ""),
        ({"value": {"name": "unknown"}}, ""),
        ({"if": {"name": "n"}, "then": ["a"], "else": ["b"]}, "a"),
        ({"if": {"name": "null"}, "then": ["a"], "else": ["b"]}, "b"),
        ({"for": "x", "in": {"name": "xs"}, "do": [{"value": {"name": "x"}}, ";"]}, "a;b;"),
        ({"for": "x", "in": {"name": "xs"}, "do": [{"value": {"member": "index", "of": {"name": "loop"}}}]}, "12"),
        ({"history": "past"}, "User: hi"),
        ({"history": "null"}, "(none)"),
        ({"nearest": 1, "of": ["q"], "keys": ["cat", "dog"], "shown": [["c"], ["d"]], "between": "-"}, "d"),
        ({"nearest": 2, "of": ["q"], "keys": ["cat", "dog"], "shown": [["c"], ["d"]], "between": "-"}, "c-d"),
    ],
)
def test_parts(part: Any, text: str) -> None:
    past = [{"role": "user", "content": "hi"}]
    inputs = {"n": 3, "null": None, "xs": ["a", "b"], "past": past, "q": "a dog"}
    assert fill(["<", part, ">"], inputs) == f"<{text}>"
    assert next(word for word in PARTS if word in part) == next(iter(part))


def test_a_message_may_hold_content_parts_between_texts() -> None:
    image = {"media": {"name": "photo"}, "kind": "image"}
    turn = {"role": "user", "content": ["a ", {"input": "x", "as": "text"}, image, image, "b"], "mixed": True}
    part = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
    request = render({"messages": [turn], "options": {}}, {"x": "1", "photo": "https://example.org/a.png"})
    assert request["messages"] == [
        {"role": "user", "content": [{"type": "text", "text": "a 1"}, part, part, {"type": "text", "text": "b"}]}
    ]
    plain = render({"messages": [turn], "options": {}}, {"x": "1", "photo": None})
    assert plain["messages"] == [{"role": "user", "content": "a 1b"}]


def test_turns_of_a_conversation_and_the_nearest_demonstrations_become_messages() -> None:
    shown = [[{"role": "user", "content": [animal]}] for animal in ("cat", "dog")]
    turns = [
        {"nearest": 1, "of": ["q"], "keys": ["cat", "dog"], "shown": shown},
        {"history": "past"},
        {"role": "user", "content": [{"input": "q", "as": "text"}]},
    ]
    assert [next(word for word in TURNS if word in turn) for turn in turns] == ["nearest", "history", "role"]
    past = [{"role": "assistant", "content": "hi", "more": 1}]
    assert render({"messages": turns, "options": {}}, {"q": "my cat", "past": past})["messages"] == [
        {"role": "user", "content": "cat"},
        {"role": "assistant", "content": "hi"},
        {"role": "user", "content": "my cat"},
    ]


def test_keys_are_prepared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    class Counting(prompt.Pool):
        def __init__(self, keys: Any) -> None:
            made.append(len(keys))
            super().__init__(keys)

    monkeypatch.setattr(prompt, "Pool", Counting)
    monkeypatch.setattr(prompt, "POOLS", {})
    for count in range(prompt.MOST_POOLS + 2):
        part = {"nearest": 1, "of": ["q"], "keys": ["a"] * count + ["b"], "shown": [["x"]] * (count + 1), "between": ""}
        for _ in range(2):
            fill([part], {"q": "b"})
    assert len(made) == prompt.MOST_POOLS + 2
    assert len(prompt.POOLS) == 2


# Formulas

NAMES = {"s": "Ab", "n": 3, "x": 2.5, "xs": [3, 1, 2], "r": {"a": 1}, "null": None}


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("text", "text"),
        (None, None),
        ({"const": {"name": "s"}}, {"name": "s"}),
        ({"name": "s"}, "Ab"),
        ({"name": "unknown"}, None),
        ({"member": "a", "of": {"name": "r"}}, 1),
        ({"member": "b", "of": {"name": "r"}}, None),
        ({"item": -1, "of": {"name": "xs"}}, 2),
        ({"item": 9, "of": {"name": "xs"}}, None),
        ({"operator": "not", "on": [{"name": "null"}]}, True),
        ({"operator": "neg", "on": [{"name": "x"}]}, -2.5),
        ({"operator": "and", "on": [False, {"operator": "/", "on": [1, 0]}]}, False),
        ({"operator": "or", "on": [True, {"operator": "/", "on": [1, 0]}]}, True),
        ({"operator": "or", "on": ["", "a"]}, True),
        ({"operator": "in", "on": [1, {"name": "xs"}]}, True),
        ({"operator": "//", "on": [7, 2]}, 3),
        ({"operator": "<=", "on": [{"name": "n"}, 3]}, True),
        ({"function": "upper", "on": [{"name": "s"}]}, "AB"),
        ({"when": {"name": "null"}, "then": 1, "else": 2}, 2),
        ({"each": {"operator": "*", "on": [{"name": "i"}, 2]}, "as": "i", "in": {"name": "xs"}}, [6, 2, 4]),
        ({"each": {"name": "i"}, "as": "i", "in": {"name": "xs"},
          "where": {"operator": ">", "on": [{"name": "i"}, 1]}}, [3, 2]),
        ({"list": [1, {"name": "n"}]}, [1, 3]),
        ({"text": ["a", {"name": "n"}, {"name": "xs"}]}, "a3[3, 1, 2]"),
    ],
)  # fmt: skip
def test_formulas(formula: Any, value: Any) -> None:
    assert evaluate(formula, NAMES) == value
    assert not isinstance(formula, dict) or next(word for word in FORMULAS if word in formula) == next(iter(formula))


def test_the_functions_of_prompts_are_those_of_the_language() -> None:
    from lmc.ir.builtins import BUILTINS

    assert {name: one.__name__ for name, one in FUNCTIONS.items()} == {
        name: BUILTINS[name].runtime for name in FUNCTIONS
    }


def test_advice_is_what_feedback_says() -> None:
    request = with_feedback({"messages": []}, "x", "it is wrong")
    assert request["messages"][1]["content"] == advice("it is wrong")
