"""How likely a reply was: from the tokens that an LM tells of to the number beside the text."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from math import isclose
from pathlib import Path
from typing import Any

import pytest

from lmc.ir.program import LMDecl
from lmc.lm import LM, Reply, Request
from lmc.lm.cache import Cache
from lmc.lm.likelihood import can_score, logprob_of, tokens_in
from lmc.lm.local import LocalLM
from lmc.lm.models import find
from lmc.lm.recorder import Recorder, Replay, fields_from, reply_from
from lmc.lm.remote import RemoteLM
from lmc.lm.scripted import Scripted
from lmc.store import Journal

Says = Callable[..., Request]


def ask(lm: LM, *requests: Request) -> list[Reply]:
    async def run() -> list[Reply]:
        try:
            return [await lm(one) for one in requests]
        finally:
            await lm.close()

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("text", "tokens", "total"),
    [
        ("music", [(b"mus", -1.0), (b"ic", -0.5)], -1.5),
        ("music", [(b"mus", -1.0), (b"ic", -0.5), (b"", -3.0)], -1.5),
        ("music", [(b"music", -1.0), (b"\n", -0.5), (b"Text", -2.0)], -1.0),
        ("ï", [(b"\xc3", -1.0), (b"\xaf", -0.5)], -1.5),
        ("", [], 0.0),
        ("music", [], None),
        ("music", [(b"mus", -1.0)], None),
        ("music", [(b"food", -1.0), (b"music", -1.0)], None),
    ],
)
def test_a_text_is_as_likely_as_the_tokens_that_make_it_up(
    text: str, tokens: list[tuple[bytes, float]], total: float | None
) -> None:
    assert logprob_of(text, tokens) == total


def test_the_protocol_has_two_forms_for_it() -> None:
    chat = {"logprobs": {"content": [{"token": "\\xc3", "bytes": [195], "logprob": -1}, {"token": "x", "logprob": -2}]}}
    assert tokens_in(chat) == [(b"\xc3", -1.0), (b"x", -2.0)]
    completion = {"logprobs": {"tokens": ["a", "b"], "token_logprobs": [None, -2], "top_logprobs": None}}
    assert tokens_in(completion) == [(b"b", -2.0)]
    assert tokens_in({"logprobs": None}) == tokens_in({}) == []


def test_it_is_kept_with_the_reply(says: Says, tmp_path: Path) -> None:
    reply = Reply("x", logprob=-0.1234567890123456)
    assert reply_from(json.loads(json.dumps(fields_from(reply)))) == reply
    assert "logprob" not in fields_from(Reply("x"))
    assert ask(Cache(Scripted(lambda _: reply), tmp_path / "cache.db"), says("a")) == [reply]
    assert ask(Cache(Scripted({}), tmp_path / "cache.db"), says("a")) == [reply]
    with Journal(tmp_path / "build.jsonl") as journal:
        assert ask(Recorder(Scripted(lambda _: reply), journal), says("a")) == [reply]
    assert ask(Replay(tmp_path / "build.jsonl"), says("a")) == [reply]


def test_what_is_expected_is_part_of_the_question(says: Says) -> None:
    assert len({says("a").key, says("a", expect="x").key, says("a", expect="y").key}) == 3


def test_only_local_models_say_how_likely_a_given_reply_is() -> None:
    assert can_score(LMDecl("small", "local/smollm2-135m"))
    assert not can_score(LMDecl("big", "openai/gpt-4o-mini"))


# Remote


@pytest.fixture
def remote(provider: Any, monkeypatch: pytest.MonkeyPatch) -> RemoteLM:
    pytest.importorskip("litellm")
    monkeypatch.setenv("TEST_KEY", "sk-0123456789")
    return RemoteLM("openai/m", {"base_url": provider.url, "key": "TEST_KEY", "timeout": 20})


def answering(choice: dict[str, Any]) -> Any:
    """A provider's answer of one choice."""
    choices = [{"index": 0, "finish_reason": "stop", **choice}]
    answer = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": choices}
    return lambda _: (200, {}, json.dumps(answer).encode())


def test_a_provider_is_asked_for_it_and_never_told_what_is_expected(
    remote: RemoteLM, provider: Any, says: Says
) -> None:
    said = [
        {"token": "mus", "logprob": -0.25, "top_logprobs": []},
        {"token": "ic", "logprob": -0.5, "top_logprobs": []},
    ]
    message = {"role": "assistant", "content": "music"}
    provider.script.append(answering({"message": message, "logprobs": {"content": said}}))
    (reply,) = ask(remote, says("hi", logprobs=True, expect="music"))
    assert (reply.text, reply.logprob) == ("music", -0.75)
    body = provider.seen[0][2]
    assert body["logprobs"] is True
    assert "expect" not in body


def test_a_text_to_complete_is_asked_in_the_words_of_its_path(remote: RemoteLM, provider: Any) -> None:
    said = {"tokens": [" mus", "ic"], "token_logprobs": [-0.25, -0.5], "top_logprobs": [], "text_offset": [0, 4]}
    provider.script.append(answering({"text": " music", "logprobs": said}))
    (reply,) = ask(remote, Request("openai/m", {"prompt": "Topic:", "logprobs": True, "max_tokens": 3}))
    assert reply.logprob == -0.75
    assert provider.seen[0][2]["logprobs"] == 1


def test_who_does_not_say_has_not_said(remote: RemoteLM, says: Says) -> None:
    assert ask(remote, says("hi", logprobs=True))[0].logprob is None


# The embedded LM

SHOTS = (("play a song", "music"), ("is it cold outside", "weather"), ("find a restaurant", "food"))
LABELS = ("music", "weather", "food")
ASKED = (
    ("play some jazz", "music"),
    ("will it rain tomorrow", "weather"),
    ("book a table for two", "food"),
    ("put on the new album", "music"),
    ("how hot is it in Rome", "weather"),
    ("where can I eat pizza", "food"),
)


def shown(text: str, chat: bool) -> dict[str, Any]:
    """The body of a request, as a chat or as a text to complete."""
    if chat:
        turns = [{"role": "system", "content": "Name the topic of the request: music, weather or food."}]
        for asked, topic in SHOTS:
            turns += [{"role": "user", "content": asked}, {"role": "assistant", "content": topic}]
        return {"messages": [*turns, {"role": "user", "content": text}], "lmc_prefix": [len(turns), 0]}
    prompt = "".join(f"Text: {asked}\nTopic: {topic}\n\n" for asked, topic in SHOTS) + "Text: "
    return {"prompt": f"{prompt}{text}\nTopic:", "lmc_prefix": len(prompt)}


def request(body: dict[str, Any], **more: Any) -> Request:
    return Request("local/smollm2-135m", {"temperature": 0, "max_tokens": 6, **body, **more})


@pytest.fixture
def path() -> Path:
    pytest.importorskip("xllamacpp")
    found = find("smollm2-135m")
    if found is None:
        pytest.skip("the model is not here: lmc model pull smollm2-135m")
    return found.path


@pytest.mark.lm
@pytest.mark.parametrize("chat", [True, False], ids=["chat", "completion"])
def test_the_right_label_is_likelier_and_asked_again_as_likely(path: Path, chat: bool) -> None:
    space = "" if chat else " "
    asked = [request(shown(text, chat), expect=space + label) for text, _ in ASKED for label in LABELS]
    replies = ask(LocalLM(path, threads=1), *asked, *reversed(asked))
    first, again = replies[: len(asked)], replies[: len(asked) - 1 : -1]
    assert first == again
    assert [one.text for one in first] == [one.body["expect"] for one in asked]
    assert {one.completion_tokens for one in first} == {1}
    assert all(one.cached_tokens > 30 for one in first)
    right = 0
    for number, (_, topic) in enumerate(ASKED):
        said = {label: one.logprob or 0.0 for label, one in zip(LABELS, first[3 * number :], strict=False)}
        assert sum(2.718281828**one for one in said.values()) <= 1
        right += max(said, key=lambda label: said[label]) == topic
    assert right >= 4  # chance: 2


@pytest.mark.lm
def test_it_is_the_model_s_own_whatever_its_reply_is_held_to(path: Path) -> None:
    bodies = [shown(text, chat) for text, _ in ASKED[:2] for chat in (True, False)]
    free = ask(LocalLM(path, threads=1), *(request(one, logprobs=True) for one in bodies))
    again = ask(
        LocalLM(path, threads=1),
        *(request(one, expect=said.text) for one, said in zip(bodies, free, strict=True)),
        *(request(one, logprobs=True, grammar='root ::= " "? "elephant"', temperature=0.9) for one in bodies),
    )
    expected, held = again[: len(bodies)], again[len(bodies) :]
    for one, other in zip(free, expected, strict=True):
        assert one.logprob is not None
        assert other.logprob is not None
        assert isclose(one.logprob, other.logprob, rel_tol=1e-4)
    for one, other in zip(free, held, strict=True):
        assert other.text.strip() == "elephant"
        assert (other.logprob or 0.0) < (one.logprob or 0.0) - 5
    assert all(one.logprob is None for one in ask(LocalLM(path, threads=1), request(bodies[0])))


@pytest.mark.lm
def test_a_text_of_several_tokens_and_one_that_cuts_characters(path: Path) -> None:
    lm = LocalLM(path, threads=1)
    whole, cut, none = ask(lm, *(request({"prompt": "The"}, expect=text) for text in (' naïve "q"\nX', " 日本", "")))
    assert (whole.text, whole.finish) == (' naïve "q"\nX', "stop")
    assert whole.logprob is not None
    assert whole.completion_tokens > 4
    assert (cut.text, cut.logprob) == (" 日本", None)
    assert none.logprob == 0.0
