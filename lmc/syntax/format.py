"""From a tree to the one text that it is written as."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from lmc.syntax import ast
from lmc.syntax.layout import HARD, Doc, Line, Nest, group, join, render
from lmc.syntax.phrases import Entry, Part, Phrases
from lmc.syntax.strings import quote

WIDTH = 100


def format_file(file: ast.File) -> str:
    """The text of a tree: two spaces to a level, lines of 100 characters where that can be, comments where they were.

    One blank line stands between declarations of different kinds and around those of several lines; between others, and
    within a declaration, where there was one."""
    return _Declarations(file).file(file)


class _Declarations(Phrases):
    """The layout of declarations and statements."""

    def file(self, file: ast.File) -> str:
        """The text of the whole."""
        parts: list[Part] = [(node.span, partial(self.declaration, node)) for node in file.declarations]
        _, entries = self.entries(parts, 0, 1 << 60)
        kinds = iter(file.declarations)
        blocks: list[tuple[list[Entry], str]] = []
        comments: list[Entry] = []
        for entry in entries:
            comments.append(entry)
            if not entry.comment:
                blocks.append((comments, type(next(kinds)).__name__))
                comments = []
        text = ""
        before = ("", False)
        for block, kind in blocks:
            lines = [render((entry.doc,), WIDTH) for entry in block]
            several = "\n" in lines[-1]
            apart = before[0] not in ("", kind) or before[1] or (several and bool(before[0]))
            gaps = [entry.gap for entry in block]
            if apart and not any(gaps):
                gaps[0] = True
            text += joined(lines, gaps)
            before = (kind, several)
        text += joined([str(entry.doc) for entry in comments], [entry.gap for entry in comments])
        return text.removeprefix("\n")

    def declaration(self, node: ast.Declaration) -> Doc:
        """A declaration."""
        match node:
            case ast.ImportDecl():
                return self.import_(node)
            case ast.LMStmt(name, reference, options):
                return (f"lm {name.text} = {quote(reference)}", self.options(options, name.span.end, node.span.end))
            case ast.TypeStmt(name, ast.EitherType() as either):
                first, *rest = self.members(either)
                return group(f"type {name.text} =", Nest((Line(" "), first, tuple(rest))))
            case ast.TypeStmt(name, type_):
                return (f"type {name.text} = ", self.type(type_))
            case ast.DataStmt(name, row, source, options):
                head: Doc = (f"data {name.text}: ", self.type(row)) if row is not None else f"data {name.text}"
                return (head, " = ", self.expr(source), self.options(options, source.span.end, node.span.end))
            case ast.SignatureStmt(name, short=short) if short is not None:
                return (f"signature {name.text} = ", self.short(short))
            case ast.SignatureStmt():
                return self.signature(node)
            case ast.ModuleStmt():
                return self.module(node)
            case ast.MetricStmt(name, params, body):
                listed = join(", ", [param.text for param in params])
                return (f"metric {name.text}(", listed, ") = ", self.expr(body))
            case ast.OptimizeStmt(module, clauses, profile):
                parts = [(clause.span, partial(self.clause, clause)) for clause in clauses]
                named = "" if profile is None else f"for {quote(profile)} "
                return (f"optimize {module.text} {named}", self.block(parts, module.span.end, node.span.end))
            case ast.EmitStmt(backends, folder, profile, options):
                head = ("emit ", join(", ", [backend.text for backend in backends]), " to ", quote(folder))
                named = "" if profile is None else f" for {quote(profile)}"
                tail: Doc = (" with", self.options(options, node.folder_span.end, node.span.end)) if options else ""
                return (head, named, tail)
            case _:
                return self.outside(node)

    def outside(self, node: ast.ExternStmt | ast.ToolStmt | ast.RetrieverStmt | ast.TestStmt) -> Doc:
        """A declaration of what is not the program's own, or of tests."""
        match node:
            case ast.ExternStmt(language, file, name, params, returns, doc):
                place = node.file_span.end
                listed = self.listed("(", self.fields(params), ")", place, returns.span.start)
                head: Doc = (f"extern {language.text} {quote(file)} {name.text}", listed, " -> ", self.type(returns))
                return (head, self.note(doc))
            case ast.ToolStmt(name, params, returns, protocol, target, options, doc):
                listed = self.listed("(", self.fields(params), ")", name.span.end, returns.span.start)
                head = (f"tool {name.text}", listed, " -> ", self.type(returns), f" = {protocol.text} {quote(target)}")
                return (head, self.options(options, node.target_span.end, node.span.end), self.note(doc))
            case ast.RetrieverStmt(name, row, source, options):
                head = (f"retriever {name.text}: ", self.type(row)) if row is not None else f"retriever {name.text}"
                return (head, " = ", self.expr(source), self.options(options, source.span.end, node.span.end))
            case ast.TestStmt(title, options, cases):
                start = node.options_span.end if options else node.title_span.end
                parts: list[Part] = [(one.span, partial(self.case, one)) for one in cases]
                given: Doc = (" with", self.options(options, node.title_span.end, start)) if options else ""
                return (f"test {quote(title)}", given, " ", self.block(parts, start, node.span.end))

    def note(self, doc: str | None) -> Doc:
        """The description at the end of a declaration, if there is one."""
        return () if doc is None else (" ", self.string(doc))

    def case(self, node: ast.CaseDecl) -> Doc:
        """A case of a test."""
        return group(self.expr(node.call), Nest((Line(" "), "=> ", self.expr(node.holds))))

    def options(self, nodes: Sequence[ast.Argument], start: int, end: int) -> Doc:
        """The options of a declaration, if it has any."""
        return (" ", self.listed("{", self.arguments(nodes), "}", start, end)) if nodes else ""

    def import_(self, node: ast.ImportDecl) -> Doc:
        """An import."""
        if not node.names:
            return ("import ", quote(node.path), f" as {node.alias.text}" if node.alias else "")
        parts: list[Part] = [(name.span, partial(renamed, name, other)) for name, other in node.names]
        listed = self.listed("{", parts, "}", node.span.start, node.path_span.start)
        return ("import ", listed, " from ", quote(node.path))

    def module(self, node: ast.ModuleStmt) -> Doc:
        """A module."""
        listed = self.listed("(", self.fields(node.params), ")", node.name.span.end, node.returns.span.start)
        depth = "" if node.depth is None else f"depth {node.depth} "
        head = (f"module {node.name.text}", listed, " -> ", self.type(node.returns), " ", depth)
        parts = [*self.doc(node), *self.statements(node.body)]
        return (head, self.block(parts, node.returns.span.end, node.span.end))

    def signature(self, node: ast.SignatureStmt) -> Doc:
        """A signature in its long form; its fields stay in the order in which they were written."""
        members: list[Part] = [(one.span, partial(self.marked, "in ", one)) for one in node.inputs]
        members += [(one.span, partial(self.marked, "out ", one)) for one in node.outputs]
        members += [(one.span, partial(self.demo, one)) for one in node.demos]
        members += [(one.span, partial(self.prompt, one)) for one in node.prompts]
        members.sort(key=lambda member: member[0].start)
        start, end = node.name.span.end, node.span.end
        base = f"extends {node.base.text} " if node.base else ""
        return (f"signature {node.name.text} {base}", self.block([*self.doc(node), *members], start, end))

    def marked(self, mark: str, node: ast.FieldDecl) -> Doc:
        """A field of a signature."""
        return (mark, self.field(node))

    def doc(self, node: ast.SignatureStmt | ast.ModuleStmt) -> list[Part]:
        """The doc string, if there is one; over several lines if it has several."""
        if node.doc is None:
            return []
        return [(node.doc_span, partial(self.string, node.doc, longest=0))]

    def demo(self, node: ast.DemoDecl) -> Doc:
        """A demonstration."""
        sides = [join((",", Line(" ")), [self.argument(one) for one in side]) for side in (node.inputs, node.outputs)]
        return group("demo {", Nest((Line(" "), sides[0], Line(" "), "=> ", Nest(sides[1]))), Line(" "), "}")

    def prompt(self, node: ast.PromptDecl) -> Doc:
        """The prompt of a signature."""
        if len(node.turns) == 1 and not node.turns[0].role:
            return ("prompt ", self.words(node.turns[0]))
        parts: list[Part] = [(turn.span, partial(self.turn, turn)) for turn in node.turns]
        return ("prompt ", self.block(parts, node.span.start, node.span.end))

    def turn(self, node: ast.PromptTurn) -> Doc:
        """A message of a prompt."""
        return (f"{'fixed ' if node.fixed else ''}{node.role} ", self.words(node))

    def words(self, node: ast.PromptTurn) -> Doc:
        """The text of a message, or the file that it is in."""
        return f"from {quote(node.text)}" if node.file else self.string(node.text, longest=0)

    def clause(self, node: ast.Clause) -> Doc:
        """A clause of an optimize block."""
        match node.keyword:
            case "seed":
                return f"seed {node.value}"
            case "assertions":
                return f"assertions {'on' if node.value else 'off'}"
            case "budget":
                amounts: list[Doc] = [f"{number!r} {unit}" for number, unit in node.value]
                return ("budget ", group(Nest(join((",", Line(" ")), amounts))))
            case "passes":
                return ("passes ", group(Nest(join((",", Line(" ")), [self.pass_call(one) for one in node.value]))))
        return f"{node.keyword} {node.value.text}"

    def pass_call(self, node: ast.PassCall) -> Doc:
        """A pass and its options."""
        if not node.options:
            return node.name.text
        listed = self.listed("(", self.arguments(node.options), ")", node.name.span.end, node.span.end)
        return (node.name.text, listed)

    # Statements

    def block(self, parts: Sequence[Part], start: int, end: int) -> Doc:
        """Statements or clauses between braces, each on lines of its own."""
        opening, entries = self.entries(parts, start, end)
        if not entries:
            return ("{", opening, HARD if opening else "", "}")
        lines: list[Doc] = []
        for index, entry in enumerate(entries):
            lines.append((HARD, HARD if entry.gap and index else "", entry.doc))
        return ("{", opening, Nest(tuple(lines)), HARD, "}")

    def statements(self, nodes: Sequence[ast.Stmt]) -> list[Part]:
        """The statements of a block."""
        return [(node.span, partial(self.statement, node)) for node in nodes]

    def statement(self, node: ast.Stmt) -> Doc:
        """A statement."""
        match node:
            case ast.LetStmt(name, type_, value):
                declared: Doc = "" if type_ is None else (": ", self.type(type_))
                return (f"let {name.text}", declared, " = ", self.expr(value))
            case ast.AssignStmt(name, value):
                return (f"{name.text} = ", self.expr(value))
            case ast.ReturnStmt(value):
                return ("return ", self.expr(value))
            case ast.ForStmt(name, items, bound, body, parallel):
                limit = "" if bound is None else f" up to {bound}"
                head: Doc = (f"{'parallel ' if parallel else ''}for {name.text} in ", self.expr(items), limit, " ")
                return (head, self.block(self.statements(body), items.span.end, node.span.end))
            case ast.WhileStmt(condition, bound, body, body_span):
                limit = "" if bound is None else f" up to {bound}"
                head = "repeat" if condition is None else ("while ", self.expr(condition))
                start = node.span.start if condition is None else condition.span.end
                return (head, limit, " ", self.block(self.statements(body), max(start, body_span.start), node.span.end))
            case ast.BreakStmt():
                return "break"
            case ast.MatchStmt():
                return self.match(node)
            case ast.CheckStmt(hard, condition, message, retries):
                said: Doc = () if message is None else (Line(" "), "else ", self.expr(message))
                again = () if retries is None else (Line(" "), f"retry {retries}")
                word = "assert " if hard else "suggest "
                return group(word, self.expr(condition), Nest((said, again)))
            case ast.IfStmt(condition, then, otherwise, then_span):
                head = ("if ", self.expr(condition), " ")
                found: Doc = (head, self.block(self.statements(then), condition.span.end, then_span.end))
                match otherwise:
                    case None:
                        return found
                    case (ast.IfStmt() as other,):
                        return (found, " else ", self.statement(other))
                return (found, " else ", self.block(self.statements(otherwise), then_span.end, node.span.end))

    def match(self, node: ast.MatchStmt) -> Doc:
        """A choice by type or value."""
        parts: list[Part] = [(case.span, partial(self.match_case, case)) for case in node.cases]
        if node.otherwise is not None:
            body = partial(
                self.block, self.statements(node.otherwise), node.otherwise_span.start, node.otherwise_span.end
            )
            parts.append((node.otherwise_span, lambda: ("else ", body())))
        return ("match ", self.expr(node.value), " ", self.block(parts, node.value.span.end, node.span.end))

    def match_case(self, node: ast.MatchCase) -> Doc:
        """A case and its block."""
        name = f" {node.name.text}" if node.name else ""
        block = self.block(self.statements(node.body), node.body_span.start, node.span.end)
        # Behind a limit these names are its unit.
        apart = name in (" chars", " items") and isinstance(node.type, ast.LimitedType | ast.EitherType)
        type_: Doc = ("(", self.type(node.type), ")") if apart else self.type(node.type)
        return ("case ", type_, name, " ", block)


def renamed(name: ast.Ident, other: ast.Ident | None) -> str:
    """A name that is imported, and the name that it gets."""
    return name.text if other is None else f"{name.text} as {other.text}"


def joined(lines: Sequence[str], gaps: Sequence[bool]) -> str:
    """Lines, a blank one before each that has a gap."""
    return "".join(("\n" if gap else "") + line + "\n" for line, gap in zip(lines, gaps, strict=True))
