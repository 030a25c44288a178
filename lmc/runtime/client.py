"""A client of any OpenAI-compatible server, over urllib."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from lmc.runtime.failure import CallError
from lmc.runtime.prompt import Request, Template
from lmc.runtime.run import LM

Server: TypeAlias = dict[str, Any]
"""Where an LM is asked: `reference` as declared, `model`, `base_url` (ends with /v1; empty: none is known), `key` (the
environment variable with the API key), `dropped` (the fields of a request that the server does not take), and, where
declared, `retries`, `timeout` in seconds and `fallback`, the name of the LM that is asked when this one fails."""


def lm_chooser(lm: LM | None, servers: dict[str, Server]) -> Callable[[Template], LM]:
    """Which LM a call goes to: to the given one, else to the server of the template's LM."""

    def choose(template: Template) -> LM:
        return server_lm(template["lm"], servers) if lm is None else lm

    return choose


def server_lm(name: str, servers: dict[str, Server]) -> LM:
    """The client of a declared LM. The environment variables LMC_NAME_BASE_URL, LMC_NAME_MODEL and LMC_NAME_KEY (NAME
    is the LM's name in capitals; the last names the variable that holds the key) count before the declaration."""
    import os

    server, prefix = servers[name], f"LMC_{name.upper()}"
    base_url: str = os.environ.get(f"{prefix}_BASE_URL") or server["base_url"]
    if not base_url:
        problem = f"no OpenAI-compatible server is known for {server['reference']}"
        raise CallError(f"{problem}: pass an `lm`, or set {prefix}_BASE_URL to one that serves it")
    first = openai_client(
        os.environ.get(f"{prefix}_MODEL") or server["model"],
        base_url,
        os.environ.get(f"{prefix}_KEY") or server["key"],
        tries=server.get("retries", 4) + 1,
        timeout=server.get("timeout", 120.0),
        dropped=server["dropped"],
    )
    fallback = server.get("fallback")
    return first if fallback is None else with_fallback(first, lambda: server_lm(fallback, servers))


def with_fallback(first: Callable[[Request], str], second: Callable[[], LM]) -> LM:
    """An `lm` that asks the second where the first fails."""

    def call(request: Request) -> Any:
        try:
            return first(request)
        except CallError:
            other = second()
        return other(request)

    return call


def openai_client(
    model: str,
    base_url: str,
    key: str | None = None,
    *,
    tries: int = 5,
    timeout: float = 120.0,
    dropped: list[str] | None = None,
) -> Callable[[Request], str]:
    """An `lm` that asks `model` at `base_url` (which ends with /v1), with the API key in the environment variable
    `key`, leaving out the `dropped` fields of a request. A dropped connection, a time-out (in seconds) and the statuses
    408, 409, 425, 429 and 5xx are tried again, after pauses that double or that the server asks for. Raises CallError,
    whose message never holds the key."""

    import json

    def call(request: Request) -> str:
        import os
        import time

        path = "/completions" if "prompt" in request else "/chat/completions"
        sent = {name: value for name, value in request.items() if name not in (dropped or ())}
        body = json.dumps({"model": model, **sent}).encode()
        secret = os.environ.get(key) if key else None
        problem, pause = "", 0.0
        for attempt in range(tries):
            if attempt:
                time.sleep(min(max(2.0**attempt / 2, pause), 30.0))
            status, text, pause = post(base_url.rstrip("/") + path, body, secret, timeout)
            if status == 200:
                try:
                    return reply_text(json.loads(text))
                except ValueError as error:
                    text = str(error)
            problem = text if status <= 200 else f"status {status}: {text}"
            if status > 200 and status not in (408, 409, 425, 429) and status < 500:
                break
        raise CallError(scrub(f"{base_url} did not answer with a reply: {problem}", secret))

    return call


def post(url: str, body: bytes, secret: str | None, timeout: float) -> tuple[int, str, float]:
    """Posts JSON: the status (0: no answer), the text of the answer or of the problem, and the seconds for which the
    server wants to be left alone."""
    import http.client
    import urllib.error
    import urllib.request

    try:
        message = urllib.request.Request(url, body, {"content-type": "application/json"}, method="POST")
        if secret:
            # A redirect must not take the key to another host.
            message.add_unredirected_header("authorization", f"Bearer {secret}")
        local = message.host.split(":")[0] in ("127.0.0.1", "localhost")
        proxies = [urllib.request.ProxyHandler({})] if local else []
        with urllib.request.build_opener(*proxies).open(message, timeout=timeout) as response:
            return response.status, response.read().decode("utf-8", "replace"), 0.0
    except urllib.error.HTTPError as error:
        with error:
            after = error.headers.get("retry-after", "")
            said = error.read(500).decode("utf-8", "replace")
        return error.code, said, float(after) if after.isdecimal() else 0.0
    except (OSError, ValueError, http.client.HTTPException) as error:
        return 0, str(error) or type(error).__name__, 0.0


def reply_text(answer: Any) -> str:
    """The text in a server's answer, empty where it is null; a call of a tool as `tool_reply` writes it. Raises
    ValueError when the answer has no place for a text."""
    import json

    try:
        choice = answer["choices"][0]
        message = choice if "text" in choice else choice["message"]
        if calls := message.get("tool_calls"):
            return tool_reply(message.get("content"), calls)
        text = message["text" if "text" in choice else "content"]
    except (LookupError, TypeError, AttributeError):
        text = False
    if text is not None and not isinstance(text, str):
        raise ValueError(f"not a reply: {json.dumps(answer)[:200]}")
    return text or ""


def tool_reply(content: str | None, tool_calls: list[Any]) -> str:
    """A call of a tool in OpenAI's form as the reply of a model that calls its tools in text: the JSON
    `{"thought": …, "call": {"tool": …, "arguments": {…}}}`. Of several calls the first counts: the model is asked
    again when it has seen what that gave. Arguments that are no JSON stay as they are, for the reader to refuse."""
    import json

    call = tool_calls[0]["function"]
    arguments = call.get("arguments") or "{}"
    try:
        found = json.loads(arguments) if isinstance(arguments, str) else arguments
    except ValueError:
        found = arguments
    wanted = {"thought": (content or "").strip(), "call": {"tool": call["name"], "arguments": found}}
    return json.dumps(wanted, ensure_ascii=False)


def scrub(message: str, secret: str | None) -> str:
    """A message without the key, and without a password in a URL."""
    import re

    message = re.sub(r"://[^/@\s]*@", "://", message)
    return message.replace(secret, "***") if secret else message
