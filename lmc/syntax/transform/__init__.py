"""From the rules of the grammar to the tree: a method for each rule, by its name."""

from __future__ import annotations

from typing import Any

from lmc.syntax import ast
from lmc.syntax.machine import Action
from lmc.syntax.transform.declarations import Declarations
from lmc.syntax.transform.expressions import Expressions
from lmc.syntax.transform.signatures import Signatures
from lmc.syntax.transform.statements import Statements


class Transform(Declarations, Signatures, Statements, Expressions):
    """Builds the nodes of one file."""

    def actions(self) -> dict[str, Action]:
        """The methods, by the names of the rules."""
        return {name: getattr(self, name) for name in dir(type(self)) if not name.startswith("_") and name != "actions"}

    def start(self, c: list[Any], start: int, end: int) -> tuple[ast.Declaration, ...]:
        return tuple(c)
