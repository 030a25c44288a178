"""From the rules of the grammar to the tree: types and fields."""

from __future__ import annotations

from typing import Any

from lmc.source import Span
from lmc.syntax import ast
from lmc.syntax.strings import decode
from lmc.syntax.transform.base import Base


class Types(Base):
    """Builds types and fields."""

    def field(self, c: list[Any], start: int, end: int) -> ast.FieldDecl:
        name, type_, alias, description = c
        return ast.FieldDecl(
            name,
            type_,
            decode(description.text) if description else None,
            decode(alias.text) if alias else None,
            span=self._span(start, end),
        )

    def fields(self, c: list[Any], start: int, end: int) -> tuple[ast.FieldDecl, ...]:
        return tuple(c)

    def short(self, c: list[Any], start: int, end: int) -> ast.ShortSignature:
        return ast.ShortSignature(c[0], c[1], span=self._span(start, end))

    def short_fields(self, c: list[Any], start: int, end: int) -> tuple[ast.FieldDecl, ...]:
        return tuple(c)

    def short_field(self, c: list[Any], start: int, end: int) -> ast.FieldDecl:
        return ast.FieldDecl(c[0], c[1], span=self._span(start, end))

    def either_type(self, c: list[Any], start: int, end: int) -> ast.EitherType:
        return ast.EitherType(tuple(c), span=self._span(start, end))

    def optional_type(self, c: list[Any], start: int, end: int) -> ast.OptionalType:
        return ast.OptionalType(c[0], span=self._span(start, end))

    def name_type(self, c: list[Any], start: int, end: int) -> ast.NameType:
        return ast.NameType(c[0], span=self._span(start, end))

    def null_type(self, c: list[Any], start: int, end: int) -> ast.NameType:
        return ast.NameType(ast.Ident("null", span=self._span(start, end)), span=self._span(start, end))

    def const_type(self, c: list[Any], start: int, end: int) -> ast.ConstType:
        match c[0].terminal:
            case "STRING":
                return ast.ConstType(decode(c[0].text), span=self._span(start, end))
            case "INT":
                return ast.ConstType(self._integer(c[0]), span=self._span(start, end))
            case terminal:
                return ast.ConstType(terminal == "TRUE", span=self._span(start, end))

    def negative_type(self, c: list[Any], start: int, end: int) -> ast.ConstType:
        return ast.ConstType(-self._integer(c[0]), span=self._span(start, end))

    def list_type(self, c: list[Any], start: int, end: int) -> ast.ListOfType:
        return ast.ListOfType(c[0], span=self._span(start, end))

    def map_type(self, c: list[Any], start: int, end: int) -> ast.MapOfType:
        return ast.MapOfType(c[0], c[1], span=self._span(start, end))

    def constrained_type(self, c: list[Any], start: int, end: int) -> ast.LimitedType:
        item, (low, high, unit), pattern = c
        text = pattern.text[1:-1].replace("\\/", "/") if pattern else None
        place = self._place(pattern) if pattern else ast.NOWHERE
        return ast.LimitedType(item, low, high, unit, text, place, span=self._span(start, end))

    def matching_type(self, c: list[Any], start: int, end: int) -> ast.LimitedType:
        item, pattern = c
        text = pattern.text[1:-1].replace("\\/", "/")
        return ast.LimitedType(item, pattern=text, pattern_span=self._place(pattern), span=self._span(start, end))

    def between(self, c: list[Any], start: int, end: int) -> tuple[int | float, int | float | None, str]:
        low, _, high = c
        return low, high, ""

    def at_most(self, c: list[Any], start: int, end: int) -> tuple[None, int, str]:
        high, unit = c
        return None, self._integer(high), unit.text if unit else ""

    def bound(self, c: list[Any], start: int, end: int) -> int | float:
        *minus, number = c
        value = self._number(number)
        return -value if minus and minus[0] else value

    def enum_type(self, c: list[Any], start: int, end: int) -> ast.EnumBody:
        values, spans = zip(*c, strict=True)
        return ast.EnumBody(values, spans, span=self._span(start, end))

    def enum_value(self, c: list[Any], start: int, end: int) -> tuple[tuple[str, str], Span]:
        name, description = c
        text = decode(name.text) if name.terminal == "STRING" else name.text
        return (text, decode(description.text) if description else ""), self._span(start, end)

    def record_type(self, c: list[Any], start: int, end: int) -> ast.RecordBody:
        return ast.RecordBody(c[0], span=self._span(start, end))
