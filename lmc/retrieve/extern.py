"""A function of the user as a retriever."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Callable
from typing import Any

from lmc.diagnostics import Failure
from lmc.retrieve.corpus import Passage
from lmc.retrieve.problems import not_passages, retriever_failed


class ExternIndex:
    """Asks `function` with a query and `k`. It gives a list of objects of JSON values, best first, or is a coroutine
    function that does; one that blocks is called in a thread. `name` is the retriever's."""

    def __init__(self, name: str, function: Callable[[str, int], Any]) -> None:
        self._name = name
        self._function = function

    async def search(self, query: str, k: int) -> list[Passage]:
        """Copies of the first `k` passages that the function gives. Raises Failure: LMP0710 when it raises, LMP0711
        when it gives anything else."""
        if k <= 0:
            return []
        try:
            if inspect.iscoroutinefunction(self._function):
                given = await self._function(query, k)
            else:
                given = await asyncio.to_thread(self._function, query, k)
                if inspect.isawaitable(given):
                    given = await given
        except Exception as error:
            raise Failure(retriever_failed(self._name, error)) from error
        if not isinstance(given, (list, tuple)):
            raise Failure(not_passages(self._name, kind(given)))
        return [self._passage(row, number) for number, row in enumerate(given[:k], 1)]

    def _passage(self, row: Any, number: int) -> Passage:
        if not isinstance(row, dict):
            raise Failure(not_passages(self._name, f"{kind(row)} as passage {number}"))
        if not all(isinstance(name, str) for name in row):
            raise Failure(not_passages(self._name, f"an object with a key that is no string as passage {number}"))
        try:
            copy: Passage = json.loads(json.dumps(row, allow_nan=False))
        except (TypeError, ValueError, RecursionError):
            raise Failure(not_passages(self._name, f"what JSON cannot hold in passage {number}")) from None
        return copy


def kind(value: Any) -> str:
    """What a value is, in words."""
    return "nothing" if value is None else f"a value of type {type(value).__name__}"
