"""The lexer for Pygments, and so for Sphinx, MkDocs and `pygmentize`. Its tables are generated."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pygments.lexer import RegexLexer, bygroups, include  # type: ignore[import-untyped]
from pygments.token import Token, string_to_tokentype  # type: ignore[import-untyped]

from lmc.syntax.grammar import grammar_file


def row(stored: str | tuple[str, str | list[str], str]) -> Any:
    """A row of a state as Pygments has it: the name of a state to include; or a pattern, the type of the whole or of
    its groups, and the state to go to."""
    if isinstance(stored, str):
        return include(stored)
    pattern, names, state = stored
    found = string_to_tokentype(names) if isinstance(names, str) else bygroups(*map(string_to_tokentype, names))
    return (pattern, found, state) if state else (pattern, found)


def states() -> dict[str, list[Any]]:
    """The states of the lexer, from its tables."""
    return {name: [*map(row, rows)] for name, rows in json.loads(grammar_file("generated/pygments.json")).items()}


class LmpLexer(RegexLexer):  # type: ignore[misc]
    """The lexer of `.lmp`."""

    name = "lmp"
    aliases = ("lmp",)
    filenames = ("*.lmp",)
    url = ""
    tokens = states()

    def get_tokens_unprocessed(self, text: str, stack: Any = ("root",)) -> Iterator[tuple[int, Any, str]]:
        """The tokens with their offsets. Neighbours of one type are one token."""
        start, kind, value = 0, Token, ""
        for offset, found, piece in super().get_tokens_unprocessed(text, stack):
            if found is kind and value:
                value += piece
                continue
            if value:
                yield start, kind, value
            start, kind, value = offset, found, piece
        if value:
            yield start, kind, value
