"""At most so many calls at once."""

from __future__ import annotations

import asyncio

from lmc.lm.base import LM, Reply, Request


class Throttle:
    """Lets at most `concurrency` calls of `inner` run at the same time; the others wait in the order in which they
    came."""

    def __init__(self, inner: LM, concurrency: int) -> None:
        self._inner = inner
        self._concurrency = max(1, concurrency)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._free = asyncio.Semaphore(self._concurrency)

    async def __call__(self, request: Request) -> Reply:
        """The reply of `inner`, when its turn has come."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:  # a semaphore belongs to one event loop, this value to all that come
            self._loop, self._free = loop, asyncio.Semaphore(self._concurrency)
        async with self._free:
            reply = await self._inner(request)
        if self._free.locked():  # somebody waits: that call is to start before this reply is read
            await asyncio.sleep(0)
        return reply

    async def close(self) -> None:
        """Closes `inner`."""
        await self._inner.close()
