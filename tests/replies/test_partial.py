"""A value that is still being written: every part is absent, growing or complete, and nothing is taken back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from lmc.runtime.partial import partial_value
from lmc.runtime.reply import ReplyError, read_value

from .strategies import BROKEN, SCHEMAS, record, typed

PERSON = record(
    {
        "name": {"type": "string"},
        "age": {"type": "integer"},
        "mood": {"type": "string", "enum": ["calm", "angry"]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "scores": {"type": "object", "additionalProperties": {"type": "number"}},
        "home": {"anyOf": [record({"city": {"type": "string"}}), {"type": "null"}]},
    }
)
EMPTY = {"name": None, "age": None, "mood": None, "tags": [], "scores": {}, "home": None}
REPLY = (
    'Here it is:\n```json\n{"name": "Ada \\"A\\" L\\u00e9", "age": 36, "mood": "calm", "tags": ["x", "yz"], '
    '"scores": {"a": 1.5, "b": 2}, "home": {"city": "London"}}\n```'
)


@pytest.mark.parametrize(
    ("text", "value", "growing"),
    [
        ("", None, ()),
        ("Sure, here", None, ()),
        ("{", EMPTY, ()),
        ('{"na', EMPTY, ()),
        ('{"name": "Ad', {**EMPTY, "name": "Ad"}, ("name",)),
        ('{"name": "Ada"', {**EMPTY, "name": "Ada"}, ("name",)),
        ('{"name": "Ada",', {**EMPTY, "name": "Ada"}, ()),
        ('{"name": "A\\u00', {**EMPTY, "name": "A"}, ("name",)),
        ('{"age": 3', EMPTY, ()),
        ('{"age": 36,', {**EMPTY, "age": 36}, ()),
        ('{"mood": "cal', EMPTY, ()),
        ('{"tags": ["x", "y', {**EMPTY, "tags": ["x", "y"]}, ("tags", 1)),
        ('{"scores": {"a": 1, "b": 2', {**EMPTY, "scores": {"a": 1}}, ("scores",)),
        ('{"home": {"ci', {**EMPTY, "home": {"city": None}}, ("home",)),
        ('{"home": {"city": "L', {**EMPTY, "home": {"city": "L"}}, ("home", "city")),
    ],
)
def test_parts_are_absent_growing_or_complete(text: str, value: Any, growing: Any) -> None:
    found = partial_value(text, PERSON)
    assert (found.value, found.growing) == (value, growing)
    assert not found.complete


def test_the_end_is_the_value() -> None:
    found = partial_value(REPLY, PERSON)
    assert found.complete
    assert found.value == read_value(REPLY, PERSON).value == partial_value(REPLY, PERSON, done=True).value


def test_text_grows_and_scalars_come_in_the_end() -> None:
    assert partial_value("Once upo", {"type": "string"}) == ("Once upo", ())
    assert partial_value("4", {"type": "integer"}) == (None, ())
    assert partial_value("42", {"type": "integer"}, done=True) == (42, None)


def test_a_member_of_a_union_is_known_by_its_names() -> None:
    schema = {
        "anyOf": [record({"a": {"type": "string"}, "b": {"type": "integer"}}), record({"a": {"type": "integer"}})]
    }
    assert partial_value('{"a": "x', schema).value is None
    assert partial_value('{"a": "x", "b": 1, ', schema).value == {"a": "x", "b": 1}


def test_what_is_done_and_does_not_fit_is_refused() -> None:
    with pytest.raises(ReplyError, match="`name` is missing"):
        partial_value('{"age": 3', PERSON, done=True)


def grows(old: Any, new: Any) -> bool:
    """Whether a value may come after another: it has all of it, texts and lists perhaps longer."""
    if old is None:
        return True
    if isinstance(old, str) and isinstance(new, str):
        return new.startswith(old)
    if isinstance(old, list) and isinstance(new, list):
        return len(new) >= len(old) and all(map(grows, old, new))
    if isinstance(old, dict) and isinstance(new, dict):
        return all(name in new and grows(one, new[name]) for name, one in old.items())
    return type(old) is type(new) and bool(old == new)


def steadily(text: str, schema: dict[str, Any]) -> Any:
    """The last of the values of all prefixes, each of which has to grow out of the one before."""
    last: Any = None
    for end in range(len(text) + 1):
        value = partial_value(text[:end], schema).value
        assert grows(last, value), (text[:end], last, value)
        last = value
    return last


def test_every_prefix_grows() -> None:
    assert steadily(REPLY, PERSON) == read_value(REPLY, PERSON).value


@settings(max_examples=150, deadline=None)
@given(typed())
def test_prefixes_of_json_grow_into_the_value(case: tuple[dict[str, Any], Any, str]) -> None:
    schema, value, text = case
    last = steadily(text, schema)
    if isinstance(value, (dict, list)) and schema.get("type") in ("object", "array"):
        assert last == value


@settings(deadline=None)
@given(BROKEN, SCHEMAS)
def test_any_text_has_a_value_so_far(text: str, schema: dict[str, Any]) -> None:
    partial_value(text, schema)
