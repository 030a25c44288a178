"""reflect by the procedures of GEPA, TextGrad and ProTeGi: what is asked in which order, and what is accepted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import pytest

from lmc.analysis.calls import sites
from lmc.ir.program import Program
from lmc.lm.base import Request
from lmc.optimize.bench import Bench
from lmc.optimize.meta import MetaPrompts
from lmc.optimize.passes.reflect import Mode, Reflect
from lmc.optimize.reflecting.textgrad import direct_sources

from .conftest import Compile, MakeBench, asked, prompt_of
from .test_reflect import DEV, PARITY, TRAIN, instruction, number_in

KINDS = {
    "gepa": "An assistant was given the instruction",
    "loss": "Criticize what a step of a program gave",
    "backward": "What a step of a program gave was criticized",
    "step": "Improve an instruction by the criticism",
    "gradient": "Give one reason in a sentence or two",
    "edit": "takes the reason into account",
    "paraphrase": "Write the instruction in other words",
}


def kind_of(request: Request) -> str:
    """The meta-prompt that a request is of; `task` for the program's own."""
    return next((kind for kind, words in KINDS.items() if words in prompt_of(request)), "task")


class Scripted:
    """Says "even" to all, unless its instruction tells of the last digit; `improve` writes instructions. Counts what it
    is asked, and keeps the prompts, by kind."""

    def __init__(self, improve: Callable[[Request], str]) -> None:
        self.improve = improve
        self.counts: Counter[str] = Counter()
        self.prompts: dict[str, list[str]] = {}

    def __call__(self, request: Request) -> str:
        kind = kind_of(request)
        self.counts[kind] += 1
        self.prompts.setdefault(kind, []).append(prompt_of(request))
        if kind != "task":
            return self.improve(request)
        return "odd" if "last digit" in prompt_of(request) and number_in(request) % 2 else "even"


def after(count: int, text: str = "Look at the last digit.") -> Callable[[Request], str]:
    """Says something of no use so many times, then the text."""
    said = 0

    def improve(request: Request) -> str:
        nonlocal said
        said += kind_of(request) in ("gepa", "step", "edit")
        return text if said > count else f"Be careful, {said}."

    return improve


def benched(compiled: Compile, bench_of: MakeBench, lm: Scripted, calls: int | None = None) -> tuple[Program, Bench]:
    program = compiled(PARITY)
    return program, bench_of(program, lm, TRAIN, DEV, calls, meta=MetaPrompts(program.lms[0]))


@pytest.mark.parametrize("mode", ["gepa", "textgrad", "protegi"])
@pytest.mark.parametrize("seed", range(4))
def test_each_finds_the_planted_instruction(compiled: Compile, bench_of: MakeBench, mode: Mode, seed: int) -> None:
    program, bench = benched(compiled, bench_of, Scripted(after(2)))
    bench.seed = seed
    better = Reflect(mode=mode).run(program, bench)
    assert instruction(better) == "Look at the last digit."


@pytest.mark.parametrize("mode", ["gepa", "textgrad", "protegi"])
def test_no_dev_row_is_shown_and_the_same_seed_gives_the_same(
    compiled: Compile, bench_of: MakeBench, mode: Mode
) -> None:
    found = []
    for _ in range(2):
        lm = Scripted(after(2))
        program, bench = benched(compiled, bench_of, lm)
        found.append((Reflect(mode=mode).run(program, bench), lm.counts))
        shown = [text for kind, texts in lm.prompts.items() if kind != "task" for text in texts]
        assert shown
        assert not any(f"{row['text']}\n" in f"{text}\n" for row in DEV for text in shown)
    assert found[0] == found[1]


@pytest.mark.parametrize("mode", ["gepa", "textgrad", "protegi"])
@pytest.mark.parametrize("calls", [50, 75, 200])
def test_no_budget_is_exceeded(compiled: Compile, bench_of: MakeBench, mode: Mode, calls: int) -> None:
    program, bench = benched(compiled, bench_of, Scripted(after(2)), calls)
    Reflect(mode=mode).run(program, bench)
    assert bench.budget.spent.calls <= calls


@pytest.mark.parametrize("mode", ["gepa", "textgrad", "protegi"])
def test_malformed_proposals_end_each(compiled: Compile, bench_of: MakeBench, mode: Mode) -> None:
    program, bench = benched(compiled, bench_of, Scripted(lambda _: ""))
    reasons: list[str] = []
    bench.listen = lambda event, **details: reasons.append(details["reason"]) if event == "skip" else None
    assert Reflect(mode=mode).run(program, bench) is program
    assert reasons == ["no proposal of 3 rounds was of any use"]


def test_gepa_runs_a_child_on_dev_rows_only_when_it_is_better_on_its_minibatch(
    compiled: Compile, bench_of: MakeBench
) -> None:
    """The seed on all dev rows; each round the parent and the child on three train rows."""
    lm = Scripted(lambda _: f"Be careful, {lm.counts['gepa']}.")
    program, bench = benched(compiled, bench_of, lm)
    assert Reflect(mode="gepa", rounds=4).run(program, bench) is program
    errs = lm.counts["gepa"]  # rounds whose minibatch was not perfect
    assert 1 <= errs <= 4
    assert lm.counts["task"] == len(DEV) + 4 * 3 + errs * 3
    for prompt in lm.prompts["gepa"]:
        assert len(re.findall(r"\d\. text: number", prompt)) == 3
        assert len(re.findall(r"score: [01]", prompt.split("Examples: ")[-1])) == 3


TWO = """
signature Find { "Find the number." in text: str out digits: str }
signature Judge { "Even or odd?" in digits: str out parity: "even" | "odd" }
module Main(text: str) -> str {
  let found = predict Find(text)
  let verdict = predict Judge(found.digits)
  return verdict.parity
}
metric good(want, got) = exact(want.parity, got)
"""


def two_steps(request: Request) -> str:
    """Finds "the number" unless told to copy it; judges right when told of the last digit and given one."""
    prompt, kind = prompt_of(request), kind_of(request)
    if kind in ("loss", "backward"):
        return f"{kind} said."
    if kind == "step":
        return "Copy it out. Find the number." if "Find the number" in prompt else "Look at the last digit."
    if "Find the number" in prompt:
        return asked(request) if "Copy" in prompt else "the number"
    digits = re.findall(r"\d+", asked(request))
    return "odd" if digits and int(digits[0]) % 2 and "last digit" in prompt else "even"


def test_textgrad_carries_criticism_back_along_the_data_flow(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TWO)
    lm = Scripted(two_steps)

    def reply(request: Request) -> str:
        kind = kind_of(request)
        lm.counts[kind] += 1
        lm.prompts.setdefault(kind, []).append(prompt_of(request))
        return two_steps(request)

    bench = bench_of(program, reply, TRAIN, DEV, meta=MetaPrompts(program.lms[0]))
    better = Reflect(mode="textgrad", rounds=1).run(program, bench)
    assert instruction(better, "Main.found") == "Copy it out. Find the number."
    assert instruction(better, "Main.verdict") == "Look at the last digit."
    assert bench.scores(better, bench.dev) == [1.0] * 60
    # Of three rows each: criticism of the answer, of the second instruction, of the first output, of the first
    # instruction; then both instructions are written.
    assert (lm.counts["loss"], lm.counts["backward"], lm.counts["step"]) == (3, 9, 2)
    passed_on = [prompt for prompt in lm.prompts["backward"] if "what it was given by the step before" in prompt]
    assert len(passed_on) == 3
    assert all("Criticism of what it gave: loss said." in prompt for prompt in passed_on)
    upstream = [prompt for prompt in lm.prompts["backward"] if "the instruction: Find the number." in prompt]
    assert all("Criticism of what it gave: backward said." in prompt for prompt in upstream)
    assert len(upstream) == 3


def test_textgrad_takes_back_a_step_that_made_things_worse(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(PARITY)

    def reply(request: Request) -> str:
        if kind_of(request) != "task":
            return "Say nothing but odd."
        return "odd" if "nothing but odd" in prompt_of(request) else "even"

    dev = [row for row in DEV if row["parity"] == "even"]
    bench = bench_of(program, reply, TRAIN, dev, meta=MetaPrompts(program.lms[0]))
    assert Reflect(mode="textgrad", rounds=2).run(program, bench) is program
    assert [one.decision for one in bench.trials] == ["dropped", "dropped"]


def test_sources_are_the_calls_whose_values_come_in_directly(compiled: Compile) -> None:
    program = compiled(
        """
signature A { in text: str out a: str }
signature B { in a: str out b: str }
signature C { in a: str in b: str out c: str }
signature D { in b: str out d: str }
module Inner(b: str) -> str { return (predict D(b)).d }
module Main(text: str) -> str {
  let x = predict A(text)
  let y = predict B(x.a)
  let z = predict C(a: x.a, b: y.b)
  let w = Inner(y.b)
  return z.c + w
}
metric good(want, got) = exact(want.answer, got)
"""
    )
    found = direct_sources(program, "Main")
    assert found["Main.x"] == ()
    assert found["Main.y"] == ("Main.x",)
    assert set(found["Main.z"]) == {"Main.x", "Main.y"}
    assert found["Inner.d"] == ("Main.y",)
    assert len(sites(program, "Main")) == len(found) == 4


def test_protegi_asks_as_often_as_its_paper_says(compiled: Compile, bench_of: MakeBench) -> None:
    """Four gradients of four errors, an edit of each, two paraphrases of the edits and of the instruction as it was;
    eight of these go to the bandit with the one that was there, and four are left."""
    lm = Scripted(lambda request: f"{kind_of(request)} {lm.counts[kind_of(request)]}")
    program, bench = benched(compiled, bench_of, lm)
    Reflect(mode="protegi", rounds=1).run(program, bench)
    assert (lm.counts["gradient"], lm.counts["edit"], lm.counts["paraphrase"]) == (4, 4, 2 * (4 + 1))
    assert all(len(re.findall(r"\d\. text: number", prompt)) == 4 for prompt in lm.prompts["gradient"])
    dropped = [one.candidate for one in bench.trials if one.decision == "dropped"]
    kept = [one.candidate for one in bench.trials if one.decision == "kept"]
    assert (len(dropped), len(kept)) == (9 - 4, 4)
    assert [one.rows for one in bench.trials[:5]] == [14, 15, 18, 20, 24]  # 2 * 60 rows over 9, 8, 7, 6, 5 arms


def test_the_beam_of_protegi_is_expanded_as_a_whole(compiled: Compile, bench_of: MakeBench) -> None:
    lm = Scripted(lambda request: f"{kind_of(request)} {lm.counts[kind_of(request)]}")
    program, bench = benched(compiled, bench_of, lm)
    Reflect(mode="protegi", rounds=2).run(program, bench)
    assert lm.counts["gradient"] == 4 + 4 * 4
