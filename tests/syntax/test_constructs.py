"""The forms of calls, of control flow, of limits and of what is outside the program: the tree of each."""

from __future__ import annotations

import pytest

from lmc.diagnostics import Sink
from lmc.source import SourceFile
from lmc.syntax import ast, format_file, parse
from lmc.syntax.ast import (
    Argument,
    BreakStmt,
    CallExpr,
    CaseDecl,
    CheckStmt,
    Clause,
    ConstType,
    EitherType,
    EmitStmt,
    EnsembleExpr,
    ExternStmt,
    FieldDecl,
    ForStmt,
    Ident,
    LetStmt,
    LimitedType,
    ListOfType,
    MapOfType,
    MatchCase,
    MatchStmt,
    ModuleStmt,
    NameType,
    Operator,
    OptimizeStmt,
    OptionalType,
    PromptDecl,
    PromptTurn,
    RecordBody,
    RecordDisplay,
    Reference,
    RetrieveExpr,
    RetrieverStmt,
    ReturnStmt,
    SampledExpr,
    ShortSignature,
    SignatureStmt,
    StrategyExpr,
    ToolStmt,
    TryExpr,
    TuneChoices,
    TuneRange,
    TypeStmt,
    Value,
    WhileStmt,
)

STR, INT = NameType(Ident("str")), NameType(Ident("int"))
QUESTION = (FieldDecl(Ident("q"), STR),)


def read(text: str) -> ast.File:
    """The tree of a text without mistakes; it is the same when it is written anew."""
    sink = Sink()
    file = parse(SourceFile("a.lmp", text), sink)
    assert sink.diagnostics == ()
    assert parse(SourceFile("a.lmp", format_file(file)), Sink()) == file
    return file


def declaration(text: str) -> ast.Declaration:
    (node,) = read(text).declarations
    return node


def statements(text: str) -> tuple[ast.Stmt, ...]:
    node = declaration(f"module M() -> str {{ {text} }}")
    assert isinstance(node, ModuleStmt)
    return node.body


def expr(text: str) -> ast.Expr:
    (node,) = statements(f"return {text}")
    assert isinstance(node, ReturnStmt)
    return node.value


def type_(text: str) -> ast.TypeExpr:
    node = declaration(f"type A = {text}")
    assert isinstance(node, TypeStmt)
    return node.type


def name(text: str) -> Reference:
    return Reference(Ident(text))


def given(value: ast.Expr) -> Argument:
    return Argument(None, value)


def argument(key: str, value: object) -> Argument:
    return Argument(Ident(key), Value(value))  # type: ignore[arg-type]


S = StrategyExpr("predict", Ident("S"), (given(name("q")),))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("int 1..5", LimitedType(INT, 1, 5)),
        ("int 1..", LimitedType(INT, 1)),
        ("int -5..-1", LimitedType(INT, -5, -1)),
        ("float 0.0..1e3", LimitedType(NameType(Ident("float")), 0.0, 1000.0)),
        ("str up to 200 chars", LimitedType(STR, None, 200, "chars")),
        ("list[str] up to 5 items", LimitedType(ListOfType(STR), None, 5, "items")),
        ("list[str up to 5]", ListOfType(LimitedType(STR, None, 5))),
        (r"str matching /[a-z]{2}\/\d+/", LimitedType(STR, pattern=r"[a-z]{2}/\d+")),
        ('str matching /a b # " { /', LimitedType(STR, pattern='a b # " { ')),
        ("str up to 9 chars matching /x+/", LimitedType(STR, None, 9, "chars", "x+")),
        ("str matching /a/ | null", EitherType((LimitedType(STR, pattern="a"), NameType(Ident("null"))))),
        ("(str up to 5)?", OptionalType(LimitedType(STR, None, 5))),
        ("(str?) up to 5", LimitedType(OptionalType(STR), None, 5)),
        ("map[str, int 0..]", MapOfType(STR, LimitedType(INT, 0))),
        ("map", NameType(Ident("map"))),
        ("{ a: str up to 5 }", RecordBody((FieldDecl(Ident("a"), LimitedType(STR, None, 5)),))),
    ],
)
def test_types(text: str, tree: ast.TypeExpr) -> None:
    assert type_(text) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("vote 5 predict S(q)", SampledExpr("vote", 5, None, None, S)),
        ("best_of 3 by lib.m predict S(q)", SampledExpr("best_of", 3, Ident("lib.m"), None, S)),
        ("refine 3 by m above 1 predict S(q)", SampledExpr("refine", 3, Ident("m"), 1.0, S)),
        ("compare tune 2..4 at 3 predict S(q)", SampledExpr("compare", TuneRange(2, 4, 3), None, None, S)),
        (
            "vote 3 chain_of_thought S(q) as s with { n: 1 }",
            SampledExpr(
                "vote",
                3,
                None,
                None,
                StrategyExpr("chain_of_thought", Ident("S"), (given(name("q")),), Ident("s"), (argument("n", 1),)),
            ),
        ),
        ("program_of_thought S(q)", StrategyExpr("program_of_thought", Ident("S"), (given(name("q")),))),
        (
            "react S(q) using [lib.t, u]",
            StrategyExpr("react", Ident("S"), (given(name("q")),), tools=(Ident("lib.t"), Ident("u"))),
        ),
        (
            "tune { predict, chain_of_thought } (q -> a: int 1..5)(q)",
            StrategyExpr(
                "predict|chain_of_thought",
                ShortSignature((FieldDecl(Ident("q"), None),), (FieldDecl(Ident("a"), LimitedType(INT, 1, 5)),)),
                (given(name("q")),),
            ),
        ),
        ("ensemble [a, b,]", EnsembleExpr(None, (name("a"), name("b")))),
        ("ensemble by m [a]", EnsembleExpr(Ident("m"), (name("a"),))),
        (
            "retrieve lib.docs(q, k: tune 1..8)",
            RetrieveExpr(Ident("lib.docs"), (given(name("q")), Argument(Ident("k"), TuneRange(1, 8)))),
        ),
        ("try a else b", TryExpr(name("a"), name("b"))),
        ("try a else try b else c", TryExpr(name("a"), TryExpr(name("b"), name("c")))),
        ("try a + 1 else b", TryExpr(Operator("+", (name("a"), Value(1))), name("b"))),
        ("(try a else b) + 1", Operator("+", (TryExpr(name("a"), name("b")), Value(1)))),
        ("tune 1..8", TuneRange(1, 8)),
        ("tune -1.5..0 at -1", TuneRange(-1.5, 0, -1)),
        ("tune 1..8 - 1", Operator("-", (TuneRange(1, 8), Value(1)))),
        ("tune { small, big } at big", TuneChoices((name("small"), name("big")), name("big"))),
        ('tune { "a", null } at "a"', TuneChoices((Value("a"), Value(None)), Value("a"))),
        ("tune { predict S(q), a }", TuneChoices((S, name("a")))),
        (
            "[x.a for x in xs if x up to 3]",
            ast.ComprehensionExpr(ast.Attribute(name("x"), Ident("a")), Ident("x"), name("xs"), name("x"), 3),
        ),
        ("[predict S(q) for q in qs]", ast.ComprehensionExpr(S, Ident("q"), name("qs"), None, None)),
        ("matching / b / c", Operator("/", (Operator("/", (name("matching"), name("b"))), name("c")))),
    ],
)
def test_expressions(text: str, tree: ast.Expr) -> None:
    assert expr(text) == tree


A_CASE = ReturnStmt(name("a"))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("while a { break }", WhileStmt(name("a"), None, (BreakStmt(),))),
        ("while a up to 4 { }", WhileStmt(name("a"), 4, ())),
        ("repeat up to 3 { n = 1 }", WhileStmt(None, 3, (ast.AssignStmt(Ident("n"), Value(1)),))),
        ("parallel for x in xs up to 3 { }", ForStmt(Ident("x"), name("xs"), 3, (), True)),
        (
            'match a { case "A" | 1 { return a } case str s { } else { return a } }',
            MatchStmt(
                name("a"),
                (
                    MatchCase(EitherType((ConstType("A"), ConstType(1))), None, (A_CASE,)),
                    MatchCase(STR, Ident("s"), ()),
                ),
                (A_CASE,),
            ),
        ),
        ("match a { }", MatchStmt(name("a"), (), None)),
        (
            "match a { case { b: str } r { } }",
            MatchStmt(name("a"), (MatchCase(RecordBody((FieldDecl(Ident("b"), STR),)), Ident("r"), ()),), None),
        ),
        ("assert a", CheckStmt(True, name("a"), None, None)),
        ('suggest a else "m" retry 2', CheckStmt(False, name("a"), Value("m"), 2)),
        ("assert a retry 2", CheckStmt(True, name("a"), None, 2)),
        ("assert try a else b else c", CheckStmt(True, TryExpr(name("a"), name("b")), name("c"), None)),
    ],
)
def test_statements(text: str, tree: ast.Stmt) -> None:
    assert statements(text) == (tree,)


@pytest.mark.parametrize("word", ["up", "matching", "chars", "items", "retry", "case"])
def test_what_a_case_binds_may_have_any_name(word: str) -> None:
    (node,) = statements(f"match a {{ case (str up to 5) {word} {{ }} }}")
    assert node == MatchStmt(name("a"), (MatchCase(LimitedType(STR, None, 5), Ident(word), ()),), None)


def test_a_name_that_a_word_of_the_next_statement_also_is() -> None:
    first, second = statements("assert a retry = 2")
    assert (first, second) == (CheckStmt(True, name("a"), None, None), ast.AssignStmt(Ident("retry"), Value(2)))
    first, second = statements("let a = tune 1..3 at = 4")
    assert (first, second) == (LetStmt(Ident("a"), None, TuneRange(1, 3)), ast.AssignStmt(Ident("at"), Value(4)))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        (
            'extern python "t.py" f(q: str) -> str "Computes."',
            ExternStmt(Ident("python"), "t.py", Ident("f"), QUESTION, STR, "Computes."),
        ),
        (
            'tool t(q: str) -> str = http "GET https://x/{q}" { timeout: 5 } "Looks."',
            ToolStmt(
                Ident("t"), QUESTION, STR, Ident("http"), "GET https://x/{q}", (argument("timeout", 5),), "Looks."
            ),
        ),
        ('tool t() -> str = mcp "s"', ToolStmt(Ident("t"), (), STR, Ident("mcp"), "s")),
        (
            'retriever docs: Row = "c.jsonl" { k: 3 }',
            RetrieverStmt(Ident("docs"), NameType(Ident("Row")), Value("c.jsonl"), (argument("k", 3),)),
        ),
        ("retriever docs = find", RetrieverStmt(Ident("docs"), None, name("find"))),
        (
            'test "t" with { replies: ["a"] } { lib.M("q") => a == 1 predict S(q) => b }',
            ast.TestStmt(
                "t",
                (Argument(Ident("replies"), ast.ListDisplay((Value("a"),))),),
                (
                    CaseDecl(CallExpr(Ident("lib.M"), (given(Value("q")),)), Operator("==", (name("a"), Value(1)))),
                    CaseDecl(S, name("b")),
                ),
            ),
        ),
        ('test "t" { }', ast.TestStmt("t", (), ())),
        (
            "signature S extends lib.T { in q: str }",
            SignatureStmt(Ident("S"), inputs=QUESTION, base=Ident("lib.T")),
        ),
        (
            'signature S { prompt "Say {{ q }}" }',
            SignatureStmt(Ident("S"), prompts=(PromptDecl((PromptTurn("", "Say {{ q }}"),)),)),
        ),
        (
            'signature S { prompt from "p.txt" }',
            SignatureStmt(Ident("S"), prompts=(PromptDecl((PromptTurn("", "p.txt", file=True),)),)),
        ),
        (
            'signature S { prompt { fixed system "a" user from "u.txt" assistant "b" } }',
            SignatureStmt(
                Ident("S"),
                prompts=(
                    PromptDecl(
                        (
                            PromptTurn("system", "a", fixed=True),
                            PromptTurn("user", "u.txt", file=True),
                            PromptTurn("assistant", "b"),
                        )
                    ),
                ),
            ),
        ),
        ("module M(q: str) -> str depth 3 { }", ModuleStmt(Ident("M"), QUESTION, STR, (), depth=3)),
        (
            'optimize M for "gpt" { assertions off }',
            OptimizeStmt(Ident("M"), (Clause("assertions", False),), "gpt"),
        ),
        (
            'emit python to "out" for "gpt" with { self_contained: true }',
            EmitStmt((Ident("python"),), "out", "gpt", (argument("self_contained", True),)),
        ),
        (
            'data d = { train: "d" }',
            ast.DataStmt(Ident("d"), None, RecordDisplay((argument("train", "d"),))),
        ),
    ],
)
def test_declarations(text: str, tree: ast.Declaration) -> None:
    assert declaration(text) == tree


def test_the_places_within_a_prompt_and_a_pattern_are_exact() -> None:
    text = 'signature S { prompt { user "Say {{ q }}" } }\ntype A = str matching /a+/'
    signature, alias = read(text).declarations
    assert isinstance(signature, SignatureStmt)
    assert isinstance(alias, TypeStmt)
    assert isinstance(alias.type, LimitedType)
    (turn,) = signature.prompts[0].turns
    assert text[turn.text_span.start : turn.text_span.end] == turn.literal == '"Say {{ q }}"'
    assert text[alias.type.pattern_span.start : alias.type.pattern_span.end] == "/a+/"
