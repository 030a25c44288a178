"""A build that was killed goes on from its journal, and a recording can stand in for an LM."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from lmc.diagnostics import Failure
from lmc.lm import LM, LMError, Reply, Request
from lmc.lm.recorder import Recorder, Replay
from lmc.lm.scripted import Scripted
from lmc.store import Journal

Says = Callable[..., Request]


def ask(lm: LM, *requests: Request) -> list[Reply]:
    """Asks all at once."""

    async def run() -> list[Reply]:
        return await asyncio.gather(*(lm(one) for one in requests))

    return asyncio.run(run())


def test_what_was_answered_is_not_asked_again(says: Says, tmp_path: Path) -> None:
    with Journal(tmp_path / "build.jsonl") as journal:
        first = ask(Recorder(Scripted(lambda _: Reply("x", "length", 1, 2, 3, 0.5)), journal), says("a"), says("b"))
    with Journal(tmp_path / "build.jsonl") as journal:
        recorder = Recorder(Scripted({"c": "new"}), journal)
        assert recorder.earlier == 2
        assert ask(recorder, says("a"), says("b")) == first
        assert ask(recorder, says("a"))[0].cached
        assert not ask(recorder, says("c"))[0].cached
        assert [one["event"] for one in journal.events] == ["call"] * 3


def test_a_reply_is_in_the_journal_when_it_is_returned(says: Says, tmp_path: Path) -> None:
    with Journal(tmp_path / "build.jsonl") as journal:
        ask(Recorder(Scripted({"a": "x"}), journal), says("a"))
        assert says("a").key in (tmp_path / "build.jsonl").read_text()


def test_calls_that_a_cache_answered_were_not_served(says: Says, tmp_path: Path) -> None:
    with Journal(tmp_path / "build.jsonl") as journal:
        ask(Recorder(Scripted(lambda _: Reply("x", cached=True)), journal), says("a"))
        ask(Recorder(Scripted(lambda _: Reply("x")), journal), says("b"))
        assert Recorder(Scripted({}), journal).earlier == 1


def test_all_who_ask_the_same_at_once_see_one_reply(says: Says, tmp_path: Path) -> None:
    numbers = iter(range(10))
    with Journal(tmp_path / "build.jsonl") as journal:
        recorder = Recorder(Scripted(lambda _: str(next(numbers)), latency=0.001), journal)
        assert {one.text for one in ask(recorder, *[says("a")] * 3)} == {"0"}
        assert len(journal.events) == 1


def test_events_of_other_kinds_and_broken_ones_are_passed_over(says: Says, tmp_path: Path) -> None:
    with Journal(tmp_path / "build.jsonl") as journal:
        journal.append({"event": "score", "key": says("a").key, "text": "no"})
        journal.append({"event": "call", "key": says("a").key})
        journal.append({"event": "call", "key": says("a").key, "text": "yes", "prompt_tokens": "many"})
        assert ask(Recorder(Scripted({}), journal), says("a")) == [Reply("yes")]


def test_a_recording_replays(says: Says, tmp_path: Path) -> None:
    with Journal(tmp_path / "build.jsonl") as journal:
        ask(Recorder(Scripted({"a": "x"}), journal), says("a"))
    assert ask(Replay(tmp_path / "build.jsonl"), says("a")) == [Reply("x")]


def test_what_is_not_recorded_is_shown(says: Says, tmp_path: Path) -> None:
    (tmp_path / "build.jsonl").write_text("")
    with pytest.raises(LMError) as failed:
        ask(Replay(tmp_path / "build.jsonl"), says("something else"))
    assert failed.value.diagnostic.code == "LMP0602"
    assert "something else" in failed.value.diagnostic.notes[0]
    with pytest.raises(Failure):
        Replay(tmp_path / "none.jsonl")
