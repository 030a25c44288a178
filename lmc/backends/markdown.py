"""A template as a Markdown page that reads like the prompt that it is.

Each message is a heading and a fenced block; the fence is longer than any run of backticks in the text, so no text can
end it. In a block, `{{ name }}` is an input, and `{{ "…" }}` stands for the characters in the quotes, as JSON: marks
that are not the page's own, and characters that cannot be seen. `{% if … %}`, `{% for … %}` and `{% nearest … %}` are
parts that depend on the inputs; of demonstrations that are chosen by the inputs the first few stand there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from lmc.backends.backend import notice
from lmc.backends.formula import formula_text
from lmc.runtime.prompt import Template
from lmc.runtime.reply import describe, is_nullable, resolve

UNSEEN = re.compile(
    "\\{[{%]|[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
FORMS = {"text": "", "list": " | list", "json": " | json"}
SHOWN = 3
"""So many of the demonstrations that are chosen by the inputs stand on the page."""


def page(
    template: Template, source: str, reference: str, head: str = "", notes: Mapping[str, list[str]] | None = None
) -> str:
    """The page of a template. `reference` is the LM's, `provider/model`; `head` is said of the whole, and `notes` are
    more sections, lines by title."""
    lines = [f"<!-- {notice(source)} -->", "", f"# {template['name']}", ""]
    lines.append(f"For `{template['lm']}`, which is {reference}.")
    lines += ["", head] if head else []
    lines += messages(template)
    lines += ["", "## Reply", "", *reply_lines(template), "", "## Options", "", *option_lines(template)]
    for title, found in (notes or {}).items():
        lines += ["", f"## {title}", "", *found] if found else []
    return "\n".join(lines) + "\n"


def messages(template: Template) -> Iterator[str]:
    """The lines of the messages, each under its title; turns before the last one are examples, numbered."""
    if "prompt" in template:
        yield from section("Prompt", template["prompt"])
        return
    turns = template["messages"]
    example = 0
    for index, turn in enumerate(turns):
        if "history" in turn:
            yield from ["", "## History", "", f"The turns of {quoted(turn['history'])}."]
            continue
        if "nearest" in turn:
            yield from pool(turn)
            continue
        role = turn["role"]
        example += role == "user"
        last = index == len(turns) - 1
        yield from section(
            role.capitalize() + ("" if role == "system" or last else f", example {example}"), turn["content"]
        )


def section(title: str, parts: list[Any]) -> list[str]:
    """A message under its title."""
    return ["", f"## {title}", "", block(parts)]


def pool(turn: Mapping[str, Any]) -> Iterator[str]:
    """Demonstrations of which the inputs choose some: how many, and the first few of them."""
    inputs = ", ".join(map(quoted, turn["of"]))
    count = len(turn["shown"])
    yield from ["", "## Examples", "", f"The {turn['nearest']} of {count} that are most like {inputs}."]
    yield from ["", f"The first {SHOWN} of all:"] if count > SHOWN else []
    for number, shown in enumerate(turn["shown"][:SHOWN]):
        for one in shown:
            yield from section(f"{one['role'].capitalize()}, example {number + 1}", one["content"])


def block(parts: list[Any]) -> str:
    """The parts in a fence that they cannot end."""
    text = inline(parts)
    fence = "`" * max([3, *(len(run) + 1 for run in re.findall(r"`+", text))])
    return f"{fence}text\n{text}\n{fence}"


def literal(text: str) -> str:
    """Text as a block shows it."""
    # Ends of lines and hidden characters are shown too: what is not seen cannot be reviewed.
    return UNSEEN.sub(
        lambda found: "{{ " + json.dumps(found.group(), ensure_ascii=found.group()[0] != "{") + " }}", text
    )


def inline(parts: list[Any]) -> str:
    """The parts as a block shows them."""
    return "".join(literal(part) if isinstance(part, str) else hole(part) for part in parts)


def hole(part: Mapping[str, Any]) -> str:
    """What depends on the inputs, as a block shows it."""
    match part:
        case {"input": str(name), "as": str(form)}:
            return "{{ " + name + FORMS[form] + " }}"
        case {"value": formula}:
            return "{{ " + formula_text(formula) + " }}"
        case {"history": str(name)}:
            return "{{ " + name + " | history }}"
        case {"media": formula, "kind": kind}:
            return "{{ " + f"{formula_text(formula)} | {kind}" + " }}"
        case {"if": condition, "then": then, "else": otherwise}:
            other = "{% else %}" + inline(otherwise) if otherwise else ""
            return "{% if " + formula_text(condition) + " %}" + inline(then) + other + "{% endif %}"
        case {"for": name, "in": items, "do": body}:
            return "{% for " + f"{name} in {formula_text(items)}" + " %}" + inline(body) + "{% endfor %}"
        case {"nearest": most, "shown": shown, "between": between}:
            few = literal(between).join(inline(one) for one in shown[:SHOWN])
            more = literal(between) + "…" if len(shown) > SHOWN else ""
            return "{% nearest " + f"{most} of {len(shown)}" + " %}" + few + more + "{% endnearest %}"
    return "{{ " + json.dumps(part, ensure_ascii=False) + " }}"


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
        lines.append(f"- `{field['name']}`{label}: {quoted_values(type_words(schema))}{null}")
    return lines


def type_words(schema: Mapping[str, Any]) -> str:
    """The type in words; of a union each member's once."""
    return " or ".join(dict.fromkeys(describe(one) for one in schema.get("anyOf", (schema,))))


def option_lines(template: Template) -> list[str]:
    """The other fields of the request."""
    options = {
        name: json.dumps(value, ensure_ascii=False) for name, value in template["options"].items() if name != "tools"
    }
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
