"""Links from a program to the files that it names: imports, data, corpora, prompts, functions in Python."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lsprotocol import types

from lmc.driver.load import lock_path
from lmc.editor.document import Document
from lmc.editor.nodes import walk
from lmc.source import Span
from lmc.syntax import ast


def document_links(document: Document, params: types.DocumentLinkParams) -> list[types.DocumentLink]:
    """A link for each file that a program names and that is there; from what is tuned one to the lock."""
    found = []
    for node in document.tree.declarations:
        for span, path, words in named(document, node):
            try:
                there = "\0" not in str(path) and path.is_file()
            except OSError:
                there = False
            if there and span.file == document.source.name and span.end > span.start:
                target = document.workspace.uri(path.resolve())
                found.append(types.DocumentLink(document.range(span), target=target, tooltip=words))
    return found


def named(document: Document, node: ast.Declaration) -> Iterator[tuple[Span, Path, str]]:
    """The files that a declaration names: the place of the name, the path, and what it is."""
    folder = document.path.parent
    match node:
        case ast.ImportDecl(path=path):
            yield within_quotes(node.path_span), folder / path, "open the imported program"
        case ast.DataStmt(source=source):
            for span, text in strings(source):
                yield span, folder / text, "open the data"
        case ast.RetrieverStmt(source=source):
            for span, text in strings(source):
                yield span, folder / text, "open the corpus"
        case ast.ExternStmt(file=file):
            yield within_quotes(node.file_span), folder / file, "open the Python file"
        case ast.SignatureStmt(prompts=prompts):
            for turn in (turn for prompt in prompts for turn in prompt.turns if turn.file):
                yield within_quotes(turn.text_span), folder / turn.text, "open the prompt"
        case ast.OptimizeStmt(module=module):
            yield module.span, lock_path(document.path), "open the lock"


def strings(node: ast.Expr) -> Iterator[tuple[Span, str]]:
    """The texts in an expression, and their places."""
    for one in walk(node):
        if isinstance(one, ast.Value) and isinstance(one.value, str):
            yield within_quotes(one.span), one.value


def within_quotes(span: Span) -> Span:
    """The place of what stands between quotes."""
    return Span(span.file, span.start + 1, max(span.end - 1, span.start + 1))
