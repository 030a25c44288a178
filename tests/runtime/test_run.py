"""A run calls the LM, asks again where a reply does not fit, and makes independent calls at the same time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from lmc.runtime.prompt import Template
from lmc.runtime.reply import ReplyError
from lmc.runtime.run import AsyncRun, Run


def template(attempts: int = 2) -> Template:
    """A call that replies with a whole number."""
    field = {"name": "n", "label": "N", "schema": {"type": "integer"}}
    return {
        "name": "M.r",
        "lm": "small",
        "messages": [{"role": "user", "content": ["Count ", {"input": "x", "as": "text"}]}],
        "reply": {"style": "bare", "fields": [field]},
        "options": {"temperature": 0.0},
        "attempts": attempts,
    }


class Replies:
    """An LM that gives these replies in turn."""

    def __init__(self, *replies: Any) -> None:
        self.replies = list(replies)
        self.requests: list[dict[str, Any]] = []

    def __call__(self, request: dict[str, Any]) -> Any:
        self.requests.append(request)
        return self.replies.pop(0)


def blocking(lm: Callable[..., Any], attempts: int = 2) -> Any:
    """The outputs of one call."""
    run = Run(lambda _: lm)
    return run.finish(run.predict(template(attempts), x="this"))


def test_outputs_come_back_by_name() -> None:
    lm = Replies("about 7")
    assert blocking(lm) == {"n": 7}
    assert lm.requests == [{"messages": [{"role": "user", "content": "Count this"}], "temperature": 0.0}]


def test_a_reply_that_does_not_fit_is_shown_again() -> None:
    lm = Replies("seven", "7")
    assert blocking(lm) == {"n": 7}
    assert [turn["role"] for turn in lm.requests[1]["messages"]] == ["user", "assistant", "user"]
    assert lm.requests[1]["messages"][1]["content"] == "seven"
    assert '`n` must be a whole number, not "seven"' in lm.requests[1]["messages"][2]["content"]


def test_every_attempt_adds_its_feedback() -> None:
    lm = Replies("a", "b", "3")
    assert blocking(lm, 3) == {"n": 3}
    assert [len(request["messages"]) for request in lm.requests] == [1, 3, 5]


def test_the_last_attempt_that_does_not_fit_is_an_error() -> None:
    lm = Replies("a", "b", "3")
    with pytest.raises(ReplyError, match=r"^M\.r: `n` must be a whole number") as error:
        blocking(lm)
    assert error.value.reply == "b"
    assert len(lm.replies) == 1


def test_no_text_is_an_empty_reply() -> None:
    assert blocking(Replies(None, "3")) == {"n": 3}


def test_inputs_may_be_called_anything() -> None:
    call = {
        **template(),
        "messages": [
            {"role": "user", "content": [{"input": "self", "as": "text"}, {"input": "template", "as": "text"}]}
        ],
    }
    lm = Replies("1")
    run = Run(lambda _: lm)
    run.finish(run.predict(call, self="a", template="b"))
    assert lm.requests[0]["messages"][0]["content"] == "ab"


def test_an_asynchronous_lm_in_a_blocking_run_is_said_to_be_one() -> None:
    async def lm(request: dict[str, Any]) -> str:
        return "1"

    with pytest.raises(TypeError, match="ends with _async"):
        blocking(lm)


def test_what_is_no_text_is_said_to_be_none() -> None:
    with pytest.raises(TypeError, match="no text but a value of type int"):
        blocking(lambda _: 3)


def test_blocking_calls_overlap() -> None:
    """Each call waits for the other: one after the other, they would wait for ever."""
    meeting = threading.Barrier(2)

    def lm(request: dict[str, Any]) -> str:
        meeting.wait(timeout=30)
        return request["messages"][0]["content"].removeprefix("Count ")

    run = Run(lambda _: lm)
    call = template()
    assert run.finish(run.gather(run.predict(call, x="1"), run.predict(call, x="2"))) == [{"n": 1}, {"n": 2}]


def test_of_several_errors_the_first_counts_and_all_calls_end() -> None:
    lm = Replies(*["no"] * 6)
    run = Run(lambda _: lm)
    with pytest.raises(ReplyError):
        run.finish(run.gather(*(run.predict(template(), x=str(index)) for index in range(3))))
    assert len(lm.requests) == 6


@pytest.mark.parametrize("wait", [True, False])
def test_an_event_loop_takes_both_kinds_of_lm(wait: bool) -> None:
    plain = Replies("no", "1")

    async def waiting(request: dict[str, Any]) -> str:
        await asyncio.sleep(0)
        return str(plain(request))

    lm = waiting if wait else plain
    assert asyncio.run(AsyncRun(lambda _: lm).predict(template(), x="a")) == {"n": 1}
    assert len(plain.requests) == 2


def test_a_function_that_gives_something_to_wait_for_is_waited_for() -> None:
    async def later() -> str:
        return "4"

    assert asyncio.run(AsyncRun(lambda _: lambda _: later()).predict(template(), x="a")) == {"n": 4}


def test_calls_in_an_event_loop_overlap_and_end_together() -> None:
    """The first call fails once the second waits; the second is then ended, not left behind."""
    ended = []

    async def main() -> None:
        waiting = asyncio.Event()

        async def lm(request: dict[str, Any]) -> str:
            if "slow" in request["messages"][0]["content"]:
                waiting.set()
                try:
                    await asyncio.Event().wait()
                finally:
                    ended.append("slow")
            await waiting.wait()
            return "no number"

        run = AsyncRun(lambda _: lm)
        with pytest.raises(ReplyError):
            await run.gather(run.predict(template(), x="fast"), run.predict(template(), x="slow"))
        assert ended == ["slow"]

    asyncio.run(main())
