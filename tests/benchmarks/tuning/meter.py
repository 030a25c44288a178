"""The proxy, as its clients see it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.tuning.proxy import DEFAULT_PORT, TOKEN

PATIENCE = 600.0
"""Seconds: a long prompt takes minutes on a busy machine."""


@dataclass(frozen=True, slots=True)
class Meter:
    """A proxy that runs."""

    port: int = DEFAULT_PORT

    def url(self, cell: str) -> str:
        """The OpenAI-compatible base URL of a cell."""
        return f"http://127.0.0.1:{self.port}/cells/{cell}/v1"

    def begin(self, cell: str, cap: int | None = None, draw: int = 0, fresh: bool = False) -> None:
        """Sets a cell to nothing."""
        self.ask(f"/cells/{cell}/begin", {"cap": cap, "draw": draw, "fresh": fresh})

    def counts(self, cell: str) -> dict[str, Any]:
        """What a cell has taken."""
        return self.ask(f"/cells/{cell}")

    def ask(self, path: str, body: Any = None) -> dict[str, Any]:
        """One request. Raises OSError."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, headers)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=PATIENCE) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
