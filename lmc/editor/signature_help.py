"""The parameters of what is being called."""

from __future__ import annotations

from collections.abc import Sequence

from lsprotocol import types

from lmc.editor.cards import called_of
from lmc.editor.document import Document
from lmc.editor.library import Called, function, passes
from lmc.editor.places import Frame, frames, tokens_before
from lmc.elaborate.scope import entity_of
from lmc.syntax.tokens import CLOSERS, OPENERS, Token

OPTIONS = types.SignatureHelpOptions(trigger_characters=["(", ","], retrigger_characters=[",", ":"])


def signature_help(document: Document, params: types.SignatureHelpParams) -> types.SignatureHelp | None:
    """What a call takes that is being written at a position, and which of it comes next."""
    tokens = tokens_before(document, document.offset(params.position))
    frame = next((one for one in frames(tokens, document.text)[::-1] if one.kind == "arguments"), None)
    called = callee(document, frame) if frame else None
    if frame is None or called is None:
        return None
    labels = [types.ParameterInformation(one.label) for one in called.params]
    documentation = types.MarkupContent(types.MarkupKind.Markdown, called.text) if called.text else None
    active = active_parameter(called, tokens, frame)
    return types.SignatureHelp([types.SignatureInformation(called.label, documentation, labels, active)], 0, active)


def callee(document: Document, frame: Frame) -> Called | None:
    """What the arguments of a bracket go to."""
    if frame.role == "pass":
        return passes().get(frame.callee)
    if frame.role == "call" and (found := function(frame.callee)) is not None:
        return found
    entity = entity_of(document.scope, frame.callee)
    return called_of(document, entity) if entity is not None and entity.path else None


def active_parameter(called: Called, tokens: Sequence[Token], frame: Frame) -> int | None:
    """The number of the parameter that is being written: by its name where it is written, else by its place."""
    depth, number, name = 0, 0, ""
    for index in range(frame.index + 1, len(tokens)):
        token = tokens[index]
        if token.terminal in OPENERS:
            depth += 1
        elif token.terminal in CLOSERS:
            depth -= 1
        elif depth == 0 and token.terminal == "COMMA":
            number, name = number + 1, ""
        elif depth == 0 and token.terminal == "COLON":
            name = tokens[index - 1].text
    names = [one.name for one in called.params]
    if name in names:
        return names.index(name)
    return number if number < len(names) else None
