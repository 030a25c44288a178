"""A file in pieces, with the brackets of each piece in balance: what recovery stands on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lmc.syntax.tokens import CLOSERS, DECLARATIONS, MAX_NESTING, OPENERS, Token

NEED_NO_MORE = ("emit", "extern", "module", "optimize", "signature", "type")
"""The words that begin a declaration wherever a name follows; the others are clauses too, or no words of the
language."""


@dataclass(frozen=True, slots=True)
class Balanced:
    """Tokens, with an empty one for each closing bracket that is missing: `missing` has the opening brackets of those.
    `depths` says how many brackets are open around each token, without itself; `extra` are closing brackets without an
    opening one."""

    tokens: list[Token]
    depths: list[int]
    missing: dict[int, Token]
    extra: frozenset[int]


def first_on_line(text: str, token: Token) -> bool:
    """Whether nothing stands before a token on its line."""
    return not text[text.rfind("\n", 0, token.start) + 1 : token.start].strip("\ufeff \t\r\f")


def indentation(text: str, offset: int) -> int:
    """The width of the blank before the line of an offset."""
    line = text[text.rfind("\n", 0, offset) + 1 : offset + 1]
    return len(line) - len(line.lstrip())


def declares(text: str, tokens: Sequence[Token], index: int) -> bool:
    """Whether a declaration seems to begin here: a word that begins one, or some word, and what follows such a word."""
    token, *rest = tokens[index : index + 3]
    if token.terminal != "NAME" or not rest or "\n" in text[token.end : rest[0].start]:
        return False
    if token.text in ("import", "test"):
        return rest[0].terminal == "STRING" or (token.text == "import" and rest[0].terminal == "LBRACE")
    if rest[0].terminal != "NAME" or (token.soft and token.text not in DECLARATIONS):
        return False
    if token.text in NEED_NO_MORE:
        return True
    return len(rest) > 1 and rest[1].terminal in ("EQUAL", "COLON", "LPAR", "LBRACE")


def pieces(text: str, tokens: list[Token]) -> Iterator[list[Token]]:
    """The tokens from each line that begins a declaration, unindented, to the next such line."""
    start = 0
    for index, token in enumerate(tokens):
        unindented = token.start == text.rfind("\n", 0, token.start) + 1
        if index > start and unindented and declares(text, tokens, index):
            yield tokens[start:index]
            start = index
    yield tokens[start:]


def too_deep(tokens: list[Token]) -> Token | None:
    """The first bracket that is within too many others."""
    depth = 0
    for token in tokens:
        depth = max(depth + (token.terminal in OPENERS) - (token.terminal in CLOSERS), 0)
        if depth > MAX_NESTING:
            return token
    return None


def balance(text: str, tokens: list[Token]) -> Balanced:
    """The tokens in balance. A closing bracket closes the last open one of its kind; at the beginning of a line, the
    last one whose line is indented like it."""
    out: list[Token] = []
    depths: list[int] = []
    missing: dict[int, Token] = {}
    extra: set[int] = set()
    stack: list[Token] = []

    def close(down_to: int) -> None:
        while len(stack) > down_to:
            opener = stack.pop()
            missing[len(out)] = opener
            depths.append(len(stack))
            out.append(Token(OPENERS[opener.terminal], "", out[-1].end, out[-1].end))

    for token in tokens:
        if token.terminal in CLOSERS:
            opener = opener_of(text, stack, token)
            if opener is None:
                extra.add(len(out))
            else:
                close(opener + 1)
                stack.pop()
        depths.append(len(stack))
        out.append(token)
        if token.terminal in OPENERS:
            stack.append(token)
    close(0)
    return Balanced(out, depths, missing, frozenset(extra))


def opener_of(text: str, stack: list[Token], closer: Token) -> int | None:
    """Which of the open brackets a closing one closes."""
    kin = [index for index, token in enumerate(stack) if token.terminal == CLOSERS[closer.terminal]]
    if not kin:
        return None
    if closer.text and first_on_line(text, closer):
        column = indentation(text, closer.start)
        indented = {index: indentation(text, stack[index].start) for index in kin}
        alike = [index for index in kin if indented[index] == column]
        if indented[kin[-1]] > column and alike:
            return alike[-1]
    return kin[-1]


def is_declaration(token: Token) -> bool:
    """Whether a token may be a word that begins a declaration."""
    return token.terminal == "NAME" and token.text in DECLARATIONS
