"""Formatting: the one canonical form, as edits that change as little as can be."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

from lsprotocol import types

from lmc.diagnostics import Sink
from lmc.editor.document import Document
from lmc.source import SourceFile
from lmc.syntax import ast, format_file, parse


def formatting(document: Document, params: types.DocumentFormattingParams) -> list[types.TextEdit] | None:
    """The edits that bring a text into its canonical form; None while it has mistakes of syntax."""
    new = canonical(document)
    return None if new is None else line_edits(document, 0, len(document.text), new)


def range_formatting(document: Document, params: types.DocumentRangeFormattingParams) -> list[types.TextEdit] | None:
    """The edits that bring the declarations in a range into their canonical form; what is around them stays."""
    new = canonical(document)
    if new is None:
        return None
    tree = parse(SourceFile(document.source.name, new), Sink())
    start, end = document.offset(params.range.start), document.offset(params.range.end)
    found: list[types.TextEdit] = []
    for old, other in zip(document.tree.declarations, tree.declarations, strict=True):
        if old.span.start <= end and start <= old.span.end and not around(document, old):
            text = new[other.span.start : other.span.end]
            found += line_edits(document, old.span.start, old.span.end, text)
    return found


def around(document: Document, node: ast.Declaration) -> bool:
    """Whether something else stands on the lines of a declaration."""
    text = document.text
    before = text[text.rfind("\n", 0, node.span.start) + 1 : node.span.start]
    newline = text.find("\n", node.span.end)
    behind = text[node.span.end : len(text) if newline < 0 else newline]
    return bool(before or behind.strip())


def canonical(document: Document) -> str | None:
    """The canonical form of a text, without mistakes of syntax."""
    sink = Sink()
    tree = parse(document.source, sink)
    return None if sink.failed else format_file(tree)


def line_edits(document: Document, start: int, end: int, new: str) -> list[types.TextEdit]:
    """The edits, of whole lines, that make a text of the one between two places."""
    old_lines = document.text[start:end].splitlines(keepends=True)
    new_lines = new.splitlines(keepends=True)
    return [
        types.TextEdit(document.positions.range(start + first, start + last), ended(document, text))
        for first, last, text in changes(old_lines, new_lines)
    ]


def changes(old: list[str], new: list[str]) -> Iterator[tuple[int, int, str]]:
    """The parts of some lines that differ from others: from where to where in their text, and what stands there."""
    places = [0]
    for line in old:
        places.append(places[-1] + len(line))
    for tag, first, last, other, until in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            yield places[first], places[last], "".join(new[other:until])


def ended(document: Document, text: str) -> str:
    """A text whose lines end as those in the editor do."""
    buffer = document.workspace.buffers.get(document.path)
    return text.replace("\n", "\r\n") if buffer is not None and "\r\n" in buffer.text else text
