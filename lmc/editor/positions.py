"""Between places in a text, counted in characters, and positions of the Language Server Protocol: a line and a
character, both from 0, where characters are counted in the units of the encoding that client and server agree on."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

from lsprotocol import types

Encoding = Literal["utf-16", "utf-8", "utf-32"]
"""The units: two bytes, one byte, or a whole character. A client that says nothing counts in UTF-16."""

ENCODINGS: tuple[Encoding, ...] = get_args(Encoding)

_LINE_END = re.compile(r"\r\n|\n|\r")


def units(text: str, encoding: Encoding) -> int:
    """The length of a text in the units of an encoding."""
    if encoding == "utf-32" or text.isascii():
        return len(text)
    if encoding == "utf-8":
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text) + sum(char > "\uffff" for char in text)


def characters(text: str, count: int, encoding: Encoding) -> int:
    """How many characters of a text so many units are; within a character, those before it. At most all."""
    if encoding == "utf-32" or text.isascii():
        return min(count, len(text))
    for index, char in enumerate(text):
        count -= units(char, encoding)
        if count < 0:
            return index
    return len(text)


@dataclass(frozen=True)
class Positions:
    """The positions of one text."""

    text: str
    encoding: Encoding = "utf-16"

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Where each line starts. Lines end with a line feed, a carriage return, or both."""
        return (0, *(match.end() for match in _LINE_END.finditer(self.text)))

    def line(self, number: int) -> str:
        """The text of a line, without its end."""
        start = self.starts[number]
        end = self.starts[number + 1] if number + 1 < len(self.starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def offset(self, position: types.Position) -> int:
        """The place of a position; behind the end of a line its end, behind the last line the end of the text."""
        if position.line >= len(self.starts):
            return len(self.text)
        return self.starts[position.line] + characters(self.line(position.line), position.character, self.encoding)

    def position(self, offset: int) -> types.Position:
        """The position of a place."""
        offset = min(max(offset, 0), len(self.text))
        number = bisect_right(self.starts, offset) - 1
        before = self.text[self.starts[number] : offset]
        return types.Position(number, units(before, self.encoding))

    def range(self, start: int, end: int) -> types.Range:
        """The range from one place to another."""
        return types.Range(self.position(start), self.position(end))

    def changed(self, change: types.TextDocumentContentChangeEvent) -> str:
        """The text after a change, of a part or of the whole."""
        if isinstance(change, types.TextDocumentContentChangeWholeDocument):
            return change.text
        start, end = self.offset(change.range.start), self.offset(change.range.end)
        return self.text[:start] + change.text + self.text[max(start, end) :]
