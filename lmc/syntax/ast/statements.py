"""Statements as they were written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from lmc.source import Span
from lmc.syntax.ast.expressions import Expr
from lmc.syntax.ast.node import NOWHERE, Ident, Node
from lmc.syntax.ast.types import TypeExpr


@dataclass(frozen=True, slots=True)
class LetStmt(Node):
    """`let name = value` or `let name: type = value`."""

    name: Ident
    type: TypeExpr | None
    value: Expr


@dataclass(frozen=True, slots=True)
class AssignStmt(Node):
    """`name = value`."""

    name: Ident
    value: Expr


@dataclass(frozen=True, slots=True)
class IfStmt(Node):
    """`if condition { } else if … { } else { }`; an `else if` is an IfStmt alone in `otherwise`. `otherwise` is None
    where there is no `else`. `then_span` is the place of the first block."""

    condition: Expr
    then: tuple[Stmt, ...]
    otherwise: tuple[Stmt, ...] | None
    then_span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ForStmt(Node):
    """`for name in items up to bound { }`; `up to …` may be absent; `parallel` may stand before it."""

    name: Ident
    items: Expr
    bound: int | None
    body: tuple[Stmt, ...]
    parallel: bool = False


@dataclass(frozen=True, slots=True)
class WhileStmt(Node):
    """`while condition up to bound { }`; `repeat up to bound { }` has no condition."""

    condition: Expr | None
    bound: int | None
    body: tuple[Stmt, ...]
    body_span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class BreakStmt(Node):
    """`break`."""


@dataclass(frozen=True, slots=True)
class MatchCase(Node):
    """`case type name { }`; the name may be absent."""

    type: TypeExpr
    name: Ident | None
    body: tuple[Stmt, ...]
    body_span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class MatchStmt(Node):
    """`match value { case … { } else { } }`. `otherwise` is None where there is no `else`."""

    value: Expr
    cases: tuple[MatchCase, ...]
    otherwise: tuple[Stmt, ...] | None
    otherwise_span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class CheckStmt(Node):
    """`assert condition else message retry n`, or `suggest …`; the message and `retry` may be absent; `retry_span` is
    the place of the number with the word."""

    hard: bool
    condition: Expr
    message: Expr | None
    retries: int | None
    retry_span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ReturnStmt(Node):
    """`return value`."""

    value: Expr


Stmt: TypeAlias = LetStmt | AssignStmt | IfStmt | ForStmt | WhileStmt | BreakStmt | MatchStmt | CheckStmt | ReturnStmt
