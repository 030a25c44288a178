"""Laws of the surface language, on generated trees and texts."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from lmc.diagnostics import Sink
from lmc.source import SourceFile
from lmc.syntax import KEYWORDS, ast, format_file, parse
from lmc.syntax.grammar import table
from lmc.syntax.tokens import DECLARATIONS, RESERVED, tokenize

SOFT = tuple(sorted({*KEYWORDS} - {*RESERVED}))

law = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))


# Trees

words = st.one_of(
    st.sampled_from(SOFT), st.sampled_from(["a", "b", "x1", "_", "Route"]), st.from_regex(r"[A-Za-z_]\w{0,6}")
)
names = words.map(str.strip).filter(lambda word: word.isascii() and word.isidentifier() and word not in RESERVED)
idents = st.builds(ast.Ident, names)
dotted = st.builds(ast.Ident, st.lists(names, min_size=1, max_size=2).map(".".join))
texts = st.one_of(
    st.text(max_size=12),
    st.text(alphabet=' \n\t"\\{}#fu\r', max_size=12),
    st.lists(st.sampled_from(["a line", "  indented", "", '"""', "a\\", "{", "ends in a space "]), max_size=9).map(
        "\n".join
    ),
)
described = st.none() | texts


def several(items: st.SearchStrategy[object], least: int = 0, most: int = 3) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(items, min_size=least, max_size=most).map(tuple)


def type_names() -> st.SearchStrategy[ast.NameType]:
    return st.builds(ast.NameType, dotted.filter(lambda one: one.text.partition(".")[0] not in ("enum", "list")))


def fields(types: st.SearchStrategy[ast.TypeExpr]) -> st.SearchStrategy[ast.FieldDecl]:
    return st.builds(ast.FieldDecl, idents, types, described, described)


def enum_values() -> st.SearchStrategy[tuple[tuple[str, str], ...]]:
    return several(st.tuples(names | texts, texts), 1)


types = st.recursive(
    st.one_of(
        type_names(),
        st.builds(ast.ConstType, texts | st.integers(-9, 99) | st.booleans()),
        st.builds(ast.EnumBody, enum_values()),
    ),
    lambda inner: st.one_of(
        st.builds(ast.ListOfType, inner),
        st.builds(ast.OptionalType, inner),
        st.builds(ast.EitherType, several(inner, 2)),
        st.builds(ast.RecordBody, several(fields(inner))),
    ),
    max_leaves=5,
)

BINARY = ("or", "and", "in", "not in", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "//", "%")
numbers = st.integers(0, 10**20) | st.floats(0, allow_nan=False, allow_infinity=False).map(abs)
leaves = st.builds(ast.Reference, idents) | st.builds(ast.Value, texts | numbers | st.booleans() | st.none())


def mixed(parts: list[str | ast.Expr]) -> tuple[str | ast.Expr, ...]:
    """The parts of an f-string as they are read: texts that meet are one, and none is empty."""
    found: list[str | ast.Expr] = []
    for part in parts:
        if isinstance(part, str) and found and isinstance(found[-1], str):
            found[-1] += part
        elif part != "":
            found.append(part)
    return tuple(found)


def bindings(values: st.SearchStrategy[ast.Expr]) -> st.SearchStrategy[ast.Argument]:
    return st.builds(ast.Argument, idents, values)


def short(types: st.SearchStrategy[ast.TypeExpr]) -> st.SearchStrategy[ast.ShortSignature]:
    fields = several(st.builds(ast.FieldDecl, idents, st.none() | types), 1)
    return st.builds(ast.ShortSignature, fields, fields)


def compound(inner: st.SearchStrategy[ast.Expr]) -> st.SearchStrategy[ast.Expr]:
    arguments = several(st.builds(ast.Argument, st.none() | idents, inner))
    return st.one_of(
        st.builds(ast.Attribute, inner, idents),
        st.builds(ast.Subscript, inner, inner),
        st.builds(ast.Operator, st.sampled_from(["not", "-"]), st.tuples(inner)),
        st.builds(ast.Operator, st.sampled_from(BINARY), st.tuples(inner, inner)),
        st.builds(ast.Ternary, inner, inner, inner),
        st.builds(ast.ListDisplay, several(inner)),
        st.builds(ast.RecordDisplay, several(bindings(inner))),
        st.builds(ast.FormatString, st.lists(texts | inner, max_size=4).map(mixed)),
        st.builds(ast.CallExpr, dotted, arguments),
        st.builds(
            ast.StrategyExpr,
            st.sampled_from(["predict", "chain_of_thought"]),
            dotted | short(types),
            arguments,
            st.none() | idents,
            several(bindings(inner)),
        ),
    )


exprs = st.recursive(leaves, compound, max_leaves=8)


def blocks(inner: st.SearchStrategy[ast.Stmt]) -> st.SearchStrategy[ast.Stmt]:
    body = several(inner)
    return st.one_of(
        st.builds(ast.IfStmt, exprs, body, st.none() | body),
        st.builds(ast.ForStmt, idents, exprs, st.none() | st.integers(0, 99), body),
    )


statements = st.recursive(
    st.one_of(
        st.builds(ast.LetStmt, idents, st.none() | types, exprs),
        st.builds(ast.AssignStmt, idents, exprs),
        st.builds(ast.ReturnStmt, exprs),
    ),
    blocks,
    max_leaves=5,
)
clauses = st.one_of(
    st.builds(ast.Clause, st.sampled_from(["data", "metric", "lm", "teacher"]), dotted),
    st.builds(ast.Clause, st.just("seed"), st.integers(0, 99)),
    st.builds(
        ast.Clause, st.just("budget"), several(st.tuples(numbers, st.sampled_from(["calls", "tokens", "dollars"])), 1)
    ),
    st.builds(ast.Clause, st.just("passes"), several(st.builds(ast.PassCall, idents, several(bindings(exprs))), 1)),
)
options = several(bindings(exprs))
demos = st.builds(ast.DemoDecl, several(bindings(exprs), 1), several(bindings(exprs), 1))
sources = st.builds(ast.Value, texts) | st.builds(ast.RecordDisplay, options)
imported = several(st.tuples(idents, st.none() | idents), 1)
declarations = st.one_of(
    st.builds(ast.ImportDecl, texts, imported) | st.builds(ast.ImportDecl, texts, alias=idents),
    st.builds(ast.LMStmt, idents, texts, options),
    st.builds(ast.TypeStmt, idents, types),
    st.builds(ast.DataStmt, idents, st.none() | types, sources, options),
    st.builds(
        ast.SignatureStmt, idents, described, several(fields(types)), several(fields(types)), several(demos, 0, 1)
    ),
    st.builds(ast.SignatureStmt, idents, short=short(types)),
    st.builds(ast.ModuleStmt, idents, several(fields(types)), types, several(statements), described),
    st.builds(ast.MetricStmt, idents, several(idents, 1), exprs),
    st.builds(ast.OptimizeStmt, dotted, several(clauses)),
    st.builds(ast.EmitStmt, several(idents, 1), texts),
)
files = st.builds(ast.File, several(declarations))


def read(text: str) -> ast.File:
    sink = Sink()
    file = parse(SourceFile("a.lmp", text), sink)
    assert sink.diagnostics == (), text
    return file


@law
@given(files)
def test_what_is_printed_is_read_as_it_was(file: ast.File) -> None:
    assert read(format_file(file)) == file


@law
@given(files)
def test_what_is_printed_is_printed_the_same(file: ast.File) -> None:
    text = format_file(file)
    assert format_file(read(text)) == text


@law
@given(files)
def test_no_line_ends_in_a_blank(file: ast.File) -> None:
    lines = format_file(file).split("\n")
    assert not any(line.endswith((" ", "\t", "\r")) for line in lines)


COMMENTS = ("# one\n", "\n# two\n", "\n\n# three\n", "\n# four\n\n", "# five\n\n")


@law
@given(files, st.data())
def test_comments_survive_anywhere(file: ast.File, data: st.DataObject) -> None:
    text = format_file(file)
    tokens = tokenize(SourceFile("a.lmp", text), table()).tokens
    assume(tokens)
    places = []
    strings = 0
    for token in tokens:
        strings += (token.terminal == "FSTRING_OPEN") - (token.terminal == "FSTRING_CLOSE")
        if not strings and token.terminal != "FSTRING_CLOSE":
            places.append(token.start)
    assume(places)
    for place in sorted(data.draw(st.sets(st.sampled_from(places), min_size=1, max_size=4)), reverse=True):
        text = text[:place] + data.draw(st.sampled_from(COMMENTS)) + text[place:]
    commented = read(text)
    assert commented.declarations == file.declarations
    printed = format_file(commented)
    again = read(printed)
    assert again.declarations == file.declarations
    assert Counter(one.text for one in again.comments) == Counter(one.text for one in commented.comments)
    assert format_file(again) == printed


# Texts

SNIPPETS = (
    *KEYWORDS,
    "Name",
    "1",
    "2.5",
    '"text"',
    'f"',
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    '"',
    '"""',
    "#",
    "\n",
    "\n\n",
    "=",
)
pieces = st.one_of(
    st.sampled_from(SNIPPETS), st.sampled_from([": ", ", ", "->", "=>", "|", "?", "+", "in", "."]), st.text(max_size=3)
)


@law
@given(st.lists(pieces, max_size=40).map(" ".join) | st.text())
def test_every_text_is_read(text: str) -> None:
    sink = Sink()
    source = SourceFile("a.lmp", text)
    file = parse(source, sink)
    assert sink.failed or read(format_file(file)).declarations == file.declarations
    for diagnostic in sink.diagnostics:
        assert diagnostic.primary is not None
        for label in (diagnostic.primary, *diagnostic.secondary):
            assert 0 <= label.span.start <= label.span.end <= len(text)


@law
@given(st.lists(declarations, min_size=2, max_size=3), st.data())
def test_a_spoilt_declaration_spoils_no_other(nodes: list[ast.Declaration], data: st.DataObject) -> None:
    texts = [format_file(ast.File((node,))) for node in nodes]
    place = data.draw(st.integers(0, len(nodes) - 1))
    tokens = [one for one in tokenize(SourceFile("a.lmp", texts[place]), table()).tokens if one.text in "(){}[]=:,"]
    assume(tokens)
    victim = data.draw(st.sampled_from(tokens))
    texts[place] = texts[place][: victim.start] + texts[place][victim.end :]
    found = parse(SourceFile("a.lmp", "".join(texts)), Sink()).declarations
    others = [node for index, node in enumerate(nodes) if index != place]
    assert all(node in found for node in others)


def test_the_strategies_know_all_declarations() -> None:
    assert len(DECLARATIONS) == 9
