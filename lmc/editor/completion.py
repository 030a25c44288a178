"""Completion: what could be written at a place, for all that the grammar, the names in sight and their types say."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

from lsprotocol import types

from lmc.editor.cards import called_of
from lmc.editor.document import Document
from lmc.editor.library import function, passes
from lmc.editor.nodes import path_to
from lmc.editor.offers import Offer, item, keyword, named, option_name
from lmc.editor.options import BACKEND_TEXTS, BLOCKS, option_of
from lmc.editor.places import STRATEGIES, Frame, expected, frames, piece_of, prefix_at, tokens_before
from lmc.editor.signature_help import callee
from lmc.editor.texts import in_text
from lmc.editor.visible import fields_of, filled, in_condition, signature_at, type_before, variables
from lmc.elaborate.scope import PRIMITIVES, Entity
from lmc.ir.builtins import BUILTINS, METRICS
from lmc.ir.types import show
from lmc.syntax import ast
from lmc.syntax.grammar import table
from lmc.syntax.tokens import DECLARATIONS, OPENERS, STATEMENTS, Token

OPTIONS = types.CompletionOptions(trigger_characters=[".", '"', "/", "(", "{", ":"])

CLAUSES = {
    "DATA": ("data set",),
    "METRIC": ("metric",),
    "LM": ("LM",),
    "TEACHER": ("LM", "module"),
    "PROPOSER": ("LM",),
}
"""The kinds of what the clauses of an `optimize` block name."""

CALLED = ("module", "extern", "tool", "metric")
TOOLS = ("module", "extern", "tool", "retriever")

AFTER = {
    "RETRIEVE": ("retriever",),
    "BY": ("metric",),
    "EXTENDS": ("signature",),
    **dict.fromkeys(STRATEGIES, ("signature",)),
}
"""The kinds of what stands behind a word."""

USUAL = {
    "body": frozenset((*STATEMENTS, "IF")),
    "signature": frozenset(("IN", "OUT", "DEMO", "PROMPT")),
    "optimize": frozenset((*CLAUSES, "BUDGET", "SEED", "PASSES", "ASSERTIONS")),
}  # fmt: skip
"""What begins something in a body: what is offered where a mistake before hides what fits."""


def completion(document: Document, params: types.CompletionParams) -> types.CompletionList:
    """What could be written at a position, instead of the word that stands there up to it."""
    offset = document.offset(params.position)
    start, offers = offers_at(document, offset)
    place = document.positions.range(start, offset)
    unique = {one.label: one for one in sorted(offers, key=lambda one: one.rank, reverse=True)}
    return types.CompletionList(False, [item(one, place) for one in sorted(unique.values(), key=lambda one: one.order)])


def offers_at(document: Document, offset: int) -> tuple[int, list[Offer]]:
    """What could be written at a place, and where that begins."""
    if any(one.span.start < offset <= one.span.end for one in document.analysis.scan.comments):
        return offset, []
    token = document.token_at(offset - 1) if offset else None
    if token is not None and token.terminal in ("STRING", "REGEX") and token.start < offset:
        if token.end > offset or (token.text in ('""', "//") and token.end - token.start != 2):
            start, offers = in_text(document, token, offset)
            return start, list(offers)
        return offset, []
    prefix = prefix_at(document, offset)
    start = prefix.start if prefix else offset
    tokens = tokens_before(document, start)
    return start, list(in_code(document, tokens, start, offset))


def in_code(document: Document, tokens: Sequence[Token], start: int, end: int) -> Iterator[Offer]:
    """What could be written behind some tokens."""
    last = tokens[-1] if tokens else None
    stack = frames(tokens, document.text)
    frame = stack[-1] if stack else None
    begins = last is not None and (last.terminal in OPENERS or last.terminal == "COMMA")
    if last is not None and last.terminal == "DOT":
        yield from behind_dot(document, tokens, start, end)
    elif frame is not None and frame.kind in BLOCKS:
        yield from in_options(document, tokens, frame, begins)
    elif frame is not None and frame.kind == "imports":
        yield from importable(document, tokens)
    elif frame is not None and frame.kind == "demo" and begins:
        yield from demonstrated(document, tokens, frame, start)
    elif frame is not None and frame.role == "pass":
        yield from pass_options(document, tokens, frame, begins)
    else:
        if frame is not None and frame.kind == "arguments" and begins:
            yield from arguments(document, tokens, frame)
        if head_of(tokens, document.text) == "test":
            yield from in_case(document, start, end)
        yield from by_grammar(document, tokens, stack, start)


def pass_options(document: Document, tokens: Sequence[Token], frame: Frame, begins: bool) -> Iterator[Offer]:
    """The options of a pass that are not given yet, or the values of one."""
    if begins:
        yield from arguments(document, tokens, frame)
    called = callee(document, frame)
    if called is not None and tokens[-1].terminal == "COLON" and len(tokens) > 1:
        type_ = next((one.type for one in called.params if one.name == tokens[-2].text), "")
        words = "true | false" if type_ == "bool" else type_
        known = [one for one in words.split(" | ") if one.startswith('"') or one in ("true", "false", "null")]
        yield from (Offer(one, "value", "", "", 0) for one in known)


def in_case(document: Document, start: int, end: int) -> Iterator[Offer]:
    """What the condition of a test may name, if a place is in one."""
    analysis = filled(document, start, end)
    for node in path_to(analysis.tree, start) if analysis else ():
        if analysis is not None and isinstance(node, ast.CaseDecl) and node.holds.span.start <= start:
            for one in in_condition(analysis, node):
                yield Offer(one.name, "variable", show(one.type), one.description, 0)


def by_grammar(document: Document, tokens: Sequence[Token], stack: Sequence[Frame], offset: int) -> Iterator[Offer]:
    """Keywords that the grammar takes here, and names of the kinds that it means."""
    fitting = expected(tokens, document.text)
    if fitting is None:
        kind = stack[-1].kind if stack else ""
        fitting = USUAL.get(kind, frozenset(("PREDICT", "NAME")))
        fitting |= {"PREDICT", "NAME"} if kind == "body" else set()
    # What begins a line is seldom the rest of the value on the line before.
    first = set(USUAL["body"]) if begins_line(document.text, offset) else set()
    words = [(word, terminal) for word, terminal in table().words.items() if terminal in fitting]
    yield from (keyword(word, 0 if terminal in first else 3) for word, terminal in words)
    if "NAME" in fitting:
        yield from names(document, tokens, stack, fitting, offset)
        if stack and stack[-1].kind == "body" and begins_line(document.text, offset):
            for name, type_ in variables(document, tokens, offset).items():
                yield Offer(name, "variable", "" if type_ is None else show(type_), "", 1)


def begins_line(text: str, offset: int) -> bool:
    """Whether nothing stands before a place on its line."""
    return not text[text.rfind("\n", 0, offset) + 1 : offset].strip()


def names(
    document: Document, tokens: Sequence[Token], stack: Sequence[Frame], fitting: frozenset[str], offset: int
) -> Iterator[Offer]:
    """Names of the kinds that are meant behind some tokens."""
    last = tokens[-1] if tokens else None
    word = (last.soft or last.terminal) if last is not None else ""
    kind = stack[-1].kind if stack else ""
    if kind == "tools":
        yield from declared(document, TOOLS)
    elif kind == "optimize":
        yield from in_optimize(document, tokens, word)
    elif word in AFTER:
        yield from declared(document, AFTER[word])
    elif word == "OPTIMIZE":
        yield from declared(document, ("module",))
    elif not stack and head_of(tokens, document.text) == "emit":
        yield from (Offer(name, "backend", "", text, 1) for name, text in BACKEND_TEXTS.items())
    elif "ENUM" in fitting:
        yield from (Offer(name, "type", "", "", 2) for name in PRIMITIVES)
        yield from declared(document, ("type", "signature"))
    elif "PREDICT" in fitting:
        yield from values(document, tokens, offset)


def values(document: Document, tokens: Sequence[Token], offset: int) -> Iterator[Offer]:
    """What can stand for a value: variables, and what can be called."""
    for name, type_ in variables(document, tokens, offset).items():
        yield Offer(name, "variable", "" if type_ is None else show(type_), "", 0)
    in_metric = head_of(tokens, document.text) == "metric"
    if head_of(tokens, document.text) == "retriever":
        yield from declared(document, ("extern",))
    else:
        yield from declared(document, tuple(one for one in CALLED if not in_metric or one != "metric"))
    for name in (*BUILTINS, *(METRICS if in_metric else ())):
        called = function(name)
        if called is not None:
            yield Offer(name, "function", called.label, called.text, 2)


def head_of(tokens: Sequence[Token], text: str) -> str:
    """The word that begins the last declaration."""
    piece = piece_of(tokens, text)
    return piece[0].text if piece and piece[0].text in DECLARATIONS else ""


def in_optimize(document: Document, tokens: Sequence[Token], word: str) -> Iterator[Offer]:
    """What the clauses of an `optimize` block name."""
    if word in CLAUSES:
        yield from declared(document, CLAUSES[word])
        return
    clause = next((one.soft for one in reversed(tokens) if one.soft in (*CLAUSES, "PASSES", "BUDGET", "SEED")), "")
    if word == "PASSES" or (clause == "PASSES" and word == "COMMA"):
        yield from (Offer(one.name, "pass", one.label, one.text, 1) for one in passes().values())


def declared(document: Document, kinds: Iterable[str]) -> Iterator[Offer]:
    """What is declared or imported of some kinds."""
    for name, entity in document.scope.items():
        if entity.path and entity.kind in kinds and not name.endswith("."):
            yield offer_of(document, name, entity)


def offer_of(document: Document, name: str, entity: Entity) -> Offer:
    """A declaration, by the name that it has here."""
    called = called_of(document, entity)
    detail = called.label if called else entity.kind
    return Offer(name, entity.kind, detail, (called.text if called else "") or getattr(entity.node, "doc", "") or "", 1)


def behind_dot(document: Document, tokens: Sequence[Token], start: int, end: int) -> Iterator[Offer]:
    """The fields of the value before a dot, or what an imported file has."""
    before = tokens[-2] if len(tokens) > 1 else None
    if before is not None and before.terminal == "NAME":
        for name, entity in document.scope.items():
            if name.startswith(f"{before.text}.") and entity.path:
                yield offer_of(document, name.partition(".")[2], entity)
    analysis = filled(document, start, end)
    if analysis is not None and before is not None:
        for field in fields_of(analysis, type_before(analysis, before.end)):
            yield Offer(field.name, "field", show(field.type), field.description, 0)


def in_options(document: Document, tokens: Sequence[Token], frame: Frame, begins: bool) -> Iterator[Offer]:
    """The options of a block that are not given yet, or the values of one."""
    if begins:
        given = given_names(tokens, frame)
        yield from (option_name(one) for one in BLOCKS[frame.kind] if one.name not in given)
    elif tokens[-1].terminal == "COLON" and len(tokens) > 1:
        option = option_of(frame.kind, tokens[-2].text)
        if option is not None:
            yield from (Offer(value, "value", option.wanted, option.text, 0) for value in option.values)
            yield from declared(document, (option.names,) if option.names else ())
            yield from (keyword(one) for one in ("tune",) if frame.kind == "call")


def given_names(tokens: Sequence[Token], frame: Frame) -> set[str]:
    """The names before a colon in an open bracket."""
    inner = tokens[frame.index + 1 :]
    return {one.text for one, after in itertools.pairwise(inner) if after.terminal == "COLON"}


def arguments(document: Document, tokens: Sequence[Token], frame: Frame) -> Iterator[Offer]:
    """The arguments of a call that are not given yet, by name."""
    called = callee(document, frame)
    if called is None or (frame.role == "call" and function(called.name) is not None):
        return  # functions of the language take no names
    given = given_names(tokens, frame)
    yield from (
        named(one, called.text if frame.role == "pass" else "") for one in called.params if one.name not in given
    )


def demonstrated(document: Document, tokens: Sequence[Token], frame: Frame, offset: int) -> Iterator[Offer]:
    """The inputs, or behind the arrow the outputs, that a demonstration does not have yet."""
    node = signature_at(document, offset)
    entity = document.analysis.entities.get(node.name.span) if node else None
    world = document.analysis.notes.world
    if entity is None or world is None:
        return
    inner = tokens[frame.index + 1 :]
    side = world.outputs if any(one.terminal == "FAT_ARROW" for one in inner) else world.inputs
    given = given_names(tokens, frame)
    for field in side.get(entity.name, ()):
        if field.name not in given:
            yield Offer(field.name, "field", show(field.type), field.description, 0, f"{field.name}: ")


def importable(document: Document, tokens: Sequence[Token]) -> Iterator[Offer]:
    """What the file declares that an import is from."""
    place = tokens[-1].end if tokens else 0
    following = [one for one in document.tokens if one.start >= place][:40]
    path = next((one.text.strip('"') for one in following if one.terminal == "STRING"), "")
    loaded, scopes = document.analysis.loaded, document.analysis.notes.scopes
    own = next(reversed(loaded.files))
    target = loaded.imports.get((own, path), "")
    for name, entity in scopes.get(target, {}).items():
        if entity.path == target:
            yield offer_of(document, name, entity)
