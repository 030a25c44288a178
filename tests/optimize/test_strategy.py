"""Other ways to make calls, found by races."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from lmc.analysis.calls import sites
from lmc.elaborate import structure_between
from lmc.ir.patch import apply_patch
from lmc.ir.program import Demo, Layout, Program, Settings
from lmc.lm.base import Request
from lmc.optimize.bench import Bench
from lmc.optimize.passes.strategy import Strategy
from lmc.optimize.tune import tune

from .conftest import Compile, MakeBench, prompt_of

TASK = """
signature Judge {
  "Is the number even or odd?"
  in text: str
  out parity: "even" | "odd"
}
module Main(text: str) -> str {
  let verdict = predict Judge(text)
  return verdict.parity
}
metric good(want, got) = exact(want.parity, got)
"""
TRAIN = [{"text": f"number {n}", "parity": "odd" if n % 2 else "even"} for n in range(100, 116)]
DEV = [{"text": f"number {n}", "parity": "odd" if n % 2 else "even"} for n in range(48)]


def number(request: Request) -> int:
    return int(prompt_of(request).rpartition("number ")[2].split()[0])


def thinker(request: Request) -> str:
    """Right when it may reason, else it says "even"."""
    odd = number(request) % 2
    if "Reasoning" in prompt_of(request):
        return f"Reasoning: by its last digit\nParity: {'odd' if odd else 'even'}"
    return "even"


def wavering(request: Request) -> str:
    """Right at temperature 0 on two rows in three, and in two samples of three on all; reasoning does not help."""
    odd = number(request) % 2
    wrong = "even" if odd else "odd"
    right = "odd" if odd else "even"
    said = (
        wrong if (request.body.get("seed", 0) if request.body["temperature"] else number(request)) % 3 == 0 else right
    )
    return f"Reasoning: a guess\nParity: {wrong}" if "Reasoning" in prompt_of(request) else said


def changed(program: Program, bench: Bench, **options: Any) -> str | None:
    return structure_between(program, Strategy(**options).run(program, bench))


def test_reasoning_that_helps_is_found(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)
    text = changed(program, bench_of(program, thinker, TRAIN, DEV), dear=False)
    assert text is not None
    assert "chain_of_thought Judge(" in text


def test_a_vote_that_helps_is_found(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)
    bench = bench_of(program, wavering, TRAIN, DEV)
    winner = Strategy().run(program, bench)
    text = structure_between(program, winner)
    assert text is not None
    assert "winner(replies" in text
    assert sum(bench.scores(winner, bench.dev)) > sum(bench.scores(program, bench.dev)) + 8


def test_all_ways_are_raced_at_the_same_time(compiled: Compile, bench_of: MakeBench) -> None:
    """Each of them is in one batch with the others, on the same blocks."""
    program = compiled(TASK)
    bench = bench_of(program, wavering, TRAIN, DEV)
    batches: list[int] = []
    results = bench.results

    def counted(programs: Any, *rest: Any, **more: Any) -> Any:
        batches.append(len(programs))
        return results(programs, *rest, **more)

    bench.results = counted  # type: ignore[method-assign]
    Strategy(rounds=1).run(program, bench)
    assert batches[0] == 4, "vote, compare and reasoning, and what there is"
    assert {one.origin for one in bench.trials} == {
        "vote 3 at Main.verdict",
        "compare 3 at Main.verdict",
        "chain_of_thought at Main.verdict",
    }


@pytest.mark.parametrize(("width", "calls", "rows"), [(1, None, 16), (16, None, 48), (16, 130, 32)])
def test_a_race_of_votes_looks_seldom_where_an_lm_answers_many_calls(
    compiled: Compile, bench_of: MakeBench, width: int, calls: int | None, rows: int
) -> None:
    """How many calls a vote makes shows when it has ended; the last ones of a look leave such an LM idle. What the
    budget does not pay for is no reason to end the race before it has begun: a row takes at most 4 calls here."""
    program = compiled(TASK)
    [vote] = [one for origin, one in Strategy().candidates(program, "Main", ["Main.verdict"]) if "vote" in origin]
    bench = bench_of(program, wavering, TRAIN, DEV, calls=calls, width=width)
    looks: list[int] = []
    results = bench.results

    def counted(programs: Any, *rest: Any, **more: Any) -> Any:
        looks.append(len(rest[0]))
        return results(programs, *rest, **more)

    bench.results = counted  # type: ignore[method-assign]
    assert bench.races([vote], program) is vote
    assert looks[0] == rows


def test_nothing_is_changed_where_nothing_helps(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)

    def reply(request: Request) -> str:
        return "Reasoning: none\nParity: even" if "Reasoning" in prompt_of(request) else "even"

    assert Strategy().run(program, bench_of(program, reply, TRAIN, DEV)) is program


def test_reasoning_is_left_out_where_that_loses_nothing(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK.replace("predict", "chain_of_thought"))

    def reply(request: Request) -> str:
        odd = "odd" if number(request) % 2 else "even"
        return f"Reasoning: well\nParity: {odd}" if "Reasoning" in prompt_of(request) else odd

    bench = bench_of(program, reply, TRAIN, DEV)
    text = changed(program, bench, save=True)
    assert text is not None
    assert "predict Judge(text: text)" in text
    result = tune(program, [Strategy(save=True)], bench, ())
    assert result.passes[0].outcome == "accepted", "it need not win, since it saves tokens"


def test_reasoning_that_is_needed_is_not_left_out(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK.replace("predict", "chain_of_thought"))
    assert Strategy(save=True).run(program, bench_of(program, thinker, TRAIN, DEV)) is program


def origins(program: Program, **options: Any) -> list[str]:
    places = [address for address, _ in sites(program, "Main")]
    return [origin for origin, _ in Strategy(**options).candidates(program, "Main", places)]


def test_what_can_be_tried(compiled: Compile) -> None:
    """Reasoning that is read cannot go; a metric that wants more than a call's inputs cannot choose."""
    program = compiled(
        """
signature Ask { in question: str out answer: str }
module Main(question: str) -> str {
  let said = chain_of_thought Ask(question)
  return said.reasoning + said.answer
}
metric good(want, got) = exact(want.answer, got)
metric brief(want, got) = 1.0 / (len(got.answer) + len(want.question))
"""
    )
    assert origins(program) == [
        "vote 3 at Main.said",
        "best_of 3 by brief at Main.said",
        "refine 3 by brief at Main.said",
        "compare 3 at Main.said",
    ]
    assert origins(program, save=True) == []


def test_a_reply_that_is_returned_whole_keeps_its_fields(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(
        """
signature Judge { "Is it odd?" in text: str out parity: "even" | "odd" }
module Main(text: str) -> Judge { return predict Judge(text) }
metric good(want, got) = exact(want.parity, got.parity)
"""
    )
    bench = bench_of(program, thinker, TRAIN, DEV)
    winner = Strategy(dear=False).run(program, bench)
    assert winner is not program
    (results,) = bench.results([winner], bench.dev[:1], keep=True)
    assert results[0].outcome is not None
    assert results[0].outcome.value == {"parity": "even"}, "the reasoning is not part of it"


def test_what_was_tuned_of_a_call_goes_along(compiled: Compile) -> None:
    program = compiled(TASK)
    demo = Demo((("text", "number 1"),), (("parity", "odd"),), "row 1")
    settings = Settings(instruction="Look at it.", demos=(demo,), layout=Layout("chat", "plain", "bare"))
    tuned = apply_patch(program, {"Main.verdict": settings})
    candidates = dict(Strategy().candidates(tuned, "Main", ["Main.verdict"]))
    thinking = dict(sites(candidates["chain_of_thought at Main.verdict"], "Main"))["Main.verdict"].settings
    assert (thinking.instruction, thinking.demos) == ("Look at it.", (demo,))
    assert thinking.layout == Layout("chat", "plain", "fields"), "a bare reply holds no reasoning"
    voting = dict(sites(candidates["vote 3 at Main.verdict"], "Main"))["Main_verdict.verdict"].settings
    assert replace(voting, temperature=None) == settings


def test_reasoning_in_demonstrations_goes_with_it(compiled: Compile) -> None:
    program = compiled(TASK.replace("predict", "chain_of_thought"))
    demo = Demo((("text", "number 1"),), (("reasoning", "by its last digit"), ("parity", "odd")), "row 1")
    tuned = apply_patch(program, {"Main.verdict": Settings(demos=(demo,))})
    candidates = dict(Strategy(save=True).candidates(tuned, "Main", ["Main.verdict"]))
    (only,) = candidates.values()
    demos = dict(sites(only, "Main"))["Main.verdict"].settings.demos
    assert demos == (replace(demo, outputs=(("parity", "odd"),)),)


@pytest.mark.parametrize("calls", [0, 20, 200, 800])
def test_it_keeps_to_the_budget(
    compiled: Compile, bench_of: MakeBench, reasons: Callable[[Bench], list[str]], calls: int
) -> None:
    program = compiled(TASK)
    bench = bench_of(program, wavering, TRAIN, DEV, calls=calls)
    heard = reasons(bench)
    result = tune(program, [Strategy()], bench, ())
    assert result.spent.calls <= calls
    assert calls > 20 or heard == ["the budget has no room for other strategies"]


def test_it_comes_out_the_same_again(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)
    first, second = (bench_of(program, wavering, TRAIN, DEV) for _ in range(2))
    assert changed(program, first) == changed(program, second)
    assert first.budget.spent == second.budget.spent


def test_no_dev_row_is_shown(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)
    shown: list[str] = []

    def reply(request: Request) -> str:
        shown.append(prompt_of(request))
        return wavering(request)

    Strategy().run(program, bench_of(program, reply, TRAIN, DEV))
    assert all(prompt.count("number ") <= 4 for prompt in shown), "no row but the one that is asked (and its attempts)"


def test_the_plan_is_not_exceeded(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)
    bench = bench_of(program, wavering, TRAIN, DEV)
    work = Strategy().most_work(program, "Main", bench.roles)
    assert work is not None
    tuned = Strategy().run(program, bench)
    assert bench.budget.spent.calls <= work.runs * work.dearer * bench.most_calls(program)
    assert bench.most_calls(tuned) <= work.dearer * bench.most_calls(program)
