"""From the rules of the grammar to the tree: statements."""

from __future__ import annotations

from typing import Any

from lmc.source import Span
from lmc.syntax import ast
from lmc.syntax.transform.base import Base


class Statements(Base):
    """Builds statements."""

    def block(self, c: list[Any], start: int, end: int) -> tuple[tuple[ast.Stmt, ...], Span]:
        return tuple(c), self._span(start, end)

    def let_stmt(self, c: list[Any], start: int, end: int) -> ast.LetStmt:
        return ast.LetStmt(c[0], c[1], c[2], span=self._span(start, end))

    def assign_stmt(self, c: list[Any], start: int, end: int) -> ast.AssignStmt:
        return ast.AssignStmt(c[0], c[1], span=self._span(start, end))

    def if_stmt(self, c: list[Any], start: int, end: int) -> ast.IfStmt:
        condition, (then, then_span), last = c
        otherwise = (last,) if isinstance(last, ast.IfStmt) else last[0] if last else None
        return ast.IfStmt(condition, then, otherwise, then_span, span=self._span(start, end))

    def for_stmt(self, c: list[Any], start: int, end: int) -> ast.ForStmt:
        parallel, name, items, bound, (body, _) = c
        limit = self._integer(bound) if bound else None
        return ast.ForStmt(name, items, limit, body, parallel is not None, span=self._span(start, end))

    def while_stmt(self, c: list[Any], start: int, end: int) -> ast.WhileStmt:
        condition, bound, (body, place) = c
        limit = self._integer(bound) if bound else None
        return ast.WhileStmt(condition, limit, body, place, span=self._span(start, end))

    def repeat_stmt(self, c: list[Any], start: int, end: int) -> ast.WhileStmt:
        bound, (body, place) = c
        return ast.WhileStmt(None, self._integer(bound), body, place, span=self._span(start, end))

    def break_stmt(self, c: list[Any], start: int, end: int) -> ast.BreakStmt:
        return ast.BreakStmt(span=self._span(start, end))

    def match_stmt(self, c: list[Any], start: int, end: int) -> ast.MatchStmt:
        value, *cases, otherwise = c
        body, place = otherwise or (None, ast.NOWHERE)
        return ast.MatchStmt(value, tuple(cases), body, place, span=self._span(start, end))

    def match_case(self, c: list[Any], start: int, end: int) -> ast.MatchCase:
        type_, name, (body, place) = c
        return ast.MatchCase(type_, name, body, place, span=self._span(start, end))

    def check_stmt(self, c: list[Any], start: int, end: int) -> ast.CheckStmt:
        word, condition, message, retries = c
        times = self._integer(retries) if retries else None
        place = self._with_word("retry", retries) if retries else ast.NOWHERE
        hard = word.terminal == "ASSERT"
        return ast.CheckStmt(hard, condition, message, times, place, span=self._span(start, end))

    def return_stmt(self, c: list[Any], start: int, end: int) -> ast.ReturnStmt:
        return ast.ReturnStmt(c[0], span=self._span(start, end))
