"""Tools as an LM with native tool calls is offered them."""

from __future__ import annotations

from typing import Any

from lmc.ir.program import Program, Retriever
from lmc.ir.subtype import Named
from lmc.ir.types import INT, STR, Field, optional
from lmc.prompts.schema import field_schema
from lmc.runtime.reply import Schema

FOUND = (Field("query", STR, "what to look for"), Field("k", optional(INT), "how many to find"))
"""What a retriever takes."""


def tool_specs(program: Program, names: tuple[str, ...], named: Named) -> list[dict[str, Any]]:
    """The `tools` of an OpenAI-compatible request: a function for each named extern, tool, retriever or module."""
    return [tool_spec(program, name, named) for name in names]


def tool_spec(program: Program, name: str, named: Named) -> dict[str, Any]:
    """One function. Its parameters have their own names, no aliases: the program calls it by them."""
    modules = {one.name: one for one in program.modules}
    tool = modules[name] if name in modules else program.external(name)
    params, doc = (FOUND, "") if isinstance(tool, Retriever) else (tool.params, tool.doc)
    defs: dict[str, Schema] = {}
    properties = {one.name: without_alias(field_schema(one, named, defs, ())) for one in params}
    schema: Schema = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    if defs:
        schema["$defs"] = {name: without_alias(one) for name, one in defs.items()}
    function: dict[str, Any] = {"name": name, "parameters": schema}
    if doc:
        function["description"] = doc
    return {"type": "function", "function": function}


def without_alias(schema: Any) -> Any:
    """A schema with the names of the program."""
    if isinstance(schema, list):
        return [without_alias(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: without_alias(value) for key, value in schema.items() if key != "x-alias"}
