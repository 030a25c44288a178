"""Remote LMs, against a server on loopback that behaves as badly as they come."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from lmc.ir.program import LMDecl
from lmc.lm import LM, LMError, Reply, Request, ToolCall
from lmc.lm.open import open_lm, price
from lmc.lm.remote import RemoteLM

pytest.importorskip("litellm")

Says = Callable[..., Request]
KEY = "sk-very-secret-0123456789"


@pytest.fixture
def lm(provider: Any, monkeypatch: pytest.MonkeyPatch) -> RemoteLM:
    monkeypatch.setenv("TEST_KEY", KEY)
    return RemoteLM("openai/m", {"base_url": provider.url, "key": "TEST_KEY", "timeout": 20})


def ask(lm: LM, *requests: Request) -> list[Reply]:
    async def run() -> list[Reply]:
        try:
            return await asyncio.gather(*(lm(one) for one in requests))
        finally:
            await lm.close()

    return asyncio.run(run())


def test_a_chat_is_sent_as_it_is_but_for_what_is_for_local_models(lm: RemoteLM, provider: Any, says: Says) -> None:
    schema = {"type": "json_schema", "json_schema": {"name": "reply", "schema": {"type": "object"}}}
    options = {"temperature": 0, "max_tokens": 9, "stop": ["\n"], "response_format": schema}
    [reply] = ask(lm, says("hi", grammar="root ::= x", lmc_prefix=[0, 1], **options))
    assert reply == Reply("HI", "stop", 7, 3, 2)
    [(path, authorization, body)] = provider.seen
    assert (path, authorization) == ("/v1/chat/completions", f"Bearer {KEY}")
    assert body == {"model": "m", "messages": [{"role": "user", "content": "hi"}], **options}


def test_a_text_to_complete_goes_to_the_other_path(lm: RemoteLM, provider: Any) -> None:
    assert ask(lm, Request("openai/m", {"prompt": "abc", "max_tokens": 3}))[0].text == "ABC"
    assert provider.seen[0][0] == "/v1/completions"


def events(*chunks: dict[str, Any], end: bytes = b"data: [DONE]\n\n") -> Any:
    """A stream of chunks, as a provider sends it."""
    base = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    data = b"".join(b"data: " + json.dumps({**base, **chunk}).encode() + b"\n\n" for chunk in chunks) + end
    return lambda _: (200, {"content-type": "text/event-stream"}, data)


def delta(finish: str | None = None, **said: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": said, "finish_reason": finish}]}


USAGE = {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}}


def listened(lm: RemoteLM, request: Request) -> tuple[list[str], Reply]:
    heard: list[str] = []
    [reply] = ask(lm, replace(request, listen=heard.append))
    return heard, reply


def test_who_listens_hears_the_pieces(lm: RemoteLM, provider: Any, says: Says) -> None:
    pieces = (delta(role="assistant", content=""), delta(content="Hel"), delta(content="lo"), delta("length"), USAGE)
    provider.script.append(events(*pieces))
    heard, reply = listened(lm, says("hi"))
    assert "".join(heard) == "Hello"
    assert len(heard) > 1
    assert reply == Reply("Hello", "length", 7, 3)
    assert provider.seen[0][2]["stream"] is True


def test_a_character_in_two_pieces_is_told_whole(lm: RemoteLM, provider: Any, says: Says) -> None:
    provider.script.append(events(delta(content="a\ud83d"), delta(content="\ude00b"), delta("stop")))
    heard, reply = listened(lm, says("hi"))
    assert "".join(heard) == reply.text == "a😀b"


def test_a_stream_that_breaks_off_is_told_to_have_begun(lm: RemoteLM, provider: Any, says: Says) -> None:
    broken = b'data: {"error": {"message": "overloaded", "type": "server_error", "code": 500}}\n\n'
    provider.script.append(events(delta(content="Hel"), delta(content="lo"), end=broken))
    heard: list[str] = []
    with pytest.raises(LMError) as failed:
        ask(lm, replace(says("hi"), listen=heard.append))
    assert heard
    assert failed.value.partial


TOOLS = [{"type": "function", "function": {"name": "add", "parameters": {"type": "object", "properties": {}}}}]


def test_a_call_of_a_tool_is_read(lm: RemoteLM, provider: Any, says: Says) -> None:
    call = {"id": "x", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    answer = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [
        {"index": 0, "finish_reason": "tool_calls", "message": message}]}  # fmt: skip
    provider.script.append(lambda _: (200, {}, json.dumps(answer).encode()))
    [reply] = ask(lm, says("add", tools=TOOLS, tool_choice="required"))
    assert reply == Reply("", tool_calls=(ToolCall("add", '{"a": 1}'),))
    assert provider.seen[0][2]["tools"] == TOOLS
    assert provider.seen[0][2]["tool_choice"] == "required"


def test_a_call_of_a_tool_in_pieces_is_put_together(lm: RemoteLM, provider: Any, says: Says) -> None:
    first = {"index": 0, "id": "x", "type": "function", "function": {"name": "add", "arguments": ""}}
    more = [{"index": 0, "function": {"arguments": part}} for part in ('{"a"', ": 1}")]
    chunks = [delta(role="assistant", tool_calls=[first]), *(delta(tool_calls=[one]) for one in more)]
    provider.script.append(events(*chunks, delta("tool_calls")))
    heard, reply = listened(lm, says("add", tools=TOOLS))
    assert (heard, reply.tool_calls) == ([], (ToolCall("add", '{"a": 1}'),))


def test_content_in_parts_is_sent_as_it_is(lm: RemoteLM, provider: Any) -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    content = [{"type": "text", "text": "hi"}, image]
    provider.script.append(lambda body: good_text("seen"))
    ask(lm, Request("openai/m", {"messages": [{"role": "user", "content": content}]}))
    assert provider.seen[0][2]["messages"][0]["content"] == content


def good_text(text: str) -> tuple[int, dict[str, str], bytes]:
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
    answer = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
    return 200, {}, json.dumps(answer).encode()


def test_what_is_drawn_by_lot_has_a_seed(lm: RemoteLM, provider: Any, says: Says) -> None:
    drawn = says("hi", temperature=0.7)
    ask(lm, says("hi", temperature=0), drawn, replace(drawn, sample=1), drawn)
    seeds = [body.get("seed") for _, _, body in provider.seen]
    plain = [body.get("seed") for _, _, body in provider.seen if body["temperature"] == 0]
    assert plain == [None]
    assert sorted(seed for seed in seeds if seed is not None) == sorted(
        [drawn.seed, replace(drawn, sample=1).seed, drawn.seed]
    )


def test_a_grammar_goes_to_a_server_that_is_declared_to_take_one(provider: Any, says: Says) -> None:
    lm = RemoteLM("openai/m", {"base_url": provider.url, "structured": "grammar"})
    ask(lm, says("hi", grammar="root ::= x"))
    assert provider.seen[0][2]["grammar"] == "root ::= x"


@pytest.mark.parametrize(
    "said",
    [
        "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
        "context_length_exceeded",
        "prompt is too long: 210000 tokens > 200000 maximum",
    ],
)
def test_a_prompt_beyond_the_context_costs_its_row_alone(
    lm: RemoteLM, provider: Any, act: Any, says: Says, said: str
) -> None:
    provider.script.append(act["status"](400, said))
    with pytest.raises(LMError) as failed:
        ask(lm, says("x"))
    assert (failed.value.diagnostic.code, failed.value.transient) == ("LMP0611", False)
    assert "context of `openai/m`" in failed.value.diagnostic.message


def test_no_reply_is_endless(lm: RemoteLM, provider: Any, says: Says) -> None:
    ask(lm, says("hi"))
    assert provider.seen[0][2]["max_tokens"] == 512


@pytest.mark.parametrize(
    ("what", "code", "transient"),
    [
        ((429, "slow down"), "LMP0606", True),
        ((500, "oops"), "LMP0606", True),
        ((503, "overloaded"), "LMP0606", True),
        ((408, "too late"), "LMP0606", True),
        ((401, "wrong key"), "LMP0603", False),
        ((403, "not for you"), "LMP0603", False),
        ((404, "no such model"), "LMP0604", False),
        ((400, "too long"), "LMP0605", False),
        ("drop", "LMP0606", True),
        ("garbage", "LMP0607", True),
        ("no choices", "LMP0607", True),
    ],
)
@pytest.mark.parametrize("body", [{"messages": [{"role": "user", "content": "x"}]}, {"prompt": "x"}])
def test_every_kind_of_trouble_has_its_code(
    lm: RemoteLM, provider: Any, act: Any, body: Any, what: Any, code: str, transient: bool
) -> None:
    provider.script.append(act[what] if isinstance(what, str) else act["status"](*what))
    with pytest.raises(LMError) as failed:
        ask(lm, Request("openai/m", body))
    assert (failed.value.diagnostic.code, failed.value.transient) == (code, transient)
    assert len(provider.seen) == 1
    if isinstance(what, tuple) and what[0] not in (408,):
        assert what[1] in str(failed.value.diagnostic.notes)
        assert "itellm" not in str(failed.value.diagnostic)


def test_no_key_is_ever_shown(lm: RemoteLM, provider: Any, act: Any, says: Says) -> None:
    provider.script.append(act["status"](401, f"Incorrect API key provided: {KEY} ({KEY[:5]}****{KEY[-4:]})"))
    with pytest.raises(LMError) as failed:
        ask(lm, says("x"))
    shown = str(failed.value.diagnostic)
    assert KEY not in shown
    assert KEY[-4:] not in shown
    assert "TEST_KEY" in shown


def test_the_provider_says_how_long_to_wait(lm: RemoteLM, provider: Any, act: Any, says: Says) -> None:
    provider.script.append(act["status"](429, retry_after="7"))
    with pytest.raises(LMError) as failed:
        ask(lm, says("x"))
    assert failed.value.after == 7.0


def test_a_storm_is_weathered(provider: Any, act: Any, says: Says) -> None:
    provider.script += [act["status"](429, retry_after="3"), act["status"](500), act["drop"], act["garbage"]] * 3
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    options = (("base_url", provider.url), ("retries", 12), ("concurrency", 4))
    lm = open_lm(LMDecl("far", "openai/m", options), sleep=sleep)
    assert [one.text for one in ask(lm, *(says(text) for text in "abcd"))] == ["A", "B", "C", "D"]
    assert len(provider.seen) == 16
    assert len(pauses) == 12


def test_a_server_that_is_not_there_is_a_transient_error(says: Says) -> None:
    with pytest.raises(LMError) as failed:
        ask(RemoteLM("openai/m", {"base_url": "http://127.0.0.1:9/v1"}), says("x"))
    assert (failed.value.diagnostic.code, failed.value.transient) == ("LMP0606", True)


def test_a_missing_key_is_named_before_any_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    monkeypatch.delenv("MINE", raising=False)
    for options, variable in (({}, "ANTHROPIC_API_KEY"), ({"key": "MINE"}, "MINE")):
        with pytest.raises(LMError, match=variable) as failed:
            RemoteLM("anthropic/claude", options)
        assert failed.value.diagnostic.code == "LMP0603"


def test_an_unknown_provider_is_told(says: Says) -> None:
    with pytest.raises(LMError) as failed:
        ask(RemoteLM("nonsense/m", {}), says("x"))
    assert failed.value.diagnostic.code == "LMP0604"


@pytest.mark.parametrize(
    ("option", "value"),
    [("base_url", "localhost:8000"), ("key", "sk-123"), ("timeout", "soon"), ("price_in", -1), ("price_out", True)],
)
def test_wrong_options_are_told(option: str, value: Any) -> None:
    with pytest.raises(LMError, match=option) as failed:
        RemoteLM("openai/m", {"base_url": "http://127.0.0.1:9/v1", option: value})
    assert failed.value.diagnostic.code == "LMP0608"


def test_the_declared_price_counts_and_else_the_table(provider: Any, says: Says) -> None:
    declared = RemoteLM("openai/m", {"base_url": provider.url, "price_in": 1, "price_out": 2.0})
    assert ask(declared, says("x"))[0].dollars == pytest.approx(13e-6)
    known = RemoteLM("openai/gpt-4o-mini", {"base_url": provider.url})
    assert ask(known, says("x"))[0].dollars == pytest.approx((7 * 0.15 + 3 * 0.6) / 1e6)
    assert price(LMDecl("a", "openai/gpt-4o-mini")) == pytest.approx((0.15, 0.6))
    assert price(LMDecl("a", "openai/m", (("price_in", 3),))) == (3.0, 0.0)
    assert price(LMDecl("a", "local/smollm2-135m")) == (0.0, 0.0)


@pytest.mark.parametrize(("option", "value"), [("concurrency", 0), ("retries", -1), ("concurrency", "many")])
def test_wrong_counts_are_told(option: str, value: Any) -> None:
    with pytest.raises(LMError, match=option):
        open_lm(LMDecl("far", "openai/m", (("base_url", "http://127.0.0.1:9/v1"), (option, value))))


def test_the_fallback_answers_when_the_first_cannot(provider: Any, act: Any, says: Says) -> None:
    provider.script.append(act["status"](404))
    first, second = (LMDecl(name, f"openai/{name}", (("base_url", provider.url),)) for name in ("one", "two"))
    lm = open_lm(first, fallback=(second, open_lm(second)))
    assert ask(lm, says("x"))[0].text == "X"
    assert [body["model"] for _, _, body in provider.seen] == ["one", "two"]
