"""Chooses the values that the source leaves open with `tune`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, TypeAlias

from pydantic import Field

from lmc.analysis.calls import reachable
from lmc.evaluate.rows import Roles
from lmc.ir.patch import apply_patch
from lmc.ir.program import Json, Predict, Program, Settings, Space, Tune
from lmc.ir.walk import slots
from lmc.optimize.base import OptimizerPass, Work
from lmc.optimize.bench import Bench
from lmc.prompts.compile import outputs_of

Knob: TypeAlias = tuple[str, str, Space]
"""What is left open: the address of a call site and the name of its setting, or that of a tuned value and `value`; and
what it may be."""


@dataclass(frozen=True)
class Hyper(OptimizerPass):
    """Goes once through all that the source leaves open with `tune`, the settings of calls before other values, each in
    source order: races each other value against what the program has, and keeps those that win. Of a range it tries
    `points` values spread evenly over it, both bounds among them, or all whole numbers of a short one. Coordinate
    descent with racing (after irace: López-Ibáñez et al. 2016)."""

    name: ClassVar[str] = "hyper"
    points: Annotated[int, Field(ge=2, le=64)] = 4

    def run(self, program: Program, bench: Bench) -> Program:
        """The program with the values that won."""
        open_here = knobs(program, bench.module)
        if not open_here:
            bench.listen("skip", reason="the program has no `tune`")
            return program
        rule = bench.rule()
        for address, name, space in open_here:
            for value in offered(space, self.points):
                candidate = with_value(program, address, name, value)
                if candidate == program:
                    continue
                if bench.affordable_rows(candidate) < rule.block * rule.minimum_blocks:
                    bench.listen("skip", reason="the budget has no room for more values")
                    return program
                if bench.race(candidate, program):
                    program = candidate
        return program

    def most_work(self, program: Program, module: str, roles: Roles) -> Work | None:
        """A race for each value that is offered."""
        count = self.most_candidates(program, module)
        return Work(runs=(count + 1) * len(roles.dev) if count else 0)

    def most_candidates(self, program: Program, module: str) -> int:
        """How many programs it compares with what there is, at most."""
        return sum(len(offered(space, self.points)) for _, _, space in knobs(program, module))


def knobs(program: Program, module: str) -> list[Knob]:
    """All that is left open in what a run of the module can reach: the settings of calls, then other values, since one
    of these may hide what a call gives. Each in source order."""
    names = reachable(program, module)
    found = [(address, site) for address, site in slots(program) if address.rpartition(".")[0] in names]
    found.sort(key=lambda one: isinstance(one[1], Tune))
    return [(address, *knob) for address, site in found for knob in spaces_of(site)]


def spaces_of(site: Predict | Tune) -> Iterator[tuple[str, Space]]:
    """What is left open at a place."""
    if isinstance(site, Tune):
        yield "value", site.space
    else:
        yield from site.settings.tunes


def offered(space: Space, points: int) -> list[Json]:
    """The values that are tried: all choices, or so many numbers of a range."""
    if space.choices is not None:
        return list(space.choices)
    low, high = space.low or 0, space.high or 0
    if isinstance(low, int) and isinstance(high, int):
        steps = min(points - 1, high - low)
        return [low + round((high - low) * step / steps) for step in range(steps + 1)] if steps else [low]
    return [round(low + (high - low) * step / (points - 1), 6) for step in range(points)]


def with_value(program: Program, address: str, name: str, value: Json) -> Program:
    """The program with another value at a place. A layout for one output becomes one for several where a strategy asks
    for its reasoning besides."""
    site = dict(slots(program))[address]
    if isinstance(site, Tune):
        as_now = float(value) if isinstance(site.value, float) and isinstance(value, int) else value
        return apply_patch(program, {address: Settings(value=as_now)})
    as_named: dict[str, Any] = {name: float(value) if name in ("temperature", "top_p") else value}
    settings = Settings(**as_named)
    layout = site.settings.layout
    if name == "strategy" and layout is not None and layout.reply == "bare":
        outputs = outputs_of(program.signature(site.signature), str(value))
        if len(outputs) > 1:
            settings = replace(settings, layout=replace(layout, reply="fields"))
    return apply_patch(program, {address: settings})
