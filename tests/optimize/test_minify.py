"""Minify: what is redundant goes, what is essential stays."""

from __future__ import annotations

import re

import pytest

from lmc.ir.patch import apply_patch
from lmc.ir.program import Demo, Program, Settings
from lmc.ir.walk import predictors
from lmc.lm.base import Request
from lmc.optimize.passes.minify import Minify, chunks, ranked, shorter_text, tokens_of
from lmc.optimize.tune import tune
from lmc.prompts import templates

from .conftest import Compile, MakeBench, prompt_of

TASK = '''
signature Ask {
  """
  # Task
  You see a question on a number. Cats are nice and have nothing to do with it. Look at the last digit.

  ## Form
  - Say yes or no.
  - Never say why you think so, whatever the question is.
  """
  in question: str
  out answer: "yes" | "no"
}
module Main(question: str) -> str { return (predict Ask(question)).answer }
metric good(want, got) = exact(want.answer, got)
'''
DEV = [{"question": f"and what of {n}?", "answer": ["yes", "no"][n % 2]} for n in range(80)]


def instruction(program: Program) -> str:
    return next(one.settings.instruction or "" for _, one in predictors(program))


def reply(request: Request) -> str:
    """Right only when it is told where to look."""
    prompt = prompt_of(request)
    number = int(re.findall(r"\d+", prompt)[-1])
    return ["yes", "no"][number % 2] if "last digit" in prompt else "yes"


@pytest.mark.parametrize("mode", ["ddmin", "greedy"])
@pytest.mark.parametrize("seed", range(5))
def test_what_is_redundant_goes_and_what_is_essential_stays(
    compiled: Compile, bench_of: MakeBench, mode: str, seed: int
) -> None:
    program = compiled(TASK)
    bench = bench_of(program, reply, dev=DEV)
    bench.seed = seed
    notes: list[str] = []
    bench.listen = lambda event, **details: notes.append(details["reason"]) if event == "note" else None
    found = Minify(mode=mode).run(program, bench)  # type: ignore[arg-type]
    assert instruction(found) == "# Task\nLook at the last digit."
    assert tokens_of(found, "Main") < tokens_of(program, "Main") / 2
    assert notes == [
        f"prompts of about {tokens_of(found, 'Main')} tokens, where there were {tokens_of(program, 'Main')}"
    ]
    assert bench.scores(found, bench.dev) == bench.scores(program, bench.dev)


def test_demonstrations_go_too(compiled: Compile, bench_of: MakeBench) -> None:
    demos = tuple(Demo((("question", f"is {word} even?"),), (("answer", "yes"),), f"train {word}") for word in "abcd")
    program = apply_patch(compiled(TASK), {"Main.ask": Settings(demos=demos, instruction="Look at the last digit.")})

    def taught(request: Request) -> str:
        return reply(request) if "is c even?" in prompt_of(request) else "yes"

    bench = bench_of(program, taught, dev=DEV)
    found = Minify().run(program, bench)
    (predict,) = (one for _, one in predictors(found))
    assert predict.settings.demos == (demos[2],)
    assert instruction(found) == "Look at the last digit."


def test_the_gate_lets_pass_what_is_shorter_and_no_worse(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)
    bench = bench_of(program, reply, dev=DEV)
    result = tune(program, [Minify()], bench, ())
    assert [one.outcome for one in result.passes] == ["accepted"]
    assert instruction(result.program) == "# Task\nLook at the last digit."
    assert result.difference.score == 0


def test_small_losses_do_not_add_up(compiled: Compile, bench_of: MakeBench) -> None:
    """Each section is worth four points; the margin is six: no more than one can go."""
    program = compiled(TASK)
    said = ["question on a number", "Cats are", "last digit", "Say yes", "Never say"]

    def each(request: Request) -> str:
        prompt = prompt_of(request)
        number = int(re.findall(r"\d+", prompt)[-1])
        lost = sum(one not in prompt for one in said)
        wrong = number % 25 < lost
        return ["no", "yes"][number % 2] if wrong else ["yes", "no"][number % 2]

    rows = [{"question": f"and what of {n}?", "answer": ["yes", "no"][n % 2]} for n in range(300)]
    bench = bench_of(program, each, dev=rows)
    found = Minify(margin=0.06).run(program, bench)
    assert sum(one not in (instruction(found) or str(templates(found))) for one in said) <= 1


def test_too_few_rows_to_show_it(compiled: Compile, bench_of: MakeBench, reasons: object) -> None:
    program = compiled(TASK)
    bench = bench_of(program, reply, dev=DEV[:30])
    heard = reasons(bench)  # type: ignore[operator]
    assert Minify().run(program, bench) is program
    assert heard == ["fewer than 48 dev rows cannot show that nothing is lost"]


def test_a_race_that_may_end_equal_sees_as_many_rows_as_show_that_nothing_is_lost(
    compiled: Compile, bench_of: MakeBench, reasons: object
) -> None:
    program = apply_patch(compiled(TASK), {"Main.ask": Settings(instruction="Please look at the last digit, as said.")})
    texts = [f"Look at the last digit{'.' * number}" for number in range(1, 9)]
    shorter = [apply_patch(program, {"Main.ask": Settings(instruction=text)}) for text in texts]
    bench = bench_of(program, reply, dev=DEV, calls=1200)
    bench.until = 1000
    assert bench.races(shorter, program, noninferior=0.02) in shorter
    assert {one.rows for one in bench.trials} == {48}

    poor = bench_of(program, reply, dev=DEV, calls=1200)
    poor.until = 400
    heard = reasons(poor)  # type: ignore[operator]
    assert poor.races(shorter, program, noninferior=0.02) is None
    assert heard == ["the budget has no room for a race that could show that nothing is lost"]
    assert poor.budget.spent.calls == 0


def test_nothing_that_could_go(compiled: Compile, bench_of: MakeBench, reasons: object) -> None:
    program = apply_patch(compiled(TASK), {"Main.ask": Settings(instruction="Look at the last digit.")})
    bench = bench_of(program, reply, dev=DEV)
    heard = reasons(bench)  # type: ignore[operator]
    assert Minify().run(program, bench) is program
    assert heard == ["no prompt has a section or a demonstration that could go"]


@pytest.mark.parametrize("calls", [0, 50, 150, 300, 1000])
def test_a_budget_holds(compiled: Compile, bench_of: MakeBench, calls: int) -> None:
    program = compiled(TASK)
    bench = bench_of(program, reply, dev=DEV, calls=calls)
    Minify().run(program, bench)
    assert bench.budget.spent.calls <= calls


def test_the_same_seed_finds_the_same_within_what_is_planned(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)
    benches = [bench_of(program, reply, dev=DEV) for _ in range(2)]
    one, other = (Minify().run(program, bench) for bench in benches)
    assert one == other
    assert benches[0].budget.spent == benches[1].budget.spent
    most = Minify().most_work(program, "Main", benches[0].roles)
    assert most is not None
    assert benches[0].budget.spent.calls <= most.runs


def test_longest_first_and_no_headings(compiled: Compile) -> None:
    assert [index for _, _, index in ranked(compiled(TASK), "Main")] == [6, 2, 1, 3, 5]


def test_sections_with_holes_stay(compiled: Compile) -> None:
    program = apply_patch(compiled(TASK), {"Main.ask": Settings(instruction="Mind {this}. Be brief.")})
    assert ranked(program, "Main") == [("Main.ask", "section", 1)]


def test_headings_without_anything_under_them_go() -> None:
    text = "# A\nOne.\n## B\nTwo.\n# C\nThree."
    assert shorter_text(text, {3}) == "# A\nOne.\n# C\nThree."
    assert shorter_text(text, {1, 3}) == "# C\nThree."
    assert shorter_text(text, {1, 3, 5}) == "# A\nOne."


def test_groups() -> None:
    pieces = [("a", "demo", index) for index in range(5)]
    assert [len(one) for one in chunks(pieces, 2)] == [2, 3]
    assert [one for group in chunks(pieces, 5) for one in group] == pieces
