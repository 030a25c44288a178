"""Two calls in the place of one that is often wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lmc.analysis.calls import sites
from lmc.elaborate import structure_between
from lmc.ir.patch import apply_patch
from lmc.ir.program import Demo, Program, Settings
from lmc.lm.base import Request
from lmc.optimize.bench import Bench
from lmc.optimize.demonstrations.demos import demos_of
from lmc.optimize.meta import MetaPrompts
from lmc.optimize.passes.split import Split, Steps, call_at, steps_of, two_calls
from lmc.optimize.tune import tune

from .conftest import Compile, MakeBench, prompt_of

TASK = """
signature Judge {
  "Is the number even or odd, and large?"
  in text: str
  out parity: "even" | "odd" | "neither"
}
module Main(text: str) -> str {
  let verdict = predict Judge(text)
  return verdict.parity
}
metric good(want, got) = exact(want.parity, got)
"""


def rows(first: int, count: int) -> list[dict[str, Any]]:
    return [{"text": f"the number {n}", "parity": "odd" if n % 2 else "even"} for n in range(first, first + count)]


TRAIN, DEV = rows(100, 48), rows(0, 48)
HELPFUL = """Word: digit
Description: the last digit of the number
First instruction: Give the last digit.
Second instruction: Is the digit even or odd?"""
USELESS = HELPFUL.replace("digit", "colour")


def asked(request: Request) -> int:
    return int(prompt_of(request).rpartition("the number ")[2].split()[0])


def scripted(proposals: Callable[[Request], str]) -> Callable[[Request], str]:
    """An LM that needs the last digit in sight; else it says one of two wrong things."""

    def reply(request: Request) -> str:
        prompt = prompt_of(request)
        if "Split it in two" in prompt:
            return proposals(request)
        if "Give the last digit" in prompt:
            return str(asked(request) % 10)
        if "Give the last colour" in prompt:
            return "blue"
        right, wrong = ("odd", "even") if asked(request) % 2 else ("even", "odd")
        if "Digit: " in prompt:
            return right
        return wrong if asked(request) % 3 else "neither"

    return reply


def some_help(request: Request) -> str:
    """Helpful in one sample of two."""
    return HELPFUL if request.sample % 2 else USELESS


def ready(bench_of: MakeBench, program: Program, reply: Callable[[Request], str], **more: Any) -> Bench:
    return bench_of(program, reply, TRAIN, DEV, meta=MetaPrompts(program.lms[0]), **more)


def test_a_step_that_helps_is_found(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)
    bench = ready(bench_of, program, scripted(some_help))
    result = tune(program, [Split()], bench, ())
    assert result.passes[0].outcome == "accepted"
    assert result.tuned.score == 1
    text = structure_between(program, result.program)
    assert text is not None
    assert 'out digit: str up to 200 chars "the last digit of the number"' in text
    assert "colour" not in text


def test_a_step_that_does_not_help_is_not_taken(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)
    bench = ready(bench_of, program, scripted(lambda request: USELESS))
    assert Split().run(program, bench) is program


@pytest.mark.parametrize(
    "said",
    [
        "no idea",
        "",
        HELPFUL.replace("Word: digit", "Word: text"),
        HELPFUL.replace("Word: digit", "Word: reasoning"),
        HELPFUL.replace("Word: digit", "Word: while"),
        HELPFUL.replace("Word: digit", "Word: The Digit"),
        HELPFUL.replace("Give the last digit.", "For the number 104 give 4, for the number 105 give 5."),
    ],
)
def test_a_proposal_that_cannot_be_used_is_a_failed_one(compiled: Compile, bench_of: MakeBench, said: str) -> None:
    """Malformed, a name that is taken or none, or one that quotes rows."""
    program = compiled(TASK)
    bench = ready(bench_of, program, scripted(lambda request: said))
    bench.listen = lambda event, **details: None
    if "the number 104" in said:
        long = [{**row, "text": f"{row['text']} and nothing but this one number here"} for row in TRAIN]
        said = HELPFUL.replace("Give the last digit.", f"Say 4 for {long[4]['text']}.")
        bench = bench_of(program, scripted(lambda request: said), long, DEV, meta=MetaPrompts(program.lms[0]))
    assert Split().run(program, bench) is program
    assert bench.proposals == 4


def test_outputs_that_hinder_one_another_are_given_by_two_calls(compiled: Compile, bench_of: MakeBench) -> None:
    """No proposer is asked. The call has one kind of failures alone, and two outputs."""
    program = compiled(
        TASK.replace(
            'out parity: "even" | "odd" | "neither"', 'out size: "small" | "large"\n  out parity: "even" | "odd"'
        )
    )

    def reply(request: Request) -> str:
        prompt = prompt_of(request)
        size, parity = "large" if asked(request) > 50 else "small", "odd" if asked(request) % 2 else "even"
        if "Size: " in prompt.rpartition("the number")[2]:
            return parity
        return f"Size: {size}\nParity: even" if "parity" in prompt.casefold() else size

    bench = ready(bench_of, program, reply)
    winner = Split(k=0).run(program, bench)
    assert not Split(k=0).asks
    assert len(sites(winner, "Main")) == 2
    assert sum(bench.scores(winner, bench.dev)) == len(DEV)
    (result,) = bench.results([winner], bench.dev[:1], keep=True)[0]
    assert result.outcome is not None
    assert result.outcome.value == "even"


def test_it_is_not_tried_where_little_fails_or_all_in_one_way(
    compiled: Compile, bench_of: MakeBench, reasons: Callable[[Bench], list[str]]
) -> None:
    program = compiled(TASK)

    def one_way(request: Request) -> str:
        return HELPFUL if "Split it in two" in prompt_of(request) else "neither"

    for reply in (one_way, lambda request: "odd" if asked(request) % 2 else "even"):
        bench = ready(bench_of, program, reply)
        heard = reasons(bench)
        assert Split().run(program, bench) is program
        assert heard == ["no call is to blame for failures of several kinds"]
        assert bench.proposals == 0


def test_demonstrations_are_out_of_good_runs_of_the_two(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)
    shown = tuple(Demo((("text", f"the number {n}"),), (("parity", ("even", "odd")[n % 2]),)) for n in (500, 501))
    program = apply_patch(program, {"Main.verdict": Settings(demos=shown)})

    def last_only(request: Request) -> str:
        return scripted(lambda _: HELPFUL)(request)

    winner = Split().run(program, ready(bench_of, program, last_only))
    found = dict(sites(winner, "Main"))
    assert set(found) == {"Main_verdict.verdict_first", "Main_verdict.verdict_second"}
    for predict in found.values():
        demos = demos_of(winner, predict)
        assert len(demos) == 2
        for demo in demos:
            number = int(str(dict(demo.inputs)["text"]).split()[-1])
            assert 100 <= number < 148, "a train row"
            assert dict(demo.outputs) in ({"digit": str(number % 10)}, {"parity": ("even", "odd")[number % 2]})


def test_reasoning_stays_with_the_second_call(compiled: Compile) -> None:
    program = compiled(TASK.replace("predict", "chain_of_thought"))
    steps = steps_of(program, call_at(program, "Main.verdict"), said("digit"))
    assert steps is not None
    split = two_calls(program, "Main.verdict", steps)
    assert split is not None
    assert [one.strategy for _, one in sites(split, "Main")] == ["predict", "chain_of_thought"]


def said(name: str) -> dict[str, str]:
    return {"name": name, "description": "what it ends with", "first": "Look.", "second": "Judge."}


def test_variables_do_not_hide_inputs(compiled: Compile) -> None:
    program = compiled(
        """
signature Join { in ahead: str in reply: str out answer: str }
module Main(text: str) -> str { return (predict Join(ahead: text, reply: text) as it).answer }
metric good(want, got) = exact(want.answer, got)
"""
    )
    steps = steps_of(program, call_at(program, "Main.it"), said("note"))
    assert steps is not None
    assert two_calls(program, "Main.it", steps) is not None


def test_a_prompt_of_the_author_is_not_split(compiled: Compile) -> None:
    program = compiled(
        '''
signature Ask {
  in text: str
  out answer: str
  prompt """Say {{ text }}."""
}
module Main(text: str) -> str { return (predict Ask(text) as it).answer }
metric good(want, got) = exact(want.answer, got)
'''
    )
    assert two_calls(program, "Main.it", Steps("a", (), "b", ())) is None


@pytest.mark.parametrize("calls", [0, 60, 120, 500])
def test_it_keeps_to_the_budget(compiled: Compile, bench_of: MakeBench, calls: int) -> None:
    program = compiled(TASK)
    result = tune(program, [Split()], ready(bench_of, program, scripted(some_help), calls=calls), ())
    assert result.spent.calls <= calls


def test_it_works_without_train_rows(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)
    assert Split().run(program, bench_of(program, scripted(some_help), (), DEV)) is program


def test_it_comes_out_the_same_again_and_shows_no_dev_row(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)
    shown: list[str] = []

    def proposals(request: Request) -> str:
        shown.append(prompt_of(request))
        return some_help(request)

    first, second = (ready(bench_of, program, scripted(proposals)) for _ in range(2))
    assert Split().run(program, first) == Split().run(program, second)
    assert first.budget.spent == second.budget.spent
    assert shown
    texts = {row["text"] for row in DEV}
    assert not any(line.removeprefix("text: ").strip() in texts for prompt in shown for line in prompt.split("\n"))
