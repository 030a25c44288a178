"""Laws of the parser: what is valid is taken as it is, what is taken is valid, and nothing else but a refusal comes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmc.runtime.partial import partial_value
from lmc.runtime.reply import ReplyError, parse_reply, read_value

from .fuzz import SCHEMAS as FUZZED
from .fuzz import check
from .strategies import BROKEN, SCHEMAS, TEXTS, typed

SIZE = 1_000_000
AROUND = ["Here it is:\n\n{}", "```json\n{}\n```", "<think>hm</think>\n{}", "Sure!\n```\n{}\n```\nDone."]
PIECES = ["[", "{", '{"a":', '"', "\\", '"\\', '["', '{"a": "x "y', "[[1], ", "}", "```", "<a>", "1,"]
KEPT = sorted(Path(__file__).with_name("corpus").joinpath("fuzz").glob("*"))


def outcome(read: Callable[[], Any], text: str) -> Any:
    """What is read, or None where the text is refused; the refusal has it."""
    try:
        return read()
    except ReplyError as problem:
        if problem.reply != text:
            raise
        return None


def valid(value: Any, schema: dict[str, Any]) -> None:
    """Holds a value against its schema with another implementation; a pattern of ours matches the whole."""
    jsonschema.Draft202012Validator(schema).validate(value)


@settings(deadline=None)
@given(typed())
def test_a_value_as_json_is_that_value(case: tuple[dict[str, Any], Any, str]) -> None:
    schema, value, text = case
    if isinstance(value, (dict, list)):
        found = read_value(text, schema)
        assert found.value == value
        valid(found.value, schema)
        assert found.repairs == []


@settings(deadline=None)
@given(
    typed(),
    st.sampled_from(AROUND),
)
def test_what_stands_around_json_changes_nothing(case: tuple[dict[str, Any], Any, str], around: str) -> None:
    schema, value, text = case
    if isinstance(value, dict) and value and schema.get("type") == "object":
        assert read_value(around.replace("{}", text), schema).value == value


@settings(deadline=None)
@given(typed(), st.data())
def test_json_that_is_cut_off_is_refused_or_of_its_type(case: tuple[dict[str, Any], Any, str], data: Any) -> None:
    schema, _, text = case
    try:
        found = read_value(text[: data.draw(st.integers(0, len(text)))], schema)
    except ReplyError:
        return
    valid(found.value, schema)


@settings(max_examples=400, deadline=None)
@given(BROKEN | TEXTS, SCHEMAS)
def test_any_text_is_refused_or_of_its_type(text: str, schema: dict[str, Any]) -> None:
    found = outcome(lambda: read_value(text, schema), text)
    if found is not None:
        valid(found.value, schema)
        json.dumps(found.value)


@settings(deadline=None)
@given(BROKEN | TEXTS, SCHEMAS, st.sampled_from(["bare", "fields", "json"]))
def test_a_reply_is_refused_or_has_every_output(text: str, schema: dict[str, Any], style: str) -> None:
    fields = [{"name": "a", "label": "A", "schema": schema}]
    if style != "bare":
        fields.append({"name": "name", "label": "Name", "schema": {"type": "string"}})
    found = outcome(lambda: parse_reply(text, {"style": style, "fields": fields}), text)
    if found is not None:
        assert list(found) == [field["name"] for field in fields]
        valid(found["a"], schema)


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("schema", FUZZED, ids=str)
def test_a_megabyte_of_anything_comes_to_an_end(piece: str, schema: dict[str, Any]) -> None:
    """Quadratic time would take hours here."""
    check((piece * SIZE)[:SIZE], schema)


@pytest.mark.parametrize("text", ["[" * 50_000 + "]" * 50_000, "[" * 100_000, '{"a":' * 100_000, "[{" * 300])
def test_deep_nesting_is_refused(text: str) -> None:
    tree = {"$ref": "#/$defs/T", "$defs": {"T": {"type": "array", "items": {"$ref": "#/$defs/T"}}}}
    with pytest.raises(ReplyError):
        read_value(text, tree)


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.name)
def test_what_the_fuzzer_kept_is_still_fine(path: Path) -> None:
    text = path.read_bytes()[1:].decode("utf-8", "replace")
    for schema in FUZZED:
        check(text, schema)
        partial_value(text, schema)
