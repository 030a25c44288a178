"""The variables that can be named at a place, and what types are known near it, also in a text that is half written."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from lmc.editor.analysis import Analysis, analyse
from lmc.editor.document import Document
from lmc.editor.nodes import path_to
from lmc.editor.places import piece_of
from lmc.ir.subtype import resolve
from lmc.ir.types import UNKNOWN, Constrained, EnumType, Field, ListType, LiteralType, RecordType, Type, UnionType
from lmc.syntax import ast
from lmc.syntax.tokens import Token

FILLER = "x_"
"""What stands in the place of a name that is not written yet."""


def variables(document: Document, tokens: Sequence[Token], offset: int) -> dict[str, Type | None]:
    """The variables in sight at a place, with their types where they are known. `tokens` are those before it."""
    path = path_to(document.tree, offset)
    found: dict[str, Type | None] = {}
    declaration = path[0] if path else None
    types = document.analysis.notes.types
    if isinstance(declaration, ast.ModuleStmt | ast.MetricStmt):
        params = [one.name if isinstance(one, ast.FieldDecl) else one for one in declaration.params]
        found.update({one.text: types.get(one.span) for one in params})
    if isinstance(declaration, ast.ModuleStmt):
        found.update({one.text: types.get(one.span) for one in introduced(declaration.body, offset)})
    for node in path:
        if isinstance(node, ast.ComprehensionExpr):
            found[node.name.text] = types.get(node.name.span)
        elif isinstance(node, ast.TryExpr) and node.otherwise.span.start <= offset:
            found["error"] = None
        elif isinstance(node, ast.CaseDecl) and node.holds.span.start <= offset:
            found.update({one.name: one.type for one in in_condition(document.analysis, node)})
    if declaration is None or not isinstance(declaration, ast.ModuleStmt):
        found.update({name: None for name in written(tokens, document.text) if name not in found})
    return found


def introduced(body: tuple[ast.Stmt, ...], offset: int) -> Iterator[ast.Ident]:
    """The variables that statements introduce before a place, and do not end before it."""
    for node in body:
        if node.span.start >= offset:
            return
        around = offset <= node.span.end
        match node:
            case ast.LetStmt(name) if not around:
                yield name
            case ast.IfStmt(then=then, otherwise=otherwise) if around:
                behind = node.then_span.file and offset > node.then_span.end
                yield from introduced((otherwise or ()) if behind else then, offset)
            case ast.ForStmt(name=name, items=items, body=inner) if around and offset > items.span.end:
                yield name
                yield from introduced(inner, offset)
            case ast.WhileStmt(body=inner) if around:
                yield from introduced(inner, offset)
            case ast.MatchStmt(cases=cases, otherwise=otherwise) if around:
                yield from in_cases(cases, otherwise, offset)


def in_cases(
    cases: tuple[ast.MatchCase, ...], otherwise: tuple[ast.Stmt, ...] | None, offset: int
) -> Iterator[ast.Ident]:
    """The variables of the case that a place is in."""
    for case in cases:
        if case.span.start <= offset <= case.span.end:
            if case.name is not None:
                yield case.name
            yield from introduced(case.body, offset)
            return
    yield from introduced(otherwise or (), offset)


def in_condition(analysis: Analysis, node: ast.CaseDecl) -> tuple[Field, ...]:
    """What the condition of a test may name: `it`, and the fields of a record."""
    type_ = analysis.notes.types.get(node.call.span, UNKNOWN)
    return (Field("it", type_), *fields_of(analysis, type_))


def written(tokens: Sequence[Token], text: str) -> Iterator[str]:
    """The names that `let` and `for` introduce in the declaration that is being written, if no tree has it."""
    piece = piece_of(tokens, text)
    for before, token in itertools.pairwise(piece):
        if before.terminal in ("LET", "FOR") and token.terminal == "NAME":
            yield token.text


def filled(document: Document, start: int, end: int) -> Analysis | None:
    """What would be known with a name in the place of what is being written."""
    text = document.text[:start] + FILLER + document.text[end:]
    read = document.workspace.read
    return analyse(document.path, lambda path: text.encode("utf-8", "replace") if path == document.path else read(path))


def type_before(analysis: Analysis, end: int) -> Type:
    """The type of the smallest expression that ends at a place."""
    file = analysis.source.name
    found = [
        (span.end - span.start, type_)
        for span, type_ in analysis.notes.types.items()
        if span.end == end and span.file == file
    ]
    return min(found, key=lambda pair: pair[0])[1] if found else UNKNOWN


def chain_type(document: Document, tokens: Sequence[Token]) -> Type:
    """The type of the variable, or of the field of one, that some tokens end with; where no tree has it."""
    names: list[str] = []
    place = len(tokens) - 1
    while place >= 0 and tokens[place].terminal == "NAME":
        names.append(tokens[place].text)
        if place < 2 or tokens[place - 1].terminal != "DOT":
            break
        place -= 2
    if not names:
        return UNKNOWN
    first, *rest = names[::-1]
    type_ = variables(document, tokens, tokens[place].start).get(first) or UNKNOWN
    for name in rest:
        known = fields_of(document.analysis, type_)
        type_ = next((one.type for one in known if one.name == name), UNKNOWN)
    return type_


def fields_of(analysis: Analysis, type_: Type) -> tuple[Field, ...]:
    """The fields that a value of a type has, whichever of its members it is."""
    world = analysis.notes.world
    shape = resolve(type_, world.named) if world else type_
    match shape:
        case RecordType(fields):
            return fields
        case Constrained(inner):
            return fields_of(analysis, inner)
        case UnionType(members):
            each = [fields_of(analysis, one) for one in members]
            first = each[0] if each else ()
            return tuple(one for one in first if all(one.name in [other.name for other in some] for some in each))
    return ()


def values_of(analysis: Analysis, type_: Type) -> tuple[tuple[str, str], ...]:
    """The texts that a value of a type can be, each with its description, where there are only some."""
    world = analysis.notes.world
    shape = resolve(type_, world.named) if world else type_
    match shape:
        case EnumType(values):
            return values
        case LiteralType(value) if isinstance(value, str):
            return ((value, ""),)
        case Constrained(inner) | ListType(inner):
            return values_of(analysis, inner)
        case UnionType(members):
            return tuple(one for member in members for one in values_of(analysis, member))
    return ()


def signature_at(document: Document, offset: int) -> ast.SignatureStmt | None:
    """The signature that a place is in."""
    path = path_to(document.tree, offset)
    return next((one for one in path if isinstance(one, ast.SignatureStmt)), None)
