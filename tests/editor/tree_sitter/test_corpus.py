"""The examples of `grammar/tree-sitter/test/corpus`, which `tree-sitter test` reads too."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest
from tree_sitter import Node, Parser

from .sources import GRAMMAR, compiled, tree

EXAMPLE = re.compile(
    r"^=+\n(?P<head>[^=]+?)\n=+\n\n(?P<text>.*?)\n\n?---\n(?P<tree>.*?)(?=^=+\n|\Z)", re.MULTILINE | re.DOTALL
)


class Example(NamedTuple):
    """A text and the tree that it must have; with `error`, a text that must be wrong."""

    title: str
    error: bool
    text: str
    tree: str


def examples() -> list[Example]:
    """All examples."""
    found = []
    for path in sorted((GRAMMAR / "test" / "corpus").glob("*.txt")):
        for match in EXAMPLE.finditer(path.read_text(encoding="utf-8")):
            title, *marks = match["head"].splitlines()
            found.append(Example(title, ":error" in marks, match["text"], " ".join(match["tree"].split())))
    return found


def shown(node: Node) -> str:
    """A tree as the corpus writes it, without fields."""
    inner = "".join(f" {shown(child)}" for child in node.named_children)
    return f"({node.type}{inner})"


@pytest.mark.parametrize("example", examples(), ids=lambda one: one.title.replace(" ", "-"))
def test_an_example_of_the_corpus(parser: Parser, example: Example) -> None:
    root = tree(parser, example.text)
    if example.error:
        assert root.has_error
        assert compiled(example.text)[0] is None
    else:
        assert shown(root) == example.tree


def test_the_corpus_is_read_whole() -> None:
    heads = sum(
        len(re.findall(r"^==+\n[^=\n]", path.read_text(), re.MULTILINE)) for path in GRAMMAR.glob("test/corpus/*.txt")
    )
    assert len(examples()) == heads == 9
