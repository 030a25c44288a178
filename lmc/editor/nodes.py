"""The nodes of a tree, whatever they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from lmc.syntax import ast

_PARTS: dict[type[ast.Node], tuple[str, ...]] = {}


def parts(kind: type[ast.Node]) -> tuple[str, ...]:
    """The members of a kind of node that may hold nodes."""
    if (known := _PARTS.get(kind)) is None:
        known = _PARTS[kind] = tuple(one.name for one in fields(kind) if not one.name.endswith("span"))
    return known


def children(node: ast.Node) -> Iterator[ast.Node]:
    """The nodes right below one, in the order of its members."""
    for name in parts(type(node)):
        yield from nodes_in(getattr(node, name))


def nodes_in(value: object) -> Iterator[ast.Node]:
    """The nodes that a member holds."""
    if isinstance(value, ast.Node):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from nodes_in(one)


def walk(node: ast.Node) -> Iterator[ast.Node]:
    """A node and all below it, each before those below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def path_to(tree: ast.File, offset: int) -> tuple[ast.Node, ...]:
    """The nodes that a place is in, from the declaration inwards; at the end of one counts as in it."""
    found: list[ast.Node] = []
    level: tuple[ast.Node, ...] = tree.declarations
    while True:
        inside = [one for one in level if one.span.file and one.span.start <= offset <= one.span.end]
        if not inside:
            return tuple(found)
        # Between two that touch, the later one begins here.
        node = inside[-1]
        found.append(node)
        level = tuple(children(node))
