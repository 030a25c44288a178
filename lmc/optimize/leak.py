"""Rows that must stay unseen: what passes put into prompts is searched for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from lmc.evaluate.rows import Row
from lmc.ir.patch import settings_of
from lmc.ir.program import Demo, Predict, Program
from lmc.ir.walk import slots

SHORTEST = 16
"""Texts shorter than this may stand in a prompt by chance."""


def leaked(program: Program, unseen: Sequence[Row], train: Sequence[Row], inputs: Sequence[str]) -> tuple[str, ...]:
    """The ids of the unseen rows (of the roles dev and test) that the program shows: as the origin of a demonstration,
    or with a text of its `inputs` (columns by name) in an instruction or a demonstration. Texts that train rows have
    too are everybody's."""
    origins = {demo.origin for demo in demos_in(program)}
    common = {text for row in train for text in texts(row.values.get(name) for name in inputs)}
    shown = "\n".join(tuned_texts(program)).casefold()
    found = []
    for row in unseen:
        own = set(texts(row.values.get(name) for name in inputs)) - common
        if row.id in origins or any(len(text) >= SHORTEST and text.casefold() in shown for text in own):
            found.append(row.id)
    return tuple(found)


def demos_in(program: Program) -> Iterator[Demo]:
    """The demonstrations of call sites."""
    for _, site in slots(program):
        if isinstance(site, Predict):
            yield from settings_of(site).demos or ()


def tuned_texts(program: Program) -> Iterator[str]:
    """What passes wrote: the instructions of call sites and of added signatures, and all texts of demonstrations."""
    for _, site in slots(program):
        if isinstance(site, Predict) and site.settings.instruction:
            yield site.settings.instruction
    for signature in program.signatures:
        yield signature.doc
    for demo in demos_in(program):
        yield from texts(value for _, value in (*demo.inputs, *demo.outputs))
        yield from (text for failure in demo.failures for text in failure)


def texts(values: Iterable[Any]) -> Iterator[str]:
    """The texts in JSON values, stripped."""
    for value in values:
        match value:
            case str():
                yield value.strip()
            case list():
                yield from texts(value)
            case dict():
                yield from texts(value.values())
