"""Informative rows first: sooner, and without telling another story."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmc.evaluate.statistics import mean
from lmc.optimize.bench import Levers
from lmc.optimize.informative import LEAST, disagreement, in_order, inclusion, ordered

from .conftest import Compile, MakeBench, asked, rows

MANY = rows([{"question": f"question {number}"} for number in range(100)])
SCORES = {row.id: [1.0, 0.0, 1.0, 0.0] if number % 4 == 0 else [1.0] * 4 for number, row in enumerate(MANY)}


def test_rows_that_programs_disagree_on_come_sooner() -> None:
    first = ordered(MANY, SCORES, random.Random(0), 100).rows[:25]
    assert sum(int(row.id.split()[1]) % 4 == 0 for row in first) >= 12


def test_no_row_is_left_out() -> None:
    assert set(ordered(MANY, SCORES, random.Random(0), 100).rows) == set(MANY)


def test_a_difference_is_estimated_without_bias() -> None:
    """A candidate that gains 0.2 on the rows that are disagreed on, and loses 0.1 on the others."""
    gains = {row.id: 0.2 if number % 4 == 0 else -0.1 for number, row in enumerate(MANY)}
    truth = mean(list(gains.values()))
    estimates = []
    for seed in range(2000):
        order = ordered(MANY, SCORES, random.Random(seed), 100)
        weights = order.weights(32)
        estimates.append(mean([weight * gains[row.id] for weight, row in zip(weights, order.rows, strict=False)]))
    plain = mean(
        [mean([gains[row.id] for row in ordered(MANY, SCORES, random.Random(s), 100).rows[:32]]) for s in range(200)]
    )
    assert mean(estimates) == pytest.approx(truth, abs=0.01)
    assert plain > truth + 0.03  # what would come out if all rows counted the same


def test_all_rows_count_the_same_in_the_end() -> None:
    order = ordered(MANY, SCORES, random.Random(0), 100)
    assert order.weights(100) == pytest.approx([1.0] * 100)
    assert in_order(MANY).weights(10) == pytest.approx([1.0] * 10)


@given(st.lists(st.floats(LEAST, 1), min_size=1, max_size=60), st.data())
def test_chances_add_up(sizes: list[float], data: st.DataObject) -> None:
    count = data.draw(st.integers(1, len(sizes)))
    chances = inclusion(sizes, count)
    assert sum(chances) == pytest.approx(count)
    assert all(0 < one <= 1 + 1e-9 for one in chances)


def test_few_programs_cannot_disagree() -> None:
    assert disagreement([]) == disagreement([1.0, 1.0]) == 1.0
    assert disagreement([1.0] * 9) < 0.2 < disagreement([1.0, 0.0, 1.0, 0.0])


PROGRAM = """
signature Ask { "Answer." in question: str out answer: str }
module Main(question: str) -> str { return (predict Ask(question)).answer }
metric good(want, got) = exact(want.answer, got)
"""


def test_a_race_takes_fewer_rows_when_informative_ones_come_first(compiled: Compile, bench_of: MakeBench) -> None:
    """Three of four rows nobody can tell apart; the winner is right on the fourth."""
    from lmc.ir.patch import apply_patch
    from lmc.ir.program import Settings

    program = compiled(PROGRAM)
    dev = [{"question": f"question {number}", "answer": "yes"} for number in range(100)]

    def reply(request: object) -> str:
        number = int(asked(request).split()[-1])  # type: ignore[arg-type]
        text = str(request.body["messages"][0]["content"])  # type: ignore[attr-defined]
        if number % 4:
            return "yes"
        word = text.split()[0]
        return "yes" if word == "Well." or (word.startswith("Try") and (number // 4 + len(word)) % 3 == 0) else "no"

    spent = {}
    for lever in (False, True):
        bench = bench_of(program, reply, dev=dev, levers=Levers(informative=lever))
        tries = [apply_patch(program, {"Main.ask": Settings(instruction=f"Try{'!' * n}")}) for n in range(4)]
        bench.results([program, *tries], bench.dev)
        better = apply_patch(program, {"Main.ask": Settings(instruction="Well.")})
        before = bench.budget.spent.calls
        assert bench.race(better, program)
        spent[lever] = bench.budget.spent.calls - before
    assert spent[True] <= spent[False]
