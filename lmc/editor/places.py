"""What surrounds a place in a text that may be half written: the brackets that are open there, and what could come next
for all that the grammar knows. Both look at tokens alone, so that they work where there is no tree yet."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lmc.editor.document import Document
from lmc.editor.options import BLOCKS
from lmc.syntax.brackets import declares, first_on_line, is_declaration
from lmc.syntax.flawless import END
from lmc.syntax.grammar import table
from lmc.syntax.machine import Machine, TooDeep, in_order
from lmc.syntax.tokens import CLOSERS, DECLARATIONS, OPENERS, Token

STRATEGIES = ("PREDICT", "CHAIN_OF_THOUGHT", "PROGRAM_OF_THOUGHT", "REACT")
BODIES = {"module": "body", "signature": "signature", "optimize": "optimize", "test": "cases", "import": "imports"}
"""What stands between the braces behind a declaration's head, by the word that begins it."""

FRAMES = {"lm": "lm", "retriever": "retriever", "tool": "tool"}

Role = Literal["call", "strategy", "retrieve", "pass", "module", "extern", "tool", "metric"]


@dataclass(frozen=True, slots=True)
class Frame:
    """An open bracket: its kind (a block of options by its name in `BLOCKS`, or `arguments`, `body`, `tools`, …; empty
    for other brackets), its token's number, and for arguments the name of what is called and how it is."""

    kind: str
    index: int
    callee: str = ""
    role: Role | None = None


def tokens_before(document: Document, offset: int) -> Sequence[Token]:
    """The tokens that end at a place, or before it."""
    tokens = document.tokens
    index = bisect_left(tokens, offset, key=lambda one: one.start)
    return tokens[: index - 1] if index and tokens[index - 1].end > offset else tokens[:index]


def prefix_at(document: Document, offset: int) -> Token | None:
    """The word that is being written at a place: the one that begins before it and reaches to it."""
    token = document.token_at(offset - 1) if offset else None
    if token is None or not (token.text[:1].isalpha() or token.text[:1] == "_") or token.end < offset:
        return None
    return token


def frames(tokens: Sequence[Token], text: str) -> tuple[Frame, ...]:
    """The brackets that some tokens leave open, the outermost first."""
    stack: list[Frame] = []
    head = ""
    for index, token in enumerate(tokens):
        if not stack and is_declaration(token):
            if first_on_line(text, token) or declares(text, list(tokens), index):
                head = token.text
        elif stack and token.start == text.rfind("\n", 0, token.start) + 1 and declares(text, list(tokens), index):
            # A declaration at the margin: what was open before it lacks its bracket.
            stack, head = [], token.text
        if token.terminal in OPENERS:
            stack.append(opened(tokens, index, stack, head))
        elif token.terminal in CLOSERS and stack:
            stack.pop()
    return tuple(stack)


def opened(tokens: Sequence[Token], index: int, stack: Sequence[Frame], head: str) -> Frame:
    """What an opening bracket begins."""
    token, before = tokens[index], tokens[index - 1] if index else END
    if token.terminal == "LPAR":
        return called(tokens, index, head, bool(stack))
    if token.terminal == "LSQB":
        return Frame("tools" if before.soft == "USING" else "", index)
    if before.soft == "WITH":
        return Frame({"emit": "emit", "test": "test"}.get(head, "call") if not stack else "call", index)
    if before.terminal == "COLON" and index > 1:
        inner = {("data", "split"): "split", ("call", "layout"): "layout"}
        return Frame(inner.get((stack[-1].kind if stack else "", tokens[index - 2].text), ""), index)
    if before.soft in ("DEMO", "ENUM") or before.terminal in ("FSTRING_OPEN", "FSTRING_TEXT"):
        return Frame({"DEMO": "demo", "ENUM": "enum"}.get(before.soft, "hole"), index)
    if stack:
        return Frame("body" if stack[-1].kind == "body" and before.terminal not in ("EQUAL", "COMMA") else "", index)
    if head == "data":
        return Frame("source" if before.terminal == "EQUAL" else "data", index)
    if head in FRAMES:
        return Frame(FRAMES[head], index)
    return Frame(BODIES.get(head, "") if before.terminal != "EQUAL" else "", index)


def called(tokens: Sequence[Token], index: int, head: str, within: bool) -> Frame:
    """The arguments that a parenthesis begins, or parameters, or only a part of an expression."""
    place, parts = index - 1, []
    while place >= 0 and tokens[place].terminal == "NAME":
        parts.append(tokens[place].text)
        if place < 2 or tokens[place - 1].terminal != "DOT":
            break
        place -= 2
    if not parts:
        if index and tokens[index - 1].terminal == "ENSEMBLE" and head == "optimize":
            return Frame("arguments", index, "ensemble", "pass")
        return Frame("", index)
    name, before = ".".join(parts[::-1]), tokens[place - 1] if place else END
    if before.terminal in STRATEGIES or (before.terminal == "RBRACE" and within and head in ("module", "test")):
        return Frame("arguments", index, name, "strategy")
    if before.terminal == "RETRIEVE":
        return Frame("arguments", index, name, "retrieve")
    if not within and before.text in ("module", "tool", "metric") and head == before.text:
        return Frame("parameters", index, name)
    if not within and head == "extern":
        return Frame("parameters", index, name)
    if head == "optimize":
        return Frame("arguments", index, name, "pass")
    return Frame("arguments", index, name, "call")


def option_block(document: Document, offset: int) -> str:
    """The kind of the block of options that a place is in; empty where it is in none."""
    found = frames(tokens_before(document, offset), document.text)
    return found[-1].kind if found and found[-1].kind in BLOCKS else ""


def piece_of(tokens: Sequence[Token], text: str) -> Sequence[Token]:
    """The tokens since the last declaration began."""
    for index in range(len(tokens) - 1, -1, -1):
        token = tokens[index]
        if token.text not in DECLARATIONS or token.terminal != "NAME":
            continue
        if token.start == text.rfind("\n", 0, token.start) + 1:
            return tokens[index:]
    return tokens


def expected(tokens: Sequence[Token], text: str) -> frozenset[str] | None:
    """The terminals that could come behind some tokens; None where what stands before is no right beginning."""
    machine = Machine(table(), in_order(table(), {}))
    piece = list(piece_of(tokens, text))
    try:
        for index, token in enumerate(piece):
            terminal = token.terminal
            if token.soft:
                terminal = machine.resolve(token, piece[index + 1] if index + 1 < len(piece) else END)
            if not machine.feed(terminal, token):
                return None
    except TooDeep:
        return None
    return frozenset(machine.expected())
