"""Expressions as they were written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from lmc.source import Span
from lmc.syntax.ast.node import NOWHERE, Ident, Node
from lmc.syntax.ast.types import ShortSignature


@dataclass(frozen=True, slots=True)
class Argument(Node):
    """A positional (`name` is None) or named (`name: value`) argument, setting, option or field."""

    name: Ident | None
    value: Expr


@dataclass(frozen=True, slots=True)
class Value(Node):
    """A string, number, `true`, `false` or `null`."""

    value: str | int | float | bool | None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Value) and (type(self.value), self.value) == (type(other.value), other.value)

    def __hash__(self) -> int:
        return hash((type(self.value), self.value))


@dataclass(frozen=True, slots=True)
class Reference(Node):
    """A variable."""

    name: Ident


@dataclass(frozen=True, slots=True)
class Attribute(Node):
    """`base.name`."""

    base: Expr
    name: Ident


@dataclass(frozen=True, slots=True)
class Subscript(Node):
    """`base[index]`."""

    base: Expr
    index: Expr


@dataclass(frozen=True, slots=True)
class Operator(Node):
    """An operator on one operand (`not`, `-`) or two (`or and in == != < <= > >= + - * / // %`)."""

    symbol: str
    operands: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Ternary(Node):
    """`then if condition else otherwise`, as in Python."""

    condition: Expr
    then: Expr
    otherwise: Expr


@dataclass(frozen=True, slots=True)
class ListDisplay(Node):
    """`[a, b]`."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class RecordDisplay(Node):
    """`{ name: value, ... }`."""

    fields: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class FormatString(Node):
    """`f"text {expression} text"`: the parts in order; `{{` and `}}` in the source are braces in the text."""

    parts: tuple[str | Expr, ...]


@dataclass(frozen=True, slots=True)
class CallExpr(Node):
    """`name(arguments)`: a function of the library or a module."""

    callee: Ident
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class StrategyExpr(Node):
    """`predict Signature(arguments) as site using [tools] with { settings }`, or with a short signature in parentheses:
    `predict (question -> answer)(q)`. `strategy` is the keyword, or the keywords of `tune { predict, … }` with `|`
    between them. `site`, `tools` and `settings` may be absent. `arguments_span` is the place of the arguments in their
    parentheses."""

    strategy: str
    signature: Ident | ShortSignature
    arguments: tuple[Argument, ...]
    site: Ident | None = None
    settings: tuple[Argument, ...] = ()
    tools: tuple[Ident, ...] = ()
    arguments_span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SampledExpr(Node):
    """`vote 5 predict …`, `best_of 3 by metric above 0.8 predict …`, `refine …`, `compare …`: several calls made into
    one. `count` is an int or a TuneRange."""

    strategy: str
    count: int | TuneRange
    metric: Ident | None
    above: float | None
    call: StrategyExpr


@dataclass(frozen=True, slots=True)
class EnsembleExpr(Node):
    """`ensemble [a, b, c]`: what most say; `ensemble by metric [a, b, c]`: the best."""

    metric: Ident | None
    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class RetrieveExpr(Node):
    """`retrieve corpus(query, k)`."""

    retriever: Ident
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class TryExpr(Node):
    """`try value else otherwise`."""

    value: Expr
    otherwise: Expr


@dataclass(frozen=True, slots=True)
class TuneRange(Node):
    """`tune low..high at value`; what holds until it is tuned may be absent."""

    low: int | float
    high: int | float
    at: int | float | None = None


@dataclass(frozen=True, slots=True)
class TuneChoices(Node):
    """`tune { a, b } at b`; what holds until it is tuned may be absent."""

    choices: tuple[Expr, ...]
    at: Expr | None = None


@dataclass(frozen=True, slots=True)
class ComprehensionExpr(Node):
    """`[value for name in items if condition up to bound]`."""

    value: Expr
    name: Ident
    items: Expr
    condition: Expr | None
    bound: int | None


Expr: TypeAlias = (
    Value
    | Reference
    | Attribute
    | Subscript
    | Operator
    | Ternary
    | ListDisplay
    | RecordDisplay
    | FormatString
    | CallExpr
    | StrategyExpr
    | SampledExpr
    | EnsembleExpr
    | RetrieveExpr
    | TryExpr
    | TuneRange
    | TuneChoices
    | ComprehensionExpr
)
