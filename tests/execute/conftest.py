"""LMs and programs of these tests."""

from __future__ import annotations

import asyncio
import json
from bisect import insort
from collections.abc import Callable
from typing import Any

import pytest

from lmc.diagnostics import Sink
from lmc.elaborate import lower
from lmc.execute.interpreter import Interpreter, Outcome
from lmc.ir.program import Program
from lmc.lm.base import Reply, Request
from lmc.source import SourceFile
from lmc.syntax import parse

GIVEN = """
lm small = "openai/some"
signature Ask { in question: str out answer: str }
signature Count { in question: str out number: int }
"""


class Answering:
    """An LM that answers what it is asked: `answers` has the replies by question, else the reply is the question with
    an `!`. A list of replies is given one after another. An answer that is an exception is raised. It answers nothing
    before everything has come that comes without an answer; so `waves` are the questions that were asked together, each
    wave sorted."""

    def __init__(self, answers: dict[str, Any] | None = None) -> None:
        self.answers = {key: list(one) if isinstance(one, list) else one for key, one in (answers or {}).items()}
        self.waves: list[list[str]] = []
        self.bodies: list[dict[str, Any]] = []
        self.waiting: list[asyncio.Future[None]] = []

    async def __call__(self, request: Request) -> Reply:
        self.bodies.append(dict(request.body))
        question = request.body["messages"][-1]["content"]
        await self.turn(question)
        asked = next(one["content"] for one in reversed(request.body["messages"]) if is_question(one))
        answer = self.answers.get(asked, f"{asked}!")
        if isinstance(answer, list):
            answer = answer.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return Reply(answer)

    async def turn(self, question: str) -> None:
        """Waits until nobody asks any more."""
        if not self.waiting:
            self.waves.append([])
            self.releasing = asyncio.ensure_future(self.release())
        insort(self.waves[-1], question)
        self.waiting.append(asyncio.get_running_loop().create_future())
        await self.waiting[-1]

    async def release(self) -> None:
        """Lets all go on that wait, once the loop has nothing else to do."""
        for _ in range(50):
            await asyncio.sleep(0)
        waiting, self.waiting = self.waiting, []
        for one in waiting:
            if not one.done():
                one.set_result(None)

    async def close(self) -> None:
        """Nothing to let go of."""


def is_question(message: dict[str, str]) -> bool:
    """Whether a message asks, and is not feedback on a reply."""
    return message["role"] == "user" and not message["content"].startswith("That reply")


@pytest.fixture
def answering() -> type[Answering]:
    return Answering


@pytest.fixture
def program() -> Callable[[str], Program]:
    """Gives the program of a text, behind the declarations of a model, `Ask` and `Count`."""

    def read(text: str) -> Program:
        sink = Sink()
        found = lower("main", {"main.lmp": parse(SourceFile("main.lmp", GIVEN + text), sink)}, {}, sink)
        assert not sink.failed, [one.message for one in sink.diagnostics]
        return found

    return read


@pytest.fixture
def run(program: Callable[[str], Program]) -> Callable[..., Outcome]:
    """Runs the last module of a text with an LM and inputs."""

    def go(text: str, lm: Answering | None = None, **inputs: Any) -> Outcome:
        found = program(text)
        interpreter = Interpreter(found, {one.name: lm or Answering() for one in found.lms})
        outcome = asyncio.run(interpreter.run(found.modules[-1].name, inputs))
        json.dumps(outcome.value)
        return outcome

    return go
