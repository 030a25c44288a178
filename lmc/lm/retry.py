"""The same call again when it failed for a reason that passes."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable

from lmc.lm.base import LM, LMError, Reply, Request

LONGEST_PAUSE = 120.0
"""Seconds; a provider that asks for a longer pause is not waited for."""


class Retry:
    """Asks `inner` up to `tries` times, as long as its errors are transient. The pause after the n-th failure is half
    to all of `base` * 2^(n-1) seconds (which of it follows from the request, so that a storm of calls spreads out and
    two runs pause alike), and not shorter than what the provider asked for. `sleep` takes seconds."""

    def __init__(
        self, inner: LM, tries: int = 4, base: float = 1.0, sleep: Callable[[float], Awaitable[object]] | None = None
    ) -> None:
        self._inner = inner
        self._tries = max(1, tries)
        self._base = base
        self._sleep = sleep

    async def __call__(self, request: Request) -> Reply:
        """The first reply. Raises the last LMError when there is none."""
        for attempt in range(1, self._tries):
            try:
                return await self._inner(request)
            except LMError as error:
                if not error.transient or error.partial or error.after > LONGEST_PAUSE:
                    raise
                pause = max(error.after, self._pause(request, attempt))
            await self._wait(pause)
        return await self._inner(request)

    def _pause(self, request: Request, attempt: int) -> float:
        draw = int(hashlib.sha256(f"{request.key} {attempt}".encode()).hexdigest()[:8], 16) / 2**32
        return min(self._base * 2.0 ** (attempt - 1), LONGEST_PAUSE) * (0.5 + 0.5 * draw)

    async def _wait(self, seconds: float) -> None:
        if self._sleep is not None:
            await self._sleep(seconds)
            return
        import asyncio

        await asyncio.sleep(seconds)

    async def close(self) -> None:
        """Closes `inner`."""
        await self._inner.close()
