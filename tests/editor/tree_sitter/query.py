"""What queries say of a text, and the notes of what they should say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from tree_sitter import Language, Node, Parser, Query, QueryCursor

from .sources import tree, walk

NOTE = re.compile(r"^\s*#\s*(<-|\^)\s*([\w.]+)$")


class Note(NamedTuple):
    """The capture that a place must have: `row` and `column` count from 0."""

    row: int
    column: int
    capture: str


def captures(language: Language, path: Path, root: Node) -> list[tuple[Node, str, int]]:
    """The nodes that a query captures, with the names of the captures and the numbers of their patterns."""
    found = QueryCursor(Query(language, path.read_text(encoding="utf-8"))).matches(root)
    return [(node, name, number) for number, some in found for name, nodes in some.items() for node in nodes]


def captured(language: Language, path: Path, root: Node, name: str) -> list[Node]:
    """The nodes with a capture, in the order of the text."""
    found = {node.id: node for node, one, _ in captures(language, path, root) if one == name}
    return sorted(found.values(), key=lambda node: (node.start_byte, -node.end_byte))


def painted(language: Language, path: Path, root: Node, size: int) -> list[str]:
    """For each byte of a text the name of the capture that an editor shows: that of the innermost node, of several for
    it the last."""
    found = [one for one in captures(language, path, root) if one[1] not in ("spell", "none")]
    found.sort(key=lambda one: (one[0].start_byte - one[0].end_byte, depth(one[0]), one[2]))
    shown = [""] * size
    for node, name, _ in found:
        shown[node.start_byte : node.end_byte] = [name] * (node.end_byte - node.start_byte)
    return shown


def depth(node: Node) -> int:
    """How many nodes are around a node."""
    return 0 if node.parent is None else 1 + depth(node.parent)


def notes(parser: Parser, text: str) -> list[Note]:
    """The notes of a text: comments with a `^` below the place, or `<-` for the beginning of the line before."""
    found: list[Note] = []
    lines, row = text.splitlines(), 0
    comments = {node.start_point[0]: node.start_point[1] for node in walk(tree(parser, text)) if node.type == "comment"}
    for number, line in enumerate(lines):
        match = NOTE.match(line)
        if match and number in comments:
            column = match.start(1) if match[1] == "^" else comments[number]
            found.append(Note(row, column, match[2]))
        else:
            row = number
    return found
