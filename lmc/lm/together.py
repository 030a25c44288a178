"""Requests for vectors that go to a provider together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from lmc.lm.base import LM, LMError, Reply, Request
from lmc.lm.problems import not_a_reply

TOGETHER = 64
"""The most texts in one call of a provider."""


class Together:
    """Puts requests that come within `pause` seconds of one another into one of `inner`, whose `input` is a list of at
    most `size` texts; `inner` replies with a vector on each line. Its tokens and its price fall to the requests by the
    length of their texts."""

    def __init__(self, inner: LM, size: int = TOGETHER, pause: float = 0.005) -> None:
        self._inner = inner
        self._size = size
        self._pause = pause
        self._waiting: list[tuple[Request, asyncio.Future[Reply]]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._running: set[asyncio.Task[None]] = set()

    async def __call__(self, request: Request) -> Reply:
        """The reply to one request. Raises what `inner` raises for those that it came with."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Reply] = loop.create_future()
        self._waiting.append((request, future))
        if len(self._waiting) >= self._size:
            self._send()
        elif self._timer is None:
            self._timer = loop.call_later(self._pause, self._send)
        return await future

    async def close(self) -> None:
        """Closes `inner`."""
        await self._inner.close()

    def _send(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        calls = [(request, future) for request, future in self._waiting if not future.done()]
        self._waiting = []
        if calls:
            task = asyncio.get_running_loop().create_task(self._ask(calls))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _ask(self, calls: list[tuple[Request, asyncio.Future[Reply]]]) -> None:
        texts = [str(request.body["input"]) for request, _ in calls]
        model = calls[0][0].model
        try:
            reply = await self._inner(Request(model, {"input": texts}))
            replies = shared(reply, texts, model)
        except Exception as error:
            for _, future in calls:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), one in zip(calls, replies, strict=True):
            if not future.done():
                future.set_result(one)


def shared(reply: Reply, texts: Sequence[str], model: str) -> list[Reply]:
    """The reply to several texts as one to each. Raises LMError (LMP0607) when it has not as many vectors."""
    lines = reply.text.split("\n")
    if len(lines) != len(texts):
        raise LMError(not_a_reply(model, f"it has {len(lines)} vectors for {len(texts)} texts"), transient=True)
    sizes = [len(text) + 1 for text in texts]
    ends = [sum(sizes[: number + 1]) for number in range(len(sizes))]
    tokens = [reply.prompt_tokens * end // ends[-1] for end in ends]
    return [
        replace(
            reply,
            text=line,
            prompt_tokens=end - start,
            dollars=reply.dollars * size / ends[-1],
            seconds=reply.seconds * size / ends[-1],
        )
        for line, size, start, end in zip(lines, sizes, [0, *tokens], tokens, strict=False)
    ]
