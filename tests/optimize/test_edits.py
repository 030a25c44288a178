"""Edits of an instruction by section."""

from __future__ import annotations

from typing import Any

import pytest

from lmc.optimize.reflecting.edits import edit_words, edited, numbered_sections

TEXT = "Route the request. Be quick.\n\nRules:\n- One word.\n- No comment."


def edit(action: str, section: int, text: str = "") -> dict[str, Any]:
    return {"action": action, "section": section, "text": text}


def test_sections_are_numbered_from_one() -> None:
    assert numbered_sections(TEXT).split("\n") == [
        "[1] Route the request.",
        "[2] Be quick.",
        "[3] Rules:",
        "[4] - One word.",
        "[5] - No comment.",
    ]


@pytest.mark.parametrize(
    ("edits", "after"),
    [
        ([edit("add", 1, "Read all of it.")], TEXT.replace("Be quick", "Read all of it. Be quick")),
        ([edit("add", 0, "You are a router.")], f"You are a router. {TEXT}"),
        ([edit("add", 5, "- In English.")], f"{TEXT}\n- In English."),
        ([edit("replace", 2, "Take your time.")], TEXT.replace("Be quick", "Take your time")),
        ([edit("drop", 4)], TEXT.replace("- One word.\n", "")),
        ([edit("drop", 2), edit("replace", 1, "Route it.")], TEXT.replace("Route the request. Be quick.", "Route it.")),
    ],
)
def test_edits_change_their_section_alone(edits: list[dict[str, Any]], after: str) -> None:
    assert edited(TEXT, edits) == after


@pytest.mark.parametrize(
    "edits",
    [
        [edit("replace", 6, "No such section.")],
        [edit("drop", 0)],
        [edit("add", 6, "After what?")],
        [edit("add", 1, "  ")],
        [edit("drop", 1), edit("replace", 1, "Both.")],
    ],
)
def test_edits_that_cannot_be_made(edits: list[dict[str, Any]]) -> None:
    assert edited(TEXT, edits) is None


def test_an_instruction_does_not_become_empty() -> None:
    assert edited("One sentence.", [edit("drop", 1)]) is None


def test_edits_in_words() -> None:
    assert edit_words([edit("drop", 2), edit("add", 1, "Be kind.")]) == "drop 2; add 1: Be kind."
