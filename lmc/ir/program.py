"""A program as it is meant: names resolved, types known, every call site named. All values are immutable."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from lmc.ir.types import Field, Type
from lmc.source import Span

Json: TypeAlias = Any
"""A JSON value. Never mutated."""


# Expressions


@dataclass(frozen=True, slots=True)
class Const:
    """A string, number, truth value or null; `1`, `1.0` and `true` are three."""

    value: str | int | float | bool | None
    span: Span | None = field(default=None, compare=False, repr=False)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Const) and (type(self.value), self.value) == (type(other.value), other.value)

    def __hash__(self) -> int:
        return hash((type(self.value), self.value))


@dataclass(frozen=True, slots=True)
class Name:
    """The value of a parameter, a `let`, or a loop variable."""

    name: str
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Member:
    """A field of a record."""

    base: Expr
    name: str
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list (negative from its end), or a character of a string."""

    base: Expr
    index: Expr
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator on its operands: `not` and `neg` on one, the others (`+ - * / // % == != < <= > >= in and or`) on
    two. `and` and `or` evaluate the second operand only when it decides."""

    operator: str
    operands: tuple[Expr, ...]
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Conditional:
    """`then if condition else otherwise`."""

    condition: Expr
    then: Expr
    otherwise: Expr
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of the values of the items."""

    items: tuple[Expr, ...]
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class RecordOf:
    """A record of named values."""

    fields: tuple[tuple[str, Expr], ...]
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Interpolation:
    """Text with values in it; the parts are strings and expressions."""

    parts: tuple[str | Expr, ...]
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Apply:
    """A call of a pure function of the library, by position."""

    function: str
    arguments: tuple[Expr, ...]
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Invoke:
    """A call of another module, its arguments by parameter name, in the order of the parameters."""

    module: str
    arguments: tuple[tuple[str, Expr], ...]
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Demo:
    """A demonstration: inputs and outputs by name. An output may be missing (a label without its reasoning). `origin`
    is the id of the data row that it came from, if any."""

    inputs: tuple[tuple[str, Json], ...]
    outputs: tuple[tuple[str, Json], ...]
    origin: str | None = None


TurnStyle: TypeAlias = Literal["chat", "block", "completion"]
FieldStyle: TypeAlias = Literal["plain", "label", "xml", "markdown", "json"]
ReplyStyle: TypeAlias = Literal["bare", "fields", "json"]
TypeWords: TypeAlias = Literal["stated", "unstated"]


@dataclass(frozen=True, slots=True)
class Layout:
    """How a prompt is laid out: `turns` are chat turns (demonstrations as turns), one block in a single user message,
    or text to complete; `fields` says how inputs are written; `reply` how the reply is; `types` whether the prompt
    says in words what the reply may be, which demonstrations may show better."""

    turns: TurnStyle
    fields: FieldStyle
    reply: ReplyStyle
    types: TypeWords = "stated"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a call site sets for itself; None where it takes what its signature, its module's LM or lmc gives. The
    slots that optimizer passes tune are `instruction`, `demos` and `layout`. `retries` counts the attempts after a
    reply that does not fit."""

    lm: str | None = None
    instruction: str | None = None
    demos: tuple[Demo, ...] | None = None
    layout: Layout | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    retries: int | None = None


@dataclass(frozen=True, slots=True)
class Predict:
    """A call of an LM by a signature. `site` names it within its module; `strategy` is "predict" or "chain_of_thought".
    Arguments are by input name, in the order of the signature's inputs."""

    site: str
    strategy: str
    signature: str
    arguments: tuple[tuple[str, Expr], ...]
    settings: Settings = Settings()
    span: Span | None = field(default=None, compare=False, repr=False)


Expr: TypeAlias = (
    Const
    | Name
    | Member
    | Item
    | Operation
    | Conditional
    | ListOf
    | RecordOf
    | Interpolation
    | Apply
    | Invoke
    | Predict
)


# Statements


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
    bound."""

    name: str
    items: Expr
    bound: int | None
    body: tuple[Stmt, ...]
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Return:
    """Ends the module with a value."""

    value: Expr
    span: Span | None = field(default=None, compare=False, repr=False)


Stmt: TypeAlias = Let | Assign | If | For | Return


# Declarations


@dataclass(frozen=True, slots=True)
class LMDecl:
    """A language model: `reference` is `provider/model`; `options` as declared (numbers, strings, lists of names)."""

    name: str
    reference: str
    options: tuple[tuple[str, Json], ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)

    def option(self, name: str, default: Any = None) -> Any:
        """An option, or the default."""
        return dict(self.options).get(name, default)


@dataclass(frozen=True, slots=True)
class TypeDecl:
    """A named type."""

    name: str
    type: Type
    doc: str = ""
    span: Span | None = field(default=None, compare=False, repr=False)


Share: TypeAlias = int | float | Literal["rest"]
"""A part of a data set: so many rows, a fraction of them, or what the others leave."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Rows from files, paths relative to the file that declares them. Either one file in `files` under "" with
    `split`, or a file for each role (`train`, `dev`, `test`). `columns` renames: (field, column in the file). `row`
    is the declared type of a row, if any. `base` is the folder of the declaring file, relative to the program's."""

    name: str
    files: tuple[tuple[str, str], ...]
    split: tuple[tuple[str, Share], ...] = ()
    seed: int = 0
    columns: tuple[tuple[str, str], ...] = ()
    row: Type | None = None
    base: str = "."
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Signature:
    """Inputs and outputs of one LM call. `doc` is the instruction as written."""

    name: str
    doc: str
    inputs: tuple[Field, ...]
    outputs: tuple[Field, ...]
    demos: tuple[Demo, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Module:
    """A function from typed parameters to a typed value; its body makes the calls."""

    name: str
    params: tuple[Field, ...]
    returns: Type
    body: tuple[Stmt, ...]
    doc: str = ""
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Metric:
    """An expression over the wanted row (`params[0]`) and the given value (`params[1]`): a truth value or a number."""

    name: str
    params: tuple[str, str]
    body: Expr
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Budget:
    """What tuning may spend: at most so many LM calls, tokens, and US dollars; None is no limit of that kind."""

    calls: int | None = None
    tokens: int | None = None
    dollars: float | None = None


@dataclass(frozen=True, slots=True)
class PassSpec:
    """A pass of an explicit pipeline and its options."""

    name: str
    options: tuple[tuple[str, Json], ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Optimize:
    """What to tune a module for. `teacher` names an LM or a module; `passes` is None for `auto`."""

    module: str
    dataset: str
    metric: str
    lm: str | None = None
    teacher: str | None = None
    budget: Budget = Budget()
    seed: int = 0
    passes: tuple[PassSpec, ...] | None = None
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Emit:
    """What to write (`prompts`, `python`) and the folder, relative to the program's."""

    backends: tuple[str, ...]
    folder: str
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Program:
    """A whole program, imports resolved, declarations in source order. `name` is the file's name without `.lmp`."""

    name: str
    lms: tuple[LMDecl, ...] = ()
    types: tuple[TypeDecl, ...] = ()
    datasets: tuple[Dataset, ...] = ()
    signatures: tuple[Signature, ...] = ()
    modules: tuple[Module, ...] = ()
    metrics: tuple[Metric, ...] = ()
    optimizes: tuple[Optimize, ...] = ()
    emits: tuple[Emit, ...] = ()

    def signature(self, name: str) -> Signature:
        """The signature of that name."""
        return next(one for one in self.signatures if one.name == name)

    def module(self, name: str) -> Module:
        """The module of that name."""
        return next(one for one in self.modules if one.name == name)

    def lm(self, name: str) -> LMDecl:
        """The LM of that name."""
        return next(one for one in self.lms if one.name == name)

    def dataset(self, name: str) -> Dataset:
        """The data set of that name."""
        return next(one for one in self.datasets if one.name == name)

    def metric(self, name: str) -> Metric:
        """The metric of that name."""
        return next(one for one in self.metrics if one.name == name)
