"""lmc's few-shot searches, where they follow the original to the letter, beside DSPy 3.4.1 (`record_fewshot.py`): the
same evaluations in the same order, the same scores, the same winner, as many different requests."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from lmc.ir.patch import patch_between
from lmc.ir.program import PassSpec, Program
from lmc.lm.base import Request
from lmc.optimize.base import OptimizerPass
from lmc.optimize.passes.joint import Joint
from lmc.optimize.passes.labeled import Labeled
from lmc.optimize.table import make_pass
from tests.optimize.conftest import Compile, MakeBench, bench_of, compiled, prompt_of

from .planted_fewshot import DEV, INSTRUCTION, PROPOSALS, TRAIN, label

__all__ = ["bench_of", "compiled"]

RECORD = json.loads((Path(__file__).parent / "fewshot.json").read_text())
SOURCE = f"""
signature Kind {{ "{INSTRUCTION}" in text: str out label: "even" | "odd" }}
module Main(text: str) -> str {{ return (predict Kind(text)).label }}
metric good(want, got) = exact(want.label, got)
"""
PASSES: dict[str, PassSpec] = {
    "LabeledFewShot": PassSpec("labeled", (("k", 5), ("exact", True))),
    "BootstrapFewShot": PassSpec("bootstrap", (("k", 4), ("labeled", 9), ("exact", True))),
    "BootstrapFewShot of all rows": PassSpec("bootstrap", (("k", 30), ("labeled", 30), ("exact", True))),
    "BootstrapFewShotWithRandomSearch": PassSpec(
        "demo_search", (("k", 3), ("labeled", 6), ("candidates", 8), ("exact", True))
    ),
    "BootstrapFewShotWithOptuna": PassSpec("joint", (("mode", "optuna"), ("k", 3), ("trials", 8))),
    "MIPROv2 light": PassSpec("joint", (("mode", "light"),)),
    "MIPROv2 medium": PassSpec("joint", (("mode", "medium"),)),
    "MIPROv2 heavy": PassSpec("joint", (("mode", "heavy"),)),
}


@pytest.fixture(autouse=True)
def given_proposals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proposals are those of the original's run."""
    monkeypatch.setattr(Joint, "proposed", lambda self, program, bench, count: {"Main.kind": (None, *PROPOSALS)})


def shown(program: Program, after: Program) -> list[int]:
    """The items of a program's demonstrations."""
    found = patch_between(program, after).get("Main.kind")
    demos = (found.demos or ()) if found is not None else ()
    return [int(re.findall(r"\d+", str(dict(demo.inputs)["text"]))[0]) for demo in demos]


def told(program: Program, after: Program) -> str:
    """The instruction of a program."""
    found = patch_between(program, after).get("Main.kind")
    return INSTRUCTION if found is None or found.instruction is None else found.instruction


@pytest.mark.parametrize("seed", range(len(RECORD["runs"]["LabeledFewShot"])))
@pytest.mark.parametrize("name", PASSES)
def test_the_same_happens(compiled: Compile, bench_of: MakeBench, name: str, seed: int) -> None:
    program, theirs = compiled(SOURCE), RECORD["runs"][name][seed]

    def reply(request: Request) -> str:
        return label(prompt_of(request), seed)

    bench = bench_of(program, reply, train=TRAIN, dev=DEV)
    optimizer = make_pass(PASSES[name])
    assert isinstance(optimizer, OptimizerPass)
    best = optimizer.run(program, bench)
    evaluated: list[dict[str, Any]] = [
        {
            "demos": shown(program, one.candidate),
            "instruction": told(program, one.candidate),
            "rows": one.rows,
            "score": round(100 * one.score, 2),
        }
        for one in bench.trials
    ]
    assert evaluated == theirs["evaluated"]
    assert (shown(program, best), told(program, best)) == (theirs["demos"], theirs["instruction"])
    assert bench.budget.spent.calls == theirs["distinct"]


def test_demonstrations_are_those_of_a_list_made_by_hand(compiled: Compile, bench_of: MakeBench) -> None:
    """A teacher that is right on the rows 1, 4, 5 and 9 alone: the first two of these, then two labelled ones of the
    others, as `random.Random(0)` draws them."""
    import random

    program = compiled(SOURCE)
    right = {1, 4, 5, 9}

    def reply(request: Request) -> str:
        item = int(re.findall(r"item (\d+)", prompt_of(request))[-1])
        return "odd" if (item % 2 == 1) == (item in right) else "even"

    bench = bench_of(program, reply, train=TRAIN[:12], dev=DEV)
    best = make_pass(PassSpec("bootstrap", (("k", 2), ("labeled", 4), ("exact", True))))
    assert isinstance(best, OptimizerPass)
    rest = [number for number in range(12) if number not in (1, 4)]
    random.Random(0).shuffle(rest)
    assert shown(program, best.run(program, bench)) == [1, 4, *random.Random(0).sample(rest, 2)]
    assert isinstance(make_pass(PASSES["LabeledFewShot"]), Labeled)
