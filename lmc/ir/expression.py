"""Expressions of a program as it is meant: names resolved, types known, every call site named. All are immutable."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from lmc.ir.types import Type
from lmc.source import Span

Json: TypeAlias = Any
"""A JSON value. Never mutated."""


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
class Comprehension:
    """A list of the value for each item, of those that meet the condition, the first `bound` items at most. None: the
    value makes no call and needs no bound. Calls for different items run at the same time."""

    value: Expr
    name: str
    items: Expr
    condition: Expr | None = None
    bound: int | None = None
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Is:
    """Whether a value is of a type."""

    value: Expr
    type: Type
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Try:
    """The value of an expression, or of another one when it fails; there the name `error` is the message of the
    failure, a string."""

    value: Expr
    otherwise: Expr
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Space:
    """What a tuned value may be: one of `choices`, or a number from `low` to `high`, both included; whole numbers if
    both bounds are."""

    choices: tuple[Json, ...] | None = None
    low: int | float | None = None
    high: int | float | None = None


@dataclass(frozen=True, slots=True)
class Tune:
    """A value that an optimizer may choose. `slot` names it within its module, beside the call sites; `value` is what
    holds now: as written the first choice, or the low bound."""

    slot: str
    space: Space
    value: Json
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class External:
    """A call of what is not an LM: a declared `extern`, `tool` or `retriever`, by its name; or `run_code`, which runs
    Python code in the sandbox: it takes `code` and gives a record of `output` (a string) and `error` (one, or null).
    Arguments by name, in the order of the parameters; a retriever takes `query` and `k`."""

    name: str
    arguments: tuple[tuple[str, Expr], ...]
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Score:
    """What a metric says of a value, as a run goes on: a record of `score` (a number) and `feedback` (a string, maybe
    empty). `want` is a record: in `best_of` the inputs of the call."""

    metric: str
    want: Expr
    got: Expr
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Demo:
    """A demonstration: inputs and outputs by name. An output may be missing (a label without its reasoning). `origin`
    is the id of the data row that it came from, if any. `failures` are attempts before the right one, in order: what
    was replied, as text, and what was said of it."""

    inputs: tuple[tuple[str, Json], ...]
    outputs: tuple[tuple[str, Json], ...]
    origin: str | None = None
    failures: tuple[tuple[str, str], ...] = ()


TurnStyle: TypeAlias = Literal["chat", "block", "completion"]
FieldStyle: TypeAlias = Literal["plain", "label", "xml", "markdown", "json", "yaml", "markers"]
ReplyStyle: TypeAlias = Literal["bare", "fields", "json", "xml", "yaml", "markers"]
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
    slots that optimizer passes tune are `instruction`, `demos`, `layout` and `nearest`, and what `tunes` names, with
    the space of each: any of `lm`, `strategy`, `temperature`, `top_p`, `max_tokens`, `retries`, `nearest`,
    `logit_bias`. `retries` counts the attempts after a reply that does not fit. `nearest`: of the demonstrations only
    so many are shown, those most like the inputs. `logit_bias` is what is added to the logits of tokens, by their ids.
    `strategy` overrides the site's. `tools` are what an LM with native tool calls is offered. `value` is that of a
    `Tune`, in patches only."""

    lm: str | None = None
    instruction: str | None = None
    demos: tuple[Demo, ...] | None = None
    layout: Layout | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    retries: int | None = None
    top_p: float | None = None
    logit_bias: tuple[tuple[int, float], ...] | None = None
    nearest: int | None = None
    strategy: str | None = None
    tools: tuple[str, ...] = ()
    tunes: tuple[tuple[str, Space], ...] = ()
    value: Json = None


@dataclass(frozen=True, slots=True)
class Predict:
    """A call of an LM by a signature. `site` names it within its module; `strategy` is "predict" or "chain_of_thought".
    Arguments are by input name, in the order of the signature's inputs. `sample` is a whole number that tells apart
    calls which are alike but meant to differ (votes); None is the run's own."""

    site: str
    strategy: str
    signature: str
    arguments: tuple[tuple[str, Expr], ...]
    settings: Settings = Settings()
    sample: Expr | None = None
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
    | Comprehension
    | Is
    | Try
    | Tune
    | Apply
    | External
    | Score
    | Invoke
    | Predict
)
