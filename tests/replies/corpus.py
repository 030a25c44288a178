"""The corpora of broken replies, and what each line expects."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lmc.runtime.partial import partial_value
from lmc.runtime.reply import ReplyError, read_value

from .baml_types import schema_of

FOLDER = Path(__file__).with_name("corpus")
REFUSED = object()
"""Stands for the outcome of a reply that is refused."""


@dataclass(frozen=True, slots=True)
class Case:
    """One line: the reply, the schema of its type, and what it should be. `options` are those of the suite it is
    from."""

    id: str
    kind: str
    text: str
    schema: dict[str, Any]
    expected: Any
    options: dict[str, Any]

    @property
    def wanted(self) -> Any:
        """The value, or REFUSED."""
        return self.expected if self.kind in ("ok", "partial") else REFUSED

    def outcome(self) -> Any:
        """What the parser makes of it: strict, it has to repair nothing; of an unfinished stream, the value so far."""
        try:
            if self.kind == "partial" or self.options.get("stream_stable"):
                return partial_value(self.text, self.schema).value
            found = read_value(self.text, self.schema)
        except ReplyError:
            return REFUSED
        return REFUSED if self.options.get("strict") and found.repairs else found.value


def cases(name: str) -> list[Case]:
    """The cases of a corpus."""
    lines = FOLDER.joinpath(f"{name}.jsonl").read_text("utf-8").splitlines()
    return [case(json.loads(line)) for line in lines]


def case(line: dict[str, Any]) -> Case:
    """The case of a line."""
    text_of_types = line.get("schema_text")
    schema = line.get("schema", {}) if text_of_types is None else schema_of(line["type"], text_of_types)
    return Case(line["id"], line["kind"], line["input"], schema, line.get("expected"), line.get("options") or {})


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same JSON."""
    if one is REFUSED or other is REFUSED:
        return one is other
    return json.dumps(plain(one), sort_keys=True) == json.dumps(plain(other), sort_keys=True)


def plain(value: Any) -> Any:
    """The value with its whole numbers as integers, as JSON does not tell 1 from 1.0."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
