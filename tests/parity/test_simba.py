"""`contrast(mode: "simba")` against what DSPy 3.4.1's SIMBA did with the same scripted LM, as `record_simba.py` wrote
it down: how many runs of each kind it makes, how often it asks for advice, the programs that come to the end with their
scores, and the winner. With demonstrations how many are dropped is drawn by numpy there, so that the draws part; the
runs are as many."""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from lmc.driver.load import load
from lmc.evaluate.metric import compile_metric
from lmc.evaluate.rows import Roles
from lmc.evaluate.statistics import mean
from lmc.ir.program import Program
from lmc.lm.base import Request
from lmc.lm.budget import Budget
from lmc.lm.scripted import Scripted
from lmc.optimize.bench import Bench
from lmc.optimize.meta import MetaPrompts
from lmc.optimize.reflecting.reflection import search
from lmc.optimize.reflecting.simba import Simba
from lmc.passes import simplify

from .planted_instructions import Planted, lot
from .test_gepa import rows, texts
from .test_instructions import PROGRAMS

RECORDED = json.loads(Path(__file__).with_name("simba.json").read_text())
ROWS, BATCH, CANDIDATES, STEPS = 20, 8, 3, 3


class Answers:
    """The planted LM, as lmc's prompts ask it."""

    def __init__(self, seed: int) -> None:
        self.planted, self.counts = Planted(seed), Counter[str]()

    def __call__(self, request: Request) -> str:
        messages = request.body["messages"]
        system, user = messages[0]["content"], messages[-1]["content"]
        if "Two runs of a program" in system:
            self.counts["advice"] += 1
            names = {"Main.ask": "Answer", "Main.found": "Find"}
            asked = [name for name in sorted(names) if name in user]
            return json.dumps({name: self.planted.next(names[name]) for name in asked})
        hot = request.body["temperature"] > 0
        self.counts["hot"] += hot
        number = int(re.findall(r"question (\d+)", user)[-1])
        lucky = hot and lot("luck", request.sample, number) < 0.4
        if hint := re.findall(r"^Hint: (.+)$", user, re.M):
            return self.planted.answer(system, number, "fine" if lucky else hint[-1])
        if "Find" in system:
            return self.planted.hint(system, number)
        return f"answer {number}" if lucky else self.planted.answer(system, number, "fine")


class Noted(Simba):
    """Counts the runs that it wants made, and keeps the scores at the end."""

    runs = 0
    finals: list[tuple[float, list[str]]]

    def propose(self, pool: Any, parents: tuple[int, ...]) -> Any:
        found = super().propose(pool, parents)
        self.runs += len(found) * len(self.batch)
        return found

    def best(self, pool: Any) -> Program:
        winner = super().best(pool)
        chosen = dict.fromkeys(round(one * (len(self.winners) - 1) / self.k) for one in range(self.k + 1))
        programs = [pool[self.winners[one]].program for one in chosen]
        self.runs += len(programs) * len(self.bench.train)
        scores = [mean(self.bench.scores(one, self.bench.train)) for one in programs]
        self.finals = sorted(zip(scores, map(texts, programs), strict=True), key=lambda one: -one[0])
        return winner


def tuned(recorded: dict[str, Any], folder: Path) -> tuple[Noted, Program, Counter[str]]:
    """What lmc makes of the same."""
    (folder / "main.lmp").write_text(PROGRAMS[recorded["calls"]])
    loaded = load(folder / "main.lmp").program
    assert loaded is not None
    program, lm = simplify(loaded), Answers(recorded["seed"])
    with asyncio.Runner() as runner:
        budget = Budget(Scripted(lm))
        bench = Bench(
            "Main",
            Roles(rows(range(ROWS)), rows(range(ROWS, ROWS + 1))),
            compile_metric(program.metric("good")),
            {"small": budget},
            runner,
            budget,
            None,
            0,
            lambda event, **details: None,
            meta=MetaPrompts(program.lms[0]),
        )
        method = Noted(bench, random.Random(recorded["seed"]), CANDIDATES, BATCH, recorded["demos"])
        return method, search(method, program, bench, STEPS), lm.counts


NAMES = [f"{one['calls']} calls, {one['demos']} demos, seed {one['seed']}" for one in RECORDED["runs"]]


@pytest.mark.parametrize("recorded", RECORDED["runs"], ids=NAMES)
def test_it_makes_as_many_runs_as_the_original(recorded: dict[str, Any], tmp_path: Path) -> None:
    method, _, counts = tuned(recorded, tmp_path)
    assert method.runs * recorded["calls"] == recorded["cold"]
    assert counts["hot"] <= recorded["hot"]  # a request that was made before is not made again
    assert len(method.finals) == len(recorded["finals"])


@pytest.mark.parametrize("recorded", [one for one in RECORDED["runs"] if not one["demos"]], ids=NAMES[:8])
def test_with_rules_alone_it_comes_to_the_same_programs(recorded: dict[str, Any], tmp_path: Path) -> None:
    method, winner, counts = tuned(recorded, tmp_path)
    assert counts["advice"] == recorded["advice"]
    assert [[score, found] for score, found in method.finals] == recorded["finals"]
    assert texts(winner) == recorded["winner"]
