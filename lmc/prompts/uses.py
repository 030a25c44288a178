"""What of the runtime's tables a template uses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lmc.runtime.formula import FORMULAS
from lmc.runtime.prompt import PARTS, TURNS, Template

Uses = dict[str, set[str]]
"""Entries by table: `PARTS`, `TURNS`, `FORMULAS`, `FUNCTIONS`."""


def table_uses(templates: Iterable[Template]) -> Uses:
    """The entries that the templates use."""
    found: Uses = {"PARTS": set(), "TURNS": set(), "FORMULAS": set(), "FUNCTIONS": set()}
    for template in templates:
        in_parts(template.get("prompt", []), found)
        in_turns(template.get("messages", []), found)
    return found


def in_turns(turns: list[Any], found: Uses) -> None:
    """Adds what turns use."""
    for turn in turns:
        word = next(word for word in TURNS if word in turn)
        found["TURNS"].add(word)
        in_parts(turn.get("content", []), found)
        for shown in turn.get("shown", []):
            in_turns(shown, found)


def in_parts(parts: list[Any], found: Uses) -> None:
    """Adds what parts use."""
    for part in parts:
        if isinstance(part, str):
            continue
        found["PARTS"].add(next(word for word in PARTS if word in part))
        for name in ("value", "if", "in", "media"):
            in_formula(part.get(name), found)
        for inner in (part.get("then", []), part.get("else", []), part.get("do", []), *part.get("shown", [])):
            in_parts(inner, found)


def in_formula(formula: Any, found: Uses) -> None:
    """Adds what a formula uses."""
    if not isinstance(formula, dict):
        return
    word = next(word for word in FORMULAS if word in formula)
    found["FORMULAS"].add(word)
    if word == "function":
        found["FUNCTIONS"].add(formula["function"])
    for inner in () if word == "const" else formula.values():
        for one in inner if isinstance(inner, list) else [inner]:
            in_formula(one, found)
