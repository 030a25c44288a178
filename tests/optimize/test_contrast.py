"""Rules and demonstrations out of good and bad runs on the same row; SIMBA's procedure."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable

import pytest

from lmc.analysis.calls import sites
from lmc.evaluate.rows import Roles
from lmc.ir.program import Demo, Program
from lmc.lm.base import Request
from lmc.optimize.bench import Bench
from lmc.optimize.meta import MetaPrompts
from lmc.optimize.passes.contrast import Contrast, Mode
from lmc.optimize.reflecting.rules import rules_of, with_rule, without_rule
from lmc.optimize.reflecting.simba import percentile, poisson
from lmc.optimize.reflecting.trajectories import bucket_of, heated, parting
from lmc.optimize.runs import Trip, run_trips

from .conftest import Compile, MakeBench, asked, prompt_of
from .test_failures import CHAIN
from .test_reflect import DEV, PARITY, TRAIN, instruction, number_in


def is_meta(request: Request) -> bool:
    return "went well once and badly once" in prompt_of(request) or "Two runs of a program" in prompt_of(request)


def unsteady(proposal: Callable[[Request], str], demos_help: bool = False) -> Callable[[Request], str]:
    """At temperature 0 says "even" to all; else every second run is right. A rule on the last digit makes it right, and
    so do demonstrations of both answers where they help."""

    def reply(request: Request) -> str:
        if is_meta(request):
            return proposal(request)
        prompt = prompt_of(request)
        taught = demos_help and re.search(r"^odd$", prompt, re.M) is not None
        lucky = request.body["temperature"] > 0 and request.sample % 2 == 1
        return "odd" if number_in(request) % 2 and ("last digit" in prompt or taught or lucky) else "even"

    return reply


def benched(
    compiled: Compile, bench_of: MakeBench, reply: Callable[[Request], str], calls: int | None = None
) -> tuple[Program, Bench]:
    program = compiled(PARITY)
    return program, bench_of(program, reply, TRAIN, DEV, calls, meta=MetaPrompts(program.lms[0]))


def advice(text: str) -> Callable[[Request], str]:
    """The text as a rule, or as advice on the one call."""
    return lambda request: json.dumps({"Main.judge": text}) if "Two runs" in prompt_of(request) else text


def demos(program: Program) -> tuple[Demo, ...]:
    return dict(sites(program, "Main"))["Main.judge"].settings.demos or ()


@pytest.mark.parametrize("seed", range(5))
def test_a_rule_out_of_good_and_bad_runs_wins(compiled: Compile, bench_of: MakeBench, seed: int) -> None:
    program, bench = benched(compiled, bench_of, unsteady(advice("If the last digit is odd, say odd.")))
    bench.seed = seed
    better = Contrast(demos=0).run(program, bench)
    assert rules_of(str(instruction(better))) == {"R1": "If the last digit is odd, say odd."}
    assert bench.scores(better, bench.dev) == [1.0] * 60


@pytest.mark.parametrize("seed", range(5))
def test_a_good_run_becomes_a_demonstration(compiled: Compile, bench_of: MakeBench, seed: int) -> None:
    program, bench = benched(compiled, bench_of, unsteady(advice("Take care."), demos_help=True))
    bench.seed = seed
    better = Contrast().run(program, bench)
    assert {dict(demo.outputs)["parity"] for demo in demos(better)} == {"odd"}
    assert {demo.origin for demo in demos(better)} <= {row.id for row in bench.train}
    assert bench.scores(better, bench.dev) == [1.0] * 60


def test_the_proposer_sees_one_row_twice_and_no_dev_row(compiled: Compile, bench_of: MakeBench) -> None:
    seen: list[str] = []

    def proposal(request: Request) -> str:
        seen.append(prompt_of(request))
        return f"Take care, {len(seen)}."

    program, bench = benched(compiled, bench_of, unsteady(proposal))
    assert Contrast().run(program, bench) is program
    for prompt in seen:
        good, bad = prompt.split("Better: ")[-1].split("Worse: ")
        assert re.search(r"number (\d+)", good)[0] == re.search(r"number (\d+)", bad)[0]  # type: ignore[index]
        assert "gave odd\nwanted odd" in good
        assert "gave even\nwanted odd" in bad
        assert not any(row["text"] in prompt.split("\n") for row in DEV)


def test_rules_stop_at_their_most(compiled: Compile, bench_of: MakeBench) -> None:
    """Every rule helps on one more kind of number; two may stay."""
    program = compiled(PARITY)
    count = 0

    def proposal(request: Request) -> str:
        nonlocal count
        count += 1
        return f"Of kind {count % 3}."

    def reply(request: Request) -> str:
        if is_meta(request):
            return proposal(request)
        known = f"Of kind {number_in(request) % 3}." in prompt_of(request)
        lucky = request.body["temperature"] > 0 and request.sample % 2 == 1
        right = "odd" if number_in(request) % 2 else "even"
        return right if known or lucky else {"odd": "even", "even": "odd"}[right]

    bench = bench_of(program, reply, TRAIN, DEV, meta=MetaPrompts(program.lms[0]))
    better = Contrast(demos=0, rules=2, rounds=6).run(program, bench)
    assert len(rules_of(str(instruction(better)))) == 2
    assert len(rules_of(str(instruction(Contrast(demos=0, rounds=6).run(program, bench))))) == 3


def test_the_call_at_which_runs_part_is_advised(compiled: Compile, bench_of: MakeBench) -> None:
    """The second call gives something else in the bad run only because the first one did."""
    program = compiled(CHAIN)

    def reply(request: Request) -> str:
        if "Find the topic" in prompt_of(request):
            return "topic 7" if request.sample == 1 else "lost"
        return f"answer to {asked(request)}"

    row = [{"question": "question 7", "answer": "answer to topic 7"}]
    bench = bench_of(program, reply, row)
    runs = run_trips(bench, [Trip(program, bench.train[0], sample) for sample in (0, 1)])
    from lmc.optimize.reflecting.failures import Example

    bucket = bucket_of(bench.train[0], [Example(bench.train[0], one) for one in runs])
    assert bucket.rank == (1.0, 1.0, 0.5)
    assert bucket.good.scored is runs[1]
    assert parting(program, "Main", bucket) == "Main.found"


def test_the_temperature_of_samples_does_not_stay(compiled: Compile, bench_of: MakeBench) -> None:
    program, bench = benched(compiled, bench_of, unsteady(advice("Use the last digit."), demos_help=True))
    assert dict(sites(heated(program, "Main", 0.8), "Main"))["Main.judge"].settings.temperature == 0.8
    better = Contrast().run(program, bench)
    assert better is not program
    assert dict(sites(better, "Main"))["Main.judge"].settings.temperature is None


@pytest.mark.parametrize("mode", ["gaps", "simba"])
@pytest.mark.parametrize("said", ["", "{}", "the rather long number 1 is odd, as is the last digit"])
def test_useless_advice_changes_nothing(compiled: Compile, bench_of: MakeBench, mode: Mode, said: str) -> None:
    program = compiled(PARITY)
    long = [{**row, "text": f"the rather long {row['text']}"} for row in TRAIN]
    bench = bench_of(program, unsteady(lambda _: said), long, DEV, meta=MetaPrompts(program.lms[0]))
    assert Contrast(mode=mode, demos=0, rounds=2).run(program, bench) == program


@pytest.mark.parametrize("mode", ["gaps", "simba"])
@pytest.mark.parametrize("calls", [0, 60, 130, 250, 500])
def test_a_budget_is_never_exceeded(compiled: Compile, bench_of: MakeBench, mode: Mode, calls: int) -> None:
    program, bench = benched(compiled, bench_of, unsteady(advice("Take care.")), calls)
    Contrast(mode=mode).run(program, bench)
    assert bench.budget.spent.calls <= calls


@pytest.mark.parametrize("mode", ["gaps", "simba"])
def test_the_same_seed_gives_the_same_within_what_it_says(compiled: Compile, bench_of: MakeBench, mode: Mode) -> None:
    found = []
    for _ in range(2):
        program, bench = benched(compiled, bench_of, unsteady(advice("Mind the last digit."), demos_help=True))
        one = Contrast(mode=mode, rounds=3)
        found.append((one.run(program, bench), bench.budget.spent.calls))
        work = one.most_work(program, "Main", Roles(bench.train, bench.dev))
        assert work is not None
        assert bench.proposals <= work.meta
        assert bench.budget.spent.calls <= work.runs + work.meta
    assert found[0] == found[1]


@pytest.mark.parametrize("mode", ["gaps", "simba"])
def test_without_rows_nothing_is_asked(compiled: Compile, bench_of: MakeBench, mode: Mode) -> None:
    program = compiled(PARITY)
    bench = bench_of(program, unsteady(advice("Take care.")), [], DEV, meta=MetaPrompts(program.lms[0]))
    assert Contrast(mode=mode).run(program, bench) is program
    assert bench.budget.spent.calls == 0


def test_simba_samples_learns_and_scores_as_often_as_dspy_does(compiled: Compile, bench_of: MakeBench) -> None:
    """A step of 32 rows: 6 runs of each, 7 candidates on all of them; at the end the winners of the steps on all train
    rows."""
    kinds: Counter[str] = Counter()

    def proposal(request: Request) -> str:
        kinds["meta"] += 1
        return json.dumps({"Main.judge": f"Take care, {kinds['meta']}."})

    def reply(request: Request) -> str:
        if not is_meta(request):
            kinds["hot" if request.body["temperature"] > 0 else "cold"] += 1
        return unsteady(proposal)(request)

    program, bench = benched(compiled, bench_of, reply)
    Contrast(mode="simba", rounds=1, demos=0).run(program, bench)
    assert (kinds["hot"], kinds["meta"]) == (6 * 32, 7)
    assert kinds["cold"] == 7 * 32 + 40 + 8  # the program as written on all rows, the winner on those that are left


@pytest.mark.parametrize("seed", range(3))
def test_simba_finds_the_planted_rule(compiled: Compile, bench_of: MakeBench, seed: int) -> None:
    program, bench = benched(compiled, bench_of, unsteady(advice("Mind the last digit."), demos_help=True))
    bench.seed = seed
    better = Contrast(mode="simba", rounds=2).run(program, bench)
    assert bench.scores(better, bench.dev) == [1.0] * 60


def test_rules_have_names_by_which_they_can_be_taken_out() -> None:
    text = with_rule(with_rule(with_rule("Judge it.", "Be kind."), "Be\n brief."), "Be right.")
    assert text == "Judge it.\n\nRules:\n- R1: Be kind.\n- R2: Be brief.\n- R3: Be right."
    assert rules_of(text) == {"R1": "Be kind.", "R2": "Be brief.", "R3": "Be right."}
    assert without_rule(text, "R2") == "Judge it.\n\nRules:\n- R1: Be kind.\n- R3: Be right."
    assert rules_of(with_rule(without_rule(text, "R2"), "Be there."))["R4"] == "Be there."
    assert without_rule(with_rule("Judge it.", "Be kind."), "R1") == "Judge it."
    assert rules_of("Judge it.\n\nRules:\n- as I say") == {}
    with pytest.raises(KeyError):
        without_rule(text, "R9")


def test_percentiles_and_poisson_draws() -> None:
    import random

    assert [percentile([0, 1, 2, 3, 4], percent) for percent in (0, 10, 50, 90, 100)] == [0, 0.4, 2, 3.6, 4]
    rng = random.Random(0)
    draws = [poisson(0.5, rng) for _ in range(4000)]
    assert abs(sum(draws) / 4000 - 0.5) < 0.05
    assert poisson(0.0, rng) == 0
