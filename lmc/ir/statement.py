"""Statements of a module's body. All are immutable."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from lmc.ir.expression import Expr
from lmc.ir.types import Type
from lmc.source import Span


@dataclass(frozen=True, slots=True)
class Let:
    """Introduces a name. `type` is known after elaboration."""

    name: str
    type: Type
    value: Expr
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Assign:
    """Gives a new value to a name that a `let` introduced."""

    name: str
    value: Expr
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class If:
    """Runs one of two blocks."""

    condition: Expr
    then: tuple[Stmt, ...]
    otherwise: tuple[Stmt, ...]
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class For:
    """Runs the body for each item, the first `bound` of them at most. None: the body makes no call and needs no
    bound. `parallel`: the rounds do not depend on one another and run at the same time; the body changes no variable
    from outside it and holds no `break` or `return`."""

    name: str
    items: Expr
    bound: int | None
    body: tuple[Stmt, ...]
    parallel: bool = False
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class While:
    """Runs the body as long as the condition holds, `bound` times at most."""

    condition: Expr
    bound: int
    body: tuple[Stmt, ...]
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Break:
    """Ends the innermost loop."""

    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Attempt:
    """Runs the body, and again when a `Check` in it that names this attempt fails and has retries left: then the call
    sites of `sites` (addresses, `Module.site`) see their last reply of the round before and the message of the check.
    The variables of `restored`, which the body changes but does not introduce, begin each round as they were. What the
    body introduces stays in sight behind it. `name` is unique within the module."""

    name: str
    sites: tuple[str, ...]
    restored: tuple[str, ...]
    body: tuple[Stmt, ...]
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Check:
    """An assertion. When the condition does not hold, the attempt begins again, `retries` times at most for this check;
    after that a `hard` one (`assert`) ends the run with the message and a soft one (`suggest`) lets it go on. `attempt`
    is None where no call could make it better."""

    condition: Expr
    message: Expr
    retries: int
    hard: bool
    attempt: str | None
    span: Span | None = field(default=None, compare=False, repr=False)
    retry_span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Return:
    """Ends the module with a value."""

    value: Expr
    span: Span | None = field(default=None, compare=False, repr=False)


Stmt: TypeAlias = Let | Assign | If | For | While | Break | Attempt | Check | Return
