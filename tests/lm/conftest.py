"""A server that pretends to be a provider, and requests to put to it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from lmc.lm import Request

Act = Callable[[dict[str, Any]], "tuple[int, dict[str, str], bytes] | None"]


class Provider:
    """An OpenAI-compatible server on loopback. `script` holds what it does to the next requests, one each; when it is
    empty, it replies with the last message in upper case. An act gives status, headers and body, or None to drop the
    connection."""

    def __init__(self) -> None:
        self.script: list[Act] = []
        self.seen: list[tuple[str, str | None, dict[str, Any]]] = []
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                provider.seen.append((self.path, self.headers.get("authorization"), body))
                act = provider.script.pop(0) if provider.script else good
                done = act(body)
                if done is None:
                    self.close_connection = True
                    return
                status, headers, data = done
                self.send_response(status)
                for name, value in {"content-type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/v1"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


def good(body: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    """An ordinary reply."""
    if "prompt" in body:
        choice: dict[str, Any] = {"text": str(body["prompt"]).upper()}
    else:
        choice = {"message": {"role": "assistant", "content": body["messages"][-1]["content"].upper()}}
    usage = {
        "prompt_tokens": 7,
        "completion_tokens": 3,
        "total_tokens": 10,
        "prompt_tokens_details": {"cached_tokens": 2},
    }
    choices = [{"index": 0, "finish_reason": "stop", **choice}]
    answer = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": choices, "usage": usage}
    return 200, {}, json.dumps(answer).encode()


def status(code: int, message: str = "no", **headers: str) -> Act:
    """An error in OpenAI's form."""
    error = {"error": {"message": message, "type": "error", "param": None, "code": None}}
    return lambda _: (
        code,
        {name.replace("_", "-"): value for name, value in headers.items()},
        json.dumps(error).encode(),
    )


@pytest.fixture(scope="session")
def _provider() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.close()


@pytest.fixture
def provider(_provider: Provider) -> Provider:
    """The server, with an empty script."""
    _provider.script.clear()
    _provider.seen.clear()
    return _provider


@pytest.fixture
def says() -> Callable[..., Request]:
    """Makes a chat request out of one sentence."""

    def request(text: str, model: str = "local/test", **options: Any) -> Request:
        return Request(model, {"messages": [{"role": "user", "content": text}], **options})

    return request


@pytest.fixture
def act() -> dict[str, Any]:
    """What a provider can be told to do."""
    return {
        "good": good,
        "status": status,
        "drop": lambda _: None,
        "garbage": lambda _: (200, {}, b"<html>welcome</html>"),
        "no choices": lambda _: (200, {}, b'{"id": "1", "object": "chat.completion", "choices": []}'),
    }
