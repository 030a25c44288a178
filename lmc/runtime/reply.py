"""Reads a reply into the declared type: finds the pieces in the text, and the value of each."""

from __future__ import annotations

from typing import Any, TypeAlias

from lmc.runtime.value import (
    ReplyError,
    Schema,
    choose,
    closed_values,
    coerce,
    coerce_object,
    describe,
    is_nullable,
    quote,
    refuse,
    resolve,
    scalar,
)

ReplySpec: TypeAlias = dict[str, Any]
"""`style`, one of "bare" (the reply is the one value), "fields" (lines `Label: value`) and "json" (an object);
`fields`, a list of `{"name", "label", "schema"}`; `defs`, the named schemas."""


def parse_reply(text: str, spec: ReplySpec) -> dict[str, Any]:
    """The outputs by name. Raises ReplyError that names the field, what it must be and what was found."""
    fields, defs = spec["fields"], spec.get("defs", {})
    if not text.strip() and not (len(fields) == 1 and accepts_empty(fields[0]["schema"])):
        raise ReplyError("it is empty", text)
    if spec["style"] == "bare":
        pieces: dict[str, Any] = {fields[0]["name"]: unlabel(text, fields[0]["label"])}
    elif spec["style"] == "fields":
        pieces = labelled(text, fields)
    else:
        return coerce_fields(find_json(text, dict), fields, defs)
    return {field["name"]: read_field(pieces, field, defs) for field in fields}


def accepts_empty(schema: Schema) -> bool:
    """Whether an empty reply is a value: a plain string."""
    return schema.get("type") == "string" and "enum" not in schema


def read_field(pieces: dict[str, str], field: dict[str, Any], defs: Schema) -> Any:
    """The value of one field from its piece of the reply."""
    if field["name"] not in pieces:
        if is_nullable(field["schema"]):
            return None
        raise ReplyError(f"`{field['label']}:` is missing")
    try:
        return read_text(pieces[field["name"]], field["schema"], defs)
    except ReplyError as problem:
        raise ReplyError(f"`{field['name']}` {problem}") from None


def coerce_fields(value: dict[str, Any], fields: list[dict[str, Any]], defs: Schema) -> dict[str, Any]:
    """The outputs from a JSON object."""
    schema = {
        "properties": {field["name"]: {**field["schema"], "x-alias": field["label"]} for field in fields},
        "required": [field["name"] for field in fields if not is_nullable(field["schema"])],
    }
    found: dict[str, Any] = coerce_object(value, schema, defs)
    return {field["name"]: found.get(field["name"]) for field in fields}


def unlabel(text: str, label: str) -> str:
    """The text without a label that the LM repeated before it."""
    found = after_label(text.strip(), label)
    return text.strip() if found is None else found.strip()


def after_label(line: str, label: str) -> str | None:
    """What stands behind a label at the start of a line, marks of Markdown around the label aside; None without it."""
    start = line.lstrip(" *_#-")
    if start[: len(label)].casefold() != label.casefold():
        return None
    rest = start[len(label) :].lstrip(" *_")
    if not rest.startswith(":"):
        return None
    marked = len(start) < len(line.lstrip(" "))
    return rest[1:].lstrip(" *_") if marked else rest[1:].lstrip(" ")


def labelled(text: str, fields: list[dict[str, Any]]) -> dict[str, str]:
    """The pieces of a reply of labelled lines; of two equal labels the first counts. Text before the first label is the
    first field's, whose label the prompt may have ended with, unless that label is what follows."""
    pieces: dict[str, list[str]] = {}
    labels: set[str] = set()
    first = current = fields[0]["name"]
    for line in text.strip().split("\n"):
        found = [(field["name"], after_label(line, field["label"])) for field in fields]
        name, rest = next((one for one in found if one[1] is not None), (None, line))
        if name is not None:
            if name == first and not labels:
                pieces.pop(first, None)
            current = None if name in labels or any(one.strip() for one in pieces.get(name, ())) else name
            labels.add(name)
        if current is not None:
            pieces.setdefault(current, []).append(rest or "")
    return {name: "\n".join(lines).strip() for name, lines in pieces.items() if any(line.strip() for line in lines)}


def read_text(text: str, schema: Schema, defs: Schema) -> Any:
    """The value that a piece of text stands for."""
    schema = resolve(schema, defs)
    text = text.strip()
    if "anyOf" in schema:
        return read_any(text, schema["anyOf"], defs)
    closed = closed_values(schema)
    if closed is not None:
        return choose(text, closed)
    if "const" in schema:
        return read_constant(text, schema)
    kind = schema.get("type")
    if kind == "string":
        return unfence(text)
    if kind in ("array", "object"):
        return read_structure(text, schema, defs)
    return coerce(scalar(text, kind), schema, defs)


def read_constant(text: str, schema: Schema) -> Any:
    """The one value of a type that is a number, a truth value or null."""
    constant = schema["const"]
    kind = "boolean" if isinstance(constant, bool) else "null" if constant is None else "number"
    try:
        value = scalar(text, kind)
    except ReplyError:
        value = text
    return (
        constant
        if value == constant and isinstance(value, bool) == isinstance(constant, bool)
        else refuse(value, schema)
    )


def read_any(text: str, members: list[Schema], defs: Schema) -> Any:
    """The value of the first member that takes the text, plain strings last."""
    resolved = [resolve(member, defs) for member in members]
    open_last = sorted(resolved, key=lambda member: member.get("type") == "string" and closed_values(member) is None)
    for member in open_last:
        try:
            return read_text(text, member, defs)
        except ReplyError:
            continue
    raise ReplyError(f"must be {describe({'anyOf': members})}, not {quote(text)}")


def read_structure(text: str, schema: Schema, defs: Schema) -> Any:
    """A list or an object written as JSON; a list may also be written as lines or between commas."""
    import re

    is_list = schema["type"] == "array"
    bullet = r"\s*(?:[-*•]|\d+[.)])\s+"
    lines = [line for line in text.split("\n") if line.strip()]
    if not (is_list and all(re.match(bullet, line) for line in lines)):
        try:
            return coerce(find_json(text, list if is_list else dict), schema, defs)
        except ReplyError:
            if not is_list or text.lstrip().startswith(("[", "{", "```")):
                raise
    if text.strip(" .").casefold() in ("none", "(none)", "n/a", "empty"):
        return []
    items = [re.sub(f"^{bullet}", "", line).strip() for line in lines]
    if len(items) == 1:
        items = [item.strip() for item in text.strip(" .-*•").split(",") if item.strip()]
    if not items:
        raise ReplyError(f"must be a JSON list, not {quote(text)}")
    return [read_text(item, schema.get("items", {}), defs) for item in items]


def unfence(text: str) -> str:
    """The text without a code fence around the whole of it."""
    import re

    found = re.fullmatch(r"```[\w-]*\n(.*?)\n?```", text, re.DOTALL)
    return found.group(1) if found else text


def find_json(text: str, kind: type) -> Any:
    """The first JSON value of the wanted kind (list or dict) in the text, prose and fences around it ignored."""
    import json

    try:
        value = json.loads(text, strict=False)
        if isinstance(value, kind):
            return value
    except (ValueError, RecursionError):
        pass
    decoder = json.JSONDecoder(strict=False)
    opening = "[" if kind is list else "{"
    start, tries = text.find(opening), 0
    while start >= 0 and tries < 50:
        try:
            value, _ = decoder.raw_decode(text, start)
            return value
        except (ValueError, RecursionError):
            start, tries = text.find(opening, start + 1), tries + 1
    raise ReplyError(f"must be {'a JSON list' if kind is list else 'a JSON object'}, not {quote(text)}")


__all__ = [
    "ReplyError",
    "ReplySpec",
    "Schema",
    "closed_values",
    "coerce",
    "describe",
    "is_nullable",
    "parse_reply",
    "quote",
    "read_text",
    "resolve",
]
