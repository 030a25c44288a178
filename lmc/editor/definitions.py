"""Where names are introduced."""

from __future__ import annotations

from collections.abc import Iterator

from lmc.driver.load import Loaded
from lmc.editor.nodes import walk
from lmc.editor.symbols import Kind, Symbol
from lmc.elaborate.notes import Notes
from lmc.elaborate.scope import KINDS
from lmc.source import Span
from lmc.syntax import ast


def definitions_of(tree: ast.File, notes: Notes, loaded: Loaded, key: str) -> Iterator[Symbol]:
    """What a file introduces. `key` is its path in the project."""
    for node in tree.declarations:
        if isinstance(node, ast.ImportDecl):
            yield from imported(node, notes, loaded, key)
            continue
        container = ""
        if type(node) in KINDS:
            name: ast.Ident = getattr(node, "name")  # noqa: B009
            yield symbol(KINDS[type(node)], name, node, "")  # type: ignore[arg-type]
            container = name.text
        elif isinstance(node, ast.TestStmt):
            container = node.title
        yield from within(node, notes, container)


def symbol(kind: Kind, name: ast.Ident, node: ast.Node, container: str) -> Symbol:
    """What a name introduces."""
    return Symbol(kind, name.text, name.span, container, node.span, node)


def imported(node: ast.ImportDecl, notes: Notes, loaded: Loaded, key: str) -> Iterator[Symbol]:
    """The names that an import introduces: that of the file, or others for what is in it."""
    if node.alias is not None:
        yield symbol("import", node.alias, node, "")
    scope = notes.scopes.get(loaded.imports.get((key, node.path), ""), {})
    for name, alias in node.names:
        if alias is not None:
            entity = scope.get(name.text)
            target = None
            if entity is not None and entity.path:
                target = symbol(entity.kind, entity.node.name, entity.node, "")  # type: ignore[arg-type]
            yield Symbol("alias", alias.text, alias.span, "", Span(name.span.file, name.span.start, alias.span.end),
                         node, target)  # fmt: skip


def within(node: ast.Node, notes: Notes, container: str) -> Iterator[Symbol]:
    """What a declaration introduces within itself."""
    for one in walk(node):
        match one:
            case ast.ModuleStmt(params=params) | ast.ExternStmt(params=params) | ast.ToolStmt(params=params):
                yield from sided("parameter", params, container)
            case ast.SignatureStmt(inputs=inputs, outputs=outputs) | ast.ShortSignature(inputs, outputs):
                yield from sided("input", inputs, container)
                yield from sided("output", outputs, container)
            case ast.RecordBody(fields):
                yield from sided("field", fields, container)
            case ast.MetricStmt(params=names):
                yield from (symbol("parameter", name, name, container) for name in names)
            case ast.LetStmt(name) | ast.ForStmt(name) | ast.ComprehensionExpr(name=name):
                yield symbol("variable", name, one, container)
            case ast.MatchCase(name=ast.Ident() as name):
                yield symbol("variable", name, one, container)
            case ast.StrategyExpr(site=ast.Ident() as name):
                yield symbol("call site", name, one, container)
            case ast.RecordDisplay(arguments):
                yield from written_out(arguments, notes, container)


def sided(kind: Kind, nodes: tuple[ast.FieldDecl, ...], container: str) -> Iterator[Symbol]:
    """Fields of one side."""
    return (symbol(kind, node.name, node, container) for node in nodes)


def written_out(arguments: tuple[ast.Argument, ...], notes: Notes, container: str) -> Iterator[Symbol]:
    """The fields of a record that no type declares."""
    for one in arguments:
        if one.name is not None and one.name.span in notes.shown and one.name.span not in notes.uses:
            yield symbol("field", one.name, one, container)
