"""What strategies share: each is a module that stands for several calls, written in the language itself, so that
bounds, emission, tuning and the printed core need to know nothing of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from lmc.elaborate import problems
from lmc.elaborate.scope import World
from lmc.elaborate.typing import NO_CONSTANT, constant
from lmc.ir import program as ir
from lmc.ir.types import FLOAT, STR, Field, RecordType, Type, optional
from lmc.source import Span
from lmc.syntax import ast

OWN_SETTINGS = ("steps", "attempts")
"""The settings of a call that are its strategy's own: the rounds of `react` and `program_of_thought`."""

TAKEN = {"sample": (), "demos": ("react", "program_of_thought")}
"""The settings that a strategy which makes several calls does not take: it numbers its samples itself, and the calls
of some have inputs that no demonstration of the signature has. Empty: none of them takes it."""

WARM = 0.7
"""The temperature of samples where the call sets none: at 0 they would all be alike."""

JUDGED = RecordType((Field("score", FLOAT), Field("feedback", STR)))
"""What a metric says within a module."""

RAN = RecordType((Field("output", STR), Field("error", optional(STR))))
"""What running code gives."""


class Names(Protocol):
    """What a strategy needs of the elaborator."""

    world: World
    module: str

    def declare_signature(
        self, name: str, doc: str, inputs: tuple[Field, ...], outputs: tuple[Field, ...], span: Span | None
    ) -> str:
        """Adds a signature; gives its name."""
        ...

    def free_name(self, name: str) -> str:
        """A name that no declaration has yet."""
        ...

    def answer_fields(self, type_: Type) -> list[str]:
        """The fields of a reply that say its answer."""
        ...


@dataclass(frozen=True, slots=True)
class Strategy:
    """A call as the source writes it (`predict`), and the type of its reply."""

    names: Names
    predict: ir.Predict
    reply: Type

    @property
    def inputs(self) -> tuple[Field, ...]:
        """The inputs of the call's signature."""
        return self.names.world.inputs[self.predict.signature]

    @property
    def outputs(self) -> tuple[Field, ...]:
        """The outputs of the call's signature."""
        return self.names.world.outputs[self.predict.signature]

    @property
    def doc(self) -> str:
        """The instruction of the call: its own, or that of its signature, as written."""
        own = self.predict.settings.instruction
        return self.names.world.docs.get(self.predict.signature, "") if own is None else own

    @property
    def passed(self) -> tuple[tuple[str, ir.Expr], ...]:
        """The inputs handed on by their names."""
        return tuple((field.name, ir.Name(field.name)) for field in self.inputs)

    def w(self, text: str) -> str:
        """The name of a variable, or of an input that the strategy adds: with `_` behind it where the signature has
        such a field."""
        taken = {field.name for field in (*self.inputs, *self.outputs)}
        return f"{text}_" if text in taken else text

    def v(self, text: str) -> ir.Name:
        """A variable of the strategy."""
        return ir.Name(self.w(text))

    def added(self, variable: str, value: ir.Expr) -> ir.Assign:
        """Puts a value at the end of a list."""
        return ir.Assign(self.w(variable), ir.Operation("+", (self.v(variable), ir.ListOf((value,)))))

    def derived(self, suffix: str, doc: str, more: tuple[Field, ...], outputs: tuple[Field, ...]) -> str:
        """A signature with more inputs and other outputs, and more to its instruction; gives its name."""
        name = f"{self.predict.signature}_{suffix}"
        told = f"{self.doc}{chr(10) if chr(10) in doc else ' '}{doc}".strip()
        return self.names.declare_signature(name, told, (*self.inputs, *more), outputs, self.predict.span)

    @property
    def plain(self) -> ir.Settings:
        """The settings of the call that one of another signature can share."""
        own = self.predict.settings
        return ir.Settings(
            lm=own.lm,
            temperature=own.temperature,
            max_tokens=own.max_tokens,
            retries=own.retries,
            top_p=own.top_p,
            logit_bias=own.logit_bias,
            tunes=tuple((name, space) for name, space in own.tunes if name not in ("strategy", "nearest")),
        )

    def module(self, body: tuple[ir.Stmt, ...]) -> ir.Module:
        """The module that the strategy becomes."""
        name = self.names.free_name(f"{self.names.module}_{self.predict.site}")
        return ir.Module(name, self.inputs, self.reply, body, span=self.predict.span)


def texts(*parts: str | ir.Expr) -> ir.Interpolation:
    """Text with values in it."""
    return ir.Interpolation(parts)


def rounds(names: Names, node: ast.StrategyExpr, setting: str, default: int) -> int:
    """The most rounds, as the call sets them."""
    for one in node.settings:
        if one.name is None or one.name.text not in OWN_SETTINGS:
            continue
        value = constant(one.value)
        if one.name.text != setting:
            names.world.sink.add(
                problems.unknown_option(f"`{node.strategy}`", one.name.text, one.name.span, (setting,))
            )
        elif value is NO_CONSTANT or isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 100:
            names.world.sink.add(problems.bad_option(setting, "a whole number from 1 to 100", one.value.span))
        else:
            return value
    return default
