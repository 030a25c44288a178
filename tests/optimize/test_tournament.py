"""Tournament: the strongest instruction by a judge of pairs, without labels."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from lmc.ir.program import Program
from lmc.ir.walk import predictors
from lmc.lm.base import Reply as LMReply
from lmc.lm.base import Request
from lmc.optimize.meta import MetaPrompts, meta_source
from lmc.optimize.passes.tournament import Tournament
from lmc.optimize.proposing.judging import Judge, judge_of, unlabelled
from lmc.optimize.tune import tune

from .conftest import Compile, MakeBench, prompt_of

TASK = """
signature Ask { "Quality 0." in question: str out answer: str }
module Main(question: str) -> str { return (predict Ask(question)).answer }
metric good(want, got) = len(got) > 0
"""
TRAIN = [{"question": f"what of number {n}?"} for n in range(30)]
DEV = [{"question": f"and what of number {n} in secret?"} for n in range(40)]
Reply = Callable[[Request], str]


def world(seed: int = 0, judged: Callable[[int, int], str] | None = None) -> Reply:
    """The n-th proposal is an instruction of a quality that depends on the seed; what it makes the LM say is as good,
    and judges see that."""
    proposed: list[str] = []
    qualities = [(n * 7 + seed * 3) % 10 + 1 for n in range(9)]  # each from 1 to 10 at most once

    def reply(request: Request) -> str:
        prompt = prompt_of(request)
        if "Better instruction" in prompt or "\nTip:" in prompt:
            if prompt not in proposed:
                proposed.append(prompt)
            return f"Quality {qualities[proposed.index(prompt)]}."
        if "First reply" in prompt:
            first, second = (int(one) for one in re.findall(r"said with quality (\d+)", prompt))
            return judged(first, second) if judged else "first" if first > second else "second"
        return f"said with quality {re.findall(r'Quality ([0-9]+)', prompt)[-1]}"

    return reply


def on_this_machine(program: Program) -> Program:
    return replace(program, lms=(replace(program.lms[0], reference="local/small"),))


def quality(program: Program) -> int:
    written = next(one.settings.instruction or "Quality 0." for _, one in predictors(program))
    return int(re.findall(r"\d+", written)[0])


def best_of(seed: int) -> int:
    return max((n * 7 + seed * 3) % 10 + 1 for n in range(9))


@pytest.mark.parametrize("seed", range(6))
def test_the_planted_order_is_found_with_at_most_300_calls(compiled: Compile, bench_of: MakeBench, seed: int) -> None:
    program = compiled(TASK)
    bench = bench_of(program, world(seed), TRAIN, DEV, meta=MetaPrompts(program.lms[0]))
    bench.seed = seed
    found = Tournament().run(program, bench)
    assert quality(found) == best_of(seed)
    assert bench.budget.spent.calls <= 300


def test_elo_lets_every_two_meet_on_every_row(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)
    bench = bench_of(program, world(), TRAIN, DEV, meta=MetaPrompts(program.lms[0]))
    found = Tournament(mode="elo", candidates=4, rows=3).run(program, bench)
    asked = bench.proposals - 3
    assert asked == 2 * 3 * 6
    assert quality(found) == max((n * 7) % 10 + 1 for n in range(3))


def test_without_labels_the_judge_decides_at_the_gate(compiled: Compile, bench_of: MakeBench) -> None:
    """The metric asks no more than that something is said, so that only the judge can tell."""
    program = compiled(TASK)
    bench = bench_of(program, world(), TRAIN, DEV, meta=MetaPrompts(program.lms[0]))
    assert unlabelled(program, bench)
    result = tune(program, [Tournament()], bench, ())
    assert [one.outcome for one in result.passes] == ["accepted"]
    assert quality(result.program) == best_of(0)


def test_a_judge_that_likes_the_first_place_says_nothing(compiled: Compile, bench_of: MakeBench) -> None:
    """All pairs are ties, and the gate lets nothing pass."""
    program = compiled(TASK)
    bench = bench_of(program, world(judged=lambda first, second: "first"), TRAIN, DEV, meta=MetaPrompts(program.lms[0]))
    notes: list[str] = []
    bench.listen = lambda event, **details: notes.append(details["reason"]) if event == "note" else None
    result = tune(program, [Tournament()], bench, ())
    assert [one.outcome for one in result.passes] in (["rejected"], ["unchanged"])
    assert "the same in both orders of 0% of 64 pairs" in notes[0]
    assert "first place in 100% of its verdicts" in notes[0]


@pytest.mark.parametrize("always", ["first", "second"])
def test_a_judge_that_always_says_the_same_is_weighed_where_its_lm_tells_likelihoods(
    compiled: Compile, bench_of: MakeBench, always: str
) -> None:
    """As small LMs do. How likely it finds it that the first is better still follows the replies."""
    program = on_this_machine(compiled(TASK))
    said = world(judged=lambda first, second: always)

    def reply(request: Request) -> LMReply | str:
        if "expect" not in request.body:
            return said(request)
        assert request.body["expect"] == "first"
        first, second = (int(one) for one in re.findall(r"said with quality (\d+)", prompt_of(request)))
        return LMReply("first", logprob=(-0.01 if always == "first" else -4.0) * (1 - (first - second) / 20))

    bench = bench_of(program, reply, TRAIN, DEV, meta=MetaPrompts(program.lms[0]))
    notes: list[str] = []
    bench.listen = lambda event, **details: notes.append(details["reason"]) if event == "note" else None
    result = tune(program, [Tournament()], bench, ())
    assert [one.outcome for one in result.passes] == ["accepted"]
    assert quality(result.program) == best_of(0)
    assert bench.proposals == 9, "no verdict was asked for"
    assert re.match(r"the judge weighed \d+ pairs in both orders", notes[0])
    assert notes[0].endswith(f"with a chance of {'99' if always == 'first' else '2'}%")


@pytest.mark.parametrize("own", [True, False])
def test_a_judge_that_cannot_be_weighed_is_asked(compiled: Compile, bench_of: MakeBench, own: bool) -> None:
    """A meta-prompt of the project's own that reasons first has no one right reply; and gpt-prompt-engineer's own
    procedure goes by verdicts."""
    program = on_this_machine(compiled(TASK))
    reasoning = meta_source("tournament_judge").replace("predict Compare", "chain_of_thought Compare")
    meta = MetaPrompts(program.lms[0], {"tournament_judge": reasoning} if own else {})
    said = world()

    def reply(request: Request) -> LMReply | str:
        assert "expect" not in request.body
        words = said(request)
        return f"Reasoning: so\nBetter: {words}" if own and words in ("first", "second") else words

    bench = bench_of(program, reply, TRAIN, DEV, meta=meta)
    tournament = Tournament(candidates=4, rows=3) if own else Tournament(mode="elo", candidates=4, rows=3)
    assert quality(tournament.run(program, bench)) == max((n * 7) % 10 + 1 for n in range(3))
    assert bench.proposals > 3


def test_with_labels_the_metric_decides_at_the_gate(compiled: Compile, bench_of: MakeBench) -> None:
    """The judge likes long answers; the labels do not."""
    program = compiled(TASK.replace("= len(got) > 0", "= exact(want.answer, got)"))
    rows = [{**row, "answer": "said with quality 0"} for row in TRAIN]
    dev = [{**row, "answer": "said with quality 0"} for row in DEV]
    bench = bench_of(program, world(), rows, dev, meta=MetaPrompts(program.lms[0]))
    assert not unlabelled(program, bench)
    result = tune(program, [Tournament()], bench, ())
    assert [one.outcome for one in result.passes] == ["rejected"]


def test_the_judge_is_shown_no_dev_row_before_the_gate(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)
    seen: list[str] = []
    inner = world()

    def reply(request: Request) -> str:
        seen.append(prompt_of(request))
        return inner(request)

    bench = bench_of(program, reply, TRAIN, DEV, meta=MetaPrompts(program.lms[0]))
    Tournament().run(program, bench)
    assert seen
    assert not any("secret" in one for one in seen)


@pytest.mark.parametrize("calls", [0, 5, 30, 80, 150, 300])
@pytest.mark.parametrize("mode", ["bt", "elo"])
def test_a_budget_holds(compiled: Compile, bench_of: MakeBench, mode: str, calls: int) -> None:
    program = compiled(TASK)
    bench = bench_of(program, world(), TRAIN, DEV, calls=calls, meta=MetaPrompts(program.lms[0]))
    tune(program, [Tournament(mode=mode)], bench, ())  # type: ignore[arg-type]
    assert bench.budget.spent.calls <= calls


def test_a_proposer_that_writes_nothing(compiled: Compile, bench_of: MakeBench, reasons: object) -> None:
    program = compiled(TASK)
    bench = bench_of(program, lambda request: "", TRAIN, DEV, meta=MetaPrompts(program.lms[0]))
    heard = reasons(bench)  # type: ignore[operator]
    assert Tournament().run(program, bench) is program
    assert heard == ["the proposer wrote no instruction that will do"]


def test_verdicts_that_are_malformed_are_ties(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)
    bench = bench_of(
        program, world(judged=lambda first, second: "I like both"), TRAIN, DEV, meta=MetaPrompts(program.lms[0])
    )
    judge: Judge = judge_of(program, bench)
    found = Tournament(pairs=20).run(program, bench)
    assert bench.malformed == 40
    assert quality(found) == 0, "nothing is known to be better"
    assert judge.bias == 0.5


def test_no_rows_and_the_same_seed(compiled: Compile, bench_of: MakeBench, reasons: object) -> None:
    program = compiled(TASK)
    bench = bench_of(program, world(), meta=MetaPrompts(program.lms[0]))
    heard = reasons(bench)  # type: ignore[operator]
    assert Tournament().run(program, bench) is program
    assert heard == ["no prompt has a place for an instruction, or there are no train rows"]
    benches = [bench_of(program, world(), TRAIN, DEV, meta=MetaPrompts(program.lms[0])) for _ in range(2)]
    one, other = (Tournament().run(program, bench) for bench in benches)
    assert one == other
    assert benches[0].budget.spent == benches[1].budget.spent


@pytest.mark.parametrize("mode", ["bt", "elo"])
def test_the_most_work_is_never_exceeded(compiled: Compile, bench_of: MakeBench, mode: str) -> None:
    program = compiled(TASK)
    bench = bench_of(program, world(), TRAIN, DEV, meta=MetaPrompts(program.lms[0]))
    one = Tournament(mode=mode, candidates=5, rows=4)  # type: ignore[arg-type]
    one.run(program, bench)
    most = one.most_work(program, "Main", bench.roles)
    assert most is not None
    assert bench.proposals <= most.meta
    assert bench.budget.spent.calls - bench.proposals <= most.runs


def test_replies_that_are_alike_are_ties_unasked(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)
    inner = world()
    bench = bench_of(
        program,
        lambda request: said if not (said := inner(request)).startswith("said") else "the same",
        TRAIN,
        DEV,
        meta=MetaPrompts(program.lms[0]),
    )
    assert quality(Tournament().run(program, bench)) == 0
    assert bench.proposals == 9
