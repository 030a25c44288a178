"""Reads a reply into the declared type: finds the pieces in the text, and the value of each."""

from __future__ import annotations

from typing import Any, TypeAlias

from lmc.runtime.candidates import plain_name, thought_aside
from lmc.runtime.coerce import coerce
from lmc.runtime.pattern import compiled
from lmc.runtime.pieces import Reading
from lmc.runtime.reading import read_value
from lmc.runtime.scalar import is_null
from lmc.runtime.scan import Repair
from lmc.runtime.value import (
    ReplyError,
    Schema,
    closed_values,
    describe,
    is_nullable,
    kind_of,
    members_of,
    quote,
    resolve,
)

ReplySpec: TypeAlias = dict[str, Any]
"""`style`, one of "bare" (the reply is the one value), "fields" (lines `Label: value`) and "json" (an object);
`fields`, a list of `{"name", "label", "schema"}`; `defs`, the named schemas."""


def parse_reply(text: str, spec: ReplySpec) -> dict[str, Any]:
    """The outputs by name. Raises ReplyError that names the field, what it must be and what was found."""
    found: dict[str, Any] = read_reply(text, spec).value
    return found


def read_reply(text: str, spec: ReplySpec) -> Reading:
    """The outputs by name, and what was repaired to get them. Raises ReplyError like `parse_reply`; its `reply` is the
    text."""
    fields, defs = spec["fields"], spec.get("defs", {})
    try:
        if not text.strip() and not (len(fields) == 1 and accepts_empty(fields[0]["schema"])):
            raise ReplyError("it is empty")
        if spec["style"] == "json":
            return read_object(text, fields, defs)
        text = thought_aside(text) if text.lstrip()[:1] == "<" else text
        if spec["style"] == "bare":
            return pieces_read({fields[0]["name"]: unlabel(text, fields[0]["label"])}, fields, defs)
        pieces = labelled(text, fields)
        try:
            return pieces_read(pieces, fields, defs)
        except ReplyError as problem:
            if all(field["name"] in pieces for field in fields):
                raise
            return elsewhere(text, fields, defs, str(problem))
    except ReplyError as problem:
        raise ReplyError(str(problem), text) from None


def accepts_empty(schema: Schema) -> bool:
    """Whether an empty reply is a value: a plain string."""
    return schema.get("type") == "string" and "enum" not in schema and schema.get("minLength", 0) == 0


def record_of(fields: list[dict[str, Any]]) -> Schema:
    """The type of the object that holds the outputs, by name or label."""
    return {
        "type": "object",
        "properties": {field["name"]: {**field["schema"], "x-alias": field["label"]} for field in fields},
        "required": [field["name"] for field in fields],
        "additionalProperties": False,
    }


def read_object(text: str, fields: list[dict[str, Any]], defs: Schema) -> Reading:
    """The outputs of a reply that should be a JSON object; without a bracket, it may have labels."""
    if compiled(r"[{<\[]|\"\s*:").search(text) is None:
        pieces = labelled(text, fields)
        if len(pieces) > 1 or after_label(text.strip(), fields[0]["label"]) is not None:
            found = pieces_read(pieces, fields, defs)
            return Reading(found.value, [Repair("", "read the fields from lines with labels"), *found.repairs])
    return read_value(text, record_of(fields), defs)


def elsewhere(text: str, fields: list[dict[str, Any]], defs: Schema, problem: str) -> Reading:
    """The outputs of a reply without its labels: in a JSON object, tags or markers. Raises ReplyError with the problem
    where they are in none."""
    if compiled(r"[{<\"]|\[\[").search(text) is None:
        raise ReplyError(problem)
    # A prompt may end with the marker of the first output, so that the reply goes on from it.
    lead = f"[[ ## {fields[0]['name']} ## ]]\n" if "[[ ##" in text else ""
    for whole in dict.fromkeys((text, lead + text)):
        try:
            found = read_value(whole, record_of(fields), defs)
        except ReplyError:
            continue
        return Reading(found.value, [Repair("", "read the fields from an object or marked pieces"), *found.repairs])
    raise ReplyError(problem)


def pieces_read(pieces: dict[str, str], fields: list[dict[str, Any]], defs: Schema) -> Reading:
    """The values of the fields from their pieces of the reply; null where one may be and there is no piece."""
    values: dict[str, Any] = {}
    repairs: list[Repair] = []
    for field in fields:
        name = field["name"]
        if name not in pieces and not is_nullable(field["schema"]):
            raise ReplyError(f"`{field['label']}:` is missing")
        found = piece_value(pieces[name], field["schema"], defs, [name]) if name in pieces else Reading(None, [])
        values[name] = found.value
        repairs += found.repairs
    return Reading(values, repairs)


def piece_value(piece: str, schema: Schema, defs: Schema, path: list[str | int]) -> Reading:
    """The value that a piece of text stands for: as `read_value` has it, but that white space around text and a fence
    around all of it do not count, and that any word for null is one where null may be."""
    schema = resolve(schema, defs)
    piece = piece.strip()
    if "anyOf" in schema and is_nullable(schema) and is_null(piece):
        named = {value.casefold() for one in schema["anyOf"] for value in closed_values(resolve(one, defs)) or ()}
        if piece.casefold() not in named:
            return Reading(None, [] if piece == "null" else [Repair(str(path[0]) if path else "", "took it for null")])
    return read_value(unfence(piece) if is_text(schema) else piece, schema, defs, path)


def is_text(schema: Schema) -> bool:
    """Whether the type is plain text, or text or null."""
    members = members_of(schema)
    if members is not None:
        return all(kind_of(one) == "null" or is_text(one) for one in members)
    return kind_of(schema) == "string" and closed_values(schema) is None


def read_text(text: str, schema: Schema, defs: Schema) -> Any:
    """The value that a piece of text stands for. Raises ReplyError."""
    return piece_value(text, schema, defs, []).value


def unlabel(text: str, label: str) -> str:
    """The text without a label that the LM repeated before it, and without markers or tags of its name around it."""
    words = text.strip()
    found = after_label(words, label)
    if found is not None:
        return found.strip()
    folded = plain_name(label)
    tag = compiled(r"<([A-Za-z_][\w-]{0,80})>(.*)</\1>").fullmatch(words)
    if tag is not None and plain_name(tag[1]) == folded:
        return str(tag[2].strip())
    head = compiled(r"\[\[ ## ([^\n#\]]{1,80}) ## \]\](.*?)(?:\[\[ ## completed ## \]\])?").fullmatch(words)
    return str(head[2].strip()) if head is not None and plain_name(head[1]) == folded else words


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


def unfence(text: str) -> str:
    """The text without a code fence around the whole of it."""
    found = compiled(r"```[\w-]*\n(.*?)\n?```").fullmatch(text)
    return str(found[1]) if found else text


__all__ = [
    "Reading",
    "Repair",
    "ReplyError",
    "ReplySpec",
    "Schema",
    "closed_values",
    "coerce",
    "describe",
    "is_nullable",
    "parse_reply",
    "quote",
    "read_reply",
    "read_text",
    "read_value",
    "resolve",
]
