"""Declarations as they were written, and the file that they make up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from lmc.source import Span
from lmc.syntax.ast.expressions import Argument, CallExpr, Expr, StrategyExpr
from lmc.syntax.ast.node import NOWHERE, Comment, Ident, Node
from lmc.syntax.ast.signatures import SignatureStmt
from lmc.syntax.ast.statements import Stmt
from lmc.syntax.ast.types import FieldDecl, TypeExpr


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
class ModuleStmt(Node):
    """`module Name(params) -> returns depth 3 { "doc" statements }`; the depth may be absent; `depth_span` is its
    place with the word."""

    name: Ident
    params: tuple[FieldDecl, ...]
    returns: TypeExpr
    body: tuple[Stmt, ...]
    doc: str | None = None
    depth: int | None = None
    depth_span: Span = field(default=NOWHERE, compare=False, repr=False)
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
    """A clause of an `optimize` block: `keyword` is data, metric, lm, teacher, proposer, seed, budget, passes or
    assertions; `value` is an Ident (data, metric, lm, teacher, proposer), an int (seed), a tuple of (number, unit)
    pairs (budget; units: calls, tokens, dollars), a tuple of PassCall, or a bool (assertions on or off)."""

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
class File:
    """A whole file. `gaps` are the places, in order, of the tokens and comments that a blank line stands before."""

    declarations: tuple[Declaration, ...]
    comments: tuple[Comment, ...] = ()
    gaps: tuple[int, ...] = field(default=(), compare=False, repr=False)
