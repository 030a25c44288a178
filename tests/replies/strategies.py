"""Types, values of them, and replies that hold the values more or less well."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

NAMES = st.sampled_from(["name", "items", "value", "first name", "kind", "a", "b_c"])
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)
CHUNKS = st.sampled_from(
    [
        *"{}[]():,;\"'`“”\\/#\n\t -+.=<>|*_",
        '"a"', '"name": ', "name: ", "```", "```json\n", "true", "None", "null", "12", "1,234.5", "1/2", "not ", "kind",
        "[[ ## name ## ]]", "<name>", "</name>", "<think>", "</think>", "- ", "//", "/*", "*/", '"""', "...", "\\u00e9",
        "\\ud83d", "é", "٤", "items[2]{a,b_c}:\n", "x", "ONE", "TWO", "Answer: ", "\ufeff",
    ]
)  # fmt: skip
BROKEN = st.lists(CHUNKS, max_size=40).map("".join)
"""Texts of the marks that a reply is made of, in any order."""


def record(fields: dict[str, Any]) -> dict[str, Any]:
    """A record, all of whose fields are required."""
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


LEAVES = st.one_of(
    st.sampled_from([{"type": kind} for kind in ("string", "integer", "number", "boolean")]),
    st.just({"type": "string", "enum": ["ONE", "TWO", "not TWO"]}),
    st.sampled_from([{"const": 3}, {"const": "x"}, {"const": True}]),
    st.tuples(st.integers(-5, 5), st.integers(0, 9)).map(
        lambda one: {"type": "integer", "minimum": one[0], "maximum": one[0] + one[1]}
    ),
    st.just({"type": "string", "minLength": 1, "maxLength": 6}),
    st.just({"type": "string", "pattern": "[a-z]+"}),
)
SCHEMAS: st.SearchStrategy[dict[str, Any]] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        inner.map(lambda one: {"type": "array", "items": one}),
        inner.map(lambda one: {"type": "array", "items": one, "minItems": 1, "maxItems": 3}),
        inner.map(lambda one: {"type": "object", "additionalProperties": one}),
        inner.map(lambda one: {"anyOf": [one, {"type": "null"}]}),
        st.lists(inner, min_size=2, max_size=3).map(lambda members: {"anyOf": members}),
        st.dictionaries(NAMES, inner, min_size=1, max_size=3).map(record),
    ),
    max_leaves=6,
)


@st.composite
def values(draw: Any, schema: dict[str, Any]) -> Any:
    """A value of the type."""
    if "anyOf" in schema:
        return draw(values(draw(st.sampled_from(schema["anyOf"]))))
    if "const" in schema or "enum" in schema:
        return draw(st.sampled_from(schema["enum"] if "enum" in schema else [schema["const"]]))
    match schema["type"]:
        case "null":
            return None
        case "boolean":
            return draw(st.booleans())
        case "integer":
            return draw(st.integers(schema.get("minimum", -(10**6)), schema.get("maximum", 10**6)))
        case "number":
            return draw(st.floats(-1e6, 1e6).filter(lambda one: one != 0 or str(one) == "0.0"))
        case "string" if "pattern" in schema:
            return draw(st.text("abcxyz", min_size=1, max_size=8))
        case "string":
            size = schema.get("minLength", 0), schema.get("maxLength", 12)
            return draw(st.text(st.characters(exclude_categories=["Cs"]), min_size=size[0], max_size=size[1]))
        case "array":
            return draw(st.lists(values(schema["items"]), min_size=schema.get("minItems", 0), max_size=3))
    if "properties" not in schema:
        return draw(st.dictionaries(TEXTS, values(schema["additionalProperties"]), max_size=3))
    return {name: draw(values(rule)) for name, rule in schema["properties"].items()}


@st.composite
def typed(draw: Any) -> tuple[dict[str, Any], Any, str]:
    """A type, a value of it and the value as JSON."""
    schema = draw(SCHEMAS)
    value = draw(values(schema))
    return schema, value, json.dumps(value, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 2])))
