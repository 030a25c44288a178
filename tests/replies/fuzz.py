"""`python -m tests.replies.fuzz FOLDER [options of libFuzzer]`: fuzzing with atheris (`pip install atheris`).

Keeps what reaches new code in the folder that is given first; `corpus/fuzz` has a small selection, which a test runs
again.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from lmc.runtime.reply import ReplyError, read_value

SCHEMAS: list[dict[str, Any]] = [
    {},
    {"type": "integer"},
    {"type": "string", "enum": ["ONE", "TWO"]},
    {"type": "array", "items": {"type": "string"}},
    {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "kind": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "items": {"type": "array", "items": {"type": "object", "additionalProperties": {"type": "number"}}},
        },
        "required": ["name", "items"],
    },
    {
        "anyOf": [{"$ref": "#/$defs/Node"}, {"type": "string"}, {"type": "array", "items": {"$ref": "#/$defs/Node"}}],
        "$defs": {
            "Node": {
                "type": "object",
                "properties": {
                    "a": {"type": "integer"},
                    "next": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]},
                },
                "required": ["a"],
            }
        },
    },
]
"""Types that between them use every part of the parser."""


def check(text: str, schema: dict[str, Any]) -> None:
    """Reads the text; it must be refused, or mean something that is JSON."""
    try:
        found = read_value(text, schema)
    except ReplyError:
        return
    json.dumps(found.value, allow_nan=False)


def main() -> None:
    """Fuzzes until a limit that is given, or for ever."""
    import atheris

    from lmc.runtime.partial import partial_value

    def one(data: bytes) -> None:
        text = data[1:].decode("utf-8", "replace")
        schema = SCHEMAS[data[0] % len(SCHEMAS)] if data else {}
        check(text, schema)
        partial_value(text, schema)

    atheris.instrument_all()
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
