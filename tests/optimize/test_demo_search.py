"""Searches of demonstrations: what is found, and what it costs."""

from __future__ import annotations

import re
from typing import Any

import pytest

from lmc.evaluate.race import evaluations
from lmc.evaluate.statistics import mean
from lmc.ir.patch import patch_between
from lmc.ir.program import Demo, Program
from lmc.lm.base import Request
from lmc.optimize.bench import Bench
from lmc.optimize.demonstrations.fewshot import FewShot, search_sets
from lmc.optimize.demonstrations.pools import about_tokens, within
from lmc.optimize.passes.demo_search import DemoSearch
from lmc.optimize.tune import tune

from .conftest import Compile, MakeBench, prompt_of

SOURCE = """
signature Judge { "Even or odd?" in text: str out parity: "even" | "odd" }
module Main(text: str) -> str { return (predict Judge(text)).parity }
metric good(want, got) = exact(want.parity, got)
"""
ROWS = [{"text": f"number {n * 37 + 11}", "parity": "odd" if n % 2 == 0 else "even"} for n in range(360)]


def planted(request: Request) -> str:
    """Right on 40 % of rows, and 30 % more for each demonstration that ends in 4 or 5, at most two."""
    *shown, asked = map(int, re.findall(r"number (\d+)", prompt_of(request)))
    told = 40 + 30 * min(sum(one % 10 in (4, 5) for one in shown), 2)
    right = asked * 7919 % 100 < told
    return "odd" if (asked % 2 == 1) == right else "even"


def spoiled(request: Request) -> str:
    """Right without demonstrations alone."""
    *shown, asked = map(int, re.findall(r"number (\d+)", prompt_of(request)))
    return "odd" if (asked % 2 == 1) == (not shown) else "even"


def bench_for(program: Program, bench_of: MakeBench, reply: Any = planted, dev: int = 100, **more: Any) -> Bench:
    return bench_of(program, reply, train=ROWS[:30], dev=ROWS[30 : 30 + dev], **more)


def demos(program: Program, after: Program) -> tuple[Demo, ...]:
    patch = patch_between(program, after)
    return (patch["Main.judge"].demos or ()) if patch else ()


@pytest.mark.parametrize(("dev", "runs"), [(100, 584), (300, 984)])
def test_a_search_takes_what_halving_takes(compiled: Compile, bench_of: MakeBench, dev: int, runs: int) -> None:
    """16 candidates on V rows, 512 + 2 (V - 64) runs, the program's own included; some were run before."""
    assert evaluations(16, dev) == runs == 512 + 2 * (dev - 64)
    program = compiled(SOURCE)
    bench = bench_for(program, bench_of, dev=dev)
    DemoSearch().run(program, bench)
    assert bench.budget.spent.calls <= runs


def test_halving_chooses_as_full_scores_do_where_margins_are_wide(compiled: Compile, bench_of: MakeBench) -> None:
    """One demonstration makes nine rows of ten right, every other at most seven: halving finds the set that full scores
    do, in every one of ten draws."""
    program = compiled(SOURCE)
    for seed in range(10):
        good: list[str] = []

        def reply(request: Request, good: list[str] = good) -> str:
            *shown, asked = map(int, re.findall(r"number (\d+)", prompt_of(request)))
            told = 90 if {str(one) for one in shown} & set(good) else 40 + sum(shown) % 30
            return "odd" if (asked % 2 == 1) == (asked * 7919 % 100 < told) else "even"

        bench = bench_for(program, bench_of, reply)
        bench.seed = seed
        candidates = DemoSearch(k=1).drawn(program, {"Main.judge": _pool(bench)}, 16, bench)
        good += [str(dict(one.inputs)["text"]).split()[1] for one in demos(program, candidates[7])]
        best = bench.best(candidates)
        assert bench.budget.spent.calls <= 584
        full = [mean([one.score for one in results]) for results in bench.results(candidates, bench.dev)]
        ranked = sorted(set(full), reverse=True)
        assert ranked[0] - ranked[1] >= 0.15
        assert best is not None
        assert mean(bench.scores(best, bench.dev)) == ranked[0]


def _pool(bench: Bench) -> tuple[Demo, ...]:
    return tuple(
        Demo((("text", row.values["text"]),), (("parity", row.values["parity"]),), row.id) for row in bench.train
    )


@pytest.mark.parametrize("mode", ["random", "tpe", "greedy"])
def test_demonstrations_that_help_are_found(compiled: Compile, bench_of: MakeBench, mode: Any) -> None:
    program, found = compiled(SOURCE), 0
    for seed in range(3):
        bench = bench_for(program, bench_of)
        bench.seed = seed
        after = DemoSearch(mode=mode, k=4, candidates=24).run(program, bench)
        found += mean(bench.scores(after, bench.dev)) >= 0.65
    assert found == 3


@pytest.mark.parametrize("mode", ["random", "tpe", "greedy"])
def test_two_candidates_are_a_search(compiled: Compile, bench_of: MakeBench, reasons: Any, mode: Any) -> None:
    program = compiled(SOURCE)
    bench = bench_for(program, bench_of)
    heard = reasons(bench)
    DemoSearch(mode=mode, candidates=2).run(program, bench)
    assert heard == []
    assert bench.budget.spent.calls


def test_greedy_takes_no_more_than_help(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(SOURCE)
    bench = bench_for(program, bench_of)
    found = demos(program, DemoSearch(mode="greedy", k=8).run(program, bench))
    assert [int(str(dict(one.inputs)["text"])[-1]) in (4, 5) for one in found] == [True, True]


@pytest.mark.parametrize("mode", ["random", "tpe", "greedy"])
def test_demonstrations_that_hurt_are_not_taken(compiled: Compile, bench_of: MakeBench, mode: Any) -> None:
    program = compiled(SOURCE)
    bench = bench_for(program, bench_of, spoiled)
    result = tune(program, [DemoSearch(mode=mode)], bench, ())
    assert result.program == program


@pytest.mark.parametrize("mode", ["random", "tpe", "greedy"])
def test_sets_keep_to_a_number_of_tokens(compiled: Compile, bench_of: MakeBench, mode: Any) -> None:
    program = compiled(SOURCE)
    bench = bench_for(program, bench_of)
    DemoSearch(mode=mode, tokens=12).run(program, bench)
    shown = [demos(program, one.candidate) for one in bench.trials]
    assert max(sum(map(about_tokens, one)) for one in shown) in range(5, 13)


def test_what_takes_too_many_tokens_is_left_out() -> None:
    short, long = Demo((("text", "abcd"),), (("parity", "odd"),)), Demo((("text", "a" * 400),), (("parity", "odd"),))
    assert about_tokens(short) == 2
    assert within((long, short, short), 4) == (short, short)
    assert within((long, short), None) == (long, short)


@pytest.mark.parametrize("mode", ["random", "tpe", "greedy"])
def test_it_comes_out_the_same_again(compiled: Compile, bench_of: MakeBench, mode: Any) -> None:
    program = compiled(SOURCE)
    first, second = (bench_for(program, bench_of) for _ in range(2))
    one, other = (DemoSearch(mode=mode, k=4).run(program, bench) for bench in (first, second))
    assert one == other
    assert first.budget.spent == second.budget.spent


@pytest.mark.parametrize("calls", [0, 50, 200, 700])
@pytest.mark.parametrize("mode", ["random", "tpe", "greedy"])
def test_it_keeps_to_the_budget(compiled: Compile, bench_of: MakeBench, mode: Any, calls: int) -> None:
    program = compiled(SOURCE)
    bench = bench_for(program, bench_of, calls=calls)
    result = tune(program, [DemoSearch(mode=mode)], bench, ())
    assert result.spent.calls <= calls


@pytest.mark.parametrize("options", [{}, {"mode": "tpe"}, {"mode": "greedy"}, {"exact": True}])
def test_without_rows_there_is_nothing_to_choose(compiled: Compile, bench_of: MakeBench, options: Any) -> None:
    program = compiled(SOURCE)
    assert DemoSearch(**options).run(program, bench_of(program, planted)) is program


def test_every_set_is_scored_on_every_row_where_that_is_asked_for(compiled: Compile, bench_of: MakeBench) -> None:
    """The original's procedure: without demonstrations, with labelled ones, with those of good runs on the rows as they
    stand, and on rows in other orders; the first of the highest mean wins, as a loop over all of them says."""
    program = compiled(SOURCE)
    bench = bench_for(program, bench_of, dev=60)
    chosen = DemoSearch(exact=True, candidates=5, k=2, labeled=4).run(program, bench)
    sets = search_sets(program, bench, 5, FewShot(2, 4))
    means = [mean(bench.scores(one, bench.dev)) for one in sets]
    assert len(sets) == 8
    assert demos(program, sets[0]) == ()
    assert len(demos(program, sets[1])) == 4
    assert chosen == sets[means.index(max(means))]
    assert [one.rows for one in bench.trials] == [60] * 8
