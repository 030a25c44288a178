"""Demonstrations for a program out of the runs of a teacher of another shape.

A run leaves values behind: what it was given, what its calls took and gave, and what it came to. A field of a call of
ours takes the last value of its name and type among them. What no value fits is filled in by a run of our own program
on the same row, where that agrees with the teacher.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from lmc.analysis.calls import named_types, sites
from lmc.evaluate.rows import Row
from lmc.evaluate.scoring import Scored
from lmc.execute.trace import Call
from lmc.ir.program import Demo, Json, Predict, Program
from lmc.ir.types import Field
from lmc.ir.values import belongs
from lmc.prompts.compile import outputs_of, strategy_of

Told: TypeAlias = dict[str, list[Json] | None]
"""For fields the value that a run tells, alone in a list; an empty one where it contradicts, None where it is
silent."""


@dataclass(frozen=True)
class Projection:
    """How runs of a teacher become demonstrations of a program. `fields` says for fields of our calls
    (`Module.site.field`) which fields of the teacher's calls they come from; `params` are the columns that a run is
    given; `order` are the addresses of the teacher's calls, in source order. `apart`: the teacher is another module, so
    that calls of ours which none of its fit are put together."""

    program: Program
    fields: Mapping[str, str]
    params: tuple[str, ...]
    order: tuple[str, ...]
    apart: bool

    def demo(self, address: str, predict: Predict, row: Row, taught: Scored, own: Scored | None) -> Demo | None:
        """The demonstration for a call that a good run of the teacher gives; `own` is the result of our own program on
        the row, None where it was not run. None where an input, or an output that the call must give, has no value."""
        inputs, outputs = self.told(address, predict, row, taught)
        mine = last_call(address, own)
        if mine is not None and agrees(mine, inputs, outputs):
            for side, held in ((mine.inputs, inputs), (mine.outputs or {}, outputs)):
                held.update({name: [side[name]] for name, values in held.items() if values is None and name in side})
        wanted = {one.name for one in self.program.signature(predict.signature).outputs}
        if not all(inputs.values()) or not all(outputs[name] for name in wanted):
            return None
        return Demo(
            tuple((name, held[0]) for name, held in inputs.items() if held),
            tuple((name, held[0]) for name, held in outputs.items() if held),
            row.id,
        )

    def lacks(self, address: str, predict: Predict, row: Row, taught: Scored) -> bool:
        """Whether a run of our own could fill in what the teacher's run does not tell of a call: an input, an output or
        the reasoning that nothing in it has the name of, where all else is told."""
        told = [held for side in self.told(address, predict, row, taught) for held in side.values()]
        return None in told and [] not in told

    def told(self, address: str, predict: Predict, row: Row, taught: Scored) -> tuple[Told, Told]:
        """What the teacher's run tells of the inputs and outputs of a call."""
        signature = self.program.signature(predict.signature)
        inputs = {one.name: self.found(address, one, self.known(row, taught)) for one in signature.inputs}
        wanted = {one.name for one in signature.outputs}
        outputs = {
            one.name: self.found(address, one, self.given(one, wanted, taught))
            for one in outputs_of(signature, strategy_of(predict))
        }
        return inputs, outputs

    def found(self, address: str, field: Field, values: Iterator[tuple[str, Json]]) -> list[Json] | None:
        """The first value that a field may have; nothing where those of its name are of other types, None where there
        are none. `values` are by the address and name of a field of the teacher, the name alone where they are of no
        call."""
        named, source = named_types(self.program), self.fields.get(f"{address}.{field.name}")
        known: list[Json] | None = None
        for place, value in values:
            fits = place == source if source is not None else place.rpartition(".")[2] in (field.name, "")
            if fits and belongs(value, field.type, named):
                return [value]
            known = [] if fits and place else known
        return known

    def known(self, row: Row, taught: Scored) -> Iterator[tuple[str, Json]]:
        """What a call may take: what the run was given, then what its calls gave and took, the last call first."""
        yield from ((name, row.values.get(name)) for name in self.params)
        for call in self.calls(taught):
            for side in (call.outputs or {}, call.inputs):
                yield from ((f"{call.address}.{name}", value) for name, value in side.items())

    def given(self, field: Field, wanted: set[str], taught: Scored) -> Iterator[tuple[str, Json]]:
        """What a call may give: what the run came to, then what its calls gave, the last call first. What the run came
        to is the only output of a call whatever its name."""
        assert taught.outcome is not None
        value = taught.outcome.value
        if isinstance(value, dict):
            yield from value.items()
        for call in self.calls(taught):
            yield from ((f"{call.address}.{name}", one) for name, one in (call.outputs or {}).items())
        if wanted == {field.name}:
            yield "", value

    def calls(self, taught: Scored) -> list[Call]:
        """The calls of a run that count, the last one in the source first."""
        assert taught.outcome is not None
        places = {address: place for place, address in enumerate(self.order)}
        calls = [one for one in taught.outcome.calls if not one.superseded]
        return sorted(calls, key=lambda one: -places.get(one.address, 0))


def projection(program: Program, module: str, teacher: Program, taught: str, fields: Mapping[str, str]) -> Projection:
    """The projection of runs of the module `taught` of the teacher on what a run of the module can reach."""
    params = tuple(one.name for one in program.module(module).params)
    return Projection(
        program, fields, params, tuple(address for address, _ in sites(teacher, taught)), taught != module
    )


def last_call(address: str, own: Scored | None) -> Call | None:
    """The call at an address in a run of our own program, the last one that counts."""
    outcome = None if own is None else own.outcome
    calls = [] if outcome is None else outcome.calls
    found = [one for one in calls if one.address == address and one.outputs is not None and not one.superseded]
    return found[-1] if found else None


def agrees(mine: Call, inputs: Told, outputs: Told) -> bool:
    """Whether a call of ours took and gave what the teacher's run tells: else its reasoning would lead elsewhere."""
    sides = ((mine.inputs, inputs), (mine.outputs or {}, outputs))
    return all(not held or side.get(name) == held[0] for side, told in sides for name, held in told.items())
