"""Types of replies, as JSON Schema, and whether a JSON value is of one.

A type has `type`, `const`, `enum`, `properties`, `required`, `additionalProperties` (a schema: a map), `items`,
`anyOf`, `minimum`, `maximum`, `minLength`, `maxLength`, `minItems`, `maxItems`, `minProperties`, `maxProperties`,
`pattern` (a regular expression of Python that the whole of a string matches), and `$ref` into `$defs` (or an `allOf` of
one). `x-alias` names a property otherwise in the reply; `x-values`, a list of `{"name", "alias", "description"}`, the
values of an `enum`; `x-check` says what a text is likely to match.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from lmc.runtime.pattern import compiled

Schema: TypeAlias = dict[str, Any]

MISFIT: Any = object()
"""Stands for no value where null is one."""


class ReplyError(ValueError):
    """A reply does not fit its type; `reply` is its text."""

    def __init__(self, problem: str, reply: str = "") -> None:
        super().__init__(problem)
        self.reply = reply


def is_nullable(schema: Schema) -> bool:
    """Whether null is a value of the type."""
    kind = schema.get("type")
    return kind == "null" or any(is_nullable(member) for member in schema.get("anyOf", ()))


def resolve(schema: Schema, defs: Schema) -> Schema:
    """The schema that a `$ref` names. Raises ReplyError when it names none."""
    for _ in range(100):
        if not isinstance(schema, dict):
            return {}
        if "$ref" not in schema:
            if len(schema.get("allOf", ())) != 1:
                return schema
            schema = schema["allOf"][0]
            continue
        schema = defs.get(str(schema["$ref"]).rsplit("/", 1)[-1], {"$ref": ""})
    raise ReplyError("is of a type that is not defined")


def kind_of(schema: Schema) -> str | None:
    """The kind of JSON value that a schema without `anyOf` and `$ref` is of, or None where any is."""
    kind = schema.get("type")
    if kind is None:
        kind = "object" if "properties" in schema else "array" if "items" in schema else None
    return kind


def members_of(schema: Schema) -> list[Schema] | None:
    """The members of a union, or None where the type is none."""
    if "anyOf" in schema:
        return list(schema["anyOf"])
    if isinstance(schema.get("type"), list):
        return [{**schema, "type": kind} for kind in schema["type"]]
    return None


def closed_values(schema: Schema) -> list[str] | None:
    """The strings of a closed type, or None when the type is open or holds anything but strings."""
    if "const" in schema:
        return [schema["const"]] if isinstance(schema["const"], str) else None
    if "enum" in schema:
        return list(schema["enum"]) if all(isinstance(value, str) for value in schema["enum"]) else None
    return None


def fits(value: Any, kind: str | None) -> bool:
    """Whether a JSON value is of the kind; a truth value is no number."""
    if isinstance(value, bool):
        return kind == "boolean"
    kinds: dict[str | None, Any] = {
        "string": str, "integer": int, "number": (int, float), "array": list, "object": dict, "null": type(None)
    }  # fmt: skip
    return isinstance(value, kinds.get(kind, ()))


LIMITS = {
    "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "pattern"
}  # fmt: skip
"""The constraints of a type."""


def keeps(value: Any, schema: Schema) -> bool:
    """Whether a value of its kind keeps the constraints of its type; a number must be one (JSON as Python reads it has
    others)."""
    if isinstance(value, float) and value - value != 0:
        return False
    if LIMITS.isdisjoint(schema) or isinstance(value, bool):
        return True
    if isinstance(value, (int, float)):
        return not (value < schema.get("minimum", value) or value > schema.get("maximum", value))
    if not isinstance(value, (str, list, dict)):
        return True
    name = "Length" if isinstance(value, str) else "Items" if isinstance(value, list) else "Properties"
    size = len(value)
    if size < schema.get(f"min{name}", size) or size > schema.get(f"max{name}", size):
        return False
    if not isinstance(value, str) or "pattern" not in schema:
        return True
    import re

    return re.fullmatch(schema["pattern"], value) is not None


def conform(value: Any, schema: Schema, defs: Schema) -> Any:
    """A JSON value that is of the type already, its properties by name, absent ones that may be null as null; MISFIT
    when it is not, or has other properties. Raises ReplyError when a `$ref` names nothing."""
    if not isinstance(schema, dict) or "$ref" in schema or "allOf" in schema:
        schema = resolve(schema, defs)
    if "anyOf" in schema:
        for member in schema["anyOf"]:
            found = conform(value, member, defs)
            if found is not MISFIT:
                return found
        return MISFIT
    if "enum" in schema or "const" in schema:
        allowed = schema["enum"] if "enum" in schema else [schema["const"]]
        return value if any(value == one and type(value) is type(one) for one in allowed) else MISFIT
    kind = schema.get("type")
    if kind == "string":
        return value if isinstance(value, str) and keeps(value, schema) and "x-check" not in schema else MISFIT
    if kind == "object" and isinstance(value, dict):
        return conform_object(value, schema, defs)
    if kind == "array" and isinstance(value, list):
        rule = schema.get("items", {})
        items = [conform(one, rule, defs) for one in value]
        return items if MISFIT not in items and keeps(items, schema) else MISFIT
    if not schema:
        return value
    return value if isinstance(kind, str) and fits(value, kind) and keeps(value, schema) else MISFIT


def conform_object(value: dict[str, Any], schema: Schema, defs: Schema) -> Any:
    """The same of an object."""
    properties = schema.get("properties")
    if properties is None:
        rule = schema.get("additionalProperties", {})
        rule = rule if isinstance(rule, dict) else {}
        result = {name: conform(one, rule, defs) for name, one in value.items()}
        return MISFIT if MISFIT in result.values() or not keeps(result, schema) else result
    result, used = {}, 0
    for name, rule in properties.items():
        key = rule.get("x-alias", name) if isinstance(rule, dict) else name
        if key not in value:
            key = name
        if key in value:
            used += 1
            found = conform(value[key], rule, defs)
            if found is MISFIT:
                return MISFIT
            result[name] = found
        elif is_nullable(resolve(rule, defs)):
            result[name] = None
        elif name in schema.get("required", ()) or "default" in rule:
            return MISFIT
    whole = used == len(value) and all(name in result for name in schema.get("required", ()))
    return result if whole else MISFIT


def describe(schema: Schema) -> str:
    """The type in words."""
    import json

    members = members_of(schema)
    if members is not None:
        return " or ".join(describe(member) for member in members)
    if "enum" in schema:
        return "one of " + ", ".join(str(value) for value in schema["enum"])
    if "const" in schema:
        return json.dumps(schema["const"], ensure_ascii=False)
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    words = {
        "string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false", "null": "null",
        "array": "a JSON list", "object": "a JSON object"
    }  # fmt: skip
    return " ".join([words.get(kind_of(schema) or "", "a JSON value"), *bounds(schema)])


def bounds(schema: Schema) -> list[str]:
    """The constraints of a type in words."""
    found = [f"at least {schema['minimum']}"] if "minimum" in schema else []
    found += [f"at most {schema['maximum']}"] if "maximum" in schema else []
    for name, unit in (("Length", "characters"), ("Items", "items"), ("Properties", "names")):
        low, high = schema.get(f"min{name}"), schema.get(f"max{name}")
        if low is not None and high is not None:
            found.append(f"of {low} to {high} {unit}")
        elif low is not None or high is not None:
            found.append(f"of at {'most' if low is None else 'least'} {high if low is None else low} {unit}")
    return found + ([f"matching /{schema['pattern']}/"] if "pattern" in schema else [])


def written(value: Any) -> str:
    """A value as a message shows it."""
    import json

    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def quote(text: str) -> str:
    """The text, shortened, in quotes."""
    short = compiled(r"\s+").sub(" ", text[:400]).strip()
    return f'"{short[:80]}…"' if len(short) > 80 or len(text) > 400 else f'"{short}"'
