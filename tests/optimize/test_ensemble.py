"""Several good programs as one: members that make up for one another, and no more of them asked than it takes."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from lmc.elaborate import structure_between
from lmc.evaluate.scoring import Scored
from lmc.ir.patch import apply_patch
from lmc.ir.program import Program, Settings
from lmc.ir.walk import slots
from lmc.lm.base import Request
from lmc.optimize.bench import Bench
from lmc.optimize.passes.ensemble import Ensemble, combined, votable
from lmc.optimize.tune import tune
from lmc.optimize.voting import By, Votes
from lmc.passes import simplify

from .conftest import Compile, MakeBench, prompt_of

TASK = """
signature Judge {
  "Is the number even or odd?"
  in text: str
  out parity: "even" | "odd"
}
module Main(text: str) -> str {
  let verdict = predict Judge(text)
  return verdict.parity
}
metric good(want, got) = exact(want.parity, got)
"""
DEV = [{"text": f"number {n}", "parity": "odd" if n % 2 else "even"} for n in range(48)]


def number(request: Request) -> int:
    return int(prompt_of(request).rpartition("number ")[2].split()[0])


def complements(request: Request) -> str:
    """Each instruction is wrong on another row in three, `weak` on all."""
    asked, prompt = number(request), prompt_of(request)
    right, wrong = ("odd", "even") if asked % 2 else ("even", "odd")
    blind = next((place for place, word in enumerate(("first", "second", "third")) if word in prompt), None)
    return wrong if "weak" in prompt or (blind is not None and asked % 3 == blind) else right


def variants(program: Program, words: Sequence[str] = ("first", "second", "third")) -> list[Program]:
    return [apply_patch(program, {"Main.verdict": Settings(instruction=f"Say it, {word}.")}) for word in words]


def compared(bench: Bench, programs: Sequence[Program], rows: int = 48) -> None:
    """As a search before would have left it."""
    bench.results(programs, bench.dev[:rows])
    for one in programs:
        bench.tried(one, None, "dropped", bench.dev[:rows])


def test_members_that_make_up_for_one_another_are_found(compiled: Compile, bench_of: MakeBench) -> None:
    first, *others = variants(compiled(TASK))
    bench = bench_of(first, complements, dev=DEV)
    compared(bench, [first, *others, *variants(first, ("weak",))])
    before = bench.budget.spent.calls
    together = Ensemble(by="majority").run(first, bench)
    assert bench.budget.spent.calls == before, "no call is made to choose"
    assert together is not first
    assert sum(bench.scores(together, bench.dev)) == len(DEV)
    assert bench.budget.spent.calls == before, "what they say has been asked before"


def test_the_lock_shows_it_as_source(compiled: Compile, bench_of: MakeBench) -> None:
    first, *others = variants(compiled(TASK))
    bench = bench_of(first, complements, dev=DEV)
    compared(bench, [first, *others])
    text = structure_between(first, Ensemble(by="majority").run(first, bench))
    assert text is not None
    assert text.startswith(
        """module Main(text: str) -> str {
  let replies: list[str] = [Main_1(text: text), Main_2(text: text)]
  if decided(replies, 3, []) {
    return winner(replies, [])
  }
  replies = replies + [Main_3(text: text)]
  return winner(replies, [])
}
"""
    )
    assert "Say it" not in text, "instructions are in the slots"


@pytest.mark.parametrize("by", ["majority", "weighted"])
def test_no_more_members_are_asked_than_it_takes(compiled: Compile, bench_of: MakeBench, by: By) -> None:
    """The first two decide where they agree, that is on two rows in three: they are wrong on another third each."""
    program = compiled(TASK)
    together = combined(program, "Main", variants(program), by, [0.6, 0.6, 0.6], fails=False)
    assert together is not None
    bench = bench_of(program, complements, dev=DEV)
    (results,) = bench.results([together], bench.dev, keep=True)
    calls = [len(one.outcome.calls) for one in results if one.outcome]
    assert calls == [2 if n % 3 == 2 else 3 for n in range(48)]
    assert all(one.score == 1 for one in results)


def test_stopping_early_changes_no_answer(compiled: Compile, bench_of: MakeBench) -> None:
    """Five members: the value is that of the majority of all five, on every row."""
    program = compiled(TASK)
    words = ("first", "second", "third", "weak", "strong")
    members = variants(program, words)
    bench = bench_of(program, complements, dev=DEV)
    together = combined(program, "Main", members, "majority", [1.0] * 5, fails=False)
    assert together is not None
    found = bench.results(members, bench.dev)
    (results,) = bench.results([together], bench.dev)
    for row, result in enumerate(results):
        said = [one[row].fingerprint for one in found]
        assert result.fingerprint == max(said, key=said.count)


def test_what_weighs_more_wins(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)
    members = variants(program, ("strong", "weak", "weak and weak"))
    bench = bench_of(program, complements, dev=DEV)
    heavy = combined(program, "Main", members, "weighted", [0.9, 0.3, 0.3], fails=False)
    light = combined(program, "Main", members, "weighted", [0.5, 0.3, 0.3], fails=False)
    assert heavy is not None
    assert light is not None
    assert sum(bench.scores(heavy, bench.dev)) == len(DEV)
    assert sum(bench.scores(light, bench.dev)) == 0
    weights = [site.value for address, site in slots(heavy) if address.startswith("Main.")]  # type: ignore[union-attr]
    assert weights == [0.9, 0.3, 0.3], "they are values that may be tuned further"


def failing(request: Request) -> str:
    """`picky` gives no reply that fits on rows that can be divided by three."""
    return "neither" if "picky" in prompt_of(request) and number(request) % 3 == 0 else complements(request)


@pytest.mark.parametrize("by", ["majority", "weighted", "first_valid"])
def test_a_member_that_fails_says_nothing(compiled: Compile, bench_of: MakeBench, by: By) -> None:
    program = compiled(TASK)
    members = variants(program, ("picky", "strong", "strong and picky"))
    bench = bench_of(program, failing, dev=DEV)
    together = combined(program, "Main", members, by, [0.9, 0.9, 0.9], fails=True)
    assert together is not None
    assert sum(bench.scores(members[0], bench.dev)) < len(DEV)
    assert sum(bench.scores(together, bench.dev)) == len(DEV)


@pytest.mark.parametrize("by", ["majority", "weighted", "first_valid"])
def test_where_all_fail_the_run_fails(compiled: Compile, bench_of: MakeBench, by: By) -> None:
    program = compiled(TASK)
    members = variants(program, ("picky", "very picky", "most picky"))
    bench = bench_of(program, failing, dev=DEV)
    together = combined(program, "Main", members, by, [0.9, 0.9, 0.9], fails=True)
    assert together is not None
    alone, both = bench.results([members[0], together], bench.dev)
    assert [one.score for one in both] == [one.score for one in alone]
    assert all(one.problem is not None for one, other in zip(both, alone, strict=True) if other.problem)


def test_first_valid_is_found_where_runs_fail(compiled: Compile, bench_of: MakeBench) -> None:
    """The best program fails on a third of the rows; another is right there, and wrong on half of all."""
    picky, half = variants(compiled(TASK), ("picky", "half"))

    def reply(request: Request) -> str:
        right, wrong = ("odd", "even") if number(request) % 2 else ("even", "odd")
        if "picky" in prompt_of(request):
            return "neither" if number(request) % 3 == 0 else right
        return right if number(request) % 3 == 0 or number(request) % 4 == 0 else wrong

    bench = bench_of(picky, reply, dev=DEV)
    compared(bench, [picky, half])
    together = Ensemble(by="first_valid").run(picky, bench)
    assert sum(bench.scores(together, bench.dev)) == len(DEV)
    text = structure_between(picky, together)
    assert text is not None
    assert "return try Main_1(text: text) else Main_2(text: text)" in text


def test_members_that_are_wrong_together_are_not_taken(
    compiled: Compile, bench_of: MakeBench, reasons: Callable[[Bench], list[str]]
) -> None:
    first, *others = variants(compiled(TASK), ("first", "first again", "first once more"))
    bench = bench_of(first, complements, dev=DEV)
    compared(bench, [first, *others])
    heard = reasons(bench)
    assert Ensemble().run(first, bench) is first
    assert heard == ["too few programs are known on the same rows"], "they give the same: one of them is enough"
    compared(bench, variants(first, ("weak",)))
    assert Ensemble().run(first, bench) is first
    assert heard[-1] == "no programs together do better than the best of them"


def test_members_as_they_come_are_the_best_of_a_search(compiled: Compile, bench_of: MakeBench) -> None:
    """As DSPy takes the candidates of a search: nothing is looked at but their scores."""
    first, *others = variants(compiled(TASK), ("strong", "weak", "first", "second"))
    bench = bench_of(first, complements, dev=DEV)
    compared(bench, [first, *others])
    together = Ensemble(chosen=False, members=3).run(first, bench)
    told = {site.settings.instruction for address, site in slots(together) if address != "Main.verdict"}  # type: ignore[union-attr]
    assert told == {"Say it, strong.", "Say it, first.", "Say it, second."}


def test_what_was_dropped_after_few_rows_is_run_on_half_of_the_dev_rows(compiled: Compile, bench_of: MakeBench) -> None:
    first, *others = variants(compiled(TASK))
    weak = variants(first, ("weak",))
    bench = bench_of(first, complements, dev=DEV)
    compared(bench, [first])
    compared(bench, [*others, *weak], rows=8)
    before = bench.budget.spent.calls
    together = Ensemble(by="majority", members=3).run(first, bench)
    assert bench.budget.spent.calls == before + 3 * (len(DEV) // 2 - 8)
    assert sum(bench.scores(together, bench.dev)) == len(DEV)


def test_programs_that_are_known_on_few_rows_are_left_out_where_the_budget_has_no_room(
    compiled: Compile, bench_of: MakeBench, reasons: Callable[[Bench], list[str]]
) -> None:
    first, *others = variants(compiled(TASK))
    bench = bench_of(first, complements, dev=DEV, calls=48 + 2 * 8 + 20)
    compared(bench, [first])
    compared(bench, others, rows=8)
    heard = reasons(bench)
    assert Ensemble().run(first, bench) is first
    assert heard == ["too few programs are known on the same rows"]


def by_chance(seed: int) -> list[list[Scored]]:
    """A program that is right four times in five, and eleven that toss coins."""
    rng = random.Random(str(seed))
    found = []
    for chance in (0.8, *[0.5] * 11):
        scores = [float(rng.random() < chance) for _ in range(48)]
        found.append([Scored(one, None, "right" if one else "wrong", None) for one in scores])
    return found


def test_what_chance_gains_is_seen_through() -> None:
    """Some coins make up for the errors of the good program on the rows that they were chosen on; on others they do
    not."""
    taken, seen, honest = 0, 0.0, 0.0
    for seed in range(10):
        found = by_chance(seed)
        votes = Votes(found, "majority")
        members = votes.complementary(votes.rows, 5)
        taken += len(members) > 1
        seen += sum(votes.score(members, row, None) - found[0][row].score for row in votes.rows)
        honest += votes.honest_gain(5)
    assert taken <= 1
    assert honest < 0.0 <= seen


def test_it_comes_out_the_same_again(compiled: Compile, bench_of: MakeBench) -> None:
    first, *others = variants(compiled(TASK))
    together = []
    for _ in range(2):
        bench = bench_of(first, complements, dev=DEV)
        compared(bench, [first, *others])
        together.append(Ensemble().run(first, bench))
    assert together[0] == together[1]
    assert simplify(together[0]) is together[0] or simplify(together[0]) == together[0]


@pytest.mark.parametrize("calls", [150, 250, 1200])
def test_it_keeps_to_the_budget(compiled: Compile, bench_of: MakeBench, calls: int) -> None:
    first, *others = variants(compiled(TASK))
    bench = bench_of(first, complements, dev=DEV, calls=calls)
    bench.results([first, *others], bench.dev)
    bench.tried(others[0], first, "rejected", bench.dev)
    bench.tried(others[1], first, "rejected", bench.dev)
    result = tune(first, [Ensemble()], bench, ())
    assert result.spent.calls <= calls
    if calls == 1200:
        assert result.passes[0].outcome == "accepted"


def test_members_of_another_structure_come_whole(compiled: Compile, bench_of: MakeBench) -> None:
    """A member may have modules and signatures of its own."""
    from lmc.elaborate import restructured

    program = compiled(TASK)
    other = restructured(
        program,
        """
signature Last { "Give the last digit." in text: str out digit: str }
module Main(text: str) -> str {
  let last = predict Last(text)
  return (predict Judge(text: last.digit)).parity
}
""",
    )
    together = combined(
        program, "Main", [program, other, *variants(program, ("strong",))], "majority", [1.0] * 3, False
    )
    assert together is not None
    assert {one.name for one in together.signatures} == {"Judge", "Last"}

    def reply(request: Request) -> str:
        digits = [word for word in prompt_of(request).split() if word.isdigit()]
        return str(int(digits[-1]) % 10) if "last digit" in prompt_of(request) else ("even", "odd")[int(digits[-1]) % 2]

    bench = bench_of(program, reply, dev=DEV)
    assert sum(bench.scores(together, bench.dev)) == len(DEV)


def test_what_can_be_voted_on(compiled: Compile) -> None:
    from lmc.analysis.calls import named_types

    program = compiled(
        """
type Tree = { value: int, children: list[Tree] }
type Shown = { picture: image, label: str }
module Main(text: str) -> str { return text }
metric good(want, got) = exact(want.text, got)
"""
    )
    types = {one.name: one.type for one in program.types}
    named: Any = named_types(program)
    assert votable(types["Tree"], named)
    assert not votable(types["Shown"], named)
