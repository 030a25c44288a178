"""Evo: populations of instructions by EvoPrompt, PromptBreeder and CAPO."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from random import Random

import pytest

from lmc.ir.patch import apply_patch
from lmc.ir.program import Program, Settings
from lmc.ir.walk import predictors
from lmc.lm.base import Request
from lmc.optimize.meta import MetaPrompts
from lmc.optimize.passes.evo import Evo
from lmc.optimize.proposing.capo import betters, race
from lmc.optimize.proposing.population import Individual, fittest, roulette, world_of

from .conftest import Compile, MakeBench, prompt_of

TASK = """
signature Judge { "Judge." in text: str out parity: "even" | "odd" }
module Main(text: str) -> str { return (predict Judge(text)).parity }
metric good(want, got) = exact(want.parity, got)
"""
PARITY = ("even", "odd")
TRAIN = [{"text": f"number {n}", "parity": PARITY[n % 2]} for n in range(100, 130)]
DEV = [{"text": f"secret number {n}", "parity": PARITY[n % 2]} for n in range(64)]
HINTS = ("digit", "zero", "halve", "pairs")
MODES = ("ga", "de", "breeder", "capo")


def judged(prompt: str) -> str:
    """Right on one more quarter of the numbers for each hint that the prompt has."""
    number = int(re.findall(r"number (\d+)", prompt)[-1])
    right = HINTS[number // 2 % 4] in prompt
    return PARITY[number % 2] if right else PARITY[(number + 1) % 2]


def world(seen: list[str] | None = None) -> Callable[[Request], str]:
    """The proposer knows each hint, one at a time, and puts together the hints of those that it is to cross."""
    asked: list[str] = []

    def reply(request: Request) -> str:
        prompt = prompt_of(request)
        if seen is not None:
            seen.append(prompt)
        if "new, better way" in prompt:
            return "Think of pairs and zero."
        if prompt.startswith(("Combine the two", "Find what differs", "Do what is asked")):
            key = f"{prompt}{request.sample}"
            if key not in asked:
                asked.append(key)
            hints = [one for one in HINTS if one in prompt]
            if "Combine" not in prompt and "combine" not in prompt and "differs" not in prompt:
                hints.append(HINTS[asked.index(key) % 4])
            return f"Judge. Mind {' '.join(dict.fromkeys(hints))}."
        return judged(prompt)

    return reply


def instruction(program: Program) -> str:
    return next(one.settings.instruction or "" for _, one in predictors(program))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("seed", range(3))
def test_hints_that_are_apart_come_together(compiled: Compile, bench_of: MakeBench, mode: str, seed: int) -> None:
    program = compiled(TASK)
    bench = bench_of(program, world(), TRAIN, DEV, meta=MetaPrompts(program.lms[0]))
    bench.seed = seed
    found = Evo(mode=mode, generations=6, penalty=0.0).run(program, bench)  # type: ignore[arg-type]
    assert sum(one in instruction(found) for one in HINTS) >= 3


@pytest.mark.parametrize("mode", MODES)
def test_no_dev_row_is_shown_and_the_same_seed_finds_the_same(
    compiled: Compile, bench_of: MakeBench, mode: str
) -> None:
    program = compiled(TASK)

    def found() -> tuple[Program, int]:
        seen: list[str] = []
        bench = bench_of(program, world(seen), TRAIN, DEV, meta=MetaPrompts(program.lms[0]))
        one = Evo(mode=mode)  # type: ignore[arg-type]
        winner = one.run(program, bench)
        assert not [prompt for prompt in seen if "secret" in prompt and "nstruction" in prompt]
        most = one.most_work(program, "Main", bench.roles)
        assert most is not None
        assert bench.proposals <= most.meta
        assert bench.budget.spent.calls <= most.runs + most.meta
        return winner, bench.budget.spent.calls

    assert found() == found()


@pytest.mark.parametrize("calls", [0, 5, 40, 150, 400])
@pytest.mark.parametrize("mode", MODES)
def test_a_budget_holds(compiled: Compile, bench_of: MakeBench, mode: str, calls: int) -> None:
    program = compiled(TASK)
    bench = bench_of(program, world(), TRAIN, DEV, calls=calls, meta=MetaPrompts(program.lms[0]))
    Evo(mode=mode).run(program, bench)  # type: ignore[arg-type]
    assert bench.budget.spent.calls <= calls


@pytest.mark.parametrize("mode", MODES)
def test_a_proposer_that_says_nothing(
    compiled: Compile, bench_of: MakeBench, mode: str, reasons: Callable[..., list[str]]
) -> None:
    program = compiled(TASK)
    bench = bench_of(
        program,
        lambda request: judged(prompt) if "nstruction" not in (prompt := prompt_of(request)) else "",
        TRAIN,
        DEV,
        meta=MetaPrompts(program.lms[0]),
    )
    heard = reasons(bench)
    assert Evo(mode=mode).run(program, bench) is program  # type: ignore[arg-type]
    assert heard == ["the proposer wrote no instruction that will do"]


def test_no_rows(compiled: Compile, bench_of: MakeBench, reasons: Callable[..., list[str]]) -> None:
    program = compiled(TASK)
    bench = bench_of(program, world(), TRAIN, meta=MetaPrompts(program.lms[0]))
    heard = reasons(bench)
    assert Evo().run(program, bench) is program
    assert heard == ["no prompt has a place for an instruction, or there are no dev rows"]


def test_the_fit_have_children_more_often() -> None:
    drawn = [roulette([0.1, 0.9, 0.0, 0.0], 2, Random(seed)) for seed in range(200)]
    assert all(sorted(one) == [0, 1] for one in drawn)
    assert sum(one[0] == 1 for one in drawn) > 150
    assert sorted(roulette([0.0, 0.0], 2, Random(0))) == [0, 1]


def test_differential_evolution_keeps_who_is_as_good(compiled: Compile, bench_of: MakeBench) -> None:
    """A child takes a place only where it is better."""
    program = compiled(TASK)
    bench = bench_of(program, world(), TRAIN, DEV, meta=MetaPrompts(program.lms[0]))
    Evo(mode="de", generations=3).run(program, bench)
    means = [[one.score for one in bench.trials if one.origin == f"generation {number}"] for number in (1, 2, 3)]
    assert len({len(one) for one in means}) == 1
    assert all(sum(one) <= sum(other) for one, other in pairwise(means))


def test_mutation_prompts_evolve(compiled: Compile, bench_of: MakeBench) -> None:
    """Two hints stand in no mutation prompt and in no instruction, but in an improved mutation prompt."""
    program = compiled(TASK)
    improved: list[str] = []

    def reply(request: Request) -> str:
        prompt = prompt_of(request)
        if "new, better way" in prompt:
            return "Think of pairs and zero."
        if "What to do" in prompt:
            if "Think of pairs" in prompt:
                improved.append(prompt)
            return f"Judge. Mind {' '.join(one for one in HINTS if one in prompt) or 'it'}."
        return judged(prompt)

    bench = bench_of(program, reply, TRAIN, DEV, meta=MetaPrompts(program.lms[0]))
    found = Evo(mode="breeder", generations=8).run(program, bench)
    assert improved
    assert "pairs" in instruction(found)
    assert "zero" in instruction(found)


def test_demonstrations_evolve_in_capo(compiled: Compile, bench_of: MakeBench) -> None:
    """The LM is right when it is shown an even and an odd number, whatever it is told."""
    program = compiled(TASK)

    def reply(request: Request) -> str:
        prompt = prompt_of(request)
        if "nstruction" in prompt:
            return f"Judge {len(prompt)} {request.sample}."
        number = int(re.findall(r"number (\d+)", prompt)[-1])
        shown = {"even", "odd"} <= set(re.findall(r"^(even|odd)$", prompt, re.M))
        return PARITY[number % 2] if shown else "even"

    bench = bench_of(program, reply, TRAIN, DEV, meta=MetaPrompts(program.lms[0]))
    found = Evo(mode="capo").run(program, bench)
    (predict,) = (one for _, one in predictors(found))
    assert {dict(demo.outputs)["parity"] for demo in predict.settings.demos or ()} == {"even", "odd"}


def test_of_two_that_are_as_good_the_shorter_one_wins_in_capo(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)
    texts = ["Judge with every digit " + "in mind " * number + "digit zero halve pairs" for number in (30, 0, 10)]
    found = [Individual(apply_patch(program, {"Main.judge": Settings(instruction=one)})) for one in texts]
    bench = bench_of(program, world(), TRAIN, DEV)
    around = world_of(program, bench, 64)
    assert race(around, found, 3, penalty=0.1) == [found[1], found[2], found[0]]
    assert race(around, found, 3, penalty=0.0) == found


def test_who_is_surely_worse_is_out_of_the_race(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)
    texts = ["Judge. " + " ".join(HINTS[:number]) for number in (4, 4, 0)]
    found = [
        Individual(apply_patch(program, {"Main.judge": Settings(instruction=one + "!" * number)}))
        for number, one in enumerate(texts)
    ]
    bench = bench_of(program, world(), TRAIN, DEV)
    around = world_of(program, bench, 64)
    assert race(around, found, 2, penalty=0.0) == found[:2]
    assert len(bench.known(found[2].program)) == 8, "one block"
    values = {id(one): [float(number < 2)] * 10 for number, one in enumerate(found)}
    assert [betters(one, found, values) for one in found] == [0, 0, 2]


def test_the_fittest_and_of_equals_the_elder(compiled: Compile) -> None:
    program = compiled(TASK)
    found = [Individual(program, name) for name in "abc"]
    assert [one.mutation for one in fittest(found, [0.5, 0.7, 0.5], 2)] == ["b", "a"]


def test_two_calls_evolve_each_at_its_time(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(
        """
        signature Find { "Find." in text: str out more: str }
        signature Judge { "Judge." in more: str out parity: "even" | "odd" }
        module Main(text: str) -> str {
          let found = predict Find(text)
          return (predict Judge(found.more)).parity
        }
        metric good(want, got) = exact(want.parity, got)
        """
    )

    def reply(request: Request) -> str:
        prompt = prompt_of(request)
        if "nstruction" in prompt:
            return "Find digit zero." if "Find." in prompt.split("nstruction: ")[-1] else "Judge halve pairs."
        number = int(re.findall(r"number (\d+)", prompt)[-1])
        if "Find" in prompt:
            return f"{'digit' if 'zero' in prompt else 'plain'} number {number}"
        return PARITY[number % 2] if "digit" in prompt and "halve" in prompt else "even"

    bench = bench_of(program, reply, TRAIN, DEV, meta=MetaPrompts(program.lms[0]))
    found = Evo(generations=5).run(program, bench)
    assert [one.settings.instruction for _, one in predictors(found)] == ["Find digit zero.", "Judge halve pairs."]
