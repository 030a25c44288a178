"""A language model as a value: a request goes in, a reply comes out. Everything else wraps one in another."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from lmc.diagnostics import Diagnostic, Failure

DEFAULT_TOKENS = 512
"""The longest reply, in tokens, of a request that sets no `max_tokens`."""


@dataclass(frozen=True, slots=True)
class Request:
    """One call. `model` is the LM's reference (`local/smollm2-135m`); `body` is the body of an OpenAI-compatible
    request without `model`: `messages` (their content a text or a list of content parts) or `prompt`, `temperature`,
    `max_tokens`, `stop`, `seed`, `tools`, `tool_choice`, `grammar` or `response_format`, and for local models
    `lmc_prefix`. `logprobs`: true asks for the reply's `logprob`; `expect` is a text that is to be the reply, for LMs
    that can say how likely it is (see `can_score`). Never mutated. `sample` tells apart calls that are meant to differ
    (votes).

    `listen` is no part of the question: it is told each piece of the reply's text as it comes, in the event loop of
    the call, by LMs that can; never the pieces of a second attempt after those of a first."""

    model: str
    body: Mapping[str, Any]
    sample: int = 0
    listen: Callable[[str], None] | None = field(default=None, compare=False, repr=False, kw_only=True)
    _key: str = field(default="", init=False, compare=False, repr=False)

    @property
    def key(self) -> str:
        """The content address: SHA-256 (hex) of model, body and sample."""
        if self._key:
            return self._key
        text = json.dumps(
            [self.model, self.body, self.sample], sort_keys=True, ensure_ascii=False, separators=(",", ":")
        )
        # Several wrappers ask for it in one call, and hashing a long prompt is most of what a scripted call costs.
        object.__setattr__(self, "_key", hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest())
        return self._key

    @property
    def seed(self) -> int:
        """The seed of what is drawn by lot: the body's own, one further for each sample, or one that follows from the
        key, so that samples differ and each comes out the same again. Below 2^31."""
        chosen = self.body.get("seed")
        if isinstance(chosen, int):
            return (chosen + self.sample) % 2**31
        return int(self.key[:8], 16) % 2**31


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of a tool in the provider's own form. `arguments` is the JSON that the model wrote, right or wrong."""

    name: str
    arguments: str = "{}"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `finish` is "stop" or "length" (cut off at `max_tokens`). Tokens as the provider counted them,
    `cached_tokens` of the prompt's among them; `dollars` is the price in US dollars; `seconds` is the time that the
    provider took. `cached`: no provider was asked for it this time. `tool_calls` only where the request had `tools`.
    `logprob`: the natural log-probability of the text under the model itself, before any grammar or temperature, the
    token that ends it not counted; None where it was not asked for or the LM does not say. Two replies are equal when
    they say and cost the same."""

    text: str
    finish: str = "stop"
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    dollars: float = 0.0
    seconds: float = field(default=0.0, compare=False)
    cached: bool = field(default=False, compare=False)
    tool_calls: tuple[ToolCall, ...] = ()
    logprob: float | None = None

    @property
    def said(self) -> str:
        """The text, or what it would have been had the model called its tool in text (see `tool_reply`)."""
        if not self.tool_calls:
            return self.text
        from lmc.runtime.client import tool_reply

        calls = [{"function": {"name": one.name, "arguments": one.arguments}} for one in self.tool_calls]
        return tool_reply(self.text, calls)


@runtime_checkable
class LM(Protocol):
    """Anything that answers requests. Raises LMError when it cannot."""

    async def __call__(self, request: Request) -> Reply:
        """The reply to one request."""
        ...

    async def close(self) -> None:
        """Lets go of connections, files and threads. Idempotent."""
        ...


class LMError(Failure):
    """A call that got no reply. `transient`: the same call may succeed later, not before `after` seconds. `partial`: a
    part of a reply was told to the listener of the request, and cannot be taken back by another attempt."""

    def __init__(
        self, diagnostic: Diagnostic, *, transient: bool = False, after: float = 0.0, partial: bool = False
    ) -> None:
        super().__init__(diagnostic)
        self.transient = transient
        self.after = after
        self.partial = partial


class BudgetExceeded(Failure):
    """The next call could exceed the budget; it was not made."""
