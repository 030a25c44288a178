"""From the rules of the grammar to the tree: expressions."""

from __future__ import annotations

from typing import Any

from lmc.source import Span
from lmc.syntax import ast, problems
from lmc.syntax.strings import decode, decode_format
from lmc.syntax.tokens import Token
from lmc.syntax.transform.base import Base

CONSTANTS = {"TRUE": True, "FALSE": False, "NULL": None}


class Expressions(Base):
    """Builds expressions."""

    def ternary(self, c: list[Any], start: int, end: int) -> ast.Ternary:
        then, _, condition, otherwise = c
        return ast.Ternary(condition, then, otherwise, span=self._span(start, end))

    def binary(self, c: list[Any], start: int, end: int) -> ast.Operator:
        return ast.Operator(c[1].text, (c[0], c[2]), span=self._span(start, end))

    def not_in(self, c: list[Any], start: int, end: int) -> ast.Operator:
        return ast.Operator("not in", (c[0], c[3]), span=self._span(start, end))

    def unary(self, c: list[Any], start: int, end: int) -> ast.Operator:
        return ast.Operator(c[0].text, (c[1],), span=self._span(start, end))

    def attribute(self, c: list[Any], start: int, end: int) -> ast.Attribute:
        return ast.Attribute(c[0], c[1], span=self._span(start, end))

    def subscript(self, c: list[Any], start: int, end: int) -> ast.Subscript:
        return ast.Subscript(c[0], c[1], span=self._span(start, end))

    def call(self, c: list[Any], start: int, end: int) -> ast.CallExpr:
        callee, (arguments, _) = c
        name = path(callee)
        if name is None:
            self.sink.add(problems.not_callable(callee.span))
            name = ast.UNREAD
        return ast.CallExpr(ast.Ident(name, span=callee.span), arguments, span=self._span(start, end))

    def reference(self, c: list[Any], start: int, end: int) -> ast.Reference:
        return ast.Reference(c[0], span=self._span(start, end))

    def string(self, c: list[Any], start: int, end: int) -> ast.Value:
        return ast.Value(decode(c[0].text), span=self._span(start, end))

    def number(self, c: list[Any], start: int, end: int) -> ast.Value:
        return ast.Value(self._number(c[0]), span=self._span(start, end))

    def constant(self, c: list[Any], start: int, end: int) -> ast.Value:
        return ast.Value(CONSTANTS[c[0].terminal], span=self._span(start, end))

    def fstring(self, c: list[Any], start: int, end: int) -> ast.FormatString:
        opening, *inner, _ = c
        pieces, holes = [""], []
        for one in inner:
            if isinstance(one, Token):
                pieces[-1] += one.text
            else:
                holes.append(one)
                pieces.append("")
        texts = decode_format(pieces, opening.text == 'f"""')
        mixed = [texts[0], *(part for pair in zip(holes, texts[1:], strict=True) for part in pair)]
        return ast.FormatString(tuple(part for part in mixed if part != ""), span=self._span(start, end))

    def list_display(self, c: list[Any], start: int, end: int) -> ast.ListDisplay:
        return ast.ListDisplay(tuple(c), span=self._span(start, end))

    def record_display(self, c: list[Any], start: int, end: int) -> ast.RecordDisplay:
        return ast.RecordDisplay(tuple(c), span=self._span(start, end))

    def strategy(self, c: list[Any], start: int, end: int) -> ast.StrategyExpr:
        keyword, signature, (arguments, place), site, tools, settings = c
        name = keyword if isinstance(keyword, str) else keyword.text
        return ast.StrategyExpr(
            name,
            signature,
            arguments,
            site,
            settings[0] if settings else (),
            tools or (),
            place,
            span=self._span(start, end),
        )

    def tuned_strategy(self, c: list[Any], start: int, end: int) -> str:
        return "|".join(c)

    def strategy_name(self, c: list[Any], start: int, end: int) -> str:
        name: str = c[0].text
        return name

    def using(self, c: list[Any], start: int, end: int) -> tuple[ast.Ident, ...]:
        return tuple(c)

    def sampled(self, c: list[Any], start: int, end: int) -> ast.SampledExpr:
        keyword, count, metric, above, call = c
        number = None if above is None else float(self._number(above))
        return ast.SampledExpr(keyword.text, count, metric, number, call, span=self._span(start, end))

    def count(self, c: list[Any], start: int, end: int) -> int | ast.TuneRange:
        return self._integer(c[0]) if isinstance(c[0], Token) else c[0]

    def ensemble(self, c: list[Any], start: int, end: int) -> ast.EnsembleExpr:
        metric, *items = c
        return ast.EnsembleExpr(metric, tuple(items), span=self._span(start, end))

    def retrieve(self, c: list[Any], start: int, end: int) -> ast.RetrieveExpr:
        retriever, (arguments, _) = c
        return ast.RetrieveExpr(retriever, arguments, span=self._span(start, end))

    def attempt(self, c: list[Any], start: int, end: int) -> ast.TryExpr:
        return ast.TryExpr(c[0], c[1], span=self._span(start, end))

    def tune_range(self, c: list[Any], start: int, end: int) -> ast.TuneRange:
        low, _, high, at = c
        return ast.TuneRange(low, high, at, span=self._span(start, end))

    def tune_choices(self, c: list[Any], start: int, end: int) -> ast.TuneChoices:
        *choices, at = c
        return ast.TuneChoices(tuple(choices), at, span=self._span(start, end))

    def comprehension(self, c: list[Any], start: int, end: int) -> ast.ComprehensionExpr:
        value, name, items, condition, bound = c
        limit = self._integer(bound) if bound else None
        return ast.ComprehensionExpr(value, name, items, condition, limit, span=self._span(start, end))

    def arguments(self, c: list[Any], start: int, end: int) -> tuple[tuple[ast.Argument, ...], Span]:
        return tuple(c), self._span(start, end)

    def options(self, c: list[Any], start: int, end: int) -> tuple[tuple[ast.Argument, ...], Span]:
        return tuple(c), self._span(start, end)

    def binding(self, c: list[Any], start: int, end: int) -> ast.Argument:
        return ast.Argument(c[0], c[1], span=self._span(start, end))

    def positional(self, c: list[Any], start: int, end: int) -> ast.Argument:
        return ast.Argument(None, c[0], span=self._span(start, end))


def path(node: ast.Expr) -> str | None:
    """The dotted name that an expression is, if it is one."""
    match node:
        case ast.Reference(name):
            return name.text
        case ast.Attribute(base, name):
            front = path(base)
            return front and f"{front}.{name.text}"
    return None
