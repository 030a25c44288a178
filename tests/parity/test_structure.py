"""`structure(mode: "sammo")` against what SAMMO 0.3.3 did with the same scripted LM, as `record_structure.py` wrote it
down: which candidates are scored in what order, by which operator, with what score, how often an LM is asked to change
a text at most, and which candidate wins."""

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
from lmc.ir.walk import predictors
from lmc.lm.base import Request
from lmc.lm.budget import Budget
from lmc.lm.scripted import Scripted
from lmc.optimize.bench import Bench
from lmc.optimize.meta import MetaPrompts
from lmc.optimize.passes.structure import Structure
from lmc.optimize.sectioning.section_operators import ASKS, without_stopwords
from lmc.passes import simplify

from .planted_structure import BEAM, BREADTH, NUMBERS, PLACES, ROUNDS, SEEDS, START, changed, right

RECORDED = json.loads(Path(__file__).with_name("structure.json").read_text())
SOURCE = f"""
lm small = "scripted/small"
signature Judge {{ "{START}" in text: str out verdict: "right" | "wrong" }}
module Main(text: str) -> str {{ return (predict Judge(text)).verdict }}
metric good(want, got) = exact(want.verdict, got)
"""


class Answers:
    """The planted LM, as lmc's prompts ask it. `changes` counts the texts that it changed."""

    def __init__(self, seed: int) -> None:
        self.seed, self.changes = seed, 0

    def __call__(self, request: Request) -> str:
        system, user = (one["content"] for one in request.body["messages"])
        if asked := re.fullmatch(r"What to do: (.*)\nText: (.*)", user, re.S):
            self.changes += 1
            first = asked[1].split(" at most ")[0]
            operator = next(name for name in PLACES if ASKS[name].startswith(first))  # type: ignore[index]
            return changed(operator, asked[2])
        text = system.split("\n\nReply with")[0]
        return "right" if right(text, int(re.findall(r"\d+", user)[-1]), self.seed) else "wrong"


def instruction(program: Program) -> str:
    found = next(one.settings.instruction for _, one in predictors(program))
    return START if found is None else found


@pytest.mark.parametrize("seed", range(SEEDS))
def test_the_same_candidates_in_the_same_order_and_the_same_winner(tmp_path: Path, seed: int) -> None:
    (tmp_path / "main.lmp").write_text(SOURCE)
    loaded = load(tmp_path / "main.lmp")
    assert loaded.program is not None, loaded.sink.diagnostics
    program = simplify(loaded.program)
    answers = Answers(seed)
    rows = tuple(
        Row(str(number), {"text": f"number {number}", "verdict": "right"}, number, "rows.jsonl") for number in NUMBERS
    )
    with asyncio.Runner() as runner:
        budget = Budget(Scripted(answers), None)
        bench = Bench(
            "Main",
            Roles((), rows),
            compile_metric(program.metric("good")),
            {"small": budget},
            runner,
            budget,
            None,
            0,
            lambda event, **details: None,
            meta=MetaPrompts(program.lms[0]),
        )
        operators: Any = tuple(PLACES)
        found = Structure(mode="sammo", rounds=ROUNDS, beam=BEAM, breadth=BREADTH, operators=operators).run(
            program, bench
        )
    recorded = RECORDED["searches"][seed]
    ours = [[one.origin or "init", instruction(one.candidate), one.score] for one in bench.trials]
    assert ours == [[operator, text, pytest.approx(score)] for _, operator, text, score in recorded["scored"]]
    assert instruction(found) == recorded["best"]
    assert answers.changes <= recorded["changes"], "the same is not asked twice"


@pytest.mark.parametrize(("text", "compressed"), RECORDED["stopwords"])
def test_the_same_words_say_little(text: str, compressed: str) -> None:
    assert without_stopwords(text) == compressed


def test_it_was_recorded_with_the_version_that_is_named() -> None:
    assert RECORDED["sammo"] == "0.3.3"
