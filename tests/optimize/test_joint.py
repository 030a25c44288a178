"""Instructions, demonstrations and settings chosen together."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from lmc.ir.patch import patch_between
from lmc.ir.program import LMDecl, Program, Settings
from lmc.lm.base import Request
from lmc.optimize.bench import Bench
from lmc.optimize.meta import MetaPrompts
from lmc.optimize.passes.joint import Joint
from lmc.optimize.tune import tune

from .conftest import Compile, MakeBench, prompt_of

SOURCE = """
signature Judge { "Is it even or odd?" in text: str out parity: "even" | "odd" }
module Main(text: str) -> str { return (predict Judge(text) with { temperature: tune 0.0..1.0 }).parity }
metric good(want, got) = exact(want.parity, got)
"""
ROWS = [{"text": f"number {n * 37 + 11}", "parity": "odd" if n % 2 == 0 else "even"} for n in range(120)]
PROPOSALS = ("Guess what the number is.", "Look at the last digit.", "Say something.", "Think of numbers.", "Be brief.")


class Planted:
    """Right with the instruction on the last digit and a demonstration of each answer; half right with either."""

    def __init__(self) -> None:
        self.proposed = 0
        self.prompts: list[str] = []

    def __call__(self, request: Request) -> str:
        prompt = prompt_of(request)
        self.prompts.append(prompt)
        if "Write a better instruction" in prompt:
            self.proposed += 1
            return PROPOSALS[self.proposed % len(PROPOSALS)]
        if "Say in two or three sentences" in prompt:
            return "Numbers, and whether they are even."
        number = int(re.findall(r"number (\d+)", prompt)[-1])
        taught = {"even", "odd"} <= set(re.findall(r"^(even|odd)$", prompt, re.M))
        told = "last digit" in prompt
        right = "odd" if number % 2 else "even"
        wrong = "even" if number % 2 else "odd"
        return right if (number * 7919) % 100 < 40 + 25 * taught + 35 * told else wrong


def bench_for(program: Program, bench_of: MakeBench, lm: Callable[[Request], str], **more: Any) -> Bench:
    bench = bench_of(program, lm, train=ROWS[:40], dev=ROWS[40:104], **more)
    bench.meta = MetaPrompts(LMDecl("small", "scripted/small"))
    return bench


def test_what_is_planted_is_found_with_most_seeds(compiled: Compile, bench_of: MakeBench) -> None:
    program, found = compiled(SOURCE), 0
    for seed in range(10):
        bench = bench_for(program, bench_of, Planted())
        bench.seed = seed
        chosen = patch_between(program, Joint(trials=24).run(program, bench)).get("Main.judge", Settings())
        found += chosen.instruction == "Look at the last digit." and bool(chosen.demos)
    assert found >= 9


def test_it_comes_out_the_same_again(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(SOURCE)
    first, second = (bench_for(program, bench_of, Planted()) for _ in range(2))
    assert Joint(trials=12).run(program, first) == Joint(trials=12).run(program, second)
    assert first.studies == second.studies
    assert first.budget.spent == second.budget.spent


def test_proposers_see_no_dev_row(compiled: Compile, bench_of: MakeBench) -> None:
    program, lm = compiled(SOURCE), Planted()
    bench = bench_for(program, bench_of, lm)
    Joint(trials=8).run(program, bench)
    asked = [one for one in lm.prompts if "better instruction" in one or "two or three sentences" in one]
    assert len(asked) == 6
    texts = {str(row.values["text"]) for row in bench.dev}
    assert not any(re.search(rf"{text}\b", prompt) for text in texts for prompt in asked)


def test_without_instructions_it_searches_demonstrations(compiled: Compile, bench_of: MakeBench) -> None:
    program, lm = compiled(SOURCE), Planted()
    bench = bench_for(program, bench_of, lm)
    chosen = patch_between(program, Joint(instructions=0, hyper=False, trials=12).run(program, bench))["Main.judge"]
    assert (chosen.instruction, chosen.temperature) == (None, None)
    assert {dict(one.outputs)["parity"] for one in chosen.demos or ()} == {"even", "odd"}
    assert lm.proposed == 0
    assert [axis.name for axis in bench.studies[0].axes] == ["Main.judge.demos"]


def test_malformed_proposals_are_failed_ones(compiled: Compile, bench_of: MakeBench) -> None:
    program, planted = compiled(SOURCE), Planted()

    def reply(request: Request) -> str:
        return "" if "better instruction" in prompt_of(request) else planted(request)

    bench = bench_for(program, bench_of, reply)
    found = Joint(trials=12).run(program, bench)
    assert patch_between(program, found)["Main.judge"].instruction is None
    assert bench.malformed == 5


def test_with_no_rows_it_does_nothing(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(SOURCE.replace("temperature: tune 0.0..1.0", "temperature: 0.0"))
    bench = bench_of(program, Planted())
    heard: list[str] = []
    bench.listen = lambda event, **details: heard.append(details.get("reason", ""))
    assert Joint(instructions=0).run(program, bench) is program
    assert "there is nothing to choose from" in heard


@pytest.mark.parametrize("calls", [0, 40, 150, 500])
def test_it_keeps_to_the_budget(compiled: Compile, bench_of: MakeBench, calls: int) -> None:
    program = compiled(SOURCE)
    bench = bench_for(program, bench_of, Planted(), calls=calls)
    result = tune(program, [Joint()], bench, ())
    assert result.spent.calls <= calls
    assert calls < 500 or result.passes[0].outcome == "accepted"


@pytest.mark.parametrize(("mode", "trials"), [("light", 9), ("medium", 18)])
def test_the_original_procedure(compiled: Compile, bench_of: MakeBench, mode: Any, trials: int) -> None:
    """Random minibatches of 35 rows, and after every fifth the leading program on all rows."""
    program, lm = compiled(SOURCE), Planted()
    bench = bench_for(program, bench_of, lm)
    found = Joint(mode=mode).run(program, bench)
    sizes = [one.rows for one in bench.trials]
    assert sizes.count(35) == max(trials, int(4 * __import__("math").log2({"light": 6, "medium": 12}[mode])))
    assert sizes[0] == len(bench.dev)
    full = sizes.count(35) // 5 + (sizes.count(35) % 5 != 0)
    assert sizes.count(len(bench.dev)) in (1 + full, full)
    assert patch_between(program, found)["Main.judge"].instruction == "Look at the last digit."
    assert len(bench.studies) == 1


def test_one_demonstration_for_each_call(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(SOURCE)
    bench = bench_for(program, bench_of, Planted())
    found = patch_between(program, Joint(mode="optuna", trials=6).run(program, bench))["Main.judge"]
    assert len(found.demos or ()) == 1
    assert [one.rows for one in bench.trials] == [len(bench.dev)] * 6


@pytest.mark.parametrize("mode", ["optuna", "light"])
def test_an_original_procedure_that_the_budget_ends_gives_the_best_so_far(
    compiled: Compile, bench_of: MakeBench, reasons: Any, mode: Any
) -> None:
    program = compiled(SOURCE)
    bench = bench_for(program, bench_of, Planted(), calls=300)
    heard = reasons(bench)
    found = Joint(mode=mode).run(program, bench)
    assert heard == ["the budget has no room for all of the original's procedure"]
    assert found != program
    assert bench.budget.spent.calls <= 300
    assert len(bench.studies) == 1
