"""Prompts that their authors wrote, in the syntax of Jinja. Nothing is executed: jinja2 parses the text, at compile
time only, and what it finds becomes expressions of the language.

How a rendered prompt differs from what jinja2 prints: lists, records and maps are JSON, not Python's `repr`; true and
false are `true` and `false`; null is what Jinja calls undefined: it prints nothing, `is defined` is false of it and
`default` takes its place. `tojson` leaves characters and the order of names as they are. All else is the same, byte for
byte, with `keep_trailing_newline`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from lmc.diagnostics import Sink
from lmc.elaborate.jinja import problems
from lmc.elaborate.notes import Notes
from lmc.ir.program import Choice, Fixed, Hole, Piece, Repeat, Turn
from lmc.ir.subtype import Named
from lmc.ir.types import HISTORY, Field
from lmc.ir.walk import names_read
from lmc.source import Span


def parse_prompt(
    text: str,
    span_of: Callable[[int, int], Span],
    inputs: tuple[Field, ...],
    named: Named,
    sink: Sink,
    notes: Notes | None = None,
) -> tuple[Piece, ...]:
    """The pieces of a turn, typed against the inputs of its signature. `span_of` gives the place in the source of a
    range of characters of the text (half-open, from 0). Mistakes go to the sink (LMP0400 to LMP0405); what they stand
    in is left out. The names `instruction`, `demos` and `format` are slots, unless an input has the name. `notes` are
    filled, where somebody asks for them."""
    if "{" not in text and "\r" not in text:
        return (text,) if text else ()
    from lmc.elaborate.jinja.pieces import pieces_of

    return pieces_of(text, span_of, inputs, named, sink, notes)


def check_inputs(
    prompt: Iterable[Turn], inputs: tuple[Field, ...], spans: Mapping[str, Span], signature: str, sink: Sink
) -> None:
    """Warns of inputs that no turn of the prompt reads (LMP0406). A conversation need not be: it is sent as the turns
    that it is. `spans`: where the inputs are declared."""
    read = {name for turn in prompt for name in names_in(turn.pieces)}
    for one in inputs:
        if one.name not in read and one.type != HISTORY and one.name in spans:
            sink.add(problems.unused_input(signature, one.name, spans[one.name]))


def names_in(pieces: tuple[Piece, ...]) -> Iterator[str]:
    """The names that pieces read, those of loop variables too."""
    for piece in pieces:
        match piece:
            case Hole(expr):
                yield from names_read(expr)
            case Choice(condition, then, otherwise):
                yield from names_read(condition)
                yield from names_in((*then, *otherwise))
            case Repeat(name, items, body):
                yield from names_read(items)
                yield from (one for one in names_in(body) if one not in (name, "loop"))
            case Fixed(body):
                yield from names_in(body)


__all__ = ["check_inputs", "parse_prompt"]
