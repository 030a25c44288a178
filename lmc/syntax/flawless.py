"""Parsing what has no mistake, which is most of what is parsed."""

from __future__ import annotations

from collections.abc import Sequence

from lmc.diagnostics import Sink
from lmc.source import SourceFile
from lmc.syntax import ast
from lmc.syntax.grammar import Table
from lmc.syntax.machine import Machine, TooDeep
from lmc.syntax.tokens import Token
from lmc.syntax.transform import Transform

END = Token("$END", "", 0, 0)


def flawless(
    source: SourceFile, tokens: Sequence[Token], grammar: Table, sink: Sink
) -> tuple[ast.Declaration, ...] | None:
    """The declarations that some tokens of a file are, where their syntax is without mistakes, else None, and then
    nothing was reported."""
    found = Sink()
    machine = Machine(grammar, Transform(source, found).actions())
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
