"""`if` between two values, in comprehensions, in f-strings and in statements: which of them is which."""

from __future__ import annotations

from typing import SupportsIndex, overload

import pytest

from lmc.diagnostics import Sink
from lmc.source import SourceFile
from lmc.syntax import ast, format_file, parse
from lmc.syntax.ast import ComprehensionExpr, FormatString, Ident, IfStmt, LetStmt, ModuleStmt, Ternary, TryExpr
from lmc.syntax.grammar import table
from lmc.syntax.tokens import Token, mark_values, tokenize


def statements(text: str) -> tuple[ast.Stmt, ...]:
    """The statements of a text without mistakes; the same when they are written anew."""
    sink = Sink()
    file = parse(SourceFile("a.lmp", f"module M() -> str {{\n{text}\n}}"), sink)
    assert sink.diagnostics == ()
    assert parse(SourceFile("a.lmp", format_file(file)), Sink()) == file
    (module,) = file.declarations
    assert isinstance(module, ModuleStmt)
    return module.body


def expr(text: str) -> ast.Expr:
    (statement,) = statements(f"let it = {text}")
    assert isinstance(statement, LetStmt)
    return statement.value


def name(text: str) -> ast.Reference:
    return ast.Reference(Ident(text))


a, b, c, d, e, x, xs = (name(one) for one in ("a", "b", "c", "d", "e", "x", "xs"))
X = Ident("x")
choice = Ternary(b, a, c)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("[x for x in xs if a]", ComprehensionExpr(x, X, xs, a, None)),
        ("[x for x in xs if a up to 3]", ComprehensionExpr(x, X, xs, a, 3)),
        ("[a if b else c for x in xs]", ComprehensionExpr(choice, X, xs, None, None)),
        ("[a if b else c for x in xs if d]", ComprehensionExpr(choice, X, xs, d, None)),
        ("[x for x in a if b else c]", ComprehensionExpr(x, X, choice, None, None)),
        ("[x for x in a if b else c if d]", ComprehensionExpr(x, X, choice, d, None)),
        ("[x for x in xs if a if b else c]", ComprehensionExpr(x, X, xs, choice, None)),
        ("[x for x in (xs if a else b) if c]", ComprehensionExpr(x, X, Ternary(a, xs, b), c, None)),
        (
            "[a if b else c for x in a if b else c if a if b else c up to 2]",
            ComprehensionExpr(choice, X, choice, choice, 2),
        ),
        ("[x for x in xs if try a else b]", ComprehensionExpr(x, X, xs, TryExpr(a, b), None)),
        ("[x for x in try a else b if c]", ComprehensionExpr(x, X, TryExpr(a, b), c, None)),
        (
            "[[x for x in xs if a] for x in xs if b]",
            ComprehensionExpr(ComprehensionExpr(x, X, xs, a, None), X, xs, b, None),
        ),
        (
            "[x for x in [x for x in xs if a] if b]",
            ComprehensionExpr(x, X, ComprehensionExpr(x, X, xs, a, None), b, None),
        ),
        ("[x for x in xs if a] if b else c", Ternary(b, ComprehensionExpr(x, X, xs, a, None), c)),
        ("a if [x for x in xs if b] else c", Ternary(ComprehensionExpr(x, X, xs, b, None), a, c)),
        ("[x for x in xs\n if a\n]", ComprehensionExpr(x, X, xs, a, None)),
        (
            "[x for x in xs if [a][0]]",
            ComprehensionExpr(x, X, xs, ast.Subscript(ast.ListDisplay((a,)), ast.Value(0)), None),
        ),
    ],
)
def test_in_a_comprehension(text: str, tree: ast.Expr) -> None:
    assert expr(text) == tree


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ('f"{[x for x in xs if a]}"', (ComprehensionExpr(x, X, xs, a, None),)),
        ('f"{a if b else c} {[x for x in xs if a]}!"', (choice, " ", ComprehensionExpr(x, X, xs, a, None), "!")),
        ('f"{[f"{a if b else c}" for x in xs if d]}"', (ComprehensionExpr(FormatString((choice,)), X, xs, d, None),)),
        (
            'f"{[x for x in xs if a] if b else [f"{c}" if d else e]}"',
            (
                Ternary(
                    b,
                    ComprehensionExpr(x, X, xs, a, None),
                    ast.ListDisplay((Ternary(d, FormatString((c,)), e),)),
                ),
            ),
        ),
    ],
)
def test_in_an_f_string(text: str, parts: tuple[str | ast.Expr, ...]) -> None:
    assert expr(text) == FormatString(parts)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("let it = a if try b else c { }", (LetStmt, IfStmt)),
        ("let it = try a else b if c { }", (LetStmt, IfStmt)),
        ("let it = try a if b else c else d", (LetStmt,)),
        ("let it = a if b if c else d { }", (LetStmt, IfStmt)),
        ("for x in xs { } let it = a if b else c", (ast.ForStmt, LetStmt)),
        ("for x in xs { } let it = a if b { }", (ast.ForStmt, LetStmt, IfStmt)),
        ("for x in a if b else c { }", (ast.ForStmt,)),
        ("while a if b else c { }", (ast.WhileStmt,)),
        ("match a if b else c { case str { } }", (ast.MatchStmt,)),
        ("assert a if b else c else d", (ast.CheckStmt,)),
        ("assert a else b if c { }", (ast.CheckStmt, IfStmt)),
        ("let it = a if predict S(b) using [t] with { n: 1 } else c", (LetStmt,)),
        ("let it = a if predict S(b) using [t] { }", (LetStmt, IfStmt)),
        ("let it = a if tune { b } else c", (LetStmt,)),
        ("let it = tune { a if b else c, [x for x in xs if d] }", (LetStmt,)),
        ("let it = [x for x in xs if a] if b { }", (LetStmt, IfStmt)),
        ("let it = vote 3 predict S(a if b else c) if d { }", (LetStmt, IfStmt)),
    ],
)
def test_among_statements(text: str, kinds: tuple[type, ...]) -> None:
    assert tuple(type(one) for one in statements(text)) == kinds


class Counting(list[Token]):
    """Tokens that count how often one of them is looked at."""

    looks = 0

    @overload
    def __getitem__(self, index: SupportsIndex) -> Token: ...
    @overload
    def __getitem__(self, index: slice) -> list[Token]: ...
    def __getitem__(self, index: SupportsIndex | slice) -> Token | list[Token]:
        self.looks += 1
        return super().__getitem__(index)


LONG = {
    "choices": ("a if b else ", "c"),
    "filters": ("[x for x in xs if a] + ", "b"),
    "ifs": ("a if b ", "c"),
    "ifs in parentheses": ("a if (", "b"),
    "ifs in lists with filters": ("[x for x in xs if ", "b"),
    "ifs in f-strings": ('f"{a if b}" if ', "c"),
    "ifs and tries": ("a if try b ", "c"),
    "values after an if": ("a if b c d e f ", "c"),
}


@pytest.mark.parametrize("case", LONG)
def test_telling_them_apart_takes_linear_time(case: str) -> None:
    def looks(times: int) -> int:
        piece, last = LONG[case]
        text = piece * times + last
        found = tokenize(SourceFile("a.lmp", text), table()).tokens
        tokens = Counting(one._replace(terminal="IF") if one.text == "if" else one for one in found)
        mark_values(tokens, text)
        return tokens.looks

    assert 0 < looks(1000) < 2.3 * looks(500)
