"""A template as a Markdown page that reads like the prompt that it is.

Each message is a heading and a fenced block; the fence is longer than any run of backticks in the text, so no text can
end it. In a block, `{{ name }}` is an input, and `{{ "…" }}` stands for the characters in the quotes, as JSON: braces
that are not an input's, and characters that cannot be seen.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from lmc.backends.backend import notice
from lmc.runtime.prompt import Template
from lmc.runtime.reply import describe, is_nullable, resolve

UNSEEN = re.compile(
    "\\{\\{|[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
FORMS = {"text": "", "list": " | list", "json": " | json"}


def page(template: Template, source: str, reference: str) -> str:
    """The page of a template. `reference` is the LM's, `provider/model`."""
    lines = [f"<!-- {notice(source)} -->", "", f"# {template['name']}", ""]
    lines.append(f"For `{template['lm']}`, which is {reference}.")
    for title, parts in sections(template):
        lines += ["", f"## {title}", "", block(parts)]
    lines += ["", "## Reply", "", *reply_lines(template), "", "## Options", "", *option_lines(template)]
    return "\n".join(lines) + "\n"


def sections(template: Template) -> Iterator[tuple[str, list[Any]]]:
    """The messages with their titles; turns before the last one are examples, numbered."""
    if "prompt" in template:
        yield "Prompt", template["prompt"]
        return
    messages = template["messages"]
    example = 0
    for index, message in enumerate(messages):
        role = message["role"]
        example += role == "user"
        last = index == len(messages) - 1
        yield role.capitalize() + ("" if role == "system" or last else f", example {example}"), message["content"]


def block(parts: list[Any]) -> str:
    """The parts in a fence that they cannot end."""
    text = "".join(literal(part) if isinstance(part, str) else hole(part) for part in parts)
    fence = "`" * max([3, *(len(run) + 1 for run in re.findall(r"`+", text))])
    return f"{fence}text\n{text}\n{fence}"


def literal(text: str) -> str:
    """Text as a block shows it."""
    # Ends of lines and hidden characters are shown too: what is not seen cannot be reviewed.
    return UNSEEN.sub(lambda found: "{{ " + json.dumps(found.group(), ensure_ascii=found.group() != "{{") + " }}", text)


def hole(part: Mapping[str, str]) -> str:
    """An input as a block shows it."""
    return "{{ " + part["input"] + FORMS[part["as"]] + " }}"


def reply_lines(template: Template) -> list[str]:
    """What the reply must be."""
    spec = template["reply"]
    how = {
        "bare": "The value, and nothing else.",
        "fields": "A line for each field, its label before it.",
        "json": "A JSON object.",
    }[spec["style"]]
    attempts = template["attempts"]
    again = "" if attempts == 1 else f" A reply that does not fit is asked for again, {attempts} times in all."
    lines = [how + again, ""]
    for field in spec["fields"]:
        schema = resolve(field["schema"], spec.get("defs", {}))
        plain = spec["style"] == "bare" or field["label"] == field["name"]
        label = "" if plain else f", labelled {quoted(field['label'])}"
        null = "" if "anyOf" not in schema or not is_nullable(schema) else ", may be left out"
        lines.append(f"- `{field['name']}`{label}: {quoted_values(describe(schema))}{null}")
    return lines


def option_lines(template: Template) -> list[str]:
    """The other fields of the request."""
    options = {name: json.dumps(value, ensure_ascii=False) for name, value in template["options"].items()}
    return [f"- `{name}`: {quoted(value)}" for name, value in options.items()]


def quoted(text: str) -> str:
    """A text of one line as inline code."""
    text = literal(text.replace("\n", "\\n"))
    longest = max([0, *(len(run) for run in re.findall(r"`+", text))])
    tick, pad = "`" * (longest + 1), " " if longest else ""
    return f"{tick}{pad}{text}{pad}{tick}"


def quoted_values(text: str) -> str:
    """The words for a type, on one line and without marks that Markdown would read."""
    return re.sub(r"([\\`*_<>\[\]])", r"\\\1", literal(text.replace("\n", " ")))
