"""What all rules of the grammar are turned into nodes with."""

from __future__ import annotations

from typing import Any

from lmc.diagnostics import Sink
from lmc.source import SourceFile, Span
from lmc.syntax import ast, problems
from lmc.syntax.tokens import Token

MAX_DIGITS = 4000


class Base:
    """Builds the nodes of one file. Each method takes the children of its rule and the place of the whole."""

    def __init__(self, source: SourceFile, sink: Sink) -> None:
        self.name = source.name
        self.text = source.text
        self.sink = sink

    def _span(self, start: int, end: int) -> Span:
        return Span(self.name, start, end)

    def _place(self, token: Token) -> Span:
        return Span(self.name, token.start, token.end)

    def _with_word(self, word: str, number: Token) -> Span:
        """The place of a number with the word before it."""
        return self._span(max(self.text.rfind(word, 0, number.start), 0), number.end)

    def _integer(self, token: Token) -> int:
        if len(token.text) <= MAX_DIGITS:
            return int(token.text)
        self.sink.add(problems.number_too_large(self._place(token)))
        return 0

    def _number(self, token: Token) -> int | float:
        if token.terminal == "INT":
            return self._integer(token)
        number = float(token.text)
        if number == float("inf"):
            self.sink.add(problems.number_too_large(self._place(token)))
            return 0.0
        return number

    def only(self, c: list[Any], start: int, end: int) -> Any:
        return c[0]

    def ident(self, c: list[Any], start: int, end: int) -> ast.Ident:
        return ast.Ident(c[0].text, span=Span(self.name, start, end))

    def dotted(self, c: list[Any], start: int, end: int) -> ast.Ident:
        return ast.Ident(".".join(token.text for token in c), span=Span(self.name, start, end))
