"""Retry, throttle, meter and fallback: each does one thing to the LM that it wraps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from lmc.lm import LMError, Reply, Request
from lmc.lm.fallback import Fallback
from lmc.lm.meter import Meter, Usage
from lmc.lm.problems import request_refused, unreachable
from lmc.lm.retry import LONGEST_PAUSE, Retry
from lmc.lm.scripted import Scripted
from lmc.lm.throttle import Throttle

Says = Callable[..., Request]


class Pauses(list[float]):
    """A sleep that only notes how long it was to be."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


def failing(*errors: LMError) -> Scripted:
    """Fails once with each error, then replies."""
    left = list(errors)

    def reply(request: Request) -> str:
        if left:
            raise left.pop(0)
        return "fine"

    return Scripted(reply)


def passing(after: float = 0.0) -> LMError:
    return LMError(unreachable("m", "busy"), transient=True, after=after)


def test_a_transient_error_is_tried_again_after_pauses_that_double(says: Says) -> None:
    lm, pauses = failing(passing(), passing(), passing()), Pauses()
    assert asyncio.run(Retry(lm, 4, base=1.0, sleep=pauses)(says("a"))).text == "fine"
    assert len(lm.calls) == 4
    assert [0.5 * 2**n <= pause <= 2**n for n, pause in enumerate(pauses)] == [True] * 3


def test_the_pauses_follow_from_the_request_alone(says: Says) -> None:
    first, again, other = Pauses(), Pauses(), Pauses()
    asyncio.run(Retry(failing(passing()), 2, sleep=first)(says("a")))
    asyncio.run(Retry(failing(passing()), 2, sleep=again)(says("a")))
    asyncio.run(Retry(failing(passing()), 2, sleep=other)(says("b")))
    assert first == again != other


def test_the_provider_decides_how_long_to_wait_at_least(says: Says) -> None:
    pauses = Pauses()
    asyncio.run(Retry(failing(passing(after=17.0)), 2, sleep=pauses)(says("a")))
    assert pauses == [17.0]


def test_it_gives_up_after_the_last_try(says: Says) -> None:
    lm = failing(*(passing() for _ in range(5)))
    with pytest.raises(LMError, match="did not answer"):
        asyncio.run(Retry(lm, 3, sleep=Pauses())(says("a")))
    assert len(lm.calls) == 3


@pytest.mark.parametrize("error", [LMError(request_refused("m", "too long")), passing(after=LONGEST_PAUSE + 1)])
def test_what_will_not_pass_is_not_tried_again(says: Says, error: LMError) -> None:
    lm = failing(error)
    with pytest.raises(LMError):
        asyncio.run(Retry(lm, 4, sleep=Pauses())(says("a")))
    assert len(lm.calls) == 1


class Crowd:
    """Counts how many of its calls run at once; each waits until `release`."""

    def __init__(self) -> None:
        self.now = self.most = 0
        self.release = asyncio.Event()

    async def __call__(self, request: Request) -> Reply:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await self.release.wait()
        finally:
            self.now -= 1
        return Reply("")

    async def close(self) -> None:
        pass


def test_no_more_calls_at_once_than_allowed(says: Says) -> None:
    async def run() -> int:
        crowd = Crowd()
        lm = Throttle(crowd, 3)
        calls = [asyncio.create_task(lm(says(str(number)))) for number in range(10)]
        while crowd.now < 3:
            await asyncio.sleep(0)
        calls[0].cancel()
        crowd.release.set()
        await asyncio.gather(*calls, return_exceptions=True)
        return crowd.most

    assert asyncio.run(run()) == 3


def test_a_throttle_outlives_its_event_loop(says: Says) -> None:
    lm = Throttle(Scripted(lambda _: "fine", latency=0.001), 1)

    async def run() -> list[Reply]:
        return await asyncio.gather(lm(says("a")), lm(says("b")))

    assert [asyncio.run(run()), asyncio.run(run())] == [[Reply("fine")] * 2] * 2


def test_the_meter_counts_what_was_served_and_what_was_not(says: Says) -> None:
    def reply(request: Request) -> Reply:
        return Reply("x", "stop", 10, 2, 4, 0.5, cached=request.sample == 1)

    changes: list[int] = []
    meter = Meter(Scripted(reply), lambda: changes.append(1))

    async def run() -> None:
        for model, sample in (("openai/a", 0), ("openai/b", 0), ("openai/b", 1), ("local/c", 0)):
            await meter(Request(model, {"prompt": "x"}, sample))

    asyncio.run(run())
    assert meter.usage == Usage(3, 1, 30, 6, 12, 1.5)
    assert meter.by_provider == {"openai": Usage(2, 1, 20, 4, 8, 1.0), "local": Usage(1, 0, 10, 2, 4, 0.5)}
    assert len(changes) == 4


def test_the_second_is_asked_when_the_first_fails(says: Says) -> None:
    second = Scripted({"a": "from the second"})
    lm = Fallback(failing(passing()), second, "openai/second")
    assert asyncio.run(lm(says("a"))).text == "from the second"
    assert second.calls[0].model == "openai/second"
    assert asyncio.run(lm(says("a"))).text == "fine"
    assert len(second.calls) == 1


def test_when_both_fail_the_first_is_to_blame(says: Says) -> None:
    lm = Fallback(failing(LMError(request_refused("first", ""))), failing(LMError(request_refused("second", ""))))
    with pytest.raises(LMError, match="first") as failed:
        asyncio.run(lm(says("a")))
    assert "second" in str(failed.value.__cause__)


def test_a_script_without_a_reply_shows_the_prompt(says: Says) -> None:
    with pytest.raises(LMError) as failed:
        asyncio.run(Scripted({"a": "x"})(says("what is asked")))
    assert failed.value.diagnostic.code == "LMP0602"
    assert "what is asked" in failed.value.diagnostic.notes[0]
