"""From the rules of the grammar to the tree: signatures: their fields, demonstrations and prompts."""

from __future__ import annotations

from typing import Any

from lmc.syntax import ast
from lmc.syntax.strings import decode
from lmc.syntax.tokens import Token
from lmc.syntax.transform.types import Types


class Signatures(Types):
    """Builds signatures: their fields, demonstrations and prompts."""

    def signature_stmt(self, c: list[Any], start: int, end: int) -> ast.SignatureStmt:
        name, base, doc, *members = c
        return ast.SignatureStmt(
            name,
            decode(doc.text) if doc else None,
            tuple(node for kind, node in members if kind == "in"),
            tuple(node for kind, node in members if kind == "out"),
            tuple(node for kind, node in members if kind == "demo"),
            base=base,
            prompts=tuple(node for kind, node in members if kind == "prompt"),
            doc_span=self._place(doc) if doc else ast.NOWHERE,
            span=self._span(start, end),
        )

    def prompt_one(self, c: list[Any], start: int, end: int) -> tuple[str, ast.PromptDecl]:
        return "prompt", ast.PromptDecl((self._turn("", None, c[0], start, end),), span=self._span(start, end))

    def prompt_turns(self, c: list[Any], start: int, end: int) -> tuple[str, ast.PromptDecl]:
        return "prompt", ast.PromptDecl(tuple(c), span=self._span(start, end))

    def turn(self, c: list[Any], start: int, end: int) -> ast.PromptTurn:
        fixed, role, words = c
        return self._turn(role.text, fixed, words, start, end)

    def _turn(
        self, role: str, fixed: Token | None, words: tuple[Token | None, Token], start: int, end: int
    ) -> ast.PromptTurn:
        file, text = words
        place = self._place(text)
        return ast.PromptTurn(
            role, decode(text.text), fixed is not None, file is not None, text.text, place, span=self._span(start, end)
        )

    def words(self, c: list[Any], start: int, end: int) -> tuple[Token | None, Token]:
        return c[0], c[1]

    def short_stmt(self, c: list[Any], start: int, end: int) -> ast.SignatureStmt:
        return ast.SignatureStmt(c[0], short=c[1], span=self._span(start, end))

    def input(self, c: list[Any], start: int, end: int) -> tuple[str, ast.FieldDecl]:
        return "in", self.field(c, start, end)

    def output(self, c: list[Any], start: int, end: int) -> tuple[str, ast.FieldDecl]:
        return "out", self.field(c, start, end)

    def demo(self, c: list[Any], start: int, end: int) -> tuple[str, ast.DemoDecl]:
        return "demo", ast.DemoDecl(c[0], c[1], span=self._span(start, end))

    def bindings(self, c: list[Any], start: int, end: int) -> tuple[ast.Argument, ...]:
        return tuple(c)
