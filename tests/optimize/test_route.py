"""Which model answers which call: fronts of score, cost and time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lmc.ir.patch import patch_between
from lmc.ir.program import Program, Settings
from lmc.lm.base import Reply, Request
from lmc.lm.budget import Budget
from lmc.optimize.bench import Bench
from lmc.optimize.frontier import Point, best_point, dominates, front
from lmc.optimize.passes.route import Route, combinations
from lmc.optimize.tune import tune

from .conftest import Compile, MakeBench, prompt_of

SOURCE = """
lm big = "scripted/big" { price_in: 10, price_out: 10 }
lm middle = "scripted/middle" { price_in: 2, price_out: 2 }
signature Think { "Think." in question: str out thought: str }
signature Ask { "Answer." in question: str in thought: str out answer: str }
module Main(question: str) -> str {
  let first = predict Think(question) with { lm: tune { small, middle, big } }
  return (predict Ask(question, thought: first.thought) with { lm: tune { small, middle, big } }).answer
}
metric good(want, got) = exact(want.answer, got)
"""
DEV = [{"question": f"question {number}", "answer": f"answer {number}"} for number in range(48)]
PRICES = {"small": 0.0, "middle": 2e-6, "big": 1e-5}
SECONDS = {"small": 0.1, "middle": 0.5, "big": 2.0}


class Priced:
    """A model whose replies cost and take what is said of it. The second call needs the middle model to be right; the
    first may be answered by any."""

    def __init__(self) -> None:
        self.asked: list[Request] = []

    async def __call__(self, request: Request, heard: Any = None) -> Reply:
        self.asked.append(request)
        name = request.model.rpartition("/")[2]
        prompt = prompt_of(request)
        number = prompt.rpartition("question ")[2].split()[0]
        wise = name in ("middle", "big")
        text = "thoughts" if "Think." in prompt else f"answer {number}" if wise or int(number) % 2 else "no"
        return Reply(text, "stop", 90, 10, 0, 100 * PRICES[name], SECONDS[name])

    async def close(self) -> None:
        """Nothing is open."""


def priced_bench(program: Program, bench_of: MakeBench, calls: int | None = None) -> Bench:
    bench = bench_of(program, lambda _: "", dev=DEV, calls=calls)
    lm = Priced()
    budget = Budget(lm, calls)
    bench.budget = budget
    bench.lms = {one.name: budget if one.name == "small" else budget.also(lm) for one in program.lms}
    return bench


def models(program: Program, after: Program) -> tuple[str | None, str | None]:
    patch = patch_between(program, after)
    return patch.get("Main.first", Settings()).lm, patch.get("Main.ask", Settings()).lm


@pytest.mark.parametrize(
    ("objective", "wanted"), [("score", (None, "middle")), ("cost", (None, "middle")), ("latency", (None, "middle"))]
)
def test_the_cheapest_models_that_are_as_good_are_taken(
    compiled: Compile, bench_of: MakeBench, objective: Any, wanted: Any
) -> None:
    program = compiled(SOURCE)
    bench = priced_bench(program, bench_of)
    assert models(program, Route(objective=objective).run(program, bench)) == wanted
    shown = [(models(program, one.program), round(one.score, 2)) for one in bench.front]
    assert shown == [((None, None), 0.5), ((None, "middle"), 1.0)], "no other is as good in everything"
    assert bench.front[0].dollars < bench.front[1].dollars
    assert bench.front[0].seconds < bench.front[1].seconds


def test_a_large_epsilon_takes_what_costs_less(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(SOURCE)
    assert models(program, Route(epsilon=0.6).run(program, priced_bench(program, bench_of))) == (None, None)


def test_what_lies_upstream_is_asked_once_of_each_model(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(SOURCE)
    bench = priced_bench(program, bench_of)
    Route(rows=48).run(program, bench)
    assert bench.budget.spent.calls <= len(DEV) * (3 + 3), "the thoughts are the same, and asked of each model once"


@pytest.mark.parametrize("sampler", ["tpe", "nsga2"])
def test_where_there_are_many_combinations_a_sampler_proposes_them(
    compiled: Compile, bench_of: MakeBench, sampler: Any
) -> None:
    source = SOURCE.replace(
        "{ lm: tune { small, middle, big } }", "{ lm: tune { small, middle, big }, top_p: tune 0.1..1.0 }"
    )
    program = compiled(source)
    bench = priced_bench(program, bench_of)
    found = Route(wide=True, sampler=sampler, trials=24).run(program, bench)
    assert models(program, found)[1] in ("middle", "big")
    assert bench.studies[0].directions == ("maximize", "minimize", "minimize")
    assert len(bench.studies[0].trials) == 24


def test_it_comes_out_the_same_again(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(SOURCE)
    first, second = (priced_bench(program, bench_of) for _ in range(2))
    assert Route().run(program, first) == Route().run(program, second)
    assert (first.front, first.studies) == (second.front, second.studies)


def test_it_is_passed_over_where_nothing_is_offered(
    compiled: Compile, bench_of: MakeBench, reasons: Callable[[Bench], list[str]]
) -> None:
    program = compiled(SOURCE.replace(" with { lm: tune { small, middle, big } }", ""))
    bench = priced_bench(program, bench_of)
    heard = reasons(bench)
    assert Route().run(program, bench) is program
    assert len(heard) == 1


@pytest.mark.parametrize("calls", [0, 60, 300, 2000])
def test_it_keeps_to_the_budget(compiled: Compile, bench_of: MakeBench, calls: int) -> None:
    program = compiled(SOURCE)
    bench = priced_bench(program, bench_of, calls)
    result = tune(program, [Route()], bench, ())
    assert result.spent.calls <= calls
    assert calls < 2000 or models(program, result.program) == (None, "middle")


def point(scores: list[float], dollars: float, seconds: float = 1.0) -> Point:
    values = tuple(map(str, scores))
    return Point(Program("p"), tuple(scores), values, tuple(scores), 1.0, 1.0, dollars, seconds)


def test_what_cannot_be_told_apart_stays_on_the_front() -> None:
    """Of 40 rows one that costs more is better on two and worse on one: nobody knows."""
    cheap = point([1.0] * 20 + [0.0] * 20, 1.0)
    dear = point([1.0] * 19 + [0.0] * 19 + [1.0] * 2, 2.0)
    assert front([dear, cheap], 0.02, True) == (cheap, dear)
    assert front([point([0.0] * 40, 2.0), cheap], 0.02, True) == (cheap,)


def test_equal_replies_for_more_money_are_left_out() -> None:
    cheap, dear = point([1.0, 0.0] * 32, 1.0), point([1.0, 0.0] * 32, 2.0)
    assert dominates(cheap, dear, 0.02, True)
    assert not dominates(dear, cheap, 0.02, True)
    assert not dominates(cheap, cheap, 0.02, True), "a point is not better than itself"


def test_what_is_wanted_of_a_front() -> None:
    cheap, good, fast = point([0.0] * 40, 1.0, 9.0), point([1.0] * 40, 3.0, 5.0), point([1.0] * 39 + [0.0], 4.0, 1.0)
    every = [cheap, good, fast]
    assert best_point(every, "score", 0.05, True) is good
    assert best_point(every, "cost", 0.05, True) is good
    assert best_point(every, "latency", 0.05, True) is fast
    assert best_point(every, "latency", 0.0, True) is good


def test_all_combinations_or_none(compiled: Compile) -> None:
    from lmc.optimize.knobs import knobs

    found = knobs(compiled(SOURCE), "Main")
    assert len(combinations(found, 9)) == 9
    assert combinations(found, 8) == []
