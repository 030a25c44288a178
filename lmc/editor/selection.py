"""What a selection grows to: a name, its expression, the statement, the block, the declaration, the file."""

from __future__ import annotations

from lsprotocol import types

from lmc.editor.document import Document
from lmc.editor.nodes import path_to
from lmc.syntax.tokens import CLOSERS, OPENERS


def selection_ranges(document: Document, params: types.SelectionRangeParams) -> list[types.SelectionRange]:
    """For each position the ranges around it, from the innermost out."""
    return [selection(document, document.offset(one)) for one in params.positions]


def selection(document: Document, offset: int) -> types.SelectionRange:
    """The ranges around a place, each within the next."""
    spans = {(node.span.start, node.span.end) for node in path_to(document.tree, offset)}
    spans |= bracketed(document, offset)
    if (token := document.token_at(offset)) is not None:
        spans.add((token.start, token.end))
    for comment in document.tree.comments:
        if comment.span.start <= offset <= comment.span.end:
            spans.add((comment.span.start, comment.span.end))
    found: types.SelectionRange | None = None
    reached = (0, len(document.text))
    for start, end in sorted({*spans, reached}, key=lambda one: (one[0] - one[1], one[0])):
        if reached[0] <= start <= offset <= end <= reached[1] and (found is None or (start, end) != reached):
            reached = (start, end)
            found = types.SelectionRange(document.positions.range(start, end), parent=found)
    assert found is not None
    return found


def bracketed(document: Document, offset: int) -> set[tuple[int, int]]:
    """The brackets around a place, and what stands between them."""
    found: set[tuple[int, int]] = set()
    opened: list[tuple[str, int, int]] = []
    for token in document.tokens:
        if token.terminal in OPENERS:
            opened.append((OPENERS[token.terminal], token.start, token.end))
        elif token.terminal in CLOSERS and opened and opened[-1][0] == token.terminal:
            _, start, inner = opened.pop()
            if start <= offset <= token.end:
                found.add((start, token.end))
            between = document.text[inner : token.start]
            first = inner + len(between) - len(between.lstrip())
            last = inner + len(between.rstrip())
            if first <= offset <= last and first < last:
                found.add((first, last))
    return found
