"""A budget is never exceeded, and what it allows does not depend on chance."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from lmc.lm import LM, BudgetExceeded, LMError, Reply, Request
from lmc.lm.budget import Amount, Budget, prompt_bytes
from lmc.lm.problems import unreachable
from lmc.lm.scripted import Scripted

Says = Callable[..., Request]


def priced(request: Request) -> Reply:
    return Reply("x", prompt_tokens=10, completion_tokens=5, dollars=0.25)


def ask(lm: LM, *requests: Request) -> list[Reply | BaseException]:
    """Asks all at once."""

    async def run() -> list[Reply | BaseException]:
        return await asyncio.gather(*(lm(one) for one in requests), return_exceptions=True)

    return asyncio.run(run())


def test_the_call_that_would_exceed_is_not_made(says: Says) -> None:
    inner = Scripted(priced)
    lm = Budget(inner, calls=2)
    replies = ask(lm, *(says(str(number)) for number in range(4)))
    assert [isinstance(one, BudgetExceeded) for one in replies] == [False, False, True, True]
    assert len(inner.calls) == 2
    assert lm.spent == Amount(2, 30, 0.5)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"calls": 0}, "the budget of 0 calls"),
        ({"tokens": 50}, "the budget of 50 tokens"),
        ({"dollars": 0.000001}, "the budget of $1e-06"),
    ],
)
def test_it_says_which_limit_is_reached(says: Says, limits: dict[str, float], words: str) -> None:
    lm = Budget(Scripted(priced), **limits, price=(1.0, 1.0))  # type: ignore[arg-type]
    with pytest.raises(BudgetExceeded, match="does not allow the next call") as failed:
        asyncio.run(lm(says("a", max_tokens=8)))
    assert failed.value.diagnostic.code == "LMP0601"
    assert failed.value.diagnostic.message.startswith(words)


def test_the_worst_case_counts_before_the_call_and_the_real_one_after(says: Says) -> None:
    worst = prompt_bytes(says("a").body) + 100
    lm = Budget(Scripted(priced), tokens=worst + 15)
    asyncio.run(lm(says("a", max_tokens=100)))
    asyncio.run(lm(says("b", max_tokens=100)))
    with pytest.raises(BudgetExceeded):
        asyncio.run(lm(says("c", max_tokens=100)))
    assert lm.spent.tokens == 30


def test_the_bound_on_a_prompt_holds_for_every_script(says: Says) -> None:
    assert prompt_bytes(says("你好").body) >= 6
    assert prompt_bytes({"prompt": "12345"}) >= 5


@pytest.mark.parametrize("latency", [0.0, 0.001])
def test_how_many_run_at_once_changes_nothing(says: Says, latency: float) -> None:
    requests = [says(str(number), max_tokens=100) for number in range(30)]
    limit = prompt_bytes(requests[0].body) + 100 + 15 * 9
    at_once = ask(Budget(Scripted(priced, latency), tokens=limit), *requests)

    async def in_turn() -> list[bool]:
        lm, refused = Budget(Scripted(priced), tokens=limit), []
        for one in requests:
            try:
                await lm(one)
            except BudgetExceeded:
                refused.append(True)
            else:
                refused.append(False)
        return refused

    assert [isinstance(one, BudgetExceeded) for one in at_once] == asyncio.run(in_turn())
    assert sum(not isinstance(one, BudgetExceeded) for one in at_once) == 10


def test_the_same_request_again_is_free(says: Says) -> None:
    lm = Budget(Scripted(priced), calls=1)
    ask(lm, says("a"), says("a"), says("a"))
    assert lm.spent.calls == 1


def test_of_equal_requests_at_once_none_slips_by(says: Says) -> None:
    """While the first of them waits for room, the second is not yet free: the first may be refused."""
    inner = Scripted(lambda _: Reply("x", prompt_tokens=60), 0.001)
    lm = Budget(inner, tokens=prompt_bytes(says("a").body) + 20)
    replies = ask(lm, *(says(text, max_tokens=8) for text in "abbccdd"))
    assert [isinstance(one, BudgetExceeded) for one in replies] == [False, *[True] * 6]
    assert len(inner.calls) == 1
    assert lm.spent == Amount(1, 60)


def test_of_equal_requests_at_once_the_second_counts_where_the_first_fails(says: Says) -> None:
    left = [LMError(unreachable("m", ""), transient=True)]

    def reply(request: Request) -> Reply:
        if left:
            raise left.pop()
        return priced(request)

    lm = Budget(Scripted(reply, 0.001), calls=2)
    first, *others = ask(lm, *[says("a")] * 3)
    assert isinstance(first, LMError)
    assert [one.text for one in others if isinstance(one, Reply)] == ["x", "x"]
    assert lm.spent.calls == 1


def test_what_is_left_pays_for_calls_like_those_so_far(says: Says) -> None:
    lm = Budget(Scripted(priced), calls=5, tokens=1000, dollars=2.0)
    assert lm.pays_for() == float("inf")
    ask(lm, says("a", max_tokens=8), says("b", max_tokens=8))
    assert lm.pays_for() == pytest.approx(1.5 / 0.25)
    assert Budget(Scripted(priced), calls=5).pays_for() == float("inf")


def test_a_cached_reply_costs_what_it_cost_when_it_was_served(says: Says) -> None:
    lm = Budget(Scripted(lambda one: replace(priced(one), cached=True)), calls=1)
    replies = ask(lm, says("a"), says("b"))
    assert isinstance(replies[1], BudgetExceeded)
    assert lm.spent == Amount(1, 15, 0.25)


def test_a_call_that_fails_costs_nothing(says: Says) -> None:
    left = [LMError(unreachable("m", ""), transient=True)]

    def reply(request: Request) -> Reply:
        if left:
            raise left.pop()
        return priced(request)

    lm = Budget(Scripted(reply), calls=1)
    replies = ask(lm, says("a"), says("b"))
    assert isinstance(replies[0], LMError)
    assert isinstance(replies[1], Reply)
    assert lm.spent.calls == 1


def test_a_cancelled_call_gives_its_place_back(says: Says) -> None:
    async def run() -> Reply:
        lm = Budget(Scripted(priced, latency=3600), calls=1)
        first = asyncio.create_task(lm(says("a")))
        await asyncio.sleep(0)
        waiting = asyncio.create_task(lm(says("b")))
        await asyncio.sleep(0)
        also = lm.also(Scripted(priced))
        last = asyncio.create_task(also(says("c")))
        await asyncio.sleep(0)
        waiting.cancel()
        first.cancel()
        return await last

    assert asyncio.run(run()) == Reply("x", prompt_tokens=10, completion_tokens=5, dollars=0.25)


def test_several_lms_can_spend_from_one_budget(says: Says) -> None:
    small = Budget(Scripted(priced), calls=2)
    big = small.also(Scripted(priced))
    ask(small, says("a", "local/small"))
    ask(big, says("a", "openai/big"))
    assert isinstance(ask(small, says("b", "local/small"))[0], BudgetExceeded)
    assert small.spent == big.spent == Amount(2, 30, 0.5)
