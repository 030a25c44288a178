"""What a text means as a type, what is said of its repairs, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from lmc.runtime.reply import ReplyError, coerce, read_reply, read_value

from .strategies import record

STR, INT, NUMBER, BOOL = ({"type": kind} for kind in ("string", "integer", "number", "boolean"))
COLOR = {"type": "string", "enum": ["RED", "GREEN", "BLUE"]}
PERSON = record({"name": STR, "age": INT})


def listed(item: dict[str, Any], **limits: Any) -> dict[str, Any]:
    """A list of such items."""
    return {"type": "array", "items": item, **limits}


def mapped(value: dict[str, Any], **limits: Any) -> dict[str, Any]:
    """A map to such values."""
    return {"type": "object", "additionalProperties": value, **limits}


def optional(schema: dict[str, Any]) -> dict[str, Any]:
    """The type, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


ADA = {"name": "Ada", "age": 36}
FOUND: list[tuple[dict[str, Any], str, Any]] = [
    # Around the value: prose, fences, thoughts, tags, markers, calls, other objects.
    (PERSON, 'Sure! {"name": "Ada", "age": 36} is it {really}.', ADA),
    (PERSON, '~~~\n{"name": "Ada", "age": 36}', ADA),
    (PERSON, '<think>{"name": "Bob", "age": 1}?</think>{"name": "Ada", "age": 36}', ADA),
    (PERSON, "<name>Ada</name>\n<age>36</age>", ADA),
    (PERSON, "[[ ## name ## ]]\nAda\n\n[[ ## age ## ]]\n36\n\n[[ ## completed ## ]]", ADA),
    (PERSON, "**Name:** Ada\n**Age:** 36", ADA),
    (PERSON, "## Name\nAda\n## Age\n36", ADA),
    (PERSON, "Person(name='Ada', age=36)", ADA),
    (PERSON, 'return {"tool": "save", "arguments": "{\\"name\\": \\"Ada\\", \\"age\\": 36}"}', ADA),
    (PERSON, '{"a": {"b": {"name": "Ada", "age": 36}}}', ADA),
    # Broken JSON.
    (PERSON, '"name": "Ada", "age": 36', ADA),
    (PERSON, "{'name': f'Ada', 'age': 36,}", ADA),
    (PERSON, '{"name" = "Ada"; "age" => 36}', ADA),
    (PERSON, '{"name": "A" + "da", "age": 36}', ADA),
    (PERSON, '{{"NAME": "Ada" "Age ": "36 years"', ADA),
    (PERSON, '{"name": "Ada", "age": 36}}}]', ADA),
    # Tables.
    (listed(PERSON), "| Name | Age |\n|---|---|\n| Ada | 36 |", [ADA]),
    (listed(PERSON), "- name: Ada\n  age: 36\n- name: Bob\n  age: 7", [ADA, {"name": "Bob", "age": 7}]),
    (listed(PERSON), '{"people": [{"name": "Ada", "age": 36}]}', [ADA]),
    (listed(STR), "Here they are:\n1. a\n2. b", ["a", "b"]),
    (mapped(INT), "a: 1\nb: 2", {"a": 1, "b": 2}),
    # Numbers and closed values.
    (NUMBER, "2 1/2", 2.5),
    (NUMBER, "€1.234,50", 1234.5),
    (NUMBER, "3 million", 3_000_000),
    (INT, "6 * 7 is\nAnswer: 42", 42),
    (COLOR, "GREEN\n\nIt cannot be RED or BLUE.", "GREEN"),
    (COLOR, "green.", "GREEN"),
]

REFUSED: list[tuple[dict[str, Any], str, str]] = [
    # What may be something else.
    (NUMBER, "5 thousand and 3", "must be a number"),
    (NUMBER, "1.5k", "must be a number"),
    (NUMBER, "2024-01-05", "must be a number"),
    (INT, "6 * 7 = 42", "must be a whole number"),
    (COLOR, "RED or GREEN", "must be one of RED, GREEN, BLUE"),
    (COLOR, "none of RED", "must be one of"),
    (COLOR, "infrared", "must be one of"),
    (PERSON, '[{"name": "Ada", "age": 36}, {"name": "Bob", "age": 7}]', "must be a JSON object"),
    (listed(INT), "Here: [{}, 2]", "`[0]` must be a whole number"),
    (listed(STR), "Some:\n- a\nand then\n- b", "must be a JSON list"),
    (record({"xs": listed(INT), "n": INT}), '{"n": 1', "`xs` is missing"),
    # Constraints: said with their field and limit, and never met by clipping.
    ({**INT, "minimum": 1, "maximum": 5}, "7", 'must be a whole number at least 1 at most 5, not "7"'),
    (record({"a": {**STR, "maxLength": 3}}), '{"a": "long"}', '`a` must be text of at most 3 characters, not "long"'),
    ({**STR, "minLength": 2, "maxLength": 3}, "a", "text of 2 to 3 characters"),
    ({**STR, "pattern": "[A-Z]{2}"}, "ABC", "text matching /[A-Z]{2}/"),
    (listed(INT, minItems=2), "[1]", "a JSON list of at least 2 items"),
    (listed(INT, maxItems=1), "[1, 2]", "a JSON list of at most 1 items"),
    (
        {"type": "object", "additionalProperties": {**NUMBER, "minimum": 0}},
        '{"a": -1}',
        "`a` must be a number at least 0",
    ),
    (mapped(INT, maxProperties=1), '{"a": 1, "b": 2}', "of at most 1 names"),
    (listed(PERSON), '[{"name": "Ada", "age": "old"}]', '`[0].age` must be a whole number, not "old"'),
    ({"$ref": "#/$defs/Gone"}, "{}", "a type that is not defined"),
]


@pytest.mark.parametrize(("schema", "text", "value"), FOUND)
def test_a_value_is_found(schema: dict[str, Any], text: str, value: Any) -> None:
    assert read_value(text, schema).value == value


@pytest.mark.parametrize(("schema", "text", "problem"), REFUSED)
def test_what_is_not_clear_is_refused(schema: dict[str, Any], text: str, problem: str) -> None:
    with pytest.raises(ReplyError) as error:
        read_value(text, schema)
    assert problem in str(error.value)
    assert error.value.reply == text


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        ({**STR, "maxLength": 3}, " abc \n", "abc"),
        ({**STR, "pattern": "[A-Z]+"}, "AB\n", "AB"),
        (record({"a": {**STR, "pattern": "[A-Z]+"}}), '{"a": " AB"}', {"a": "AB"}),
    ],
)
def test_space_is_trimmed_where_a_constraint_wants_it(schema: dict[str, Any], text: str, value: Any) -> None:
    assert read_value(text, schema).value == value


def test_repairs_say_where_and_what() -> None:
    text = "Here:\n{'people': [{'name': 'Ada', 'age': '36', 'x': 1}], note: 5"
    found = read_value(text, record({"people": listed(PERSON), "note": STR}))
    assert found.value == {"people": [ADA], "note": "5"}
    told = {(one.at, one.what) for one in found.repairs}
    assert {
        ("", "left out the text around it"),
        ("people[0].age", 'took "36" for 36'),
        ("people[0]", "left out what the type does not have: x"),
        ("", "added a closing brace that was missing"),
        ("note", "took it for text"),
    } <= told


def test_the_least_repair_wins_in_a_union() -> None:
    union = {"anyOf": [record({"a": STR}), record({"a": INT}), record({"a": INT, "b": INT})]}
    assert read_value('{"a": 1}', union).value == {"a": 1}
    assert read_value('{"a": "1"}', union).value == {"a": "1"}
    assert read_value('{"a": 1, "b": 2,}', union).value == {"a": 1, "b": 2}


def test_null_is_what_is_said_to_be_none() -> None:
    assert read_value("I could not find anyone.", optional(PERSON)).value is None
    with pytest.raises(ReplyError):
        read_value("Let me see.", optional(PERSON))


def test_a_union_within_a_recursive_type_takes_no_time() -> None:
    """Each member is tried at each level: without memory, two to the power of the depth."""
    node = {
        "anyOf": [record({"v": INT, "next": {"$ref": "#/$defs/N"}}), record({"v": STR, "next": {"$ref": "#/$defs/N"}})]
    }
    node["anyOf"].append({"type": "null"})
    text = '{"v": 1, "next": ' * 60 + "null" + "}" * 60 + ","
    found = read_value(text, {"$ref": "#/$defs/N", "$defs": {"N": node}})
    assert found.value["next"]["next"]["v"] == 1


def test_outputs_may_stand_in_another_form_than_the_one_asked_for() -> None:
    fields = [{"name": "mood", "label": "Mood", "schema": COLOR}, {"name": "n", "label": "Urgency", "schema": INT}]
    for text in (
        '{"mood": "red", "n": 3}',
        "<mood>RED</mood><urgency>3</urgency>",
        "[[ ## mood ## ]]\nRED\n[[ ## urgency ## ]]\n3",
        "<think>Mood: BLUE</think>\nMood: red\nUrgency: 3",
        '"mood": "RED", "urgency": 3',
    ):
        for style in ("fields", "json"):
            assert read_reply(text, {"style": style, "fields": fields}).value == {"mood": "RED", "n": 3}


def test_coercion_of_data_is_stricter_than_of_replies() -> None:
    assert coerce({"name": "Ada", "age": "36"}, PERSON, {}) == ADA
    with pytest.raises(ReplyError):
        coerce([ADA], PERSON, {})
    with pytest.raises(ReplyError):
        coerce("a", listed(STR), {})
