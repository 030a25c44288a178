"""Signatures: their fields, what they take from others, and the prompts that their authors wrote."""

from __future__ import annotations

from collections.abc import Callable

from lmc.elaborate import problems
from lmc.elaborate.jinja import check_inputs, parse_prompt
from lmc.elaborate.scope import LOST, Entity, Scope, World, entity_of
from lmc.elaborate.settings import lower_demo
from lmc.elaborate.typing import check_sides, lower_fields
from lmc.ir import program as ir
from lmc.ir.types import (
    HISTORY,
    MEDIA,
    UNKNOWN,
    Constrained,
    Field,
    ListType,
    MapType,
    NamedType,
    RecordType,
    Type,
    UnionType,
)
from lmc.source import Span
from lmc.syntax import ast
from lmc.syntax.strings import decode_places


def declare_signature(world: World, scopes: dict[str, Scope], entity: Entity, chain: tuple[str, ...] = ()) -> None:
    """Tells the world the inputs, the outputs and the instruction of a signature, with those of the signature that it
    extends before its own."""
    node = entity.node
    assert isinstance(node, ast.SignatureStmt)
    if entity.name in world.inputs:
        return
    scope = scopes[entity.path]
    base = base_of(world, scope, node, (*chain, entity.name))
    if base is not None:
        declare_signature(world, scopes, base, (*chain, entity.name))
    ins, outs = (node.short.inputs, node.short.outputs) if node.short else (node.inputs, node.outputs)
    inputs, outputs = lower_fields(world, scope, ins), lower_fields(world, scope, outs)
    check_sides(world, ins, outs)
    doc = node.doc
    if base is not None:
        assert isinstance(base.node, ast.SignatureStmt)
        before = world.inputs.get(base.name, ()), world.outputs.get(base.name, ())
        for mine, theirs in ((ins, before[1]), (outs, before[0])):
            for one in mine:
                if one.name.text in [other.name for other in theirs]:
                    span = base.node.name.span
                    world.sink.add(problems.duplicate("field", one.name.text, one.name.span, span))
        inputs, outputs = over(before[0], inputs), over(before[1], outputs)
        doc = world.docs.get(base.name) if doc is None else doc
    world.inputs[entity.name], world.outputs[entity.name] = inputs, outputs
    world.docs[entity.name] = doc or ""
    if node.base is not None and base is None:
        world.broken.add(entity.name)
    world.named[entity.name] = UNKNOWN if entity.name in world.broken else RecordType(outputs)
    for side, fields in (("inputs", inputs), ("outputs", outputs)):
        if not fields and (node.base is None or base is not None):
            world.sink.add(problems.empty_signature(entity.name, side, node.name.span))


def over(before: tuple[Field, ...], own: tuple[Field, ...]) -> tuple[Field, ...]:
    """The fields of a signature behind those of the one that it extends; a field of the same name takes the place of
    the other."""
    mine = {one.name: one for one in own}
    known = {one.name for one in before}
    return (*(mine.get(one.name, one) for one in before), *(one for one in own if one.name not in known))


def check_outputs(world: World, outputs: tuple[Field, ...], nodes: tuple[ast.FieldDecl, ...]) -> None:
    """Reports outputs that no model writes."""
    written = {one.name.text: one for one in nodes}
    for field in outputs:
        if field.name in written and holds_media(world, field.type):
            node = written[field.name]
            world.sink.add(problems.no_media(field.name, field.type, (node.type or node).span))


def holds_media(world: World, type_: Type, seen: frozenset[str] = frozenset()) -> bool:
    """Whether a value of a type may hold media or a conversation."""
    match type_:
        case NamedType(name) if name in seen:
            return False
        case NamedType(name):
            return holds_media(world, world.named.get(name, UNKNOWN), seen | {name})
        case ListType(item) | MapType(item) | Constrained(item):
            return holds_media(world, item, seen)
        case UnionType(members):
            return any(holds_media(world, one, seen) for one in members)
        case RecordType(fields):
            return any(holds_media(world, one.type, seen) for one in fields)
    return type_ in (*MEDIA, HISTORY)


def base_of(world: World, scope: Scope, node: ast.SignatureStmt, chain: tuple[str, ...]) -> Entity | None:
    """The signature that one extends."""
    if node.base is None:
        return None
    entity = entity_of(scope, node.base.text)
    if entity is not None and entity is not LOST and entity.name in chain:
        world.sink.add(problems.extends_itself((*chain, entity.name), node.base.span))
        return None
    return world.find(scope, node.base, "signature")


def lower_signature(world: World, scope: Scope, entity: Entity) -> ir.Signature:
    """A signature with its demonstrations and its prompt."""
    node = entity.node
    assert isinstance(node, ast.SignatureStmt)
    inputs, outputs = world.inputs[entity.name], world.outputs[entity.name]
    check_outputs(world, outputs, node.short.outputs if node.short else node.outputs)
    demos = tuple(lower_demo(world, demo, inputs, outputs) for demo in node.demos)
    prompt = lower_prompt(world, entity, node, inputs)
    return ir.Signature(entity.name, world.docs[entity.name], inputs, outputs, demos, prompt, node.span)


def lower_prompt(
    world: World, entity: Entity, node: ast.SignatureStmt, inputs: tuple[Field, ...]
) -> tuple[ir.Turn, ...] | None:
    """The messages of a prompt that its author wrote; None where lmc writes it."""
    if not node.prompts:
        return None
    for again in node.prompts[1:]:
        world.sink.add(problems.duplicate("prompt of", entity.name, again.span, node.prompts[0].span))
    turns = node.prompts[0].turns
    if not any(turn.role in ("", "user") for turn in turns) and HISTORY not in [one.type for one in inputs]:
        what, advice = "a prompt needs a message of the user", 'write `user """…"""`'
        world.sink.add(problems.bad_prompt(what, node.prompts[0].span, advice))
    for turn in turns[1:]:
        if turn.role == "system":
            what, advice = "the system's message comes first", "move it before the others"
            world.sink.add(problems.bad_prompt(what, turn.span, advice))
    found = tuple(lower_turn(world, entity, turn, inputs) for turn in turns)
    spans = {one.name.text: one.name.span for one in node.inputs}
    if not world.sink.failed:
        check_inputs(found, inputs, spans, entity.name, world.sink)
    return found


def lower_turn(world: World, entity: Entity, turn: ast.PromptTurn, inputs: tuple[Field, ...]) -> ir.Turn:
    """A message. One without a role is the user's."""
    text, span_of = turn.text, places(turn)
    if turn.file:
        written = world.texts.get((entity.path, turn.text))
        if written is None and not any(one.code == "LMP0407" for one in world.sink.diagnostics):
            world.sink.add(problems.prompt_file_missing(turn.text, turn.text_span))
        text, span_of = written or "", lambda start, end: turn.text_span
    notes = None if turn.file else world.notes
    pieces = parse_prompt(text, span_of, inputs, world.named, world.sink, notes)
    role = {"system": "system", "assistant": "assistant"}.get(turn.role, "user")
    return ir.Turn(role, pieces, text, turn.fixed, turn.span)  # type: ignore[arg-type]


def places(turn: ast.PromptTurn) -> Callable[[int, int], Span]:
    """Where in the source a part of a message's text is."""
    offsets = decode_places(turn.literal) if turn.literal else [0]
    file, start = turn.text_span.file, turn.text_span.start

    def span_of(first: int, last: int) -> Span:
        ends = [min(one, len(offsets) - 1) for one in (first, last)]
        return Span(file, start + offsets[ends[0]], start + offsets[ends[1]])

    return span_of
