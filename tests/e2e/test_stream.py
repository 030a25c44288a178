"""Replies as they come."""

from __future__ import annotations

import asyncio

from lmc.cli.stream import Aloud, Voice
from lmc.lm.base import Reply, Request
from lmc.lm.scripted import Scripted


class Piecewise:
    """Says the words of each reply when it is let on."""

    def __init__(self, *replies: str) -> None:
        self.replies = list(replies)
        self.steps: list[asyncio.Event] = []

    async def __call__(self, request: Request) -> Reply:
        text = self.replies.pop(0)
        self.steps.append(asyncio.Event())
        step = self.steps[-1]
        for word in text.split(" "):
            assert request.listen is not None
            request.listen(f"{word} ")
            await step.wait()
        return Reply(f"{text} ")

    async def close(self) -> None:
        """Nothing to let go of."""


def test_replies_of_calls_at_the_same_time_are_not_mixed() -> None:
    written: list[str] = []

    async def go() -> None:
        lm = Piecewise("one two", "three four", "five")
        aloud = Aloud(lm, Voice(written.append))
        calls = [asyncio.ensure_future(aloud(Request("m", {"prompt": str(number)}))) for number in range(3)]
        await asyncio.sleep(0)
        assert written == ["one "]
        lm.steps[1].set()
        lm.steps[2].set()
        await asyncio.gather(*calls[1:])
        assert written == ["one "], "the others wait for the first"
        lm.steps[0].set()
        await calls[0]

    asyncio.run(go())
    assert "".join(written) == "one two \nthree four \nfive \n"


def test_a_reply_that_comes_whole_is_said_whole() -> None:
    written: list[str] = []

    class Silent(Scripted):
        async def __call__(self, request: Request) -> Reply:
            return Reply("from the cache")

    reply = asyncio.run(Aloud(Silent({}), Voice(written.append))(Request("m", {"prompt": "x"})))
    assert reply.text == "from the cache"
    assert "".join(written) == "from the cache\n"


def test_a_call_that_fails_lets_the_next_speak() -> None:
    written: list[str] = []

    def reply(request: Request) -> str:
        if request.body["prompt"] == "bad":
            raise ValueError
        return "good"

    async def go() -> None:
        aloud = Aloud(Scripted(reply), Voice(written.append))
        calls = (aloud(Request("m", {"prompt": one})) for one in ("bad", "fine"))
        await asyncio.gather(*calls, return_exceptions=True)

    asyncio.run(go())
    assert "".join(written) == "\ngood\n"
