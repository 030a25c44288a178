"""What the queries capture: colours, folds, indentation, other languages within, names, things to select."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tree_sitter import Language, Node, Parser, Query

from lmc.syntax import KEYWORDS
from lmc.syntax.grammar import table

from .query import captured, captures, notes, painted
from .sources import GRAMMAR, PROGRAMS, QUERIES, ROOT, compiled, texts, tokens, tree, walk

HIGHLIGHTS = QUERIES / "highlights.scm"
SHOWN = sorted((GRAMMAR / "test" / "highlight").glob("*.lmp"))
OURS = [path for path in PROGRAMS if path.is_relative_to(ROOT / "programs")]


@pytest.mark.parametrize("path", sorted(GRAMMAR.rglob("*.scm")), ids=lambda path: path.relative_to(GRAMMAR).as_posix())
def test_a_query_fits_the_language(language: Language, parser: Parser, path: Path) -> None:
    query = Query(language, path.read_text(encoding="utf-8"))
    root = tree(parser, "\n".join(one.read_text(encoding="utf-8") for one in (*SHOWN, *OURS)) + EVERY + ")")
    used = {number for _, _, number in captures(language, path, root)}
    assert used == set(range(query.pattern_count)), "every pattern is of use"


@pytest.mark.parametrize("path", SHOWN, ids=lambda path: path.stem)
def test_noted_places_are_coloured_as_noted(language: Language, parser: Parser, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert compiled(text)[0] is not None
    colours = painted(language, HIGHLIGHTS, tree(parser, text), len(text))
    lines = text.splitlines(keepends=True)
    found = notes(parser, text)
    assert len(found) > 60
    for note in found:
        shown = colours[sum(map(len, lines[: note.row])) + note.column]
        assert shown == note.capture, (lines[note.row], note)


@pytest.mark.parametrize(
    "path", [HIGHLIGHTS, QUERIES / "helix" / "highlights.scm", *GRAMMAR.glob("zed/**/highlights.scm")]
)
def test_every_word_and_mark_of_the_language_is_coloured(language: Language, parser: Parser, path: Path) -> None:
    missing = {*KEYWORDS, *table().marks}
    for one in SHOWN:
        text = one.read_text(encoding="utf-8")
        colours = painted(language, path, tree(parser, text), len(text))
        for token in tokens(text):
            assert colours[token.start], (token, text[token.start - 20 : token.end])
            missing.discard(token.text)
    assert missing <= MARKS_WITHOUT_NOTES
    keyed = painted(language, path, tree(parser, EVERY), len(EVERY))
    for token in tokens(EVERY):
        assert keyed[token.start], token


MARKS_WITHOUT_NOTES = {"program_of_thought", "react", "best_of", "refine", "compare", "assistant", "at", "items", "map"}
MARKS_WITHOUT_NOTES |= {"false", "on", "or", "proposer", "teacher", "tokens", "==", "!=", "<", "<=", ">=", "+", "//"}
MARKS_WITHOUT_NOTES |= {"/", ";"}

EVERY = """
signature S { in a: map[str, int up to 2 items] out b: true | str as "B" prompt { assistant "x" } }
tool t(a: str as "A") -> str = http "x" "what it does"
extern python "tools.py" f(a: str) -> str "what it does"
module M(a: str) -> str {
  let b = tune { 1, 2 } at 1 or false
  let c = best_of 3 program_of_thought S(a) == refine 2 react S(a)
  let d = compare 3 predict S(a) != 1 // 2 + 3 / 4
  return a < b or b <= c or a >= c or a not in b
}
optimize M { teacher a proposer b budget 3 tokens assertions on }
"""


def test_a_keyword_that_is_a_name_is_coloured_as_a_name(language: Language, parser: Parser) -> None:
    text = "module M(up: str, list: str) -> str { as = up with = list return with }"
    colours = painted(language, HIGHLIGHTS, tree(parser, text), len(text))
    for match in re.finditer(r"\b(up|list|as|with)\b", text):
        assert colours[match.start()].startswith("variable"), match
    assert compiled(text)[0] is not None


def lines_of(nodes: list[Node]) -> set[tuple[int, int]]:
    """The first and last lines of nodes, counted from 1, that have several."""
    found = {(node.start_point[0] + 1, node.end_point[0] + 1) for node in nodes}
    return {one for one in found if one[0] < one[1]}


def test_folds_of_a_program(language: Language, parser: Parser) -> None:
    text = (ROOT / "programs" / "handwritten" / "handwritten.lmp").read_text(encoding="utf-8")
    found = lines_of(captured(language, QUERIES / "folds.scm", tree(parser, text), "fold"))
    lines = text.splitlines()
    assert {lines[first - 1].strip() for first, _ in found} == {
        "type Domain =",
        "signature Sort {",
        "signature Sort_with_examples {",
        "prompt {",
        'fixed system """',
        'user """',
        "module Triage(text: str) -> Domain {",
        "module Triage_with_examples(text: str) -> Domain {",
        "optimize Triage_with_examples {",
    }
    for first, last in found:
        assert lines[last - 1].strip() in ("}", '"""') or lines[first - 1].startswith("type")


def indentations(language: Language, parser: Parser, text: str) -> dict[int, int]:
    """The depth of each line that begins outside of strings, by the way in which Neovim applies the query
    (`nvim-treesitter/indent.lua`)."""
    root = tree(parser, text)
    found: dict[str, set[int]] = {}
    for node, name, _ in captures(language, QUERIES / "indents.scm", root):
        found.setdefault(name, set()).add(node.id)
    depths = {}
    data = text.encode()
    for row, line in enumerate(text.splitlines()):
        if not line.strip():
            continue
        at = len(b"".join(data.splitlines(keepends=True)[:row])) + len(line) - len(line.lstrip())
        node = root.descendant_for_byte_range(at, at + 1)
        depth, seen = 0, set()
        while node is not None:
            if node.id in found["indent.ignore"] and node.start_point[0] < row:
                break
            first, last = node.start_point[0], node.end_point[0]
            if first not in seen:
                if node.id in found["indent.branch"] and first == row:
                    depth -= 1
                    seen.add(first)
                elif node.id in found["indent.begin"] and first != last and first != row:
                    depth += 1
                    seen.add(first)
            node = node.parent
        else:
            depths[row] = depth
    return depths


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_lines_are_indented_as_they_are_formatted(language: Language, parser: Parser, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    # The options of a pass that do not fit on a line are indented twice, which no query can say.
    passes = [node for node in walk(tree(parser, text)) if node.type == "passes_clause"]
    twice = {row for node in passes for row in range(node.start_point[0] + 1, node.end_point[0] + 1)}
    for row, depth in indentations(language, parser, text).items():
        if row in twice:
            continue
        assert depth == (len(lines[row]) - len(lines[row].lstrip())) / 2, (row + 1, lines[row])


def injected(language: Language, root: Node, name: str) -> list[str]:
    """The texts that are in another language."""
    query = Query(language, (QUERIES / "injections.scm").read_text(encoding="utf-8"))
    numbers = {one for one in range(query.pattern_count) if query.pattern_settings(one)["injection.language"] == name}
    found = captures(language, QUERIES / "injections.scm", root)
    return [node.text.decode() for node, _, number in found if number in numbers and node.text]


def test_prompts_are_jinja(language: Language, parser: Parser) -> None:
    text = (ROOT / "programs" / "handwritten" / "handwritten.lmp").read_text(encoding="utf-8")
    first, second = injected(language, tree(parser, text), "jinja")
    assert first.strip().startswith("You sort messages")
    assert "{% fixed %}Message: {{ text }}" in second
    assert '"""' not in second


def test_every_prompt_of_the_pages_is_jinja(language: Language, parser: Parser) -> None:
    count = 0
    for text in texts().values():
        if compiled(text)[0] is not None and "prompt" in text:
            root = tree(parser, text)
            prompts = [node for node in walk(root) if node.type == "words" and node.child_by_field_name("text")]
            count += len(prompts)
            assert len(injected(language, root, "jinja")) == len(
                [one for one in prompts if one.text and one.text != b'""']
            )
    assert count > 30


def test_patterns_are_regular_expressions(language: Language, parser: Parser) -> None:
    root = tree(parser, "type Code = str matching /[A-Z]{3}\\/#[0-9]/ # as on the label")
    assert injected(language, root, "regex") == ["[A-Z]{3}\\/#[0-9]"]
    assert injected(language, root, "comment") == ["# as on the label"]


def test_names_are_declared_and_used(language: Language, parser: Parser) -> None:
    root = tree(parser, "module M(text: str) -> str { for one in text { let x = one } return text }")
    path = QUERIES / "locals.scm"
    assert names(captured(language, path, root, "local.definition.parameter")) == ["text"]
    assert names(captured(language, path, root, "local.definition.var")) == ["one", "x"]
    assert names(captured(language, path, root, "local.definition.function")) == ["M"]
    assert names(captured(language, path, root, "local.reference")) == ["str", "str", "text", "one", "text"]
    assert {node.type for node in captured(language, path, root, "local.scope")} >= {"module_stmt", "for_stmt", "block"}


def names(nodes: list[Node]) -> list[str]:
    """The texts of nodes."""
    return [node.text.decode() for node in nodes if node.text]


def test_things_to_select(language: Language, parser: Parser) -> None:
    text = 'module M(a: str, b: str) -> str {\n  let r = predict S(a, "b")\n  return r\n}\n\nsignature S = a, b -> c\n'
    root, path = tree(parser, text), QUERIES / "textobjects.scm"
    (outer,) = captured(language, path, root, "function.outer")
    assert outer.type == "module_stmt"
    (inner,) = captured(language, path, root, "function.inner")
    assert names([inner]) == ['{\n  let r = predict S(a, "b")\n  return r\n}']
    assert names(captured(language, path, root, "parameter.inner")) == ["a: str", "b: str", "a", '"b"']
    assert names(captured(language, path, root, "class.inner")) == ["a, b -> c"]
    assert names(captured(language, path, root, "call.outer")) == ['predict S(a, "b")']
    assert names(captured(language, path, root, "assignment.lhs")) == ["r"]
