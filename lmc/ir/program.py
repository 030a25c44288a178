"""A program as it is meant: its declarations, with the expressions and statements of `lmc.ir.expression` and
`lmc.ir.statement`. All values are immutable."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from lmc.ir.expression import (
    Apply,
    Comprehension,
    Conditional,
    Const,
    Demo,
    Expr,
    External,
    FieldStyle,
    Interpolation,
    Invoke,
    Is,
    Item,
    Json,
    Layout,
    ListOf,
    Member,
    Name,
    Operation,
    Predict,
    RecordOf,
    ReplyStyle,
    Score,
    Settings,
    Space,
    Try,
    Tune,
    TurnStyle,
    TypeWords,
)
from lmc.ir.piece import Choice, Fixed, Hole, Piece, Repeat, Slot, Turn
from lmc.ir.statement import (
    Assign,
    Attempt,
    Break,
    Check,
    For,
    If,
    Let,
    Return,
    Stmt,
    While,
)
from lmc.ir.types import Field, Type
from lmc.source import Span


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
    """Inputs and outputs of one LM call. `doc` is the instruction as written. `prompt` are the messages, where the
    author wrote the prompt himself."""

    name: str
    doc: str
    inputs: tuple[Field, ...]
    outputs: tuple[Field, ...]
    demos: tuple[Demo, ...] = ()
    prompt: tuple[Turn, ...] | None = None
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Module:
    """A function from typed parameters to a typed value; its body makes the calls. `depth` is how deep it may call
    itself, directly or through others; None: it does not."""

    name: str
    params: tuple[Field, ...]
    returns: Type
    body: tuple[Stmt, ...]
    doc: str = ""
    depth: int | None = None
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Metric:
    """An expression over the wanted row (`params[0]`) and the given value (`params[1]`): a truth value or a number."""

    name: str
    params: tuple[str, str]
    body: Expr
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Extern:
    """A Python function of the program's author: `file` is relative to `base`, the folder of the declaring file, which
    is relative to the program's."""

    name: str
    file: str
    params: tuple[Field, ...]
    returns: Type
    doc: str = ""
    base: str = "."
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool behind a protocol: `http` (`target` is `METHOD url`, with `{param}` holes) or `mcp` (`target` is a command
    or a URL). `options` as declared: `headers`, `timeout`, `tool` (its name on an MCP server)."""

    name: str
    protocol: Literal["http", "mcp"]
    target: str
    params: tuple[Field, ...]
    returns: Type
    doc: str = ""
    options: tuple[tuple[str, Json], ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Retriever:
    """Finds the rows of a corpus that are most like a query. `kind` is `bm25`, `dense` (`lm` names the embedding LM),
    or `extern` (`function` names the extern that does it). `fields` are the columns that are searched, none for all
    strings; `k` is how many rows are found where the call does not say. `file` is relative to `base`."""

    name: str
    row: Type
    kind: Literal["bm25", "dense", "extern"]
    file: str = ""
    fields: tuple[str, ...] = ()
    k: int = 5
    lm: str | None = None
    function: str | None = None
    base: str = "."
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Case:
    """A call and what must hold of its value, which `it` names; the fields of a record are names too."""

    call: Expr
    holds: Expr
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Test:
    """Cases with a name. Options: `lm` (the LM that answers in the place of each), `replies` (a list of texts: the LM
    is scripted), `recorded` (a file of replies beside the program)."""

    name: str
    cases: tuple[Case, ...]
    options: tuple[tuple[str, Json], ...] = ()
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
    """What to tune a module for. `teacher` names an LM or a module; `proposer` the LM that writes proposals (None: the
    teacher where that is an LM, else the LM that is tuned for). `passes` is None for `auto`. `profile` tells apart
    several blocks of one module (`optimize Router for "big"`), each with its own tuned result. `assertions`: whether
    they are on while tuning."""

    module: str
    dataset: str
    metric: str
    lm: str | None = None
    teacher: str | None = None
    proposer: str | None = None
    budget: Budget = Budget()
    seed: int = 0
    passes: tuple[PassSpec, ...] | None = None
    profile: str = ""
    assertions: bool = True
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Emit:
    """What to write (`prompts`, `python`) and the folder, relative to the program's. `profile` is whose tuned result.
    Options: `assertions` (false leaves them out), `self_contained` (true: retrievers and their corpora go along)."""

    backends: tuple[str, ...]
    folder: str
    profile: str = ""
    options: tuple[tuple[str, Json], ...] = ()
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
    externs: tuple[Extern, ...] = ()
    tools: tuple[Tool, ...] = ()
    retrievers: tuple[Retriever, ...] = ()
    tests: tuple[Test, ...] = ()

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

    def external(self, name: str) -> Extern | Tool | Retriever:
        """The extern, tool or retriever of that name."""
        declared: tuple[Extern | Tool | Retriever, ...] = (*self.externs, *self.tools, *self.retrievers)
        return next(one for one in declared if one.name == name)


__all__ = [
    "Apply",
    "Assign",
    "Attempt",
    "Break",
    "Budget",
    "Case",
    "Check",
    "Choice",
    "Comprehension",
    "Conditional",
    "Const",
    "Dataset",
    "Demo",
    "Emit",
    "Expr",
    "Extern",
    "External",
    "FieldStyle",
    "Fixed",
    "For",
    "Hole",
    "If",
    "Interpolation",
    "Invoke",
    "Is",
    "Item",
    "Json",
    "LMDecl",
    "Layout",
    "Let",
    "ListOf",
    "Member",
    "Metric",
    "Module",
    "Name",
    "Operation",
    "Optimize",
    "PassSpec",
    "Piece",
    "Predict",
    "Program",
    "RecordOf",
    "Repeat",
    "ReplyStyle",
    "Retriever",
    "Return",
    "Score",
    "Settings",
    "Share",
    "Signature",
    "Slot",
    "Space",
    "Stmt",
    "Test",
    "Tool",
    "Try",
    "Tune",
    "Turn",
    "TurnStyle",
    "TypeDecl",
    "TypeWords",
    "While",
]
