"""What the names of a program are in the emitted module."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from lmc.analysis.together import Waiting
from lmc.backends.python.annotation import Annotations
from lmc.ir.program import Expr
from lmc.ir.types import Type


class Callee(NamedTuple):
    """A function that emitted code calls: its name, the types of its value and of its parameters, and what stands
    before its arguments. `waits`: its value is awaited."""

    function: str
    returns: Type
    params: tuple[Type, ...]
    leading: tuple[str, ...] = ()
    waits: bool = True


def no_schema(type_: Type) -> str:
    """The place of a constant with the schema of a type, where there can be none."""
    raise LookupError(type_)


@dataclass(frozen=True)
class Known:
    """The functions and types of an emitted module. `library` gives the name of a runtime function, and `schema` that
    of a constant with the schema of a type; both are then needed. `in_turn`: whether an expression acts on the world:
    its calls are made in the order of the source."""

    annotations: Annotations
    library: Callable[[str], str]
    schema: Callable[[Type], str] = no_schema
    modules: Mapping[str, Callee] = field(default_factory=dict)
    metrics: Mapping[str, Callee] = field(default_factory=dict)
    externals: Mapping[str, Callee] = field(default_factory=dict)
    in_turn: Callable[[Expr], bool] = lambda _: False

    @property
    def waiting(self) -> Waiting:
        """What there is to wait for."""
        return Waiting(lambda metric: self.metrics[metric].waits, self.in_turn)

    def is_call(self, expr: Expr) -> bool:
        """Whether an expression is a coroutine in Python: something that can be awaited together with others."""
        return self.waiting.is_call(expr)

    def waits(self, expr: Expr) -> bool:
        """Whether an expression has something to await in it."""
        return self.waiting.waits(expr)

    def hoists(self, expr: Expr) -> bool:
        """Whether an expression needs functions of its own before the statement that it stands in."""
        return self.waiting.hoists(expr)
