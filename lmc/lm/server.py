"""An LM behind an OpenAI-compatible server on loopback."""

from __future__ import annotations

import asyncio
import hmac
import json
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from lmc.diagnostics import Failure
from lmc.lm.base import LM, LMError, Reply, Request
from lmc.lm.problems import port_taken

DEFAULT_PORT = 8484
MOST_BYTES = 16 * 2**20
"""The longest body of a request."""

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_STATUS = {
    "LMP0603": 401,
    "LMP0604": 404,
    "LMP0605": 400,
    "LMP0611": 400,
    "LMP0613": 400,
    "LMP0615": 400,
    "LMP0601": 429,
}
_CODES = {"LMP0611": "context_length_exceeded"}
"""What clients of OpenAI's protocol know under another name."""


class Refused(Exception):
    """A request that is answered with an error: an HTTP status and a sentence."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class Server:
    """Serves `lm` under the name `model` at 127.0.0.1:`port` (0: any free one; see `port`) to whoever knows `token`:
    the paths /v1/chat/completions, /v1/completions and /v1/models. Raises Failure (LMP0630) when the port is
    taken. `handler` answers each connection."""

    def __init__(
        self, lm: LM, model: str, token: str, port: int = DEFAULT_PORT, handler: type[Handler] | None = None
    ) -> None:
        self._lm = lm
        self.model = model
        self._token = token
        self._loop = asyncio.new_event_loop()
        try:
            self._http = _Http(("127.0.0.1", port), handler or Handler)
            self._http.owner = self
        except OSError as error:
            self._loop.close()
            raise Failure(port_taken(port, error.strerror or str(error))) from None
        self.port = int(self._http.server_address[1])
        self._thread = threading.Thread(target=self._loop.run_forever, name="lmc server", daemon=True)

    def run(self) -> None:
        """Serves until `stop` is called or Ctrl-C is pressed, then closes the LM."""
        self._thread.start()
        try:
            self._http.serve_forever(poll_interval=0.1)
        finally:
            self._http.server_close()
            asyncio.run_coroutine_threadsafe(self._lm.close(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def stop(self) -> None:
        """Ends `run`, from another thread."""
        self._http.shutdown()

    def check(self, headers: Any) -> None:
        """Raises Refused unless the request has the token and was sent to a name of loopback (a web page that rebinds
        its own name to 127.0.0.1 sends that name)."""
        if _host(str(headers.get("Host", ""))) not in _LOOPBACK:
            raise Refused(403, "this server answers on loopback only")
        scheme, _, token = str(headers.get("Authorization", "")).partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(token.strip().encode(), self._token.encode()):
            raise Refused(401, "wrong or missing bearer token", "invalid_api_key")

    def ask(
        self, body: dict[str, Any], chat: bool, listen: Callable[[str], None] | None = None
    ) -> tuple[dict[str, Any], Reply]:
        """The body of the answer to a request, in OpenAI's form, and the reply in it; `listen` is told the pieces of
        its text, in another thread. Raises Refused."""
        wanted = "messages" if chat else "prompt"
        if not isinstance(body.get(wanted), list if chat else str):
            raise Refused(400, f"`{wanted}` must be {'a list of messages' if chat else 'a string'}")
        if chat and not (body["messages"] and all(_is_message(one) for one in body["messages"])):
            raise Refused(400, "each message needs a `role`, a string, and a `content`, a string or a list of parts")
        passed = {name: value for name, value in body.items() if name not in ("model", "stream", "stream_options", "n")}
        request = Request(self.model, passed, listen=listen)
        try:
            reply = asyncio.run_coroutine_threadsafe(_called(self._lm, request), self._loop).result()
        except Failure as failure:
            passing = isinstance(failure, LMError) and failure.transient
            status = 503 if passing else _STATUS.get(failure.diagnostic.code, 500)
            code = _CODES.get(failure.diagnostic.code, failure.diagnostic.code)
            raise Refused(status, failure.diagnostic.message, code) from None
        except (ValueError, TypeError, KeyError) as error:
            raise Refused(400, f"the request cannot be understood: {error}") from None
        except CancelledError:
            raise Refused(503, "the server is closing") from None
        except Exception as error:
            raise Refused(500, f"the LM failed unexpectedly ({type(error).__name__})") from None
        return _answer(reply, self.model, chat), reply


def serve(
    lm: LM, model: str, token: str, port: int = DEFAULT_PORT, started: Callable[[Server], None] = lambda _: None
) -> None:
    """Serves `lm` until Ctrl-C; `started` is told when the port is open. Raises Failure (LMP0630)."""
    server = Server(lm, model, token, port)
    started(server)
    server.run()


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    owner: Server

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: what can be told has been told to the client."""


async def _called(lm: LM, request: Request) -> Reply:
    return await lm(request)


def _host(header: str) -> str:
    """The name in a `Host` header, without its port."""
    with suppress(ValueError):
        return urlsplit(f"//{header}").hostname or ""
    return ""


def _is_message(one: Any) -> bool:
    match one:
        case {"role": str(), "content": str()}:
            return True
        case {"role": str(), "content": list(parts)}:
            return all(isinstance(part, dict) and isinstance(part.get("type"), str) for part in parts)
        case {"role": "assistant", "tool_calls": list()}:
            return one.get("content") is None
    return False


def _answer(reply: Reply, model: str, chat: bool) -> dict[str, Any]:
    choice: dict[str, Any] = {"index": 0, "finish_reason": _finish(reply), "logprobs": None}
    message: dict[str, Any] = {"role": "assistant", "content": reply.text}
    if reply.tool_calls:
        message |= {"content": reply.text or None, "tool_calls": _calls(reply)}
    choice |= {"message": message} if chat else {"text": reply.text}
    return {
        "id": f"{'chatcmpl' if chat else 'cmpl'}-lmc",
        "object": "chat.completion" if chat else "text_completion",
        "created": int(time.time()),
        "model": model,
        "choices": [choice],
        "usage": {
            "prompt_tokens": reply.prompt_tokens,
            "completion_tokens": reply.completion_tokens,
            "total_tokens": reply.prompt_tokens + reply.completion_tokens,
            "prompt_tokens_details": {"cached_tokens": reply.cached_tokens},
        },
    }


def _calls(reply: Reply) -> list[dict[str, Any]]:
    return [
        {"id": f"call_{index}", "type": "function", "function": {"name": one.name, "arguments": one.arguments}}
        for index, one in enumerate(reply.tool_calls)
    ]


def _finish(reply: Reply) -> str:
    return "tool_calls" if reply.tool_calls else reply.finish


def _error(refused: Refused) -> dict[str, Any]:
    kind = "authentication_error" if refused.status in (401, 403) else "invalid_request_error"
    kind = "server_error" if refused.status >= 500 else kind
    return {"error": {"message": str(refused), "type": kind, "param": None, "code": refused.code}}


def _chunk(model: str, chat: bool, said: dict[str, Any], finish: str | None, **more: Any) -> bytes:
    """One server-sent event: what a chunk adds to the reply."""
    choice: dict[str, Any] = {"index": 0, "finish_reason": finish}
    choice |= {"delta": said} if chat else {"text": said.get("content", "")}
    chunk = {
        "id": f"{'chatcmpl' if chat else 'cmpl'}-lmc",
        "object": "chat.completion.chunk" if chat else "text_completion",
        "created": int(time.time()),
        "model": model,
        "choices": [choice],
        **more,
    }
    return _event(chunk)


def _event(data: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(data)}\n\n".encode()


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version = "lmc"
    sys_version = ""
    timeout = 600
    server: _Http

    def do_GET(self) -> None:
        self._guarded(self._get)

    def do_POST(self) -> None:
        self._guarded(self._post)

    def _get(self) -> None:
        if self.path.rstrip("/") != "/v1/models":
            raise Refused(404, f"there is no {self.path}")
        one = {"id": self.server.owner.model, "object": "model", "created": 0, "owned_by": "lmc"}
        self._send(200, {"object": "list", "data": [one]})

    def _post(self) -> None:
        chat = self.path == "/v1/chat/completions"
        if not chat and self.path != "/v1/completions":
            raise Refused(404, f"there is no {self.path}")
        body = self._body()
        if body.get("stream") is True:
            self._stream(body, chat)
        else:
            self._send(200, self.server.owner.ask(body, chat)[0])

    def _stream(self, body: dict[str, Any], chat: bool) -> None:
        """Answers with the pieces of the reply as they come. What goes wrong before the first is an answer of its own;
        later it is an event."""
        owner = self.server.owner
        pieces: queue.SimpleQueue[str | tuple[dict[str, Any], Reply] | Refused] = queue.SimpleQueue()

        def ask() -> None:
            try:
                pieces.put(owner.ask(body, chat, pieces.put))
            except Refused as refused:
                pieces.put(refused)

        threading.Thread(target=ask, name="lmc stream", daemon=True).start()
        first = pieces.get()
        if isinstance(first, Refused):
            raise first
        self.close_connection = True  # which tells the end of a body of unknown length
        self._head(200, "text/event-stream", None)
        self.wfile.write(_chunk(owner.model, chat, {"role": "assistant", "content": ""}, None) if chat else b"")
        piece: str | tuple[dict[str, Any], Reply] | Refused = first
        heard = ""
        while isinstance(piece, str):
            heard += piece
            self.wfile.write(_chunk(owner.model, chat, {"content": piece}, None))
            piece = pieces.get()
        if isinstance(piece, Refused):
            self.wfile.write(_event(_error(piece)))
            return
        answer, reply = piece
        if rest := reply.text[len(heard) :] if reply.text.startswith(heard) else "":
            self.wfile.write(_chunk(owner.model, chat, {"content": rest}, None))
        if reply.tool_calls and chat:
            calls = [{"index": index, **one} for index, one in enumerate(_calls(reply))]
            self.wfile.write(_chunk(owner.model, chat, {"tool_calls": calls}, None))
        self.wfile.write(_chunk(owner.model, chat, {}, _finish(reply), usage=answer["usage"]))
        self.wfile.write(b"data: [DONE]\n\n")

    def _body(self) -> dict[str, Any]:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal():
            raise Refused(411, "a `Content-Length` is needed")
        if int(length) > MOST_BYTES:
            raise Refused(413, f"the body is longer than {MOST_BYTES} bytes")
        try:
            body = json.loads(self.rfile.read(int(length)))
        except ValueError:
            raise Refused(400, "the body is not JSON") from None
        if not isinstance(body, dict):
            raise Refused(400, "the body is not a JSON object")
        return body

    def _guarded(self, act: Callable[[], None]) -> None:
        try:
            self.server.owner.check(self.headers)
            act()
        except Refused as refused:
            self.close_connection = True  # the body may not have been read
            self._send(refused.status, _error(refused))
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def _send(self, status: int, answer: dict[str, Any]) -> None:
        self._write(status, json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace"), "application/json")

    def _write(self, status: int, data: bytes, kind: str) -> None:
        self._head(status, kind, len(data))
        self.wfile.write(data)

    def _head(self, status: int, kind: str, length: int | None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.send_header("Cache-Control", "no-store")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: prompts are nobody's business."""
