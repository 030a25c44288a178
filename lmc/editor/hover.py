"""Hover: types, docstrings, what tuning found, and the prompt that a call sends."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types

from lmc.editor.calls import calls_within, entries_of, lock_of, score_line, slot_lines, tuned
from lmc.editor.cards import card
from lmc.editor.document import Document
from lmc.editor.nodes import path_to
from lmc.editor.options import option_of
from lmc.editor.places import option_block
from lmc.editor.symbols import Symbol
from lmc.ir.types import UnknownType, show
from lmc.source import Span
from lmc.syntax import ast
from lmc.syntax.tokens import Token

MOST_PROMPT = 6000
"""The characters of a prompt that are shown at most."""

CALL_WORDS = frozenset(
    ("PREDICT", "CHAIN_OF_THOUGHT", "PROGRAM_OF_THOUGHT", "REACT", "VOTE", "BEST_OF", "REFINE", "COMPARE", "TUNE")
)
"""The words that begin a call of an LM."""


def hover(document: Document, params: types.HoverParams) -> types.Hover | None:
    """What stands at a position, as Markdown; None where there is nothing to say."""
    offset = document.offset(params.position)
    token = document.token_at(offset)
    found = document.occurrence(params.position)
    path = path_to(document.tree, offset)
    if found is not None:
        parts = [card(document, found.symbol), *more(document, found.symbol, path, offset)]
        return markdown(document, found.span, parts)
    if token is not None and token.terminal in CALL_WORDS and (call := call_at(path)) is not None:
        return markdown(document, span_of(document, token), list(prompts(document, call.span)))
    if token is not None and token.terminal == "NAME" and (option := option_at(document, token, path)):
        return markdown(document, span_of(document, token), [option])
    return of_expression(document, path)


def markdown(document: Document, span: Span, parts: list[str]) -> types.Hover | None:
    """The parts, with lines between them."""
    text = "\n\n---\n\n".join(part for part in parts if part)
    if not text:
        return None
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text), document.range(span))


def span_of(document: Document, token: Token) -> Span:
    """The place of a token."""
    return document.source.span(token.start, token.end)


def of_expression(document: Document, path: tuple[ast.Node, ...]) -> types.Hover | None:
    """The type of the innermost expression."""
    known = document.analysis.notes.types
    for node in path[::-1]:
        type_ = known.get(node.span)
        if type_ is not None:
            shown = [] if isinstance(type_, UnknownType) else [f"```lmp\n{show(type_)}\n```"]
            return markdown(document, node.span, shown)
        if not isinstance(node, ast.Argument):
            return None
    return None


def call_at(path: tuple[ast.Node, ...]) -> ast.StrategyExpr | ast.SampledExpr | None:
    """The call of an LM that is around a place: the strategy of several calls, where it is part of one."""
    found: ast.StrategyExpr | ast.SampledExpr | None = None
    for node in path[::-1]:
        if isinstance(node, ast.SampledExpr):
            return node
        if isinstance(node, ast.StrategyExpr) and found is None:
            found = node
    return found


def more(document: Document, symbol: Symbol, path: tuple[ast.Node, ...], offset: int) -> Iterator[str]:
    """What there is besides the card of a name: of a module what tuning gained, of a call its prompt."""
    meant = symbol.meant
    if meant.kind == "module":
        yield from gained(document, meant.name)
    elif meant.kind == "variable" and isinstance(meant.node, ast.LetStmt) and meant.span.file == document.source.name:
        if isinstance(meant.node.value, ast.StrategyExpr | ast.SampledExpr):
            yield from prompts(document, meant.node.value.span)
    elif meant.kind in ("signature", "call site"):
        call = next((node for node in path[::-1] if isinstance(node, ast.StrategyExpr)), None)
        names = (call.site, call.signature) if call else ()
        if any(isinstance(one, ast.Ident) and one.span.start <= offset <= one.span.end for one in names):
            assert call is not None
            yield from prompts(document, call.span)


def gained(document: Document, module: str) -> Iterator[str]:
    """What the lock says of a module."""
    lock = lock_of(document)
    for program in tuned(document) if lock else ():
        entry = lock.entries(program.profile).get(module) if lock else None
        if entry is not None:
            of = f" for `{program.profile}`" if program.profile else ""
            stale = " The lock is stale: the source has changed since." if program.stale else ""
            yield f"**Tuned{of}**: {score_line(entry)}.{stale}"


def prompts(document: Document, span: Span) -> Iterator[str]:
    """What is known of the calls that an expression makes: their tuned values, and the prompts that they send."""
    lock = lock_of(document)
    for program in tuned(document):
        for address, _ in calls_within(program.program, span):
            of = f" for `{program.profile}`" if program.profile else ""
            entry, slot = entries_of(lock, program.profile, address)
            lines = [f"**`{address}`**{of}"]
            if entry is not None and slot is not None and not program.stale:
                lines += ["", f"Tuned: {score_line(entry)}.", "", *(f"- {one}" for one in slot_lines(slot))]
            elif program.stale:
                lines += ["", "The lock is stale: the prompt is as written."]
            shown = program.prompt(address)
            cut = shown if len(shown) <= MOST_PROMPT else shown[:MOST_PROMPT] + "\n…\n```"
            yield "\n".join((*lines, "", cut)).strip()


def option_at(document: Document, token: Token, path: tuple[ast.Node, ...]) -> str:
    """What an option does, if a token is the name of one."""
    block = option_block(document, token.start)
    option = option_of(block, token.text) if block else None
    if option is None:
        return ""
    wanted = option.wanted or " or ".join(option.values)
    return f"```lmp\n{option.name}: {wanted or '…'}\n```\n\n{option.text}"
