"""What is tuned when the source names no passes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from lmc.evaluate.rows import Row
from lmc.ir.program import LMDecl, Program
from lmc.ir.walk import predictors
from lmc.lm.base import Request
from lmc.optimize.auto import Auto, auto
from lmc.optimize.base import OptimizerPass, Work
from lmc.optimize.passes.layout import Layout
from lmc.optimize.tune import PassReport, tune

from .conftest import Compile, MakeBench, asked, rows

PROGRAM = """
signature Ask { "Answer." in question: str out answer: str }
module Main(question: str) -> str { return (predict Ask(question)).answer }
metric good(want, got) = exact(want.answer, got)
"""


def records(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"question": f"question {number}", "answer": f"a {number}", **more} for number in range(count)]


@dataclass(frozen=True)
class Facts:
    """A tuning as it is known before it begins."""

    module: str = "Main"
    train: tuple[Row, ...] = ()
    dev: tuple[Row, ...] = ()
    teacher: str | None = None
    proposer: LMDecl | None = None
    calls: int | None = None


def named(program: Program, **facts: Any) -> list[str]:
    return [one.name for one in auto(program, Facts(**{"train": rows(records(60)), "dev": rows(records(60)), **facts}))]


def on(program: Program, reference: str) -> Program:
    return replace(program, lms=(replace(program.lms[0], reference=reference),))


def test_layout_first_on_a_small_local_lm_demonstrations_first_elsewhere(compiled: Compile) -> None:
    program = compiled(PROGRAM)
    assert named(on(program, "local/small"))[:2] == ["layout", "labeled"]
    assert named(on(program, "openai/big"))[:2] == ["labeled", "layout"]


def test_nearest_rows_only_where_there_are_enough(compiled: Compile) -> None:
    program = compiled(PROGRAM)
    assert "knn" in named(program)
    assert "knn" not in named(program, train=rows(records(10)))


def test_a_teacher_or_outputs_that_no_row_tells_bring_bootstrap(compiled: Compile) -> None:
    program = compiled(PROGRAM)
    assert "bootstrap" not in named(program)
    assert "bootstrap" in named(program, teacher="small")
    untold = compiled(PROGRAM.replace("out answer: str", "out reply: str").replace(".answer }", ".reply }"))
    assert "bootstrap" in named(untold)


def test_proposals_are_asked_for_where_the_budget_and_the_proposer_are_up_to_it(compiled: Compile) -> None:
    program = on(compiled(PROGRAM), "local/small")
    small, big = program.lms[0], LMDecl("big", "openai/big")
    asking = {"instructions", "reflect"}
    assert not asking & set(named(program, proposer=small, calls=600))
    assert asking <= set(named(program, proposer=big, calls=600))
    assert not asking & set(named(program, proposer=big, calls=200))
    assert asking <= set(named(program, proposer=small, calls=1000))


def test_the_structure_is_searched_for_many_calls_only(compiled: Compile) -> None:
    program = on(compiled(PROGRAM), "openai/big")
    assert not {"strategy", "ensemble"} & set(named(program, proposer=program.lms[0], calls=3000))
    assert {"strategy", "ensemble", "joint"} <= set(named(program, proposer=program.lms[0], calls=5000))


def right(request: Request) -> str:
    return f"a {asked(request).split()[-1]}"


def test_it_stops_when_there_is_nothing_to_gain(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(PROGRAM)
    bench = bench_of(program, right, records(60), records(60))
    tuned = tune(program, auto(program, bench), bench, (), Auto())
    assert tuned.program == program
    assert "skipped" in [one.outcome for one in tuned.passes]
    assert tuned.spent.calls < 60 * 20


class Hopeless(OptimizerPass):
    """Asks for proposals that nobody can use."""

    name = "reflect"

    @property
    def asks(self) -> bool:
        return True

    def run(self, program: Program, bench: Any) -> Program:
        bench.proposals += 4
        bench.malformed += 4
        return program

    def most_work(self, program: Program, module: str, roles: Any) -> Work | None:
        return Work(meta=4)


def test_it_asks_no_more_when_proposals_cannot_be_used(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(PROGRAM)
    bench = bench_of(program, lambda _: "wrong", records(60), records(60))
    tuned = tune(program, [Hopeless(), Hopeless()], bench, (), Auto())
    assert [one.outcome for one in tuned.passes] == ["unchanged", "skipped"]


@pytest.mark.parametrize(
    ("first", "second"), [("rejected", "rejected"), ("unchanged", "unchanged"), ("rejected", "unchanged")]
)
def test_it_switches_when_proposals_have_not_won(
    compiled: Compile, bench_of: MakeBench, first: Any, second: Any
) -> None:
    program = compiled(PROGRAM)
    bench = bench_of(program, lambda _: "wrong", records(60), records(60))
    lost = [PassReport("instructions", first, 9), PassReport("joint", second, 9)]
    assert Auto().skip(Hopeless(), program, bench, lost) == "proposals have not won so far"
    assert Auto().skip(Hopeless(), program, bench, [*lost, PassReport("reflect", "accepted", 9)]) is None


def test_no_pass_begins_that_the_budget_has_no_race_for(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(PROGRAM)
    bench = bench_of(program, lambda _: "wrong", records(60), records(60), calls=5)
    tuned = tune(program, auto(program, bench), bench, (), Auto())
    assert {one.outcome for one in tuned.passes} == {"skipped"}


LABELS = """
signature Ask { "Answer." in question: str out answer: "yes" | "no" }
module Main(question: str) -> str { return (predict Ask(question)).answer }
metric good(want, got) = exact(want.answer, got)
"""


TWICE = """
signature Guess { "Guess." in question: str out guess: "yes" | "no" }
signature Ask { "Answer." in question: str in guess: str out answer: "yes" | "no" }
module Main(question: str) -> str {
  let first = predict Guess(question)
  return (predict Ask(question, guess: first.guess)).answer
}
metric good(want, got) = exact(want.answer, got)
"""


@pytest.mark.parametrize(("source", "each"), [(LABELS, 1), (TWICE, 2)], ids=["one call", "two calls"])
@pytest.mark.parametrize(("runs", "looked", "arms"), [(6, 3, 1), (15, 6, 1), (30, 8, 2), (100, 16, 5)])
def test_where_calls_are_few_the_likeliest_layouts_race_at_once(
    compiled: Compile, bench_of: MakeBench, source: str, each: int, runs: int, looked: int, arms: int
) -> None:
    """A search of layouts would leave nothing for a race; one race of some takes what there is. What counts is how many
    runs the calls pay for."""
    calls = runs * each
    answers = ["yes" if n % 2 else "no" for n in range(60)]
    truths = [{"question": f"is {n} odd", "guess": one, "answer": one} for n, one in enumerate(answers)]

    def reply(request: Request) -> str:
        if "prompt" not in request.body:  # chat turns say nothing to this LM
            return "no"
        number = int(str(request.body["prompt"]).rpartition("is ")[2].split()[0])
        return "yes" if number % 2 else "no"

    program = on(compiled(source), "local/smollm2-135m")
    bench = bench_of(program, reply, truths, truths, calls=calls)
    tuned = tune(program, auto(program, bench), bench, (), Auto())
    assert {trial.rows for trial in bench.trials if trial.decision == "accepted"} == {looked}
    assert bench.budget.spent.calls <= calls
    report = tuned.passes[0]
    assert (report.name, report.outcome, report.calls) == ("layout", "accepted", each * looked * (arms + 1))
    layouts = [predict.settings.layout for _, predict in predictors(tuned.program)]
    assert [layout.turns for layout in layouts if layout is not None] == ["completion"] * each


@pytest.mark.parametrize(("wrong", "turns"), [(1, "completion"), (8, "chat")])
def test_of_layouts_that_rows_do_not_tell_apart_the_likeliest_wins(
    compiled: Compile, bench_of: MakeBench, wrong: int, turns: str
) -> None:
    """Chat turns, raced third, are right on all 16 rows, the likelier completions wrong on some. That it is one is no
    reason for chat turns; that it is every other one is."""
    truths = [{"question": f"is {n} odd", "answer": "yes" if n % 2 else "no"} for n in range(60)]
    missed: list[int] = []

    def reply(request: Request) -> str:
        messages = request.body.get("messages", ())
        if len(messages) == 2:  # the program as written
            return "neither"
        text = messages[-1]["content"] if messages else str(request.body["prompt"])
        number = int(text.rpartition("is ")[2].split()[0])
        if not messages and number not in missed and len(missed) < wrong:
            missed.append(number)
        return "yes" if number % 2 != (not messages and number in missed) else "no"

    program = on(compiled(LABELS), "local/smollm2-135m")
    bench = bench_of(program, reply, truths, truths, calls=100)
    tuned = tune(program, auto(program, bench), bench, (), Auto())
    [(_, site)] = predictors(tuned.program)
    assert site.settings.layout is not None
    assert (site.settings.layout.turns, site.settings.nearest) == (turns, 6 if turns == "completion" else None)
    scores = sorted({trial.score for trial in bench.trials})
    assert scores == [1 - wrong / 16, 1.0]


@pytest.mark.parametrize(("wrong", "outcome"), [(4, "accepted"), (1, "unchanged")])
def test_one_row_won_says_little_of_a_program_that_is_mostly_right(
    compiled: Compile, bench_of: MakeBench, wrong: int, outcome: str
) -> None:
    """As written, some of the eight rows are wrong, and the layouts mend one of them."""
    truths = [{"question": f"is {n} odd", "answer": "yes" if n % 2 else "no"} for n in range(60)]
    missed: list[int] = []

    def reply(request: Request) -> str:
        messages = request.body.get("messages", ())
        text = messages[-1]["content"] if messages else str(request.body["prompt"])
        number = int(text.rpartition("is ")[2].split()[0])
        if len(messages) == 2 and len(missed) < wrong:  # the program as written
            missed.append(number)
        return "yes" if (number % 2 == 1) != (number in missed[: wrong if len(messages) == 2 else wrong - 1]) else "no"

    program = on(compiled(LABELS), "local/smollm2-135m")
    bench = bench_of(program, reply, truths, truths, calls=30)
    tuned = tune(program, auto(program, bench), bench, (), Auto())
    assert (tuned.passes[0].name, tuned.passes[0].outcome) == ("layout", outcome)


def test_where_calls_abound_layouts_are_searched(compiled: Compile, bench_of: MakeBench) -> None:
    program = on(compiled(LABELS), "local/smollm2-135m")
    truths = [{"question": f"is {n} odd", "answer": "yes" if n % 2 else "no"} for n in range(60)]
    assert Layout().proves(program, bench_of(program, lambda _: "no", truths, truths, calls=100))
    assert not Layout().proves(program, bench_of(program, lambda _: "no", truths, truths, calls=300))


@pytest.mark.parametrize(
    ("reference", "wrong", "style"),
    [
        ("local/smollm2-135m", 1, ("completion", "unstated", 6)),
        ("local/smollm2-135m", 8, ("chat", "unstated", None)),
        ("openai/gpt-4o", 1, ("chat", "stated", None)),
    ],
)
def test_of_layouts_that_a_search_does_not_tell_apart_the_likeliest_wins_on_small_lms(
    compiled: Compile, bench_of: MakeBench, reference: str, wrong: int, style: tuple[str, str, int | None]
) -> None:
    """Chat turns are right on all rows, completions wrong on some. What is likely is known of small LMs only."""
    truths = [{"question": f"is {n} odd", "answer": "yes" if n % 2 else "no"} for n in range(60)]

    def reply(request: Request) -> str:
        messages = request.body.get("messages", ())
        text = messages[-1]["content"] if messages else str(request.body["prompt"])
        number = int(text.rpartition("is ")[2].split()[0])
        return "yes" if number % 2 != (not messages and number in missed) else "no"

    program = on(compiled(LABELS), reference)
    bench = bench_of(program, reply, truths, truths, calls=1000)
    missed = {int(row.values["question"].split()[1]) for row in bench.dev[:wrong]}
    [(_, site)] = predictors(Layout().run(program, bench))
    layout = site.settings.layout
    assert layout is not None
    assert (layout.turns, layout.types, site.settings.nearest) == style
