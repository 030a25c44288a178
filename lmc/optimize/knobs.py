"""What the source leaves open with `tune`, as passes see it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from lmc.analysis.calls import reachable
from lmc.ir.bias import bias_list, bias_pairs
from lmc.ir.patch import apply_patch
from lmc.ir.program import Json, Predict, Program, Settings, Space, Tune
from lmc.ir.walk import slots
from lmc.optimize.trial import Axis
from lmc.prompts.compile import outputs_of, strategy_of


@dataclass(frozen=True, slots=True)
class Knob:
    """What is left open: the address of a call site and the name of its setting, or that of a tuned value and `value`;
    and what it may be."""

    address: str
    name: str
    space: Space

    @property
    def axis(self) -> Axis:
        """The axis of a study that searches it."""
        return Axis(f"{self.address}.{self.name}", self.space.choices, self.space.low, self.space.high)

    def held(self, program: Program) -> Json:
        """The value that a program has."""
        site = dict(slots(program))[self.address]
        if isinstance(site, Tune):
            return site.value
        if self.name == "logit_bias":
            return bias_list(site.settings.logit_bias)
        value: Json = strategy_of(site) if self.name == "strategy" else getattr(site.settings, self.name)
        return value

    def put(self, program: Program, value: Json) -> Program:
        """The program with another value. A layout for one output becomes one for several where a strategy asks for its
        reasoning besides."""
        site = dict(slots(program))[self.address]
        if isinstance(site, Tune):
            as_now = float(value) if isinstance(site.value, float) and isinstance(value, int) else value
            return apply_patch(program, {self.address: Settings(value=as_now)})
        settings = Settings(**{self.name: as_setting(self.name, value)})
        layout = site.settings.layout
        if self.name == "strategy" and layout is not None and layout.reply == "bare":
            outputs = outputs_of(program.signature(site.signature), str(value))
            if len(outputs) > 1:
                settings = replace(settings, layout=replace(layout, reply="fields"))
        return apply_patch(program, {self.address: settings})


def as_setting(name: str, value: Json) -> Any:
    """A value as a setting of that name has it."""
    match name:
        case "temperature" | "top_p":
            return float(value)
        case "logit_bias":
            return bias_pairs(value)
    return value


def knobs(program: Program, module: str) -> list[Knob]:
    """All that is left open in what a run of the module can reach: the settings of calls, then other values, since one
    of these may hide what a call gives. Each in source order."""
    names = reachable(program, module)
    found = [(address, site) for address, site in slots(program) if address.rpartition(".")[0] in names]
    found.sort(key=lambda one: isinstance(one[1], Tune))
    return [Knob(address, *open_) for address, site in found for open_ in spaces_of(site)]


def spaces_of(site: Predict | Tune) -> Iterator[tuple[str, Space]]:
    """What is left open at a place."""
    if isinstance(site, Tune):
        yield "value", site.space
    else:
        yield from site.settings.tunes


def offered(space: Space, points: int) -> list[Json]:
    """The values that are tried one by one: all choices, or so many numbers of a range."""
    if space.choices is not None:
        return list(space.choices)
    low, high = space.low or 0, space.high or 0
    if isinstance(low, int) and isinstance(high, int):
        steps = min(points - 1, high - low)
        return [low + round((high - low) * step / steps) for step in range(steps + 1)] if steps else [low]
    return [round(low + (high - low) * step / (points - 1), 6) for step in range(points)]
