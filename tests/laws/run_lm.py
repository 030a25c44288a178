"""An LM that knows what is wanted of it, and often gives something else. Its reply is a function of the request."""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Mapping, Sequence
from typing import Any

Template = Mapping[str, Any]

WORDS = ("red", "a b", "x", "done", "größe", 'say "x"', "two\nlines", "{}", "42", "- one\n- two", "True", "null")
CODE = ("print(6 * 7)", "1 + 1", "```python\nprint('hi')\n```", "print(1 / 0)", "raise ValueError", "")
PATTERNS = {"^(?:[a-z]{2}-\\d+)$": ("ab-1", "zz-42")}
"""Texts that match the patterns of the programs."""


class Misbehaving:
    """Answers a request by the template that it was made of. `requests` are those that came, as JSON."""

    def __init__(self, templates: Mapping[str, Template], salt: int = 0, wild: int = 35) -> None:
        self.templates = [(statics(one), one) for _, one in sorted(templates.items())]
        self.salt, self.wild = salt, wild
        self.requests: list[str] = []

    def __call__(self, request: Mapping[str, Any]) -> str:
        text = json.dumps(request, ensure_ascii=False, sort_keys=True)
        self.requests.append(text)
        chance = random.Random(hashlib.sha256(f"{self.salt} {text}".encode("utf-8", "surrogatepass")).digest())
        return self.reply(self.template(request), chance)

    def template(self, request: Mapping[str, Any]) -> Template:
        """The template that has most in common with a request."""
        said = request.get("prompt") or "\n".join(map(words_of, request["messages"]))

        def fit(entry: tuple[Sequence[str], Template]) -> tuple[bool, bool, int]:
            texts, one = entry
            here = [text for text in texts if text in said]
            same = all(request.get(name) == value for name, value in one["options"].items())
            return len(here) == len(texts), same, sum(map(len, here))

        return max(self.templates, key=fit)[1]

    def reply(self, template: Template, chance: random.Random) -> str:
        """A reply in the style of the template."""
        spec = template["reply"]
        values = {field["name"]: value_of(field, spec, chance) for field in spec["fields"]}
        if chance.randrange(100) >= self.wild:
            return written(values, spec)
        return chance.choice(MISTAKES)(values, spec, chance)


def statics(template: Template) -> tuple[str, ...]:
    """The texts that stand in every request of a template."""
    parts = [*template.get("prompt", ())]
    for turn in template.get("messages", ()):
        parts += turn.get("content", ()) if "nearest" not in turn else ()
    return tuple(part for part in parts if isinstance(part, str))


def words_of(turn: Mapping[str, Any]) -> str:
    """The words of a message."""
    content = turn["content"]
    return content if isinstance(content, str) else "".join(one.get("text", "") for one in content)


def value_of(field: Mapping[str, Any], spec: Mapping[str, Any], chance: random.Random) -> Any:
    """A value of an output."""
    if field["name"] == "code" and "pattern" not in field["schema"]:
        return chance.choice(CODE)
    return valid(field["schema"], spec.get("defs", {}), chance, 3)


def valid(schema: Mapping[str, Any], defs: Mapping[str, Any], chance: random.Random, depth: int) -> Any:  # noqa: C901
    """A value that a schema describes."""
    if "$ref" in schema:
        return valid(defs[schema["$ref"].rsplit("/", 1)[-1]], defs, chance, depth - 1)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return chance.choice(schema["enum"])
    if "anyOf" in schema:
        return valid(chance.choice(schema["anyOf"]), defs, chance, depth)
    match schema.get("type"):
        case "null":
            return None
        case "boolean":
            return chance.random() < 0.5
        case "integer":
            return chance.randint(schema.get("minimum", -2), schema.get("maximum", 9))
        case "number":
            return chance.choice((0.5, 2, 3.25, 1e3, -0.125))
        case "array":
            most = min(schema.get("maxItems", 3), 3 if depth > 0 else 0)
            size = chance.randint(min(schema.get("minItems", 0), most), most)
            return [valid(schema["items"], defs, chance, depth - 1) for _ in range(size)]
        case "object" if "properties" in schema:
            given = schema["properties"].items()
            return {one.get("x-alias", name): valid(one, defs, chance, depth - 1) for name, one in given}
        case "object":
            names = chance.sample(("tea", "cake", "größe", "a b"), chance.randint(0, 2))
            return {name: valid(schema["additionalProperties"], defs, chance, depth - 1) for name in names}
    if "pattern" in schema:
        return chance.choice(PATTERNS[schema["pattern"]])
    return chance.choice(WORDS)[: schema.get("maxLength", 99)]


def written(values: Mapping[str, Any], spec: Mapping[str, Any]) -> str:
    """Values in the style that is asked for."""
    labels = {field["name"]: field["label"] for field in spec["fields"]}
    if spec["style"] == "json":
        return json.dumps({labels[name]: value for name, value in values.items()}, ensure_ascii=False)
    texts = {name: one if isinstance(one, str) else json.dumps(one) for name, one in values.items()}
    if spec["style"] == "bare":
        return next(iter(texts.values()))
    return "\n".join(f"{labels[name]}: {text}" for name, text in texts.items())


def in_prose(values: Mapping[str, Any], spec: Mapping[str, Any], chance: random.Random) -> str:
    return f"Sure! Here it is.\n\n{written(values, spec)}\n\nI hope that this helps."


def fenced(values: Mapping[str, Any], spec: Mapping[str, Any], chance: random.Random) -> str:
    return f"```\n{written(values, spec)}\n```"


def other_style(values: Mapping[str, Any], spec: Mapping[str, Any], chance: random.Random) -> str:
    return written(values, {**spec, "style": "fields" if spec["style"] == "json" else "json"})


def cut_short(values: Mapping[str, Any], spec: Mapping[str, Any], chance: random.Random) -> str:
    text = written(values, spec)
    return text[: chance.randint(0, len(text))]


def broken(values: Mapping[str, Any], spec: Mapping[str, Any], chance: random.Random) -> str:
    return re.sub(r'"', chance.choice(("", "'", '""')), written(values, spec))


def of_another_type(values: Mapping[str, Any], spec: Mapping[str, Any], chance: random.Random) -> str:
    name = chance.choice(list(values))
    return written({**values, name: chance.choice((99, -7, "elsewhere", None, [1, [2]], {"x": 1}, "x" * 60))}, spec)


def lacking(values: Mapping[str, Any], spec: Mapping[str, Any], chance: random.Random) -> str:
    return written(dict(list(values.items())[1:]) or {next(iter(values)): ""}, spec)


def nothing(values: Mapping[str, Any], spec: Mapping[str, Any], chance: random.Random) -> str:
    return chance.choice(("", "  \n", "I cannot help with that.", "{", "<think>well</think>"))


MISTAKES = (in_prose, fenced, other_style, cut_short, broken, of_another_type, of_another_type, lacking, nothing)
"""What an LM does instead."""
