"""What the compiler's parser accepts the grammar accepts, and nothing else: on every program and page of this
repository, on trees drawn at random, on typed programs, and on all of them with a token that is too many, missing or in
a wrong place."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tree_sitter import Parser

from lmc.elaborate import lift
from lmc.ir.program import Program
from lmc.syntax import KEYWORDS, ast, format_file
from lmc.syntax.grammar import table
from lmc.syntax.tokens import RESERVED
from tests.laws.programs import programs
from tests.syntax.trees import files

from .sources import compiled, texts, tokens, tree

SEMANTIC = {
    "LMP0010": "brackets and operators nested more than 150 levels deep: a limit of the compiler",
    "LMP0011": "a number with too many digits: read, but of no value",
    "LMP0012": "a call of what is no name: a call in the grammar of the compiler too, which refuses it after",
}
"""What is a mistake to the compiler and none of syntax, so that the grammar accepts it."""

AT_THE_MARGIN = """
module M(type: str) -> str {
  assert
type retry 3
  return type
}
"""
"""What only the compiler accepts: a name that is a word of a declaration, at the margin, and a word behind it. To the
grammar a declaration begins there, so that what is broken before it ends. `lmc fmt` writes no such line."""

SOFT = sorted({*KEYWORDS} - {*RESERVED})
WORDS = sorted({*KEYWORDS, *table().marks, "name", "1", "2.5", '"text"', 'f"a {b}"', "# comment\n", "\n", "'", "é"})


def agree(parser: Parser, text: str) -> bool:
    """Checks one text; says whether it was accepted."""
    found, codes = compiled(text)
    root = tree(parser, text)
    if found is None:
        assert root.has_error or too_deep(text), f"only tree-sitter accepts:\n{text}"
    else:
        assert not root.has_error, f"only the compiler accepts:\n{text}\n{root}"
        assert {*codes} <= {*SEMANTIC}
    return found is not None


def too_deep(text: str) -> bool:
    """Whether the compiler reads a text up to something that is nested too deep."""
    deepest, depth = 0, 0
    for token in tokens(text):
        depth += (token.text in "([{") - (token.text in ")]}")
        deepest = max(deepest, depth)
    return deepest > 100


FOLDERS = sorted({name.rpartition("/")[0] for name in texts()})


@pytest.mark.parametrize("folder", FOLDERS)
def test_all_texts_of_a_folder(parser: Parser, folder: str) -> None:
    for name, text in texts().items():
        if name.rpartition("/")[0] == folder:
            agree(parser, text)


def test_most_texts_are_accepted_and_some_are_not() -> None:
    accepted = [compiled(text)[0] is not None for text in texts().values()]
    assert accepted.count(True) > 800
    assert accepted.count(False) > 15


def test_what_is_semantic_is_so_on_its_page(parser: Parser) -> None:
    for code in SEMANTIC:
        text, *_ = [text for name, text in texts().items() if name.startswith(f"lmc/diagnostics/pages/{code}.md")]
        found, codes = compiled(text)
        assert found is None or codes == (code,)
        assert not tree(parser, text).has_error


def test_a_name_at_the_margin_that_looks_like_a_declaration_is_none(parser: Parser) -> None:
    assert compiled(AT_THE_MARGIN)[0] is not None
    assert tree(parser, AT_THE_MARGIN).has_error
    assert agree(parser, format_file(ast.File(compiled(AT_THE_MARGIN)[0] or ())))
    assert agree(parser, AT_THE_MARGIN.replace("\ntype", "\n type"))


@settings(max_examples=60)
@given(files)
def test_a_tree_of_every_kind_of_node(parser: Parser, file: ast.File) -> None:
    assert agree(parser, format_file(file))


@settings(max_examples=15)
@given(programs())
def test_a_typed_program(parser: Parser, program: Program) -> None:
    assert agree(parser, format_file(lift(program)))


@pytest.mark.parametrize("seed", range(2))
def test_a_text_with_a_token_too_many_too_few_or_in_a_wrong_place(parser: Parser, seed: int) -> None:
    chance = random.Random(seed)
    short = [text for text in texts().values() if len(text) < 2000 and len(tokens(text)) > 3]
    accepted = [agree(parser, spoilt(chance, chance.choice(short))) for _ in range(400)]
    assert 20 < accepted.count(True) < 200, "both kinds are tried"


@settings(max_examples=60)
@given(files, st.randoms(use_true_random=False))
def test_a_tree_with_a_token_too_many_too_few_or_in_a_wrong_place(
    parser: Parser, file: ast.File, chance: random.Random
) -> None:
    agree(parser, spoilt(chance, format_file(file)))


def spoilt(chance: random.Random, text: str) -> str:
    """A text in which one token was left out, doubled, moved, added, or changed: a name for a word of the language."""
    found = tokens(text)
    if len(found) < 2:
        return text
    place = chance.randrange(len(found) - 1)
    first, second = found[place : place + 2]
    before, after = text[: first.start], text[first.end :]
    match chance.choice(("drop", "double", "swap", "add", "change", "name", "cut")):
        case "drop":
            return before + after
        case "double":
            return f"{before}{first.text} {first.text}{after}"
        case "swap":
            middle = text[first.end : second.start]
            return f"{before}{second.text}{middle}{first.text}{text[second.end :]}"
        case "add":
            return f"{before}{chance.choice(WORDS)} {text[first.start :]}"
        case "change":
            return f"{before}{chance.choice(WORDS)}{after}"
        case "name":
            names = [token for token in found if token.terminal == "NAME"] or [first]
            token = chance.choice(names)
            return f"{text[: token.start]}{chance.choice(SOFT)}{text[token.end :]}"
    cut = chance.randrange(len(text))
    return text[:cut] + text[cut + 1 :]
