"""Half a program is read as far as it goes: nothing hangs, and what is right stays as it was."""

from __future__ import annotations

import pytest
from tree_sitter import Node, Parser, Point

from .sources import PROGRAMS, compiled, tokens, tree, walk

LONG = max((path for path in PROGRAMS if "programs/" in path.as_posix()), key=lambda path: path.stat().st_size)


def declared(root: Node) -> list[str]:
    """The kinds and names of what is declared."""
    found = [(one.type, one.child_by_field_name("name")) for one in walk(root) if one.type.endswith("_stmt")]
    outer = ("lm", "type", "data", "signature", "short", "module", "metric", "optimize")
    return [
        f"{kind} {name.text.decode()}" for kind, name in found if kind.split("_")[0] in outer and name and name.text
    ]


def valid(root: Node, size: int) -> None:
    """Checks that the nodes of a tree cover the text in order."""
    assert root.end_byte <= size
    for node in walk(root):
        at = node.start_byte
        for child in node.children:
            assert at <= child.start_byte <= child.end_byte <= node.end_byte
            at = child.end_byte


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_every_prefix_of_a_program_is_read(parser: Parser, path: object) -> None:
    text = path.read_bytes()  # type: ignore[attr-defined]
    step = 1 if len(text) < 1500 else 7
    for end in range(0, len(text) + 1, step):
        root = parser.parse(text[:end]).root_node
        assert root.end_byte <= end
    valid(root, len(text))


def test_every_prefix_is_read_as_it_is_typed(parser: Parser) -> None:
    text = (LONG.parents[1] / "multihop" / "multihop.lmp").read_bytes()
    known = parser.parse(b"")
    for end in range(1, len(text) + 1):
        point = Point(text.count(b"\n", 0, end), end - 1 - text.rfind(b"\n", 0, end))
        before = Point(text.count(b"\n", 0, end - 1), end - 2 - text.rfind(b"\n", 0, end - 1))
        known.edit(end - 1, end - 1, end, before, before, point)
        known = parser.parse(text[:end], known)
    assert str(known.root_node) == str(parser.parse(text).root_node)


def test_editing_gives_the_tree_of_the_text(parser: Parser) -> None:
    text = (LONG.parents[1] / "handwritten" / "handwritten.lmp").read_text(encoding="utf-8")
    for token in tokens(text)[::3]:
        spoilt = text[: token.start] + text[token.end :]
        known = parser.parse(text.encode())
        row, column = text.count("\n", 0, token.start), token.start - 1 - text.rfind("\n", 0, token.start)
        lines = token.text.count("\n")
        end = Point(row + lines, len(token.text) - 1 - token.text.rfind("\n") + (0 if lines else column))
        known.edit(token.start, token.end, token.start, Point(row, column), end, Point(row, column))
        again = parser.parse(spoilt.encode(), known)
        assert again.root_node.has_error == (compiled(spoilt)[0] is None)
        valid(again.root_node, len(spoilt))


AROUND = """
signature First {{ in a: str out b: str }}

{broken}

signature Last {{ in c: str out d: int up to 3 chars }}

module Then(c: str) -> int {{
  let found = predict Last(c)
  return found.d
}}
"""


@pytest.mark.parametrize(
    "broken",
    [
        "signature",
        "signature Broken {",
        "signature Broken { in",
        "signature Broken { in x str out y: str }",
        "signature Broken { in x: str out }",
        "module Broken(",
        "module Broken(x: str) -> {",
        "module Broken(x: str) -> str {\n  let y = \n}",
        "module Broken(x: str) -> str {\n  let y = predict First(x\n  return y\n}",
        "module Broken(x: str) -> str {\n  if x {\n  return y\n}",
        'module Broken(x: str) -> str {\n  return "not closed\n}',
        'module Broken(x: str) -> str {\n  return f"not {closed\n}',
        'module Broken(x: str) -> str {\n  return f"not {closed"\n}',
        'module Broken(x: str) -> str {\n  return f"wrong {x y} hole"\n}',
        'signature Broken {\n  "wrong \\q escape"\n  in x: str\n}',
        'signature Broken {\n  prompt """\n    not closed\n}',
        "type Broken = list[",
        "type Broken = |",
        "type Broken = 'a' | 'b'",
        "metric broken(a, b) = a +",
        "optimize Broken { budget calls }",
        "optimize Broken { data }",
        "data = 3",
        "let x = 3",
        "nonsense here ( ] }",
        "type Bröken = str",
    ],
)
def test_what_follows_a_broken_declaration_is_whole(parser: Parser, broken: str) -> None:
    text = AROUND.replace("{{", "{").replace("}}", "}").replace("{broken}", broken)
    root = tree(parser, text)
    assert root.has_error
    found = declared(root)
    assert found[0] == "signature_stmt First"
    assert found[-2:] == ["signature_stmt Last", "module_stmt Then"]
    last = next(one for one in walk(root) if one.type == "module_stmt" and b"Then" in one.text[:12])  # type: ignore[index]
    assert not last.has_error


def test_a_deep_text_is_read(parser: Parser) -> None:
    text = "metric m(a, b) = " + "(" * 20_000 + "a" + ")" * 20_000
    assert not tree(parser, text).has_error
    assert tree(parser, text[:-1]).has_error
    assert tree(parser, 'f"{' * 1000).has_error
