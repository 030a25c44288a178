"""Coerces JSON values, and values as an LM writes them, into a type: repairs what is plain, refuses what is not.

A type is a JSON Schema: `type`, `const`, `enum`, `properties`, `required`, `items`, `anyOf`, `additionalProperties`,
`minimum`, `maximum`, and `$ref` into `$defs`. `x-alias` names a property otherwise in the reply.
"""

from __future__ import annotations

from typing import Any, TypeAlias

Schema: TypeAlias = dict[str, Any]


class ReplyError(ValueError):
    """A reply does not fit its type; `reply` is its text."""

    def __init__(self, problem: str, reply: str = "") -> None:
        super().__init__(problem)
        self.reply = reply


def is_nullable(schema: Schema) -> bool:
    """Whether null is a value of the type."""
    return schema.get("type") == "null" or any(is_nullable(member) for member in schema.get("anyOf", ()))


def resolve(schema: Schema, defs: Schema) -> Schema:
    """The schema that a `$ref` names."""
    while "$ref" in schema:
        schema = defs[schema["$ref"].rsplit("/", 1)[-1]]
    return schema


def closed_values(schema: Schema) -> list[str] | None:
    """The strings of a closed type, or None when the type is open or holds anything but strings."""
    if "const" in schema:
        return [schema["const"]] if isinstance(schema["const"], str) else None
    if "enum" in schema:
        return list(schema["enum"]) if all(isinstance(value, str) for value in schema["enum"]) else None
    return None


def scalar(text: str, kind: str | None) -> Any:
    """A number, truth value or null as an LM writes it."""
    import re

    folded = text.strip(" .*_`\"'").casefold()
    if kind == "boolean":
        words = {"true": True, "yes": True, "false": False, "no": False}
        if folded in words:
            return words[folded]
    elif kind == "null":
        if folded in ("null", "none", "n/a", "nothing"):
            return None
    elif kind in ("integer", "number"):
        pattern = r"(?<![\w.])[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:[eE][-+]?\d+)?(?!\w|\.\d)"
        found = {item.replace(",", "") for item in re.findall(pattern, text) if re.search(r"\d", item)}
        if len(found) == 1 and len(only := found.pop()) < 400:
            value = float(only)
            return int(only) if re.fullmatch(r"[-+]?\d+", only) else int(value) if value.is_integer() else value
    raise ReplyError(f"must be {describe({'type': kind})}, not {quote(text)}")


def choose(text: str, values: list[str]) -> str:
    """The closed value that the text names: exactly, but for case and punctuation, or as its only mention. A mention
    beside a word that may deny it is none."""
    bare = text.strip(" \t\n.,;:!?\"'`*_()[]")
    for candidate in (text, text.strip(), bare):
        if candidate in values:
            return candidate
        alike = [value for value in values if value.casefold() == candidate.casefold()]
        if len(alike) == 1:
            return alike[0]
    rest, found = f" {spaced(text)} ", []
    for value in sorted(values, key=lambda value: -len(spaced(value))):
        words = spaced(value)
        if words and f" {words} " in rest:
            found += [one for one in values if spaced(one) == words]
            rest = rest.replace(f" {words} ", " , ")
    if len(found) == 1 and not {"not", "no", "never", "neither", "nor", "cannot", "t"} & set(rest.split()):
        return found[0]
    raise ReplyError(f"must be one of {', '.join(values)}, not {quote(text)}")


def spaced(text: str) -> str:
    """The words of the text in lower case, a space between them."""
    import re

    return " ".join(re.findall(r"\w+", text.casefold()))


def coerce(value: Any, schema: Schema, defs: Schema) -> Any:
    """A JSON value as the type wants it. Raises ReplyError when it cannot be that without guessing."""
    import json

    schema = resolve(schema, defs)
    if "anyOf" in schema:
        return coerce_any(value, schema["anyOf"], defs)
    closed = closed_values(schema)
    if closed is not None:
        return choose(value, closed) if isinstance(value, str) else refuse(value, schema)
    if "const" in schema or "enum" in schema:
        allowed = schema.get("enum", [schema.get("const")])
        return value if any(value == one and type(value) is type(one) for one in allowed) else refuse(value, schema)
    kind = schema.get("type")
    if kind == "array":
        items = value if isinstance(value, list) else refuse(value, schema)
        return [coerce(item, schema.get("items", {}), defs) for item in items]
    if kind == "object":
        return coerce_object(value, schema, defs) if isinstance(value, dict) else refuse(value, schema)
    if kind is None:
        return value
    if kind == "string" and isinstance(value, (int, float)) and not isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, str) and kind != "string":
        value = scalar(value, kind)
    return within(value, schema) if fits(value, kind) else integral(value, schema)


def coerce_any(value: Any, members: list[Schema], defs: Schema) -> Any:
    """The value as the first member that it already is, else as the first that it can be."""
    for member in members:
        target = resolve(member, defs)
        if fits(value, target.get("type")) and ("enum" not in target or value in target["enum"]):
            try:
                return coerce(value, target, defs)
            except ReplyError:
                continue
    for member in members:
        try:
            return coerce(value, member, defs)
        except ReplyError:
            continue
    return refuse(value, {"anyOf": members})


def coerce_object(value: dict[str, Any], schema: Schema, defs: Schema) -> dict[str, Any]:
    """The properties of an object, found by name or alias, case and separators aside; others are dropped."""
    properties = schema.get("properties")
    if properties is None:
        extra = schema.get("additionalProperties", {})
        return {key: coerce(item, extra, defs) for key, item in value.items()}
    plain = {folded(key): key for key in reversed(list(value))}
    result: dict[str, Any] = {}
    for name, property_schema in properties.items():
        names = (name, property_schema.get("x-alias", name))
        key = next((one for one in names if one in value), None)
        key = key or next((plain[folded(one)] for one in names if folded(one) in plain), None)
        if key is None:
            if name in schema.get("required", ()) and not is_nullable(resolve(property_schema, defs)):
                raise ReplyError(f"`{name}` is missing")
            result[name] = None
            continue
        try:
            result[name] = coerce(value[key], property_schema, defs)
        except ReplyError as problem:
            raise ReplyError(f"`{name}` {problem}") from None
    return result


def folded(name: str) -> str:
    """A name without case and separators."""
    import re

    return re.sub(r"[\s_-]", "", name).casefold()


def fits(value: Any, kind: str | None) -> bool:
    """Whether a JSON value is of the kind; a truth value is no number."""
    if isinstance(value, bool):
        return kind == "boolean"
    kinds: dict[str | None, Any] = {
        "string": str, "integer": int, "number": (int, float), "array": list, "object": dict, "null": type(None)
    }  # fmt: skip
    return isinstance(value, kinds.get(kind, ()))


def integral(value: Any, schema: Schema) -> int:
    """A float without a fraction, where an integer is wanted."""
    if schema.get("type") == "integer" and isinstance(value, float) and value.is_integer():
        return int(within(int(value), schema))
    return int(refuse(value, schema))


def within(value: Any, schema: Schema) -> Any:
    """The value, when it keeps the bounds of its type; a number must be one (JSON as Python reads it has others)."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if value != value or value in (float("inf"), float("-inf")):
            refuse(value, schema)
        if "minimum" in schema and value < schema["minimum"]:
            refuse(value, schema)
        if "maximum" in schema and value > schema["maximum"]:
            refuse(value, schema)
    return value


def refuse(value: Any, schema: Schema) -> Any:
    """Raises ReplyError: the value cannot be of the type."""
    import json

    raise ReplyError(f"must be {describe(schema)}, not {quote(json.dumps(value, ensure_ascii=False))}")


def describe(schema: Schema) -> str:
    """The type in words."""
    import json

    if "anyOf" in schema:
        return " or ".join(describe(member) for member in schema["anyOf"])
    if "enum" in schema:
        return "one of " + ", ".join(str(value) for value in schema["enum"])
    if "const" in schema:
        return json.dumps(schema["const"])
    words = {
        "string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false", "null": "null",
        "array": "a JSON list", "object": "a JSON object"
    }  # fmt: skip
    bounds = [f"at least {schema['minimum']}"] if "minimum" in schema else []
    bounds += [f"at most {schema['maximum']}"] if "maximum" in schema else []
    return " ".join([words.get(schema.get("type", ""), "a JSON value"), *bounds])


def quote(text: str) -> str:
    """The text, shortened, in quotes."""
    short = text.strip().replace("\n", " ")
    return f'"{short[:80]}…"' if len(short) > 80 else f'"{short}"'
