"""Instructions in sections: nothing is lost, and operators keep sections apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmc.optimize.sectioning.sections import (
    as_prose,
    blocks,
    bulleted,
    chapter,
    moved,
    numbered,
    parts,
    placeholders,
    repeated,
    replaced,
    sections_of,
    text_of,
    without,
)

GUIDE = """# Task
Classify the review, e.g. of a film. Say "good" or "bad." Dr. Smith decides.

Rules:
- Be short.
- Never guess,
  even late.

## Form
Answer in one word.
```
good
```
"""
PIECES = [
    "\n",
    "\n\n",
    " ",
    "  ",
    "- ",
    "# ",
    "1. ",
    "word",
    "e.g.",
    "Stop.",
    "Hm!",
    "x:",
    "**b**",
    "```",
    "\t",
    "\r\n",
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=16).map("".join) | st.text(max_size=40)


def kinds(text: str) -> list[tuple[str, str]]:
    return [(one.kind, one.text) for one in sections_of(text)]


def test_a_guide_has_typed_sections() -> None:
    assert kinds(GUIDE) == [
        ("heading", "# Task"),
        ("sentence", "Classify the review, e.g. of a film."),
        ("sentence", 'Say "good" or "bad."'),
        ("sentence", "Dr. Smith decides."),
        ("heading", "Rules:"),
        ("item", "- Be short."),
        ("item", "- Never guess,\n  even late."),
        ("heading", "## Form"),
        ("sentence", "Answer in one word."),
        ("code", "```\ngood\n```"),
    ]


@given(TEXTS)
def test_sections_joined_are_the_text(text: str) -> None:
    assert text_of(sections_of(text)) == text


@given(TEXTS)
def test_what_an_operator_gives_is_in_sections_again(text: str) -> None:
    sections = sections_of(text)
    for part in parts(sections):
        for found in (without(sections, part), repeated(sections, part), moved(sections, part, len(sections))):
            again = text_of(found)
            assert text_of(sections_of(again)) == again


@given(TEXTS)
def test_parts_are_never_the_whole_and_blocks_cover_it(text: str) -> None:
    sections = sections_of(text)
    assert all(0 < len(part) < len(sections) for part in parts(sections))
    assert [index for block in blocks(sections) for index in block] == list(range(len(sections)))


def test_a_chapter_ends_at_a_heading_of_its_level() -> None:
    sections = sections_of("# A\nOne.\n## B\nTwo.\n# C\nThree.")
    assert chapter(sections, 0) == range(0, 4)
    assert chapter(sections, 2) == range(2, 4)


def test_what_is_left_stays_apart() -> None:
    sections = sections_of(GUIDE)
    assert text_of(without(sections, [1, 2, 3])).startswith("# Task\n\nRules:\n- Be short.")
    assert text_of(without(sections_of("One. Two. Three."), [0])) == "Two. Three."


@pytest.mark.parametrize(("to", "text"), [(0, "Three. One. Two."), (1, "One. Three. Two."), (3, "One. Two. Three.")])
def test_moved(to: int, text: str) -> None:
    assert text_of(moved(sections_of("One. Two. Three."), range(2, 3), to)) == text


def test_repeated_at_the_end() -> None:
    assert text_of(repeated(sections_of("One. Two."), range(0, 1))) == "One. Two.\n\nOne."


def test_a_paragraph_becomes_a_list_and_prose_again() -> None:
    prose = sections_of("One. Two.")
    listed = bulleted(prose, range(0, 2))
    assert text_of(listed) == "- One.\n- Two."
    assert text_of(as_prose(listed, range(0, 2))) == "One. Two."
    assert text_of(numbered(prose, range(0, 2))) == "1. One.\n2. Two."
    assert text_of(as_prose(sections_of("- one\n- two"), range(0, 2))) == "one. two."


def test_a_part_is_replaced_by_any_number_of_sections() -> None:
    sections = sections_of("One. Two. Three.")
    assert text_of(replaced(sections, range(1, 2), "A. B.")) == "One. A. B. Three."
    assert text_of(replaced(sections, range(1, 2), " ")) == "One. Three."


def test_placeholders_of_template_languages() -> None:
    assert placeholders("Use {{ text }} and {name}, <b>, $x; not { a: 1 } or 3 < 4.") == (
        "$x", "<b>", "{name}", "{{ text }}",
    )  # fmt: skip
