"""Where names are used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lmc.driver.load import Loaded
from lmc.editor.nodes import children
from lmc.editor.symbols import Kind, Occurrence, Role, Symbol
from lmc.elaborate.declarations import BACKENDS
from lmc.elaborate.notes import Notes
from lmc.elaborate.scope import PRIMITIVES, Scope, entity_of
from lmc.ir.builtins import BUILTINS, METRICS
from lmc.source import Span
from lmc.syntax import ast


class Uses:
    """Finds the names that one file uses. `defined` is what all files introduce, by place."""

    def __init__(self, loaded: Loaded, notes: Notes, key: str, defined: Mapping[Span, Symbol]) -> None:
        self.loaded = loaded
        self.notes = notes
        self.key = key
        self.defined = defined
        self.scope: Scope = notes.scopes.get(key, {})
        self.found: list[Occurrence] = []
        file = loaded.names.get(key, "")
        self.imports = {
            one.name: one for one in defined.values() if one.kind in ("alias", "import") and one.span.file == file
        }

    def visit_all(self, nodes: Iterable[ast.Node]) -> None:
        """The names in some nodes."""
        for node in nodes:
            self.visit(node)

    def visit(self, node: ast.Node) -> None:  # noqa: C901
        """The names in a node."""
        match node:
            case ast.ImportDecl():
                self.imported(node)
                return
            case ast.NameType(name):
                self.declared(name, "primitive")
            case ast.Reference(name):
                self.variable(name)
            case ast.Attribute(name=name):
                self.used(name)
            case ast.AssignStmt(name=name):
                self.used(name, "write")
            case ast.Argument(name=ast.Ident() as name):
                self.used(name)
            case ast.CallExpr(callee=name):
                self.declared(name, "function")
            case ast.StrategyExpr(signature=signature, tools=tools):
                self.declared_all((signature, *tools))
            case ast.SampledExpr(metric=name) | ast.EnsembleExpr(metric=name):
                self.declared_all((name,))
            case ast.RetrieveExpr(retriever=name) | ast.OptimizeStmt(module=name) | ast.SignatureStmt(base=name):
                self.declared_all((name,))
            case ast.Clause(value=value):
                self.declared_all((value,))
            case ast.PassCall(name=name):
                self.add(name.span, Symbol("pass", name.text, ast.NOWHERE))
            case ast.EmitStmt(backends=names):
                for name in names:
                    if name.text in BACKENDS:
                        self.add(name.span, Symbol("backend", name.text, ast.NOWHERE))
        self.visit_all(children(node))

    def add(self, span: Span, symbol: Symbol | None, role: Role = "reference") -> None:
        """Adds an occurrence of what is known."""
        if symbol is not None and span.file and span.end > span.start:
            self.found.append(Occurrence(span, symbol, role))

    def imported(self, node: ast.ImportDecl) -> None:
        """The names that an import takes from a file."""
        scope = self.notes.scopes.get(self.loaded.imports.get((self.key, node.path), ""), {})
        for name, _ in node.names:
            if (entity := scope.get(name.text)) is not None:
                self.add(name.span, self.defined.get(entity.node.name.span))

    def used(self, name: ast.Ident, role: Role = "reference") -> None:
        """A name whose declaration elaboration has found."""
        declared = self.notes.uses.get(name.span)
        if declared is not None:
            self.add(name.span, self.defined.get(followed(self.notes, declared)), role)

    def variable(self, name: ast.Ident) -> None:
        """A name that stands for a value, or for a declaration in an option."""
        if name.span in self.notes.uses:
            self.used(name)
        else:
            self.declared(name, None)

    def declared_all(self, names: Iterable[object]) -> None:
        """Names that stand for declarations, where they are names."""
        for name in names:
            if isinstance(name, ast.Ident):
                self.declared(name, None)

    def declared(self, name: ast.Ident, built_in: Kind | None) -> None:
        """A name that stands for a declaration, or for what the language has itself."""
        if name.text == ast.UNREAD:
            return
        first, dot, last = name.text.partition(".")
        span = name.span
        if dot:
            if (one := self.imports.get(first)) is not None and one.kind == "import":
                self.add(Span(span.file, span.start, span.start + len(first)), one)
            span = Span(span.file, span.end - len(last), span.end)
        elif (one := self.imports.get(first)) is not None and one.kind == "alias":
            self.add(span, one)
            return
        known = PRIMITIVES if built_in == "primitive" else (*BUILTINS, *METRICS, "run_code")
        if built_in is not None and name.text in known:
            self.add(span, Symbol(built_in, name.text, ast.NOWHERE))
        elif (entity := entity_of(self.scope, name.text)) is not None:
            self.add(span, self.defined.get(entity.node.name.span))


def followed(notes: Notes, span: Span) -> Span:
    """Where what a name stands for is declared in the end."""
    seen = {span}
    while (further := notes.uses.get(span)) is not None and further not in seen:
        seen.add(further)
        span = further
    return span
