"""An LM that says what a test tells it to."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from lmc.lm.base import LMError, Reply, Request
from lmc.lm.content import text_of
from lmc.lm.problems import not_recorded


class Scripted:
    """Replies as `reply` says: a function of the request, or a mapping from the prompt (the last message's content,
    or the text to complete) to the reply. The function may return a whole Reply, or raise. `latency`: seconds that
    each call takes. `calls` holds the requests in the order in which they came. Who listens hears a reply word by
    word. Raises LMError (LMP0602) for a prompt that the mapping has no reply to."""

    def __init__(self, reply: Callable[[Request], str | Reply] | Mapping[str, str], latency: float = 0.0) -> None:
        self._reply = _lookup(reply) if isinstance(reply, Mapping) else reply
        self._latency = latency
        self.calls: list[Request] = []

    async def __call__(self, request: Request) -> Reply:
        """The scripted reply."""
        self.calls.append(request)
        if self._latency:
            import asyncio

            await asyncio.sleep(self._latency)
        said = self._reply(request)
        reply = Reply(said) if isinstance(said, str) else said
        if request.listen is not None:
            for piece in re.findall(r"\s*\S+|\s+$", reply.text):
                request.listen(piece)
        return reply

    async def close(self) -> None:
        """Does nothing."""


def _lookup(replies: Mapping[str, str]) -> Callable[[Request], str]:
    def reply(request: Request) -> str:
        body = request.body
        prompt = str(body["prompt"]) if "prompt" in body else text_of(body["messages"][-1].get("content"))
        if prompt not in replies:
            raise LMError(not_recorded("the script", request.model, prompt))
        return replies[prompt]

    return reply
