"""Values that are known only when a program runs, and prompts that show where they go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lmc.backends.markdown import FORMS, hole, inline
from lmc.runtime.prompt import Template


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that nobody knows before the program runs. `text` is what stands for it in a prompt: a mark,
    `{{ name }}`, or a text with marks in it; empty where it has no name yet."""

    text: str = ""

    def named(self, name: str) -> Unknown:
        """The value, marked with the name unless it has a mark."""
        return self if self.text else Unknown(mark(name))

    def member(self, name: str) -> Unknown:
        """A field of it."""
        plain = self.text.startswith("{{ ") and self.text.count("{{") == 1 and self.text.endswith(" }}")
        return Unknown(mark(f"{self.text[3:-3]}.{name}") if plain else "")


def mark(words: str) -> str:
    """What stands for a value in a prompt."""
    return "{{ " + words + " }}"


def is_known(value: Any) -> bool:
    """Whether nothing in a value is unknown."""
    match value:
        case Unknown():
            return False
        case list():
            return all(map(is_known, value))
        case dict():
            return all(map(is_known, value.values()))
    return True


def merged(one: Any, other: Any) -> Any:
    """What is known of a value that is either of two."""
    if type(one) is type(other) and one == other:
        return one
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return {name: merged(one[name], other[name]) for name in one}
    return Unknown()


def shown(value: Any) -> Any:
    """The value with texts in the place of what is unknown."""
    match value:
        case Unknown(text):
            return text or mark("…")
        case list():
            return [shown(one) for one in value]
        case dict():
            return {name: shown(one) for name, one in value.items()}
    return value


def partly_filled(template: Template, inputs: Mapping[str, Any]) -> Template:
    """The template with marks in the place of all that depends on an unknown input. What depends on known ones is left
    to be filled as always."""
    unknown = {name: one.named(name).text for name, one in inputs.items() if isinstance(one, Unknown)}
    if not unknown:
        return template
    if "prompt" in template:
        return {**template, "prompt": [part_filled(one, unknown) for one in template["prompt"]]}
    return {**template, "messages": [turn_filled(one, unknown) for one in template["messages"]]}


def turn_filled(turn: Any, unknown: Mapping[str, str]) -> Any:
    """A turn with marks."""
    if "content" in turn:
        return {**turn, "content": [part_filled(one, unknown) for one in turn["content"]]}
    if "history" in turn and turn["history"] in unknown:
        return {"role": "user", "content": [mark(f"{turn['history']} | history")]}
    if "nearest" in turn and unknown.keys() & set(turn["of"]):
        words = f"nearest {turn['nearest']} of {len(turn['shown'])}"
        few = [f"\n{one['role'].capitalize()}: {inline(one['content'])}" for shot in turn["shown"][:1] for one in shot]
        return {"role": "user", "content": ["{% " + words + " %}" + "".join(few) + "\n…{% endnearest %}"]}
    return turn


def part_filled(part: Any, unknown: Mapping[str, str]) -> Any:
    """A part with marks, unless it depends on nothing unknown."""
    if isinstance(part, str) or not unknown.keys() & names_in(part):
        return part
    match part:
        case {"input": str(name), "as": str(form)}:
            text = unknown[name]
            return text if not FORMS[form] or not text.endswith(" }}") else f"{text[:-3]}{FORMS[form]} }}}}"
        case {"value": {"name": str(name)}} if name in unknown:
            return unknown[name]
    return hole(part)


def names_in(part: Any) -> set[str]:
    """The inputs that a part of a template, or a formula in it, may read."""
    found: set[str] = set()
    match part:
        case {"input": str(name)} | {"name": str(name)}:
            found.add(name)
        case {"history": str(name)}:
            found.add(name)
        case {"nearest": int(), "of": [*names]}:
            return set(names)
    for value in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        found |= names_in(value)
    return found
