"""A language model as a value: a request goes in, a reply comes out. Everything else wraps one in another."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from lmc.diagnostics import Diagnostic, Failure

DEFAULT_TOKENS = 512
"""The longest reply, in tokens, of a request that sets no `max_tokens`."""


@dataclass(frozen=True, slots=True)
class Request:
    """One call. `model` is the LM's reference (`local/smollm2-135m`); `body` is the body of an OpenAI-compatible
    request without `model`: `messages` or `prompt`, `temperature`, `max_tokens`, `stop`, `grammar` or
    `response_format`, and for local models `lmc_prefix`. Never mutated. `sample` tells apart calls that are meant to
    differ (votes)."""

    model: str
    body: Mapping[str, Any]
    sample: int = 0
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


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `finish` is "stop" or "length" (cut off at `max_tokens`). Tokens as the provider counted them,
    `cached_tokens` of the prompt's among them; `dollars` is the price in US dollars; `seconds` is the time that the
    provider took. `cached`: no provider was asked for it this time. Two replies are equal when they say and cost the
    same."""

    text: str
    finish: str = "stop"
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    dollars: float = 0.0
    seconds: float = field(default=0.0, compare=False)
    cached: bool = field(default=False, compare=False)


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
    """A call that got no reply. `transient`: the same call may succeed later, not before `after` seconds."""

    def __init__(self, diagnostic: Diagnostic, *, transient: bool = False, after: float = 0.0) -> None:
        super().__init__(diagnostic)
        self.transient = transient
        self.after = after


class BudgetExceeded(Failure):
    """The next call could exceed the budget; it was not made."""
