"""LMs of other machines, all through litellm: the one door by which it enters."""

from __future__ import annotations

import gc
import json
import logging
import os
import re
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from lmc.diagnostics import Diagnostic
from lmc.lm.base import DEFAULT_TOKENS, LMError, Reply, Request, ToolCall
from lmc.lm.likelihood import logprob_of, tokens_in
from lmc.lm.problems import (
    context_exceeded,
    key_missing,
    key_refused,
    model_unknown,
    not_a_reply,
    option_wrong,
    remote_missing,
    request_refused,
    unreachable,
)
from lmc.lm.stream import gather_calls

DEFAULT_TIMEOUT = 120.0
"""Seconds."""

_DROPPED = frozenset({"grammar", "lmc_prefix", "expect"})
_TOO_LONG = re.compile(r"context_length_exceeded|maximum context length|LMP0611|prompt is too long", re.IGNORECASE)
"""How providers say that a prompt does not fit into the context."""

_NO_JSON = re.compile(r"Expecting value|Empty or invalid response from LLM endpoint")
"""What the parser of JSON and litellm say of an answer that is something else, such as a web page."""

_PASSING = frozenset({408, 409, 425, 429})
_NO_KEY = "none"
_LEAD = re.compile(r"^(?:litellm\.\w+: )?(?:\w+(?:Error|Timeout): )*(?:\w+Exception - )?")
"""What litellm puts before the words of a provider."""


class RemoteLM:
    """The model that `reference` (`provider/model`) names, with the options of its declaration: `base_url` of an
    OpenAI-compatible server, `key` (the environment variable that holds the API key), `timeout` in seconds,
    `price_in` and `price_out` in US dollars per million tokens (else litellm's table; 0 where that knows no price).

    Raises LMError. Transient: LMP0606 (no answer, 408, 409, 425, 429, 5xx) and LMP0607 (an answer that is no reply).
    Not: LMP0603 (key), LMP0604 (model), LMP0605 (request), LMP0608 (options), LMP0612 (litellm is missing)."""

    def __init__(self, reference: str, options: Mapping[str, Any]) -> None:
        if find_spec("litellm") is None:
            raise LMError(remote_missing())
        provider, _, model = reference.partition("/")
        self._reference = reference
        self._base_url = _base_url(reference, options.get("base_url"))
        self.provider = "openai" if self._base_url and provider not in _PROVIDERS else provider
        self.model = model
        self._variable = _variable(reference, provider, options.get("key"))
        self._grammars = options.get("structured") == "grammar"
        self._timeout = _number(reference, "timeout", options.get("timeout", DEFAULT_TIMEOUT))
        prices = [options.get(name) for name in ("price_in", "price_out")]
        self._price: tuple[float, float] | None = None
        if prices != [None, None]:
            self._price = (
                _number(reference, "price_in", prices[0] or 0), _number(reference, "price_out", prices[1] or 0)
            )  # fmt: skip
        if not self._base_url and not os.environ.get(self._variable) and provider in _PROVIDERS:
            raise LMError(key_missing(reference, self._variable))

    async def __call__(self, request: Request) -> Reply:
        """The reply to one request."""
        litellm = _litellm()
        body = sent_body(request, self._grammars)
        call = litellm.acompletion
        provider = self.provider
        if "prompt" in body:
            call = litellm.atext_completion
            provider = "text-completion-openai" if provider == "openai" else provider
        if request.listen is not None:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        heard: list[str] = []
        started = time.monotonic()
        try:
            answer = await call(
                model=f"{provider}/{self.model}",
                num_retries=0,
                **self.access(),
                **body,
            )
            if request.listen is not None and hasattr(answer, "__aiter__"):
                answer = await _joined(answer, request.listen, heard)
            return self._reply(answer, time.monotonic() - started)
        except LMError:
            raise
        except Exception as error:
            failed = self.failure(error)
            failed.partial = bool(heard)
            raise failed from None

    def access(self) -> dict[str, Any]:
        """Where and with which key the provider is asked, as litellm takes it. Without retries, which `Retry` makes."""
        key = self._key() or (_NO_KEY if self._base_url else None)
        return {"api_base": self._base_url, "api_key": key, "timeout": self._timeout, "max_retries": 0}

    async def close(self) -> None:
        """Closes litellm's connections, those of all remote LMs."""
        litellm = sys.modules.get("litellm")
        if litellm is not None and hasattr(litellm, "close_litellm_async_clients"):
            with suppress(Exception):
                await litellm.close_litellm_async_clients()
            # A client that is closed must not be found again by another event loop.
            with suppress(Exception):
                litellm.in_memory_llm_clients_cache.flush_cache()

    def _key(self) -> str | None:
        return os.environ.get(self._variable) or None

    def _reply(self, answer: Any, seconds: float) -> Reply:
        fields = _plain(answer)
        try:
            choice = fields["choices"][0]
            text = choice["text"] if "text" in choice else choice["message"]["content"]
            calls = choice["message"].get("tool_calls") if "text" not in choice else None
        except (LookupError, TypeError):
            said = self.scrubbed(json.dumps(fields, default=str))
            raise LMError(not_a_reply(self._reference, said), transient=True) from None
        usage = fields.get("usage") or {}
        prompt, completion = (int(usage.get(name) or 0) for name in ("prompt_tokens", "completion_tokens"))
        return Reply(
            _whole(text or ""),
            "length" if choice.get("finish_reason") == "length" else "stop",
            prompt,
            completion,
            int((usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0),
            self._dollars(prompt, completion),
            seconds,
            tool_calls=tuple(_called(one) for one in calls or ()),
            logprob=logprob_of(text or "", scored) if (scored := tokens_in(choice)) else None,
        )

    def _dollars(self, prompt: int, completion: int) -> float:
        prompts, replies = self._price or listed_price(f"{self.provider}/{self.model}")
        return (prompt * prompts + completion * replies) / 1e6

    def failure(self, error: Exception) -> LMError:
        """What litellm raised, in lmc's words, without the key."""
        status = getattr(error, "status_code", None)
        kind = type(error).__name__
        said = self.scrubbed(str(getattr(error, "message", "") or error))
        said = _LEAD.sub("", said).partition("\n\nThis looks like a bug in LiteLLM")[0]
        diagnostic: Diagnostic
        match status:
            case _ if kind == "APIResponseValidationError" or _NO_JSON.search(said):
                return LMError(not_a_reply(self._reference, said), transient=True)
            case _ if kind == "ContextWindowExceededError" or (status in (400, 413, 422) and _TOO_LONG.search(said)):
                diagnostic = context_exceeded(self._reference, said)
            case 401 | 403:
                missing = self._key() is None
                make = key_missing(self._reference, self._variable) if missing else None
                diagnostic = make or key_refused(self._reference, self._variable, said)
            case 404 | 400 if status == 404 or "LLM Provider NOT provided" in said:
                diagnostic = model_unknown(self._reference, said)
            case int() if 400 <= status < 500 and status not in _PASSING:
                diagnostic = request_refused(self._reference, said)
            case _:
                return LMError(unreachable(self._reference, said), transient=True, after=_retry_after(error))
        return LMError(diagnostic)

    def scrubbed(self, text: str) -> str:
        """The text without the key, whole or as the providers abbreviate it."""
        key = self._key()
        if not key:
            return text
        text = text.replace(key, "…")
        if len(key) < 12:
            return text
        return re.sub(re.escape(key[:4]) + r"[\w*.\-]*" + re.escape(key[-4:]), "…", text)


_PROVIDERS: Mapping[str, str] = {
    "openai": "OPENAI_API_KEY",
    "anthropic": "ANTHROPIC_API_KEY",
    "azure": "AZURE_API_KEY",
    "cohere": "COHERE_API_KEY",
    "deepseek": "DEEPSEEK_API_KEY",
    "fireworks_ai": "FIREWORKS_API_KEY",
    "gemini": "GEMINI_API_KEY",
    "groq": "GROQ_API_KEY",
    "mistral": "MISTRAL_API_KEY",
    "openrouter": "OPENROUTER_API_KEY",
    "together_ai": "TOGETHERAI_API_KEY",
    "xai": "XAI_API_KEY",
}
"""The providers that need a key, and the environment variable that by custom holds it."""


def key_variable(reference: str) -> str | None:
    """The environment variable that by custom holds the key of a model's provider; None where none is needed."""
    return _PROVIDERS.get(reference.partition("/")[0])


def sent_body(request: Request, grammars: bool = False) -> dict[str, Any]:
    """What is sent of a request, without the model. A seed goes along with what is drawn by lot, so that samples differ
    and come again; litellm leaves it out where the provider takes none. `grammars`: the server takes them."""
    body = {name: value for name, value in request.body.items() if name not in _DROPPED}
    if grammars and "grammar" in request.body:
        body["extra_body"] = {"grammar": request.body["grammar"]}
    if "max_completion_tokens" not in body:
        body.setdefault("max_tokens", DEFAULT_TOKENS)
    if "seed" in body or body.get("temperature"):
        body["seed"] = request.seed
    if body.get("logprobs") and "prompt" in body:  # there it is the number of tokens to name at each place
        body["logprobs"] = 1
    return body


def listed_price(reference: str) -> tuple[float, float]:
    """US dollars per million tokens of prompts and of replies, as litellm's table has them; 0 for what it does not
    know."""
    if find_spec("litellm") is None:
        return 0.0, 0.0
    table, model = _litellm().model_cost, reference.partition("/")[2]
    tuned = ":".join(model.split(":")[:2])  # `ft:BASE:ORGANIZATION:NAME:ID`, listed as `ft:BASE`
    entry = table.get(reference) or table.get(model) or table.get(tuned) or {}
    prompts, replies = (float(entry.get(name) or 0) * 1e6 for name in ("input_cost_per_token", "output_cost_per_token"))
    return prompts, replies


def _litellm() -> ModuleType:
    """litellm, quiet and offline: it costs seconds to import, fetches a table of prices, and logs what it does."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    os.environ.setdefault("LITELLM_LOG", "CRITICAL")
    collecting = gc.isenabled()
    gc.disable()  # 300,000 objects that stay: collecting meanwhile, and at the end, takes a quarter of the time
    try:
        import litellm
    finally:
        if collecting:
            gc.enable()

    warnings.filterwarnings("ignore", category=UserWarning, module=r"(pydantic|litellm)\b")
    warnings.filterwarnings("ignore", r"Accessing the 'model_", DeprecationWarning)  # litellm, of every chunk
    # A call that is cancelled at the wrong moment leaves a coroutine within litellm that never began.
    warnings.filterwarnings("ignore", r"coroutine '.*completion' was never awaited", RuntimeWarning)
    if not getattr(litellm, "_lmc_quiet", False):
        litellm.telemetry = False
        litellm.suppress_debug_info = True
        litellm.drop_params = True
        litellm.disable_aiohttp_transport = True  # it leaves sessions open, and says so at the end
        litellm._lmc_quiet = True
        gc.freeze()  # each full collection would take 0.13 s to go through what stays
        for name in ("LiteLLM", "LiteLLM Proxy", "LiteLLM Router", "openai", "httpx"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
    module: ModuleType = litellm
    return module


async def _joined(chunks: Any, listen: Callable[[str], None], heard: list[str]) -> dict[str, Any]:
    """The whole answer that a stream's chunks make up; each piece of its text is told as it comes, and kept."""
    choice: dict[str, Any] = {"finish_reason": None}
    calls: dict[int, list[str]] = {}
    usage: Any = None
    rest = ""
    async for one in chunks:
        chunk = _plain(one)
        usage = chunk.get("usage") or usage
        for part in (chunk.get("choices") or ())[:1]:
            delta = part.get("delta") or {}
            piece = rest + (part.get("text") or delta.get("content") or "")
            cut = len(piece) - ("\ud800" <= piece[-1:] <= "\udbff")  # half a character; the other half comes next
            piece, rest = _whole(piece[:cut]), piece[cut:]
            if piece:
                heard.append(piece)
                listen(piece)
            gather_calls(calls, delta.get("tool_calls"))
            choice["finish_reason"] = part.get("finish_reason") or choice["finish_reason"]
    if not heard and not calls and choice["finish_reason"] is None:
        return {}
    written = [{"function": {"name": name, "arguments": given}} for _, (name, given) in sorted(calls.items())]
    message = {"content": "".join(heard) + _whole(rest), "tool_calls": written}
    return {"choices": [{**choice, "message": message}], "usage": usage}


def _called(one: Mapping[str, Any]) -> ToolCall:
    function = one.get("function") or {}
    given = function.get("arguments")
    return ToolCall(str(function.get("name") or ""), given if isinstance(given, str) else json.dumps(given or {}))


def _whole(text: str) -> str:
    """The text without halves of characters: a reply that is cut off may end with one."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _plain(answer: Any) -> Any:
    return answer.model_dump() if hasattr(answer, "model_dump") else answer


def _base_url(reference: str, value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not value.startswith(("http://", "https://")):
        raise LMError(option_wrong(reference, "base_url", "a URL that begins with `http://` or `https://`"))
    return value.rstrip("/")


def _variable(reference: str, provider: str, value: Any) -> str:
    if value is None:
        return _PROVIDERS.get(provider, f"{provider.upper()}_API_KEY")
    if not isinstance(value, str) or not value.isidentifier():
        raise LMError(option_wrong(reference, "key", "the name of an environment variable, never the key itself"))
    return value


def _number(reference: str, option: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        raise LMError(option_wrong(reference, option, "a number that is not negative"))
    return float(value)


def _retry_after(error: Exception) -> float:
    """The seconds that the provider asks to wait (RFC 9110, 10.2.3: a number or a date)."""
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    headers = getattr(error, "litellm_response_headers", None) or headers
    value = headers.get("retry-after") or headers.get("Retry-After") or ""
    with suppress(ValueError):
        return max(0.0, float(value))
    with suppress(ValueError, TypeError):
        from email.utils import parsedate_to_datetime

        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    return 0.0
