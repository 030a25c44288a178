"""The first cut by likelihood: which candidates it leaves, and when it leaves all."""

from __future__ import annotations

import pytest

from lmc.ir.patch import apply_patch
from lmc.ir.program import Program, Settings
from lmc.lm.base import Reply, Request
from lmc.optimize import likelihood
from lmc.optimize.bench import Bench, Levers
from lmc.optimize.cut import first_cut

from .conftest import Compile, MakeBench, prompt_of

PROGRAM = """
signature Ask { "Answer." in question: str out answer: "yes" | "no" }
module Main(question: str) -> "yes" | "no" { return (predict Ask(question)).answer }
metric good(want, got) = exact(want.answer, got)
"""
DEV = [{"question": f"question {number}", "answer": "yes" if number % 2 else "no"} for number in range(64)]


@pytest.fixture(autouse=True)
def scoring(monkeypatch: pytest.MonkeyPatch) -> None:
    """The scripted LM says how likely a reply is, as local ones do."""
    monkeypatch.setattr(likelihood, "can_score", lambda declaration: True)


def asked(program: Program, word: str) -> Program:
    return apply_patch(program, {"Main.ask": Settings(instruction=f"Answer, {word}.")})


def reply(request: Request) -> Reply:
    """The further down the alphabet the word is, the likelier is every right reply; all are right on half of the
    rows."""
    word = prompt_of(request).split("Answer, ")[1][0]
    return Reply("yes", logprob=-float(ord("z") - ord(word)) if "expect" in request.body else None)


def bench_with(program: Program, bench_of: MakeBench, **more: object) -> Bench:
    return bench_of(program, reply, dev=DEV, levers=Levers(likelihood=True), **more)


def test_the_likelier_half_stays_in_its_order(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(PROGRAM)
    bench = bench_with(program, bench_of)
    candidates = [asked(program, word) for word in ("b", "y", "c", "x")]
    assert first_cut(bench, candidates, bench.dev) == [candidates[1], candidates[3]]
    assert bench.budget.spent.calls == 4 * 8


def test_few_candidates_are_not_cut(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(PROGRAM)
    bench = bench_with(program, bench_of)
    candidates = [asked(program, word) for word in ("b", "y", "c")]
    assert first_cut(bench, candidates, bench.dev) == candidates
    assert bench.budget.spent.calls == 0


def test_nothing_is_cut_when_the_budget_has_no_room(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(PROGRAM)
    bench = bench_with(program, bench_of, calls=31)
    candidates = [asked(program, word) for word in ("b", "y", "c", "x")]
    assert first_cut(bench, candidates, bench.dev) == candidates
    assert bench.budget.spent.calls == 0


def test_nothing_is_cut_where_rows_do_not_tell_the_reply(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(PROGRAM)
    bench = bench_of(program, reply, dev=[{"question": str(n)} for n in range(64)], levers=Levers(likelihood=True))
    candidates = [asked(program, word) for word in ("b", "y", "c", "x")]
    assert first_cut(bench, candidates, bench.dev) == candidates


def test_the_metric_alone_decides_in_the_end(compiled: Compile, bench_of: MakeBench) -> None:
    """The likeliest is out when it scores lower on rows."""
    program = compiled(PROGRAM)

    def misled(request: Request) -> Reply:
        word = prompt_of(request).split("Answer, ")[1][0]
        if "expect" in request.body:
            return reply(request)
        number = int(prompt_of(request).rsplit("question ", 1)[1].split()[0])
        return Reply("yes" if (number % 2) ^ (word == "y" and number % 4 == 0) else "no")

    bench = bench_of(program, misled, dev=DEV, levers=Levers(likelihood=True))
    candidates = [asked(program, word) for word in ("b", "y", "c", "x")]
    assert bench.best(candidates) == candidates[3]
