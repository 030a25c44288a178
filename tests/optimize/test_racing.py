"""Several candidates compared on the same rows: the more there are, the surer one must be."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from lmc.ir.patch import apply_patch
from lmc.ir.program import Program, Settings
from lmc.lm.base import Request

from .conftest import Compile, MakeBench, asked, prompt_of

SOURCE = """
signature Ask { "Way 99." in text: str out answer: "yes" | "no" }
module Main(text: str) -> str { return (predict Ask(text)).answer }
metric good(want, got) = exact("yes", got)
"""
DEV = [{"text": f"item {number}"} for number in range(60)]


def way(program: Program, number: int) -> Program:
    """The program with another instruction."""
    return apply_patch(program, {"Main.ask": Settings(instruction=f"Way {number}.")})


def right(known: Callable[[int, int], bool]) -> Callable[[Request], str]:
    """An LM that is right on the items that its way knows."""

    def reply(request: Request) -> str:
        (number,), (item,) = re.findall(r"Way (\d+)", prompt_of(request)), re.findall(r"item (\d+)", asked(request))
        return "yes" if known(int(number), int(item)) else "no"

    return reply


@pytest.mark.parametrize(("others", "winner"), [(3, 9), (6, 1)])
def test_of_many_the_best_must_be_surer_to_win_against_the_likeliest(
    compiled: Compile, bench_of: MakeBench, others: int, winner: int
) -> None:
    """Way 1 is the likeliest and right on 40 of 60 rows, way 9 on these and five more: 2.3 standard errors."""
    program = compiled(SOURCE)
    bench = bench_of(program, right(lambda number, item: item < {1: 40, 9: 45}.get(number, 0)), dev=DEV)
    candidates = [way(program, number) for number in (1, *range(2, 2 + others), 9)]
    assert bench.best(candidates, ordered=True) == way(program, winner)
    assert bench.best(candidates) == way(program, 9)


@pytest.mark.parametrize(("count", "won"), [(1, True), (8, False)])
def test_of_many_one_must_be_surer_to_win_against_a_program_that_is_right_on_most_rows(
    compiled: Compile, bench_of: MakeBench, count: int, won: bool
) -> None:
    """The program is wrong on three of the first 16 rows, way 1 on none: 1.86 standard errors. The others are as right
    as the program, on other rows."""
    program = compiled(SOURCE)
    wrong = {99: (1, 5, 9), 1: (), **{number: (number, number + 8, number + 16) for number in range(2, 10)}}
    bench = bench_of(program, right(lambda number, item: item not in wrong[number]), dev=DEV)
    candidates = [way(program, number) for number in range(1, 1 + count)]
    assert (bench.races(candidates, program, trusted=True) == way(program, 1)) is won
