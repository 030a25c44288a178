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


@dataclass(frozen=True, slots=True)
class MapOfType(Node):
    """`map[key, value]`."""

    key: TypeExpr
    value: TypeExpr


@dataclass(frozen=True, slots=True)
class LimitedType(Node):
    """`item 1..5`, `item 1..`, `item up to 200 chars`, `item matching /pattern/`. `low` and `high` are None where there
    is none; `unit` is "chars", "items" or empty."""

    item: TypeExpr
    low: int | float | None = None
    high: int | float | None = None
    unit: str = ""
    pattern: str | None = None
    pattern_span: Span = field(default=NOWHERE, compare=False, repr=False)


TypeExpr: TypeAlias = (
    NameType | ConstType | EnumBody | RecordBody | ListOfType | EitherType | OptionalType | MapOfType | LimitedType
)


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
    """`assert condition else message retry n`, or `suggest …`; the message and `retry` may be absent."""

    hard: bool
    condition: Expr
    message: Expr | None
    retries: int | None


@dataclass(frozen=True, slots=True)
class ReturnStmt(Node):
    """`return value`."""

    value: Expr


Stmt: TypeAlias = LetStmt | AssignStmt | IfStmt | ForStmt | WhileStmt | BreakStmt | MatchStmt | CheckStmt | ReturnStmt


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
class PromptTurn(Node):
    '''`system """…"""`, `fixed user """…"""`, `prompt """…"""` (no role), or with `from "file"` in the place of the
    text (`file`). `literal` is the text as it stands between its quotes, with them.'''

    role: str
    text: str
    fixed: bool = False
    file: bool = False
    literal: str = field(default="", compare=False, repr=False)
    text_span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class PromptDecl(Node):
    '''`prompt """…"""` (one turn without a role) or `prompt { turns }`.'''

    turns: tuple[PromptTurn, ...]


@dataclass(frozen=True, slots=True)
class SignatureStmt(Node):
    """`signature Name extends Base { "doc" in a: T "…" out b: T "…" demo { … } prompt … }`, or `signature Name = a ->
    b` (`short`)."""

    name: Ident
    doc: str | None = None
    inputs: tuple[FieldDecl, ...] = ()
    outputs: tuple[FieldDecl, ...] = ()
    demos: tuple[DemoDecl, ...] = ()
    short: ShortSignature | None = None
    base: Ident | None = None
    prompts: tuple[PromptDecl, ...] = ()
    doc_span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ModuleStmt(Node):
    """`module Name(params) -> returns depth 3 { "doc" statements }`; the depth may be absent."""

    name: Ident
    params: tuple[FieldDecl, ...]
    returns: TypeExpr
    body: tuple[Stmt, ...]
    doc: str | None = None
    depth: int | None = None
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
    """A clause of an `optimize` block: `keyword` is data, metric, lm, teacher, seed, budget, passes or assertions;
    `value` is an Ident (data, metric, lm, teacher), an int (seed), a tuple of (number, unit) pairs (budget; units:
    calls, tokens, dollars), a tuple of PassCall, or a bool (assertions on or off)."""

    keyword: str
    value: Any


@dataclass(frozen=True, slots=True)
class OptimizeStmt(Node):
    """`optimize Module for "profile" { data rows metric accuracy lm small teacher big budget 600 calls … }`; the
    profile may be absent."""

    module: Ident
    clauses: tuple[Clause, ...]
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class EmitStmt(Node):
    """`emit prompts, python to "folder" for "profile" with { options }`; what follows the folder may be absent."""

    backends: tuple[Ident, ...]
    folder: str
    profile: str | None = None
    options: tuple[Argument, ...] = ()
    folder_span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ExternStmt(Node):
    """`extern python "file.py" name(params) -> returns "doc"`."""

    language: Ident
    file: str
    name: Ident
    params: tuple[FieldDecl, ...]
    returns: TypeExpr
    doc: str | None = None
    file_span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ToolStmt(Node):
    """`tool name(params) -> returns = protocol "target" { options } "doc"`."""

    name: Ident
    params: tuple[FieldDecl, ...]
    returns: TypeExpr
    protocol: Ident
    target: str
    options: tuple[Argument, ...] = ()
    doc: str | None = None
    target_span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class RetrieverStmt(Node):
    """`retriever name: row = "corpus" { options }`; `source` is a string, or the name of an extern."""

    name: Ident
    row: TypeExpr | None
    source: Expr
    options: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseDecl(Node):
    """`Module(arguments) => condition`."""

    call: CallExpr | StrategyExpr
    holds: Expr


@dataclass(frozen=True, slots=True)
class TestStmt(Node):
    """`test "name" with { options } { cases }`."""

    title: str
    options: tuple[Argument, ...]
    cases: tuple[CaseDecl, ...]
    title_span: Span = field(default=NOWHERE, compare=False, repr=False)
    options_span: Span = field(default=NOWHERE, compare=False, repr=False)


Declaration: TypeAlias = (
    ImportDecl
    | LMStmt
    | TypeStmt
    | DataStmt
    | SignatureStmt
    | ModuleStmt
    | MetricStmt
    | OptimizeStmt
    | EmitStmt
    | ExternStmt
    | ToolStmt
    | RetrieverStmt
    | TestStmt
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
