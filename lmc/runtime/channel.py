"""The two ways to a server of the Model Context Protocol: lines to a process, and posts to a URL.

Both have the same methods, and an attribute `secrets`: the texts that must appear in no message. See
https://modelcontextprotocol.io/specification/2025-11-25/basic/transports and the same page of 2026-07-28.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from lmc.runtime.tool import ToolError, expand_headers, open_url

McpServer: TypeAlias = dict[str, Any]
"""Where a server is: `command`, a list, with `env` (variables for it), or `url`, with `headers`; values of `env` and
`headers` may hold `${NAME}` for an environment variable. `name` is how messages call it."""


class StdioChannel:
    """A server that runs here and is spoken to by lines of JSON. It is given no environment variables but those that
    programs need, and those declared. Raises ToolError where it cannot be started."""

    def __init__(self, server: McpServer, name: str) -> None:
        import os
        import queue
        import subprocess
        import threading

        usual = "HOME LOGNAME PATH SHELL TERM USER LANG LC_ALL TMPDIR APPDATA LOCALAPPDATA SYSTEMROOT TEMP USERPROFILE"
        given, self.secrets = expand_headers(name, server.get("env", {}))
        environment = {key: os.environ[key] for key in usual.split() if key in os.environ}
        self.version = ""
        try:
            self.process = subprocess.Popen(
                server["command"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**environment, **given},
                start_new_session=True,
            )
        except OSError as error:
            raise ToolError(f"the tool `{name}` needs `{server['command'][0]}`: {error.strerror}") from None
        self.heard: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self.reader = threading.Thread(target=self.listen, daemon=True)
        self.reader.start()

    def listen(self) -> None:
        """Takes in what the server writes, until it ends; None marks the end."""
        import json

        assert self.process.stdout is not None
        for line in self.process.stdout:
            try:
                message = json.loads(line)
            except (ValueError, RecursionError):
                continue
            for one in message if isinstance(message, list) else [message]:
                if isinstance(one, dict):
                    self.heard.put(one)
        self.heard.put(None)

    def is_open(self) -> bool:
        """Whether the server runs."""
        return self.process.poll() is None

    def tell(self, message: dict[str, Any], timeout: float) -> None:
        """Sends a message that has no answer."""
        import json

        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()

    def talk(self, message: dict[str, Any], headers: Mapping[str, str], deadline: float) -> Iterator[dict[str, Any]]:
        """Sends a message, and gives what the server says until it ends. Raises TimeoutError."""
        import queue
        import time

        self.tell(message, 0)
        while True:
            try:
                heard = self.heard.get(timeout=max(deadline - time.monotonic(), 0.001))
            except queue.Empty:
                raise TimeoutError from None
            if heard is None:
                return
            yield heard

    def give_up(self, number: int) -> None:
        """Tells the server that an answer is not awaited any more."""
        import contextlib

        with contextlib.suppress(OSError, ValueError):
            said = {"requestId": number, "reason": "it took too long"}
            self.tell({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": said}, 0)

    def close(self) -> None:
        """Asks the server to end by closing its input, and ends it where it does not."""
        import contextlib
        import os
        import signal
        import subprocess

        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        for end in ("SIGTERM", "SIGKILL"):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(2.0)
                break
            # A launcher may have started the server as a process of its own, in the same group.
            if hasattr(os, "killpg"):
                os.killpg(self.process.pid, getattr(signal, end))
            else:
                self.process.terminate()
        self.process.wait()
        self.reader.join(2.0)
        if not self.reader.is_alive():
            self.process.stdout.close()


class HttpChannel:
    """A server at a URL, in the transport that the protocol calls Streamable HTTP. Raises ToolError."""

    def __init__(self, server: McpServer, name: str) -> None:
        self.url = server["url"]
        self.headers, self.secrets = expand_headers(name, server.get("headers", {}))
        self.version = ""
        self.session = ""
        self.opened = True

    def is_open(self) -> bool:
        """Whether it was not closed."""
        return self.opened

    def post(self, message: dict[str, Any], headers: Mapping[str, str], timeout: float) -> Any:
        """The answer of the server to a message, to be read and closed. Raises what urllib raises."""
        import json
        import urllib.request

        own = {"content-type": "application/json", "accept": "application/json, text/event-stream", "user-agent": "lmc"}
        if self.version:
            own["mcp-protocol-version"] = self.version
        if self.session:
            own["mcp-session-id"] = self.session
        request = urllib.request.Request(
            self.url, json.dumps(message).encode(), {**self.headers, **own, **headers}, method="POST"
        )
        return open_url(request, timeout)

    def tell(self, message: dict[str, Any], timeout: float) -> None:
        """Sends a message that has no answer; a refusal is none either. Raises OSError, ValueError."""
        import http.client
        import urllib.error

        try:
            self.post(message, {}, timeout).close()
        except urllib.error.HTTPError as error:
            error.close()
        except http.client.HTTPException as error:
            raise ValueError(type(error).__name__) from None

    def talk(self, message: dict[str, Any], headers: Mapping[str, str], deadline: float) -> Iterator[dict[str, Any]]:
        """Sends a message, and gives what the server says in answer. An answer `expired` says that the server does not
        know the session any more. Raises TimeoutError, OSError, ValueError."""
        import http.client
        import time
        import urllib.error

        try:
            with self.post(message, headers, max(deadline - time.monotonic(), 0.001)) as response:
                self.session = response.headers.get("mcp-session-id") or self.session
                yield from answers_in(response, deadline)
        except urllib.error.HTTPError as error:
            with error:
                said = error.read(100_000)
                refused = read_message(said)
            if error.code == 404 and self.session:
                yield {"expired": True}
            elif refused is not None and "error" in refused:
                yield {**refused, "id": message["id"]}
            elif error.code in (400, 404, 405):
                yield {"id": message["id"], "error": {"message": f"status {error.code}"}}
            else:
                raise ValueError(f"status {error.code}") from None
        except urllib.error.URLError as error:
            if isinstance(error.reason, TimeoutError):
                raise TimeoutError from None
            raise ValueError(str(error.reason)) from None
        except http.client.HTTPException as error:
            raise ValueError(type(error).__name__) from None

    def give_up(self, number: int) -> None:
        """Tells a server with sessions that an answer is not awaited any more; to others the closed connection does."""
        import contextlib

        if self.session:
            said = {"requestId": number, "reason": "it took too long"}
            with contextlib.suppress(OSError, ValueError):
                self.tell({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": said}, 5.0)

    def close(self) -> None:
        """Ends the session, where there is one."""
        import contextlib
        import urllib.request

        self.opened = False
        if self.session:
            headers = {**self.headers, "mcp-session-id": self.session, "mcp-protocol-version": self.version}
            with contextlib.suppress(OSError, ValueError):
                open_url(urllib.request.Request(self.url, None, headers, method="DELETE"), 2.0).close()
            self.session = ""


def answers_in(response: Any, deadline: float) -> Iterator[dict[str, Any]]:
    """The messages of an answer, which is JSON or a stream of server-sent events (https://html.spec.whatwg.org). Raises
    TimeoutError past the deadline, ValueError for more than 10 MB."""
    import time

    most, size, data = 10_000_000, 0, []
    if response.headers.get_content_type() != "text/event-stream":
        body = response.read(most + 1)
        message = read_message(body) if len(body) <= most else None
        if message is None:
            raise ValueError("the answer is not a message of the protocol")
        yield message
        return
    while line := response.readline(most):
        size += len(line)
        if time.monotonic() > deadline:
            raise TimeoutError
        if size > most:
            raise ValueError("the answer has no end")
        line = line.rstrip(b"\r\n")
        if line.startswith(b"data:"):
            data.append(line[5:].removeprefix(b" "))
        elif not line and data:
            message = read_message(b"\n".join(data))
            data = []
            if message is not None:
                yield message


def read_message(data: bytes) -> dict[str, Any] | None:
    """A message of the protocol, or None."""
    import json

    try:
        message = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None
