"""Places in a text and positions of the protocol."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from lmc.editor.positions import ENCODINGS, Positions, units

TEXTS = st.text(st.sampled_from("ab\n\r\u2028\x0cé€😀𝒳"), max_size=30)


@given(TEXTS, st.sampled_from(ENCODINGS))
def test_a_place_has_a_position_and_back(text, encoding):
    positions = Positions(text, encoding)
    for offset in range(len(text) + 1):
        if text[offset - 1 : offset + 1] != "\r\n":  # within the end of a line there is no position
            assert positions.offset(positions.position(offset)) == offset


@given(TEXTS, TEXTS, st.sampled_from(ENCODINGS), st.data())
def test_a_change_of_a_part_is_one_of_the_text(text, new, encoding, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    positions = Positions(text, encoding)
    within = [text[one - 1 : one + 1] == "\r\n" for one in (start, end)]
    if not any(within):
        change = types.TextDocumentContentChangePartial(positions.range(start, end), new)
        assert positions.changed(change) == text[:start] + new + text[end:]


@pytest.mark.parametrize(("encoding", "length"), [("utf-16", 5), ("utf-8", 10), ("utf-32", 4)])
def test_characters_have_lengths(encoding, length):
    assert units("aé€😀", encoding) == length


def test_positions_beyond_a_line_or_the_text_are_at_its_end():
    positions = Positions("ab\r\ncd")
    assert positions.offset(types.Position(0, 99)) == 2
    assert positions.offset(types.Position(9, 0)) == 6
    # In the middle of a character is before it.
    assert Positions("😀x").offset(types.Position(0, 1)) == 0


def test_lines_end_with_line_feeds_and_carriage_returns_alone():
    positions = Positions("a\nb\rc\r\nd\u2028e\x0cf")
    assert [positions.line(one) for one in range(len(positions.starts))] == ["a", "b", "c", "d\u2028e\x0cf"]
