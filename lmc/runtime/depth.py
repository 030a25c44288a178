"""How deep a module calls itself."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from lmc.runtime.failure import TooDeep

ACTIVE: ContextVar[dict[str, int]] = ContextVar("active", default={})  # noqa: B039 - never changed in place
"""How many calls of a module are under way, each within the one before. Threads and tasks that run at the same time
have one each."""


class Depth:
    """Surrounds a call of a module that calls itself, directly or through others, `limit` deep at most: the outermost
    call does not count. Entering raises TooDeep."""

    def __init__(self, name: str, limit: int) -> None:
        self.name, self.limit = name, limit

    def __enter__(self) -> None:
        self.before = ACTIVE.get()
        level = self.before.get(self.name, 0)
        if level > self.limit:
            raise TooDeep(f"{self.name} calls itself deeper than {self.limit}")
        ACTIVE.set({**self.before, self.name: level + 1})

    def __exit__(self, *_: Any) -> None:
        ACTIVE.set(self.before)
