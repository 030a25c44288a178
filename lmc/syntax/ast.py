"""A source file as it was written. Spans are outside equality; comments travel beside the tree, in `File.comments`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

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


# Types


@dataclass(frozen=True, slots=True)
class NameType(Node):
    """A named type: `str`, `Intent`."""

    name: Ident


@dataclass(frozen=True, slots=True)
class ConstType(Node):
    """A literal type: a string, an integer or a truth value."""

    value: str | int | bool


@dataclass(frozen=True, slots=True)
class EnumBody(Node):
    """`enum { name "description", ... }`; names are identifiers or strings; `spans` are the places of the values."""

    values: tuple[tuple[str, str], ...]
    spans: tuple[Span, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class RecordBody(Node):
    """`{ name: type "description", ... }`."""

    fields: tuple[FieldDecl, ...]


@dataclass(frozen=True, slots=True)
class ListOfType(Node):
    """`list[item]`."""

    item: TypeExpr


@dataclass(frozen=True, slots=True)
class EitherType(Node):
    """`a | b | ...`, two members or more."""

    members: tuple[TypeExpr, ...]


@dataclass(frozen=True, slots=True)
class OptionalType(Node):
    """`item?`."""

    item: TypeExpr


TypeExpr: TypeAlias = NameType | ConstType | EnumBody | RecordBody | ListOfType | EitherType | OptionalType


# Expressions


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
class Argument(Node):
    """A positional (`name` is None) or named (`name: value`) argument, setting, option or field."""

    name: Ident | None
    value: Expr


@dataclass(frozen=True, slots=True)
class CallExpr(Node):
    """`name(arguments)`: a function of the library or a module."""

    callee: Ident
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class StrategyExpr(Node):
    """`predict Signature(arguments) as site with { settings }`, or with a short signature in parentheses:
    `predict (question -> answer)(q)`. `strategy` is the keyword. `site` and `settings` may be absent.
    `arguments_span` is the place of the arguments in their parentheses."""

    strategy: str
    signature: Ident | ShortSignature
    arguments: tuple[Argument, ...]
    site: Ident | None = None
    settings: tuple[Argument, ...] = ()
    arguments_span: Span = field(default=NOWHERE, compare=False, repr=False)


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
)


# Statements


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
    """`for name in items up to bound { }`; `up to …` may be absent."""

    name: Ident
    items: Expr
    bound: int | None
    body: tuple[Stmt, ...]


@dataclass(frozen=True, slots=True)
class ReturnStmt(Node):
    """`return value`."""

    value: Expr


Stmt: TypeAlias = LetStmt | AssignStmt | IfStmt | ForStmt | ReturnStmt


# Declarations


@dataclass(frozen=True, slots=True)
class FieldDecl(Node):
    """`name: type "description"`; in a record, a parameter list or a signature. The type may be absent (`str`) in a
    short signature. `alias` is written `as "name"` after the type."""

    name: Ident
    type: TypeExpr | None
    description: str | None = None
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class ShortSignature(Node):
    """`a, b: list[str] -> c: int`."""

    inputs: tuple[FieldDecl, ...]
    outputs: tuple[FieldDecl, ...]


@dataclass(frozen=True, slots=True)
class DemoDecl(Node):
    """`demo { input: value, … => output: value, … }`."""

    inputs: tuple[Argument, ...]
    outputs: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class ImportDecl(Node):
    """`import { Name, Other as Alias } from "file.lmp"` (`names` are (name, alias or None)), or `import "file.lmp" as
    alias` (`names` is empty)."""

    path: str
    names: tuple[tuple[Ident, Ident | None], ...] = ()
    alias: Ident | None = None
    path_span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class LMStmt(Node):
    """`lm name = "provider/model" { option: value, … }`."""

    name: Ident
    reference: str
    options: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class TypeStmt(Node):
    """`type name = type`."""

    name: Ident
    type: TypeExpr


@dataclass(frozen=True, slots=True)
class DataStmt(Node):
    """`data name: row = "file" { split: {…}, seed: 0 }`, or `data name = { train: "file", dev: "file" }`, options
    after it. `source` is a string or a record of strings."""

    name: Ident
    row: TypeExpr | None
    source: Expr
    options: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class SignatureStmt(Node):
    """`signature Name { "doc" in a: T "…" out b: T "…" demo { … } }`, or `signature Name = a -> b` (`short`)."""

    name: Ident
    doc: str | None = None
    inputs: tuple[FieldDecl, ...] = ()
    outputs: tuple[FieldDecl, ...] = ()
    demos: tuple[DemoDecl, ...] = ()
    short: ShortSignature | None = None
    doc_span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ModuleStmt(Node):
    """`module Name(params) -> returns { "doc" statements }`."""

    name: Ident
    params: tuple[FieldDecl, ...]
    returns: TypeExpr
    body: tuple[Stmt, ...]
    doc: str | None = None
    doc_span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class MetricStmt(Node):
    """`metric name(want, got) = expression`."""

    name: Ident
    params: tuple[Ident, ...]
    body: Expr


@dataclass(frozen=True, slots=True)
class PassCall(Node):
    """`name` or `name(option: value, …)` in a pipeline."""

    name: Ident
    options: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class Clause(Node):
    """A clause of an `optimize` block: `keyword` is data, metric, lm, teacher, seed, budget or passes; `value` is an
    Ident (data, metric, lm, teacher), an int (seed), a tuple of (number, unit) pairs (budget; units: calls, tokens,
    dollars) or a tuple of PassCall."""

    keyword: str
    value: Any


@dataclass(frozen=True, slots=True)
class OptimizeStmt(Node):
    """`optimize Module { data rows metric accuracy lm small teacher big budget 600 calls seed 0 passes labeled }`."""

    module: Ident
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class EmitStmt(Node):
    """`emit prompts, python to "folder"`."""

    backends: tuple[Ident, ...]
    folder: str


Declaration: TypeAlias = (
    ImportDecl | LMStmt | TypeStmt | DataStmt | SignatureStmt | ModuleStmt | MetricStmt | OptimizeStmt | EmitStmt
)


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, from `#` to the end of its line. `own_line`: nothing stands before it on its line."""

    text: str
    own_line: bool = field(default=True, compare=False, repr=False)
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class File:
    """A whole file. `gaps` are the places, in order, of the tokens and comments that a blank line stands before."""

    declarations: tuple[Declaration, ...]
    comments: tuple[Comment, ...] = ()
    gaps: tuple[int, ...] = field(default=(), compare=False, repr=False)
