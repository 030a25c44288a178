"""A provider on loopback that does what a test tells it to, and remembers every request."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

Body = dict[str, Any]


class Answer(NamedTuple):
    """What is sent back. `status` 0: nothing is, the connection is dropped."""

    status: int
    data: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


DROP = Answer(0)


def reply(text: str, finish: str = "stop") -> Answer:
    """An ordinary answer."""
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text}}
    found = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}
    return Answer(200, json.dumps(found).encode())


def error(status: int, message: str = "no", **headers: str) -> Answer:
    """An error in OpenAI's form."""
    found = {"error": {"message": message, "type": "error", "param": None, "code": None}}
    return Answer(
        status, json.dumps(found).encode(), tuple((name.replace("_", "-"), one) for name, one in headers.items())
    )


class Provider:
    """An OpenAI-compatible server at `url`. `act` says what is answered to a request, by its number from 0 and its
    body. Of the requests after the first `most`, none is answered before `release` is called."""

    def __init__(self, act: Callable[[int, Body], Answer], port: int = 0) -> None:
        self.act = act
        self.most: int | None = None
        self.seen: list[tuple[str | None, Body]] = []
        self.answered: list[str] = []
        self._changed = threading.Condition()
        self._over = False
        self._releases = 0
        self.port = port
        self.open()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def open(self) -> None:
        """Listens; again on the port that it had."""
        self._over = False
        self._http = _Http(("127.0.0.1", self.port), Handler)
        self._http.provider = self
        self.port = int(self._http.server_address[1])
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        """Goes away; who waits is dropped."""
        with self._changed:
            self._over = True
            self._changed.notify_all()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def wait(self, requests: int, seconds: float = 60.0) -> None:
        """Waits until so many requests have come."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.seen) >= requests, seconds), (
                f"{len(self.seen)} requests came"
            )

    def release(self) -> None:
        """Answers everything again, what waits too."""
        with self._changed:
            self.most = None
            self._releases += 1
            self._changed.notify_all()

    def forget(self) -> None:
        """Forgets what it has seen."""
        self.seen.clear()
        self.answered.clear()
        self.most = None

    def serve(self, key: str | None, body: Body) -> Answer:
        """The answer to a request."""
        with self._changed:
            number = len(self.seen)
            self.seen.append((key, body))
            self._changed.notify_all()
            if self.most is not None and number >= self.most:
                releases = self._releases
                self._changed.wait_for(lambda: self._over or self._releases != releases)
            if self._over:
                return DROP
        found = self.act(number, body)
        if found.status == 200:
            self.answered.append(json.dumps(body, sort_keys=True))
        return found


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    provider: Provider

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is no news."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: _Http

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        found = self.server.provider.serve(self.headers.get("authorization"), body)
        if not found.status:
            self.close_connection = True
            return
        self.send_response(found.status)
        for name, value in {"content-type": "application/json", **dict(found.headers)}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(found.data)))
        self.end_headers()
        self.wfile.write(found.data)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""
