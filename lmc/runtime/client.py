"""A client of any OpenAI-compatible server, over urllib."""

from __future__ import annotations

import json
from typing import Any

from lmc.runtime.prompt import Request
from lmc.runtime.run import LM


class CallError(RuntimeError):
    """The server could not be reached or did not answer with a reply."""


def openai_client(model: str, base_url: str, key: str | None, tries: int = 4, timeout: float = 120.0) -> LM:
    """An `lm` that asks `model` at `base_url` (which ends with /v1), with the API key in the environment variable `key`.
    A dropped connection, a time-out (in seconds) and the statuses 408, 409, 429 and 5xx are tried again, after pauses
    that double. Raises CallError, whose message never holds the key."""

    def call(request: Request) -> str:
        import os
        import time
        import urllib.error
        import urllib.request

        path = "/completions" if "prompt" in request else "/chat/completions"
        headers = {"content-type": "application/json"}
        if key and os.environ.get(key):
            headers["authorization"] = f"Bearer {os.environ[key]}"
        body = json.dumps({"model": model, **request}).encode()
        problem = ""
        for attempt in range(tries):
            if attempt:
                time.sleep(min(2.0**attempt / 2, 30.0))
            post = urllib.request.Request(base_url.rstrip("/") + path, body, headers, method="POST")
            try:
                with urllib.request.urlopen(post, timeout=timeout) as response:
                    return reply_text(json.load(response))
            except urllib.error.HTTPError as error:
                problem = f"{base_url} answered {error.code}: {error.read(500).decode(errors='replace')}"
                if error.code not in (408, 409, 429) and error.code < 500:
                    break
            except (OSError, ValueError) as error:
                problem = f"{base_url} gave no answer: {error}"
        raise CallError(problem)

    return call


def reply_text(answer: Any) -> str:
    """The text in a server's answer. Raises ValueError when it holds none."""
    try:
        choice = answer["choices"][0]
        text = choice["text"] if "text" in choice else choice["message"]["content"]
    except (LookupError, TypeError):
        raise ValueError(f"not a reply: {json.dumps(answer)[:200]}") from None
    return text or ""
