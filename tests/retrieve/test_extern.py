"""A function of the user as a retriever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from lmc.diagnostics import Diagnostic, Failure
from lmc.retrieve import ExternIndex

ROWS = [{"text": "one"}, {"text": "two", "tags": ["a"]}, {"text": "three"}]


def search(function: Callable[..., Any], k: int = 2) -> list[dict[str, Any]]:
    return asyncio.run(ExternIndex("Mine", function).search("query", k))


def test_it_is_asked_with_the_query_and_how_many() -> None:
    asked = []

    def retrieve(query: str, k: int) -> list[dict[str, Any]]:
        asked.append((query, k))
        return ROWS[:k]

    assert search(retrieve) == ROWS[:2]
    assert asked == [("query", 2)]


def test_it_may_be_a_coroutine_function_or_an_object() -> None:
    async def retrieve(query: str, k: int) -> list[dict[str, Any]]:
        return ROWS[:k]

    class Object:
        async def __call__(self, query: str, k: int) -> list[dict[str, Any]]:
            return ROWS[:k]

    assert search(retrieve) == search(Object()) == search(lambda query, k: tuple(ROWS[:k])) == ROWS[:2]


def test_what_is_more_than_asked_for_is_left_out() -> None:
    assert search(lambda query, k: ROWS, k=1) == ROWS[:1]
    assert search(lambda query, k: ROWS, k=0) == []
    assert search(lambda query, k: []) == []


def test_passages_are_copies() -> None:
    rows = [{"text": "one", "tags": ["a"]}]
    search(lambda query, k: rows)[0]["tags"].append("b")
    assert rows == [{"text": "one", "tags": ["a"]}]


def failure(function: Callable[..., Any]) -> Diagnostic:
    with pytest.raises(Failure) as caught:
        search(function)
    return caught.value.diagnostic


def test_a_function_that_raises() -> None:
    found = failure(lambda query, k: {}["missing"])
    assert (found.code, found.message) == ("LMP0710", "the retriever `Mine` raised KeyError: 'missing'")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (None, "nothing"),
        ("text", "a value of type str"),
        (["text"], "a value of type str as passage 1"),
        ([{"a": 1}, {2: 1}], "an object with a key that is no string as passage 2"),
        ([{"a": {1, 2}}], "what JSON cannot hold in passage 1"),
        ([{"a": float("nan")}], "what JSON cannot hold in passage 1"),
    ],
)
def test_what_is_no_list_of_passages(given: Any, said: str) -> None:
    found = failure(lambda query, k: given)
    assert found.code == "LMP0711"
    assert found.message == f"the retriever `Mine` gave {said}, where a list of passages is wanted"
