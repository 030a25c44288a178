"""What every LM does, whatever it wraps: the same contract for each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lmc.lm import LM, Reply, Request
from lmc.lm.budget import Budget
from lmc.lm.cache import Cache
from lmc.lm.fallback import Fallback
from lmc.lm.meter import Meter
from lmc.lm.recorder import Recorder, Replay
from lmc.lm.retry import Retry
from lmc.lm.scripted import Scripted
from lmc.lm.throttle import Throttle
from lmc.store import Journal

Make = Callable[[Path, ExitStack], LM]


def base() -> Scripted:
    """An LM whose reply depends on the request alone and that lets others run meanwhile."""
    return Scripted(lambda request: Reply(request.key[:8], prompt_tokens=3, completion_tokens=1), latency=0.0001)


def replay(path: Path, stack: ExitStack) -> LM:
    with Journal(path / "recorded.jsonl") as journal:
        recorder = Recorder(base(), journal)
        for one in REQUESTS:
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
