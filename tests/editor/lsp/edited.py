"""Texts after edits, as an editor makes them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from lsprotocol import types


def edited(text: str, edits: Iterable[types.TextEdit]) -> str:
    """A text after edits of it, all of which are about the text as it was."""
    places = sorted((offset(text, one.range.start), offset(text, one.range.end), one.new_text) for one in edits)
    for (_, end, _), (start, _, _) in pairwise(places):
        assert end <= start, "edits overlap"
    for start, end, new in reversed(places):
        text = text[:start] + new + text[end:]
    return text


def offset(text: str, position: types.Position) -> int:
    """The place of a position, counted in UTF-16."""
    lines = text.split("\n")
    line = lines[position.line].encode("utf-16-le")
    assert position.character * 2 <= len(line), "a position behind the end of its line"
    return sum(len(one) + 1 for one in lines[: position.line]) + len(line[: position.character * 2].decode("utf-16-le"))
