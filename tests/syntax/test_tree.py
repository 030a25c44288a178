"""From text to tree: what each form of the language is read as."""

from __future__ import annotations

import pytest

from lmc.diagnostics import Sink
from lmc.source import SourceFile
from lmc.syntax import KEYWORDS, ast, parse
from lmc.syntax.ast import (
    Argument,
    AssignStmt,
    Attribute,
    CallExpr,
    Clause,
    ConstType,
    DataStmt,
    DemoDecl,
    EitherType,
    EmitStmt,
    EnumBody,
    FieldDecl,
    FormatString,
    ForStmt,
    Ident,
    IfStmt,
    ImportDecl,
    LetStmt,
    ListDisplay,
    ListOfType,
    LMStmt,
    MetricStmt,
    ModuleStmt,
    NameType,
    Operator,
    OptimizeStmt,
    OptionalType,
    PassCall,
    RecordBody,
    RecordDisplay,
    Reference,
    ReturnStmt,
    ShortSignature,
    SignatureStmt,
    StrategyExpr,
    Subscript,
    Ternary,
    TypeStmt,
    Value,
)
from lmc.syntax.tokens import RESERVED

STR, INT = NameType(Ident("str")), NameType(Ident("int"))


def read(text: str) -> ast.File:
    """The tree of a text without mistakes."""
    sink = Sink()
    file = parse(SourceFile("a.lmp", text), sink)
    assert sink.diagnostics == ()
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


def argument(key: str, value: object) -> Argument:
    return Argument(Ident(key), Value(value))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ('import "lib.lmp" as lib', ImportDecl("lib.lmp", alias=Ident("lib"))),
        (
            'import { A, B as C, } from "t.lmp"',
            ImportDecl("t.lmp", ((Ident("A"), None), (Ident("B"), Ident("C")))),
        ),
        ('lm small = "local/tiny"', LMStmt(Ident("small"), "local/tiny")),
        ('lm small = "local/tiny" { seed: 1 }', LMStmt(Ident("small"), "local/tiny", (argument("seed", 1),))),
        ("type A = lib.B", TypeStmt(Ident("A"), NameType(Ident("lib.B")))),
        ('data d = "d.jsonl"', DataStmt(Ident("d"), None, Value("d.jsonl"))),
        (
            'data d: Row = { train: "d.jsonl" } { seed: 1 }',
            DataStmt(
                Ident("d"),
                NameType(Ident("Row")),
                RecordDisplay((argument("train", "d.jsonl"),)),
                (argument("seed", 1),),
            ),
        ),
        (
            'signature S { "Doc." in a: str "text" out b: int as "B" demo { a: "x" => b: 1, } }',
            SignatureStmt(
                Ident("S"),
                "Doc.",
                (FieldDecl(Ident("a"), STR, "text"),),
                (FieldDecl(Ident("b"), INT, None, "B"),),
                (DemoDecl((argument("a", "x"),), (argument("b", 1),)),),
            ),
        ),
        (
            "signature S = a, b: int -> c",
            SignatureStmt(
                Ident("S"),
                short=ShortSignature(
                    (FieldDecl(Ident("a"), None), FieldDecl(Ident("b"), INT)), (FieldDecl(Ident("c"), None),)
                ),
            ),
        ),
        (
            'module M(a: str) -> int { "Doc." return 1 }',
            ModuleStmt(Ident("M"), (FieldDecl(Ident("a"), STR),), INT, (ReturnStmt(Value(1)),), "Doc."),
        ),
        ("metric m(want, got) = 1", MetricStmt(Ident("m"), (Ident("want"), Ident("got")), Value(1))),
        (
            "optimize lib.M { data d metric m lm s teacher t budget 6 calls, 1.5 dollars seed 3 passes a(k: 8), b }",
            OptimizeStmt(
                Ident("lib.M"),
                (
                    Clause("data", Ident("d")),
                    Clause("metric", Ident("m")),
                    Clause("lm", Ident("s")),
                    Clause("teacher", Ident("t")),
                    Clause("budget", ((6, "calls"), (1.5, "dollars"))),
                    Clause("seed", 3),
                    Clause("passes", (PassCall(Ident("a"), (argument("k", 8),)), PassCall(Ident("b")))),
                ),
            ),
        ),
        ('emit prompts, python to "out"', EmitStmt((Ident("prompts"), Ident("python")), "out")),
    ],
)
def test_declarations(text: str, tree: ast.Declaration) -> None:
    assert declaration(text) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("str?", OptionalType(STR)),
        ("str | int?", EitherType((STR, OptionalType(INT)))),
        ("(str | int)?", OptionalType(EitherType((STR, INT)))),
        ("list[list[str]]", ListOfType(ListOfType(STR))),
        ('"a" | -1 | true', EitherType((ConstType("a"), ConstType(-1), ConstType(True)))),
        (
            'enum { low "none", high, "very high" "now", }',
            EnumBody((("low", "none"), ("high", ""), ("very high", "now"))),
        ),
        ("{ a: str, }", RecordBody((FieldDecl(Ident("a"), STR),))),
        ("{}", RecordBody(())),
        ("null", NameType(Ident("null"))),
    ],
)
def test_types(text: str, tree: ast.TypeExpr) -> None:
    assert type_(text) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a or b and not c", Operator("or", (name("a"), Operator("and", (name("b"), Operator("not", (name("c"),))))))),
        ("not a in b", Operator("not", (Operator("in", (name("a"), name("b"))),))),
        ("a not in b", Operator("not in", (name("a"), name("b")))),
        ("1 + 2 * 3", Operator("+", (Value(1), Operator("*", (Value(2), Value(3)))))),
        ("1 - 2 - 3", Operator("-", (Operator("-", (Value(1), Value(2))), Value(3)))),
        ("-a.b", Operator("-", (Attribute(name("a"), Ident("b")),))),
        ("a // b % c", Operator("%", (Operator("//", (name("a"), name("b"))), name("c")))),
        ("(a < b) == c", Operator("==", (Operator("<", (name("a"), name("b"))), name("c")))),
        ("a if b else c if d else e", Ternary(name("b"), name("a"), Ternary(name("d"), name("c"), name("e")))),
        ("a[0].b", Attribute(Subscript(name("a"), Value(0)), Ident("b"))),
        ("lib.f(a, b: 1)", CallExpr(Ident("lib.f"), (Argument(None, name("a")), argument("b", 1)))),
        ("[1, 2,]", ListDisplay((Value(1), Value(2)))),
        ("{ a: 1 }.a", Attribute(RecordDisplay((argument("a", 1),)), Ident("a"))),
        ("1.5e3", Value(1500.0)),
        ("null", Value(None)),
        ("true", Value(True)),
        (
            "predict S(a) as s with { lm: m }",
            StrategyExpr(
                "predict", Ident("S"), (Argument(None, name("a")),), Ident("s"), (Argument(Ident("lm"), name("m")),)
            ),
        ),
        (
            "chain_of_thought (q -> a)(q)",
            StrategyExpr(
                "chain_of_thought",
                ShortSignature((FieldDecl(Ident("q"), None),), (FieldDecl(Ident("a"), None),)),
                (Argument(None, name("q")),),
            ),
        ),
    ],
)
def test_expressions(text: str, tree: ast.Expr) -> None:
    assert expr(text) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("let a = 1 a = 2", (LetStmt(Ident("a"), None, Value(1)), AssignStmt(Ident("a"), Value(2)))),
        ("let a: str = b", (LetStmt(Ident("a"), STR, name("b")),)),
        ("if a { } else { }", (IfStmt(name("a"), (), ()),)),
        (
            "if a { } else if b { return c }",
            (IfStmt(name("a"), (), (IfStmt(name("b"), (ReturnStmt(name("c")),), None),)),),
        ),
        ("for x in xs up to 5 { }", (ForStmt(Ident("x"), name("xs"), 5, ()),)),
        ("for x in xs { }", (ForStmt(Ident("x"), name("xs"), None, ()),)),
    ],
)
def test_statements(text: str, tree: tuple[ast.Stmt, ...]) -> None:
    assert statements(text) == tree


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"a\n\t\r\"\\\u{1f600}"', 'a\n\t\r"\\\U0001f600'),
        ('"""one"""', "one"),
        ('"""\n    one\n      two\n\n    three\n    """', "one\n  two\n\nthree"),
        ('"""\r\n    one\r\n    two\r\n    """', "one\ntwo"),
        ('"""\n  \\u{20} one\n  """', "  one"),
        ('"""\n  a "quoted" ""word""\n  """', 'a "quoted" ""word""'),
        ('"""\n\n\n"""', "\n"),
        ('""', ""),
        ('""""""', ""),
        ('"tab\tand \0"', "tab\tand \0"),
    ],
)
def test_strings(text: str, value: str) -> None:
    assert expr(text) == Value(value)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ('f"a {b} c"', ("a ", name("b"), " c")),
        ('f"{{{a}}}"', ("{", name("a"), "}")),
        ('f"{a}{b}"', (name("a"), name("b"))),
        ('f""', ()),
        (
            'f"{f("}", { a: "{" })}"',
            (CallExpr(Ident("f"), (Argument(None, Value("}")), Argument(None, RecordDisplay((argument("a", "{"),))))),),
        ),
        ('f"{f"{a}!"}"', (FormatString((name("a"), "!")),)),
        ('f"""\n  a {b}\n    {c}\n  """', ("a ", name("b"), "\n  ", name("c"))),
        (r'f"\u{41}{{a}}"', ("A{a}",)),
    ],
)
def test_f_strings(text: str, parts: tuple[str | ast.Expr, ...]) -> None:
    assert expr(text) == FormatString(parts)


def test_spans_in_the_holes_of_an_f_string_are_exact() -> None:
    text = 'module M(a: str) -> str { return f"one {a} two {a.b[0]} three" }'
    (module,) = read(text).declarations
    assert isinstance(module, ModuleStmt)
    (statement,) = module.body
    assert isinstance(statement, ReturnStmt)
    assert isinstance(statement.value, FormatString)
    spans = [part.span for part in statement.value.parts if not isinstance(part, str)]
    assert [text[span.start : span.end] for span in spans] == ["a", "a.b[0]"]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("let a = b if c { return d }", 2),
        ("let a = b if c else d", 1),
        ("let a = b\nif c if d else e { }", 2),
        ("let a = b\nif c else d", 1),
        ("let a = b if { x: 1 }.x else d", 1),
        ("let a = b if predict S(a) with { lm: m } { }", 2),
        ("let a = (b if c else d) if e { }", 2),
        ("if a { } if b { } else { }", 2),
    ],
)
def test_an_if_between_values_is_told_from_a_statement_without_newlines(text: str, count: int) -> None:
    assert len(statements(text)) == count


@pytest.mark.parametrize("word", sorted({*KEYWORDS} - {*RESERVED, "enum", "list", "map"}))
def test_other_keywords_are_names_where_names_are_expected(word: str) -> None:
    w = word
    read(f"signature S {{ in {w}: str out {w}s: str demo {{ {w}: 1 => {w}s: 2 }} }}")
    read(f"module M({w}: str) -> {w} {{ let {w} = {w} {w} = f({w}: {w}) return {w}.{w} }}")
    read(f"module M() -> str {{ let a = predict S(a) {w} = a return {{ {w}: {w} }} }}")
    read(f"module M() -> str {{ for {w} in {w} {{ }} match {w} {{ case {w} {w} {{ }} }} assert {w} else {w} }}")
    read(f"module M() -> str {{ return [{w}.{w} for {w} in {w}.{w} if {w} up to 3] }}")
    read(f"module M() -> str {{ return best_of 3 by {w} above 1 react {w}({w}) as {w} using [{w}] with {{ {w}: 1 }} }}")
    read(f"module M() -> str {{ return try retrieve {w}({w}) else tune {{ {w}, {w} }} at {w} }}")
    read(f'extern {w} "x" {w}({w}: {w}) -> {w} tool {w}({w}: {w}) -> {w} = {w} "x" retriever {w}: {w} = {w}')
    read(f'test "x" {{ {w}({w}) => {w} {w}.{w}() => {w} }} emit {w} to "x" with {{ {w}: 1 }}')
    read(f"type {w} = {w} up to 3 chars | {w} matching /x/ | map[{w}, {w} 1..]")
    read(f"metric {w}({w}) = got.{w}")
    read(f'lm {w} = "a/b" {{ {w}: 1 }} data {w}: {w} = "d"')
    read(f"optimize {w} {{ data {w} metric {w} lm {w} teacher {w} passes {w}({w}: 1), {w} seed 1 }}")


def test_a_byte_order_mark_line_ends_and_tabs_mean_nothing() -> None:
    plain = "type A = str\nmodule M(a: A) -> A {\n  return a  # done\n}\n"
    odd = "\ufeff" + plain.replace("\n", "\r\n").replace("  ", "\t")
    assert read(odd) == read(plain)
    assert read(odd).comments == (ast.Comment("# done"),)


def test_comments_are_kept_beside_the_tree() -> None:
    file = read("# one\ntype A = str # two\n\n# three")
    assert [(one.text, one.own_line) for one in file.comments] == [("# one", True), ("# two", False), ("# three", True)]


def test_an_empty_file_has_no_declarations() -> None:
    assert read("") == ast.File(())
    assert read(" # only a comment") == ast.File((), (ast.Comment("# only a comment"),))
