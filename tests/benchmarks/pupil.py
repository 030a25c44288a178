"""An LM for every pass: it answers the programs that are tuned, better or worse by their instructions, and the
meta-prompts, each time with something else."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re

from lmc.lm.base import Reply, Request
from lmc.lm.content import text_of
from tests.benchmarks.programs import parity

PROPOSER = "openai/proposer"
"""The model that meta-prompts ask."""

WORDS = ("calm", "brief", "exact", "plain", "kind", "quick", "sure", "honest", "careful", "thorough", "formal", "bold")


class Pupil:
    """An LM that takes `latency` seconds. `calls` counts what it was asked."""

    def __init__(self, latency: float) -> None:
        self.latency, self.calls = latency, 0

    async def __call__(self, request: Request) -> Reply:
        """The reply, after a while."""
        self.calls += 1
        await asyncio.sleep(self.latency)
        return Reply(proposal(request) if request.model == PROPOSER else answer(request), "stop", 90, 10)

    async def close(self) -> None:
        """Does nothing."""


def answer(request: Request) -> str:
    """What the program is told: right with a chance between 45 and 75 %, by what stands before the input."""
    prompt = words_of(request)
    head, _, rest = prompt.rpartition("number ")
    if not rest[:1].isdigit():  # the second of two calls, which sees what the first one said
        found = re.findall(r"\d+", prompt)
        return parity(int(found[-1]) if found else 0)
    number = int(re.match(r"\d+", rest)[0])  # type: ignore[index]
    if "How odd" in prompt:
        return str(45 + 10 * (number % 2) + share(request.key) // 10)
    right = share(request.key) < 45 + 30 * share(head) // 100
    said = parity(number if right else number + 1)
    fields = {"Reasoning": "by its last digit", "Hint": "mind the end", "Digit": number % 10, "Parity": said}
    if "last digit alone" in prompt and "Is the digit" not in prompt:
        return str(number % 10)
    asked = {name: value for name, value in fields.items() if f"{name}:" in prompt or name == "Parity"}
    if "JSON" in prompt or "response_format" in request.body:
        return json.dumps({name.lower(): value for name, value in asked.items()})
    return said if len(asked) == 1 else "\n".join(f"{name}: {value}" for name, value in asked.items())


def proposal(request: Request) -> str:
    """What a meta-prompt is told: something else for every request, in the form that it asks for."""
    prompt, number = words_of(request), share(request.key, 100_000)
    new = f"Be {WORDS[number % 12]}, {WORDS[number // 12 % 12]} and {WORDS[number // 144 % 12]} about the number."
    match kind_of(prompt):
        case "edits":
            return json.dumps([{"action": "add", "section": 1, "text": new}])
        case "advice":
            return json.dumps({name: new for name in re.findall(r"Main\.\w+", prompt)[:1]})
        case "split":
            return f"Word: hint\nDescription: a hint\nFirst instruction: {new}\nSecond instruction: {new}"
        case "verdict":
            return "first" if number % 2 else "second"
        case "input":
            return f"number {1000 + number}"
        case "label":
            return parity(int(re.findall(r"number (\d+)", prompt)[-1]))
    return new


KINDS = {
    "numbered sections": "edits",
    "Two runs of a program": "advice",
    "Split it in two": "split",
    "Two replies were given": "verdict",
    "Write one new input": "input",
    "Say what is right": "label",
}


def kind_of(prompt: str) -> str:
    """Which form of a reply a meta-prompt asks for; empty for words."""
    return next((kind for mark, kind in KINDS.items() if mark in prompt), "")


def words_of(request: Request) -> str:
    """All that a request shows the LM, its messages a line each."""
    body = request.body
    return str(body["prompt"]) if "prompt" in body else "\n".join(text_of(one["content"]) for one in body["messages"])


def share(text: str, of: int = 100) -> int:
    """A whole number from 0 on, below `of`, by a text."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=6).digest()) % of
