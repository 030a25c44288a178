"""The reply that a call should get: in the very words in which its prompt asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lmc.ir import program as ir
from lmc.ir.subtype import Named
from lmc.prompts.compile import writer_of
from lmc.prompts.grammar import closed
from lmc.runtime.reply import Schema
from lmc.runtime.value import resolve

MOST_CHARACTERS = 200
"""The longest reply whose likelihood says anything of a prompt."""


def reply_of(program: ir.Program, predict: ir.Predict, lm: ir.LMDecl, named: Named, outputs: Mapping[str, Any]) -> str:
    """The reply with these outputs, as the demonstrations of the call site's prompt show it; outputs that are missing
    are left out. Where the prompt ends with the lead of the reply, what goes on from there: in a text to complete with
    the space before it, in a turn of its own without."""
    writer = writer_of(program, predict, lm, named)
    if writer.layout.turns == "chat" or program.signature(predict.signature).prompt is not None:
        return writer.output_text(dict(outputs))
    rest = writer.led_text(dict(outputs)).removeprefix(writer.lead())
    return rest if writer.layout.turns == "completion" else rest.lstrip()


def expected_reply(
    program: ir.Program, predict: ir.Predict, lm: ir.LMDecl, named: Named, outputs: Mapping[str, Any]
) -> str | None:
    """The reply with these outputs where that is the one right one, and short: every output is there, and is one of a
    closed set (a literal, a boolean, a number between two bounds). None for all else, and where the call has tools."""
    spec = writer_of(program, predict, lm, named).reply_spec()
    defs = spec.get("defs", {})
    whole = all(field["name"] in outputs and is_closed(field["schema"], defs) for field in spec["fields"])
    if not whole or predict.settings.tools:
        return None
    text = reply_of(program, predict, lm, named, outputs)
    return text if len(text) <= MOST_CHARACTERS else None


def is_closed(schema: Schema, defs: Schema) -> bool:
    """Whether a value is one of a set that the schema names."""
    schema = resolve(schema, defs)
    if "anyOf" in schema:
        return all(is_closed(member, defs) for member in schema["anyOf"])
    if closed(schema) is not None or schema.get("type") in ("boolean", "null"):
        return True
    return schema.get("type") == "integer" and "minimum" in schema and "maximum" in schema
