"""`reflect(mode: "textgrad")` against what textgrad 0.1.8 did with the same scripted LM, as `record_textgrad.py` wrote
it down: how often each step asks for what, what it tries, what it keeps, and the winner. Which rows a step takes is
drawn otherwise; they are as many."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from lmc.driver.load import load
from lmc.evaluate.metric import compile_metric
from lmc.evaluate.rows import Roles
from lmc.evaluate.statistics import mean
from lmc.lm.base import Request
from lmc.lm.budget import Budget
from lmc.lm.scripted import Scripted
from lmc.optimize.bench import Bench
from lmc.optimize.meta import MetaPrompts
from lmc.optimize.reflecting.reflection import Line, search
from lmc.optimize.reflecting.textgrad import TextGrad
from lmc.passes import simplify

from .planted_instructions import Planted
from .test_gepa import rows, texts
from .test_instructions import PROGRAMS

RECORDED = json.loads(Path(__file__).with_name("textgrad.json").read_text())
TRAIN, VAL = range(12), range(100, 112)


class Answers:
    """The planted LM, as lmc's prompts ask it; counts what it is asked, by kind."""

    def __init__(self, seed: int) -> None:
        self.planted, self.asked = Planted(seed), Counter[str]()

    def __call__(self, request: Request) -> str:
        messages = request.body["messages"]
        system, user = messages[0]["content"], messages[-1]["content"]
        if "Improve an instruction" in system:
            family = re.findall(r"^Instruction: (Find|Answer)", user, re.M)[0]
            self.asked[f"step {family}"] += 1
            return self.planted.next(family)
        if "Criticize what a step" in system or "was criticized" in system:
            kind = "instruction" if "Part to improve: the instruction: " in user else "output"
            self.asked[kind] += 1
            return f"Criticism of {kind}."
        number = int(re.findall(r"question (\d+)", user)[-1])
        if hint := re.findall(r"^Hint: (.+)$", user, re.M):
            return self.planted.answer(system, number, hint[-1])
        return self.planted.hint(system, number) if "Find" in system else self.planted.answer(system, number, "fine")


class Noted(TextGrad):
    """Writes down its steps as `record_textgrad.py` does."""

    def __init__(self, bench: Bench, lm: Answers) -> None:
        super().__init__(bench)
        self.lm, self.steps = lm, list[dict[str, Any]]()

    def propose(self, pool: Any, parents: tuple[int, ...]) -> list[Line]:
        self.lm.asked.clear()
        found = super().propose(pool, parents)
        self.steps.append({"asked": dict(self.lm.asked), "tried": texts(found[0].program)})
        return found

    def accept(self, pool: Any, proposed: Any) -> list[Line]:
        found = super().accept(pool, proposed)
        score = mean(self.bench.scores(proposed[0].program, self.bench.dev))
        self.steps[-1] |= {"score": score, "kept": bool(found)}
        return found


@pytest.mark.parametrize("recorded", RECORDED["runs"], ids=lambda run: f"{run['calls']} calls, seed {run['seed']}")
def test_steps_are_those_of_the_original(recorded: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "main.lmp").write_text(PROGRAMS[recorded["calls"]])
    loaded = load(tmp_path / "main.lmp").program
    assert loaded is not None
    program, lm = simplify(loaded), Answers(recorded["seed"])
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
        method = Noted(bench, lm)
        winner = search(method, program, bench, len(recorded["steps"]))
    theirs = recorded["steps"]
    assert [one["tried"] for one in method.steps] == [one["tried"] for one in theirs]
    for mine, other in zip(method.steps, theirs, strict=True):
        assert mine["asked"] == {kind: count for kind, count in other["asked"].items() if kind != "run"}
        assert (mine["score"], mine["kept"]) == (pytest.approx(other["score"]), other["kept"])
        assert other["asked"]["run"] == 3 * recorded["calls"]
    assert texts(winner) == recorded["winner"]
