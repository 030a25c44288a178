"""`reflect(mode: "gepa")` against what gepa 0.1.4 did with the same scripted LM, as `record_gepa.py` wrote it down: the
parent of each round, its train rows, what is accepted, merges, the number of runs and proposals, and the winner."""

from __future__ import annotations

import asyncio
import json
import random
import re
from pathlib import Path
from typing import Any

import pytest

from lmc.driver.load import load
from lmc.evaluate.metric import compile_metric
from lmc.evaluate.rows import Roles, Row
from lmc.evaluate.statistics import mean
from lmc.ir.program import Program
from lmc.lm.base import Request
from lmc.lm.budget import Budget
from lmc.lm.scripted import Scripted
from lmc.optimize.bench import Bench
from lmc.optimize.meta import MetaPrompts
from lmc.optimize.places import sites_with
from lmc.optimize.proposing.proposals import instruction_of
from lmc.optimize.reflecting.gepa import Gepa
from lmc.optimize.reflecting.reflection import Line, search
from lmc.passes import simplify

from .planted_instructions import Planted
from .test_instructions import PROGRAMS

RECORDED = json.loads(Path(__file__).with_name("gepa.json").read_text())
TRAIN, VAL = range(22), range(100, 120)


class Answers:
    """The planted LM, as lmc's prompts ask it."""

    def __init__(self, seed: int) -> None:
        self.planted, self.proposals = Planted(seed), 0

    def __call__(self, request: Request) -> str:
        messages = request.body["messages"]
        system, user = messages[0]["content"], messages[-1]["content"]
        if "An assistant was given the instruction" in system:
            self.proposals += 1
            return self.planted.next(re.findall(r"^Instruction: (Find|Answer)", user, re.M)[0])
        number = int(re.findall(r"question (\d+)", user)[-1])
        if hint := re.findall(r"^Hint: (.+)$", user, re.M):
            return self.planted.answer(system, number, hint[-1])
        return self.planted.hint(system, number) if "Find" in system else self.planted.answer(system, number, "fine")


class Noted(Gepa):
    """Writes down its rounds as `record_gepa.py` does, and how many rows it runs programs on. A program that runs on a
    row a second time is answered from before; the original runs it again."""

    def __init__(self, bench: Bench, rng: random.Random) -> None:
        super().__init__(bench, rng)
        self.rounds: list[dict[str, Any]] = []
        self.runs = 0

    def parents(self, pool: Any) -> tuple[int, ...]:
        found = super().parents(pool)
        self.rounds.append({"accepted": False, **({"merge": list(found)} if len(found) > 1 else {"parent": found[0]})})
        return found

    def propose(self, pool: Any, parents: tuple[int, ...]) -> list[Line] | None:
        found = super().propose(pool, parents)
        if len(parents) == 1:
            self.rounds[-1]["rows"] = [int(one.row.id) for one in self.minibatch]
            self.runs += 3
        return found

    def accept(self, pool: Any, proposed: Any) -> list[Line]:
        self.runs += 5 if len(proposed[0].parents) > 1 else 3
        found = super().accept(pool, proposed)
        self.rounds[-1]["accepted"] = bool(found)
        return found

    def score(self, program: Program) -> None:
        self.runs += len(self.bench.dev)
        super().score(program)


def rows(numbers: range) -> tuple[Row, ...]:
    return tuple(
        Row(str(number), {"question": f"question {number}", "answer": f"answer {number}"}, number, "rows.jsonl")
        for number in numbers
    )


def texts(program: Program) -> list[str]:
    return [instruction_of(program, predict) for _, predict in sites_with(program, "Main", "instruction")]


@pytest.mark.parametrize("recorded", RECORDED["runs"], ids=lambda run: f"{run['calls']} calls, seed {run['seed']}")
def test_rounds_are_those_of_the_original(recorded: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "main.lmp").write_text(PROGRAMS[recorded["calls"]])
    program = simplify(loaded) if (loaded := load(tmp_path / "main.lmp").program) else None
    assert program is not None
    lm = Answers(recorded["seed"])
    with asyncio.Runner() as runner:
        budget = Budget(Scripted(lm))
        bench = Bench(
            "Main",
            Roles(rows(TRAIN), rows(VAL)),
            compile_metric(program.metric("good")),
            {"small": budget},
            runner,
            budget,
            None,
            0,
            lambda event, **details: None,
            meta=MetaPrompts(program.lms[0]),
        )
        method = Noted(bench, random.Random(recorded["seed"]))
        winner = search(method, program, bench, len(recorded["rounds"]))
    known = ("accepted", "parent", "rows", "merge")
    theirs = [{name: value for name, value in one.items() if name in known} for one in recorded["rounds"]]
    for one in theirs:  # a merge that the original tries draws no parent
        one.pop("parent" if "merge" in one else "merge", None)
    assert method.rounds == theirs
    assert lm.proposals == recorded["proposals"]
    assert [mean(one) for one in method.scores] == recorded["scores"]
    assert texts(winner) == list(recorded["winner"].values())
    assert method.runs == recorded["runs"]
