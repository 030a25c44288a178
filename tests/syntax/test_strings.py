"""What a literal stands for, and where in it each character of its text comes from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmc.syntax.strings import decode, decode_places, dedent

PIECES = [
    *[(one, one) for one in ("a", " ", "é", "{", "}}", "'", "#", "\U0001f600", "\t")],
    *[(r"\n", "\n"), (r"\t", "\t"), (r"\r", "\r"), (r"\"", '"'), (r"\\", "\\")],
    *[(r"\u{41}", "A"), (r"\u{1f600}", "\U0001f600"), (r"\u{20}", " ")],
    # What is no escape stands for itself.
    *[(r"\q", r"\q"), (r"\u{d800}", r"\u{d800}"), (r"\u{", r"\u{")],
]
"""Texts as they are written, and what they stand for."""

pieces = st.lists(st.sampled_from(PIECES), max_size=6)


def places_of(written: list[tuple[str, str]], start: int) -> list[int]:
    """The offset of each character of what stands for itself, and of the backslash for each escape."""
    found: list[int] = []
    for source, text in written:
        found += range(start, start + len(source)) if source == text else [start] * len(text)
        start += len(source)
    return found


def of(written: list[tuple[str, str]], part: int) -> str:
    return "".join(one[part] for one in written)


@given(pieces)
def test_each_character_has_its_place_on_one_line(written: list[tuple[str, str]]) -> None:
    literal = f'"{of(written, 0)}"'
    assert decode(literal) == of(written, 1)
    assert decode_places(literal) == [*places_of(written, 1), len(literal) - 1]


LETTER = ("x", "x")


@given(
    st.lists(pieces.map(lambda one: [LETTER, *one, LETTER]) | st.just([]), min_size=1, max_size=5),
    st.sampled_from(["", "  ", "\t", "    "]),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.booleans(),
)
def test_each_character_has_its_place_in_a_block(
    lines: list[list[tuple[str, str]]], margin: str, newline: str, opened: bool, closed: bool
) -> None:
    # The first and last lines hold text, so that none of them is taken for a line of the quotes.
    lines = [[LETTER], *lines, [LETTER]]
    literal = '"""' + (newline if opened else "")
    texts, places = [], []
    for number, line in enumerate(lines):
        indentation = margin if line else ""
        start = len(literal) + len(indentation)
        places += [*places_of(line, start), start + len(of(line, 0))]
        texts.append(of(line, 1))
        literal += indentation + of(line, 0) + (newline if number + 1 < len(lines) else "")
    literal += (newline + "  " if closed else "") + '"""'
    assert decode(literal) == "\n".join(texts)
    assert decode_places(literal) == places


@given(st.text(alphabet=' \t\r\n\\"nu{}41ax', max_size=20))
def test_every_literal_has_a_place_for_each_character_and_its_end(body: str) -> None:
    for quotes in ('"', '"""'):
        literal = quotes + body + quotes
        text, places = decode(literal), decode_places(literal)
        assert len(places) == len(text) + 1
        assert places == sorted(places)
        assert all(len(quotes) <= place <= len(literal) - len(quotes) for place in places)
        assert all(
            char == literal[place] or literal[place] in "\\\r" for char, place in zip(text, places, strict=False)
        )


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("one", "one"),
        ("  one  ", "  one  "),
        ("\n  one\n    two\n  ", "one\n  two"),
        ("one\n  two", "one\n  two"),
        ("\n\tone\n  two\n", "\tone\n  two"),
        ("\n  one\n\n   \n  two\n", "one\n\n\ntwo"),
        ("\n", ""),
        ("\n\n", ""),
    ],
)
def test_a_block_loses_the_indentation_that_its_lines_share(body: str, text: str) -> None:
    assert dedent(body) == text
