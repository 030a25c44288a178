"""What every node of a tree is made of."""

from __future__ import annotations

from dataclasses import dataclass, field

from lmc.source import Span

NOWHERE = Span("", 0, 0)
"""The span of a node that no source was read for."""

UNREAD = "_"
"""The name that stands where a name, value or type could not be read."""


@dataclass(frozen=True, slots=True)
class Node:
    """What all nodes have: the place that they were read from."""

    span: Span = field(default=NOWHERE, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Ident(Node):
    """A name, dotted where it goes through an import's alias (`lib.Answer`)."""

    text: str


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, from `#` to the end of its line. `own_line`: nothing stands before it on its line."""

    text: str
    own_line: bool = field(default=True, compare=False, repr=False)
    span: Span = field(default=NOWHERE, compare=False, repr=False)
