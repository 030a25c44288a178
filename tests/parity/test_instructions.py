"""The exact modes of `instructions` against what DSPy 3.4.1's COPRO and InferRules did with the same scripted LM, as
`record_instructions.py` wrote it down."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

from lmc.driver.load import load
from lmc.evaluate.metric import compile_metric
from lmc.evaluate.rows import Roles, Row
from lmc.ir.program import Program
from lmc.lm.base import Request
from lmc.lm.budget import Budget
from lmc.lm.scripted import Scripted
from lmc.optimize.bench import Bench
from lmc.optimize.meta import MetaPrompts
from lmc.optimize.passes.instructions import Instructions
from lmc.optimize.places import sites_with
from lmc.optimize.proposing.proposals import instruction_of
from lmc.optimize.proposing.proposers import RULES
from lmc.passes import simplify

from .planted_instructions import ROWS, Planted

RECORDED = json.loads(Path(__file__).with_name("instructions.json").read_text())
DSPY_RULES = "\n\nPlease adhere to the following rules when making your prediction:\n"
PROGRAMS = {
    1: """
lm small = "scripted/small"
signature Ask { "Answer." in question: str out answer: str }
module Main(question: str) -> str { return (predict Ask(question)).answer }
metric good(want, got) = exact(want.answer, got)
""",
    2: """
lm small = "scripted/small"
signature Find { "Find." in question: str out hint: str }
signature Ask { "Answer." in question: str in hint: str out answer: str }
module Main(question: str) -> str {
  let found = predict Find(question)
  return (predict Ask(question, found.hint)).answer
}
metric good(want, got) = exact(want.answer, got)
""",
}


class Answers:
    """The planted LM, as lmc's prompts ask it."""

    def __init__(self, seed: int) -> None:
        self.planted, self.proposals = Planted(seed), 0

    def __call__(self, request: Request) -> str:
        messages = request.body["messages"]
        system, user = messages[0]["content"], messages[-1]["content"]
        if "alone." in system:
            self.proposals += 1
            gives = re.findall(r"gives (\w+)", user)[-1]
            return self.planted.next("Find" if gives == "Hint" else "Answer")
        number = int(re.findall(r"question (\d+)", user)[-1])
        if hint := re.findall(r"^Hint: (.+)$", user, re.M):
            return self.planted.answer(system, number, hint[-1])
        if "Find" in system:
            return self.planted.hint(system, number)
        return self.planted.answer(system, number, "fine")


def rows() -> tuple[Row, ...]:
    return tuple(Row(f"row {number}", values, number + 1, "rows.jsonl") for number, values in enumerate(ROWS))


def instructions(program: Program) -> list[str]:
    return [instruction_of(program, predict) for _, predict in sites_with(program, "Main", "instruction")]


@pytest.mark.parametrize("wanted", RECORDED["runs"], ids=lambda run: f"{run['method']}-{run['calls']}-{run['seed']}")
def test_the_same_is_evaluated_in_the_same_order_and_the_same_wins(wanted: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "main.lmp").write_text(PROGRAMS[wanted["calls"]])
    loaded = load(tmp_path / "main.lmp")
    assert loaded.program is not None, loaded.sink.diagnostics
    program, lm = simplify(loaded.program), Answers(wanted["seed"])
    budget = Budget(Scripted(lm), None)
    roles, score = Roles(rows()[:10], rows()), compile_metric(program.metric("good"))
    with asyncio.Runner() as runner:
        bench = Bench("Main", roles, score, {"small": budget}, runner, budget, None, 0, lambda event, **details: None)
        bench.meta = MetaPrompts(program.lms[0])
        kind = {"copro": ("copro", 4, 3), "rules": ("rules", 5, 1)}[wanted["method"]]
        found = Instructions(mode=kind[0], candidates=kind[1], rounds=kind[2], exact=True).run(program, bench)  # type: ignore[arg-type]
    evaluated = [(instructions(one.candidate), round(one.score, 4)) for one in bench.trials]
    theirs = [([ours(text) for text in one["instructions"]], one["score"]) for one in wanted["evaluated"]]
    assert evaluated == theirs
    assert instructions(found) == [ours(text) for text in wanted["winner"]]
    assert lm.proposals == wanted["proposals"]
    assert all(one.rows == len(ROWS) for one in bench.trials)


def ours(text: str) -> str:
    return text.replace(DSPY_RULES, RULES)


def test_the_record_is_of_the_version_that_is_meant() -> None:
    assert RECORDED["dspy"] == "3.4.1"
    assert len(RECORDED["runs"]) == 16
