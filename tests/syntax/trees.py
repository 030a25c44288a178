"""Trees of the surface language for hypothesis: every kind of node, with names and texts that are hard to write."""

from __future__ import annotations

from typing import TypeVar

from hypothesis import strategies as st

from lmc.syntax import KEYWORDS, ast
from lmc.syntax.tokens import RESERVED

SOFT = tuple(sorted({*KEYWORDS} - {*RESERVED}))
"""The words of the language that may be names too."""

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


Item = TypeVar("Item")


def several(items: st.SearchStrategy[Item], least: int = 0, most: int = 3) -> st.SearchStrategy[tuple[Item, ...]]:
    return st.lists(items, min_size=least, max_size=most).map(tuple)


def type_names() -> st.SearchStrategy[ast.NameType]:
    return st.builds(ast.NameType, dotted.filter(lambda one: one.text.partition(".")[0] not in ("enum", "list", "map")))


def fields(types: st.SearchStrategy[ast.TypeExpr]) -> st.SearchStrategy[ast.FieldDecl]:
    return st.builds(ast.FieldDecl, idents, types, described, described)


def enum_values() -> st.SearchStrategy[tuple[tuple[str, str], ...]]:
    return several(st.tuples(names | texts, texts), 1)


def bounds() -> st.SearchStrategy[int | float]:
    return st.integers(-99, 99) | st.floats(-1e9, 1e9).filter(lambda one: str(one) != "-0.0")


def patterns() -> st.SearchStrategy[str]:
    """Regular expressions as they stand between slashes, where a slash is `\\/`."""
    atoms = ("[a-z]", r"\d+", "/", r"\\", r"\.", " ", '"', "#", "{", "}", "é", "x*")
    return st.lists(st.sampled_from(atoms), min_size=1, max_size=4).map("".join)


def limited(inner: st.SearchStrategy[ast.TypeExpr]) -> st.SearchStrategy[ast.TypeExpr]:
    pattern = st.none() | patterns()
    return st.one_of(
        st.builds(ast.LimitedType, inner, bounds(), st.none() | bounds(), st.just(""), pattern),
        st.builds(
            ast.LimitedType, inner, st.none(), st.integers(0, 99), st.sampled_from(["", "chars", "items"]), pattern
        ),
        st.builds(ast.LimitedType, inner, pattern=patterns()),
    )


types = st.recursive(
    st.one_of(
        type_names(),
        st.builds(ast.ConstType, texts | st.integers(-9, 99) | st.booleans()),
        st.builds(ast.EnumBody, enum_values()),
    ),
    lambda inner: st.one_of(
        st.builds(ast.ListOfType, inner),
        st.builds(ast.MapOfType, inner, inner),
        limited(inner),
        st.builds(ast.OptionalType, inner),
        st.builds(ast.EitherType, several(inner, 2)),
        st.builds(ast.RecordBody, several(fields(inner))),
    ),
    max_leaves=5,
)

BINARY = ("or", "and", "in", "not in", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "//", "%")
numbers = st.integers(0, 10**20) | st.floats(0, allow_nan=False, allow_infinity=False).map(abs)
leaves = st.builds(ast.Reference, idents) | st.builds(ast.Value, texts | numbers | st.booleans() | st.none())
ranges = st.builds(ast.TuneRange, bounds(), bounds(), st.none() | bounds())
SAMPLED = st.sampled_from(["vote", "best_of", "refine", "compare"])
COUNTS = st.integers(0, 99) | ranges
STRATEGIES = ("predict", "chain_of_thought", "program_of_thought", "react", "predict|chain_of_thought")


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


def calls(inner: st.SearchStrategy[ast.Expr]) -> st.SearchStrategy[ast.StrategyExpr]:
    arguments = several(st.builds(ast.Argument, st.none() | idents, inner))
    return st.builds(
        ast.StrategyExpr,
        st.sampled_from(STRATEGIES),
        dotted | short(types),
        arguments,
        st.none() | idents,
        several(bindings(inner)),
        several(dotted, 0, 2),
    )


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
        calls(inner),
        st.builds(ast.SampledExpr, SAMPLED, COUNTS, st.none(), st.none(), calls(inner)),
        st.builds(ast.SampledExpr, SAMPLED, COUNTS, dotted, st.none() | st.floats(0, 1), calls(inner)),
        st.builds(ast.EnsembleExpr, st.none() | dotted, several(inner, 1)),
        st.builds(ast.RetrieveExpr, dotted, arguments),
        st.builds(ast.TryExpr, inner, inner),
        st.builds(ast.TuneChoices, several(inner, 1), st.none() | leaves),
        st.builds(ast.ComprehensionExpr, inner, idents, inner, st.none() | inner, st.none() | st.integers(0, 99)),
    )


exprs = st.one_of(leaves, compound(leaves | ranges), st.recursive(leaves | ranges, compound, max_leaves=8))


limits = st.integers(0, 99)


def blocks(inner: st.SearchStrategy[ast.Stmt]) -> st.SearchStrategy[ast.Stmt]:
    body = several(inner)
    return st.one_of(
        st.builds(ast.IfStmt, exprs, body, st.none() | body),
        st.builds(ast.ForStmt, idents, exprs, st.none() | limits, body, st.booleans()),
        st.builds(ast.WhileStmt, exprs, st.none() | limits, body) | st.builds(ast.WhileStmt, st.none(), limits, body),
        st.builds(
            ast.MatchStmt, exprs, several(st.builds(ast.MatchCase, types, st.none() | idents, body)), st.none() | body
        ),
    )


simple = st.one_of(
    st.builds(ast.LetStmt, idents, st.none() | types, exprs),
    st.builds(ast.AssignStmt, idents, exprs),
    st.builds(ast.ReturnStmt, exprs),
    st.builds(ast.BreakStmt),
    st.builds(ast.CheckStmt, st.booleans(), exprs, st.none() | exprs, st.none() | limits),
)
statements = simple | blocks(simple | blocks(simple))
clauses = st.one_of(
    st.builds(ast.Clause, st.sampled_from(["data", "metric", "lm", "teacher", "proposer"]), dotted),
    st.builds(ast.Clause, st.just("seed"), st.integers(0, 99)),
    st.builds(ast.Clause, st.just("assertions"), st.booleans()),
    st.builds(
        ast.Clause, st.just("budget"), several(st.tuples(numbers, st.sampled_from(["calls", "tokens", "dollars"])), 1)
    ),
    st.builds(ast.Clause, st.just("passes"), several(st.builds(ast.PassCall, idents, several(bindings(exprs))), 1)),
)
positional = several(st.builds(ast.Argument, st.none() | idents, exprs))
options = several(bindings(exprs))
demos = st.builds(ast.DemoDecl, several(bindings(exprs), 1), several(bindings(exprs), 1))
turns = st.builds(ast.PromptTurn, st.sampled_from(["system", "user", "assistant"]), texts, st.booleans(), st.booleans())
prompts = st.one_of(
    st.builds(ast.PromptTurn, st.just(""), texts, st.just(False), st.booleans()).map(
        lambda one: ast.PromptDecl((one,))
    ),
    st.builds(ast.PromptDecl, several(turns)),
)
cases = st.builds(ast.CaseDecl, st.builds(ast.CallExpr, dotted, positional) | calls(exprs), exprs)
sources = st.builds(ast.Value, texts) | st.builds(ast.RecordDisplay, options)
imported = several(st.tuples(idents, st.none() | idents), 1)
signatures = st.builds(
    ast.SignatureStmt,
    idents,
    described,
    several(fields(types)),
    several(fields(types)),
    several(demos, 0, 1),
    st.none(),
    st.none() | dotted,
    several(prompts, 0, 2),
)
modules = st.builds(
    ast.ModuleStmt, idents, several(fields(types), 0, 1), types, several(statements, 1), described, st.none() | limits
)
KINDS = {
    "import": st.builds(ast.ImportDecl, texts, imported) | st.builds(ast.ImportDecl, texts, alias=idents),
    "lm": st.builds(ast.LMStmt, idents, texts, options),
    "type": st.builds(ast.TypeStmt, idents, types),
    "data": st.builds(ast.DataStmt, idents, st.none() | types, sources, options),
    "signature": signatures | st.builds(ast.SignatureStmt, idents, short=short(types)),
    "module": modules,
    "metric": st.builds(ast.MetricStmt, idents, several(idents, 1), exprs),
    "optimize": st.builds(ast.OptimizeStmt, dotted, several(clauses), described),
    "emit": st.builds(ast.EmitStmt, several(idents, 1), texts, described, options),
    "extern": st.builds(ast.ExternStmt, idents, texts, idents, several(fields(types), 0, 1), types, described),
    "tool": st.builds(ast.ToolStmt, idents, several(fields(types)), types, idents, texts, options, described),
    "retriever": st.builds(ast.RetrieverStmt, idents, st.none() | types, exprs, options),
    "test": st.builds(ast.TestStmt, texts, options, several(cases, 1)),
}
"""The trees of each kind of declaration, by the word that it begins with."""

declarations = st.one_of(*KINDS.values())
files = st.builds(ast.File, several(declarations))
