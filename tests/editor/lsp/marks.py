"""Texts with the cursor in them."""

from __future__ import annotations

from lsprotocol import types

MARK = "<|>"


def marked(text: str) -> tuple[str, list[types.Position]]:
    """A text without its marks, and their positions, in UTF-16."""
    positions = []
    while (place := text.find(MARK)) >= 0:
        before = text[:place]
        line = before[before.rfind("\n") + 1 :]
        positions.append(types.Position(before.count("\n"), len(line.encode("utf-16-le")) // 2))
        text = before + text[place + len(MARK) :]
    return text, positions
