"""Types as JSON Schema, in the words of prompts, and as grammars."""

from __future__ import annotations

import re
from typing import Any

import pytest

from lmc.ir.subtype import resolve
from lmc.ir.types import (
    BOOL,
    FLOAT,
    HISTORY,
    IMAGE,
    INT,
    STR,
    Constrained,
    EnumType,
    Field,
    ListType,
    LiteralType,
    MapType,
    NamedType,
    RecordType,
    Type,
    optional,
    union,
)
from lmc.ir.values import belongs
from lmc.prompts.grammar import guarantees, reply_grammar
from lmc.prompts.schema import schema_of, shape
from lmc.prompts.words import value_words

MOOD = union(LiteralType("calm"), LiteralType("angry"))
ENUM = EnumType((("calm", "at ease"), ("angry", "")))
PAIR = RecordType((Field("name", STR, "its name"), Field("value", optional(INT), "", "Value")))
NAMED: dict[str, Type] = {
    "Mood": MOOD,
    "Tree": RecordType((Field("label", STR), Field("children", ListType(NamedType("Tree"))))),
    "Left": RecordType((Field("right", optional(NamedType("Right"))),)),
    "Right": RecordType((Field("left", optional(NamedType("Left"))),)),
}

SCHEMAS: dict[str, tuple[Type, Any]] = {
    "str": (STR, {"type": "string"}),
    "int": (INT, {"type": "integer"}),
    "float": (FLOAT, {"type": "number"}),
    "bool": (BOOL, {"type": "boolean"}),
    "a literal": (LiteralType(3), {"const": 3}),
    "texts": (MOOD, {"type": "string", "enum": ["calm", "angry"]}),
    "an enum": (ENUM, {"type": "string", "enum": ["calm", "angry"]}),
    "texts or null": (optional(MOOD), {"anyOf": [{"type": "string", "enum": ["calm", "angry"]}, {"type": "null"}]}),
    "a union": (union(INT, STR), {"anyOf": [{"type": "integer"}, {"type": "string"}]}),
    "a list": (ListType(NamedType("Mood")), {"type": "array", "items": {"type": "string", "enum": ["calm", "angry"]}}),
    "a record": (
        PAIR,
        {
            "type": "object",
            "properties": {
                "name": {"type": "string", "description": "its name"},
                "value": {"anyOf": [{"type": "integer"}, {"type": "null"}], "x-alias": "Value"},
            },
            "required": ["name", "value"],
            "additionalProperties": False,
        },
    ),
}


@pytest.mark.parametrize(("type_", "schema"), SCHEMAS.values(), ids=SCHEMAS)
def test_a_type_has_a_schema(type_: Type, schema: Any) -> None:
    assert schema_of(type_, NAMED) == schema


VALUES: tuple[Any, ...] = (
    *("calm", "other", 3, 2.5, True, None, [], ["calm"], ["other"]),
    {"name": "a", "value": 1},
    {"name": "a", "value": None},
    {"name": 1, "value": 1},
    {"label": "a", "children": [{"label": "b", "children": []}]},
    {"label": "a", "children": [{"label": 1, "children": []}]},
    {"right": {"left": {"right": None}}},
    {"right": {"left": 1}},
)


@pytest.mark.parametrize(
    "type_",
    [*(type_ for type_, _ in SCHEMAS.values()), *map(NamedType, NAMED), ListType(NamedType("Tree"))],
    ids=lambda type_: shape(type_, NAMED),
)
def test_a_schema_takes_the_values_of_its_type_and_no_others(type_: Type) -> None:
    """A record has exactly its fields in a schema; elsewhere it may have more, and lack those that may be null."""
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(schema_of(type_, NAMED))
    fields = getattr(resolve(type_, NAMED), "fields", ())
    for value in VALUES:
        if not isinstance(value, dict) or set(value) == {field.name for field in fields}:
            assert validator.is_valid(value) == belongs(value, type_, NAMED), value


def test_a_type_in_itself_is_a_reference() -> None:
    schema = schema_of(NamedType("Tree"), NAMED)
    assert schema["properties"]["children"]["items"] == {"$ref": "#/$defs/Tree"}
    assert schema["$defs"]["Tree"]["properties"]["children"]["items"] == {"$ref": "#/$defs/Tree"}


@pytest.mark.parametrize(
    ("type_", "words"),
    [
        (STR, ""),
        (INT, "a whole number"),
        (FLOAT, "a number"),
        (BOOL, "true or false"),
        (MOOD, "one of calm, angry"),
        (EnumType((("a", ""), ("b", ""))), "one of a, b"),
        (ENUM, "one of:\n- calm: at ease\n- angry"),
        (LiteralType(True), "true"),
        (union(LiteralType(1), LiteralType(False)), "one of 1, false"),
        (optional(INT), "a whole number or null"),
        (optional(STR), "text or null"),
        (ListType(STR), "JSON: [string, ...]"),
        (PAIR, 'JSON: {"name": string (its name), "Value": integer | null}'),
        (NamedType("Tree"), 'JSON: {"label": string, "children": [Tree, ...]}'),
        (
            RecordType((Field("mood", ENUM), Field("say", LiteralType('"')))),
            'JSON: {"mood": "calm" | "angry", "say": "\\""}',
        ),
    ],
    ids=str,
)
def test_a_type_in_words(type_: Type, words: str) -> None:
    assert value_words(type_, NAMED) == words


# Grammars, read as far as they go: alternatives of quoted texts, and a few fixed forms.


def spec(*types: Type, style: str = "bare") -> dict[str, Any]:
    fields = [{"name": f"f{n}", "label": f"F{n}", "schema": schema_of(one, NAMED)} for n, one in enumerate(types)]
    return {"style": style, "fields": fields}


@pytest.mark.parametrize(
    ("types", "style", "lead", "grammar"),
    [
        ((MOOD,), "bare", False, 'root ::= ("calm" | "angry")'),
        ((MOOD,), "bare", True, 'root ::= " "? ("calm" | "angry")'),
        ((BOOL,), "bare", False, 'root ::= ("true" | "false")'),
        ((INT,), "bare", False, 'root ::= ("-"? ("0" | [1-9] [0-9]{0,14}))'),
        ((optional(MOOD),), "bare", False, 'root ::= (("calm" | "angry") | ("null"))'),
        ((LiteralType('say "é"\n'),), "bare", False, 'root ::= ("say \\"é\\"\\n")'),
        ((STR,), "bare", False, None),
        ((ListType(STR),), "bare", False, None),
        ((optional(STR),), "bare", False, None),
        ((PAIR, MOOD), "fields", False, None),
        ((MOOD, BOOL), "json", False, None),
        ((STR, MOOD), "fields", False, 'root ::= "F0: " ([^\\n]{1,800}) "\\nF1: " ("calm" | "angry")'),
        ((STR, MOOD), "fields", True, 'root ::= " "? ([^\\n]{1,800}) "\\nF1: " ("calm" | "angry")'),
    ],
)
def test_a_grammar_holds_a_reply_to_its_type(
    types: tuple[Type, ...], style: str, lead: bool, grammar: str | None
) -> None:
    assert reply_grammar(spec(*types, style=style), lead) == grammar


def test_only_a_closed_choice_leaves_no_wrong_reply() -> None:
    assert guarantees(spec(MOOD))
    assert guarantees(spec(BOOL))
    assert not guarantees(spec(INT))
    assert not guarantees(spec(STR))
    assert not guarantees(spec(optional(MOOD)))
    assert not guarantees(spec(MOOD, style="fields"))


def test_a_grammar_is_of_quoted_texts_that_json_reads() -> None:
    odd = union(LiteralType("a\\b"), LiteralType("tab\t"), LiteralType("😀"))
    grammar = reply_grammar(spec(odd), lead=False)
    assert grammar is not None
    assert re.findall(r'"(?:[^"\\]|\\.)*"', grammar) == ['"a\\\\b"', '"tab\\t"', '"😀"']


# Limits, maps, media

LIMITED: dict[str, tuple[Type, Any, str]] = {
    "a number between two": (
        Constrained(INT, 1, 5),
        {"type": "integer", "minimum": 1, "maximum": 5},
        "a whole number (1 to 5)",
    ),
    "a number from one on": (Constrained(FLOAT, 0.5), {"type": "number", "minimum": 0.5}, "a number (at least 0.5)"),
    "a short text": (
        Constrained(STR, None, 200),
        {"type": "string", "maxLength": 200},
        "text (at most 200 characters)",
    ),
    "a text of a form": (
        Constrained(STR, pattern="a|b"),
        {"type": "string", "pattern": "^(?:a|b)$"},
        "text (matching /a|b/)",
    ),
    "one in another": (
        Constrained(NamedType("Code"), 2, 9, "[0-9]+"),
        {
            "type": "string",
            "minLength": 3,
            "maxLength": 9,
            "allOf": [{"pattern": "^(?:[A-Z0-9]*)$"}],
            "pattern": "^(?:[0-9]+)$",
        },
        "text (at least 3 characters, matching /[A-Z0-9]*/) (2 to 9 characters, matching /[0-9]+/)",
    ),
    "a list of some": (
        Constrained(ListType(STR), 1, 3),
        {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 3},
        "JSON: [string, ...] (1 to 3 items)",
    ),
    "a map": (
        MapType(INT),
        {"type": "object", "additionalProperties": {"type": "integer"}},
        'JSON: {"<name>": integer, ...}',
    ),
    "a map of some": (
        Constrained(MapType(INT), None, 1),
        {"type": "object", "additionalProperties": {"type": "integer"}, "maxProperties": 1},
        'JSON: {"<name>": integer, ...} (at most 1 item)',
    ),
    "an image": (IMAGE, {"anyOf": [{"type": "string"}, {"type": "object"}]}, "JSON: image"),
}
CODE: dict[str, Type] = {"Code": Constrained(STR, 3, None, "[A-Z0-9]*")}


@pytest.mark.parametrize(("type_", "schema", "words"), LIMITED.values(), ids=LIMITED)
def test_limits_are_in_the_schema_and_in_words(type_: Type, schema: Any, words: str) -> None:
    assert schema_of(type_, CODE) == schema
    assert value_words(type_, CODE) == words


@pytest.mark.parametrize(
    ("type_", "good", "bad"),
    [
        (Constrained(STR, None, 3), "abc", "abcd"),
        (Constrained(STR, pattern="a|b"), "b", "ab"),
        (Constrained(INT, 1, 5), 5, 6),
        (Constrained(ListType(INT), 1), [1], []),
        (MapType(Constrained(INT, 0)), {"a": 1}, {"a": -1}),
        (MapType(NamedType("Tree")), {"a": {"label": "b", "children": []}}, {"a": {"label": "b"}}),
    ],
    ids=str,
)
def test_a_schema_holds_values_to_limits(type_: Type, good: Any, bad: Any) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(schema_of(type_, NAMED))
    assert validator.is_valid(good)
    assert not validator.is_valid(bad)
    assert belongs(good, type_, NAMED)
    assert not belongs(bad, type_, NAMED)


def test_a_conversation_is_a_list_of_turns() -> None:
    schema = schema_of(HISTORY, {})
    assert (schema["type"], schema["items"]["required"]) == ("array", ["role", "content"])
