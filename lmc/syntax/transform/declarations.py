"""From the rules of the grammar to the tree: declarations."""

from __future__ import annotations

from typing import Any

from lmc.syntax import ast
from lmc.syntax.strings import decode
from lmc.syntax.transform.base import Base


class Declarations(Base):
    """Builds declarations."""

    def import_names(self, c: list[Any], start: int, end: int) -> ast.ImportDecl:
        *names, path = c
        place = self._place(path)
        return ast.ImportDecl(decode(path.text), tuple(names), path_span=place, span=self._span(start, end))

    def import_file(self, c: list[Any], start: int, end: int) -> ast.ImportDecl:
        path, alias = c
        return ast.ImportDecl(decode(path.text), alias=alias, path_span=self._place(path), span=self._span(start, end))

    def imported(self, c: list[Any], start: int, end: int) -> tuple[ast.Ident, ast.Ident | None]:
        return c[0], c[1]

    def lm_stmt(self, c: list[Any], start: int, end: int) -> ast.LMStmt:
        name, reference, options = c
        return ast.LMStmt(name, decode(reference.text), options[0] if options else (), span=self._span(start, end))

    def type_stmt(self, c: list[Any], start: int, end: int) -> ast.TypeStmt:
        return ast.TypeStmt(c[0], c[1], span=self._span(start, end))

    def data_stmt(self, c: list[Any], start: int, end: int) -> ast.DataStmt:
        name, row, source, options = c
        return ast.DataStmt(name, row, source, options[0] if options else (), span=self._span(start, end))

    def module_stmt(self, c: list[Any], start: int, end: int) -> ast.ModuleStmt:
        name, params, returns, depth, doc, *body = c
        return ast.ModuleStmt(
            name,
            params,
            returns,
            tuple(body),
            decode(doc.text) if doc else None,
            self._integer(depth) if depth else None,
            depth_span=self._with_word("depth", depth) if depth else ast.NOWHERE,
            doc_span=self._place(doc) if doc else ast.NOWHERE,
            span=self._span(start, end),
        )

    def metric_stmt(self, c: list[Any], start: int, end: int) -> ast.MetricStmt:
        name, *params, body = c
        return ast.MetricStmt(name, tuple(params), body, span=self._span(start, end))

    def optimize_stmt(self, c: list[Any], start: int, end: int) -> ast.OptimizeStmt:
        module, profile, *clauses = c
        name = decode(profile.text) if profile else None
        return ast.OptimizeStmt(module, tuple(clauses), name, span=self._span(start, end))

    def assertions_clause(self, c: list[Any], start: int, end: int) -> ast.Clause:
        return ast.Clause("assertions", c[0].text == "on", span=self._span(start, end))

    def named_clause(self, c: list[Any], start: int, end: int) -> ast.Clause:
        return ast.Clause(c[0].text, c[1], span=self._span(start, end))

    def seed_clause(self, c: list[Any], start: int, end: int) -> ast.Clause:
        return ast.Clause("seed", self._integer(c[0]), span=self._span(start, end))

    def budget_clause(self, c: list[Any], start: int, end: int) -> ast.Clause:
        return ast.Clause("budget", tuple(c), span=self._span(start, end))

    def amount(self, c: list[Any], start: int, end: int) -> tuple[int | float, str]:
        number, unit = c
        return self._number(number), unit.text

    def passes_clause(self, c: list[Any], start: int, end: int) -> ast.Clause:
        return ast.Clause("passes", tuple(c), span=self._span(start, end))

    def pass_call(self, c: list[Any], start: int, end: int) -> ast.PassCall:
        return ast.PassCall(c[0], c[1][0] if c[1] else (), span=self._span(start, end))

    def pass_name(self, c: list[Any], start: int, end: int) -> ast.Ident:
        return self.ident(c, start, end)

    def emit_stmt(self, c: list[Any], start: int, end: int) -> ast.EmitStmt:
        *backends, folder, profile, options = c
        return ast.EmitStmt(
            tuple(backends),
            decode(folder.text),
            decode(profile.text) if profile else None,
            options[0] if options else (),
            self._place(folder),
            span=self._span(start, end),
        )

    def extern_stmt(self, c: list[Any], start: int, end: int) -> ast.ExternStmt:
        language, file, name, params, returns, doc = c
        text, place = decode(doc.text) if doc else None, self._place(file)
        return ast.ExternStmt(
            language, decode(file.text), name, params, returns, text, place, span=self._span(start, end)
        )

    def tool_stmt(self, c: list[Any], start: int, end: int) -> ast.ToolStmt:
        name, params, returns, protocol, target, options, doc = c
        return ast.ToolStmt(
            name,
            params,
            returns,
            protocol,
            decode(target.text),
            options[0] if options else (),
            decode(doc.text) if doc else None,
            self._place(target),
            span=self._span(start, end),
        )

    def retriever_stmt(self, c: list[Any], start: int, end: int) -> ast.RetrieverStmt:
        name, row, source, options = c
        return ast.RetrieverStmt(name, row, source, options[0] if options else (), span=self._span(start, end))

    def test_stmt(self, c: list[Any], start: int, end: int) -> ast.TestStmt:
        title, options, *cases = c
        given, place = options or ((), ast.NOWHERE)
        return ast.TestStmt(
            decode(title.text), given, tuple(cases), self._place(title), place, span=self._span(start, end)
        )

    def case(self, c: list[Any], start: int, end: int) -> ast.CaseDecl:
        return ast.CaseDecl(c[0], c[1], span=self._span(start, end))

    def invocation(self, c: list[Any], start: int, end: int) -> ast.CallExpr:
        callee, (arguments, _) = c
        return ast.CallExpr(callee, arguments, span=self._span(start, end))
