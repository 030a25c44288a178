"""llama.cpp in this process: one loaded model that completes texts."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from lmc.lm.base import DEFAULT_TOKENS, LMError, Reply, ToolCall
from lmc.lm.content import in_text, media_in
from lmc.lm.likelihood import logprob_of, tokens_in
from lmc.lm.prefix import Message, Stable, chat_prefix, stable_part, within
from lmc.lm.problems import local_missing, local_refused, media_refused, model_unloadable, prompt_too_long
from lmc.lm.stream import gather_calls

_PASSED = (
    "grammar", "stop", "top_p", "top_k", "min_p", "logit_bias",
    "repeat_penalty", "presence_penalty", "frequency_penalty",
)  # fmt: skip

LOGPROBS = {"n_probs": 1, "post_sampling_probs": False}
"""Asks for the log-probability of each token that is said, as the model itself has it."""

FORCE = 10_000.0
"""What is added to the logit of a token that must be said."""

Heard: TypeAlias = Callable[[str], None] | None
"""Is told the pieces of a reply."""


class Llama:
    """A model, loaded. It answers one request at a time in each of its `slots`; only with one is a reply
    reproducible.

    With several slots, or a slot that holds the rest of another prompt, the bits of the logits depend on what else
    was asked: llama.cpp evaluates a prompt in batches, and rounding depends on where they are cut. So each prompt is
    evaluated in three steps whose cuts follow from the request alone: its constant part from nothing (once, while
    requests share it), the last token of that part again, then the rest. The second step is left out where the slot
    holds a prompt that has just this part in common with the next: then it would change nothing."""

    def __init__(self, path: Path, name: str, context: int, threads: int, slots: int = 1, warm: bool = True) -> None:
        self.name = name
        self.context = context
        self._loaded: str | None = None
        self._base: list[int] = []
        self._last: list[int] = []
        self._prefixes: dict[Stable, str] = {}
        self._key = secrets.token_hex(16)
        self._server = _load(path, context, threads, slots, self._key, warm)

    def reply(self, body: Mapping[str, Any], seed: int, unwanted: Callable[[], bool], heard: Heard) -> Reply:
        """The reply to a request, the same whatever was asked before. When `unwanted` becomes true, generation ends
        early; `heard` is told each piece of the text. Raises LMError: LMP0611 for a prompt that is too long, LMP0613
        for one that the model cannot take, LMP0615 for one with images, audio or files."""
        started = time.monotonic()
        body = self._readable(body)
        if body.get("tools"):
            return self._with_tools(body, seed, False, unwanted, heard)
        prompt, prefix = self._prompt(body)
        tokens: list[int] = []
        if prefix:
            tokens = self._tokens(prompt)
            self._prime(prefix, tokens)
        else:
            self._loaded = None
        self._last = []
        asked = {**_options(body, seed), "prompt": prompt, "cache_prompt": bool(prefix)}
        answer = self._answer(body, asked, tokens, unwanted, heard)
        if not unwanted():
            self._last = tokens
        return _reply(answer, time.monotonic() - started)

    def quick_reply(self, body: Mapping[str, Any], seed: int, unwanted: Callable[[], bool], heard: Heard) -> Reply:
        """The reply to a request, using whatever a slot holds: faster, and not reproducible to the last bit."""
        started = time.monotonic()
        body = self._readable(body)
        if body.get("tools"):
            return self._with_tools(body, seed, True, unwanted, heard)
        prompt = self._chat(body["messages"]) if "messages" in body else str(body["prompt"])
        asked = {**_options(body, seed), "prompt": prompt, "cache_prompt": True}
        return _reply(self._answer(body, asked, [], unwanted, heard), time.monotonic() - started)

    def written(self, body: Mapping[str, Any]) -> tuple[str, int]:
        """The text that a request becomes, and how many tokens it has. Nothing is inferred; what is said of tools in
        the model's chat template is not in it."""
        body = self._readable(body)
        text = self._chat(body["messages"]) if "messages" in body else str(body["prompt"])
        return text, len(self._tokens(text))

    def close(self) -> None:
        """Lets go of the model."""
        self._server = None

    def _readable(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """The body with plain text for content."""
        if "messages" not in body:
            return body
        if (kind := media_in(body["messages"])) is not None:
            raise LMError(media_refused(self.name, kind))
        return {**body, "messages": in_text(body["messages"])}

    def _with_tools(
        self, body: Mapping[str, Any], seed: int, cached: bool, unwanted: Callable[[], bool], heard: Heard
    ) -> Reply:
        """The reply to a chat with tools, which llama.cpp alone can write into the prompt and read from the reply, by
        the model's chat template; a template without tools leaves them out."""
        started = time.monotonic()
        self._loaded, self._last = None, []
        options = {name: one for name, one in _options(body, seed).items() if name not in ("grammar", "json_schema")}
        asked = {
            name: body[name] for name in ("messages", "tools", "tool_choice", "parallel_tool_calls") if name in body
        }
        answer = self._complete({**options, **asked, "cache_prompt": cached}, unwanted, heard)
        return _reply(answer, time.monotonic() - started)

    def _answer(
        self,
        body: Mapping[str, Any],
        asked: dict[str, Any],
        tokens: list[int],
        unwanted: Callable[[], bool],
        heard: Heard,
    ) -> dict[str, Any]:
        """What is asked for, completed; or, of a reply that is expected, how likely it is. `tokens`: those of the
        prompt, if they are known."""
        if isinstance(body.get("expect"), str):
            prompt = asked["prompt"]
            tokens = tokens or self._tokens(prompt)
            answer = self._forced(tokens, self._continuation(prompt, tokens, body["expect"]), asked, unwanted)
            if heard is not None:
                heard(body["expect"])
            return {**answer, "text": body["expect"], "logprob": logprob_of(body["expect"], answer["scored"])}
        answer = self._complete({**asked, **(LOGPROBS if body.get("logprobs") else {})}, unwanted, heard)
        return {**answer, "logprob": logprob_of(answer["text"], answer["scored"]) if body.get("logprobs") else None}

    def _forced(
        self, prompt: list[int], tokens: list[int], asked: dict[str, Any], unwanted: Callable[[], bool]
    ) -> dict[str, Any]:
        """llama.cpp's answer when it is made to say these tokens. They are those that it would cut the text into: a
        grammar of the text would let it choose others, which it never learned to read and finds far less likely. The
        last one need not be evaluated, so that a label of one token costs no step beyond the prompt. Of a token that is
        a part of a character llama.cpp tells nothing."""
        scored: list[tuple[bytes, float]] = []
        usage: dict[str, Any] = {}
        for number, token in enumerate(tokens):
            force = {"n_predict": 1, "temperature": 0, "logit_bias": [[token, FORCE]], "stream": False, **LOGPROBS}
            cached = asked["cache_prompt"] or number > 0
            one = self._complete({"prompt": prompt + tokens[:number], "cache_prompt": cached, **force}, unwanted)
            scored += one["scored"]
            usage = {**(usage or one["usage"]), "completion_tokens": number + 1}
            if unwanted() or not one["scored"]:
                break
        return {"usage": usage, "tool_calls": (), "scored": scored}

    def _continuation(self, prompt: str, before: list[int], text: str) -> list[int]:
        """The tokens of a text that follows a prompt of these tokens."""
        whole = self._tokens(prompt + text)
        if whole[: len(before)] == before:
            return whole[len(before) :]
        return self._tokens(text, alone=True)

    def _prompt(self, body: Mapping[str, Any]) -> tuple[str, str]:
        """The text to complete and the constant part that it begins with."""
        stable = stable_part(body)
        if "messages" not in body:
            return str(body["prompt"]), stable.beginning
        prompt = self._chat(body["messages"])
        prefix = self._prefixes.get(stable)
        if prefix is None:
            prefix = self._prefixes[stable] = chat_prefix(stable, self._chat)
        return prompt, within(prefix, prompt)

    def _prime(self, prefix: str, tokens: list[int]) -> None:
        """Brings the slot to the state "the prefix, its last token evaluated by itself"."""
        if len(tokens) >= self.context:
            raise LMError(prompt_too_long(self.name, len(tokens), self.context))
        fill: dict[str, Any] = {"prompt": prefix, "n_predict": 0, "temperature": 0, "cache_prompt": True}
        if self._loaded != prefix:
            self._loaded = None
            self._base = self._tokens(prefix)
            self._complete({**fill, "cache_prompt": False})
            self._loaded = prefix
        elif self._parted(tokens):
            return
        self._complete(fill)

    def _parted(self, tokens: list[int]) -> bool:
        """Whether a prompt and the one in the slot part just where the loaded prefix ends."""
        end = len(self._base)
        last = self._last
        return (
            end < min(len(last), len(tokens)) and last[:end] == tokens[:end] == self._base and last[end] != tokens[end]
        )

    def _complete(
        self, body: dict[str, Any], unwanted: Callable[[], bool] = lambda: False, heard: Heard = None
    ) -> dict[str, Any]:
        """llama.cpp's last chunk for a completion, with the whole text in `text`, the calls of tools, their pieces put
        together, in `tool_calls`, and in `scored` the tokens with their log-probabilities, where these were asked
        for."""
        texts: list[str] = []
        scored: list[tuple[bytes, float]] = []
        calls: dict[int, list[str]] = {}
        last: dict[str, Any] = {}

        def take(chunk: dict[str, Any]) -> bool:
            # The usage of a chat comes in a chunk without choices; why the reply ended stood in the one before.
            last.update({name: value for name, value in chunk.items() if name != "choices" or value})
            for choice in chunk.get("choices", ())[:1]:
                delta = choice.get("delta") or {}
                piece = choice.get("text") or delta.get("content") or ""
                texts.append(piece)
                scored.extend(tokens_in(choice))
                gather_calls(calls, delta.get("tool_calls"))
                if piece and heard is not None:
                    heard(piece)
            return unwanted()

        ask = self._server.handle_completions if "prompt" in body else self._server.handle_chat_completions
        stream = {"stream": True, "stream_options": {"include_usage": True}} if body.get("stream", True) else {}
        ask({**body, **stream}, take)
        if "error" in last:
            self._loaded = None
            raise self._error(last["error"])
        called = tuple(ToolCall(*calls[one]) for one in sorted(calls))
        return {**last, "text": "".join(texts), "tool_calls": called, "scored": scored}

    def _error(self, error: Mapping[str, Any]) -> LMError:
        if error.get("type") == "exceed_context_size_error":
            return LMError(prompt_too_long(self.name, error["n_prompt_tokens"], error["n_ctx"]))
        return LMError(local_refused(self.name, str(error.get("message", ""))))

    def _chat(self, messages: list[Message]) -> str:
        """A chat as the model's own template writes it, up to where the reply begins."""
        return str(self._post("/apply-template", {"messages": messages})["prompt"])

    def _tokens(self, text: str, alone: bool = False) -> list[int]:
        """The tokens of a text, as a completion of it has them, or as it has them by itself, with none to begin it."""
        found = self._post("/tokenize", {"content": text, "add_special": not alone, "parse_special": not alone})
        return list(found["tokens"])

    def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Asks the endpoints of llama.cpp that it offers over its loopback port only."""
        import urllib.error
        import urllib.request

        headers = {"content-type": "application/json", "authorization": f"Bearer {self._key}"}
        post = urllib.request.Request(self._server.listening_address + path, json.dumps(body).encode(), headers)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(post, timeout=60) as response:
                answer: dict[str, Any] = json.load(response)
                return answer
        except urllib.error.HTTPError as error:
            with error:
                said = error.read(2000).decode(errors="replace")
            raise LMError(local_refused(self.name, said)) from None


def _load(path: Path, context: int, threads: int, slots: int, key: str, warm: bool) -> Any:
    """The server of xllamacpp. It listens on a port of loopback, which only who knows `key` can use. `warm`: it tries
    the model out once, so that the first reply comes as quickly as the others."""
    try:
        import xllamacpp
    except ImportError:
        raise LMError(local_missing()) from None
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx = context * slots
    params.n_parallel = slots
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.n_threads_http = 2
    params.verbosity = -1
    params.warmup = warm
    params.api_keys = [key]
    params.ui = params.endpoint_slots = False
    # Whatever else could bring back an earlier state of a slot would make a reply depend on what was asked before.
    params.cache_ram_mib = params.n_ctx_checkpoints = 0
    params.swa_full = True
    try:
        return xllamacpp.Server(params)
    except RuntimeError:
        raise LMError(model_unloadable(path)) from None


def _options(body: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """The body of a request, but for its prompt, in the words of llama.cpp."""
    options = {name: body[name] for name in _PASSED if body.get(name) is not None}
    longest = body.get("max_tokens", body.get("max_completion_tokens"))
    options["n_predict"] = DEFAULT_TOKENS if longest is None else max(0, int(longest))
    options["temperature"] = body.get("temperature", 0)
    if isinstance(options.get("logit_bias"), Mapping):
        options["logit_bias"] = [[int(token), bias] for token, bias in options["logit_bias"].items()]
    options["seed"] = seed
    match body.get("response_format"):
        case {"type": "json_schema", "json_schema": {"schema": dict(schema)}} if "grammar" not in options:
            from lmc.prompts.grammar import json_grammar  # the whole front of the compiler comes with it

            grammar = json_grammar(schema)
            options |= {"json_schema": schema} if grammar is None else {"grammar": grammar}
        case {"type": "json_object"}:
            options["json_schema"] = {"type": "object"}
    return options


def _reply(answer: Mapping[str, Any], seconds: float) -> Reply:
    usage = answer.get("usage") or {}
    choice = (answer.get("choices") or [{}])[0]
    return Reply(
        answer["text"],
        "length" if choice.get("finish_reason") == "length" else "stop",
        usage.get("prompt_tokens", 0),
        usage.get("completion_tokens", 0),
        (usage.get("prompt_tokens_details") or {}).get("cached_tokens", 0),
        seconds=seconds,
        tool_calls=answer["tool_calls"],
        logprob=answer.get("logprob"),
    )
