"""Signatures as they were written, and what they own."""

from __future__ import annotations

from dataclasses import dataclass, field

from lmc.source import Span
from lmc.syntax.ast.expressions import Argument
from lmc.syntax.ast.node import NOWHERE, Ident, Node
from lmc.syntax.ast.types import FieldDecl, ShortSignature


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
class DemoDecl(Node):
    """`demo { input: value, … => output: value, … }`."""

    inputs: tuple[Argument, ...]
    outputs: tuple[Argument, ...]


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
