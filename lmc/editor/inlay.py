"""Inlay hints: inferred types, the most calls that a module makes, what tuning gained, names of arguments."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types

from lmc.analysis.calls import worst_cost
from lmc.driver.worst import attempts_of
from lmc.editor.document import Document
from lmc.editor.nodes import walk
from lmc.editor.state import states
from lmc.ir.program import Program
from lmc.ir.types import Field, Type, UnknownType, show
from lmc.passes import simplify
from lmc.prompts.compile import templates
from lmc.syntax import ast

LONGEST = 30
"""The most characters of a type that stand in the text; the whole is in the tooltip."""


def inlay_hints(document: Document, params: types.InlayHintParams) -> list[types.InlayHint]:
    """The hints in a range."""
    start, end = document.offset(params.range.start), document.offset(params.range.end)
    found: list[types.InlayHint] = []
    program = document.analysis.loaded.program
    for node in document.tree.declarations:
        if node.span.start > end or node.span.end < start:
            continue
        for one in walk(node):
            found += inferred(document, one)
            found += arguments(document, one)
        if isinstance(node, ast.ModuleStmt) and program is not None:
            found += bounds(document, node, program)
    found += scores(document)
    first, last = params.range.start, params.range.end
    inside = [one for one in found if (first.line, first.character) <= (one.position.line, one.position.character)]
    inside = [one for one in inside if (one.position.line, one.position.character) <= (last.line, last.character)]
    return sorted(inside, key=lambda one: (one.position.line, one.position.character))


def hint(document: Document, offset: int, label: str, tooltip: str | None = None) -> types.InlayHint:
    """A hint at a place."""
    tip = types.MarkupContent(types.MarkupKind.Markdown, tooltip) if tooltip else None
    return types.InlayHint(document.positions.position(offset), label, tooltip=tip)


def inferred(document: Document, node: ast.Node) -> Iterator[types.InlayHint]:
    """The type of a name that is introduced without one, where it does not stand right there."""
    match node:
        case ast.LetStmt(name, None, value) if not isinstance(value, ast.Value | ast.FormatString):
            pass
        case ast.ForStmt(name):
            pass
        case _:
            return
    type_ = document.analysis.notes.types.get(name.span)
    if type_ is None or isinstance(type_, UnknownType) or name.text == ast.UNREAD or not name.span.file:
        return
    label, whole = shortened(type_)
    one = hint(document, name.span.end, f": {label}", f"```lmp\n{name.text}: {whole}\n```")
    one.kind = types.InlayHintKind.Type
    yield one


def shortened(type_: Type) -> tuple[str, str]:
    """A type, in short and whole."""
    whole = show(type_)
    return (whole if len(whole) <= LONGEST else f"{whole[: LONGEST - 1]}…"), whole


def bounds(document: Document, node: ast.ModuleStmt, program: Program) -> Iterator[types.InlayHint]:
    """The most LM calls that one run of a module makes."""
    entity = document.analysis.notes.scopes.get(own_key(document), {}).get(node.name.text)
    if entity is None or not any(one.name == entity.name for one in program.modules):
        return
    simple = simplify(program)
    if not any(one.name == entity.name for one in simple.modules):
        simple = program
    most = worst_cost(simple, entity.name, {**attempts_of(simple, templates(simple))})
    if most == float("inf"):
        label, words = "any number of calls", "A run of this module may make any number of LM calls."
    else:
        label = f"≤ {int(most)} call{'s' if most != 1 else ''}"
        words = f"A run of this module makes at most {int(most)} LM call{'s' if most != 1 else ''}, retries included."
    if most:
        one = hint(document, node.returns.span.end, label, f"{words} `lmc plan` says what they cost.")
        one.padding_left = True
        yield one


def own_key(document: Document) -> str:
    """The path of the document in its project."""
    return next(reversed(document.analysis.loaded.files))


def scores(document: Document) -> Iterator[types.InlayHint]:
    """What the lock says of each tuning."""
    blocks = [one for one in document.tree.declarations if isinstance(one, ast.OptimizeStmt)]
    if not blocks:
        return
    for module, profile, state in states(document):
        for node in blocks:
            if node.module.text.rpartition(".")[2] == module and (node.profile or "") == profile and state.entry:
                label = state.score + (", stale" if state.changed else "")
                one = hint(document, node.module.span.end, label, state.more)
                one.padding_left = True
                yield one


def arguments(document: Document, node: ast.Node) -> Iterator[types.InlayHint]:
    """The names of what a call is given by position, where the values do not say them."""
    if not isinstance(node, ast.CallExpr | ast.StrategyExpr):
        return
    fields = taken(document, node)
    if len(fields) < 2:
        return
    for index, one in enumerate(node.arguments):
        if one.name is None and index < len(fields) and not says(one.value, fields[index].name):
            name = fields[index].name
            found = hint(document, one.span.start, f"{name}:", f"```lmp\n{name}: {show(fields[index].type)}\n```")
            found.kind = types.InlayHintKind.Parameter
            found.padding_right = True
            yield found


def taken(document: Document, node: ast.CallExpr | ast.StrategyExpr) -> tuple[Field, ...]:
    """What a call of something declared takes."""
    name = node.callee if isinstance(node, ast.CallExpr) else node.signature
    world = document.analysis.notes.world
    if not isinstance(name, ast.Ident) or world is None:
        return ()
    entity = document.analysis.notes.scopes.get(own_key(document), {}).get(name.text)
    if entity is None:
        return ()
    known = world.params if isinstance(node, ast.CallExpr) else world.inputs
    return known.get(entity.name, ())


def says(value: ast.Expr, name: str) -> bool:
    """Whether a value is named like what it is given for."""
    match value:
        case ast.Reference(ident) | ast.Attribute(name=ident):
            return ident.text.lower().strip("_") in (name.lower(), f"{name.lower()}s")
    return False
