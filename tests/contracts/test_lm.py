"""What every LM does, whatever it wraps: the same contract for each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lmc.lm import LM, Reply, Request, ToolCall
from lmc.lm.budget import Budget
from lmc.lm.cache import Cache
from lmc.lm.fallback import Fallback
from lmc.lm.meter import Meter
from lmc.lm.recorder import Recorder, Replay
from lmc.lm.retry import Retry
from lmc.lm.scripted import Scripted
from lmc.lm.stream import stream
from lmc.lm.throttle import Throttle
from lmc.store import Journal

Make = Callable[[Path, ExitStack], LM]


def base() -> Scripted:
    """An LM whose reply depends on the request alone and that lets others run meanwhile."""
    calls = (ToolCall("look", '{"at": 1}'),)
    return Scripted(
        lambda request: Reply(
            request.body.get("expect", f"{request.key[:4]} {request.key[4:8]}"),
            prompt_tokens=3,
            tool_calls=calls,
            logprob=-int(request.key[:4], 16) / 7 if "expect" in request.body else None,
        ),
        latency=0.0001,
    )


def replay(path: Path, stack: ExitStack) -> LM:
    with Journal(path / "recorded.jsonl") as journal:
        recorder = Recorder(base(), journal)
        for one in (*REQUESTS, *SAMPLES, *EXPECTED, PARTS):
            asyncio.run(recorder(one))
    return Replay(path / "recorded.jsonl")


def local(path: Path, stack: ExitStack) -> LM:
    pytest.importorskip("xllamacpp")
    from lmc.lm.local import LocalLM
    from lmc.lm.models import find

    found = find("smollm2-135m")
    if found is None:
        pytest.skip("the model is not here: lmc model pull smollm2-135m")
    return LocalLM(found.path, threads=1)


LMS: dict[str, Make] = {
    "scripted": lambda path, stack: base(),
    "throttle": lambda path, stack: Throttle(base(), 2),
    "retry": lambda path, stack: Retry(base(), 2),
    "meter": lambda path, stack: Meter(base()),
    "budget": lambda path, stack: Budget(base(), calls=100, tokens=100_000, dollars=1.0),
    "cache": lambda path, stack: Cache(base(), path / "cache.db"),
    "recorder": lambda path, stack: Recorder(base(), stack.enter_context(Journal(path / "build.jsonl"))),
    "replay": replay,
    "fallback": lambda path, stack: Fallback(base(), base()),
    "all": lambda path, stack: Budget(
        Meter(
            Recorder(
                Cache(Throttle(Retry(base()), 2), path / "cache.db"),
                stack.enter_context(Journal(path / "build.jsonl")),
            )
        ),
        calls=100,
    ),
}

REQUESTS = tuple(
    Request("local/smollm2-135m", {"messages": [{"role": "user", "content": text}], "temperature": 0, "max_tokens": 4})
    for text in ("one", "two", "three")
)

SAMPLES = tuple(
    Request("local/smollm2-135m", {"prompt": "Once upon", "temperature": 1.5, "max_tokens": 8}, sample)
    for sample in range(2)
)
EXPECTED = tuple(
    Request("local/smollm2-135m", {"prompt": "Once upon", "temperature": 0, "expect": text}) for text in (" a", " the")
)
PARTS = Request(
    "local/smollm2-135m",
    {"messages": [{"role": "user", "content": [{"type": "text", "text": "one"}]}], "temperature": 0, "max_tokens": 4},
)


@pytest.fixture(params=[*LMS, pytest.param("local", marks=pytest.mark.lm)])
def lm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LM]:
    """Each LM in turn."""
    make = LMS.get(request.param, local)
    with ExitStack() as stack:
        yield make(tmp_path, stack)


def test_it_is_an_lm(lm: LM) -> None:
    assert isinstance(lm, LM)
    asyncio.run(lm.close())


def test_one_key_has_one_reply(lm: LM) -> None:
    async def run() -> tuple[Reply, Reply]:
        replies = await lm(REQUESTS[0]), await lm(Request(REQUESTS[0].model, dict(REQUESTS[0].body)))
        await lm.close()
        return replies

    first, second = asyncio.run(run())
    assert first == second


def test_calls_can_be_made_at_once_and_each_gets_its_own_reply(lm: LM) -> None:
    async def run() -> tuple[list[Reply], list[Reply]]:
        at_once = await asyncio.gather(*(lm(one) for one in REQUESTS * 3))
        in_turn = [await lm(one) for one in REQUESTS]
        await lm.close()
        return at_once, in_turn

    at_once, in_turn = asyncio.run(run())
    assert at_once == in_turn * 3


def test_a_cancelled_call_harms_no_other(lm: LM) -> None:
    async def run() -> tuple[Reply, Reply]:
        lost = asyncio.create_task(lm(REQUESTS[0]))
        kept = asyncio.create_task(lm(REQUESTS[1]))
        await asyncio.sleep(0)
        lost.cancel()
        replies = await kept, await lm(REQUESTS[0])
        await lm.close()
        return replies

    assert all(isinstance(one, Reply) for one in asyncio.run(run()))


def test_a_stream_is_the_reply_in_pieces(lm: LM) -> None:
    async def run() -> tuple[list[str], Reply, list[str]]:
        fresh = [piece async for piece in stream(lm, REQUESTS[0])]
        reply = await lm(REQUESTS[0])
        again = [piece async for piece in stream(lm, REQUESTS[0])]
        await lm.close()
        return fresh, reply, again

    fresh, reply, again = asyncio.run(run())
    assert "".join(fresh) == "".join(again) == reply.text


def test_samples_are_told_apart(lm: LM) -> None:
    async def run() -> list[Reply]:
        replies = [await lm(one) for one in (SAMPLES[1], SAMPLES[0], SAMPLES[0])]
        await lm.close()
        return replies

    other, first, again = asyncio.run(run())
    assert first == again
    assert first.text != other.text


def test_a_reply_that_is_expected_comes_with_how_likely_it_is(lm: LM) -> None:
    async def run() -> list[Reply]:
        replies = [await lm(one) for one in (*EXPECTED, EXPECTED[0])]
        await lm.close()
        return replies

    first, other, again = asyncio.run(run())
    assert (first.text, other.text) == (" a", " the")
    assert first.logprob is not None
    assert other.logprob is not None
    assert first.logprob == again.logprob != other.logprob
    assert max(first.logprob, other.logprob) <= 0


def test_content_in_parts_is_content(lm: LM) -> None:
    async def run() -> Reply:
        reply = await lm(PARTS)
        await lm.close()
        return reply

    assert asyncio.run(run()).text


def test_closing_twice_is_closing_once(lm: LM) -> None:
    async def run() -> None:
        await lm(REQUESTS[0])
        await lm.close()
        await lm.close()

    asyncio.run(run())


def test_the_request_is_not_changed(lm: LM) -> None:
    before = repr(REQUESTS[0])

    async def run() -> None:
        await lm(REQUESTS[0])
        await lm.close()

    asyncio.run(run())
    assert repr(REQUESTS[0]) == before
