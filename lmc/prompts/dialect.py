"""JSON Schemas as providers take them for structured output."""

from __future__ import annotations

from typing import Any

from lmc.ir.program import LMDecl
from lmc.runtime.reply import Schema

BOUNDS = ("minimum", "maximum", "minItems", "maxItems", "pattern", "minLength", "maxLength")

PASSED: tuple[tuple[str, frozenset[str], bool], ...] = (
    ("openai/", frozenset(("minimum", "maximum", "minItems", "maxItems", "pattern")), True),
    ("azure/", frozenset(("minimum", "maximum", "minItems", "maxItems", "pattern")), True),
    ("gemini/", frozenset(("minimum", "maximum", "minItems", "maxItems")), False),
    ("", frozenset(), False),
)
"""By the beginning of the reference: the constraints that the provider takes, and whether it takes recursion. Sources:
OpenAI, Structured Outputs, "Supported schemas"; Anthropic, Structured outputs, "JSON Schema limitations"; Gemini API,
Structured output. What is left out is still in the prompt, and the reader of the reply enforces it."""

LOOKS = ("(?=", "(?!", "(?<", "\\1", "\\b", "\\B")
"""What no provider takes in a pattern."""

MOST_VALUES, MOST_DEPTH = 500, 5
"""A schema with more values in its enumerations, or nested deeper, is not sent: some provider refuses it."""


def wire_form(schema: Schema, lm: LMDecl) -> Schema | None:
    """The schema in the dialect of an LM's provider, or None where its strict form cannot say it: maps, values of any
    type, a whole that is no record, recursion, very large ones. Every record is closed, all its properties required. A
    local model, or a server at a declared `base_url`, gets the whole schema."""
    reference = lm.reference
    if reference.startswith("local/") or lm.option("base_url"):
        return schema
    passed, recursive = next((words, deep) for prefix, words, deep in PASSED if reference.startswith(prefix))
    if not recursive and "$defs" in schema:
        return None
    if schema.get("type") != "object" or values_in(schema) > MOST_VALUES or depth(schema) > MOST_DEPTH:
        return None
    return strict(schema, passed)


def strict(schema: Any, passed: frozenset[str]) -> Schema | None:
    """A schema without the constraints that are not passed; None where it has a part that strict forms lack."""
    if not isinstance(schema, dict) or not schema:
        return None
    if schema.get("type") == "object" and (
        not isinstance(schema.get("properties"), dict) or schema.get("additionalProperties") is not False
    ):
        return None
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}  # which nothing may stand beside
    found: Schema = {}
    if "type" not in schema and {"const", "enum"} & set(schema):
        kinds = {kind_of(one) for one in schema.get("enum", [schema.get("const")])}
        if len(kinds) > 1:
            return None
        found["type"] = kinds.pop()
    for word, value in schema.items():
        if word in ("properties", "$defs"):
            parts = {name: strict(one, passed) for name, one in value.items()}
            if None in parts.values():
                return None
            found[word] = parts
        elif word == "items" or word == "anyOf":
            inner = [strict(one, passed) for one in (value if word == "anyOf" else [value])]
            if None in inner:
                return None
            found[word] = inner if word == "anyOf" else inner[0]
        elif word not in (*BOUNDS, "minProperties", "maxProperties") or (
            word in passed and not (word == "pattern" and any(look in value for look in LOOKS))
        ):
            found[word] = value
    return found


def kind_of(value: Any) -> str:
    """The type of a JSON value, as schemas name it."""
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}
    return kinds.get(type(value), "object")


def values_in(schema: Any) -> int:
    """How many values all the enumerations of a schema have."""
    if isinstance(schema, list):
        return sum(values_in(one) for one in schema)
    if not isinstance(schema, dict):
        return 0
    own = schema.get("enum")
    return (len(own) if isinstance(own, list) else 0) + sum(values_in(one) for one in schema.values())


def depth(schema: Any) -> int:
    """How many records and lists are nested."""
    if isinstance(schema, list):
        return max((depth(one) for one in schema), default=0)
    if not isinstance(schema, dict):
        return 0
    inner = max((depth(one) for one in schema.values()), default=0)
    return inner + (schema.get("type") in ("object", "array"))
