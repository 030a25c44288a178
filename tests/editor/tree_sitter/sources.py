"""What the two parsers are compared on: the programs and the pages of this repository, and what they make of a text."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from tree_sitter import Node, Parser

from lmc.diagnostics import Sink
from lmc.source import SourceFile
from lmc.syntax import ast
from lmc.syntax.flawless import END, Flawless
from lmc.syntax.grammar import table
from lmc.syntax.tokens import Token, tokenize

ROOT = Path(__file__).parents[3]
GRAMMAR = ROOT / "grammar" / "tree-sitter"
QUERIES = GRAMMAR / "queries"

PROGRAMS = sorted(
    path for folder in ("programs", "lmc/optimize/meta", "tests") for path in (ROOT / folder).rglob("*.lmp")
)
PAGES = sorted(
    path
    for folder in ("tests/language", "tests/optimize", "tests/passes", "tests/elaborate", "lmc/diagnostics/pages")
    for path in (ROOT / folder).glob("*.md")
)
BLOCK = re.compile(r"^```(?:lmp|core|formatted)\b[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@cache
def texts() -> dict[str, str]:
    """All programs, and all blocks of all pages."""
    found = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in PROGRAMS}
    for page in PAGES:
        content = page.read_text(encoding="utf-8")
        for match in BLOCK.finditer(content):
            number = content.count("\n", 0, match.start()) + 1
            # Where pages of mistakes mark a place, the mark is no part of the program.
            found[f"{page.relative_to(ROOT).as_posix()}:{number}"] = re.sub("[«»]", "", match[1])
    return found


def tokens(text: str) -> list[Token]:
    """The tokens of a text, as the compiler reads them."""
    return tokenize(SourceFile("a.lmp", text), table()).tokens


@cache
def compiled(text: str) -> tuple[tuple[ast.Declaration, ...] | None, tuple[str, ...]]:
    """The declarations that the compiler reads, or None where it finds a mistake of syntax; and the codes of what is
    wrong with a text whose syntax is right."""
    source, sink = SourceFile("a.lmp", text), Sink()
    scan = tokenize(source, table())
    found = None if scan.problems else Flawless(source, table()).parse(scan.tokens, END, sink)
    return found, tuple(one.code for one in sink.diagnostics)


def tree(parser: Parser, text: str) -> Node:
    """What tree-sitter reads."""
    return parser.parse(text.encode()).root_node


def walk(node: Node) -> list[Node]:
    """A node and all below it, in the order of the text."""
    found, waiting = [], [node]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += reversed(one.children)
    return found
