"""From the rules of the grammar to the tree: a method for each rule, by its name."""

from __future__ import annotations

from typing import Any

from lmc.diagnostics import Sink
from lmc.source import SourceFile, Span
from lmc.syntax import ast, problems
from lmc.syntax.machine import Action
from lmc.syntax.strings import decode, decode_format
from lmc.syntax.tokens import Token

CONSTANTS = {"TRUE": True, "FALSE": False, "NULL": None}
MAX_DIGITS = 4000


class Transform:
    """Builds the nodes of one file. Each method takes the children of its rule and the place of the whole."""

    def __init__(self, source: SourceFile, sink: Sink) -> None:
        self.name = source.name
        self.sink = sink

    def actions(self) -> dict[str, Action]:
        """The methods, by the names of the rules."""
        return {name: getattr(self, name) for name in dir(type(self)) if not name.startswith("_") and name != "actions"}

    def _span(self, start: int, end: int) -> Span:
        return Span(self.name, start, end)

    def _place(self, token: Token) -> Span:
        return Span(self.name, token.start, token.end)

    def only(self, c: list[Any], start: int, end: int) -> Any:
        return c[0]

    def start(self, c: list[Any], start: int, end: int) -> tuple[ast.Declaration, ...]:
        return tuple(c)

    def ident(self, c: list[Any], start: int, end: int) -> ast.Ident:
        return ast.Ident(c[0].text, span=Span(self.name, start, end))

    def dotted(self, c: list[Any], start: int, end: int) -> ast.Ident:
        return ast.Ident(".".join(token.text for token in c), span=Span(self.name, start, end))

    # Declarations

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
        return ast.LMStmt(name, decode(reference.text), options or (), span=self._span(start, end))

    def type_stmt(self, c: list[Any], start: int, end: int) -> ast.TypeStmt:
        return ast.TypeStmt(c[0], c[1], span=self._span(start, end))

    def data_stmt(self, c: list[Any], start: int, end: int) -> ast.DataStmt:
        name, row, source, options = c
        return ast.DataStmt(name, row, source, options or (), span=self._span(start, end))

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

    def _turn(self, role: str, fixed: Token | None, words: list[Any], start: int, end: int) -> ast.PromptTurn:
        file, text = words
        place = self._place(text)
        return ast.PromptTurn(
            role, decode(text.text), fixed is not None, file is not None, text.text, place, span=self._span(start, end)
        )

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

    def module_stmt(self, c: list[Any], start: int, end: int) -> ast.ModuleStmt:
        name, params, returns, depth, doc, *body = c
        return ast.ModuleStmt(
            name,
            params,
            returns,
            tuple(body),
            decode(doc.text) if doc else None,
            self._integer(depth) if depth else None,
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

    def emit_stmt(self, c: list[Any], start: int, end: int) -> ast.EmitStmt:
        *backends, folder, profile, options = c
        return ast.EmitStmt(
            tuple(backends),
            decode(folder.text),
            decode(profile.text) if profile else None,
            options or (),
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
            options or (),
            decode(doc.text) if doc else None,
            self._place(target),
            span=self._span(start, end),
        )

    def retriever_stmt(self, c: list[Any], start: int, end: int) -> ast.RetrieverStmt:
        name, row, source, options = c
        return ast.RetrieverStmt(name, row, source, options or (), span=self._span(start, end))

    def test_stmt(self, c: list[Any], start: int, end: int) -> ast.TestStmt:
        title, options, *cases = c
        place = self._place(title)
        return ast.TestStmt(decode(title.text), options or (), tuple(cases), place, span=self._span(start, end))

    def case(self, c: list[Any], start: int, end: int) -> ast.CaseDecl:
        return ast.CaseDecl(c[0], c[1], span=self._span(start, end))

    def invocation(self, c: list[Any], start: int, end: int) -> ast.CallExpr:
        callee, (arguments, _) = c
        return ast.CallExpr(callee, arguments, span=self._span(start, end))

    # Types

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

    # Statements

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
        return ast.CheckStmt(word.terminal == "ASSERT", condition, message, times, span=self._span(start, end))

    def return_stmt(self, c: list[Any], start: int, end: int) -> ast.ReturnStmt:
        return ast.ReturnStmt(c[0], span=self._span(start, end))

    # Expressions

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
        name = self._path(callee)
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
            name, signature, arguments, site, settings or (), tools or (), place, span=self._span(start, end)
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

    def options(self, c: list[Any], start: int, end: int) -> tuple[ast.Argument, ...]:
        return tuple(c)

    def binding(self, c: list[Any], start: int, end: int) -> ast.Argument:
        return ast.Argument(c[0], c[1], span=self._span(start, end))

    def positional(self, c: list[Any], start: int, end: int) -> ast.Argument:
        return ast.Argument(None, c[0], span=self._span(start, end))

    def _path(self, node: ast.Expr) -> str | None:
        """The dotted name that an expression is, if it is one."""
        match node:
            case ast.Reference(name):
                return name.text
            case ast.Attribute(base, name):
                front = self._path(base)
                return front and f"{front}.{name.text}"
        return None

    def _integer(self, token: Token) -> int:
        if len(token.text) <= MAX_DIGITS:
            return int(token.text)
        self.sink.add(problems.number_too_large(self._place(token)))
        return 0

    def _number(self, token: Token) -> int | float:
        if token.terminal == "INT":
            return self._integer(token)
        number = float(token.text)
        if number == float("inf"):
            self.sink.add(problems.number_too_large(self._place(token)))
            return 0.0
        return number
