"""Whether a JSON value is of a type, as it stands: nothing is repaired or converted."""

from __future__ import annotations

from typing import Any


def belongs(value: Any, schema: dict[str, Any], defs: dict[str, Any] | None = None) -> bool:
    """Whether a value is of the type that a JSON Schema describes (`type`, `const`, `enum`, `anyOf`, `properties`,
    `items`, `additionalProperties`, `$ref`, and limits). An int is a float; a truth value is no number; a field that
    is missing is null; fields that the type does not have do no harm."""
    defs = schema.get("$defs", {}) if defs is None else defs
    if "$ref" in schema:
        return belongs(value, defs[schema["$ref"].rsplit("/", 1)[-1]], defs)
    if "anyOf" in schema:
        return any(belongs(value, member, defs) for member in schema["anyOf"])
    if "const" in schema or "enum" in schema:
        allowed = schema["enum"] if "enum" in schema else [schema["const"]]
        return any(type(value) is type(one) and value == one for one in allowed)
    kinds: dict[str, tuple[type, ...]] = {
        "string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,), "null": (type(None),),
        "array": (list,), "object": (dict,),
    }  # fmt: skip
    kind = schema.get("type")
    if kind is not None and (not isinstance(value, kinds[kind]) or isinstance(value, bool) != (kind == "boolean")):
        return False
    return keeps_limits(value, schema) and all(belongs(item, inner, defs) for item, inner in parts_of(value, schema))


def parts_of(value: Any, schema: dict[str, Any]) -> list[tuple[Any, dict[str, Any]]]:
    """What a list or an object holds, each with its own type."""
    if isinstance(value, list):
        return [(item, schema.get("items", {})) for item in value]
    if isinstance(value, dict) and "properties" in schema:
        return [(value.get(name), inner) for name, inner in schema["properties"].items()]
    if isinstance(value, dict) and isinstance(schema.get("additionalProperties"), dict):
        return [(item, schema["additionalProperties"]) for item in value.values()]
    return []


def keeps_limits(value: Any, schema: dict[str, Any]) -> bool:
    """Whether a value keeps to the limits of its type: on a number, the length of a text, the items of a list or map;
    and whether the whole of a text matches its pattern."""
    import re

    if isinstance(value, bool) or value is None:
        return True
    words = {"str": "Length", "list": "Items", "dict": "Properties"}
    noun = words.get(type(value).__name__)
    size = value if noun is None else len(value)
    low, high = schema.get(f"min{noun or 'imum'}"), schema.get(f"max{noun or 'imum'}")
    if (low is not None and size < low) or (high is not None and size > high):
        return False
    return not isinstance(value, str) or "pattern" not in schema or re.fullmatch(schema["pattern"], value) is not None
