"""Tuned values as constants."""

from __future__ import annotations

from lmc.backends.python.annotation import Annotations
from lmc.backends.python.layout import Doc, statement
from lmc.backends.python.literal import plain
from lmc.backends.python.prose import comment
from lmc.ir.program import Space, Tune
from lmc.ir.types import FLOAT, INT, UNKNOWN, LiteralType, Type, union


def tuned_type(space: Space) -> Type:
    """The type of a tuned value."""
    if space.choices is None:
        return INT if isinstance(space.low, int) and isinstance(space.high, int) else FLOAT
    if all(isinstance(one, str | int) for one in space.choices):
        return union(*(LiteralType(one) for one in space.choices))
    return FLOAT if all(isinstance(one, int | float) for one in space.choices) else UNKNOWN


def tuned_constant(name: str, tune: Tune, annotations: Annotations) -> str:
    """The definition of a constant with what it may be."""
    space = tune.space
    known = f"from {plain(space.low)} to {plain(space.high)}"
    if space.choices is not None:
        known = "one of " + ", ".join(map(plain, space.choices))
    head = f"{name}: {annotations.of(tuned_type(space))} = "
    return "\n".join([*comment(f"Tuned: {known}."), statement(head, Doc(plain(tune.value), whole=True), 0)])
