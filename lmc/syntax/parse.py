"""From the text of a file to its tree.

A file is parsed piece by piece, a piece being the lines from one that begins a declaration at the margin to the next,
so that a mistake costs no more than its own piece to be parsed twice. Such a line in the middle of a declaration, as
between brackets, ends no piece: what cannot be parsed alone is parsed with all that follows it."""

from __future__ import annotations

from lmc.diagnostics import Sink
from lmc.source import SourceFile
from lmc.syntax import ast
from lmc.syntax.brackets import pieces
from lmc.syntax.flawless import END, Flawless
from lmc.syntax.grammar import table
from lmc.syntax.tokens import tokenize


def parse(source: SourceFile, sink: Sink) -> ast.File:
    """The tree of a file. Every mistake in it goes to the sink; what could be read despite them is in the tree."""
    grammar = table()
    scan = tokenize(source, grammar)
    rest = list(pieces(source.text, scan.tokens))
    flawless, found = Flawless(source, grammar), Sink()
    declarations: list[ast.Declaration] = []
    for number, tokens in enumerate(rest):
        following = rest[number + 1][0] if number + 1 < len(rest) else END
        piece = None if scan.problems else flawless.parse(tokens, following, found)
        if piece is None:
            more = [one for later in rest[number:] for one in later]
            last = None if scan.problems else flawless.parse(more, END, found)
            if last is None:
                from lmc.syntax.recover import parse_flawed

                for problem in scan.problems:
                    sink.add(problem)
                last = parse_flawed(source, scan, rest[number:], grammar, found)
            declarations += last
            break
        declarations += piece
    for problem in found.diagnostics:
        sink.add(problem)
    return ast.File(tuple(declarations), tuple(scan.comments), tuple(scan.gaps))
