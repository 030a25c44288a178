"""What the names of a program are in the emitted module."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from lmc.backends.python.annotation import Annotations
from lmc.ir.program import Comprehension, Expr, External, Invoke, Predict, Score, Try
from lmc.ir.types import Type
from lmc.ir.walk import subexpressions


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

    def is_call(self, expr: Expr) -> bool:
        """Whether an expression is a coroutine in Python: something that can be awaited together with others."""
        match expr:
            case Predict() | Invoke() | External() | Try():
                return True
            case Score(metric):
                return self.metrics[metric].waits
            case Comprehension(value, _, _, condition):
                tested = condition is not None and (self.waits(condition) or self.hoists(condition))
                return self.waits(value) and not tested and not self.in_turn(expr)
        return False

    def waits(self, expr: Expr) -> bool:
        """Whether an expression has something to await in it."""
        return any(self.is_call(one) for one in subexpressions(expr))

    def hoists(self, expr: Expr) -> bool:
        """Whether an expression needs functions of its own before the statement that it stands in."""
        return any(
            isinstance(one, Try) or (isinstance(one, Comprehension) and self.waits(one)) for one in subexpressions(expr)
        )
