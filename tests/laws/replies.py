"""The LM of the laws: its reply is a function of what the request says, in whatever order, and always fits."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import re
from typing import Any

from lmc.ir.program import Program, Signature
from lmc.ir.types import BOOL, FLOAT, INT, STR, Type
from lmc.lm.base import Reply, Request
from lmc.prompts.layout import label_of

from .expressions import COLOR, COLORS, DIGIT, KIND, KINDS, SHORT

WANTED = re.compile(r"do (\w+) (\w+) (\w+)")


def words_of(request: Request) -> str:
    """All that a request says."""
    body = request.body
    return str(body["prompt"]) if "prompt" in body else "\n".join(turn["content"] for turn in body["messages"])


def number_of(text: str, salt: str) -> int:
    """A number that depends on the characters of a text, not on their order: the prefix pass may change that."""
    return int.from_bytes(hashlib.sha256((salt + "".join(sorted(text))).encode()).digest()[:4], "big")


def value_of(type_: Type, number: int) -> Any:
    """A value of a type."""
    if type_ == STR:
        return f"w{number % 5}"
    if type_ == INT:
        return number % 7 - 2
    if type_ == FLOAT:
        return number % 9 / 4
    if type_ == BOOL:
        return number % 2 == 0
    if type_ == DIGIT:
        return number % 10
    if type_ == SHORT:
        return f"s{number % 4}"
    if type_ == COLOR:
        return COLORS[number % len(COLORS)]
    if type_ == KIND:
        return KINDS[number % len(KINDS)][0]
    return [f"x{number % 3}", f"y{number % 2}"][: number % 3]


def reply_to(program: Program, request: Request) -> str:
    """A reply that fits, in the style that the instruction names."""
    text = words_of(request)
    found = WANTED.search(text)
    assert found is not None
    signature, (strategy, style) = program.signature(found[1]), found.groups()[1:]
    values = {one.name: value_of(one.type, number_of(text, one.name)) for one in signature.outputs}
    reasons = {"reasoning": f"r{number_of(text, 'r') % 3}"} if strategy == "chain_of_thought" else {}
    return written({**reasons, **values}, signature, style)


def written(values: dict[str, Any], signature: Signature, style: str) -> str:
    """The outputs as a reply."""
    aliases = {one.name: one.alias or one.name for one in signature.outputs}
    if style == "json":
        return json.dumps({aliases.get(name, name): value for name, value in values.items()})
    labels = {one.name: label_of(one) for one in signature.outputs} | {"reasoning": "Reasoning"}
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in values.items()}
    if style == "bare":
        (text,) = texts.values()
        return text
    return "\n".join(f"{labels[name]}: {text}" for name, text in texts.items())


class Speaker:
    """The LM. Each call takes a few turns of the event loop, as `seed` has it. `wild`: some replies do not fit, which
    again depends on the request alone. `requests` are those that came."""

    def __init__(self, program: Program, seed: int = 0, *, wild: bool = False) -> None:
        self.program, self.wild = program, wild
        self.random = random.Random(seed)
        self.requests: list[Request] = []

    async def __call__(self, request: Request) -> Reply:
        self.requests.append(request)
        for _ in range(self.random.randrange(6)):
            await asyncio.sleep(0)
        if self.wild and number_of(words_of(request), "wild") % 3 == 0:
            return Reply("")
        return Reply(reply_to(self.program, request))

    async def close(self) -> None:
        """Nothing to let go of."""
