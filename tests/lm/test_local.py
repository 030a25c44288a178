"""The embedded LM: what it replies depends on the request alone."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import subprocess
import sys
from dataclasses import replace
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
    assert answers(path, seed=1, cancel=True) == expected
    code = (
        "import json, runpy, sys; from pathlib import Path\n"
        "print(json.dumps(runpy.run_path(sys.argv[1])['answers'](Path(sys.argv[2]), 2, 1)))"
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


PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 12},
        "stars": {"type": "integer", "minimum": 1, "maximum": 5},
        "code": {"type": "string", "pattern": "^[A-Z]{2}\\d{2}$"},
        "by": {"type": "object", "additionalProperties": {"type": "number", "maximum": 1}, "maxProperties": 2},
        "tags": {"type": "array", "items": {"type": "string", "maxLength": 6}, "minItems": 1, "maxItems": 2},
    },
    "required": ["name", "stars", "code", "by", "tags"],
    "additionalProperties": False,
}  # fmt: skip


def test_constraints_hold(path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    form = {"type": "json_schema", "json_schema": {"name": "person", "schema": PERSON}}
    body = {"messages": [{"role": "user", "content": "Make up a person."}], "response_format": form, "max_tokens": 200}
    asked = [Request("local/m", {**body, "temperature": 1.2}, sample) for sample in range(4)]
    for reply in ask(LocalLM(path, threads=1), *asked):
        assert reply.finish == "stop"
        jsonschema.Draft202012Validator(PERSON).validate(json.loads(reply.text))


def test_samples_differ_and_come_again(path: Path) -> None:
    body = {"prompt": "My favourite word is", "temperature": 1.0, "max_tokens": 6}
    asked = [Request("local/m", body, sample) for sample in (0, 1, 2, 0, 1, 2)]
    texts = [one.text for one in ask(LocalLM(path, threads=1), *asked)]
    assert texts[:3] == texts[3:]
    assert len(set(texts[:3])) > 1


def test_who_listens_hears_what_the_reply_says(path: Path) -> None:
    heard: list[str] = []
    request = Request("local/m", {"prompt": "One, two,", "max_tokens": 8, "temperature": 0})
    [plain] = ask(LocalLM(path, threads=1), request)
    [reply] = ask(LocalLM(path, threads=1), replace(request, listen=heard.append))
    assert "".join(heard) == reply.text == plain.text
    assert len(heard) > 1


def test_media_are_refused_and_texts_in_parts_are_read(path: Path) -> None:
    text = {"type": "text", "text": "play some jazz"}
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    with pytest.raises(LMError, match="an image") as failed:
        ask(LocalLM(path, threads=1), Request("local/m", {"messages": [{"role": "user", "content": [text, image]}]}))
    assert failed.value.diagnostic.code == "LMP0615"
    bodies = [{"messages": [{"role": "user", "content": one}], "max_tokens": 6} for one in ([text], text["text"])]
    in_parts, plain = ask(LocalLM(path, threads=1), *(Request("local/m", body) for body in bodies))
    assert in_parts.text == plain.text


def test_tools_are_left_out_where_the_template_has_none(path: Path) -> None:
    tool = {"type": "function", "function": {"name": "add", "parameters": {"type": "object", "properties": {}}}}
    chat = {"messages": [{"role": "user", "content": "hello"}], "max_tokens": 6, "temperature": 0}
    with_tools, without = ask(
        LocalLM(path, threads=1), Request("local/m", {**chat, "tools": [tool]}), Request("local/m", chat)
    )
    assert with_tools.text
    assert with_tools.tool_calls == ()
    assert with_tools.prompt_tokens == without.prompt_tokens


LEAVING = """
import asyncio, sys
from pathlib import Path
from lmc.cli.door import guarded
from lmc.lm import Request
from lmc.lm.local import LocalLM

async def main():
    lm = LocalLM(Path(sys.argv[1]), threads=1)
    await lm(Request("local/m", {"prompt": "a", "max_tokens": 1}))
    call = asyncio.create_task(lm(Request("local/m", {"prompt": "one two three " * 300, "max_tokens": 1})))
    await asyncio.sleep(0)
    print("ready", flush=True)
    try:
        await call
    finally:
        print("leaving", flush=True)
        await lm.close()

with guarded():
    asyncio.run(main())
"""


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_ends_the_process_cleanly_while_a_prompt_is_evaluated(path: Path, times: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", LEAVING, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for word in ("ready\n", "leaving\n")[:times]:
            assert process.stdout.readline() == word
            process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.strip() == "interrupted"


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
