"""From the text of a file to its tree."""

from __future__ import annotations

from lmc.diagnostics import Sink
from lmc.source import SourceFile
from lmc.syntax import ast
from lmc.syntax.grammar import Table, table
from lmc.syntax.machine import Machine, TooDeep
from lmc.syntax.tokens import Scan, Token, tokenize
from lmc.syntax.transform import Transform

END = Token("$END", "", 0, 0)


def parse(source: SourceFile, sink: Sink) -> ast.File:
    """The tree of a file. Every mistake in it goes to the sink; what could be read despite them is in the tree."""
    grammar = table()
    scan = tokenize(source, grammar)
    declarations = parse_flawless(source, scan, grammar, sink)
    if declarations is None:
        from lmc.syntax.recover import parse_flawed

        declarations = parse_flawed(source, scan, grammar, sink)
    return ast.File(declarations, tuple(scan.comments), tuple(scan.gaps))


def parse_flawless(source: SourceFile, scan: Scan, grammar: Table, sink: Sink) -> tuple[ast.Declaration, ...] | None:
    """The declarations of a file whose syntax is without mistakes, else None, and then nothing was reported."""
    if scan.problems:
        return None
    found = Sink()
    machine = Machine(grammar, Transform(source, found).actions())
    tokens = scan.tokens
    try:
        for index, token in enumerate(tokens):
            terminal = token.terminal
            if token.soft:
                terminal = machine.resolve(token, tokens[index + 1] if index + 1 < len(tokens) else END)
            if not machine.feed(terminal, token):
                return None
        declarations: tuple[ast.Declaration, ...] | None = machine.finish()
    except TooDeep:
        return None
    if declarations is not None:
        for problem in found.diagnostics:
            sink.add(problem)
    return declarations
