"""Replies come in pieces; what was told is never taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import pytest

from lmc.lm import LM, LMError, Reply, Request
from lmc.lm.cache import Cache
from lmc.lm.fallback import Fallback
from lmc.lm.problems import unreachable
from lmc.lm.retry import Retry
from lmc.lm.scripted import Scripted
from lmc.lm.stream import gather_calls, stream

Says = Callable[..., Request]


def pieces(lm: LM, request: Request) -> list[str]:
    async def run() -> list[str]:
        return [piece async for piece in stream(lm, request)]

    return asyncio.run(run())


def test_a_script_streams_word_by_word(says: Says) -> None:
    assert pieces(Scripted({"a": "one two  three\n"}), says("a")) == ["one", " two", "  three", "\n"]
    assert pieces(Scripted({"a": ""}), says("a")) == []


def test_a_kept_reply_comes_at_once(says: Says, tmp_path: Path) -> None:
    cache = Cache(Scripted({"a": "one two"}), tmp_path / "cache.db")
    assert pieces(cache, says("a")) == ["one", " two"]
    assert pieces(cache, says("a")) == ["one two"]
    asyncio.run(cache.close())


def test_who_listens_changes_no_key(says: Says) -> None:
    request = says("a")
    assert Request(request.model, request.body, listen=print).key == request.key


class Breaking:
    """Says two words, then fails; from the second call on it answers."""

    def __init__(self, said: tuple[str, ...]) -> None:
        self.said, self.calls = said, 0

    async def __call__(self, request: Request) -> Reply:
        self.calls += 1
        if self.calls > 1:
            return Reply("whole")
        for piece in self.said if request.listen else ():
            request.listen(piece)
        raise LMError(unreachable("m", ""), transient=True, partial=bool(self.said))

    async def close(self) -> None:
        pass


async def no_pause(seconds: float) -> None:
    pass


def test_a_call_that_failed_before_its_first_piece_is_made_again(says: Says) -> None:
    assert pieces(Retry(Breaking(()), 2, sleep=no_pause), says("a")) == ["whole"]
    assert pieces(Fallback(Breaking(()), Scripted({"a": "other"})), says("a")) == ["other"]


def test_a_call_that_failed_after_some_pieces_is_not(says: Says) -> None:
    second = Scripted({"a": "other"})
    for make in (lambda lm: Retry(lm, 2, sleep=no_pause), lambda lm: Fallback(lm, second)):
        lm = Breaking(("some ", "words"))
        with pytest.raises(LMError, match="did not answer"):
            pieces(make(lm), says("a"))
        assert lm.calls == 1
    assert not second.calls


def test_who_stops_early_cancels_the_call(says: Says) -> None:
    ended = []

    class Endless:
        async def __call__(self, request: Request) -> Reply:
            try:
                while True:
                    if request.listen:
                        request.listen("again ")
                    await asyncio.sleep(0)
            finally:
                ended.append(True)

        async def close(self) -> None:
            pass

    async def run() -> str:
        async with aclosing(stream(Endless(), says("a"))) as found:
            piece = await anext(found)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return piece

    assert (asyncio.run(run()), ended) == ("again ", [True])


def test_the_pieces_of_calls_are_put_together() -> None:
    calls: dict[int, list[str]] = {}
    gather_calls(calls, [{"index": 0, "id": "x", "function": {"name": "add", "arguments": ""}}])
    gather_calls(calls, None)
    gather_calls(calls, [{"index": 0, "function": {"arguments": '{"a"'}}, {"index": 1, "function": {"name": "sub"}}])
    gather_calls(calls, [{"index": 0, "function": {"arguments": ": 1}"}}])
    assert calls == {0: ["add", '{"a": 1}'], 1: ["sub", ""]}
