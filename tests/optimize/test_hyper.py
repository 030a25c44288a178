"""Values that the source leaves open with `tune`, chosen by races."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lmc.ir.patch import apply_patch, patch_between
from lmc.ir.program import Layout, Program, Settings, Space
from lmc.lm.base import Request
from lmc.optimize.bench import Bench
from lmc.optimize.hyper import Hyper
from lmc.optimize.knobs import Knob, offered
from lmc.optimize.auto import auto
from lmc.optimize.tune import tune

from .conftest import Compile, MakeBench, asked, prompt_of

DEV = [{"question": f"question {number}", "answer": f"answer {number}"} for number in range(48)]
METRIC = "metric good(want, got) = exact(want.answer, got)\n"


def right(request: Request) -> str:
    """The answer to the question that stands last in the prompt."""
    return f"answer {prompt_of(request).rpartition('question ')[2].split()[0]}"


def by_parity(request: Request) -> bool:
    return int(right(request).split()[1]) % 2 == 0


def chosen(program: Program, bench: Bench, **options: Any) -> dict[str, Settings]:
    return patch_between(program, Hyper(**options).run(program, bench))


TEXT = """
signature Ask { in question: str in style: str out answer: str }
module Main(question: str) -> str {
  return (predict Ask(question, style: tune { "short", "rhymed", "plain" })).answer
}
"""


def test_a_tuned_text_that_helps_is_found(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TEXT + METRIC)

    def reply(request: Request) -> str:
        return right(request) if "plain" in prompt_of(request) or by_parity(request) else "la la la"

    ((_, settings),) = chosen(program, bench_of(program, reply, dev=DEV)).items()
    assert settings == Settings(value="plain")


def test_what_does_not_help_is_left_as_it_is_written(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TEXT + METRIC)
    bench = bench_of(program, lambda request: right(request) if by_parity(request) else "la la la", dev=DEV)
    assert Hyper().run(program, bench) is program


def test_the_depth_of_a_retrieval_is_found(compiled: Compile, bench_of: MakeBench) -> None:
    """The passage that tells comes fifth."""
    program = compiled(
        """
extern python "search.py" search(query: str, k: int) -> list[str]
signature Ask { in question: str in passages: list[str] out answer: str }
module Main(question: str) -> str {
  let passages = search(question, tune 1..10)
  return (predict Ask(question, passages)).answer
}
"""
        + METRIC
    )

    def search(query: str, k: int) -> list[str]:
        return [f"passage {place} on {query}" for place in range(k)]

    def reply(request: Request) -> str:
        number = asked(request).split("question ")[1].split()[0]
        return f"answer {number}" if "passage 4" in prompt_of(request) else "unknown"

    bench = bench_of(program, reply, dev=DEV, externals={"search": search})
    ((_, settings),) = chosen(program, bench, points=4).items()
    assert settings == Settings(value=7), "of 1, 4, 7 and 10 the first that has the passage"


def test_settings_of_a_call_are_found_one_after_the_other(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(
        """
lm large = "scripted/large"
signature Ask { in question: str out answer: str }
module Main(question: str) -> str {
  let reply = tune { predict, chain_of_thought } Ask(question) with {
    lm: tune { small, large },
    temperature: tune 0.0..1.0,
  }
  return reply.answer
}
"""
        + METRIC
    )

    def reply(request: Request) -> str:
        body = request.body
        good = request.model.endswith("large") and body["temperature"] == 0.5
        thinks = "easoning" in prompt_of(request)
        said = right(request) if good or (request.model.endswith("large") and by_parity(request)) else "no"
        return f"Reasoning: well\nAnswer: {said if thinks else 'no'}" if thinks else said

    found = chosen(program, bench_of(program, reply, dev=DEV), points=3)
    assert found == {"Main.reply": Settings(lm="large", temperature=0.5)}


def test_it_comes_out_the_same_again(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TEXT + METRIC)

    def reply(request: Request) -> str:
        return right(request) if "rhymed" in prompt_of(request) or by_parity(request) else "la"

    first, second = (bench_of(program, reply, dev=DEV) for _ in range(2))
    assert chosen(program, first) == chosen(program, second)
    assert first.budget.spent == second.budget.spent


def test_it_is_passed_over_where_nothing_is_left_open(
    compiled: Compile, bench_of: MakeBench, reasons: Callable[[Bench], list[str]]
) -> None:
    program = compiled(
        """
signature Ask { in question: str out answer: str }
module Main(question: str) -> str { return (predict Ask(question)).answer }
"""
        + METRIC
    )
    bench = bench_of(program, right, dev=DEV)
    heard = reasons(bench)
    assert Hyper().run(program, bench) is program
    assert heard == ["the program has no `tune`"]
    assert "hyper" not in [one.name for one in auto(program, bench)]


def test_it_is_part_of_what_is_run_by_default_where_something_is_left_open(
    compiled: Compile, bench_of: MakeBench
) -> None:
    program = compiled(TEXT + METRIC)
    assert [one.name for one in auto(program, bench_of(program, right))][-1] == "hyper"


@pytest.mark.parametrize("calls", [0, 20, 60, 200])
def test_it_keeps_to_the_budget(
    compiled: Compile, bench_of: MakeBench, reasons: Callable[[Bench], list[str]], calls: int
) -> None:
    program = compiled(TEXT + METRIC)
    bench = bench_of(program, lambda request: right(request) if by_parity(request) else "la", dev=DEV, calls=calls)
    heard = reasons(bench)
    result = tune(program, [Hyper()], bench, ())
    assert result.spent.calls <= calls
    assert calls > 20 or heard == ["the budget has no room for more values"]


@pytest.mark.parametrize(
    ("space", "values"),
    [
        (Space(("a", None, 3)), ["a", None, 3]),
        (Space(None, 1, 3), [1, 2, 3]),
        (Space(None, 0, 30), [0, 10, 20, 30]),
        (Space(None, 2, 2), [2]),
        (Space(None, 0.0, 1.5), [0.0, 0.5, 1.0, 1.5]),
        (Space(None, 0, 0.3), [0.0, 0.1, 0.2, 0.3]),
    ],
)
def test_what_is_tried(space: Space, values: list[Any]) -> None:
    assert offered(space, 4) == values


def test_a_layout_for_one_output_is_not_kept_for_two(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(
        """
signature Ask { in question: str out answer: str }
module Main(question: str) -> str {
  let reply = tune { predict, chain_of_thought } Ask(question)
  return reply.answer
}
"""
        + METRIC
    )
    laid_out = apply_patch(program, {"Main.reply": Settings(layout=Layout("chat", "plain", "bare"))})
    thinking = Knob("Main.reply", "strategy", Space()).put(laid_out, "chain_of_thought")
    assert patch_between(laid_out, thinking)["Main.reply"] == Settings(
        strategy="chain_of_thought", layout=Layout("chat", "plain", "fields")
    )
