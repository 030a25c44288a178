"""What reading a reply takes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from time import perf_counter
from typing import Any

from lmc.runtime.reply import ReplyError, read_value
from tests.benchmarks.environment import Peers
from tests.benchmarks.figure import Figure

ROUNDS = 2001
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "age": {"type": "integer"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "home": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "code": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
            "required": ["city", "code"],
        },
        "mood": {"type": "string", "enum": ["calm", "angry"]},
        "score": {"type": "number"},
    },
    "required": ["name", "age", "tags", "home", "mood", "score"],
}
VALUE = {
    "name": "Ada Lovelace, countess, who lived in London and wrote notes",
    "age": 36,
    "tags": ["mathematician", "writer of notes", "analytical engine"],
    "home": {"city": "London, St James's Square, number twelve", "code": None},
    "mood": "calm",
    "score": 0.93,
}
VALID = json.dumps(VALUE, indent=2)
BROKEN = (
    f"Here you go:\n```json\n{VALID}\n```".replace('"age"', "age").replace('"calm"', "'Calm'").replace("0.93", "0.93,")
)
"""The same in a fence behind prose, with a name without quotes, single quotes, and a comma too many."""

ENDLESS = ["[", "{", '"', "\\", '{"a":', '["', '\\"', '{"a": "x "y', "[[1], ", "```", "}", "(", "1,"]
"""What a megabyte of is read in the last figure."""


def microseconds(text: str, rounds: int = ROUNDS) -> float:
    """The median time that a reply takes."""
    times = []
    for _ in range(rounds):
        began = perf_counter()
        read_value(text, SCHEMA)
        times.append(perf_counter() - began)
    return sorted(times)[rounds // 2] * 1e6


def worst(size: int = 1_000_000) -> tuple[float, str]:
    """The longest time, in seconds, that so many characters of one kind take, and the kind."""
    found = []
    for piece in ENDLESS:
        text = (piece * size)[:size]
        for schema in (SCHEMA, {}, {"type": "array", "items": {"type": "string"}}):
            began = perf_counter()
            with suppress(ReplyError):
                read_value(text, schema)
            found.append((perf_counter() - began, piece))
    return max(found)


def replies(peers: Peers) -> Iterable[Figure]:
    """A valid reply of 300 bytes, the same one broken, and the worst of a megabyte of brackets, quotes and the like."""
    for what, text, bar in (("valid", VALID, 60.0), ("broken", BROKEN, 1000.0)):
        taken = microseconds(text)
        size = f"a {what} reply of {len(text)} characters, 9 values (n = {ROUNDS})"
        yield Figure(size, f"{taken:.0f} µs", f"≤ {bar:.0f} µs", "–", None, taken <= bar)
    seconds, piece = worst()
    what = f"the worst of {len(ENDLESS)} replies of a million characters (`{piece}` over and over)"
    yield Figure(what, f"{seconds:.2f} s", "< 1 s", "–", None, seconds < 1)
