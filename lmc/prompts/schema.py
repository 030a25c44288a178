"""Types as JSON Schema, and in words for prompts."""

from __future__ import annotations

import json

from lmc.ir.subtype import Named
from lmc.ir.types import (
    NULL,
    STR,
    Constrained,
    EnumType,
    Field,
    ListType,
    LiteralType,
    MapType,
    NamedType,
    Primitive,
    RecordType,
    Type,
    UnionType,
    UnknownType,
)
from lmc.prompts.layout import unbound
from lmc.runtime.reply import Schema

PRIMITIVES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean", "null": "null"}

TURNS: Schema = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"role": {"type": "string"}, "content": {"type": "string"}},
        "required": ["role", "content"],
        "additionalProperties": False,
    },
}
"""The turns of a conversation."""

MEDIA_VALUE: Schema = {"anyOf": [{"type": "string"}, {"type": "object"}]}
"""An image, a recording or a file: a path or URL, or a record of `path`, `url` or `data`, and `mime`."""

LIMITS = {
    "string": ("minLength", "maxLength"),
    "array": ("minItems", "maxItems"),
    "object": ("minProperties", "maxProperties"),
    "integer": ("minimum", "maximum"),
    "number": ("minimum", "maximum"),
}
"""The words of JSON Schema for the least and the most, by type."""


def schema_of(type_: Type, named: Named) -> Schema:
    """The JSON Schema (2020-12) of a type; recursive names are in its `$defs`. `x-alias` is the name that a field has
    in prompts."""
    defs: dict[str, Schema] = {}
    schema = build(type_, named, defs, ())
    return {**schema, "$defs": defs} if defs else schema


def build(  # noqa: C901
    type_: Type, named: Named, defs: dict[str, Schema], stack: tuple[str, ...]
) -> Schema:
    """The schema of a type; a name within itself becomes a `$ref`."""
    match type_:
        case Primitive("history"):
            return TURNS
        case Primitive(name):
            return {"type": PRIMITIVES[name]} if name in PRIMITIVES else MEDIA_VALUE
        case Constrained():
            return build_constrained(type_, named, defs, stack)
        case MapType(value):
            return {"type": "object", "additionalProperties": build(value, named, defs, stack)}
        case LiteralType(value):
            return {"const": value}
        case EnumType(values):
            return {"type": "string", "enum": [name for name, _ in values]}
        case ListType(item):
            return {"type": "array", "items": build(item, named, defs, stack)}
        case UnionType(members):
            return build_union(members, named, defs, stack)
        case RecordType(fields):
            return {
                "type": "object",
                "properties": {field.name: field_schema(field, named, defs, stack) for field in fields},
                "required": [field.name for field in fields],
                "additionalProperties": False,
            }
        case NamedType(name):
            if name in stack:
                if name not in defs:
                    defs[name] = {}
                    defs[name] = build(named[name], named, defs, (*stack, name))
                return {"$ref": f"#/$defs/{name}"}
            return build(named[name], named, defs, (*stack, name))
        case UnknownType():
            return {}


def build_constrained(type_: Constrained, named: Named, defs: dict[str, Schema], stack: tuple[str, ...]) -> Schema:
    """A type with limits. Patterns match the whole of a string here, and are found in one in JSON Schema."""
    schema = dict(build(type_.type, named, defs, stack))
    kind = unbound(type_, named)
    least, most = LIMITS.get(json_type(kind), ("", ""))
    if least and type_.low is not None:
        schema[least] = max(type_.low, schema.get(least, type_.low))
    if most and type_.high is not None:
        schema[most] = min(type_.high, schema.get(most, type_.high))
    if type_.pattern is not None and "pattern" in schema:
        schema["allOf"] = [*schema.get("allOf", ()), {"pattern": schema["pattern"]}]
    if type_.pattern is not None:
        schema["pattern"] = f"^(?:{type_.pattern})$"
    return schema


def json_type(type_: Type) -> str:
    """The type of a value in JSON, "" where it may be of several."""
    match type_:
        case Primitive(name):
            return PRIMITIVES.get(name, "")
        case ListType():
            return "array"
        case MapType() | RecordType():
            return "object"
    return ""


def build_union(members: tuple[Type, ...], named: Named, defs: dict[str, Schema], stack: tuple[str, ...]) -> Schema:
    """A union; of literal strings only, an enumeration."""
    values = [member.value for member in members if isinstance(member, LiteralType)]
    if len(values) == len(members) and all(isinstance(value, str) for value in values):
        return {"type": "string", "enum": values}
    rest = [member for member in members if member != NULL]
    strings = [member.value for member in rest if isinstance(member, LiteralType) and isinstance(member.value, str)]
    if len(strings) == len(rest) > 1:
        return {"anyOf": [{"type": "string", "enum": strings}, {"type": "null"}]}
    return {"anyOf": [build(member, named, defs, stack) for member in members]}


def field_schema(field: Field, named: Named, defs: dict[str, Schema], stack: tuple[str, ...]) -> Schema:
    """The schema of a record's field, with its description and alias."""
    schema = dict(build(field.type, named, defs, stack))
    if field.description:
        schema["description"] = field.description
    if field.alias:
        schema["x-alias"] = field.alias
    return schema


def shape(type_: Type, named: Named, stack: tuple[str, ...] = ()) -> str:
    """The type as a prompt shows it: JSON with types in the places of values, as TypeScript writes them."""
    match type_:
        case Primitive(name):
            return PRIMITIVES.get(name, name)
        case LiteralType(value):
            return json.dumps(value, ensure_ascii=False)
        case EnumType(values):
            return " | ".join(json.dumps(name, ensure_ascii=False) for name, _ in values)
        case ListType(item):
            inner = shape(item, named, stack)
            return f"[{inner}, ...]"
        case UnionType(members):
            return " | ".join(shape(member, named, stack) for member in members)
        case RecordType(fields):
            return "{" + ", ".join(shape_field(field, named, stack) for field in fields) + "}"
        case NamedType(name):
            return name if name in stack else shape(named[name], named, (*stack, name))
        case MapType(value):
            return f'{{"<name>": {shape(value, named, stack)}, ...}}'
        case Constrained():
            return f"{shape(type_.type, named, stack)} ({limit_words(type_, named)})"
        case UnknownType():
            return "any JSON value"


def limit_words(type_: Constrained, named: Named) -> str:
    """The limits of a type in words: `1 to 5`, `at most 200 characters`."""
    kind = unbound(type_, named)
    unit = " character" if kind == STR else " item" if isinstance(kind, ListType | MapType) else ""
    low, high = type_.low, type_.high
    unit += "s" * (unit != "" and (low if high is None else high) != 1)
    words = [f"matching /{type_.pattern}/"] if type_.pattern is not None else []
    if low is not None and high is not None:
        words.insert(0, f"{low}{unit}" if low == high else f"{low} to {high}{unit}")
    elif low is not None or high is not None:
        words.insert(0, f"at least {low}{unit}" if low is not None else f"at most {high}{unit}")
    return ", ".join(words)


def shape_field(field: Field, named: Named, stack: tuple[str, ...]) -> str:
    """One field of a record, with its description behind it."""
    note = f" ({field.description})" if field.description else ""
    return f'"{field.alias or field.name}": {shape(field.type, named, stack)}{note}'
