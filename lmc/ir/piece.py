"""Prompts that their authors wrote, in pieces. All are immutable."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from lmc.ir.expression import Expr
from lmc.source import Span


@dataclass(frozen=True, slots=True)
class Hole:
    """A place of a prompt where a value stands: a string as it is, other values as JSON, null as nothing. `expr` reads
    inputs and loop variables."""

    expr: Expr
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Slot:
    """A place of a prompt that lmc fills: `instruction` (the doc, or what tuning put in its place), `demos` (the
    demonstrations) or `format` (what the reply must be, in words)."""

    name: Literal["instruction", "demos", "format"]
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Choice:
    """A part of a prompt that stands there when a condition holds, and another when it does not."""

    condition: Expr
    then: tuple[Piece, ...]
    otherwise: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part of a prompt for each item of a list. Besides `name` it sees `loop`, a record of `index` (from 1),
    `index0`, `first`, `last` and `length`."""

    name: str
    items: Expr
    body: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Fixed:
    """A part of a prompt that no pass may change."""

    body: tuple[Piece, ...]


Piece: TypeAlias = str | Hole | Slot | Choice | Repeat | Fixed


@dataclass(frozen=True, slots=True)
class Turn:
    """A message of a prompt that its author wrote. `fixed`: no pass may change it. `source` is the text as written."""

    role: Literal["system", "user", "assistant"]
    pieces: tuple[Piece, ...]
    source: str
    fixed: bool = False
    span: Span | None = field(default=None, compare=False, repr=False)
