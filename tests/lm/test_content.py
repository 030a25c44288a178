"""Content is a text or a list of parts, for everything that looks at it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from lmc.lm import LM, Reply, Request, ToolCall
from lmc.lm.budget import prompt_bytes
from lmc.lm.cache import Cache
from lmc.lm.content import IMAGE_TOKENS, content_bound, in_text, media_in, text_of
from lmc.lm.prefix import stable_part
from lmc.lm.recorder import Recorder, Replay, fields_from, reply_from
from lmc.lm.scripted import Scripted
from lmc.store import Journal

TEXT = {"type": "text", "text": "Look: "}
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
AUDIO = {"type": "input_audio", "input_audio": {"data": "A" * 48_000, "format": "wav"}}
FILE = {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,AAAA"}}


def test_the_text_of_a_content() -> None:
    assert text_of("plain") == "plain"
    assert text_of(None) == ""
    assert text_of([TEXT, IMAGE, {"type": "text", "text": "here"}]) == "Look: here"


@pytest.mark.parametrize(("part", "kind"), [(TEXT, None), (IMAGE, "image"), (AUDIO, "audio"), (FILE, "file")])
def test_what_is_no_text_is_told(part: Any, kind: str | None) -> None:
    assert media_in([{"role": "system", "content": "x"}, {"role": "user", "content": [TEXT, part]}]) == kind


def test_a_list_of_texts_is_a_text() -> None:
    assert in_text([{"role": "user", "content": [TEXT, TEXT]}]) == [{"role": "user", "content": "Look: Look: "}]


def test_media_count_by_what_providers_charge_and_not_by_their_bytes() -> None:
    big = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 5_000_000}}
    assert content_bound([TEXT, big]) == 6 + IMAGE_TOKENS
    assert 2_000 <= content_bound([AUDIO]) <= 4_000
    assert content_bound([FILE]) > IMAGE_TOKENS
    assert content_bound([{"type": "of the future"}]) > 0


def test_tools_and_their_calls_count() -> None:
    chat: dict[str, Any] = {"messages": [{"role": "user", "content": "x"}]}
    tool = {"type": "function", "function": {"name": "add", "description": "d" * 500}}
    assert prompt_bytes({**chat, "tools": [tool]}) >= prompt_bytes(chat) + 500
    call = {"role": "assistant", "content": None, "tool_calls": [{"function": {"arguments": "a" * 300}}]}
    assert prompt_bytes({"messages": [*chat["messages"], call]}) >= prompt_bytes(chat) + 300


def test_the_constant_part_is_of_the_texts() -> None:
    body = {"messages": [{"role": "system", "content": [TEXT]}, {"role": "user", "content": [TEXT, IMAGE]}]}
    assert stable_part({**body, "lmc_prefix": [1, 4]}).messages == (("system", "Look: "),)
    assert stable_part({**body, "lmc_prefix": [1, 4]}).beginning == "Look"


def test_other_media_are_another_request() -> None:
    other = {**IMAGE, "image_url": {"url": "data:image/png;base64,BBBB"}}
    keys = {Request("m", {"messages": [{"role": "user", "content": [TEXT, part]}]}).key for part in (IMAGE, other)}
    assert len(keys) == 2


# Calls of tools are kept like texts.

CALLS = (ToolCall("add", '{"a": 1, "b": 2}'), ToolCall("stop"))
REPLY = Reply("I add.", prompt_tokens=3, tool_calls=CALLS)


def test_calls_of_tools_are_cached_recorded_and_replayed(tmp_path: Path) -> None:
    request = Request("m", {"messages": [{"role": "user", "content": [TEXT, IMAGE]}], "tools": [{"type": "function"}]})

    def ask(lm: LM) -> Reply:
        async def run() -> Reply:
            reply = await lm(request)
            await lm.close()
            return reply

        return asyncio.run(run())

    assert ask(Cache(Scripted(lambda _: REPLY), tmp_path / "c.db")) == REPLY
    assert ask(Cache(Scripted({}), tmp_path / "c.db")).tool_calls == CALLS
    with Journal(tmp_path / "j.jsonl") as journal:
        assert ask(Recorder(Scripted(lambda _: REPLY), journal)) == REPLY
        assert ask(Recorder(Scripted({}), journal)).tool_calls == CALLS
    assert ask(Replay(tmp_path / "j.jsonl")).tool_calls == CALLS


def test_what_was_kept_before_there_were_tools_is_read_as_ever() -> None:
    assert "tool_calls" not in fields_from(Reply("x"))
    assert reply_from({"text": "x", "finish": "stop", "prompt_tokens": 1}) == Reply("x", prompt_tokens=1)


@pytest.mark.parametrize("calls", ["add", [1], [{"name": "add"}], [{"name": "add", "arguments": {}}], {"name": "x"}])
def test_calls_that_are_none_make_no_reply(calls: Any) -> None:
    assert reply_from({"text": "x", "tool_calls": calls}) is None


def test_a_reply_says_its_call_as_text() -> None:
    wanted = '{"thought": "I add.", "call": {"tool": "add", "arguments": {"a": 1, "b": 2}}}'
    assert REPLY.said == wanted
    assert Reply("plain").said == "plain"


# Samples


def test_each_sample_has_a_seed_of_its_own_that_comes_again() -> None:
    seeds = [Request("m", {"prompt": "x"}, sample).seed for sample in (0, 1, 2, 0)]
    assert len(set(seeds)) == 3
    assert seeds[0] == seeds[3]
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert [Request("m", {"prompt": "x", "seed": 7}, sample).seed for sample in (0, 1)] == [7, 8]
