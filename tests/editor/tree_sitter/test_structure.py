"""The tree has the structure that the compiler sees: every node of the compiler's tree is one of this tree, of the kind
that is said here, in the same place, with the same name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

import pytest
from hypothesis import given, settings
from tree_sitter import Node, Parser

from lmc.syntax import ast, format_file
from lmc.syntax.grammar import grammar_text
from tests.syntax.trees import files

from .sources import PROGRAMS, compiled, texts, tree, walk

DECLARATIONS: dict[type, tuple[str, ...]] = {
    ast.ImportDecl: ("import_names", "import_file"),
    ast.LMStmt: ("lm_stmt",),
    ast.TypeStmt: ("type_stmt",),
    ast.DataStmt: ("data_stmt",),
    ast.SignatureStmt: ("signature_stmt", "short_stmt"),
    ast.ModuleStmt: ("module_stmt",),
    ast.MetricStmt: ("metric_stmt",),
    ast.OptimizeStmt: ("optimize_stmt",),
    ast.EmitStmt: ("emit_stmt",),
    ast.ExternStmt: ("extern_stmt",),
    ast.ToolStmt: ("tool_stmt",),
    ast.RetrieverStmt: ("retriever_stmt",),
    ast.TestStmt: ("test_stmt",),
}

KINDS: dict[type, tuple[str, ...]] = {
    **DECLARATIONS,
    ast.Clause: ("named_clause", "seed_clause", "budget_clause", "passes_clause", "assertions_clause"),
    ast.PassCall: ("pass_call",),
    ast.CaseDecl: ("case",),
    ast.PromptDecl: ("prompt_one", "prompt_turns"),
    ast.PromptTurn: ("turn", "prompt_one"),
    ast.DemoDecl: ("demo",),
    ast.FieldDecl: ("field", "input", "output", "short_field"),
    ast.ShortSignature: ("short",),
    ast.LetStmt: ("let_stmt",),
    ast.AssignStmt: ("assign_stmt",),
    ast.IfStmt: ("if_stmt",),
    ast.ForStmt: ("for_stmt",),
    ast.WhileStmt: ("while_stmt", "repeat_stmt"),
    ast.BreakStmt: ("break_stmt",),
    ast.MatchStmt: ("match_stmt",),
    ast.MatchCase: ("match_case",),
    ast.CheckStmt: ("check_stmt",),
    ast.ReturnStmt: ("return_stmt",),
    ast.NameType: ("name_type",),
    ast.ConstType: ("const_type",),
    ast.EnumBody: ("enum_type",),
    ast.RecordBody: ("record_type",),
    ast.ListOfType: ("list_type",),
    ast.MapOfType: ("map_type",),
    ast.EitherType: ("either_type",),
    ast.OptionalType: ("optional_type",),
    ast.LimitedType: ("constrained_type",),
    ast.Argument: ("binding", "expr"),
    ast.Value: ("string", "int", "float", "constant", "bound"),
    ast.Reference: ("reference",),
    ast.Attribute: ("attribute",),
    ast.Subscript: ("subscript",),
    ast.Operator: ("binary", "unary", "not_in"),
    ast.Ternary: ("ternary",),
    ast.ListDisplay: ("list_display",),
    ast.RecordDisplay: ("record_display",),
    ast.FormatString: ("fstring",),
    ast.CallExpr: ("call", "invocation"),
    ast.StrategyExpr: ("strategy",),
    ast.SampledExpr: ("sampled",),
    ast.EnsembleExpr: ("ensemble",),
    ast.RetrieveExpr: ("retrieve",),
    ast.TryExpr: ("attempt",),
    ast.TuneRange: ("tune_range",),
    ast.TuneChoices: ("tune_choices",),
    ast.ComprehensionExpr: ("comprehension",),
    ast.Ident: ("ident", "dotted", "reference", "attribute", "grouped", "name_type", "pass_name"),
}

EXTRA = {"start", "signature_body", "optimize_body", "test_body", "grouped", "grouped_type", "hole", "int", "float"}
EXTRA |= {"regex", "pattern", "string_content", "escape", "comment", "constrained_type"}
"""Kinds of nodes that are no rules of the compiler's grammar: bodies, parentheses, tokens and what is in them."""


def below(value: object) -> Iterator[ast.Node]:
    """All nodes of a tree that have a place."""
    if isinstance(value, tuple):
        for one in value:
            yield from below(one)
    elif isinstance(value, ast.Node):
        if value.span != ast.NOWHERE:
            yield value
        for one in fields(value):
            yield from below(getattr(value, one.name))


def places(text: str) -> list[int]:
    """The offset in bytes of each character, and of the end."""
    found = [0]
    for character in text:
        found.append(found[-1] + len(character.encode()))
    return found


def check(parser: Parser, text: str) -> int:
    """Compares the two trees of a text; gives the number of nodes that were compared."""
    declarations, _ = compiled(text)
    assert declarations is not None
    root, at = tree(parser, text), places(text)
    found: dict[tuple[int, int], set[str]] = {}
    for node in walk(root):
        found.setdefault((node.start_byte, node.end_byte), set()).add(node.type)
    assert [one.type for one in root.named_children if one.type != "comment"] == [
        kind for one in declarations for kind in KINDS[type(one)] if kind in found[at[one.span.start], at[one.span.end]]
    ]
    count = 0
    for node in below(declarations):
        kinds = found.get((at[node.span.start], at[node.span.end]), set())
        wanted = KINDS[type(node)]
        said = text[node.span.start : node.span.end]
        assert kinds, f"no node is at {said!r}, which is {type(node).__name__}"
        assert "expr" in wanted or kinds & {*wanted}, f"{said!r} is {kinds}, not {wanted}"
        count += 1
    return count


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_a_program_of_this_repository(parser: Parser, path: object) -> None:
    assert check(parser, path.read_text(encoding="utf-8")) > 5  # type: ignore[attr-defined]


def test_the_blocks_of_the_pages(parser: Parser) -> None:
    counts = [check(parser, text) for text in texts().values() if compiled(text)[0] and not compiled(text)[1]]
    assert sum(counts) > 10_000


@settings(max_examples=60)
@given(files)
def test_a_tree_of_every_kind_of_node(parser: Parser, file: ast.File) -> None:
    check(parser, format_file(file))


def test_declarations_have_the_names_that_the_compiler_reads(parser: Parser) -> None:
    named = 0
    for text in texts().values():
        declarations, _ = compiled(text)
        nodes = [one for one in tree(parser, text).named_children if one.type != "comment"]
        for declaration, node in zip(declarations or (), nodes, strict=False):
            name = getattr(declaration, "name", getattr(declaration, "module", None))
            if isinstance(name, ast.Ident):
                found = field(node, "name")
                assert found.text == name.text.encode()
                assert found.start_byte == places(text)[name.span.start]
                named += 1
    assert named > 1000


def test_what_binds_tighter_is_within(parser: Parser) -> None:
    text = 'metric m(a, b) = not a.x + 1 * -b[0](c) == 2 and a or "x" if a < b else try a else b'
    root = tree(parser, text)
    value = field(root.named_children[0], "body")
    assert value.type == "ternary"
    either = field(value, "then")
    assert operator(either) == "or"
    both = field(either, "left")
    assert operator(both) == "and"
    negated = field(both, "left")
    assert (negated.type, operator(negated)) == ("unary", "not")
    equal = field(negated, "operand")
    assert operator(equal) == "=="
    total = field(equal, "left")
    assert operator(total) == "+"
    product = field(total, "right")
    assert operator(product) == "*"
    assert field(product, "right").type == "unary"
    assert field(value, "otherwise").type == "attempt"


def test_kinds_are_called_as_the_rules_of_the_compiler(parser: Parser) -> None:
    language = parser.language
    assert language is not None
    kinds = {
        language.node_kind_for_id(one) for one in range(language.node_kind_count) if language.node_kind_is_named(one)
    }
    visible = {kind for kind in kinds if kind and not kind.startswith("_") and kind not in ("end", "ERROR")}
    rules = {line.split(":")[0].lstrip("?!_").split("{")[0] for line in grammar_text().splitlines() if ":" in line}
    aliases = {line.rpartition("-> ")[2] for line in grammar_text().splitlines() if " -> " in line}
    assert visible - rules - aliases - EXTRA == set()


def field(node: Node, name: str) -> Node:
    """A field of a node."""
    found = node.child_by_field_name(name)
    assert found is not None, (node.type, name)
    return found


def operator(node: Node) -> str:
    """The operator of a node."""
    return field(node, "operator").type
