"""Puts calls that do not depend on one another side by side, so that they run together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from lmc.analysis.effects import Effects, ordered_effects
from lmc.ir.program import Program
from lmc.ir.statement import For, If, Let, Stmt, While
from lmc.ir.walk import makes_calls, names_read
from lmc.passes.base import Pass


@dataclass(frozen=True)
class Schedule(Pass):
    """Sorts each run of consecutive `let`s by the number of calls that must come before (level scheduling; a list
    schedule with unlimited resources). The order within a level stays, so a schedule is its own schedule. Nothing moves
    past the use of a tool, and nothing within an attempt, to whose beginning an assertion sends the run back."""

    name: ClassVar[str] = "schedule"

    def run(self, program: Program, bench: Any) -> Program:
        """The program with its `let`s in levels."""
        tools = ordered_effects(program)
        modules = tuple(replace(module, body=schedule_block(module.body, tools)) for module in program.modules)
        return program if modules == program.modules else replace(program, modules=modules)


def schedule_block(body: tuple[Stmt, ...], tools: Effects) -> tuple[Stmt, ...]:
    """A block with every run of `let`s in levels."""
    result: list[Stmt] = []
    pending: list[Let] = []
    for stmt in body:
        if isinstance(stmt, Let) and not tools.among(stmt.value):
            pending.append(stmt)
            continue
        result += in_levels(pending)
        pending = []
        match stmt:
            case If(_, then, otherwise):
                stmt = replace(stmt, then=schedule_block(then, tools), otherwise=schedule_block(otherwise, tools))
            case For(body=inner) | While(body=inner):
                stmt = replace(stmt, body=schedule_block(inner, tools))
        result.append(stmt)
    return (*result, *in_levels(pending))


def in_levels(lets: list[Let]) -> list[Let]:
    """The `let`s by level: what needs n calls one after another comes behind what needs fewer; what needs none before
    its first use stays as early as it can."""
    levels: dict[str, int] = {}
    order = []
    for index, let in enumerate(lets):
        before = max((levels[name] for name in names_read(let.value) if name in levels), default=0)
        calls = makes_calls(let.value)
        levels[let.name] = before + calls
        order.append((before, calls, index, let))
    return [let for *_, let in sorted(order, key=lambda entry: entry[:3])]
