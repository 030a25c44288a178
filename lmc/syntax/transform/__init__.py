"""From the rules of the grammar to the tree: a method for each rule, by its name."""

from __future__ import annotations

from functools import cache
from typing import Any

from lmc.syntax import ast
from lmc.syntax.machine import Action
from lmc.syntax.transform.declarations import Declarations
from lmc.syntax.transform.expressions import Expressions
from lmc.syntax.transform.signatures import Signatures
from lmc.syntax.transform.statements import Statements


@cache
def names() -> tuple[str, ...]:
    """The names of the rules that have a method."""
    return tuple(name for name in dir(Transform) if not name.startswith("_") and name != "actions")


class Transform(Declarations, Signatures, Statements, Expressions):
    """Builds the nodes of one file."""

    def actions(self) -> dict[str, Action]:
        """The methods, by the names of the rules."""
        return {name: getattr(self, name) for name in names()}

    def start(self, c: list[Any], start: int, end: int) -> tuple[ast.Declaration, ...]:
        return tuple(c)
