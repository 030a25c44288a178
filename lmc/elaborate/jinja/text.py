"""Parses the text of a prompt with jinja2, whose nodes then know where they stand to the character.

jinja2 gives line numbers only. Its parser takes them from its tokens as they are, so tokens whose line number is the
place of the token in the text make nodes, and errors, with places in the text.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.ext import Extension
from jinja2.lexer import TokenStream
from jinja2.parser import Parser

from lmc.source import Span

OPENING, CLOSING = ("(", "[", "{"), (")", "]", "}")


class FixedTag(Extension):
    """`{% fixed %}…{% endfixed %}`, which the tree has as a `Scope`."""

    tags = {"fixed"}  # noqa: RUF012

    def parse(self, parser: Parser) -> nodes.Node:
        """The part that no pass may change."""
        lineno = next(parser.stream).lineno
        body = parser.parse_statements(("name:endfixed",), drop_needle=True)
        return nodes.Scope(body, lineno=lineno)


class Placed(Environment):
    """An environment whose tokens have places instead of line numbers."""

    raw: Callable[[str], Iterator[tuple[int, str, str]]]

    def _tokenize(self, source: str, name: Any, filename: Any = None, state: Any = None) -> TokenStream:
        return TokenStream(self.lexer.wrap(self.raw(source), name, filename), name, filename)


@cache
def environment() -> Environment:
    """How prompts are read."""
    return Environment(keep_trailing_newline=True, extensions=[FixedTag])


class PromptText:
    """The text of a prompt, its tree, and the places of its tokens. Raises TemplateSyntaxError, whose line number is a
    place, for a text that jinja2 cannot parse."""

    def __init__(self, text: str, span_of: Callable[[int, int], Span]) -> None:
        self.span_of = span_of
        self.normal, self.places = normalized(text)
        self.starts: list[int] = []
        self.tokens: list[tuple[int, int, str, str]] = []
        self.solid: list[tuple[int, int, str, str]] = []
        reading = environment().overlay()
        reading.__class__ = Placed
        reading.raw = self.raw  # type: ignore[attr-defined]
        self.reading = reading

    def tree(self) -> nodes.Template:
        """The parsed text."""
        return Parser(self.reading, self.normal).parse()

    def raw(self, source: str) -> Iterator[tuple[int, str, str]]:
        """The tokens of jinja2's lexer with their places. White space that a `-` takes away is in none of them."""
        at = 0
        found = environment().lexer.tokeniter(source, None)
        while True:
            try:
                _, kind, value = next(found)
            except StopIteration:
                return
            except TemplateSyntaxError as error:
                at += len(source[at:]) - len(source[at:].lstrip())
                raise TemplateSyntaxError((error.message or "").partition(" at ")[0], at) from None
            at = source.index(value, at)
            self.starts.append(at)
            self.tokens.append((at, at + len(value), kind, value))
            if kind != "whitespace":
                self.solid.append(self.tokens[-1])
            yield at, kind, value
            at += len(value)

    def span(self, start: int, end: int) -> Span:
        """The place in the source."""
        return self.span_of(self.places[start], self.places[max(start, end)])

    def token(self, place: int, later: int = 0) -> tuple[int, int, str, str]:
        """The token at a place, or the one so many tokens behind it (or before), white space apart."""
        index = bisect_left(self.solid, place, key=lambda one: one[0]) + later
        end = len(self.normal)
        return self.solid[index] if 0 <= index < len(self.solid) else (end, end, "end", "")

    def token_span(self, place: int, later: int = 0) -> Span:
        """The place in the source of a token."""
        start, end, _, _ = self.token(place, later)
        return self.span(start, end)

    def node_span(self, node: nodes.Node) -> Span:
        """The place in the source of an expression: from its first token to its last, brackets closed."""
        # A comparison has the place of what follows it.
        inner = [one for one in (node, *node.find_all(nodes.Node)) if not isinstance(one, nodes.Compare)]
        places = [one.lineno for one in inner if isinstance(one.lineno, int)]
        places += [self.token(one.lineno, 1)[0] for one in inner if isinstance(one, nodes.Getattr)]
        first, last = bisect_left(self.starts, min(places)), bisect_left(self.starts, max(places))
        opened = 0
        for index in range(first, len(self.tokens)):
            value = self.tokens[index][3]
            opened += (value in OPENING) - (value in CLOSING)
            if index >= last and opened <= 0:
                last = index
                break
        return self.span(self.tokens[first][0], self.tokens[last][1])


def normalized(text: str) -> tuple[str, list[int] | range]:
    """The text with the line ends that Jinja makes of all, and the place in the text of each character and of the
    end."""
    if "\r" not in text:
        return text, range(len(text) + 1)
    found: list[str] = []
    places: list[int] = []
    for index, char in enumerate(text):
        if char == "\n" and index and text[index - 1] == "\r":
            continue
        found.append("\n" if char == "\r" else char)
        places.append(index)
    return "".join(found), [*places, len(text)]
