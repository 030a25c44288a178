"""Replies are read into their types: what is plain is repaired, what is not is refused, never guessed."""

from __future__ import annotations

from typing import Any

import pytest

from lmc.runtime.reply import ReplyError, parse_reply

STR, INT, NUMBER, BOOL, NULL = ({"type": kind} for kind in ("string", "integer", "number", "boolean", "null"))
INTENT = {"type": "string", "enum": ["PlayMusic", "GetWeather", "Get"]}
SPAM = {"type": "string", "enum": ["spam", "not spam"]}
SIGN = {"type": "string", "enum": ["+", "-", "C++", "C", "Yes!"]}
CASE = {"type": "string", "enum": ["a", "A", "b"]}
ART = {"type": "string", "enum": ["art", "party"]}


def listed(item: dict[str, Any]) -> dict[str, Any]:
    """A list of such items."""
    return {"type": "array", "items": item}


def either(*members: dict[str, Any]) -> dict[str, Any]:
    """A value of any of the types."""
    return {"anyOf": list(members)}


def record(**fields: dict[str, Any]) -> dict[str, Any]:
    """A record, all of whose fields a schema requires."""
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


SLOT = record(name=STR, value={**STR, "x-alias": "val"}, sure=either(BOOL, NULL))
NODE = {
    "type": "object",
    "properties": {"v": INT, "next": either({"$ref": "#/$defs/Node"}, NULL)},
    "required": ["v", "next"],
}
DEFS = {"Node": NODE}

READ: list[tuple[dict[str, Any], str, Any]] = [
    # Text, as it is but for the space around it, a repeated label, and a fence around the whole.
    (STR, "  hello\nthere \n", "hello\nthere"),
    (STR, "", ""),
    (STR, "Value: it", "it"),
    (STR, "**Value:** it", "it"),
    (STR, "Valued: it", "Valued: it"),
    (STR, "```python\nx = 1\n```", "x = 1"),
    (STR, "see ```x``` there", "see ```x``` there"),
    (STR, '{"value": "kept"}', '{"value": "kept"}'),
    # Closed values: exactly, but for case and punctuation, or as the only mention.
    (INTENT, "PlayMusic", "PlayMusic"),
    (INTENT, " playmusic.\n", "PlayMusic"),
    (INTENT, "**GetWeather**", "GetWeather"),
    (INTENT, "Value: GetWeather", "GetWeather"),
    (INTENT, "The intent is PlayMusic, of course.", "PlayMusic"),
    (INTENT, '{"intent": "GetWeather"}', "GetWeather"),
    (INTENT, "Get", "Get"),
    (SPAM, "This is not spam", "not spam"),
    (SPAM, "SPAM!", "spam"),
    (SIGN, "+", "+"),
    (SIGN, "C++", "C++"),
    (SIGN, "yes!", "Yes!"),
    (SIGN, "Yes", "Yes!"),
    (CASE, "A.", "A"),
    (CASE, " a ", "a"),
    (ART, "a party", "party"),
    # Numbers: the only one in the text.
    (INT, "7", 7),
    (INT, "-2", -2),
    (INT, "+3.", 3),
    (INT, "The answer is 1,234.", 1234),
    (INT, "$1,000,000", 1_000_000),
    (INT, "4.0", 4),
    (INT, "1e3", 1000),
    (INT, "3 is 3", 3),
    (INT, '{"n": 5}', 5),
    (NUMBER, "2.50", 2.5),
    (NUMBER, ".5", 0.5),
    (NUMBER, "about 12%", 12),
    # Truth values and null.
    (BOOL, "true", True),
    (BOOL, "Yes.", True),
    (BOOL, "`no`", False),
    (NULL, "None", None),
    (either(INT, NULL), "null", None),
    (either(INT, NULL), "4", 4),
    (either(STR, NULL), "n/a", None),
    (either(STR, NULL), "null and void", "null and void"),
    (either(INTENT, NULL), "getweather", "GetWeather"),
    (either(STR, INT), "12", 12),
    (either(STR, INT), "12 apples and 3 pears", "12 apples and 3 pears"),
    ({"const": True}, "true", True),
    ({"const": "x"}, "X", "x"),
    (either({"const": 1}, {"const": 2}), "It is 2.", 2),
    # Lists: JSON, lines, or between commas.
    (listed(STR), '["a", "b"]', ["a", "b"]),
    (listed(STR), 'Here: ```json\n["a"]\n```', ["a"]),
    (listed(STR), "- a\n- b [1]\n", ["a", "b [1]"]),
    (listed(STR), "1. a\n2) b", ["a", "b"]),
    (listed(STR), "a, b", ["a", "b"]),
    (listed(STR), "a", ["a"]),
    (listed(STR), "None.", []),
    (listed(STR), "[]", []),
    (listed(STR), '["a\nb"]', ["a\nb"]),
    (listed(INT), "1, 2, 3", [1, 2, 3]),
    (listed(INT), '["1", 2.0]', [1, 2]),
    (listed(INTENT), "get\nplaymusic", ["Get", "PlayMusic"]),
    (listed(listed(INT)), "[[1], []]", [[1], []]),
    (listed(INT), "[1, 2", [1, 2]),
    # Records: JSON, names and aliases, case and separators aside.
    (SLOT, '{"name": "a", "value": "b", "sure": true}', {"name": "a", "value": "b", "sure": True}),
    (SLOT, 'Sure:\n{"Name": "a", "val": "b"}', {"name": "a", "value": "b", "sure": None}),
    (SLOT, '{"name": 3, "value": "b", "sure": "no", "more": 1}', {"name": "3", "value": "b", "sure": False}),
    (SLOT, '{"name": "a", "value": "b"', {"name": "a", "value": "b", "sure": None}),
    (listed(SLOT), '[{"name": "a", "val": ""}]', [{"name": "a", "value": "", "sure": None}]),
    ({"$ref": "#/$defs/Node"}, '{"v": 1, "next": {"v": "2"}}', {"v": 1, "next": {"v": 2, "next": None}}),
    ({"type": "object", "additionalProperties": INT}, '{"a": "1"}', {"a": 1}),
]

REFUSED: list[tuple[dict[str, Any], str, str]] = [
    (INTENT, "", "it is empty"),
    (INTENT, " \n ", "it is empty"),
    (INTENT, "Dance", '`value` must be one of PlayMusic, GetWeather, Get, not "Dance"'),
    (INTENT, "PlayMusic or GetWeather", "must be one of"),
    (INTENT, "not PlayMusic", "must be one of"),
    (INTENT, "It isn't GetWeather", "must be one of"),
    (INTENT, "PlayMusicNow", "must be one of"),
    (SIGN, "???", "must be one of"),
    (SIGN, "it is C++", "must be one of"),
    (CASE, "the letter a", "must be one of"),
    (ART, "art or party", "must be one of"),
    (INT, "no idea", 'must be a whole number, not "no idea"'),
    (INT, "3 or 4", "must be a whole number"),
    (INT, "2.5", "must be a whole number"),
    (INT, "1-2", "must be a whole number"),
    (INT, "v2", "must be a whole number"),
    (INT, "1.2.3", "must be a whole number"),
    (INT, "9" * 5000, "must be a whole number"),
    (NUMBER, "3,5", "must be a number"),
    (NUMBER, "1e999", "must be a number"),
    (BOOL, "maybe", "must be true or false"),
    (BOOL, "1", "must be true or false"),
    (NULL, "something", "must be null"),
    (either(INT, NULL), "many", "must be a whole number or null"),
    ({"type": "integer", "minimum": 1, "maximum": 5}, "7", "must be a whole number at least 1 at most 5"),
    ({"const": 3}, "4", "must be 3"),
    (listed(INT), '[1, "two"]', 'must be a whole number, not "two"'),
    (listed(SLOT), "a and b", "must be a JSON list"),
    (SLOT, "name: a", "`value.value` is missing"),
    (SLOT, '{"name": "a"}', "`value.value` is missing"),
    (SLOT, '{"name": null, "value": "b"}', '`value.name` must be text, not "null"'),
    (SLOT, '{"name": ["a"], "value": "b"}', "`value.name` must be text"),
    (record(x=NUMBER), '{"x": NaN}', "`value.x` must be a number"),
    (record(x=INT), '{"x": true}', "`value.x` must be a whole number"),
    (listed(STR), "[" * 100_000, "must be a JSON list"),
]


def bare(schema: dict[str, Any]) -> dict[str, Any]:
    """A reply that is the one value."""
    return {"style": "bare", "fields": [{"name": "value", "label": "Value", "schema": schema}], "defs": DEFS}


@pytest.mark.parametrize(("schema", "text", "value"), READ)
def test_a_value_is_read(schema: dict[str, Any], text: str, value: Any) -> None:
    found = parse_reply(text, bare(schema))["value"]
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize(("schema", "text", "problem"), REFUSED)
def test_what_is_no_value_is_refused(schema: dict[str, Any], text: str, problem: str) -> None:
    with pytest.raises(ReplyError) as error:
        parse_reply(text, bare(schema))
    assert problem in str(error.value)


FIELDS = [
    {"name": "mood", "label": "Mood", "schema": {"type": "string", "enum": ["calm", "angry"]}},
    {"name": "note", "label": "Side note: why", "schema": either(STR, NULL)},
    {"name": "n", "label": "Urgency", "schema": INT},
]


@pytest.mark.parametrize("style", ["fields", "json"])
@pytest.mark.parametrize(
    ("text", "mood", "note", "n"),
    [
        ("Mood: calm\nSide note: why: so\nUrgency: 3", "calm", "so", 3),
        ("mood: Calm\nurgency: 3", "calm", None, 3),
        (" calm\nUrgency: 3", "calm", None, 3),
        ("Sure, here it is:\nMood: calm\nUrgency: 3", "calm", None, 3),
        ("**Mood:** calm\n\n**Side note: why:** two\nlines: here\n\n**Urgency**: 3", "calm", "two\nlines: here", 3),
        ("- Mood: calm\n- Urgency: 3\n- Mood: angry\n- Urgency: 4", "calm", None, 3),
        ("Urgency: 3\nMood: calm", "calm", None, 3),
        ("Mood: calm\r\nUrgency: 3\r\n", "calm", None, 3),
    ],
)
def test_fields_are_read_from_lines(style: str, text: str, mood: str, note: str | None, n: int) -> None:
    assert parse_reply(text, {"style": style, "fields": FIELDS}) == {"mood": mood, "note": note, "n": n}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Mood: calm", "`Urgency:` is missing"),
        ("Urgency: 3", "`Mood:` is missing"),
        ("Mood: furious\nUrgency: 3", "`mood` must be one of calm, angry"),
        ("Mood: calm\nUrgency: high", "`n` must be a whole number"),
        ("I would rather not say.", "`mood` must be one of"),
    ],
)
def test_fields_that_are_missing_or_wrong_are_named(text: str, problem: str) -> None:
    with pytest.raises(ReplyError) as error:
        parse_reply(text, {"style": "fields", "fields": FIELDS})
    assert problem in str(error.value)


def test_an_object_may_use_names_or_labels() -> None:
    spec = {"style": "json", "fields": FIELDS}
    want = {"mood": "calm", "note": None, "n": 3}
    assert parse_reply('{"mood": "calm", "note": null, "n": 3}', spec) == want
    assert parse_reply('```json\n{"Mood": "CALM", "Urgency": "3"}\n```', spec) == want


def test_an_error_carries_the_reply() -> None:
    with pytest.raises(ReplyError) as error:
        parse_reply("  ", bare(INT))
    assert error.value.reply == "  "


@pytest.mark.parametrize(
    "text", ["1,2,x," * 10_000, "[" * 20_000, "- " * 20_000, "{" * 20_000, "." * 40_000, "e+" * 20_000]
)
@pytest.mark.parametrize("schema", [SLOT, INTENT, listed(INT), either(INT, NULL)])
def test_an_endless_reply_is_refused(schema: dict[str, Any], text: str) -> None:
    with pytest.raises(ReplyError):
        parse_reply(text, bare(schema))


@pytest.mark.parametrize("lead", ["", "[[ ## mood ## ]]\n"])
def test_a_reply_may_go_on_from_the_marker_that_its_prompt_ends_with(lead: str) -> None:
    fields = [
        {"name": "mood", "label": "mood", "schema": {"type": "string", "enum": ["angry", "calm"]}},
        {"name": "sure", "label": "sure", "schema": {"type": "boolean"}},
    ]
    reply = f"{lead}angry\n[[ ## sure ## ]]\ntrue"
    assert parse_reply(reply, {"style": "markers", "fields": fields}) == {"mood": "angry", "sure": True}
