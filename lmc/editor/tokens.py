"""Semantic tokens: what each word is, by what it stands for."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from hashlib import sha256
from typing import NamedTuple

from lsprotocol import types

from lmc.editor.document import Document
from lmc.editor.nodes import walk
from lmc.editor.positions import units
from lmc.editor.symbols import Kind, Occurrence
from lmc.syntax import ast
from lmc.syntax.problems import COMPARISON, OPERATORS
from lmc.syntax.tokens import Token

TYPES = (
    "namespace", "type", "function", "parameter", "variable", "property", "enumMember", "decorator", "keyword",
    "comment", "string", "number", "regexp", "operator",
)  # fmt: skip
MODIFIERS = ("declaration", "readonly", "modification", "documentation", "defaultLibrary")

LEGEND = types.SemanticTokensLegend(TYPES, MODIFIERS)

OF_KIND: dict[Kind, str] = {
    "LM": "variable",
    "type": "type",
    "data set": "variable",
    "signature": "function",
    "module": "function",
    "metric": "function",
    "extern": "function",
    "tool": "function",
    "retriever": "function",
    "parameter": "parameter",
    "input": "property",
    "output": "property",
    "field": "property",
    "variable": "variable",
    "call site": "variable",
    "alias": "variable",
    "import": "namespace",
    "function": "function",
    "primitive": "type",
    "pass": "decorator",
    "backend": "decorator",
}
FIXED = ("LM", "data set", "parameter", "call site")
"""The kinds of what keeps its value."""

MARKS = OPERATORS | COMPARISON | {"EQUAL", "ARROW", "FAT_ARROW", "VBAR", "DOTS", "QMARK"} - {"IF_ELSE", "OR", "AND"}

LITERALS = {
    "STRING": "string",
    "FSTRING_OPEN": "string",
    "FSTRING_TEXT": "string",
    "FSTRING_CLOSE": "string",
    "INT": "number",
    "FLOAT": "number",
    "REGEX": "regexp",
}

JINJA = re.compile(r"\{#.*?(?:#\}|\Z)|\{\{.*?(?:\}\}|\Z)|\{%.*?(?:%\}|\Z)", re.DOTALL)
JINJA_WORD = re.compile(r"""(?P<mark>\{\{-?|-?\}\}|\{%-?|-?%\})|(?P<text>"[^"]*"|'[^']*')|(?P<number>\d+)
    |(?P<name>[A-Za-z_]\w*)|(?P<sign>[|.]|[-+*/%=<>!~]+)""", re.VERBOSE)  # fmt: skip
JINJA_KEYWORDS = frozenset(("if", "elif", "else", "endif", "for", "endfor", "in", "set", "is", "not", "and", "or",
    "raw", "endraw", "fixed", "endfixed", "true", "false", "none", "True", "False", "None"))  # fmt: skip


class Piece(NamedTuple):
    """A part of the text that is one token: from where to where, its type and its modifiers."""

    start: int
    end: int
    type: str
    modifiers: tuple[str, ...] = ()


def full_tokens(document: Document, params: types.SemanticTokensParams) -> types.SemanticTokens:
    """The tokens of the whole text."""
    data = encoded(document, pieces(document))
    return types.SemanticTokens(data, remembered(document, data))


def changed_tokens(
    document: Document, params: types.SemanticTokensDeltaParams
) -> types.SemanticTokens | types.SemanticTokensDelta:
    """What has changed in the tokens of the text since the client was told; all of them if it was told others."""
    known = document.workspace.memory.tokens.get(document.path)
    data = encoded(document, pieces(document))
    name = remembered(document, data)
    if known is None or known[0] != params.previous_result_id:
        return types.SemanticTokens(data, name)
    old = known[1]
    least = min(len(old), len(data))
    start = next((index for index in range(least) if old[index] != data[index]), least)
    same = next((index for index in range(least - start) if old[-1 - index] != data[-1 - index]), least - start)
    edit = types.SemanticTokensEdit(start, len(old) - same - start, data[start : len(data) - same])
    return types.SemanticTokensDelta([edit] if edit.delete_count or edit.data else [], name)


def remembered(document: Document, data: list[int]) -> str:
    """Keeps what the client is told; gives it an id."""
    name = sha256(repr(data).encode()).hexdigest()[:16]
    document.workspace.memory.tokens[document.path] = (name, data)
    return name


def range_tokens(document: Document, params: types.SemanticTokensRangeParams) -> types.SemanticTokens:
    """The tokens that touch a range."""
    start, end = document.offset(params.range.start), document.offset(params.range.end)
    found = (one for one in pieces(document) if one.start < end and start < one.end)
    return types.SemanticTokens(encoded(document, found))


def encoded(document: Document, found: Iterator[Piece]) -> list[int]:
    """Tokens as the protocol has them: five numbers for each, its place counted from the one before. One of several
    lines becomes one for each line: few clients take others."""
    numbers: list[int] = []
    positions, text, encoding = document.positions, document.text, document.workspace.encoding
    before = types.Position(0, 0)
    for piece in found:
        bits = sum(1 << MODIFIERS.index(one) for one in piece.modifiers)
        start = piece.start
        while start < piece.end:
            newline = text.find("\n", start, piece.end)
            end = piece.end if newline < 0 else newline
            if end > start:
                place = positions.position(start)
                away = place.character - (before.character if place.line == before.line else 0)
                length = units(text[start:end], encoding)
                numbers += (place.line - before.line, away, length, TYPES.index(piece.type), bits)
                before = place
            start = end + 1
    return numbers


def pieces(document: Document) -> Iterator[Piece]:
    """The tokens of a text, in order, none over another."""
    names = {one.span.start: one for one in document.names.inside(document.source.name)}
    known = Known(document)
    comments = [Piece(one.span.start, one.span.end, "comment") for one in document.tree.comments]
    later = iter([*comments, None])
    comment = next(later)
    for token in document.tokens:
        while comment is not None and comment.start < token.start:
            yield comment
            comment = next(later)
        if (found := names.get(token.start)) is not None and found.span.end == token.end:
            yield Piece(token.start, token.end, *meaning(found))
        elif (token.start, token.end) in known.prompts:
            yield from templated(document, token, known.prompts[token.start, token.end])
        elif token.end > token.start and (kind := known.kind(token)):
            yield Piece(token.start, token.end, *kind)
    while comment is not None:
        yield comment
        comment = next(later)


def meaning(found: Occurrence) -> tuple[str, tuple[str, ...]]:
    """The type and the modifiers of a name, by what it stands for."""
    symbol = found.symbol.meant
    modifiers = [{"definition": "declaration", "write": "modification", "reference": ""}[found.role]]
    modifiers += ["readonly"] if symbol.kind in FIXED else []
    modifiers += ["defaultLibrary"] if symbol.built_in else []
    return OF_KIND[symbol.kind], tuple(one for one in modifiers if one)


class Known:
    """What the tree says of places: `idents` are the places where names stand and what they are if nothing else is
    known, `members` the values of enums, `docs` the docstrings, `prompts` the texts of prompts, each with the inputs
    that it may show."""

    def __init__(self, document: Document) -> None:
        self.idents: dict[int, str] = {}
        self.members: dict[int, tuple[str, ...]] = {}
        self.docs: set[tuple[int, int]] = set()
        self.prompts: dict[tuple[int, int], frozenset[str]] = {}
        for declaration in document.tree.declarations:
            for node in walk(declaration):
                self.visit(node)

    def visit(self, node: ast.Node) -> None:
        """Notes what a node says."""
        match node:
            case ast.Ident(text):
                place = node.span.start
                for part in text.split("."):
                    self.idents.setdefault(place, "variable")
                    place += len(part) + 1
            case ast.EnumBody(spans=spans):
                self.members |= {one.start: ("declaration",) for one in spans}
            case ast.ConstType(str()):
                self.members[node.span.start] = ()
            case ast.Attribute(name=name) | ast.Argument(name=ast.Ident() as name):
                self.idents[name.span.start] = "property"
            case ast.CallExpr(callee=name):
                self.idents[name.span.start] = "function"
            case ast.NameType(name):
                self.idents[name.span.start] = "type"
            case ast.PassCall(name):
                self.idents[name.span.start] = "decorator"
            case ast.SignatureStmt():
                self.doc(node)
                inputs = frozenset(one.name.text for one in node.inputs)
                for turn in (turn for prompt in node.prompts for turn in prompt.turns if not turn.file):
                    self.prompts[turn.text_span.start, turn.text_span.end] = inputs
            case ast.ModuleStmt():
                self.doc(node)

    def kind(self, token: Token) -> tuple[str, tuple[str, ...]] | None:
        """The type and the modifiers of a token that stands for nothing that is known."""
        place = (token.start, token.end)
        if token.start in self.members and token.terminal in ("NAME", "STRING"):
            return "enumMember", self.members[token.start]
        if token.terminal == "STRING" and place in self.docs:
            return "string", ("documentation",)
        if token.terminal in LITERALS:
            return LITERALS[token.terminal], ()
        if token.terminal == "NAME" and not (token.soft and token.start not in self.idents):
            return self.idents.get(token.start, "variable"), ()
        if token.text.isidentifier():
            return "keyword", ()
        return ("operator", ()) if token.terminal in MARKS else None

    def doc(self, node: ast.SignatureStmt | ast.ModuleStmt) -> None:
        """Notes the docstring of a declaration."""
        if node.doc is not None:
            self.docs.add((node.doc_span.start, node.doc_span.end))


def templated(document: Document, token: Token, inputs: frozenset[str]) -> Iterator[Piece]:
    """The tokens of a prompt: text, and what Jinja makes of the rest. Its names may be known."""
    start, end = token.start, token.end
    names = [one for one in document.names.inside(document.source.name) if start <= one.span.start < end]
    starts = [one.span.start for one in names]
    place = start
    for part in JINJA.finditer(document.text, start, end):
        if part.start() > place:
            yield Piece(place, part.start(), "string")
        place = part.end()
        if part[0].startswith("{#"):
            yield Piece(part.start(), part.end(), "comment")
            continue
        before = ""
        for word in JINJA_WORD.finditer(document.text, part.start(), part.end()):
            index = bisect_left(starts, word.start())
            if index < len(names) and starts[index] == word.start() and names[index].span.end == word.end():
                yield Piece(word.start(), word.end(), *meaning(names[index]))
            else:
                yield Piece(word.start(), word.end(), jinja_type(word, before, inputs))
            before = word[0]
    if place < end:
        yield Piece(place, end, "string")


def jinja_type(word: re.Match[str], before: str, inputs: frozenset[str]) -> str:
    """What a word of a Jinja expression is; `before` is the word before it."""
    match word.lastgroup:
        case "mark":
            return "keyword"
        case "text":
            return "string"
        case "number":
            return "number"
        case "sign":
            return "operator"
    if before == ".":
        return "property"
    if before in ("|", "is"):
        return "function" if word[0] != "not" else "keyword"
    if word[0] in JINJA_KEYWORDS:
        return "keyword"
    return "property" if word[0] in inputs else "variable"
