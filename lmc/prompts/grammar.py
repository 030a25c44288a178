"""Grammars (GBNF, as llama.cpp reads it) that hold a reply to its type."""

from __future__ import annotations

import json

from lmc.runtime.reply import ReplySpec, Schema

INTEGER = '"-"? ("0" | [1-9] [0-9]{0,14})'
LINE = "[^\\n]{1,800}"


def reply_grammar(spec: ReplySpec, lead: bool) -> str | None:
    """The grammar of a reply in the styles "bare" and "fields", or None where a value has no short grammar. `lead`:
    the prompt ends with the first field's label, so the reply may begin with a space."""
    rules = [value_rule(field["schema"], last=field is spec["fields"][-1]) for field in spec["fields"]]
    if any(rule is None for rule in rules):
        return None
    space = '" "? ' if lead else ""
    if spec["style"] == "bare":
        return None if rules[0] == LINE else f"root ::= {space}({rules[0]})"
    if spec["style"] != "fields":
        return None
    parts = []
    for index, (field, rule) in enumerate(zip(spec["fields"], rules, strict=True)):
        label = f"{field['label']}: "
        if index == 0:
            parts.append(f"{space}({rule})" if lead else f"{json.dumps(label)} ({rule})")
        else:
            parts.append(f"{json.dumps(chr(10) + label)} ({rule})")
    return "root ::= " + " ".join(parts)


def value_rule(schema: Schema, *, last: bool) -> str | None:
    """The rule of one value, or None for lists, objects and names."""
    values = closed(schema)
    if values is not None:
        return " | ".join(json.dumps(value, ensure_ascii=False) for value in values)
    if "anyOf" in schema:
        rules = [value_rule(member, last=last) for member in schema["anyOf"]]
        return None if None in rules or LINE in rules else " | ".join(f"({rule})" for rule in rules)
    rules_by_type = {
        "integer": INTEGER,
        "number": f'{INTEGER} ("." [0-9]{{1,15}})?',
        "boolean": '"true" | "false"',
        "null": '"null"',
        "string": LINE,
    }
    return rules_by_type.get(schema.get("type", ""))


def closed(schema: Schema) -> list[str] | None:
    """The values of a closed type as they are written."""
    values = schema["enum"] if "enum" in schema else [schema["const"]] if "const" in schema else None
    return None if values is None else [one if isinstance(one, str) else json.dumps(one) for one in values]


def guarantees(spec: ReplySpec) -> bool:
    """Whether a grammar leaves no reply that does not fit: one value out of a closed set, which no cut-off shortens."""
    schema = spec["fields"][0]["schema"]
    return spec["style"] == "bare" and (closed(schema) is not None or schema.get("type") == "boolean")
