"""A remote LM, for real but for the provider: over loopback and through litellm."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable

import pytest

from tests.e2e.conftest import KEY, Warm, answer, everything
from tests.e2e.provider import DROP, Answer, Body, Provider, error, reply

Remote = Callable[..., Warm]

ASK = ("run", "main.lmp", "--as-written", "-i", "text=number 48")


def always(found: Answer) -> Callable[[int, Body], Answer]:
    """A provider that says the same to everything."""
    return lambda number, body: found


def test_a_run_sends_the_prompt_and_the_key_and_prints_the_value(remote: Remote, provider: Provider) -> None:
    lmc = remote().fresh
    provider.act = always(reply(" Even. "))
    done = lmc(*ASK, "--trace")
    assert (done.code, done.out) == (0, "even\n")
    assert 'Main.verdict({"text": "number 48"})' in done.err
    assert '<- " Even. "  (7 tokens in, 3 out)' in done.err
    ((key, body),) = provider.seen
    assert key == f"Bearer {KEY}"
    assert body["model"] == "fake"
    assert [one["role"] for one in body["messages"]] == ["system", "user"]
    assert body["messages"][-1]["content"] == "number 48"
    assert lmc(*ASK).out == "even\n"
    assert len(provider.seen) == 1  # the second one out of the cache


def test_what_passes_is_asked_for_again(remote: Remote, provider: Provider) -> None:
    lmc = remote(retries=1, concurrency=16)
    trouble = [
        error(429, "slow down"),
        error(500),
        error(503),
        error(408),
        DROP,
        Answer(200, b"<html>welcome</html>"),
        Answer(200, b'{"id": "1", "object": "chat.completion", "choices": []}'),
        Answer(200, b""),
    ]
    times: Counter[str] = Counter()

    def act(number: int, body: Body) -> Answer:
        text = body["messages"][-1]["content"]
        times[text] += 1
        return trouble[len(times) - 1] if times[text] == 1 else answer(number, body)

    provider.act = act
    done = lmc("eval", "main.lmp", "--limit", str(len(trouble)), "--json")
    assert done.code == 0, done.err
    assert done.json["n"] == len(trouble)
    assert done.json["failed"] == 0
    assert done.json["served_calls"] == len(trouble)
    assert set(times.values()) == {2}


LASTING: dict[str, tuple[Answer, str, str, int]] = {
    "429": (error(429, "slow down"), "LMP0606", "slow down", 2),
    "garbage": (Answer(200, b"<html>welcome</html>"), "LMP0607", "base_url", 2),
    "a page": (
        Answer(200, b"<html>welcome</html>", (("content-type", "text/html"),)),
        "LMP0607",
        "<html>welcome</html>",
        2,
    ),
    "wrong key": (error(401, f"Incorrect API key provided: {KEY}"), "LMP0603", "`OPENAI_API_KEY`", 1),
}


@pytest.mark.parametrize("name", LASTING)
def test_what_does_not_pass_ends_the_command(remote: Remote, provider: Provider, name: str) -> None:
    found, code, says, asked = LASTING[name]
    provider.act = always(found)
    lmc = remote(retries=1)
    done = lmc(*ASK)
    assert (done.code, done.out) == (3, "")
    assert f"error[{code}]" in done.err
    assert says in done.err
    assert len(provider.seen) == asked


def test_without_a_key_nothing_is_asked(remote: Remote, provider: Provider) -> None:
    lmc = remote(base_url=None)
    done = lmc(*ASK, OPENAI_API_KEY="")
    assert done.code == 3
    assert "error[LMP0603]: `openai/fake` needs an API key" in done.err
    assert "export OPENAI_API_KEY=" in done.err
    assert provider.seen == []


def test_an_endless_reply_is_cut_and_shown_to_the_lm_and_the_user(remote: Remote, provider: Provider) -> None:
    provider.act = always(reply("la " * 5000, finish="length"))
    lmc = remote()
    done = lmc(*ASK)
    assert (done.code, done.out) == (1, "")
    assert "error[LMP0700]: the LM's reply does not fit" in done.err
    assert "main.lmp:14:17" in done.err
    assert "the reply was: la la la" in done.err
    assert len(done.err) < 2000
    (_, first), (_, second) = provider.seen
    assert first["max_tokens"] == second["max_tokens"] == 8
    assert second["messages"][:-2] == first["messages"]
    assert "must be one of even, odd" in second["messages"][-1]["content"]


def test_replies_that_do_not_fit_cost_their_rows_and_not_the_others(remote: Remote, provider: Provider) -> None:
    bad = [reply(""), reply("I would say seven."), reply("la " * 5000, finish="length"), reply("\ud83d")]
    texts: list[str] = []

    def act(number: int, body: Body) -> Answer:
        text = body["messages"][1]["content"]
        if text not in texts:
            texts.append(text)
        return bad[texts.index(text)] if texts.index(text) < len(bad) else answer(number, body)

    provider.act = act
    done = remote()("eval", "main.lmp", "--as-written", "--limit", "6", "--rows")
    assert done.code == 0, done.err
    *rows, summary = done.out.splitlines()
    problems = [json.loads(row)["problem"] for row in rows]
    assert sum(problem is not None for problem in problems) == 4
    assert sum("it is empty" in str(problem) for problem in problems) == 1
    assert sum("must be one of even, odd" in str(problem) for problem in problems) == 3
    assert "on 6 dev rows, 4 failed; 10 LM calls" in summary


def test_a_build_through_a_storm_and_a_server_that_goes_away(remote: Remote, provider: Provider) -> None:
    """Eight calls meet a 429 first; then the server drops every connection, is gone, and is back for the last run."""
    lmc = remote(retries=1, concurrency=8)
    calm = lmc("build", "main.lmp", "--json", LMC_HOME=str(lmc.home.with_name("other")))
    assert calm.code == 0
    assert calm.json["tuned"]["score"] > calm.json["baseline"]["score"]
    lock, requests = (lmc.folder / "main.lock.json").read_bytes(), sorted(provider.answered)
    (lmc.folder / "main.lock.json").unlink()
    before = everything(lmc.folder)
    provider.forget()

    stormed: set[str] = set()

    def storm(number: int, body: Body) -> Answer:
        if (text := body["messages"][-1]["content"]) not in stormed and len(stormed) < 8:
            stormed.add(text)
            return error(429, "slow down", retry_after="0")
        return answer(number, body) if len(provider.answered) < 50 else DROP

    provider.act = storm
    gone = lmc("build", "main.lmp")
    assert gone.code == 3
    assert "error[LMP0606]: `openai/fake` did not answer" in gone.err
    assert "run the command again: it goes on where it stopped" in gone.err
    assert everything(lmc.folder) == before
    first = list(provider.answered)
    assert 50 <= len(first) < 50 + 8
    provider.close()
    refused = lmc("build", "main.lmp")
    assert refused.code == 3
    assert "error[LMP0606]" in refused.err

    provider.open()
    provider.act = answer
    back = lmc("build", "main.lmp", "--json")
    assert back.code == 0, back.err
    assert f"going on: {len(first)} calls were made before" in back.err
    assert (lmc.folder / "main.lock.json").read_bytes() == lock
    assert sorted(provider.answered) == requests
    assert back.json["served_calls"] == len(requests) == json.loads(calm.out)["served_calls"]
    assert back.json["tuned"] == calm.json["tuned"]
