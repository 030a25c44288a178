"""What each provider is sent to hold a reply to its type, and what is left out."""

from __future__ import annotations

from typing import Any

import pytest

from lmc.ir.program import LMDecl
from lmc.prompts.dialect import wire_form
from lmc.prompts.profile import KNOWN, profile_of


def record(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


OPENAI, ANTHROPIC, LOCAL = (
    LMDecl("a", name) for name in ("openai/gpt-4o-mini", "anthropic/claude-sonnet-4-5", "local/smollm2-135m")
)
BOUNDED = record(
    name={"type": "string", "maxLength": 9, "pattern": "^a+$", "description": "whose"},
    stars={"type": "integer", "minimum": 1, "maximum": 5},
    tags={"type": "array", "items": {"type": "string", "minLength": 1}, "maxItems": 3},
)
TREE = {**record(kids={"type": "array", "items": {"$ref": "#/$defs/T"}}), "$defs": {"T": record(a={"type": "string"})}}


def test_a_provider_gets_the_constraints_that_it_takes() -> None:
    assert wire_form(BOUNDED, LOCAL) == BOUNDED
    assert wire_form(BOUNDED, OPENAI) == record(
        name={"type": "string", "pattern": "^a+$", "description": "whose"},
        stars={"type": "integer", "minimum": 1, "maximum": 5},
        tags={"type": "array", "items": {"type": "string"}, "maxItems": 3},
    )
    assert wire_form(BOUNDED, ANTHROPIC) == record(
        name={"type": "string", "description": "whose"},
        stars={"type": "integer"},
        tags={"type": "array", "items": {"type": "string"}},
    )


def test_a_field_may_be_named_like_a_constraint() -> None:
    schema = record(pattern={"type": "string"}, minimum={"type": "integer"})
    assert wire_form(schema, ANTHROPIC) == schema


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "items": {"type": "string"}},
        {"type": "string"},
        record(by={"type": "object", "additionalProperties": {"type": "integer"}}),
        record(any={}),
        record(kind={"type": "string", "enum": [str(number) for number in range(501)]}),
        record(a={"type": "array", "items": record(b={"type": "array", "items": record(c=record(d={"const": 1}))})}),
    ],
    ids=["a list", "a text", "a map", "any value", "many values", "deep"],
)
def test_what_a_strict_schema_cannot_say_is_not_sent(schema: dict[str, Any]) -> None:
    assert wire_form(schema, OPENAI) is None
    assert wire_form(schema, LOCAL) == schema


def test_recursion_goes_where_it_is_taken() -> None:
    assert wire_form(TREE, OPENAI) == TREE
    assert wire_form(TREE, ANTHROPIC) is None


def test_a_reference_stands_alone_and_a_constant_has_a_type() -> None:
    schema = {**record(a={"$ref": "#/$defs/T", "description": "x"}, b={"const": 3}), "$defs": TREE["$defs"]}
    found = wire_form(schema, OPENAI)
    assert found is not None
    assert found["properties"] == {"a": {"$ref": "#/$defs/T"}, "b": {"type": "integer", "const": 3}}
    assert wire_form(record(a={"enum": [1, "x"]}), OPENAI) is None


def test_no_provider_gets_a_pattern_that_looks_around() -> None:
    assert wire_form(record(a={"type": "string", "pattern": "^(?!x)"}), OPENAI) == record(a={"type": "string"})


def test_a_server_of_ones_own_gets_the_whole_schema() -> None:
    own = LMDecl("a", "openai/m", (("base_url", "http://127.0.0.1:8000/v1"), ("structured", "schema")))
    assert wire_form(BOUNDED, own) == BOUNDED
    assert profile_of(own).constraint == "json_schema"


# What is known of models


@pytest.mark.parametrize(
    ("reference", "options", "constraint", "tools"),
    [
        ("local/smollm2-135m", {}, "grammar", False),
        ("local/smollm2-135m", {"tools": "native", "structured": "none"}, "none", True),
        ("openai/gpt-4o-mini", {}, "json_schema", True),
        ("openai/gpt-4o-mini", {"tools": "text"}, "json_schema", False),
        ("openai/gpt-3.5-turbo", {}, "none", True),
        ("openai/gpt-4-turbo", {}, "none", True),
        ("openai/gpt-4.1", {}, "json_schema", True),
        ("openai/own", {"base_url": "http://127.0.0.1:1/v1"}, "none", False),
        ("openai/own", {"base_url": "http://127.0.0.1:1/v1", "structured": "grammar"}, "grammar", False),
        ("anthropic/claude-sonnet-4-5", {}, "json_schema", True),
        ("nobody/knows", {}, "none", False),
    ],
)
def test_what_an_lm_can(reference: str, options: dict[str, Any], constraint: str, tools: bool) -> None:
    profile = profile_of(LMDecl("a", reference, tuple(options.items())))
    assert (profile.constraint, profile.tools) == (constraint, tools)


@pytest.mark.parametrize(
    "model",
    [
        *("openai/gpt-4o-mini", "openai/gpt-4.1", "openai/gpt-4-turbo", "openai/gpt-3.5-turbo", "openai/gpt-5-mini"),
        *("anthropic/claude-sonnet-4-5", "gemini/gemini-2.5-flash", "mistral/mistral-large-latest", "xai/grok-4.5"),
        "deepseek/deepseek-chat",
    ],
)
def test_litellm_bears_the_table_out(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    pytest.importorskip("litellm")
    from lmc.lm.remote import _litellm

    litellm = _litellm()
    profile = profile_of(LMDecl("a", model))
    if profile.constraint == "json_schema":
        assert litellm.supports_response_schema(model=model)
    assert litellm.supports_function_calling(model=model) == profile.tools


def test_every_reference_is_in_the_table() -> None:
    assert KNOWN[-1][0] == ""
    for index, (prefix, _) in enumerate(KNOWN):
        assert not any(prefix.startswith(earlier) for earlier, _ in KNOWN[:index]), prefix
