"""A limit on what calls may take and cost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lmc.lm.base import DEFAULT_TOKENS, LM, BudgetExceeded, Reply, Request
from lmc.lm.content import content_bound
from lmc.lm.problems import budget_exceeded


@dataclass(frozen=True, slots=True)
class Amount:
    """So many calls, tokens (of prompts and replies) and US dollars."""

    calls: int = 0
    tokens: int = 0
    dollars: float = 0.0

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.calls + other.calls, self.tokens + other.tokens, self.dollars + other.dollars)

    def __sub__(self, other: Amount) -> Amount:
        return Amount(self.calls - other.calls, self.tokens - other.tokens, self.dollars - other.dollars)


@dataclass(slots=True)
class _Ledger:
    """What several budgets draw on together. `spent` is settled, `reserved` is the worst case of the calls under
    way."""

    limits: tuple[tuple[str, float], ...]
    spent: Amount = Amount()
    reserved: Amount = Amount()
    charged: set[str] = field(default_factory=set)
    pending: dict[str, asyncio.Event] = field(default_factory=dict)
    reused: int = 0
    waiting: list[asyncio.Event] = field(default_factory=list)

    def exceeded(self, amount: Amount) -> str | None:
        """The limit that an amount is beyond."""
        return next((name for name, limit in self.limits if getattr(amount, name) > limit), None)


class Budget:
    """Refuses, before it is made, the call of `inner` that could exceed `calls`, `tokens` or `dollars` (None: no
    limit of that kind), and raises BudgetExceeded.

    A call under way counts with its worst case: one token for each byte of its prompt, `max_tokens` of reply, `price`
    (dollars per million tokens of prompts and of replies). A call that fits only if those under way take less than
    that waits for them, in turn, so which call is refused follows from the order in which they are asked for and not
    from how many run at once. A call that fails costs nothing.

    Each request counts once: the same one again is free, after it was answered, and a cached reply costs what it cost
    when it was served.
    What a build may spend therefore does not depend on what is cached."""

    def __init__(
        self,
        inner: LM,
        calls: int | None = None,
        tokens: int | None = None,
        dollars: float | None = None,
        price: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        limits = {"calls": calls, "tokens": tokens, "dollars": dollars}
        self._inner = inner
        self._price = price
        self._ledger = _Ledger(tuple((name, limit) for name, limit in limits.items() if limit is not None))

    def also(self, inner: LM, price: tuple[float, float] = (0.0, 0.0)) -> Budget:
        """Another LM that spends from this budget."""
        other = Budget(inner, price=price)
        other._ledger = self._ledger
        return other

    @property
    def limits(self) -> tuple[tuple[str, float], ...]:
        """What may be spent, by name; a name that is absent has no limit."""
        return self._ledger.limits

    @property
    def spent(self) -> Amount:
        """What the calls that ended have taken and cost."""
        return self._ledger.spent

    @property
    def reused(self) -> int:
        """How many requests cost nothing, since they had been asked before."""
        return self._ledger.reused

    def pays_for(self) -> float:
        """About how many more calls the limits of tokens and dollars pay for, each taking what those so far took on
        the average; without end where neither is limited, and before the first call."""
        spent = self.spent
        found = [
            round((limit - taken) * spent.calls / taken, 6)
            for name, limit in self.limits
            if name != "calls" and (taken := round(getattr(spent, name), 9)) > 0
        ]
        return max(min(found, default=float("inf")), 0.0)

    def asked(self, request: Request) -> bool:
        """Whether a request was answered before, so that the same one again is free."""
        return request.key in self._ledger.charged

    async def __call__(self, request: Request) -> Reply:
        """The reply of `inner`. Raises BudgetExceeded."""
        ledger, key = self._ledger, request.key
        while (answered := ledger.pending.get(key)) is not None:
            await answered.wait()  # the first one may yet be refused, or fail
        if key in ledger.charged:
            ledger.reused += 1
            return await self._inner(request)
        ledger.pending[key] = asyncio.Event()
        try:
            reply = await self._paid(request)
            ledger.charged.add(key)
            return reply
        finally:
            ledger.pending.pop(key).set()

    async def _paid(self, request: Request) -> Reply:
        """The reply, which counts."""
        ledger, worst = self._ledger, self._worst(request)
        await self._admit(worst)
        try:
            reply = await self._inner(request)
            ledger.spent += Amount(1, reply.prompt_tokens + reply.completion_tokens, reply.dollars)
            return reply
        finally:
            ledger.reserved -= worst
            _wake(ledger)

    async def _admit(self, worst: Amount) -> None:
        """Reserves the worst case, when it is this call's turn and there is room."""
        ledger = self._ledger
        if not ledger.waiting and self._fits(worst):
            ledger.reserved += worst
            return
        turn = asyncio.Event()
        ledger.waiting.append(turn)
        try:
            while ledger.waiting[0] is not turn or not self._fits(worst):
                turn.clear()
                await turn.wait()
            ledger.reserved += worst
        finally:
            ledger.waiting.remove(turn)
            _wake(ledger)

    def _fits(self, worst: Amount) -> bool:
        """Whether there is room now; False when there may be later. Raises BudgetExceeded when there will never be."""
        ledger = self._ledger
        if limit := ledger.exceeded(ledger.spent + worst):
            raise BudgetExceeded(budget_exceeded(limit, dict(ledger.limits)[limit], getattr(ledger.spent, limit)))
        return ledger.exceeded(ledger.spent + ledger.reserved + worst) is None

    def _worst(self, request: Request) -> Amount:
        body = request.body
        prompt = prompt_bytes(body)
        reply = int(body.get("max_tokens") or body.get("max_completion_tokens") or DEFAULT_TOKENS)
        reply = 0 if "input" in body else reply
        price_in, price_out = self._price
        return Amount(1, prompt + reply, (prompt * price_in + reply * price_out) / 1e6)

    async def close(self) -> None:
        """Closes `inner`."""
        await self._inner.close()


def prompt_bytes(body: Mapping[str, Any]) -> int:
    """A bound on the tokens of a prompt: a token is a byte at least, and a chat template adds some to each message.
    Images, audio and files count with what providers charge at most (see `content_bound`), tools with their JSON."""
    for text in ("prompt", "input"):  # to complete, to embed
        if text in body:
            return len(str(body[text]).encode("utf-8", "surrogatepass")) + 8
    messages = body.get("messages", ())
    bound = sum(content_bound(message.get("content")) + 16 for message in messages) + 64
    calls = [message["tool_calls"] for message in messages if message.get("tool_calls")]
    return bound + sum(len(json.dumps(one).encode()) + 16 for one in [*calls, *body.get("tools", ())])


def _wake(ledger: _Ledger) -> None:
    """Lets the first in line look again."""
    if ledger.waiting:
        ledger.waiting[0].set()
