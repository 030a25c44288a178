"""An ensemble by majority says what DSPy's Ensemble with `dspy.majority` does, asking no more members than it takes."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from lmc.execute.interpreter import Interpreter
from lmc.ir.patch import apply_patch
from lmc.ir.program import Settings
from lmc.lm.base import Request
from lmc.lm.scripted import Scripted
from lmc.optimize.passes.ensemble import combined
from tests.elaborate.test_structure import compiled

from .planted_ensemble import tables

RECORDED = json.loads(Path(__file__).with_name("ensemble.json").read_text())["majority"]

PROGRAM = """
lm small = "scripted/small"
signature Judge { "Member 0." in row: str out parity: "even" | "odd" | "neither" }
module Main(row: str) -> str { return (predict Judge(row) as it).parity }
"""


@pytest.mark.parametrize("number", range(len(RECORDED)))
def test_majorities_are_those_of_dspy(number: int) -> None:
    table = tables()[number]
    program = compiled(PROGRAM)
    members = [apply_patch(program, {"Main.it": Settings(instruction=f"Member {n}.")}) for n in range(len(table[0]))]
    together = combined(program, "Main", members, "majority", [1.0] * len(members), fails=False)
    assert together is not None

    def reply(request: Request) -> str:
        system, user = (str(one["content"]) for one in request.body["messages"][-2:])
        return table[int(user)][int(system.split(".")[0].split()[1])]

    lm = Scripted(reply)
    interpreter = Interpreter(together, {"small": lm})
    said = [asyncio.run(interpreter.run("Main", {"row": str(row)})).value for row in range(len(table))]
    assert said == RECORDED[number]
    assert len(lm.calls) <= len(members) * len(table)
    if len(members) > 2:
        assert len(lm.calls) < len(members) * len(table), "DSPy asks all of them, always"
