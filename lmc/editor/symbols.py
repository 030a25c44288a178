"""What names stand for, and the places where they stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from lmc.source import Span
from lmc.syntax import ast

Kind = Literal[
    "LM", "type", "data set", "signature", "module", "metric", "extern", "tool", "retriever",
    "parameter", "input", "output", "field", "variable", "call site", "alias", "import",
    "function", "primitive", "pass", "backend",
]  # fmt: skip
"""What a name can be. `import` is the name of a file (`import "…" as lib`), `alias` another name for one thing of it.
The last four are those of the language itself: they are declared nowhere."""

BUILT_IN: tuple[Kind, ...] = ("function", "primitive", "pass", "backend")

Role = Literal["definition", "reference", "write"]


@dataclass(frozen=True, slots=True)
class Symbol:
    """What a name stands for: its kind, its name, and where it is introduced (`span` is that of the name; nowhere for
    what the language has itself). `whole` is the extent of what introduces it, `node` that in the tree; `container` the
    name of the declaration that it belongs to, for what is in one. `target` is what an alias is another name for."""

    kind: Kind
    name: str
    span: Span
    container: str = ""
    whole: Span = field(default=ast.NOWHERE, compare=False)
    node: ast.Node | None = field(default=None, compare=False, repr=False)
    target: Symbol | None = field(default=None, compare=False, repr=False)

    @property
    def built_in(self) -> bool:
        """Whether the language has it itself."""
        return self.kind in BUILT_IN

    @property
    def meant(self) -> Symbol:
        """The thing itself, of which this may be another name."""
        return self.target.meant if self.target is not None and self.kind == "alias" else self


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A place where a name stands."""

    span: Span
    symbol: Symbol
    role: Role
