"""What can be folded: blocks, texts of several lines, comments, and imports."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from lsprotocol import types

from lmc.editor.document import Document
from lmc.syntax import ast
from lmc.syntax.tokens import CLOSERS, OPENERS


def folding_ranges(document: Document, params: types.FoldingRangeParams) -> list[types.FoldingRange]:
    """The parts of a text that can be folded, each over two lines or more; of those that begin on one line the
    longest."""
    found: dict[int, types.FoldingRange] = {}
    for one in (*brackets(document), *texts(document), *comments(document), *imports(document)):
        known = found.get(one.start_line)
        if one.end_line > one.start_line and (known is None or one.end_line > known.end_line):
            found[one.start_line] = one
    for one in declarations(document):
        if one.end_line > one.start_line:
            found.setdefault(one.start_line, one)
    return [found[line] for line in sorted(found)]


def line_of(document: Document, offset: int) -> int:
    """The line of a place, from 0."""
    return document.positions.position(offset).line


def brackets(document: Document) -> Iterator[types.FoldingRange]:
    """What stands between brackets: the line of the closing one stays in sight."""
    opened: list[tuple[str, int]] = []
    for token in document.tokens:
        if token.terminal in OPENERS:
            opened.append((OPENERS[token.terminal], line_of(document, token.start)))
        elif token.terminal in CLOSERS and any(closer == token.terminal for closer, _ in opened):
            while opened:
                closer, line = opened.pop()
                if closer == token.terminal:
                    yield types.FoldingRange(line, max(line_of(document, token.start) - 1, line))
                    break


def declarations(document: Document) -> Iterator[types.FoldingRange]:
    """Declarations of several lines without brackets around them."""
    for node in document.tree.declarations:
        yield types.FoldingRange(line_of(document, node.span.start), line_of(document, node.span.end))


def texts(document: Document) -> Iterator[types.FoldingRange]:
    """Texts of several lines, prompts above all."""
    for token in document.tokens:
        if token.terminal == "STRING" and "\n" in document.text[token.start : token.end]:
            yield types.FoldingRange(line_of(document, token.start), line_of(document, token.end))
    opened = 0
    for token in document.tokens:
        if token.terminal == "FSTRING_OPEN":
            opened = token.start
        elif token.terminal == "FSTRING_CLOSE":
            yield types.FoldingRange(line_of(document, opened), line_of(document, token.end))


def comments(document: Document) -> Iterator[types.FoldingRange]:
    """Comments on lines of their own, one below the other."""
    lines = [line_of(document, one.span.start) for one in document.tree.comments if one.own_line]
    yield from runs(lines, types.FoldingRangeKind.Comment)


def imports(document: Document) -> Iterator[types.FoldingRange]:
    """The imports of a file, one below the other."""
    spans = [one.span for one in document.tree.declarations if isinstance(one, ast.ImportDecl)]
    lines = [line for span in spans for line in range(line_of(document, span.start), line_of(document, span.end) + 1)]
    yield from runs(lines, types.FoldingRangeKind.Imports)


def runs(lines: list[int], kind: types.FoldingRangeKind) -> Iterator[types.FoldingRange]:
    """Lines that follow one another."""
    for _, group in groupby(enumerate(lines), key=lambda pair: pair[1] - pair[0]):
        run = [line for _, line in group]
        yield types.FoldingRange(run[0], run[-1], kind=kind)
