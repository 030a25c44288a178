"""The server speaks OpenAI's dialect, to this machine and to who knows the token."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lmc.diagnostics import Failure
from lmc.lm import LMError, Reply, Request, ToolCall
from lmc.lm.problems import prompt_too_long, unreachable
from lmc.lm.scripted import Scripted
from lmc.lm.server import MOST_BYTES, Server

Ask = Callable[..., tuple[int, Any]]


def reply(request: Request) -> Reply:
    if "prompt" in request.body:
        return Reply(f"completed {request.body['prompt']}", "length", 3, 2, 1)
    match request.body["messages"][-1]["content"]:
        case "too long":
            raise LMError(prompt_too_long("local/m", 9000, 8192))
        case "busy":
            raise LMError(unreachable("local/m", ""), transient=True)
        case "bug":
            raise RuntimeError("not expected")
        case "add":
            return Reply("", tool_calls=(ToolCall("add", '{"a": 1}'),))
        case text:
            return Reply(f"you said {text}", "stop", 3, 2, 1)


@pytest.fixture
def lm() -> Scripted:
    return Scripted(reply)


@pytest.fixture
def server(lm: Scripted) -> Iterator[Server]:
    server = Server(lm, "m", "the token", 0)
    thread = threading.Thread(target=server.run)
    thread.start()
    yield server
    server.stop()
    thread.join()


@pytest.fixture
def ask(server: Server) -> Ask:
    """Sends one request; gives the status and the body, parsed where it is JSON."""

    def send(path: str, body: Any = None, token: str = "the token", **headers: str) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        sent = {
            "Authorization": f"Bearer {token}",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        connection.request("GET" if body is None else "POST", path, data, sent)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, json.loads(text) if "json" in str(answer.headers["content-type"]) else text

    return send


def chat(text: str, **options: Any) -> dict[str, Any]:
    return {"model": "m", "messages": [{"role": "user", "content": text}], **options}


def test_a_chat_is_answered_in_openais_form(ask: Ask, lm: Scripted) -> None:
    status, answer = ask("/v1/chat/completions", chat("hi", grammar="root ::= x", lmc_prefix=[0, 1], max_tokens=4))
    assert status == 200
    assert answer["object"] == "chat.completion"
    assert answer["choices"][0]["message"] == {"role": "assistant", "content": "you said hi"}
    assert answer["choices"][0]["finish_reason"] == "stop"
    assert answer["usage"]["total_tokens"] == 5
    passed = {"grammar": "root ::= x", "lmc_prefix": [0, 1], "max_tokens": 4}
    assert lm.calls == [Request("m", {"messages": [{"role": "user", "content": "hi"}], **passed})]


def test_a_text_is_completed(ask: Ask) -> None:
    status, answer = ask("/v1/completions", {"prompt": "abc"})
    assert (status, answer["choices"][0]["text"]) == (200, "completed abc")
    assert answer["choices"][0]["finish_reason"] == "length"


def chunks(text: str) -> list[Any]:
    """The events of a stream, all but the end."""
    *events, end, rest = text.split("\n\n")
    assert (end, rest) == ("data: [DONE]", "")
    return [json.loads(one.removeprefix("data: ")) for one in events]


def test_a_stream_brings_the_reply_in_pieces(ask: Ask) -> None:
    status, text = ask("/v1/chat/completions", chat("hi", stream=True))
    assert status == 200
    deltas = [one["choices"][0]["delta"] for one in chunks(text)]
    assert deltas[0] == {"role": "assistant", "content": ""}
    assert [one["content"] for one in deltas[1:-1]] == ["you", " said", " hi"]
    last = chunks(text)[-1]
    assert (last["object"], last["choices"][0]["finish_reason"]) == ("chat.completion.chunk", "stop")
    assert last["usage"]["total_tokens"] == 5


def test_a_completion_streams_too(ask: Ask) -> None:
    _, text = ask("/v1/completions", {"prompt": "abc", "stream": True})
    assert "".join(one["choices"][0]["text"] for one in chunks(text)) == "completed abc"
    assert chunks(text)[-1]["choices"][0]["finish_reason"] == "length"


def test_what_is_wrong_before_a_stream_begins_has_its_status(ask: Ask) -> None:
    status, answer = ask("/v1/chat/completions", chat("too long", stream=True))
    assert (status, answer["error"]["code"]) == (400, "context_length_exceeded")


TOOLS = [{"type": "function", "function": {"name": "add", "parameters": {"type": "object", "properties": {}}}}]


def test_a_call_of_a_tool_has_openais_form(ask: Ask, lm: Scripted) -> None:
    _, answer = ask("/v1/chat/completions", chat("add", tools=TOOLS))
    [choice] = answer["choices"]
    assert choice["finish_reason"] == "tool_calls"
    call = {"id": "call_0", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}
    assert choice["message"] == {"role": "assistant", "content": None, "tool_calls": [call]}
    assert lm.calls[0].body["tools"] == TOOLS
    _, text = ask("/v1/chat/completions", chat("add", tools=TOOLS, stream=True))
    assert chunks(text)[-2]["choices"][0]["delta"]["tool_calls"] == [{"index": 0, **call}]
    again = [{"role": "user", "content": "x"}, {"role": "assistant", "content": None, "tool_calls": [call]}]
    again.append({"role": "tool", "tool_call_id": "call_0", "content": "3"})
    assert ask("/v1/chat/completions", {"messages": again})[0] == 200


def test_content_may_be_a_list_of_parts(ask: Ask, lm: Scripted) -> None:
    parts = [{"type": "text", "text": "hi"}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}]
    status, _ = ask("/v1/chat/completions", {"messages": [{"role": "user", "content": parts}]})
    assert (status, lm.calls[0].body["messages"][0]["content"]) == (200, parts)


def test_the_models_are_listed(ask: Ask) -> None:
    assert [one["id"] for one in ask("/v1/models")[1]["data"]] == ["m"]


@pytest.mark.parametrize("headers", [{"token": "wrong"}, {"token": ""}, {"Authorization": "Basic the token"}])
def test_without_the_token_nothing_is_answered(ask: Ask, lm: Scripted, headers: dict[str, str]) -> None:
    status, answer = ask("/v1/chat/completions", chat("hi"), **headers)
    assert (status, answer["error"]["type"]) == (401, "authentication_error")
    assert ask("/v1/models", **headers)[0] == 401
    assert lm.calls == []


@pytest.mark.parametrize(("host", "status"), [("evil.example", 403), ("", 403), ("localhost:1", 200), ("[::1]:9", 200)])
def test_a_page_that_rebinds_its_name_is_refused(ask: Ask, host: str, status: int) -> None:
    assert ask("/v1/models", Host=host)[0] == status


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/nothing", {}, 404),
        ("/v1/chat/completions", b"{not json", 400),
        ("/v1/chat/completions", [1], 400),
        ("/v1/chat/completions", {"messages": "hi"}, 400),
        ("/v1/chat/completions", {"messages": []}, 400),
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": [1]}]}, 400),
        ("/v1/completions", {"prompt": ["a", "b"]}, 400),
        ("/v1/chat/completions", chat("too long"), 400),
        ("/v1/chat/completions", chat("busy"), 503),
        ("/v1/chat/completions", chat("bug"), 500),
    ],
)
def test_what_is_wrong_is_said_in_openais_form(ask: Ask, path: str, body: Any, status: int) -> None:
    found, answer = ask(path, body)
    assert found == status
    assert answer["error"]["message"]


def test_the_reason_is_passed_on(ask: Ask) -> None:
    assert "9,000 tokens" in ask("/v1/chat/completions", chat("too long"))[1]["error"]["message"]
    assert "not expected" not in str(ask("/v1/chat/completions", chat("bug"))[1])


def test_a_body_without_end_is_not_read(ask: Ask, server: Server) -> None:
    assert ask("/v1/chat/completions", b"", Content_Length=str(MOST_BYTES + 1))[0] == 413
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.putrequest("POST", "/v1/completions")
    connection.putheader("Authorization", "Bearer the token")
    connection.endheaders()
    assert connection.getresponse().status == 411
    connection.close()


def test_a_port_in_use_is_told(server: Server) -> None:
    with pytest.raises(Failure, match=str(server.port)) as failed:
        Server(Scripted({}), "m", "t", server.port)
    assert failed.value.diagnostic.code == "LMP0630"
