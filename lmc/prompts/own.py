"""Prompts that their authors wrote: their turns as a template has them, and what of them may be tuned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from lmc.ir import program as ir
from lmc.ir.subtype import TURN
from lmc.ir.types import HISTORY, NULL, UNKNOWN, ListType, RecordType, Type, UnionType
from lmc.ir.walk import names_read
from lmc.prompts.formula import formula_of
from lmc.prompts.layout import media_kind, unbound, without_null
from lmc.prompts.words import plain_instruction
from lmc.prompts.writer import Part, Turn, Writer, joined, message, shows_media
from lmc.runtime.formula import evaluate
from lmc.runtime.prompt import fill, past_lines

NO_VALUE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What filling a turn with a demonstration that does not fit raises."""

SLOTS = ("instruction", "demos", "format")


def tunable_slots(signature: ir.Signature, settings: ir.Settings) -> tuple[str, ...]:
    """What optimizer passes may change at a call site: of `instruction`, `demos`, `nearest` and `layout` those that its
    prompt has a place for, and what the settings say. A prompt that its author wrote has them where it has the slots
    `instruction`, `demos` and `format` outside of what is fixed."""
    if signature.prompt is None:
        found = ["instruction", "demos", "nearest", "layout"]
    else:
        free = {slot.name for turn in signature.prompt if not turn.fixed for slot in free_slots(turn.pieces)}
        offered = {"instruction": "instruction", "demos": "demos", "nearest": "demos", "layout": "format"}
        found = [name for name, slot in offered.items() if slot in free]
    return tuple(dict.fromkeys([*found, *(name for name, _ in settings.tunes)]))


def free_slots(pieces: tuple[ir.Piece, ...]) -> Iterator[ir.Slot]:
    """The slots outside of what is fixed."""
    for piece in pieces:
        match piece:
            case ir.Slot():
                yield piece
            case ir.Choice(_, then, otherwise):
                yield from free_slots((*then, *otherwise))
            case ir.Repeat(_, _, body):
                yield from free_slots(body)


@dataclass(frozen=True, slots=True)
class Author:
    """Makes the template of a prompt that its author wrote. `writer` writes what stands in its slots."""

    signature: ir.Signature
    settings: ir.Settings
    writer: Writer
    demos: tuple[ir.Demo, ...]

    def turns(self) -> list[Turn]:
        """The turns of the template. A turn of demonstrations alone becomes a pair of turns for each: the author's last
        user turn, filled with its inputs, and the reply. A conversation that no hole shows stands before the last user
        turn."""
        own = self.signature.prompt or ()
        last = max(
            (index for index, turn in enumerate(own) if turn.role == "user" and not lone(turn)), default=len(own)
        )
        found: list[Turn] = []
        for index, turn in enumerate(own):
            if index == last:
                found += [{"history": name} for name in self.unseen()]
            if lone(turn):
                found += self.chat_demos(own[last] if last < len(own) else None)
            else:
                found.append(message(turn.role, joined(self.parts(turn.pieces, self.scope()))))
        return found

    def scope(self) -> dict[str, Type]:
        """The types of the inputs."""
        return {one.name: one.type for one in self.signature.inputs}

    def unseen(self) -> list[str]:
        """The conversations that no hole shows."""
        seen = {name for turn in self.signature.prompt or () for name in names_in(turn.pieces)}
        return [name for name in self.writer.past if name not in seen]

    def content(self, slot: str) -> list[Part]:
        """What stands in a slot."""
        match slot:
            case "instruction":
                inputs, outputs = self.signature.inputs, self.writer.outputs
                written = self.signature.doc or plain_instruction(inputs, outputs)
                return [self.settings.instruction if self.settings.instruction is not None else written.strip()]
            case "format":
                return [self.writer.reply_words()]
        shown = [self.writer.demo_parts(demo) for demo in self.demos]
        return self.writer.chosen_parts(self.demos, shown, self.settings.nearest, "\n\n")

    def parts(self, pieces: tuple[ir.Piece, ...], scope: dict[str, Type]) -> list[Part]:
        """The parts of a template that pieces are."""
        return [part for piece in pieces for part in self.piece(piece, scope)]

    def piece(self, piece: ir.Piece, scope: dict[str, Type]) -> list[Part]:
        """The parts that a piece is."""
        match piece:
            case str():
                return [piece]
            case ir.Slot(name):
                return self.content(name)
            case ir.Fixed(body):
                return self.parts(body, scope)
            case ir.Hole(expr):
                return [self.hole(expr, scope)]
            case ir.Choice(condition, then, otherwise):
                reads = names_read(condition)
                if reads and reads <= set(SLOTS) - set(scope):
                    filled = {name: fill_length(self.content(name)) for name in reads}
                    return self.parts(then if evaluate(formula_of(condition), filled) else otherwise, scope)
                branches = self.parts(then, scope), self.parts(otherwise, scope)
                return [{"if": formula_of(condition), "then": joined(branches[0]), "else": joined(branches[1])}]
            case ir.Repeat(name, items, body):
                list_type = without_null(self.type_of(items, scope), self.writer.named)
                item = list_type.item if isinstance(list_type, ListType) else TURN if list_type == HISTORY else UNKNOWN
                inner = self.parts(body, {**scope, name: item, "loop": UNKNOWN})
                return [{"for": name, "in": formula_of(items), "do": joined(inner)}]

    def hole(self, expr: ir.Expr, scope: dict[str, Type]) -> Part:
        """The part that a hole is."""
        named = self.writer.named
        type_ = self.type_of(expr, scope)
        kind = media_kind(type_, named)
        if kind is not None:
            return {"media": formula_of(expr), "kind": kind}
        if isinstance(expr, ir.Name) and expr.name in self.writer.past and scope[expr.name] != UNKNOWN:
            return {"history": expr.name}
        plain = isinstance(expr, ir.Name) and any(one.name == expr.name for one in self.signature.inputs)
        if plain and isinstance(expr, ir.Name) and scope[expr.name] is self.scope()[expr.name]:
            shape = unbound(type_, named)
            if not isinstance(shape, UnionType) or NULL not in shape.members:
                return {"input": expr.name, "as": "text"}
        return {"value": formula_of(expr)}

    def type_of(self, expr: ir.Expr, scope: dict[str, Type]) -> Type:
        """The type of a path through inputs and loop variables; unknown for all else."""
        match expr:
            case ir.Name(name):
                return scope.get(name, UNKNOWN)
            case ir.Member(base, name):
                shape = unbound(self.type_of(base, scope), self.writer.named)
                fields = shape.fields if isinstance(shape, RecordType) else ()
                return next((one.type for one in fields if one.name == name), UNKNOWN)
            case ir.Item(base):
                shape = unbound(self.type_of(base, scope), self.writer.named)
                return shape.item if isinstance(shape, ListType) else UNKNOWN
        return UNKNOWN

    def chat_demos(self, question: ir.Turn | None) -> list[Turn]:
        """The demonstrations as turns."""
        parts = None if question is None else joined(self.parts(question.pieces, self.scope()))
        shown = [self.writer.demo_turns(demo, self.asked(demo, parts)) for demo in self.demos]
        return self.writer.chosen_turns(self.demos, shown, self.settings.nearest)

    def asked(self, demo: ir.Demo, parts: list[Part] | None) -> list[Part]:
        """The author's user turn with the inputs of a demonstration."""
        values = {one.name: None for one in self.signature.inputs} | dict(demo.inputs)
        if parts is not None:
            try:
                return joined([settled(part, values, self.writer.past) for part in parts])
            except NO_VALUE:
                pass
        return joined(self.writer.input_parts(dict(demo.inputs)))


def settled(part: Part, values: dict[str, Any], past: tuple[str, ...]) -> Part:
    """A part with the inputs of a demonstration in it; images, audio and files stay holes."""
    if isinstance(part, str):
        return part
    if not shows_media(part):
        return fill([part], values)
    return with_values(part, values, past)  # type: ignore[no-any-return]


def with_values(part: Any, values: dict[str, Any], past: tuple[str, ...]) -> Any:
    """A part or formula whose inputs are values."""
    match part:
        case {"name": str(name)} if name in values:
            return {"const": values[name]}
        case {"input": str(name), "as": _}:
            return fill([part], values)
        case {"history": str(name)}:
            return past_lines(values[name])
        case {"const": _}:
            return part
        case dict():
            bound = {part[word] for word in ("for", "as") if isinstance(part.get(word), str)}
            inner = {name: value for name, value in values.items() if name not in bound}
            return {name: with_values(one, inner, past) for name, one in part.items()}
        case list():
            return [with_values(one, values, past) for one in part]
    return part


def lone(turn: ir.Turn) -> bool:
    """Whether a turn is the slot of demonstrations and nothing else."""
    pieces = [piece for piece in turn.pieces if not isinstance(piece, str) or piece.strip()]
    return len(pieces) == 1 and isinstance(pieces[0], ir.Slot) and pieces[0].name == "demos"


def fill_length(parts: list[Part]) -> bool:
    """Whether anything stands in a slot."""
    return any(part for part in parts)


def names_in(pieces: tuple[ir.Piece, ...]) -> Iterator[str]:
    """The inputs that pieces read, and the variables of their loops."""
    for piece in pieces:
        match piece:
            case ir.Hole(expr):
                yield from names_read(expr)
            case ir.Choice(condition, then, otherwise):
                yield from names_read(condition)
                yield from names_in((*then, *otherwise))
            case ir.Repeat(name, items, body):
                yield from names_read(items)
                yield from (one for one in names_in(body) if one not in (name, "loop"))
            case ir.Fixed(body):
                yield from names_in(body)


def own_writer(writer: Writer) -> Writer:
    """A writer of demonstrations that stand as text within a prompt."""
    layout = replace(writer.layout, turns="block")
    return Writer(writer.inputs, writer.outputs, layout, writer.named)
