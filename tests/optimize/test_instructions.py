"""The search of instructions, with a planted word that makes the LM right more often."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable
from typing import Any

import pytest

from lmc.diagnostics import Failure
from lmc.ir.patch import patch_between
from lmc.ir.program import PassSpec, Program
from lmc.lm.base import Request
from lmc.optimize.bench import Bench, Levers
from lmc.optimize.meta import MetaPrompts
from lmc.optimize.passes.instructions import Instructions
from lmc.optimize.proposing.proposers import RULES, Attempt, history_text
from lmc.optimize.table import make_pass
from lmc.optimize.tune import tune

from .conftest import Compile, MakeBench, asked, prompt_of

SOURCE = """
signature Ask { "Answer." in question: str out answer: "even" | "odd" }
module Main(question: str) -> str { return (predict Ask(question)).answer }
metric good(want, got) = exact(want.answer, got)
"""
PIPELINE = """
signature Find { "Find the number." in question: str out number: str }
signature Ask { "Answer." in number: str out answer: "even" | "odd" }
module Main(question: str) -> str {
  let found = predict Find(question)
  return (predict Ask(found.number)).answer
}
metric good(want, got) = exact(want.answer, got)
"""
TRAIN = [{"question": f"is the number {n} even?", "answer": ["even", "odd"][n % 2]} for n in range(0, 40)]
DEV = [{"question": f"and the other number {n}?", "answer": ["even", "odd"][n % 2]} for n in range(1000, 1080)]
WORDS = ["careful", "brief", "plain", "thorough", "kind", "formal", "quick", "clever", "honest", "humble"]
MARKS = {
    "Somebody was given an instruction": "ape_induce",
    "Write a variation": "ape_resample",
    "and their scores from 0 to 100, the best last, and examples": "opro",
    "leads a good language model": "copro_first",
    "with their scores from 0 to 100, the best last": "copro",
    "draw concise rules": "infer_rules",
    "Write a better instruction for one step": "grounded",
    "Describe in two or three sentences": "data_summary",
    "outline of a program": "program_summary",
}


def kind_of(prompt: str) -> str:
    """Which meta-prompt a prompt is of; empty for one of the program."""
    return next((name for mark, name in MARKS.items() if mark in prompt), "")


def lot(*parts: object) -> random.Random:
    return random.Random(hashlib.sha256(repr(parts).encode()).hexdigest())


class Planted:
    """An LM that is right nine times in ten when its instruction says `digit`, else about half of the time, and that
    proposes an instruction with the word one time in four. `asked` are the meta-prompts it saw, by name."""

    def __init__(self, seed: int = 0, likely: float = 0.25, word: str = "digit") -> None:
        self.seed, self.likely, self.word = seed, likely, word
        self.asked: list[tuple[str, str]] = []

    def __call__(self, request: Request) -> str:
        prompt = prompt_of(request)
        if kind := kind_of(prompt):
            self.asked.append((kind, prompt))
            return self.proposal(lot(self.seed, request.key))
        number = int((re.findall(r"number (\d+)", prompt) or ["0"])[-1])
        right, wrong = ("even", "odd") if number % 2 == 0 else ("odd", "even")
        return right if lot(self.seed, number, prompt).random() < (0.9 if self.word in prompt else 0.5) else wrong

    def proposal(self, rng: random.Random) -> str:
        words = " ".join(rng.sample(WORDS, 3))
        return f"Look at the last {self.word}, be {words}." if rng.random() < self.likely else f"Please be {words}."


def bench_for(program: Program, bench_of: MakeBench, lm: Callable[[Request], str], **more: Any) -> Bench:
    return bench_of(program, lm, TRAIN, DEV, meta=MetaPrompts(program.lms[0]), **more)


def instruction(before: Program, after: Program, address: str = "Main.ask") -> str | None:
    found = patch_between(before, after).get(address)
    return None if found is None else found.instruction


@pytest.mark.parametrize("mode", ["auto", "ape", "opro", "copro", "rules", "grounded"])
def test_the_planted_word_is_found_nine_times_in_ten(mode: str, compiled: Compile, bench_of: MakeBench) -> None:
    program, found = compiled(SOURCE), 0
    for seed in range(10):
        bench = bench_for(program, bench_of, Planted(seed), calls=1200)
        bench.seed = seed
        one = make_pass(PassSpec("instructions", (("mode", mode), ("candidates", 8), ("rounds", 2))))
        tuned = tune(program, [one], bench, ()).program
        found += "digit" in (instruction(program, tuned) or "")
    assert found >= 9


@pytest.mark.parametrize("mode", ["opro", "copro"])
def test_proposers_see_what_was_tried_ascending_by_score(mode: str, compiled: Compile, bench_of: MakeBench) -> None:
    program, lm = compiled(SOURCE), Planted()
    Instructions(mode=mode, candidates=6, rounds=3).run(program, bench_for(program, bench_of, lm))  # type: ignore[arg-type]
    asked = [prompt.split("Instructions and scores: ")[-1] for kind, prompt in lm.asked if kind == mode]
    histories = [prompt for prompt in asked if "Score: " in prompt]
    assert histories
    for prompt in histories:
        scores = [int(score) for score in re.findall(r"^Score: (\d+)$", prompt, re.M)]
        assert scores == sorted(scores)
    assert max(len(re.findall(r"^Score: ", prompt, re.M)) for prompt in histories) > 6
    assert any("Answer.\nScore: " in prompt for prompt in histories)


def test_the_history_holds_the_best_ten(compiled: Compile) -> None:
    history = [Attempt(f"number {n}", n / 20) for n in (3, 1, 4, 15, 9, 2, 6, 5, 8, 7, 11, 10)]
    text = history_text(history)
    assert text.startswith("number 3\nScore: 15\n\nnumber 4\nScore: 20\n\n")
    assert text.endswith("number 15\nScore: 75")


def test_no_dev_row_is_shown_to_the_proposer(compiled: Compile, bench_of: MakeBench) -> None:
    for mode in ("auto", "ape", "opro", "copro", "rules", "grounded"):
        program, lm = compiled(SOURCE), Planted()
        Instructions(mode=mode).run(program, bench_for(program, bench_of, lm))
        assert lm.asked
        assert not any("the other number" in prompt for _, prompt in lm.asked)


def test_rules_stand_behind_the_instruction(compiled: Compile, bench_of: MakeBench) -> None:
    program, lm = compiled(SOURCE), Planted(likely=1.0)
    tuned = Instructions(mode="rules", candidates=3, rounds=2).run(program, bench_for(program, bench_of, lm))
    said = instruction(program, tuned)
    assert said is not None
    assert said.startswith(f"Answer.{RULES}Look at the last digit")
    assert said.count(RULES) == 1


def test_the_default_mixes_ways_in_one_batch(compiled: Compile, bench_of: MakeBench) -> None:
    program, lm = compiled(SOURCE), Planted()
    bench = bench_for(program, bench_of, lm)
    Instructions(candidates=6, rounds=2).run(program, bench)
    kinds = [kind for kind, _ in lm.asked]
    assert kinds[0] == "data_summary"
    assert sorted(kinds[1:7]) == ["ape_induce"] * 2 + ["grounded"] * 3 + ["infer_rules"]
    assert sorted(kinds[7:]) == ["ape_resample"] * 3 + ["opro"] * 3


def test_ape_resamples_around_the_best(compiled: Compile, bench_of: MakeBench) -> None:
    program, lm = compiled(SOURCE), Planted(likely=0.4)
    Instructions(mode="ape", candidates=6, rounds=2).run(program, bench_for(program, bench_of, lm))
    varied = [prompt for kind, prompt in lm.asked if kind == "ape_resample"]
    assert len(varied) == 6
    assert sum("digit" in prompt for prompt in varied) >= 4


def test_the_same_seed_finds_the_same(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(SOURCE)
    found = []
    for _ in range(2):
        bench = bench_for(program, bench_of, Planted(3))
        found.append((Instructions().run(program, bench), bench.budget.spent.calls))
    assert found[0] == found[1]


def test_malformed_proposals_are_failed_proposals(compiled: Compile, bench_of: MakeBench) -> None:
    """An LM that says nothing at all, much too much, or the input of a row, when it is asked for a proposal."""
    program, planted = compiled(SOURCE), Planted()

    def saying(said: str) -> Callable[[Request], str]:
        return lambda request: said if kind_of(prompt_of(request)) else planted(request)

    for said in ("", "x" * 5000, "Say even to: is the number 4 even?", '"Answer."', "```\n```"):
        bench = bench_for(program, bench_of, saying(said))
        assert Instructions(rounds=5).run(program, bench) is program
        assert Instructions(mode="opro", rounds=5).run(program, bench) is program
        assert not bench.trials


def test_candidates_that_do_the_same_are_raced_once(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(SOURCE)

    def reply(request: Request) -> str:
        prompt = prompt_of(request)
        if kind_of(prompt):
            return f"Say it in the way {lot(request.key).randrange(10**6)}."
        return "even"

    bench = bench_for(program, bench_of, reply)
    assert Instructions(mode="ape", candidates=8, rounds=1).run(program, bench) is program
    assert bench.budget.spent.calls == 8 + 9 * 16


def test_a_cut_by_likelihood_changes_nothing_where_the_lm_says_none(compiled: Compile, bench_of: MakeBench) -> None:
    program, found = compiled(SOURCE), []
    for likelihood in (False, True):
        bench = bench_for(program, bench_of, Planted(5), levers=Levers(likelihood=likelihood))
        found.append(Instructions().run(program, bench))
        assert bench.levers.likelihood == likelihood
    assert found[0] == found[1]


def test_a_budget_is_never_exceeded(
    compiled: Compile, bench_of: MakeBench, reasons: Callable[[Bench], list[str]]
) -> None:
    program = compiled(SOURCE)
    for calls in (0, 1, 60, 150, 300, 700):
        bench = bench_for(program, bench_of, Planted(), calls=calls)
        heard = reasons(bench)
        result = tune(program, [Instructions(rounds=8)], bench, ())
        assert bench.budget.spent.calls <= calls
        assert result.tuned.score >= result.baseline.score
        assert heard


@pytest.mark.parametrize("source", [SOURCE, PIPELINE], ids=["one call", "two calls"])
@pytest.mark.parametrize("exact", [False, True])
def test_it_takes_no_more_than_it_says_before(source: str, exact: bool, compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(source)
    for mode in ("auto", "copro", "rules"):
        one = Instructions(mode=mode, candidates=3, rounds=3, exact=exact)
        bench = bench_for(program, bench_of, Planted())
        one.run(program, bench)
        work = one.most_work(program, "Main", bench.roles)
        assert work is not None
        assert bench.budget.spent.calls <= work.runs * bench.run_calls(program) + work.meta


def test_nothing_to_do(compiled: Compile, bench_of: MakeBench, reasons: Callable[[Bench], list[str]]) -> None:
    program = compiled(SOURCE)
    bench = bench_of(program, Planted(), TRAIN, (), meta=MetaPrompts(program.lms[0]))
    heard = reasons(bench)
    assert Instructions().run(program, bench) is program
    assert heard == ["there is nothing to compare instructions on"]


def test_of_several_calls_the_one_that_gains_is_improved(compiled: Compile, bench_of: MakeBench) -> None:
    """Only the second call's instruction matters; a change of it alone does not ask the first call again."""
    program = compiled(PIPELINE)
    proposed: list[str] = []

    def reply(request: Request) -> str:
        prompt = prompt_of(request)
        if kind_of(prompt):
            proposed.append(prompt)
            return Planted(likely=0.4).proposal(lot(request.key))
        number = int(re.findall(r"\d+", prompt)[-1])
        if asked(request).endswith("?"):
            return f"number {number}"
        right = "digit" in prompt or lot(number).random() < 0.5
        return "even" if (number % 2 == 0) == right else "odd"

    bench = bench_for(program, bench_of, reply)
    tuned = Instructions(mode="opro", candidates=5, rounds=2).run(program, bench)
    assert "digit" in (instruction(program, tuned) or "")
    assert instruction(program, tuned, "Main.found") is None
    steps = ["Find the number." in prompt for prompt in proposed]
    assert steps == [False] * 5 + [True] * 5 + [False] * 5 + [True] * 5


def test_opro_to_the_letter_scores_everything_on_every_row_and_remembers_twenty(
    compiled: Compile, bench_of: MakeBench
) -> None:
    """The paper's loop, written out: in each step as many proposals from the best twenty, all of them scored."""
    program, lm = compiled(SOURCE), Planted(likely=0.1)
    bench = bench_for(program, bench_of, lm)
    tuned = Instructions(mode="opro", candidates=8, rounds=4, exact=True).run(program, bench)
    steps = [prompt for kind, prompt in lm.asked if kind == "opro"]
    assert len(steps) == 4 * 8
    scored: dict[str, float] = {"Answer.": sum(bench.scores(program, bench.dev)) / len(DEV)}
    for one in bench.trials:
        scored[instruction(program, one.candidate) or "Answer."] = one.score
        assert one.rows == len(DEV)
    shown = [prompt.split("Instructions and scores: ")[-1] for prompt in steps[-8:]]
    told = [re.findall(r"^(.+)\nScore: (\d+)$", one, re.M) for one in shown]
    assert {len(one) for one in told} == {20}
    first = told[0]
    assert [int(score) for _, score in first] == sorted(int(score) for _, score in first)
    assert all(f"{100 * scored[text]:.0f}" == score for text, score in first)
    assert scored[instruction(program, tuned) or "Answer."] == max(scored.values())


def test_ape_to_the_letter_keeps_the_best_of_all_its_rounds(compiled: Compile, bench_of: MakeBench) -> None:
    program, lm = compiled(SOURCE), Planted(likely=0.1)
    bench = bench_for(program, bench_of, lm)
    tuned = Instructions(mode="ape", candidates=6, rounds=3, exact=True).run(program, bench)
    kinds = [kind for kind, _ in lm.asked]
    assert kinds == ["ape_induce"] * 6 + ["ape_resample"] * 12
    scores = [(one.score, instruction(program, one.candidate)) for one in bench.trials]
    best = max(score for score, _ in scores)
    assert (best, instruction(program, tuned)) in scores
    seen, parents = (
        {text for _, text in scores[:7]},
        {p.rpartition("\n")[2] for k, p in lm.asked if k == "ape_resample"},
    )
    assert any(text is not None and any(text in parent for parent in parents) for text in seen)


def test_an_unknown_mode_is_a_mistake_of_the_source() -> None:
    with pytest.raises(Failure) as error:
        make_pass(PassSpec("instructions", (("mode", "apo"),)))
    assert "must be one of 'auto', 'ape'" in error.value.diagnostic.message
