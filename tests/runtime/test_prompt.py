"""Templates become requests."""

from __future__ import annotations

from typing import Any

import pytest

from lmc.runtime.prompt import render, show, with_feedback

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
