"""An assertion that does not hold sends the run back: the calls that led to it are told why, and made again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest

from lmc.runtime.failure import AssertionFailed
from lmc.runtime.prompt import Template
from lmc.runtime.run import AsyncRun, Run

RUNS = [Run, AsyncRun]


def template(site: str) -> Template:
    """A call that replies with a text."""
    field = {"name": "text", "label": "Text", "schema": {"type": "string"}}
    return {
        "name": site,
        "lm": "small",
        "messages": [{"role": "user", "content": [{"input": "x", "as": "text"}]}],
        "reply": {"style": "bare", "fields": [field]},
        "options": {},
        "attempts": 1,
    }


class Replies:
    """An LM that gives, for each question, these replies in turn, and else the question with an `!`."""

    def __init__(self, **replies: list[str]) -> None:
        self.replies = replies
        self.seen: list[tuple[str, ...]] = []

    def __call__(self, request: dict[str, Any]) -> str:
        contents = tuple(one["content"] for one in request["messages"])
        self.seen.append(contents)
        left = self.replies.get(contents[0], [])
        return left.pop(0) if left else f"{contents[0]}!"

    @property
    def asked(self) -> list[str]:
        """The questions, in their order."""
        return [one[0] for one in self.seen]


def said(message: str) -> str:
    return f"That reply cannot be used: {message}. Reply again, with nothing else."


async def ask(run: Run, site: str, question: str, sample: int = 0) -> str:
    outputs = await run.predict(template(site), sample, x=question)
    text: str = outputs["text"]
    return text


def end(run: Run, program: Any) -> Any:
    """The value of a coroutine of a run of either kind."""
    return asyncio.run(program) if isinstance(run, AsyncRun) else run.finish(program)


def going(lm: Replies, program: Callable[[Run], Any], kind: type[Run] = Run, assertions: bool = True) -> Any:
    run = kind(lambda _: lm, assertions)
    return end(run, program(run))


def short(retries: int = 2, hard: bool = True) -> Callable[[Run], Any]:
    """Asks for a text, and again until it has one letter."""

    async def program(run: Run) -> str:
        for attempt in run.attempts("M.a"):
            with attempt:
                text = await ask(run, "M.a", "q")
                attempt.check(0, len(text) == 1, f"{text} is too long", retries, hard)
        return text

    return program


@pytest.mark.parametrize("kind", RUNS)
def test_a_call_is_told_of_every_failure_so_far(kind: type[Run]) -> None:
    lm = Replies(q=["abc", "ab", "a"])
    assert going(lm, short(), kind) == "a"
    assert lm.seen == [
        ("q",),
        ("q", "abc", said("abc is too long")),
        ("q", "abc", said("abc is too long"), "ab", said("ab is too long")),
    ]


def test_after_its_retries_a_hard_check_fails() -> None:
    lm = Replies(q=["abc", "abcd", "ab"])
    with pytest.raises(AssertionFailed, match=r"^ab is too long$"):
        going(lm, short())
    assert len(lm.seen) == 3


def test_after_its_retries_a_soft_check_lets_go_on_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert going(Replies(q=["abc", "ab"]), short(1, hard=False)) == "ab"
    assert [record.getMessage() for record in caplog.records] == ["ab is too long"]


def test_without_retries_a_check_is_made_once() -> None:
    lm = Replies(q=["abc"])
    with pytest.raises(AssertionFailed):
        going(lm, short(0))
    assert len(lm.seen) == 1


def test_checks_that_are_switched_off_check_nothing() -> None:
    lm = Replies(q=["abc"])
    assert going(lm, short(), assertions=False) == "abc"
    assert len(lm.seen) == 1
    Run(lambda _: lm, assertions=False).check(False, "never")


def test_each_check_has_its_own_retries() -> None:
    async def program(run: Run) -> str:
        for attempt in run.attempts("M.a"):
            with attempt:
                text = await ask(run, "M.a", "q")
                attempt.check(0, "x" in text, "no x", 1)
                attempt.check(1, "y" in text, "no y", 1)
        return text

    assert going(Replies(q=["-", "x", "xy"]), program) == "xy"
    with pytest.raises(AssertionFailed, match="no x"):
        going(Replies(q=["-", "y", "xy"]), program)


def test_a_return_ends_the_attempt() -> None:
    async def program(run: Run) -> str:
        for attempt in run.attempts("M.a"):
            with attempt:
                text = await ask(run, "M.a", "q")
                attempt.check(0, len(text) == 1, "long")
                return text
        return "never"

    assert going(Replies(q=["abc", "a"]), program) == "a"


def test_only_the_named_calls_are_told() -> None:
    async def program(run: Run) -> str:
        for attempt in run.attempts("M.a"):
            with attempt:
                other = await ask(run, "M.other", "context")
                text = await ask(run, "M.a", other)
                attempt.check(0, "ok" in text, "not ok")
        return text

    lm = Replies(**{"context!": ["bad", "ok"]})
    assert going(lm, program) == "ok"
    assert lm.seen[2:] == [("context",), ("context!", "bad", said("not ok"))]


def test_a_call_behind_another_is_told_of_its_reply_though_its_question_is_a_new_one() -> None:
    async def program(run: Run) -> str:
        for attempt in run.attempts("M.query", "M.answer"):
            with attempt:
                query = await ask(run, "M.query", "q")
                text = await ask(run, "M.answer", query)
                attempt.check(0, text == "ok", "not ok")
        return text

    lm = Replies(q=["first", "second"], first=["bad"], second=["ok"])
    assert going(lm, program) == "ok"
    assert lm.seen[2:] == [("q", "first", said("not ok")), ("second", "bad", said("not ok"))]


@pytest.mark.parametrize("kind", RUNS)
def test_calls_of_one_site_are_each_told_of_their_own_reply(kind: type[Run]) -> None:
    async def program(run: Run) -> list[str]:
        for attempt in run.attempts("M.vote"):
            with attempt:
                votes = await run.gather(*(ask(run, "M.vote", question) for question in ("p", "q")))
                attempt.check(0, len(set(votes)) == 1, "they differ")
        return list(votes)

    lm = Replies(p=["a", "c"], q=["b", "c"])
    assert going(lm, program, kind) == ["c", "c"]
    assert sorted(lm.seen[2:]) == [("p", "a", said("they differ")), ("q", "b", said("they differ"))]


def test_of_several_replies_to_other_questions_none_is_shown() -> None:
    async def program(run: Run) -> str:
        questions = ["p", "q"]
        for attempt in run.attempts("M.a"):
            with attempt:
                texts = [await ask(run, "M.a", question) for question in questions]
                questions = ["r"]
                attempt.check(0, len(texts) == 1, "one is enough")
        return texts[0]

    lm = Replies()
    assert going(lm, program) == "r!"
    assert lm.seen[2:] == [("r",)]


def nested(run: Run) -> Any:
    async def program() -> str:
        for outer in run.attempts("M.a", "M.b"):
            with outer:
                first = await ask(run, "M.a", "a")
                for inner in run.attempts("M.b"):
                    with inner:
                        second = await ask(run, "M.b", "b")
                        inner.check(0, second != "bad", "bad b")
                        outer.check(1, first == "good", "bad a")
        return first + second

    return program()


def test_an_attempt_within_another_sends_back_to_either() -> None:
    lm = Replies(a=["bad", "good"], b=["bad", "b", "bad", "fine"])
    assert going(lm, nested) == "goodfine"
    assert lm.seen == [
        ("a",),
        ("b",),
        ("b", "bad", said("bad b")),
        ("a", "bad", said("bad a")),
        # Of its two replies in the outer round, the last is the one that the outer check was about.
        ("b", "b", said("bad a")),
        ("b", "b", said("bad a"), "bad", said("bad b")),
    ]


@pytest.mark.parametrize("kind", RUNS)
def test_branches_that_run_together_do_not_hear_of_one_another(kind: type[Run]) -> None:
    async def branch(run: Run, question: str) -> str:
        for attempt in run.attempts("M.a"):
            with attempt:
                text = await ask(run, "M.a", question)
                attempt.check(0, text == "ok", f"{question} is not ok")
        return text

    async def program(run: Run) -> Any:
        return await run.gather(branch(run, "p"), branch(run, "q"), branch(run, "r"))

    lm = Replies(p=["bad", "ok"], q=["ok"], r=["worse", "bad", "ok"])
    assert going(lm, program, kind) == ["ok"] * 3
    assert {one for one in lm.seen if len(one) > 1} == {
        ("p", "bad", said("p is not ok")),
        ("r", "worse", said("r is not ok")),
        ("r", "worse", said("r is not ok"), "bad", said("r is not ok")),
    }


@pytest.mark.parametrize("kind", RUNS)
def test_branches_that_fail_together_fail_one_round(kind: type[Run]) -> None:
    """The message is that of the first branch; with one retry, the second branch has not used it up."""

    async def program(run: Run) -> Any:
        for attempt in run.attempts("M.a"):
            with attempt:

                async def branch(question: str, attempt: Any = attempt) -> str:
                    text = await ask(run, "M.a", question)
                    attempt.check(0, text == "ok", f"{question} is not ok", 1)
                    return text

                found = await run.gather(branch("p"), branch("q"))
        return found

    lm = Replies(p=["bad", "ok"], q=["bad", "ok"])
    assert going(lm, program, kind) == ["ok", "ok"]
    assert {one for one in lm.seen if len(one) > 1} == {
        ("p", "bad", said("p is not ok")),
        ("q", "bad", said("p is not ok")),
    }


def test_what_was_noted_in_a_round_that_failed_does_not_count(caplog: pytest.LogCaptureFixture) -> None:
    async def program(run: Run) -> str:
        for attempt in run.attempts("M.a"):
            with attempt:
                text = await ask(run, "M.a", "q")
                attempt.check(0, False, f"{text} could be better", 0, False)
                attempt.check(1, text == "ok", "not ok")
        return text

    with caplog.at_level(logging.WARNING):
        assert going(Replies(q=["bad", "ok"]), program) == "ok"
    assert [record.getMessage() for record in caplog.records] == ["ok could be better"]


def test_other_errors_end_the_attempt() -> None:
    async def program(run: Run) -> None:
        for attempt in run.attempts("M.a"):
            with attempt:
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        going(Replies(), program)


def test_an_attempt_that_is_over_leaves_nothing_behind() -> None:
    async def program(run: Run) -> str:
        for attempt in run.attempts("M.a"):
            with attempt:
                text = await ask(run, "M.a", "q")
                attempt.check(0, text == "ok", "not ok")
        return await ask(run, "M.a", "q")

    lm = Replies(q=["bad", "ok", "again"])
    assert going(lm, program) == "again"
    assert lm.seen[-1] == ("q",)


def test_a_check_without_a_call_fails_at_once() -> None:
    run = Run(lambda _: Replies())
    run.check(True, "holds")
    with pytest.raises(AssertionFailed, match="does not hold"):
        run.check(False, "does not hold")


def test_a_run_may_take_its_notes_itself() -> None:
    class Noting(Run):
        def note(self, message: str) -> None:
            notes.append(message)

    notes: list[str] = []
    Noting(lambda _: Replies()).check(False, "soft", hard=False)
    assert notes == ["soft"]
