"""Grammars (GBNF, as llama.cpp reads it) that hold a reply to its type."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from lmc.prompts.numbers import decimals, integers
from lmc.prompts.pattern import MOST_REPEATS, Inexpressible, pattern_rule, repeated
from lmc.runtime.reply import ReplySpec, Schema

LINE = "[^\\n]{1,800}"
TEXT = "[^\\x00]"
"""A character of a reply that is one text."""

CHAR = r'[^"\\\x7F\x00-\x1F] | "\\" (["\\/bfnrt] | "u" [0-9a-fA-F]{4})'
"""A character between the quotes of JSON (RFC 8259, 7)."""

COMMA = '"," " "? '

ANY_JSON = {
    "value": 'object | array | string | number | "true" | "false" | "null"',
    "object": '"{" (string ":" " "? value ("," " "? string ":" " "? value)*)? "}"',
    "array": '"[" (value ("," " "? value)*)? "]"',
    "string": '"\\"" char* "\\""',
    "number": '"-"? ("0" | [1-9] [0-9]{0,14}) ("." [0-9]{1,15})? ([eE] [-+]? [0-9]{1,3})?',
    "char": CHAR,
}
"""The rules of any JSON value on one line."""

KNOWN = frozenset({
    "type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf", "$ref", "$defs",
    "minimum", "maximum", "minLength", "maxLength", "pattern", "minItems", "maxItems", "minProperties", "maxProperties",
    "description", "title", "default", "examples", "$schema", "x-alias",
})  # fmt: skip
"""The words of JSON Schema that a grammar holds a value to, or may pass over."""


def reply_grammar(spec: ReplySpec, lead: bool) -> str | None:
    """The grammar of a reply in the styles "bare" and "fields", or None where a value has no short grammar. `lead`:
    the prompt ends with the first field's label, so the reply may begin with a space."""
    whole = spec["style"] == "bare"
    rules = [value_rule(field["schema"], whole=whole) for field in spec["fields"]]
    if any(rule is None for rule in rules):
        return None
    space = '" "? ' if lead else ""
    if whole:
        return None if rules[0] == LINE else f"root ::= {space}({rules[0]})"
    if spec["style"] != "fields":
        return None
    parts = []
    for index, (field, rule) in enumerate(zip(spec["fields"], rules, strict=True)):
        label = f"{field['label']}: "
        if index == 0:
            parts.append(f"{space}({rule})" if lead else f"{literal(label)} ({rule})")
        else:
            parts.append(f"{literal(chr(10) + label)} ({rule})")
    return "root ::= " + " ".join(parts)


def value_rule(schema: Schema, *, whole: bool) -> str | None:
    """The rule of one value as plain text, or None for lists, objects and names. `whole`: the reply is nothing else."""
    values = closed(schema)
    if values is not None:
        return " | ".join(literal(value) for value in values)
    if "anyOf" in schema:
        rules = [value_rule(member, whole=whole) for member in schema["anyOf"]]
        return None if None in rules or LINE in rules else " | ".join(f"({rule})" for rule in rules)
    match schema.get("type"):
        case "integer":
            return integers(schema.get("minimum"), schema.get("maximum"))
        case "number":
            return decimals(schema.get("minimum"), schema.get("maximum"))
        case "boolean":
            return '"true" | "false"'
        case "null":
            return '"null"'
        case "string":
            return text_rule(schema, whole=whole)
    return None


def text_rule(schema: Schema, *, whole: bool) -> str:
    """The rule of a string as plain text."""
    if "pattern" in schema:
        return pattern_rule(schema["pattern"], quoted=False) or LINE
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    if (not least and most is None) or least > MOST_REPEATS:
        return LINE
    return (TEXT if whole else "[^\\n]") + repeated(max(1, least), MOST_REPEATS + 1 if most is None else max(1, most))


def closed(schema: Schema) -> list[str] | None:
    """The values of a closed type as they are written."""
    values = schema["enum"] if "enum" in schema else [schema["const"]] if "const" in schema else None
    return None if values is None else [one if isinstance(one, str) else json.dumps(one) for one in values]


def guarantees(spec: ReplySpec) -> bool:
    """Whether a grammar leaves no reply that does not fit: one value out of a closed set or between two bounds, which
    no cut-off shortens."""
    schema = spec["fields"][0]["schema"]
    bounded = schema.get("type") == "integer" and "minimum" in schema and "maximum" in schema
    return spec["style"] == "bare" and (closed(schema) is not None or schema.get("type") == "boolean" or bounded)


# JSON


def json_grammar(schema: Schema) -> str | None:
    """The grammar of the values of a JSON Schema as JSON on one line, properties in the order of the schema; None for a
    schema with words beyond `KNOWN`, or with properties that may be absent."""
    rules = Rules(schema.get("$defs", {}))
    try:
        root = rules.rule({name: one for name, one in schema.items() if name != "$defs"})
        rules.define()
    except Inexpressible:
        return None
    return "\n".join([f"root ::= {root}", *(f"{name} ::= {rule}" for name, rule in rules.found.items())])


class Rules:
    """The named rules of one grammar, as they are needed."""

    def __init__(self, defs: Schema) -> None:
        self.defs = defs
        self.found: dict[str, str] = {}
        self.names = {name: f"def{index}" for index, name in enumerate(defs)}
        self.wanted: list[str] = []

    def define(self) -> None:
        """Writes the rules of the named schemas that were referred to, and of those that these refer to."""
        for name in self.wanted:  # grows while it is gone through
            self.found[self.names[name]] = self.rule(self.defs[name])

    def rule(self, schema: Any) -> str:
        """The rule of a schema. Raises Inexpressible."""
        if schema is True or schema == {}:
            return self.shared("value")
        if not isinstance(schema, dict) or not KNOWN.issuperset(schema):
            raise Inexpressible
        if "$ref" in schema:
            return self.reference(schema["$ref"])
        if "anyOf" in schema:
            return self.either(self.rule(member) for member in schema["anyOf"])
        if "enum" in schema or "const" in schema:
            values = schema.get("enum", [schema.get("const")])
            return self.either(literal(json.dumps(value, ensure_ascii=False)) for value in values)
        if isinstance(schema.get("type"), list):
            return self.either(self.rule({**schema, "type": kind}) for kind in schema["type"])
        return self.typed(schema)

    def typed(self, schema: Schema) -> str:
        """The rule of a schema that names one type, or none."""
        match schema.get("type"):
            case "integer":
                return bracketed(integers(schema.get("minimum"), schema.get("maximum")))
            case "number":
                return bracketed(decimals(schema.get("minimum"), schema.get("maximum")))
            case "boolean":
                return '("true" | "false")'
            case "null":
                return '"null"'
            case "string":
                return self.string(schema)
            case "array":
                return self.array(schema)
            case "object":
                return self.object(schema)
            case None if "properties" in schema:
                return self.object(schema)
            case None if not {"items", "minimum", "maximum", "pattern"} & set(schema):
                return self.shared("value")
        raise Inexpressible

    def string(self, schema: Schema) -> str:
        """The rule of a string. A pattern comes before lengths, which are then left to the reader of the reply."""
        if "pattern" in schema:
            rule = pattern_rule(schema["pattern"], quoted=True)
            if rule is not None:
                return f'"\\"" ({rule}) "\\""'
        least, most = schema.get("minLength", 0), schema.get("maxLength", MOST_REPEATS + 1)
        if not least and most > MOST_REPEATS:
            return self.shared("string")
        return f'"\\"" {self.shared("char")}{repeated(least, most)} "\\""'

    def array(self, schema: Schema) -> str:
        """The rule of a list."""
        item = self.rule(schema.get("items", {}))
        inner = several(item, COMMA + item, schema.get("minItems", 0), schema.get("maxItems"))
        return f'"[" {inner} "]"' if inner else '"[]"'

    def object(self, schema: Schema) -> str:
        """The rule of a record, or of a map."""
        properties = schema.get("properties")
        if properties is None:
            value = schema.get("additionalProperties", True)
            if value is False:
                return '"{}"'
            pair = f'{self.shared("string")} ":" " "? {self.rule(value)}'
            inner = several(pair, COMMA + pair, schema.get("minProperties", 0), schema.get("maxProperties"))
            return f'"{{" {inner} "}}"' if inner else '"{}"'
        if set(schema.get("required", ())) != set(properties) or schema.get("additionalProperties", False) is not False:
            raise Inexpressible
        pairs = [
            f'{literal(json.dumps(name, ensure_ascii=False) + ":")} " "? {self.rule(one)}'
            for name, one in properties.items()
        ]
        return f'"{{" {f" {COMMA}".join(pairs)} "}}"' if pairs else '"{}"'

    def reference(self, target: str) -> str:
        """The name of the rule of a named schema."""
        name = target.removeprefix("#/$defs/")
        if name == target or name not in self.defs:
            raise Inexpressible
        if name not in self.wanted:
            self.wanted.append(name)
        return self.names[name]

    def shared(self, name: str) -> str:
        """The name of one of the rules of any JSON value, with those that it needs."""
        needed = {"char": ("char",), "string": ("string", "char")}.get(name, tuple(ANY_JSON))
        self.found.update({one: ANY_JSON[one] for one in needed})
        return name

    def either(self, rules: Iterable[str]) -> str:
        """One of several."""
        return bracketed(" | ".join(dict.fromkeys(rules)))


def several(first: str, more: str, least: int, most: int | None) -> str:
    """From `least` to `most` items, the later ones as `more` writes them; empty for none."""
    if most == 0:
        return ""
    if most is not None and most < least:
        raise Inexpressible
    rest = repeated(max(0, least - 1), MOST_REPEATS + 1 if most is None else most - 1)
    inner = first if most == 1 else f"{first} ({more}){rest}"
    return inner if least else f"({inner})?"


def bracketed(rule: str | None) -> str:
    """A rule that can stand beside others. Raises Inexpressible where there is none."""
    if not rule:
        raise Inexpressible
    return f"({rule})"


def literal(text: str) -> str:
    """A text as GBNF writes it."""
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(escapes.get(one, one if one >= " " else f"\\x{ord(one):02X}") for one in text) + '"'
