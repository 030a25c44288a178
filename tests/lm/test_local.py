"""The embedded LM: what it replies depends on the request alone."""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lmc.lm import LMError, Reply, Request
from lmc.lm.local import LocalLM
from lmc.lm.models import find

pytestmark = pytest.mark.lm
pytest.importorskip("xllamacpp")

TEXTS = (
    "play some jazz",
    "book a table for two",
    "will it rain",
    "play",
    "play some more jazz",
    "rate this book 5 of 6",
)
SHOTS = (("play a song", "music"), ("is it cold outside", "weather"), ("find a restaurant", "food"))
GRAMMAR = 'root ::= "music" | "weather" | "food"'


@pytest.fixture(scope="module")
def path() -> Path:
    found = find("smollm2-135m")
    if found is None:
        pytest.skip("the model is not here: lmc model pull smollm2-135m")
    return found.path


def requests() -> list[Request]:
    """Chats and texts, with long, short and empty constant parts, at temperature 0 and above."""
    found: list[dict[str, Any]] = []
    for order in (SHOTS, SHOTS[::-1]):
        turns: list[dict[str, str]] = [{"role": "system", "content": "Name the topic of the request."}]
        for text, topic in order:
            turns += [{"role": "user", "content": text}, {"role": "assistant", "content": topic}]
        prompt = "".join(f"Text: {text}\nTopic: {topic}\n\n" for text, topic in order) + "Text:"
        for text in TEXTS:
            chat = [*turns, {"role": "user", "content": text}]
            found.append({"messages": chat, "grammar": GRAMMAR, "lmc_prefix": [len(turns), 0]})
            found.append({"prompt": f"{prompt} {text}\nTopic:", "lmc_prefix": len(prompt), "temperature": 0.9})
    for text in TEXTS[:3]:
        found.append({"prompt": text, "lmc_prefix": 1})
        found.append({"prompt": text})
        found.append({"messages": [{"role": "user", "content": text}], "lmc_prefix": [0, 2]})
    return [Request("local/smollm2-135m", {"max_tokens": 8, "temperature": 0, **body}) for body in found]


def answers(path: Path, seed: int | None = None, concurrency: int = 16, cancel: bool = False) -> list[str]:
    """The replies, in the order of the requests, which are asked in another order."""
    asked = requests()
    order = list(range(len(asked)))
    if seed is not None:
        random.Random(seed).shuffle(order)

    async def run() -> dict[int, str]:
        lm, room, texts = LocalLM(path, threads=1), asyncio.Semaphore(concurrency), {}

        async def one(number: int) -> None:
            async with room:
                if cancel and number % 3 == 0:
                    lost = asyncio.create_task(lm(asked[number]))
                    await asyncio.sleep(0.02)
                    lost.cancel()
                texts[number] = (await lm(asked[number])).text

        await asyncio.gather(*(one(number) for number in order))
        await lm.close()
        return texts

    found = asyncio.run(run())
    return [found[number] for number in range(len(asked))]


def test_order_concurrency_cancelled_calls_and_the_process_change_nothing(path: Path) -> None:
    expected = answers(path)
    assert answers(path, seed=1, concurrency=1) == expected
    assert answers(path, seed=2, concurrency=16, cancel=True) == expected
    code = (
        "import json, runpy, sys; from pathlib import Path\n"
        "print(json.dumps(runpy.run_path(sys.argv[1])['answers'](Path(sys.argv[2]), 3)))"
    )
    fresh = subprocess.run(
        [sys.executable, "-c", code, __file__, str(path)], capture_output=True, text=True, check=True
    )
    assert json.loads(fresh.stdout) == expected
    assert fresh.stderr == ""


def ask(lm: LocalLM, *asked: Request) -> list[Reply]:
    async def run() -> list[Reply]:
        try:
            return await asyncio.gather(*(lm(one) for one in asked))
        finally:
            await lm.close()

    return asyncio.run(run())


def test_the_constant_part_is_evaluated_once(path: Path) -> None:
    prefix = "All work and no play makes a dull day. " * 20
    asked = [
        Request("local/m", {"prompt": prefix + text, "max_tokens": 1, "lmc_prefix": len(prefix)}) for text in TEXTS
    ]
    for reply in ask(LocalLM(path, threads=1), *asked):
        assert reply.cached_tokens > 150
        assert reply.prompt_tokens - reply.cached_tokens < 10


def test_a_grammar_a_stop_and_a_schema_are_kept_to(path: Path) -> None:
    schema = {"type": "object", "properties": {"n": {"enum": [1, 2]}}, "required": ["n"], "additionalProperties": False}
    chat = {"messages": [{"role": "user", "content": "a number"}], "max_tokens": 40}
    by_grammar, by_schema, stopped = ask(
        LocalLM(path, threads=1),
        Request("local/m", {**chat, "grammar": GRAMMAR}),
        Request("local/m", {**chat, "response_format": {"type": "json_schema", "json_schema": {"schema": schema}}}),
        Request("local/m", {"prompt": "one two three one two three one two", "stop": ["two"], "max_tokens": 40}),
    )
    assert by_grammar.text in ("music", "weather", "food")
    assert json.loads(by_schema.text)["n"] in (1, 2)
    assert "two" not in stopped.text
    assert (by_grammar.finish, stopped.finish) == ("stop", "stop")


def test_no_reply_is_endless(path: Path) -> None:
    endless = 'root ::= "a" root'
    [cut, default] = ask(
        LocalLM(path, threads=1),
        Request("local/m", {"prompt": "a", "grammar": endless, "max_tokens": 5}),
        Request("local/m", {"prompt": "a", "grammar": endless}),
    )
    assert (cut.finish, cut.completion_tokens) == ("length", 5)
    assert (default.finish, default.completion_tokens) == ("length", 512)


@pytest.mark.parametrize("prefix", [0, 1500, 2000])
def test_a_prompt_beyond_the_context_is_told_with_both_numbers(path: Path, prefix: int) -> None:
    with pytest.raises(LMError) as failed:
        ask(LocalLM(path, 512, threads=1), Request("local/m", {"prompt": "x " * 1000, "lmc_prefix": prefix}))
    assert failed.value.diagnostic.code == "LMP0611"
    assert "1,001 tokens" in failed.value.diagnostic.message
    assert "512" in failed.value.diagnostic.message


def test_what_the_model_cannot_take_is_told_and_the_next_is_answered(path: Path) -> None:
    async def run() -> None:
        lm = LocalLM(path, threads=1)
        for body in ({"prompt": "a", "grammar": "root ::= (("}, {"messages": [{"role": "user"}], "lmc_prefix": [0, 0]}):
            with pytest.raises(LMError) as failed:
                await lm(Request("local/m", {**body, "max_tokens": 1}))
            assert failed.value.diagnostic.code == "LMP0613"
        assert (await lm(Request("local/m", {"prompt": "a", "max_tokens": 1}))).completion_tokens == 1
        await lm.close()

    asyncio.run(run())


def test_a_file_that_is_no_model_is_told(tmp_path: Path) -> None:
    (tmp_path / "broken.gguf").write_bytes(b"GGUF" + b"\0" * 100)
    with pytest.raises(LMError) as failed:
        ask(LocalLM(tmp_path / "broken.gguf"), Request("local/m", {"prompt": "a"}))
    assert failed.value.diagnostic.code == "LMP0614"


def test_fast_answers_several_at_once(path: Path) -> None:
    assert [one.text for one in ask(LocalLM(path, threads=1, fast=True), *requests()[:8])]


def test_closing_ends_the_call_under_way(path: Path) -> None:
    async def run() -> None:
        lm = LocalLM(path, threads=1)
        call = asyncio.create_task(
            lm(Request("local/m", {"prompt": "a", "grammar": 'root ::= "a" root', "max_tokens": 8000}))
        )
        await asyncio.sleep(0.01)
        await lm.close()
        with pytest.raises(asyncio.CancelledError):
            await call
        with pytest.raises(ValueError, match="closed"):
            await lm(Request("local/m", {"prompt": "a"}))

    asyncio.run(run())
