"""Grammars take the values of their type and no others."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmc.prompts.grammar import guarantees, json_grammar, literal, reply_grammar
from lmc.prompts.numbers import decimals, integers
from lmc.prompts.pattern import pattern_rule
from tests.prompts.gbnf import Grammar

quick = settings(max_examples=150, deadline=None, derandomize=True, database=None)


def grammar_of(rule: str | None) -> Grammar:
    assert rule is not None
    return Grammar(f"root ::= {rule}")


def reply(schema: dict[str, Any], style: str = "bare", lead: bool = False) -> Grammar:
    spec = {"style": style, "fields": [{"name": "a", "label": "A", "schema": schema}]}
    found = reply_grammar(spec, lead)
    assert found is not None
    return Grammar(found)


# Numbers

WHOLE = st.one_of(st.integers(-120, 120), st.integers(-(10**6), 10**6))


@quick
@given(st.one_of(st.none(), WHOLE), st.one_of(st.none(), WHOLE), st.lists(WHOLE, min_size=1, max_size=20))
def test_whole_numbers_within_bounds(least: int | None, most: int | None, values: list[int]) -> None:
    rule = integers(least, most)
    if least is not None and most is not None and least > most:
        assert rule is None
        return
    grammar = grammar_of(rule)
    near = [bound + step for bound in (least, most) if bound is not None for step in (-1, 0, 1)]
    for value in values + near:
        fits = (least is None or value >= least) and (most is None or value <= most)
        assert grammar.takes(str(value)) == fits, (value, rule)


@quick
@given(st.integers(-300, 300), st.integers(0, 400))
def test_every_whole_number_between_two(least: int, size: int) -> None:
    grammar = grammar_of(integers(least, least + size))
    taken = [value for value in range(least - 30, least + size + 30) if grammar.takes(str(value))]
    assert taken == list(range(least, least + size + 1))


TENTHS = st.decimals(-200, 200, places=2, allow_nan=False)


@quick
@given(st.one_of(st.none(), TENTHS), st.one_of(st.none(), TENTHS), st.lists(TENTHS, min_size=1, max_size=20))
def test_numbers_within_bounds(least: Decimal | None, most: Decimal | None, values: list[Decimal]) -> None:
    low, high = (None if one is None else float(one) for one in (least, most))
    rule = decimals(low, high)
    if least is not None and most is not None and least > most:
        assert rule is None
        return
    grammar = grammar_of(rule)
    step = Decimal("0.001")
    near = [bound + by for bound in (least, most) if bound is not None for by in (-step, 0, step)]
    for value in values + near:
        fits = (least is None or value >= least) and (most is None or value <= most)
        text = format(value, "f")
        assert grammar.takes(text) == fits, (text, rule)
        if value == int(value):
            assert grammar.takes(str(int(value))) == fits, (value, rule)


@pytest.mark.parametrize("text", ["", "-", "01", "1.", ".5", "1e3", "+1", "0x1", "nan", "--1", "00", "1,000"])
def test_what_is_no_number_of_json_is_taken_by_no_rule(text: str) -> None:
    for rule in (integers(None, None), integers(-5, 2000), decimals(None, None), decimals(-0.5, 20.25)):
        assert not grammar_of(rule).takes(text)


def test_numbers_between_bounds_that_a_float_writes_with_an_exponent() -> None:
    assert grammar_of(decimals(0, 1e-07)).takes("0.00000005")
    assert not grammar_of(decimals(0, 1e-07)).takes("0.000001")
    assert grammar_of(integers(0, 1e20)).takes("99999999999999999999")


# Patterns

PATTERNS = (
    r"^[a-z]+$",
    r"^\d{4}-\d{2}-\d{2}$",
    r"^[A-Z]{2,3}[0-9]*$",
    r"^(?:yes|no|maybe)$",
    r"^(?:[\w.+-]+@[\w-]+\.[\w.]+)$",
    r"^a?b+c*d{2}e{1,}f{0,2}$",
    r"abc",
    r"^abc",
    r"abc$",
    r"^a$|^b$",
    r"^(a|bc$)",
    r"x|y",
    r"^[^,;]*$",
    r"^\"[^\"\\]*\"$",
    r"^\s*\S+\s*$",
    r"^.{3}$",
    r"^#[0-9a-fA-F]{6}$",
    r"^[\]\[^-]+$",
    r"^é+[ü-ÿ]$",
    r"^$",
    "^\\W\\D$",
)


@pytest.mark.parametrize("pattern", PATTERNS)
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(data=st.data())
def test_a_pattern_takes_what_the_expression_finds(pattern: str, data: st.DataObject) -> None:
    plain, quoted = pattern_rule(pattern, quoted=False), pattern_rule(pattern, quoted=True)
    matching = data.draw(st.from_regex(pattern))
    other = data.draw(st.text(alphabet='abcxyzXY019-_.,;"\\@# é\n\t', max_size=8))
    for text in (matching, other):
        if text.endswith("\n") and pattern.endswith(("$", "$)")):
            continue  # Python's `$` stands before a last newline too
        if any(char.isdecimal() and not char.isascii() for char in text):
            continue  # Python's `\d` takes the digits of all scripts, JSON Schema's those of ASCII
        found = re.search(pattern, text) is not None
        inside = json.dumps(text, ensure_ascii=False)[1:-1]
        if all(" " <= char < "\x7f" or char in "\b\t\n\f\r" or char > "\x9f" for char in text):
            assert grammar_of(quoted).takes(inside) or not found, text
        if not set(text) & {"\n", "\r"}:
            assert grammar_of(plain).takes(text) or not found, text
            if text.isascii():
                assert not grammar_of(plain).takes(text) or found, text
        if text.isascii():
            assert not grammar_of(quoted).takes(inside) or found, text


@pytest.mark.parametrize(
    "pattern",
    [r"(?=a)b", r"(?!a)b", r"(a)\1", r"(?i)abc", r"\bword\b", r"(", r"a(?i:b)", r"a^b", r"a{5000}", r"(?<=x)y"],
)
def test_a_pattern_that_no_grammar_says_is_left_to_the_reader(pattern: str) -> None:
    assert pattern_rule(pattern, quoted=True) is None
    assert reply({"type": "string", "pattern": pattern}, "fields").takes("A: whatever")
    assert Grammar(str(json_grammar({"type": "string", "pattern": pattern}))).takes('"whatever"')


# Replies as plain text


def test_a_bounded_number_is_held_to_its_bounds() -> None:
    stars = {"type": "integer", "minimum": 1, "maximum": 5}
    grammar = reply(stars)
    assert [text for text in ("0", "1", "5", "6", "15", "-1", "3.0") if grammar.takes(text)] == ["1", "5"]
    assert guarantees({"style": "bare", "fields": [{"schema": stars}]})
    assert not guarantees({"style": "bare", "fields": [{"schema": {"type": "integer", "minimum": 1}}]})


def test_a_bounded_text_is_held_to_its_length() -> None:
    grammar = reply({"type": "string", "minLength": 2, "maxLength": 4})
    assert [text for text in ("a", "ab", "a\nbc", "abcde") if grammar.takes(text)] == ["ab", "a\nbc"]
    line = reply({"type": "string", "maxLength": 4}, "fields")
    assert [text for text in ("A: abcd", "A: ", "A: a\nb", "A: abcde") if line.takes(text)] == ["A: abcd"]


def test_an_optional_pattern_is_a_choice() -> None:
    grammar = reply({"anyOf": [{"type": "string", "pattern": "^[A-Z]{3}$"}, {"type": "null"}]}, lead=True)
    assert [text for text in ("ABC", " ABC", "null", "AB", "other") if grammar.takes(text)] == ["ABC", " ABC", "null"]


def test_control_characters_are_written_as_llama_reads_them() -> None:
    odd = 'a"b\\c\nd\te\bf\x00'
    assert Grammar(f"root ::= {literal(odd)}").takes(odd)


# Replies as JSON

TREE = {
    "$ref": "#/$defs/Tree",
    "$defs": {
        "Tree": {
            "type": "object",
            "properties": {
                "label": {"type": "string"},
                "children": {"type": "array", "items": {"$ref": "#/$defs/Tree"}},
            },
            "required": ["label", "children"],
            "additionalProperties": False,
        }
    },
}
SCHEMAS: dict[str, dict[str, Any]] = {
    "a record": {
        "type": "object",
        "properties": {
            "Full name": {"type": "string", "minLength": 1, "maxLength": 5, "description": "whose"},
            "stars": {"type": "integer", "minimum": 1, "maximum": 5},
            "share": {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"type": "null"}]},
            "mood": {"type": "string", "enum": ["calm", 'an"gry', "é"]},
            "fixed": {"const": 3},
        },
        "required": ["Full name", "stars", "share", "mood", "fixed"],
        "additionalProperties": False,
    },
    "a list": {"type": "array", "items": {"type": "boolean"}, "minItems": 1, "maxItems": 3},
    "an endless list": {"type": "array", "items": {"type": "integer"}},
    "exactly two": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
    "one at most": {"type": "array", "items": {"type": "integer"}, "maxItems": 1},
    "an empty list": {"type": "array", "items": {}, "maxItems": 0},
    "a map": {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}},
    "a small map": {"type": "object", "additionalProperties": {"type": "null"}, "minProperties": 1, "maxProperties": 2},
    "a code": {"type": "string", "pattern": '^[A-Z"]{2}$'},
    "a tree": TREE,
    "anything": {},
    "any list": {"type": "array"},
    "several types": {"type": ["string", "null"]},
    "an empty record": {"type": "object", "properties": {}, "additionalProperties": False},
}
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 8), st.sampled_from([0.0, 0.5, 1.0, 1.5, -0.25]),
    st.text(alphabet='aAB"\\é\n', max_size=6), st.sampled_from(["calm", 'an"gry', "é"]),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(["a", "b", "ü", "label"]), inner, max_size=3),
        st.fixed_dictionaries({"label": st.text(max_size=3), "children": st.lists(inner, max_size=2)}),
    ),
    max_leaves=6,
)
RECORDS = st.fixed_dictionaries(
    {
        "Full name": st.text(max_size=6),
        "stars": st.integers(0, 6),
        "share": st.sampled_from([None, 0, 0.25, 1, 1.0, 2, -0.5]),
        "mood": st.sampled_from(["calm", 'an"gry', "é", "other"]),
        "fixed": st.sampled_from([3, 4]),
    }
)


ORDER = ["Full name", "stars", "share", "mood", "fixed", "label", "children", "a", "b", "ü"]


def ordered(value: Any) -> Any:
    """The value with its names in the order in which the schemas have them."""
    if isinstance(value, list):
        return [ordered(one) for one in value]
    return {name: ordered(value[name]) for name in sorted(value, key=ORDER.index)} if isinstance(value, dict) else value


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(value=st.one_of(VALUES, RECORDS, st.lists(st.one_of(st.booleans(), st.integers(0, 3)), max_size=4)))
def test_a_schema_takes_the_json_of_its_values(schema: dict[str, Any], value: Any) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    grammar = Grammar(str(json_grammar(schema)))
    value = ordered(value)
    spoken = json.dumps(value, ensure_ascii=False)
    if "\x7f" in spoken:
        return  # which llama.cpp leaves out of its strings too
    valid = jsonschema.Draft202012Validator(schema).is_valid(value)
    if '"type": "integer"' in json.dumps(schema) and re.search(r"\d\.0\b", spoken):
        return  # 1.0 is an integer of JSON Schema; it is not written so
    assert grammar.takes(spoken) == valid, spoken
    assert grammar.takes(json.dumps(value, ensure_ascii=False, separators=(",", ":"))) == valid


def test_a_recursive_type_goes_as_deep_as_it_likes() -> None:
    value: dict[str, Any] = {"label": "leaf", "children": []}
    for depth in range(12):
        value = {"label": str(depth), "children": [value]}
    assert Grammar(str(json_grammar(TREE))).takes(json.dumps(value))


def test_what_is_pretty_is_not_json_on_one_line() -> None:
    grammar = Grammar(str(json_grammar(SCHEMAS["an endless list"])))
    assert not grammar.takes("[\n  1\n]")
    assert not grammar.takes("[1,  2]")


@pytest.mark.parametrize(
    "schema",
    [
        {"oneOf": [{"type": "string"}]},
        {"type": "object", "properties": {"a": {}}, "required": []},
        {"type": "object", "properties": {"a": {}}, "required": ["a"], "additionalProperties": True},
        {"$ref": "#/properties/a"},
        {"$ref": "#/$defs/None", "$defs": {}},
        {"type": "string", "format": "date"},
        {"type": "integer", "minimum": 3, "maximum": 2},
        {"type": "array", "minItems": 3, "maxItems": 2},
        {"type": "unheard of"},
    ],
)
def test_what_no_grammar_says_has_none(schema: dict[str, Any]) -> None:
    assert json_grammar(schema) is None
