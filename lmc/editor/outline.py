"""The declarations of a file and what is in them: document symbols."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lsprotocol import types

from lmc.editor.document import Document
from lmc.editor.nodes import walk
from lmc.elaborate.scope import KINDS
from lmc.source import Span
from lmc.syntax import ast

SYMBOLS = {
    "LM": types.SymbolKind.Object,
    "type": types.SymbolKind.Struct,
    "data set": types.SymbolKind.Array,
    "signature": types.SymbolKind.Interface,
    "module": types.SymbolKind.Function,
    "metric": types.SymbolKind.Operator,
    "extern": types.SymbolKind.Function,
    "tool": types.SymbolKind.Method,
    "retriever": types.SymbolKind.Function,
}
"""How editors draw each kind of declaration."""


def outline(document: Document, params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
    """The declarations, in order."""
    return [one for node in document.tree.declarations for one in of_declaration(document, node)]


def made(
    document: Document,
    name: str,
    kind: types.SymbolKind,
    whole: Span,
    chosen: Span,
    children: Iterable[types.DocumentSymbol] = (),
    detail: str = "",
) -> Iterator[types.DocumentSymbol]:
    """A symbol, if it has a place."""
    if not whole.file or not name or name == ast.UNREAD:
        return
    start, end = min(whole.start, chosen.start), max(whole.end, chosen.end)
    yield types.DocumentSymbol(
        name,
        kind,
        document.positions.range(start, end),
        document.range(chosen if chosen.file else whole),
        detail or None,
        children=list(children),
    )


def of_declaration(document: Document, node: ast.Declaration) -> Iterator[types.DocumentSymbol]:
    """A declaration with what is in it."""
    match node:
        case ast.ImportDecl():
            alias = node.alias.text if node.alias else node.path
            place = node.alias.span if node.alias else node.path_span if node.path_span.file else node.span
            yield from made(document, alias, types.SymbolKind.Namespace, node.span, place, detail="import")
        case ast.OptimizeStmt(module):
            name = f"optimize {module.text}" + (f" for {node.profile}" if node.profile else "")
            yield from made(document, name, types.SymbolKind.Event, node.span, module.span)
        case ast.EmitStmt():
            place = node.folder_span if node.folder_span.file else node.span
            yield from made(document, f"emit to {node.folder}", types.SymbolKind.Package, node.span, place)
        case ast.TestStmt():
            place = node.title_span if node.title_span.file else node.span
            yield from made(document, f"test {node.title}", types.SymbolKind.Boolean, node.span, place)
        case _:
            kind = KINDS[type(node)]
            children = list(inside(document, node))
            yield from made(document, node.name.text, SYMBOLS[kind], node.span, node.name.span, children, kind)


def inside(document: Document, node: ast.Node) -> Iterator[types.DocumentSymbol]:
    """What a declaration introduces, in the order of the source."""
    for one in walk(node):
        match one:
            case ast.FieldDecl(name):
                kind = types.SymbolKind.Field if not isinstance(node, ast.ModuleStmt) else types.SymbolKind.Variable
                yield from made(document, name.text, kind, one.span, name.span)
            case ast.EnumBody(values, spans):
                for (value, _), span in zip(values, spans, strict=False):
                    yield from made(document, value, types.SymbolKind.EnumMember, span, span)
            case ast.LetStmt(name) | ast.ForStmt(name):
                yield from made(document, name.text, types.SymbolKind.Variable, one.span, name.span)
            case ast.StrategyExpr(site=ast.Ident() as name):
                yield from made(document, name.text, types.SymbolKind.Event, one.span, name.span)
