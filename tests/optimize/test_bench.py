"""The bench: what candidates are run with, who judges them, and what that costs."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from lmc.analysis.calls import sites
from lmc.ir.patch import apply_patch
from lmc.ir.program import PassSpec, Program, Settings
from lmc.lm.base import Reply, Request
from lmc.lm.budget import Amount, Budget
from lmc.optimize.base import OptimizerPass, OutOfBudget, Work
from lmc.optimize.table import make_pass
from lmc.optimize.tune import tune

from .conftest import Compile, MakeBench, asked, prompt_of

JUDGED = """
signature Ask { in question: str out answer: str }
signature Grade { "Is the answer good?" in question: str in answer: str out fine: bool }
module Main(question: str) -> str { return (predict Ask(question)).answer }
module Judge(question: str, answer: str) -> bool { return (predict Grade(question, answer)).fine }
metric good(want, got) = Judge(want.question, got)
"""
QUESTIONS = [{"question": f"question {number}"} for number in range(40)]


def judging(request: Request) -> str:
    return "yes" if "Is the answer good?" in prompt_of(request) else f"said of {asked(request)}"


def test_judges_of_the_metric_are_asked_and_their_calls_counted(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(JUDGED)
    bench = bench_of(program, judging, dev=QUESTIONS)
    assert bench.run_calls(program) == 2
    assert bench.scores(program, bench.dev[:5]) == [1.0] * 5
    assert bench.budget.spent.calls == 10


def test_a_step_that_judges_make_too_dear_is_not_begun(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(JUDGED)
    bench = bench_of(program, judging, dev=QUESTIONS, calls=19)
    with pytest.raises(OutOfBudget):
        bench.results([program], bench.dev[:10])
    assert bench.budget.spent.calls == 0
    assert bench.affordable_rows(program) == 9


def test_judges_of_a_comprehension_count_as_often_as_it_may_ask(compiled: Compile, bench_of: MakeBench) -> None:
    each = "len([part for part in [got, got, got] if Judge(want.question, part) up to 3]) / 3"
    program = compiled(JUDGED.replace("Judge(want.question, got)", each))
    assert bench_of(program, judging).run_calls(program) == 1 + 3


def test_a_tuned_judge_does_not_judge_its_own_tuning(compiled: Compile, bench_of: MakeBench) -> None:
    """The judge is part of the module here, so that passes may tune it; scores are of the judge as written."""
    source = JUDGED.replace(
        "module Main(question: str) -> str { return (predict Ask(question)).answer }",
        "module Main(question: str) -> str { let a = (predict Ask(question)).answer "
        'return a if Judge(question, a) else "none" }',
    )
    program = compiled(source)
    mild = apply_patch(program, {"Judge.grade": Settings(instruction="Say yes. Is the answer good?")})

    def reply(request: Request) -> str:
        if "Say yes." in prompt_of(request):
            return "yes"
        return "no" if "Is the answer good?" in prompt_of(request) else "some"

    bench = bench_of(program, reply, dev=QUESTIONS)
    bench.written = program
    assert bench.scores(mild, bench.dev[:4]) == [0.0] * 4


def test_a_budget_holds_with_judges_that_misbehave(compiled: Compile, bench_of: MakeBench) -> None:
    """Half of the replies do not fit, so that calls are made again."""
    program = compiled(JUDGED)

    def reply(request: Request) -> str:
        if "Is the answer good?" not in prompt_of(request):
            return f"said of {asked(request)}"
        return "yes" if "cannot be used" in prompt_of(request) else "perhaps"

    bench = bench_of(program, reply, train=[{**row, "answer": "so"} for row in QUESTIONS], dev=QUESTIONS, calls=60)
    result = tune(program, [make_pass(PassSpec("labeled")), make_pass(PassSpec("demo_search"))], bench, ())
    assert result.spent.calls <= 60


class Uneven:
    """An LM that takes longer over what `slow` is in."""

    def __init__(self, slow: str) -> None:
        self.slow = slow

    async def __call__(self, request: Request) -> Reply:
        await asyncio.sleep(0.02 if self.slow in prompt_of(request) else 0.001)
        return Reply("so", prompt_tokens=20)

    async def close(self) -> None:
        """Nothing to let go of."""


@pytest.mark.parametrize("slow", ["first", "second", "none of them"])
def test_where_tokens_run_out_all_that_was_begun_counts(compiled: Compile, bench_of: MakeBench, slow: str) -> None:
    """The third call is refused as soon as one of the first two has ended; the other one is served, and metered."""
    program = compiled(
        """
        signature Ask { in question: str out answer: str }
        module Main(question: str) -> str { return (predict Ask(question) with { max_tokens: 8 }).answer }
        metric good(want, got) = exact(want.answer, got)
        """
    )
    bench = bench_of(program, asked, dev=[{"question": "first"}, {"question": "second"}, {"question": "third" * 400}])
    bench.budget = Budget(Uneven(slow), tokens=2100)
    bench.lms = {"small": bench.budget}
    with pytest.raises(OutOfBudget):
        bench.results([program], bench.dev)
    assert bench.budget.spent == Amount(2, 40)
    assert bench.allowed() == 2 + (2100 - 40) / 20


def test_externals_scores_and_failing_rows(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(
        """
extern python "tools.py" shout(text: str) -> str
signature Ask { in question: str out answer: str }
metric short(want, got) = exact(len(got.answer), len(want.question)) or len(got.answer) < 5
module Main(question: str) -> str { return shout((best_of 2 by short predict Ask(question)).answer) }
metric good(want, got) = exact(want.wanted, got)
"""
    )
    rows = [{"question": "first", "wanted": "YES"}, {"question": "second", "wanted": "YES"}]

    def shout(text: str) -> str:
        if text == "no":
            raise ValueError("not that")
        return text.upper()

    def reply(request: Request) -> str:
        """What is too long at first, then what there is to say."""
        said = {"first": "yes", "second": "no"}[asked(request)]
        return said if "seed" in request.body else "much too long"

    bench = bench_of(program, reply, dev=rows, externals={"shout": shout})
    first, second = bench.results([program], bench.dev, keep=True)[0]
    assert (first.score, first.problem) == (1.0, None)
    assert second.score == 0.0
    assert "not that" in str(second.problem)
    assert first.outcome is not None
    assert len(first.outcome.calls) == 2


ASSERTED = """
signature Ask { in question: str out answer: str }
module Main(question: str) -> str {
  let reply = predict Ask(question)
  assert len(reply.answer) < 5 else "too long" retry 1
  return reply.answer
}
metric good(want, got) = exact(want.answer, got)
"""


@pytest.mark.parametrize("on", [True, False])
def test_assertions_are_checked_while_tuning_unless_they_are_off(
    compiled: Compile, bench_of: MakeBench, on: bool
) -> None:
    program = compiled(ASSERTED)

    def reply(request: Request) -> str:
        return "yes" if "too long" in prompt_of(request) else "lengthy"

    bench = bench_of(program, reply, dev=[{"question": "?", "answer": "yes"}], assertions=on)
    assert bench.scores(program, bench.dev) == [float(on)]


def test_rows_tell_what_an_earlier_call_should_give(compiled: Compile, bench_of: MakeBench) -> None:
    """The second call reads what the first gives; the rows have a column for it, so both get demonstrations."""
    program = compiled(
        """
signature Area { in question: str out area: "money" | "travel" }
signature Desk { in question: str in area: str out desk: str }
module Main(question: str) -> str {
  let first = predict Area(question)
  let second = predict Desk(question, area: first.area)
  return second.desk
}
metric good(want, got) = exact(want.desk, got)
"""
    )
    train = [{"question": f"q {n}", "area": "money", "desk": "bank"} for n in range(4)]
    taught = make_pass(PassSpec("labeled")).run(program, bench_of(program, lambda _: "", train))
    demos = dict(sites(taught, "Main"))["Main.second"].settings.demos
    assert demos is not None
    assert {demo.inputs[1] for demo in demos} == {("area", "money")}
    untold = [{"question": f"q {n}", "desk": "bank"} for n in range(4)]
    bare = make_pass(PassSpec("labeled")).run(program, bench_of(program, lambda _: "", untold))
    assert dict(sites(bare, "Main"))["Main.second"].settings.demos is None


def test_without_sealed_rows_nothing_is_kept_for_them(compiled: Compile, bench_of: MakeBench) -> None:
    """What the race has shown is what is said in the end: no call is made again for it."""
    program = compiled(ASSERTED)
    train = [{"question": f"t {n}", "answer": "yes"} for n in range(8)]
    dev = [{"question": f"d {n}", "answer": "yes"} for n in range(40)]

    def reply(request: Request) -> str:
        return "yes" if "t 1" in prompt_of(request) else "no"

    bench = bench_of(program, reply, train, dev, calls=32)
    tuned = tune(program, [make_pass(PassSpec("labeled"))], bench, ())
    assert (tuned.baseline.score, tuned.tuned.score) == (0.0, 1.0)
    assert tuned.tuned.n >= 8
    assert tuned.spent.calls <= 32


class Spender(OptimizerPass):
    """Spends all that it may, on the way to a better program."""

    name = "spender"

    def run(self, program: Program, bench: Any) -> Program:
        for number in range(99):
            other = apply_patch(program, {"Main.ask": Settings(instruction=f"Try {number}.")})
            try:
                bench.results([other], bench.dev[:8])
            except OutOfBudget:
                break
        return apply_patch(program, {"Main.ask": Settings(instruction="Say yes.")})

    def most_work(self, program: Program, module: str, roles: Any) -> Work | None:
        return None


def test_a_pass_leaves_its_race_something(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(PLAIN)
    dev = [{"question": f"d {n}", "answer": "yes"} for n in range(40)]
    bench = bench_of(program, lambda one: "yes" if "Say yes" in prompt_of(one) else "no", dev=dev, calls=200)
    tuned = tune(program, [Spender()], bench, ())
    assert [one.outcome for one in tuned.passes] == ["accepted"]


PLAIN = """
signature Ask { in question: str out answer: str }
module Main(question: str) -> str { return (predict Ask(question)).answer }
metric good(want, got) = exact(want.answer, got)
"""
