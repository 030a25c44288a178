"""Thresholds and weights set by replies that are known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lmc.ir.patch import apply_patch, patch_between
from lmc.ir.program import Program, Settings
from lmc.ir.walk import slots
from lmc.lm.base import Request
from lmc.optimize.bench import Bench
from lmc.optimize.passes.calibrate import Calibrate
from lmc.optimize.passes.ensemble import combined
from lmc.optimize.tune import tune

from .conftest import Compile, MakeBench, prompt_of

TASK = """
signature Rate {
  "How likely is it that the text is spam?"
  in text: str
  out likely: int 0..100
}
module Main(text: str) -> str {
  let rating = predict Rate(text)
  return "spam" if rating.likely > tune 0..100 at 90 else "ham"
}
metric good(want, got) = exact(want.label, got)
"""
DEV = [{"text": f"message {n}", "label": "spam" if n % 10 > 4 else "ham"} for n in range(48)]


def number(request: Request) -> int:
    return int(prompt_of(request).rpartition(" ")[2])


def rated(request: Request) -> str:
    """10 times the last digit: spam is what is rated above 40."""
    return str(number(request) % 10 * 10)


def calibrated(program: Program, bench: Bench, **options: Any) -> dict[str, Any]:
    found = Calibrate(**options).run(program, bench)
    return {address: settings.value for address, settings in patch_between(program, found).items()}


def test_a_threshold_is_found_without_a_call(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)
    bench = bench_of(program, rated, dev=DEV)
    bench.results([program], bench.dev)
    before = bench.budget.spent.calls
    assert calibrated(program, bench, points=11) == {"Main.value": 40}
    assert bench.budget.spent.calls == before


def test_alone_in_a_pipeline_it_asks_for_half_of_the_dev_rows_itself(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)
    bench = bench_of(program, rated, dev=DEV, calls=600)
    result = tune(program, [Calibrate(points=11)], bench, ())
    assert result.passes[0].outcome == "accepted"
    assert result.tuned.score == 1
    assert bench.budget.spent.calls <= len(DEV)


def test_it_asks_for_no_more_than_leaves_room_for_its_race(
    compiled: Compile, bench_of: MakeBench, reasons: Callable[[Bench], list[str]]
) -> None:
    program = compiled(TASK)
    bench = bench_of(program, rated, dev=DEV, calls=30)
    heard = reasons(bench)
    assert calibrated(program, bench) == {}
    assert bench.budget.spent.calls == 15
    assert heard == ["15 dev rows are known or can be paid for, 16 are needed"]


def test_the_middle_of_equals_is_taken(compiled: Compile, bench_of: MakeBench) -> None:
    """From 31 to 69 all thresholds are as good on these rows."""
    program = compiled(TASK)
    rows = [{"text": f"message {n}", "label": "spam" if n % 2 else "ham"} for n in range(48)]
    bench = bench_of(program, lambda request: "70" if number(request) % 2 else "30", dev=rows)
    program = apply_patch(program, {"Main.value": Settings(value=90)})
    bench.results([program], bench.dev)
    assert calibrated(program, bench, points=11) == {"Main.value": 50}


def test_the_gate_takes_it(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)
    bench = bench_of(program, rated, dev=DEV, calls=600)
    bench.results([program], bench.dev)
    before = bench.budget.spent.calls
    result = tune(program, [Calibrate(points=11)], bench, ())
    assert result.passes[0].outcome == "accepted"
    assert result.passes[0].calls == 0
    assert result.tuned.score == 1
    assert bench.budget.spent.calls == before


def test_weights_of_an_ensemble_are_found(compiled: Compile, bench_of: MakeBench) -> None:
    """Two members are wrong together on rows where the third is right: it must weigh more than both."""
    program = compiled(
        """
signature Judge { "Is the number even or odd?" in text: str out parity: "even" | "odd" }
module Main(text: str) -> str { return (predict Judge(text) as verdict).parity }
metric good(want, got) = exact(want.parity, got)
"""
    )
    rows = [{"text": f"number {n}", "parity": "odd" if n % 2 else "even"} for n in range(48)]

    def reply(request: Request) -> str:
        right, wrong = ("odd", "even") if number(request) % 2 else ("even", "odd")
        blind = number(request) % 3 == 0 and "Sure" not in prompt_of(request)
        return wrong if blind else right

    words = ("Maybe.", "Perhaps.", "Sure.")
    members = [apply_patch(program, {"Main.verdict": Settings(instruction=one)}) for one in words]
    together = combined(program, "Main", members, "weighted", [0.667, 0.667, 1.0], fails=False)
    assert together is not None
    bench = bench_of(program, reply, dev=rows)
    bench.results([*members, together], bench.dev)
    before = bench.budget.spent.calls
    better = Calibrate(points=5).run(together, bench)
    first, second, third = (site.value for address, site in slots(better) if address.startswith("Main."))  # type: ignore[union-attr]
    assert third > first + second
    assert sum(bench.scores(better, bench.dev)) == 48
    assert bench.budget.spent.calls == before


def test_values_that_need_a_new_reply_are_not_tried(compiled: Compile, bench_of: MakeBench) -> None:
    """A lower threshold would ask the second call on rows where it was not asked."""
    program = compiled(
        TASK.replace(
            'return "spam" if rating.likely > tune 0..100 at 90 else "ham"',
            """if rating.likely > tune 0..100 at 90 {
    return (predict Look(text)).label
  }
  return "ham\"""",
        ).replace(
            "module Main", 'signature Look { "Look closely." in text: str out label: "spam" | "ham" }\nmodule Main'
        )
    )

    def reply(request: Request) -> str:
        return "spam" if "closely" in prompt_of(request) else rated(request)

    bench = bench_of(program, reply, dev=DEV)
    bench.results([program], bench.dev)
    before = bench.budget.spent.calls
    assert calibrated(program, bench, points=11) == {}
    lower = apply_patch(program, {"Main.value": Settings(value=10)})
    bench.results([lower], bench.dev)
    assert bench.budget.spent.calls > before
    assert calibrated(program, bench, points=11) == {"Main.value": 40}, "now all replies are known"


def test_what_chance_gains_does_not_hold(
    compiled: Compile, bench_of: MakeBench, reasons: Callable[[Bench], list[str]]
) -> None:
    """Ratings that say nothing: some threshold is a little better on the rows that chose it, and not on others."""
    program = compiled(TASK)
    kept = 0
    for seed in range(8):
        bench = bench_of(program, lambda request: "0", dev=DEV)
        rng = bench.rng(f"ratings {seed}")
        noise = {f"message {n}": rng.randrange(101) for n in range(48)}
        labels = [{"text": f"message {n}", "label": rng.choice(["spam", "ham"])} for n in range(48)]
        bench = bench_of(
            program,
            lambda request, noise=noise: str(noise[f"message {number(request)}"]),  # type: ignore[misc]
            dev=labels,
        )
        heard = reasons(bench)
        bench.results([program], bench.dev)
        kept += Calibrate(points=21).run(program, bench) is program
        assert set(heard) <= {"no other numbers are better", "what they gain does not hold on other rows"}
    assert kept >= 6


@pytest.mark.parametrize(
    ("source", "rows", "reason"),
    [
        (TASK.replace("tune 0..100 at 90", "90"), 48, "the program has no `tune` of a number"),
        (TASK, 12, "12 dev rows are known or can be paid for, 16 are needed"),
        (TASK.replace("at 90", "at 40"), 48, "no other numbers are better"),
    ],
)
def test_when_nothing_is_done(
    compiled: Compile, bench_of: MakeBench, reasons: Callable[[Bench], list[str]], source: str, rows: int, reason: str
) -> None:
    program = compiled(source)
    bench = bench_of(program, rated, dev=DEV[:rows])
    heard = reasons(bench)
    assert Calibrate(points=11).run(program, bench) is program
    assert heard == [reason]


def test_it_comes_out_the_same_again(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)
    found = []
    for _ in range(2):
        bench = bench_of(program, rated, dev=DEV)
        bench.results([program], bench.dev)
        found.append(Calibrate().run(program, bench))
    assert found[0] == found[1]
