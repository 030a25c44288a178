"""Parsing what has no mistake, which is most of what is parsed."""

from __future__ import annotations

from collections.abc import Sequence

from lmc.diagnostics import Sink
from lmc.source import SourceFile
from lmc.syntax import ast
from lmc.syntax.grammar import Table
from lmc.syntax.machine import Machine, TooDeep, in_order
from lmc.syntax.tokens import Token
from lmc.syntax.transform import Transform

END = Token("$END", "", 0, 0)


class Flawless:
    """Parses parts of one file."""

    def __init__(self, source: SourceFile, grammar: Table) -> None:
        self.grammar = grammar
        self.transform = Transform(source, Sink())
        self.actions = in_order(grammar, self.transform.actions())

    def parse(self, tokens: Sequence[Token], following: Token, sink: Sink) -> tuple[ast.Declaration, ...] | None:
        """The declarations that some tokens are, before the token `following`, where their syntax is without mistakes,
        else None, and then nothing was reported."""
        self.transform.sink = found = Sink()
        machine = Machine(self.grammar, self.actions)
        try:
            for index, token in enumerate(tokens):
                terminal = token.terminal
                if token.soft:
                    terminal = machine.resolve(token, tokens[index + 1] if index + 1 < len(tokens) else following)
                if not machine.feed(terminal, token):
                    return None
            declarations: tuple[ast.Declaration, ...] | None = machine.finish()
        except TooDeep:
            return None
        if declarations is not None:
            for problem in found.diagnostics:
                sink.add(problem)
        return declarations
