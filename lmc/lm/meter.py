"""What calls took and cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lmc.lm.base import LM, Reply, Request


@dataclass(frozen=True, slots=True)
class Usage:
    """`served` calls that a provider answered, with their tokens (`cached_tokens` of the prompts' among them), US
    dollars and seconds; `cached` calls that none had to."""

    served: int = 0
    cached: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    dollars: float = 0.0
    seconds: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        """Both together."""
        return Usage(
            self.served + other.served,
            self.cached + other.cached,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cached_tokens + other.cached_tokens,
            self.dollars + other.dollars,
            self.seconds + other.seconds,
        )


class Meter:
    """Counts the replies of `inner`, by provider (what stands before the first `/` of a request's model). `on_change`
    is called after each one and must be quick."""

    def __init__(self, inner: LM, on_change: Callable[[], None] | None = None) -> None:
        self._inner = inner
        self._on_change = on_change
        self._counts: dict[str, list[float]] = {}

    async def __call__(self, request: Request) -> Reply:
        """The reply of `inner`."""
        reply = await self._inner(request)
        counts = self._counts.get(request.model)
        if counts is None:
            counts = self._counts[request.model] = [0, 0, 0, 0, 0, 0.0, 0.0]
        if reply.cached:
            counts[1] += 1
        else:
            counts[0] += 1
            counts[2] += reply.prompt_tokens
            counts[3] += reply.completion_tokens
            counts[4] += reply.cached_tokens
            counts[5] += reply.dollars
            counts[6] += reply.seconds
        if self._on_change is not None:
            self._on_change()
        return reply

    @property
    def usage(self) -> Usage:
        """Everything so far."""
        return sum(self.by_provider.values(), Usage())

    @property
    def by_provider(self) -> Mapping[str, Usage]:
        """The same by provider, in the order of their first calls."""
        found: dict[str, Usage] = {}
        for model, (served, cached, prompt, completion, reused, dollars, seconds) in self._counts.items():
            one = Usage(int(served), int(cached), int(prompt), int(completion), int(reused), dollars, seconds)
            provider = model.partition("/")[0]
            found[provider] = found.get(provider, Usage()) + one
        return found

    async def close(self) -> None:
        """Closes `inner`."""
        await self._inner.close()
