"""Types of BAML, as far as the corpus has them, as JSON Schema."""

from __future__ import annotations

import json
import re
from typing import Any

PRIMITIVES = {"string": "string", "int": "integer", "float": "number", "bool": "boolean", "null": "null"}
TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|-?\d+|\w+|[\[\]()|?<>,])')


def schema_of(type_: str, declarations: str) -> dict[str, Any]:
    """The schema of a type expression with the classes and enums that it names in `$defs`."""
    defs: dict[str, Any] = {}
    for kind, name, body in re.findall(r"(class|enum)\s+(\w+)\s*\{(.*?)\}", declarations, re.DOTALL):
        defs[name] = class_of(body) if kind == "class" else enum_of(body)
    return {**parse(type_), "$defs": defs}


def class_of(body: str) -> dict[str, Any]:
    """The schema of a class: optional fields may be missing."""
    fields = [line.strip().split(None, 1) for line in body.strip().split("\n")]
    properties = {name: parse(type_.strip()) for name, type_ in fields}
    required = [name for name, type_ in fields if not type_.strip().endswith("?")]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def enum_of(body: str) -> dict[str, Any]:
    """The schema of an enum, its aliases and descriptions in `x-values`."""
    values: list[dict[str, str]] = []
    for line in body.strip().split("\n"):
        entry = {"name": line.split()[0]}
        entry.update(re.findall(r'@(alias|description)\("([^"]*)"\)', line))
        values.append(entry)
    return {"type": "string", "enum": [one["name"] for one in values], "x-values": values}


def parse(type_: str) -> dict[str, Any]:
    """The schema of a type expression."""
    tokens = TOKEN.findall(type_)
    found, rest = union(tokens)
    assert not rest, type_
    return found


def union(tokens: list[str]) -> tuple[dict[str, Any], list[str]]:
    """A union, and the tokens behind it."""
    first, tokens = postfix(tokens)
    members = [first]
    while tokens[:1] == ["|"]:
        one, tokens = postfix(tokens[1:])
        members.append(one)
    return (members[0] if len(members) == 1 else {"anyOf": members}), tokens


def postfix(tokens: list[str]) -> tuple[dict[str, Any], list[str]]:
    """A type with `[]` and `?` behind it, and the tokens behind that."""
    head, tokens = tokens[0], tokens[1:]
    found: dict[str, Any]
    if head == "(":
        found, tokens = union(tokens)
        tokens = tokens[1:]
    elif head == "map":
        found, tokens = union(tokens[tokens.index(",") + 1 :])
        found, tokens = {"type": "object", "additionalProperties": found}, tokens[1:]
    elif head in PRIMITIVES:
        found = {"type": PRIMITIVES[head]}
    elif head[0] == '"' or (head[-1].isdigit() and head.lstrip("-").isdigit()) or head in ("true", "false"):
        found = {"const": json.loads(head)}
    else:
        found = {"$ref": f"#/$defs/{head}"}
    while tokens and tokens[0] in ("[", "?"):
        if tokens[0] == "[":
            found, tokens = {"type": "array", "items": found}, tokens[2:]
        else:
            found, tokens = {"anyOf": [found, {"type": "null"}]}, tokens[1:]
    return found, tokens
