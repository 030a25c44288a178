"""From the text of a file to its tree."""

from __future__ import annotations

from lmc.diagnostics import Sink
from lmc.source import SourceFile
from lmc.syntax import ast
from lmc.syntax.flawless import flawless
from lmc.syntax.grammar import table
from lmc.syntax.tokens import tokenize


def parse(source: SourceFile, sink: Sink) -> ast.File:
    """The tree of a file. Every mistake in it goes to the sink; what could be read despite them is in the tree."""
    grammar = table()
    scan = tokenize(source, grammar)
    declarations = None if scan.problems else flawless(source, scan.tokens, grammar, sink)
    if declarations is None:
        from lmc.syntax.recover import parse_flawed

        declarations = parse_flawed(source, scan, grammar, sink)
    return ast.File(declarations, tuple(scan.comments), tuple(scan.gaps))
