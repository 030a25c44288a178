"""Declared tools: an HTTP address with arguments in their places, and the tools of an MCP server."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from lmc.runtime import mcp
from lmc.runtime.mcp import McpClient, call_mcp, header_text, mcp_client, mirrored_headers
from lmc.runtime.tool import ToolError, call_http, charset_of, hide, url_holes, url_problem
from tests.runtime import mcp_server

KEY = "very/secret+key 0123"


class Place:
    """An HTTP server that answers by a function of the request, and remembers what it was asked."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, Message, bytes]] = []
        self.answers: list[tuple[int, dict[str, str], bytes] | None] = []
        place = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                place.seen.append((self.command, self.path, self.headers, body))
                answer = place.answers.pop(0) if place.answers else place.reply(self.headers, body)
                self.close_connection = True
                if answer is None:
                    return
                status, headers, data = answer
                self.send_response(status)
                for name, value in {"content-length": str(len(data)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = answer

            def log_message(self, format: str, *args: Any) -> None:
                """Says nothing."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.http.server_address[1]}"
        self.url = f"http://{self.host}"
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def reply(self, headers: Message, body: bytes) -> tuple[int, dict[str, str], bytes] | None:
        """The answer where the test lists none."""
        return 500, {}, b"not expected"

    def close(self) -> None:
        """Ends the server."""
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


@pytest.fixture
def place() -> Iterator[Place]:
    """A server of its own."""
    one = Place()
    yield one
    one.close()


def as_json(value: Any, kind: str = "application/json") -> tuple[int, dict[str, str], bytes]:
    """An answer in JSON."""
    return 200, {"content-type": kind}, json.dumps(value).encode()


def as_text(text: str, status: int = 200, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """An answer in text."""
    return status, {"content-type": "text/plain; charset=utf-8", **headers}, text.encode()


def tool(place: Place, path: str = "/", method: str = "GET", **more: Any) -> dict[str, Any]:
    """A declared tool."""
    return {"name": "weather", "method": method, "url": place.url + path, **more}


# HTTP: where the arguments go.


@pytest.mark.parametrize(
    ("path", "arguments", "asked"),
    [
        ("/in/{city}", {"city": "Oslo"}, "/in/Oslo"),
        ("/in/{city}", {"city": "a b/c?d#e%f&é"}, "/in/a%20b%2Fc%3Fd%23e%25f%26%C3%A9"),
        ("/{a}/{b}", {"b": 2, "a": True}, "/true/2"),
        ("/{a}/{a}", {"a": "{a}"}, "/%7Ba%7D/%7Ba%7D"),
        ("/now", {"city": "Oslo", "days": 3, "metric": True}, "/now?city=Oslo&days=3&metric=true"),
        ("/now", {"city": "a&b=c", "near": None}, "/now?city=a%26b%3Dc"),
        ("/now", {"city": ["a", "b"], "box": {"n": 1}}, "/now?city=a&city=b&box=%7B%22n%22%3A+1%7D"),
        ("/now?units=c", {"city": "Oslo"}, "/now?units=c&city=Oslo"),
        ("/now?at={city}", {"city": "a&b"}, "/now?at=a%26b"),
        ("/é#part", {}, "/%C3%A9"),
        ("", {}, "/"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_arguments_stand_in_the_url(
    place: Place, path: str, arguments: dict[str, Any], asked: str, method: str
) -> None:
    place.answers = [as_text("fine")]
    assert call_http(tool(place, path, method), arguments) == "fine"
    ((command, found, _, body),) = place.seen
    assert (command, found, body) == (method, asked, b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "post"])
def test_arguments_stand_in_a_body_of_json(place: Place, method: str) -> None:
    place.answers = [as_text("fine")]
    call_http(tool(place, "/in/{city}", method), {"city": "Oslo", "days": [1, 2], "near": None, "word": "é"})
    ((command, path, headers, body),) = place.seen
    assert (command, path, headers["content-type"]) == (method.upper(), "/in/Oslo", "application/json")
    assert json.loads(body) == {"days": [1, 2], "near": None, "word": "é"}


@pytest.mark.parametrize("value", ["", ".", "..", None])
def test_an_argument_cannot_change_the_path(place: Place, value: Any) -> None:
    with pytest.raises(ToolError, match="the tool `weather` needs a text for `city`, which cannot be"):
        call_http(tool(place, "/private/{city}"), {"city": value})
    assert place.seen == []


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("file:///etc/passwd", "begins with https:// or http:// and a host"),
        ("ftp://host/x", "begins with https:// or http:// and a host"),
        ("/relative", "begins with https:// or http:// and a host"),
        ("http://", "begins with https:// or http:// and a host"),
        ("https://{host}/x", "behind the host of a URL"),
        ("https://api.{zone}.example/x", "behind the host of a URL"),
        ("https://user:word@example.org/", "a password has no place"),
        ("https://[::1", "is no URL"),
        ("https://example.org:port/", "is no URL"),
        ("https://example.org/a b", "no white space"),
        ("https://example.org/a\r\nb", "no white space"),
    ],
)
def test_an_address_that_will_not_do(url: str, problem: str) -> None:
    with pytest.raises(ToolError, match=f"the tool `x` cannot be called: .*(?:{problem})"):
        call_http({"name": "x", "url": url}, {"host": "h", "zone": "z"})
    assert url_problem("https://example.org:8080/{a}?b={b}") is None


def test_the_holes_of_an_address_are_known_before_the_call() -> None:
    assert url_holes("https://example.org/{city}/{day}?x={city}") == ["city", "day", "city"]


# HTTP: what comes back.


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        (as_json({"a": [1, None]}), {"a": [1, None]}),
        (as_json("x", "application/json; charset=utf-8"), "x"),
        (as_json([1], "application/problem+json"), [1]),
        (as_text('{"a": 1}'), '{"a": 1}'),
        (as_text("naïve"), "naïve"),
        ((200, {"content-type": "text/plain; charset=latin-1"}, b"na\xefve"), "naïve"),
        ((200, {"content-type": "text/plain; charset=nonsense"}, b"a\xffb"), "a\ufffdb"),
        ((200, {}, b"plain"), "plain"),
        ((204, {}, b""), None),
        ((200, {"content-type": "application/json"}, b""), None),
        ((200, {"content-type": "text/html"}, b""), ""),
    ],
)
def test_json_becomes_a_value_and_all_else_is_text(place: Place, answer: Any, value: Any) -> None:
    place.answers = [answer]
    assert call_http(tool(place), {}) == value


@pytest.mark.parametrize("body", [b"{", b"NaN", b"<html>", b"[" * 100_000])
def test_json_that_is_none_is_refused(place: Place, body: bytes) -> None:
    place.answers = [(200, {"content-type": "application/json"}, body)]
    with pytest.raises(ToolError, match="the tool `weather` says that it sends JSON, and sends something else"):
        call_http(tool(place), {})


def test_a_refusal_names_the_tool_and_the_status_and_what_was_said(place: Place) -> None:
    place.answers = [(404, {}, b'{"detail":\n "no such city"}')]
    with pytest.raises(ToolError, match=r'^the tool `weather` refuses with status 404: {"detail": "no such city"}$'):
        call_http(tool(place), {})
    place.answers = [(500, {}, b"")]
    with pytest.raises(ToolError, match=r"^the tool `weather` refuses with status 500$"):
        call_http(tool(place), {})


def test_an_answer_too_long_is_refused(place: Place) -> None:
    place.answers = [as_text("x" * 1000), as_text("x" * 1001)]
    assert len(call_http(tool(place, most_bytes=1000), {})) == 1000
    with pytest.raises(ToolError, match="the tool `weather` answers with more than 1000 bytes"):
        call_http(tool(place, most_bytes=1000), {})


def test_a_server_that_is_silent_or_gone(place: Place) -> None:
    place.answers = [None]
    with pytest.raises(ToolError, match=r"^the tool `weather` did not answer"):
        call_http(tool(place), {})
    place.close()
    with pytest.raises(ToolError, match=r"^the tool `weather` did not answer .*refused"):
        call_http(tool(place), {})


def test_a_server_that_is_slow(place: Place) -> None:
    ends = threading.Event()

    def wait(headers: Message, body: bytes) -> None:
        ends.wait(60)

    place.reply = wait  # type: ignore[method-assign]
    with pytest.raises(ToolError, match=r"^the tool `weather` did not answer within 0.05 s$"):
        call_http(tool(place, timeout=0.05), {})
    ends.set()


# HTTP: secrets and redirects.


def test_headers_take_secrets_from_the_environment(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LMC_TEST_KEY", KEY)
    place.answers = [as_text("fine")]
    call_http(tool(place, headers={"Authorization": "Bearer ${LMC_TEST_KEY}", "X-Plain": "$5"}), {})
    headers = place.seen[0][2]
    assert (headers["authorization"], headers["x-plain"]) == (f"Bearer {KEY}", "$5")


def test_a_secret_that_is_not_set_is_named(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LMC_TEST_KEY", raising=False)
    with pytest.raises(ToolError, match="needs the environment variable `LMC_TEST_KEY`, which is not set"):
        call_http(tool(place, headers={"a": "${LMC_TEST_KEY}"}), {})
    assert place.seen == []


def test_no_message_holds_a_secret(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LMC_TEST_KEY", KEY)
    said = f"bad key Bearer {KEY}, {KEY}, very%2Fsecret%2Bkey%200123"
    place.answers = [as_text(said, 401)]
    with pytest.raises(ToolError, match=r"refuses with status 401: bad key \*\*\*, \*\*\*, \*\*\*$") as error:
        call_http(tool(place, headers={"a": "Bearer ${LMC_TEST_KEY}"}), {})
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__
    monkeypatch.setenv("LMC_TEST_KEY", f"{KEY}\nx")
    with pytest.raises(ToolError, match="a header `a` that cannot be sent") as error:
        call_http(tool(place, headers={"a": "${LMC_TEST_KEY}"}), {})
    assert "secret" not in str(error.value)


def test_hiding_leaves_other_text_alone() -> None:
    assert hide("a b", ["", "c"]) == "a b"
    assert hide('"x\\"y"', ['x"y']) == '"***"'


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_redirect_on_the_same_host_is_followed(place: Place, method: str) -> None:
    place.answers = [as_text("", 302, location="/other"), as_text("there")]
    assert call_http(tool(place, method=method, headers={"x-key": "k"}), {"a": 1}) == "there"
    assert [(path, headers["x-key"]) for _, path, headers, _ in place.seen][1] == ("/other", "k")


@pytest.mark.parametrize(
    "location",
    ["http://localhost:{port}/", "http://127.0.0.1:9/", "https://{host}/", "file:///etc/passwd", "ftp://{host}/"],
)
def test_a_redirect_to_another_place_is_not(place: Place, location: str) -> None:
    where = location.replace("{host}", place.host).replace("{port}", place.host.split(":")[1])
    place.answers = [as_text("", 302, location=where), as_text("there")]
    with pytest.raises(ToolError, match=r"redirects to another place \(status 302\)|refuses with status 302"):
        call_http(tool(place), {})
    assert len(place.seen) == 1


def test_a_redirect_without_end_is_refused(place: Place) -> None:
    place.reply = lambda headers, body: as_text("", 302, location="/again")  # type: ignore[method-assign]
    with pytest.raises(ToolError, match="status 302"):
        call_http(tool(place), {})


def test_loopback_needs_no_proxy(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    place.answers = [as_text("fine")]
    assert call_http(tool(place), {}) == "fine"


def test_the_encoding_of_an_answer() -> None:
    assert [charset_of(kind) for kind in ("", "text/plain", "text/plain; charset=LATIN1")] == [
        "utf-8",
        "utf-8",
        "iso8859-1",
    ]


# MCP.

SCRIPT = str(Path(mcp_server.__file__))


@pytest.fixture(autouse=True)
def clients(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, McpClient]]:
    """The clients of a test, closed at its end."""
    found: dict[str, McpClient] = {}
    monkeypatch.setattr(mcp, "MCP_CLIENTS", found)
    yield found
    for client in found.values():
        client.close()


def stdio(era: str = "2025-11-25", **more: Any) -> dict[str, Any]:
    """A server that is a process."""
    return {"name": "small", "command": [sys.executable, SCRIPT, era], **more}


@pytest.fixture(params=["stdio", "stateless stdio", "http", "http with events", "stateless http"])
def server(request: pytest.FixtureRequest, place: Place) -> dict[str, Any]:
    """The same server in every way that there is."""
    era = "stateless" if "stateless" in request.param else "2025-06-18"
    if "stdio" in request.param:
        return stdio(era)

    def reply(headers: Message, body: bytes) -> tuple[int, dict[str, str], bytes]:
        if not body:
            return 200, {}, b""
        message = json.loads(body)
        if message["method"] != "initialize":
            assert headers["mcp-protocol-version"] == ("2026-07-28" if era == "stateless" else era)
        if era == "stateless":
            meta = message["params"].get("_meta")
            assert headers.get("mcp-method") == (message["method"] if meta else None)
            arguments = message["params"].get("arguments", {})
            named = message["params"].get("name")
            assert headers.get("mcp-param-a") == (str(arguments["a"]) if named == "add" else None)
        elif message["method"] != "initialize":
            assert headers["mcp-session-id"] == "s1"
        found = mcp_server.answer(message, era)
        if found is None:
            return 202, {}, b""
        session = {} if era == "stateless" else {"mcp-session-id": "s1"}
        if "error" in found and era == "stateless":
            return 400, {"content-type": "application/json"}, json.dumps(found).encode()
        if "events" in request.param:
            note = json.dumps({"jsonrpc": "2.0", "method": "notifications/message"})
            events = f": hello\r\nid: 1\r\ndata:\r\n\r\ndata: {note}\n\nevent: message\ndata: {json.dumps(found)}\n\n"
            return 200, {**session, "content-type": "text/event-stream"}, events.encode()
        return 200, {**session, "content-type": "application/json; charset=utf-8"}, json.dumps(found).encode()

    place.reply = reply  # type: ignore[method-assign]
    return {"name": "small", "url": f"{place.url}/mcp"}


def ask(server: dict[str, Any], name: str, returns: str = "record", /, **arguments: Any) -> Any:
    """A call of a tool that is declared under another name."""
    return call_mcp({"name": f"my_{name}", "tool": name, "server": server, "returns": returns}, arguments)


def test_tools_are_called_in_every_way_to_a_server(server: dict[str, Any]) -> None:
    assert ask(server, "add", "value", a=1, b=2) == 3
    assert ask(server, "say", "text", text="naïve 🙂") == "naïve 🙂\nend"
    assert [one["name"] for one in mcp_client(server).list_tools()] == ["add", "say"]


def test_a_tool_may_have_its_own_name() -> None:
    assert call_mcp({"name": "say", "server": stdio()}, {"text": "x"}) == "x\nend"


@pytest.mark.parametrize(
    ("name", "returns", "value"),
    [
        ("add", "record", {"result": 3}),
        ("add", "value", 3),
        ("add", "text", "3"),
        ("record", "record", {"city": "Oslo", "result": 1}),
        ("record", "value", {"city": "Oslo", "result": 1}),
        ("record", "text", '{"city": "Oslo"}'),
        ("blocks", "record", "inside\nfile:///b"),
        ("other", "text", ""),
    ],
)
def test_what_a_tool_gives(name: str, returns: str, value: Any) -> None:
    assert ask(stdio(), name, returns, a=1, b=2) == value


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("fail", "the tool `my_fail` failed: no such city as"),
        ("image", "the tool `my_image` answers with `image`, where text is expected"),
        ("more", "the tool `my_more` asks for more than its arguments"),
    ],
)
def test_what_a_tool_refuses(name: str, problem: str) -> None:
    with pytest.raises(ToolError, match=problem):
        ask(stdio(), name)


def test_a_server_may_talk_and_ask_in_between() -> None:
    ping, roots = json.loads(ask(stdio(), "noise"))
    assert ping == {"jsonrpc": "2.0", "id": "ping", "result": {}}
    assert (roots["id"], roots["error"]["code"]) == ("roots/list", -32601)


def test_arguments_that_are_not_given_are_not_sent_nor_is_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LMC_TEST_KEY", KEY)
    arguments, variables = json.loads(ask(stdio(), "given", a=1, b=None))
    assert arguments == {"a": 1}
    assert "LMC_TEST_KEY" not in variables
    assert "PATH" in variables
    assert "TOKEN" in json.loads(ask(stdio(env={"TOKEN": "${LMC_TEST_KEY}"}), "given"))[1]


def test_what_a_server_says_of_its_secrets_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LMC_TEST_KEY", KEY)
    with pytest.raises(ToolError, match=r"failed: no such city as \*\*\*$"):
        ask(stdio(env={"TOKEN": "${LMC_TEST_KEY}"}), "fail")


def test_a_process_serves_until_it_ends_and_then_another_does() -> None:
    server = stdio()
    ask(server, "add", a=1, b=2)
    client = mcp_client(server)
    first = client.channel.process
    ask(server, "add", a=1, b=2)
    assert client.channel.process is first
    with pytest.raises(ToolError, match="the MCP server `small` ended before it answered the tool `my_die`"):
        ask(server, "die")
    assert ask(server, "add", "value", a=1, b=2) == 3
    assert client.channel.process is not first
    second = client.channel.process
    client.close()
    assert (first.returncode, second.returncode) == (3, 0)


def test_a_server_that_is_silent_is_given_up_and_stays() -> None:
    server = stdio()
    ask(server, "add", a=1, b=2)
    silent = {"name": "silence", "server": server, "timeout": 0.05}
    with pytest.raises(ToolError, match=r"^the tool `silence` did not answer within 0.05 s$"):
        call_mcp(silent, {})
    assert ask(server, "add", "value", a=2, b=2) == 4


def test_threads_share_a_server() -> None:
    server = stdio()
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda n: ask(server, "add", "value", a=n, b=n), range(20))) == [2 * n for n in range(20)]
    assert len(mcp.MCP_CLIENTS) == 1


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        (["lmc-no-such-program"], "the tool `my_add` needs `lmc-no-such-program`: No such file"),
        ([sys.executable, "-c", ""], "ended before it answered|cannot be reached"),
        (
            [sys.executable, SCRIPT, "1999-01-01"],
            "the MCP server `small` speaks revision 1999-01-01, which is not known",
        ),
    ],
)
def test_a_server_that_is_none(command: list[str], problem: str) -> None:
    with pytest.raises(ToolError, match=problem):
        ask({"name": "small", "command": command}, "add")


def test_a_session_that_the_server_forgot_begins_anew(place: Place) -> None:
    def greeting(session: str) -> tuple[int, dict[str, str], bytes]:
        result = {"protocolVersion": "2025-11-25", "capabilities": {}}
        return (
            200,
            {"mcp-session-id": session, "content-type": "application/json"},
            json.dumps({"jsonrpc": "2.0", "id": {"s1": 1, "s2": 3}[session], "result": result}).encode(),
        )

    done = as_json({"jsonrpc": "2.0", "id": 4, "result": mcp_server.text("fine")})
    place.answers = [
        greeting("s1"),
        (202, {}, b""),
        (404, {}, b""),
        greeting("s2"),
        (202, {}, b""),
        done,
        (200, {}, b""),
    ]
    server = {"url": place.url}
    assert ask(server, "say") == "fine"
    assert [headers["mcp-session-id"] for _, _, headers, _ in place.seen] == [None, "s1", "s1", None, "s2", "s2"]
    mcp_client(server).close()
    assert (place.seen[-1][0], place.seen[-1][2]["mcp-session-id"]) == ("DELETE", "s2")


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ((401, {}, b"key very/secret+key 0123"), r"cannot be reached on `http.*`: status 401"),
        ((404, {}, b""), "refuses a connection: status 404"),
        (as_text("", 302, location="http://127.0.0.1:9/"), "status 302"),
        (as_text("hello"), "not a message of the protocol"),
        ((200, {"content-type": "text/event-stream"}, b"data: nothing\n\n"), "ended before it answered"),
        (as_json({"jsonrpc": "2.0", "id": 1, "error": {"message": "go away"}}), "refuses a connection: go away"),
        (None, "cannot be reached"),
    ],
)
def test_a_url_that_is_no_server(place: Place, monkeypatch: pytest.MonkeyPatch, answer: Any, problem: str) -> None:
    monkeypatch.setenv("LMC_TEST_KEY", KEY)
    place.reply = lambda headers, body: answer  # type: ignore[method-assign]
    with pytest.raises(ToolError, match=problem) as error:
        ask({"url": place.url, "headers": {"authorization": "${LMC_TEST_KEY}"}}, "add")
    assert "secret" not in str(error.value)
    assert place.seen[0][2]["authorization"] == KEY


def test_a_method_that_the_server_lacks_is_refused() -> None:
    with pytest.raises(ToolError, match="the tool `x` refuses: no method tools/none"):
        mcp_client(stdio()).request("tools/none", {}, 60.0, "x")


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("us-west1", "us-west1"),
        ("Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="),
        (" padded ", "=?base64?IHBhZGRlZCA=?="),
        ("line1\nline2", "=?base64?bGluZTEKbGluZTI=?="),
        ("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="),
    ],
)
def test_header_values_are_encoded_as_the_specification_shows(text: str, sent: str) -> None:
    assert header_text(text) == sent


def test_arguments_are_repeated_in_headers_where_the_schema_asks() -> None:
    def marked(name: str) -> dict[str, Any]:
        return {"type": "string", "x-mcp-header": name}

    inner = {"type": "object", "properties": {"deep": marked("Deep")}}
    schema = {"properties": {"region": marked("Region"), "on": marked("On"), "gone": marked("Gone"), "in": inner}}
    arguments = {"region": "us", "on": True, "gone": None, "in": {"deep": 3}, "query": "q"}
    found = {"mcp-param-Region": "us", "mcp-param-On": "true", "mcp-param-Deep": "3"}
    assert mirrored_headers(schema, arguments) == found
    assert mirrored_headers(None, arguments) == {}


REAL = """
from mcp.server import MCPServer
server = MCPServer("real")
@server.tool()
def add(a: int, b: int) -> int:
    return a + b
@server.tool()
def greet(name: str) -> str:
    return f"hello {name}"
@server.tool()
def fail(reason: str) -> str:
    raise ValueError(reason)
server.run("stdio")
"""


@pytest.mark.parametrize("era", ["handshake", "stateless"])
def test_a_server_of_the_reference_implementation(monkeypatch: pytest.MonkeyPatch, era: str) -> None:
    pytest.importorskip("mcp", reason="the package `mcp` is not installed")
    send = McpClient.ask

    def no_handshake(client: McpClient, method: str, *rest: Any) -> dict[str, Any]:
        return {} if method == "initialize" else send(client, method, *rest)

    if era == "stateless":
        monkeypatch.setattr(McpClient, "ask", no_handshake)
    server = {"name": "real", "command": [sys.executable, "-c", REAL]}
    assert ask(server, "add", "value", a=20, b=22) == 42
    assert ask(server, "greet", "text", name="Ada") == "hello Ada"
    with pytest.raises(ToolError, match="the tool `my_fail` failed"):
        ask(server, "fail", reason="x")
    assert mcp_client(server).version == ("2026-07-28" if era == "stateless" else "2025-11-25")
    schemas = {one["name"]: one["inputSchema"] for one in mcp_client(server).list_tools()}
    assert set(schemas["add"]["properties"]) == {"a", "b"}
