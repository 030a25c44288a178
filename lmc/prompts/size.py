"""How long a prompt is whatever its inputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lmc.runtime.prompt import Template


def template_characters(template: Template) -> int:
    """The characters of a prompt that are there whatever the inputs: of two parts the longer one counts, of the
    demonstrations that are chosen by the inputs the longest, of what is repeated nothing."""
    if "prompt" in template:
        return parts_characters(template["prompt"])
    return turns_characters(template["messages"])


def turns_characters(turns: list[Any]) -> int:
    """The characters of turns."""
    return sum(
        parts_characters(turn["content"]) if "content" in turn else chosen_characters(turn, turns_characters)
        for turn in turns
    )


def parts_characters(parts: list[Any]) -> int:
    """The characters of parts."""
    count = 0
    for part in parts:
        if isinstance(part, str):
            count += len(part)
        elif "then" in part:
            count += max(parts_characters(part["then"]), parts_characters(part["else"]))
        else:
            count += chosen_characters(part, parts_characters)
    return count


def chosen_characters(part: Any, size: Callable[[list[Any]], int]) -> int:
    """The characters of the longest demonstrations that may be chosen."""
    longest = sorted(map(size, part.get("shown", ())), reverse=True)
    return sum(longest[: part.get("nearest", 0)])
