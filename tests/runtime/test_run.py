"""A run calls the LM, asks again where a reply does not fit, and makes independent calls at the same time."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable
from typing import Any

import pytest

from lmc.runtime.failure import AssertionFailed, CallError, Misuse, TooDeep
from lmc.runtime.prompt import Template
from lmc.runtime.reply import ReplyError
from lmc.runtime.run import AsyncRun, Run
from lmc.runtime.tool import ToolError


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


def test_calls_in_an_event_loop_come_to_their_end_before_the_first_error_is_raised() -> None:
    """Which calls a failing run makes, and which error it ends with, does not depend on which call is fastest."""
    ended = []

    async def main() -> None:
        failed = asyncio.Event()

        async def lm(request: dict[str, Any]) -> str:
            if "slow" in request["messages"][0]["content"]:
                await failed.wait()
                ended.append("slow")
                return "nothing"
            failed.set()
            return "no number"

        run = AsyncRun(lambda _: lm)
        with pytest.raises(ReplyError, match="nothing"):
            await run.gather(run.predict(template(1), x="slow"), run.predict(template(1), x="fast"))
        assert ended == ["slow"]

    asyncio.run(main())


@pytest.mark.parametrize("error", [CallError("no answer"), ValueError("whatever the lm raises")])
def test_an_lm_that_cannot_be_asked_ends_the_calls_beside_it(error: Exception) -> None:
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
            raise error

        run = AsyncRun(lambda _: lm)
        with pytest.raises(type(error)):
            await run.gather(run.predict(template(), x="fast"), run.predict(template(), x="slow"))
        assert ended == ["slow"]

    asyncio.run(main())


RUNS = [Run, AsyncRun]


def end(run: Run, program: Any) -> Any:
    """The value of a coroutine of a run of either kind."""
    return asyncio.run(program) if isinstance(run, AsyncRun) else run.finish(program)


@pytest.mark.parametrize("kind", RUNS)
def test_no_calls_give_no_results(kind: type[Run]) -> None:
    run = kind(lambda _: Replies())

    async def main() -> Any:
        return await run.gather()

    assert end(run, main()) == []


def test_a_sample_is_the_seed_of_its_request() -> None:
    lm = Replies("1", "2", "3")
    run = Run(lambda _: lm)
    for sample in (0, 1, 2):
        run.finish(run.predict(template(), sample, x="this"))
    assert [request.get("seed") for request in lm.requests] == [None, 1, 2]


# What a program catches


def either(kind: type[Run], lm: Any, first: Any) -> Any:
    """The value of the first coroutine, or the words of its failure."""
    run = kind(lambda _: lm)

    async def other(error: str) -> str:
        return error

    async def main() -> Any:
        return await run.either(first(run), other)

    return end(run, main())


@pytest.mark.parametrize("kind", RUNS)
def test_where_a_call_fails_its_words_stand_in(kind: type[Run]) -> None:
    found = either(kind, Replies("no", "none"), lambda run: run.predict(template(), x="a"))
    assert found == 'M.r: `n` must be a whole number, not "none"'
    assert either(kind, Replies("4"), lambda run: run.predict(template(), x="a")) == {"n": 4}


def raiser(error: BaseException) -> Any:
    async def fail(run: Run) -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ZeroDivisionError("integer modulo by zero"), "division by zero"),
        (IndexError("list index out of range"), "there is no item at this index"),
        (KeyError("name"), "there is no field `name`"),
        (TypeError("unsupported operand"), "a value is not of the type that is needed here"),
        (ValueError("not a number"), "not a number"),
        (re.error("unterminated", "[a"), "`[a` is not a regular expression"),
        (AssertionFailed("say less"), "say less"),
        (TooDeep("M calls itself deeper than 3"), "M calls itself deeper than 3"),
        (ToolError("ValueError: no such city"), "ValueError: no such city"),
    ],
)
def test_what_a_program_reads_of_a_failure(error: Exception, words: str) -> None:
    assert either(Run, None, raiser(error)) == words


@pytest.mark.parametrize(
    "error",
    [CallError("no answer"), AssertionError("a bug"), RuntimeError("a bug"), Misuse("wrong"), KeyboardInterrupt()],
)
def test_what_is_not_the_run_s_own_failure_comes_through(error: BaseException) -> None:
    with pytest.raises(type(error)):
        either(Run, None, raiser(error))


@pytest.mark.parametrize("kind", RUNS)
def test_an_lm_that_cannot_be_asked_is_not_caught_whatever_it_raises(kind: type[Run]) -> None:
    def lm(request: dict[str, Any]) -> str:
        raise ValueError("no connection")

    with pytest.raises(ValueError, match="no connection"):
        either(kind, lm, lambda run: run.predict(template(), x="a"))


# What is not an LM


@pytest.mark.parametrize("kind", RUNS)
@pytest.mark.parametrize("wait", [True, False])
def test_a_function_outside_the_program_may_block_or_wait(kind: type[Run], wait: bool) -> None:
    async def waiting(city: str, *, unit: str) -> str:
        await asyncio.sleep(0)
        return f"9 {unit} in {city}"

    def blocking(city: str, *, unit: str) -> str:
        return f"9 {unit} in {city}"

    run = kind(lambda _: Replies())
    assert end(run, run.use(waiting if wait else blocking, "Oslo", unit="C")) == "9 C in Oslo"


def test_a_function_that_blocks_does_not_block_the_event_loop() -> None:
    """Each call waits for the other: one after the other, they would wait for ever."""
    meeting = threading.Barrier(2)

    async def main() -> None:
        run = AsyncRun(lambda _: Replies())
        await run.gather(run.use(meeting.wait, 30), run.use(meeting.wait, 30))

    asyncio.run(main())


@pytest.mark.parametrize("kind", RUNS)
def test_a_function_that_fails_is_a_failure_of_the_run(kind: type[Run]) -> None:
    def lookup(city: str) -> str:
        raise OSError("no such city")

    run = kind(lambda _: Replies())
    with pytest.raises(ToolError, match=r"^OSError: no such city$") as error:
        end(run, run.use(lookup, "Atlantis"))
    assert isinstance(error.value.__cause__, OSError)


def test_an_lm_that_a_function_could_not_ask_is_no_failure_of_the_run() -> None:
    def search(query: str) -> None:
        raise CallError("no answer")

    run = Run(lambda _: Replies())
    with pytest.raises(CallError):
        end(run, run.use(search, "x"))


# Recursion


@pytest.mark.parametrize("kind", RUNS)
def test_a_module_calls_itself_as_deep_as_it_says(kind: type[Run]) -> None:
    run = kind(lambda _: Replies())

    async def solve(n: int) -> int:
        with run.depth("Solve", 3):
            return 0 if n == 0 else 1 + await solve(n - 1)

    async def both() -> Any:
        return await run.gather(solve(3), solve(3))

    assert end(run, both()) == [3, 3]
    with pytest.raises(TooDeep, match=r"^Solve calls itself deeper than 3$"):
        end(run, solve(4))
    assert end(run, solve(3)) == 3
