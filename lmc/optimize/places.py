"""The call sites whose prompts have a place for what a pass would put in, and where their LMs run."""

from __future__ import annotations

from typing import Literal

from lmc.analysis.calls import sites
from lmc.ir.program import LMDecl, Predict, Program
from lmc.prompts import tunable_slots

Place = Literal["instruction", "demos", "nearest", "layout"]


def sites_with(program: Program, module: str, place: Place) -> tuple[tuple[str, Predict], ...]:
    """The call sites that a run of the module can reach, by address, without those whose author wrote a prompt that has
    no such place."""
    return tuple(
        (address, predict)
        for address, predict in sites(program, module)
        if place in tunable_slots(program.signature(predict.signature), predict.settings)
    )


def on_this_machine(lm: LMDecl) -> bool:
    """Whether an LM runs on this machine: such ones are small."""
    return lm.reference.startswith(("local/", "llamacpp/"))
