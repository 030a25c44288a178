"""The client asks an OpenAI-compatible server, tries again where that may help, and keeps the key to itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lmc.runtime.client import CallError, lm_chooser, openai_client, reply_text, server_lm, tool_reply

KEY = "sk-very-secret-0123456789"
CHAT = {"messages": [{"role": "user", "content": "hi"}], "temperature": 0.0}


def good(text: str | None = "hello") -> tuple[int, dict[str, str], Any]:
    """An ordinary answer."""
    return 200, {}, {"choices": [{"message": {"content": text}}]}


def status(code: int, **headers: str) -> tuple[int, dict[str, str], Any]:
    """An error."""
    return code, {name.replace("_", "-"): value for name, value in headers.items()}, {"error": {"message": "no"}}


def declared(server: Any, **more: Any) -> dict[str, Any]:
    """A server as emitted code knows it."""
    return {"reference": "openai/m", "model": "m", "base_url": server.url, "key": "LMC_TEST_KEY", "dropped": [], **more}


def test_a_chat_request_goes_to_chat_completions(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LMC_TEST_KEY", KEY)
    server.script = [good()]
    assert openai_client("m", server.url, "LMC_TEST_KEY")(CHAT) == "hello"
    path, headers, body = server.seen[0]
    assert path == "/v1/chat/completions"
    assert headers["authorization"] == f"Bearer {KEY}"
    assert body == {"model": "m", **CHAT}


def test_a_prompt_goes_to_completions_without_a_key_where_there_is_none(server: Any) -> None:
    server.script = [(200, {}, {"choices": [{"text": " hello"}]})]
    assert openai_client("m", server.url + "/")({"prompt": "a", "grammar": "g"}) == " hello"
    path, headers, body = server.seen[0]
    assert path == "/v1/completions"
    assert "authorization" not in headers
    assert body == {"model": "m", "prompt": "a", "grammar": "g"}


def test_fields_that_the_server_does_not_take_are_dropped(server: Any) -> None:
    server.script = [good()]
    openai_client("m", server.url, dropped=["grammar", "lmc_prefix"])({**CHAT, "grammar": "g", "lmc_prefix": [1, 0]})
    assert server.seen[0][2] == {"model": "m", **CHAT}


@pytest.mark.parametrize(
    "bad",
    [status(429), status(500), status(503), status(408), None, (200, {}, b"<html>"), (200, {}, {"choices": []})],
    ids=["429", "500", "503", "408", "dropped", "no JSON", "no reply"],
)
def test_what_may_pass_is_tried_again(server: Any, pauses: list[float], bad: Any) -> None:
    server.script = [bad, bad, good()]
    assert openai_client("m", server.url)(CHAT) == "hello"
    assert pauses == [1.0, 2.0]


def test_the_server_may_ask_for_a_longer_pause(server: Any, pauses: list[float]) -> None:
    server.script = [status(429, retry_after="7"), status(429, retry_after="9999"), good()]
    openai_client("m", server.url)(CHAT)
    assert pauses == [7.0, 30.0]


@pytest.mark.parametrize("code", [400, 401, 403, 404, 422])
def test_what_will_not_pass_is_not_tried_again(server: Any, pauses: list[float], code: int) -> None:
    server.script = [status(code)]
    with pytest.raises(CallError, match=f"status {code}"):
        openai_client("m", server.url)(CHAT)
    assert pauses == []


def test_after_the_last_try_the_problem_is_told(server: Any, pauses: list[float]) -> None:
    server.script = [status(500), status(503)]
    with pytest.raises(CallError, match=r"did not answer with a reply: status 503"):
        openai_client("m", server.url, tries=2)(CHAT)
    assert len(server.seen) == 2


def test_a_server_that_is_not_there(server: Any, pauses: list[float]) -> None:
    server.close()
    with pytest.raises(CallError, match="refused"):
        openai_client("m", server.url, tries=2)(CHAT)
    assert pauses == [1.0]


@pytest.mark.parametrize("url", ["nonsense", "http://[::1", "ftp://127.0.0.1:1/v1"])
def test_an_address_that_is_none(url: str, pauses: list[float]) -> None:
    with pytest.raises(CallError, match="did not answer with a reply"):
        openai_client("m", url, tries=1)(CHAT)


def test_the_key_is_in_no_message(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LMC_TEST_KEY", KEY)
    server.script = [(401, {}, {"error": f"Incorrect API key provided: {KEY}"})]
    url = server.url.replace("http://", "http://user:password@")
    with pytest.raises(CallError) as error:
        openai_client("m", server.url, "LMC_TEST_KEY")(CHAT)
    assert KEY not in str(error.value)
    with pytest.raises(CallError) as error:
        openai_client("m", url, "LMC_TEST_KEY", tries=1)(CHAT)
    assert "password" not in str(error.value)


def test_a_redirect_does_not_take_the_key_along(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LMC_TEST_KEY", KEY)
    server.script = [status(302, location=f"{server.url}/elsewhere"), good()]
    openai_client("m", server.url, "LMC_TEST_KEY")(CHAT)
    assert [("authorization" in headers) for _, headers, _ in server.seen] == [True, False]


def test_loopback_needs_no_proxy(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    server.script = [good()]
    assert openai_client("m", server.url, tries=1)(CHAT) == "hello"


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ({"choices": [{"message": {"content": "a"}}]}, "a"),
        ({"choices": [{"message": {"content": None}}]}, ""),
        ({"choices": [{"text": "b"}]}, "b"),
        ({"choices": [{"text": None}]}, ""),
    ],
)
def test_the_text_of_an_answer(answer: Any, text: str) -> None:
    assert reply_text(answer) == text


def call(name: str, arguments: Any) -> dict[str, Any]:
    return {"id": "1", "type": "function", "function": {"name": name, "arguments": arguments}}


@pytest.mark.parametrize(
    ("content", "calls", "thought", "arguments"),
    [
        (None, [call("add", '{"a": 1, "b": "é"}')], "", {"a": 1, "b": "é"}),
        (" I add. ", [call("add", "{}"), call("other", "{}")], "I add.", {}),
        ("", [call("add", "")], "", {}),
        ("", [call("add", {"a": 1})], "", {"a": 1}),
        ("", [call("add", '{"a": ')], "", '{"a": '),
    ],
)
def test_a_call_of_a_tool_is_a_reply_as_text(content: Any, calls: Any, thought: str, arguments: Any) -> None:
    wanted = {"thought": thought, "call": {"tool": "add", "arguments": arguments}}
    assert json.loads(tool_reply(content, calls)) == wanted
    message = {"tool_calls": calls} | ({} if content is None else {"content": content})
    assert json.loads(reply_text({"choices": [{"message": message}]})) == wanted


def test_no_calls_are_no_calls() -> None:
    assert reply_text({"choices": [{"message": {"content": "a", "tool_calls": []}}]}) == "a"


@pytest.mark.parametrize(
    "answer",
    [
        *({}, [], "x" * 3, 3, {"choices": [{}]}, {"choices": [{"message": {"content": [1]}}]}),
        {"choices": [{"message": {"tool_calls": [{}]}}]},
    ],
)
def test_an_answer_without_a_text(answer: Any) -> None:
    with pytest.raises(ValueError, match="not a reply"):
        reply_text(answer)


def test_a_given_lm_is_asked_for_every_template() -> None:
    def lm(request: dict[str, Any]) -> str:
        return "x"

    assert lm_chooser(lm, {})({"lm": "small"}) is lm


def test_the_environment_counts_before_the_declaration(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LMC_SMALL_BASE_URL", server.url)
    monkeypatch.setenv("LMC_SMALL_MODEL", "other")
    monkeypatch.setenv("LMC_SMALL_KEY", "MY_OWN_KEY")
    monkeypatch.setenv("MY_OWN_KEY", KEY)
    server.script = [good()]
    servers = {"small": {**declared(server), "base_url": "http://127.0.0.1:9/v1"}}
    assert lm_chooser(None, servers)({"lm": "small"})(CHAT) == "hello"
    _, headers, body = server.seen[0]
    assert (headers["authorization"], body["model"]) == (f"Bearer {KEY}", "other")


def test_a_provider_of_another_protocol_is_told_apart(server: Any) -> None:
    servers = {"big": declared(server, reference="anthropic/claude", base_url="")}
    with pytest.raises(CallError, match=r"no OpenAI-compatible server is known for anthropic/claude.*LMC_BIG_BASE_URL"):
        server_lm("big", servers)


def test_a_fallback_is_asked_where_an_lm_fails(server: Any) -> None:
    servers = {"big": declared(server, fallback="small"), "small": declared(server, model="s")}
    server.script = [status(401), good("from small")]
    assert server_lm("big", servers)(CHAT) == "from small"
    assert [body["model"] for _, _, body in server.seen] == ["m", "s"]


def test_retries_are_as_declared(server: Any, pauses: list[float]) -> None:
    server.script = [status(500)] * 3
    with pytest.raises(CallError):
        server_lm("one", {"one": declared(server, retries=2)})(CHAT)
    assert len(server.seen) == 3
