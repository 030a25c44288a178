"""Studies of samplers: what is proposed, what is pruned, and what it costs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import lmc
from lmc.ir.patch import apply_patch
from lmc.ir.program import Program, Settings
from lmc.lm.base import Request
from lmc.optimize.bench import Bench
from lmc.optimize.study import Goals, Search, Tried, explore, final, leading, roomy
from lmc.optimize.trial import Axis

from .conftest import Compile, MakeBench, prompt_of

SOURCE = """
signature Ask { "Say it." in question: str out answer: str }
module Main(question: str) -> str { return (predict Ask(question)).answer }
metric good(want, got) = exact(want.answer, got)
"""
DEV = [{"question": f"question {number}", "answer": f"answer {number}"} for number in range(64)]
AXES = (Axis("tone", ("calm", "loud", "odd")), Axis("depth", None, 0, 9), Axis("warmth", None, 0.0, 1.0))


def planted(request: Request) -> str:
    """Right on a share of rows that grows with what was planted: a loud tone, and depth."""
    prompt = prompt_of(request)
    number = int(prompt.rpartition("question ")[2].split()[0])
    depth = int(prompt.split("depth ")[1].split()[0]) if "depth" in prompt else 0
    right = 2 + (4 if "loud" in prompt else 0) + depth // 3
    return f"answer {number}" if number % 10 < right else "no"


def search_of(program: Program, bench: Bench, trials: int = 32, **more: Any) -> Search:
    def make(values: Any) -> Program:
        text = f"{values['tone']} depth {values['depth']} . {values['warmth'] > 2}"
        return apply_patch(program, {"Main.ask": Settings(instruction=text)})

    return Search("search", AXES, make, ({"tone": "calm", "depth": 0, "warmth": 0.0},), trials, bench.dev, **more)


def done(compiled: Compile, bench_of: MakeBench, seed: int = 0, **more: Any) -> tuple[list[Tried], Bench]:
    program = compiled(SOURCE)
    bench = bench_of(program, planted, dev=DEV, **{name: more.pop(name) for name in ("calls",) if name in more})
    bench.seed = seed
    return explore(bench, search_of(program, bench, **more)), bench


def test_what_is_planted_is_found_with_most_seeds(compiled: Compile, bench_of: MakeBench) -> None:
    found = 0
    for seed in range(10):
        tried, _ = done(compiled, bench_of, seed)
        best = max((one for one in tried if one.state == "complete"), key=lambda one: one.score)
        found += best.values["tone"] == "loud" and int(str(best.values["depth"])) >= 6
    assert found >= 9


def test_trials_that_are_worse_are_stopped_early(compiled: Compile, bench_of: MakeBench) -> None:
    tried, bench = done(compiled, bench_of)
    assert [one.state for one in tried].count("pruned") > 8
    assert bench.budget.spent.calls < len(tried) * len(DEV) / 2
    best = max(one.score for one in tried if one.state == "complete")
    assert all(one.score <= best for one in tried if one.state == "pruned"), "a pruned one is never the best"
    assert all(len(one.results) == len(DEV) for one in tried if one.state == "complete")


def test_it_comes_out_the_same_again(compiled: Compile, bench_of: MakeBench) -> None:
    first, second = (done(compiled, bench_of) for _ in range(2))
    assert [one.values for one in first[0]] == [one.values for one in second[0]]
    assert first[1].studies == second[1].studies
    assert done(compiled, bench_of, seed=1)[1].studies != first[1].studies


def test_the_record_says_what_was_tried(compiled: Compile, bench_of: MakeBench) -> None:
    tried, bench = done(compiled, bench_of, trials=9)
    (record,) = bench.studies
    assert record.axes == AXES
    assert record.directions == ("maximize",)
    first = record.trials[0]
    assert dict(first.params) == {"tone": "calm", "depth": 0, "warmth": 0.0}
    assert first.values == (tried[0].score,)
    assert first.intermediate[-1] == (len(DEV), tried[0].score)
    assert {one.state for one in record.trials} <= {"complete", "pruned"}
    assert len(bench.trials) == 9


@pytest.mark.parametrize("calls", [0, 30, 100, 400])
def test_it_ends_with_the_budget(compiled: Compile, bench_of: MakeBench, calls: int) -> None:
    tried, bench = done(compiled, bench_of, calls=calls, reserve=16)
    assert bench.budget.spent.calls <= max(calls - 16, 0)
    assert calls > 64 or leading(tried, bench) == []
    if calls < 64:
        assert final(tried, bench) is None
        assert bench.studies[0].trials[0].state == "failed"


def test_no_more_rows_than_are_wanted(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(SOURCE)
    assert [len(roomy(bench_of(program, planted, dev=DEV), program, rows)[0]) for rows in (8, 16, 60)] == [8, 16, 60]


def test_several_goals(compiled: Compile, bench_of: MakeBench) -> None:
    """Score up, depth down: both ends are among what no other is better than."""
    program = compiled(SOURCE)
    for sampler in ("tpe", "nsga2"):
        bench = bench_of(program, planted, dev=DEV[:20])

        def measure(results: Any) -> tuple[float, float]:
            texts = [one.outcome.calls[0].replies[0].text for one in results]
            return sum(one.score for one in results), sum(map(len, texts))

        goals = Goals(("maximize", "minimize"), measure, sampler)  # type: ignore[arg-type]
        tried = explore(bench, search_of(program, bench, goals=goals))
        assert all(len(one.reached) == 2 and one.state == "complete" for one in tried)
        assert max(one.reached[0] for one in tried) > 10
        assert bench.studies[0].directions == ("maximize", "minimize")


def test_optuna_enters_by_one_door() -> None:
    folder = Path(lmc.__file__).parent
    found = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.py")
        if re.search(r"^\s*(import|from) optuna\b", path.read_text(), re.M)
    }
    assert found == {"optimize/study.py"}
