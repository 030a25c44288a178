"""Rows that candidates are compared on stay out of prompts, whatever a pass does."""

from __future__ import annotations

from typing import Any

import pytest

from lmc.evaluate.rows import Roles
from lmc.ir.patch import apply_patch
from lmc.ir.program import Demo, Program, Settings
from lmc.optimize.base import OptimizerPass, Work
from lmc.optimize.leak import leaked
from lmc.optimize.tune import shown_now, tune

from .conftest import Compile, MakeBench, asked, prompt_of, rows

PROGRAM = """
signature Ask { "Answer." in question: str out answer: str }
module Main(question: str) -> str { return (predict Ask(question)).answer }
metric good(want, got) = exact(want.answer, got)
"""
DEV = [{"question": f"is this question number {n}?", "answer": "yes"} for n in range(40)]
TRAIN = [{"question": f"a train question, number {n}?", "answer": "yes"} for n in range(10)]


def with_settings(program: Program, **settings: Any) -> Program:
    return apply_patch(program, {"Main.ask": Settings(**settings)})


@pytest.mark.parametrize(
    "settings",
    [
        {"instruction": "Such as: IS THIS question number 7?"},
        {"demos": (Demo((("question", "is this question number 7?"),), (("answer", "yes"),)),)},
        {"demos": (Demo((("question", "other"),), (("answer", "yes"),), "dev 7"),)},
        {
            "demos": (
                Demo((("question", "other"),), (("answer", "yes"),), None, (("is this question number 7?", "no"),)),
            )
        },
    ],
    ids=["instruction", "demonstration", "origin", "failure"],
)
def test_what_shows_a_row(compiled: Compile, settings: dict[str, Any]) -> None:
    program = compiled(PROGRAM)
    assert leaked(program, rows(DEV, "dev"), rows(TRAIN), ["question"]) == ()
    assert leaked(with_settings(program, **settings), rows(DEV, "dev"), rows(TRAIN), ["question"]) == ("dev 7",)


def test_a_row_that_the_author_shows_hides_no_other(compiled: Compile, bench_of: MakeBench) -> None:
    program = with_settings(compiled(PROGRAM), instruction="Such as: is this question number 3?")
    worse = with_settings(program, instruction="Such as: is this question number 3? Or: is this question number 7?")
    bench = bench_of(program, asked, train=TRAIN, dev=DEV)
    assert shown_now(program, program, bench, bench.dev) is None
    assert shown_now(program, worse, bench, bench.dev) == "dev 7"


def test_texts_of_train_rows_and_short_ones_do_not(compiled: Compile) -> None:
    program = with_settings(compiled(PROGRAM), instruction="Say yes to a train question, number 3?")
    dev = rows([{"question": "yes"}, {"question": "a train question, number 3?"}], "dev")
    assert leaked(program, dev, rows(TRAIN), ["question"]) == ()


class Cheat(OptimizerPass):
    """Shows the LM a row that candidates are compared on."""

    name = "cheat"

    def run(self, program: Program, bench: Any) -> Program:
        return with_settings(program, instruction=f"Say yes to {bench.dev[0].values['question']}")

    def most_work(self, program: Program, module: str, roles: Any) -> Work | None:
        return Work()


def test_a_pass_that_leaks_is_rejected(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(PROGRAM)
    bench = bench_of(program, lambda one: "yes" if "Say yes" in str(one.body) else asked(one), TRAIN, DEV)
    tuned = tune(program, [Cheat()], bench, ())
    assert tuned.program == program
    assert [one.outcome for one in tuned.passes] == ["rejected"]


def test_of_few_rows_none_is_scored_by_a_prompt_that_shows_it(compiled: Compile, bench_of: MakeBench) -> None:
    """Where train rows are dev rows too, an LM that repeats its demonstrations gains nothing by them."""
    program, few = compiled(PROGRAM), rows(TRAIN[:6])
    demos = tuple(Demo((("question", row.values["question"]),), (("answer", "yes"),), row.id) for row in few)
    shown = with_settings(program, demos=demos)

    def repeats(request: Any) -> str:
        prompt = prompt_of(request)
        return "yes" if prompt.count(asked(request)) > 1 else "no"

    bench = bench_of(program, repeats)
    bench.roles = Roles(few, few)
    assert bench.roles.left_out
    assert bench.scores(shown, bench.dev) == [0.0] * 6
    assert bench_of(program, repeats, dev=TRAIN[:6]).scores(shown, bench.dev) == [1.0] * 6
