"""What holds for the pure functions whatever they are given."""

from __future__ import annotations

import inspect
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmc.execute.expression import LIBRARY
from lmc.ir.builtins import BUILTINS, COSTS, METRICS
from lmc.ir.subtype import accepts
from lmc.ir.types import UNKNOWN, ListType, MapType, Type
from lmc.ir.values import belongs, type_of

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=5
)
NUMBERS = st.integers(-(10**6), 10**6) | st.floats(-1e6, 1e6)
NAMES = st.sampled_from(("a", "b", "c"))
LISTS = st.lists(st.integers(-3, 3)) | st.lists(NAMES)
MAPS = st.dictionaries(NAMES, st.integers())
RECORDS = st.lists(st.fixed_dictionaries({"a": st.integers(-2, 2) | st.none(), "b": NAMES}))
COUNTS = st.integers(-2, 5)
TEXTS = st.text(alphabet=st.sampled_from(" \n.,!?aAbé's1"))

ARGUMENTS: dict[str, tuple[st.SearchStrategy[Any], ...]] = {
    **dict.fromkeys(("title", "capitalize", "words", "sentences"), (TEXTS,)),
    **dict.fromkeys(("remove_prefix", "remove_suffix"), (TEXTS, TEXTS)),
    "truncate": (TEXTS, COUNTS),
    **dict.fromkeys(("pad_start", "pad_end"), (TEXTS, COUNTS, st.sampled_from((" ", "ab")))),
    "extract_all": (TEXTS, st.sampled_from(("a", "(a)|b", "a*"))),
    "substitute": (TEXTS, st.sampled_from(("a", "a*")), st.sampled_from(("", "\\1", "a"))),
    "format_number": (NUMBERS, COUNTS),
    **dict.fromkeys(("count", "index_of"), (LISTS, st.integers(-3, 3))),
    "drop": (LISTS, COUNTS),
    "append": (LISTS, SCALARS),
    "flatten": (st.lists(LISTS),),
    "chunks": (LISTS, st.integers(1, 4)),
    "zip": (LISTS, LISTS),
    **dict.fromkeys(("enumerate", "counts"), (LISTS,)),
    **dict.fromkeys(("without", "common"), (LISTS, LISTS)),
    "sort_by": (RECORDS, st.just("a")),
    "group_by": (RECORDS, st.sampled_from(("a", "b"))),
    **dict.fromkeys(("any", "all"), (st.lists(st.booleans()),)),
    "mean": (st.lists(NUMBERS),),
    **dict.fromkeys(("floor", "ceil"), (NUMBERS,)),
    "clamp": (NUMBERS, NUMBERS, NUMBERS),
    **dict.fromkeys(("keys", "values", "entries"), (MAPS,)),
    "get": (MAPS, NAMES),
    "put": (MAPS, NAMES, st.integers()),
    "merge": (MAPS, MAPS),
}


def call(name: str, *arguments: Any) -> Any:
    return LIBRARY[name](*arguments)


def test_every_function_takes_what_its_type_says() -> None:
    for name, builtin in {**BUILTINS, **METRICS}.items():
        if name not in COSTS:
            assert len(inspect.signature(LIBRARY[name]).parameters) == len(builtin.params), name


def result_type(name: str, arguments: list[Any]) -> Type:
    """The type that the language gives a call with these arguments."""
    types = tuple(argument_type(value) for value in arguments)
    returns = BUILTINS[name].returns
    return returns(types) if callable(returns) else returns


def argument_type(value: Any) -> Type:
    """The type of a variable that may hold the value: of an empty list or map, one of whatever."""
    if value in ([], {}):
        return ListType(UNKNOWN) if value == [] else MapType(UNKNOWN)
    if isinstance(value, dict):
        return MapType(UNKNOWN)
    return type_of(value)


@pytest.mark.parametrize("name", sorted(ARGUMENTS))
@given(data=st.data())
def test_a_function_gives_what_its_type_says_and_changes_nothing(name: str, data: st.DataObject) -> None:
    arguments = [data.draw(one) for one in ARGUMENTS[name]]
    before = json.dumps(arguments)
    assert all(
        accepts(want, argument_type(value), {}) for want, value in zip(BUILTINS[name].params, arguments, strict=True)
    )
    value = call(name, *arguments)
    assert belongs(value, result_type(name, arguments), {})
    assert json.dumps(arguments) == before
    assert call(name, *arguments) == value
    json.dumps(value)


@given(TEXTS, COUNTS)
def test_a_truncated_text_is_no_longer_and_begins_alike(text: str, size: int) -> None:
    found = call("truncate", text, size)
    assert len(found) <= max(size, 0)
    assert text.startswith(found.removesuffix("…"))
    assert (found == text) == (len(text) <= max(size, 0))


@given(TEXTS, COUNTS)
def test_padding_fills_up_to_the_width(text: str, width: int) -> None:
    for name in ("pad_start", "pad_end"):
        found = call(name, text, width, "ab")
        assert len(found) == max(len(text), width)
        assert text in found


@given(TEXTS)
def test_sentences_and_words_lose_no_letter(text: str) -> None:
    for name in ("sentences", "words"):
        kept = "".join(call(name, text))
        assert [char for char in kept if char.isalnum()] == [char for char in text if char.isalnum()]


@given(TEXTS)
def test_title_and_capitalize_change_nothing_but_capitals(text: str) -> None:
    for name in ("title", "capitalize"):
        found = call(name, text)
        assert found.lower() == text.lower()
        assert call(name, found) == found


@given(LISTS, st.integers(1, 4))
def test_flattened_chunks_are_the_list(items: list[Any], size: int) -> None:
    pieces = call("chunks", items, size)
    assert call("flatten", pieces) == items
    assert all(len(piece) == size for piece in pieces[:-1])


@given(LISTS, COUNTS)
def test_take_and_drop_are_the_list(items: list[Any], count: int) -> None:
    assert call("take", items, count) + call("drop", items, count) == items


@given(LISTS, LISTS)
def test_without_and_common_are_the_list(items: list[Any], others: list[Any]) -> None:
    kept, gone = call("without", items, others), call("common", items, others)
    assert sorted(kept + gone, key=str) == sorted(items, key=str)
    assert call("common", kept, others) == []


@given(LISTS)
def test_counts_count_all(items: list[Any]) -> None:
    found = call("counts", items)
    assert sum(one["count"] for one in found) == len(items)
    assert [one["value"] for one in found[:1]] == [call("most_common", items)][: len(found)]
    assert all(call("count", items, one["value"]) == one["count"] for one in found)


@given(RECORDS)
def test_sorted_and_grouped_records_are_the_records(items: list[Any]) -> None:
    ordered = call("sort_by", items, "a")
    assert call("sort_by", ordered, "a") == ordered
    assert sorted(map(str, ordered)) == sorted(map(str, items))
    known = [one["a"] for one in ordered if one["a"] is not None]
    assert known == sorted(known)
    groups = call("group_by", items, "b")
    assert [one["key"] for one in groups] == call("unique", [item["b"] for item in items])
    assert sorted(map(str, call("flatten", [one["items"] for one in groups]))) == sorted(map(str, items))


@given(MAPS, NAMES, st.integers())
def test_what_is_put_is_got(items: dict[str, int], key: str, value: int) -> None:
    found = call("put", items, key, value)
    assert call("get", found, key) == value
    assert call("merge", items, {key: value}) == found
    assert call("entries", found) == [
        {"key": one, "value": other} for one, other in zip(call("keys", found), call("values", found), strict=True)
    ]


@given(st.lists(NUMBERS, min_size=1))
def test_a_mean_lies_between_the_least_and_the_greatest(items: list[float]) -> None:
    mean = call("mean", items)
    slack = 1e-9 * max(map(abs, items))
    assert min(items) - slack <= mean <= max(items) + slack


@given(NUMBERS, NUMBERS, NUMBERS)
def test_a_clamped_number_is_within(value: float, low: float, high: float) -> None:
    low, high = sorted((low, high))
    assert low <= call("clamp", value, low, high) <= high
    assert call("floor", value) <= value <= call("ceil", value)


@given(TEXTS)
def test_a_replacement_stands_as_it_is(text: str) -> None:
    assert call("substitute", text, "a", "\\1") == text.replace("a", "\\1")
