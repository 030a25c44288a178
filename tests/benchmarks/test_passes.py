"""How far the calls of passes overlap, by a clock that a busy machine does not change: it moves only while all wait."""

from __future__ import annotations

import asyncio

import pytest

from lmc.optimize.table import PASSES
from tests.benchmarks.clock import Unhurried
from tests.benchmarks.overlap import CONCURRENCY, LATENCY
from tests.benchmarks.passes import SLOWER, Taken, figure, taken


def test_the_clock_moves_only_while_all_wait() -> None:
    with asyncio.Runner(loop_factory=Unhurried) as runner:

        async def two() -> None:
            await asyncio.gather(asyncio.sleep(1000), asyncio.sleep(3000))

        runner.run(two())
        assert runner.get_loop().time() == pytest.approx(3000)


@pytest.mark.parametrize("name", [one.name for one in PASSES])
def test_no_pass_waits_for_long_where_the_lm_could_be_asked(name: str) -> None:
    found = taken(name, Unhurried)
    assert found.wall <= SLOWER * found.alone
    assert (found.calls == 0) == (name == "calibrate")


def test_the_same_pass_takes_the_same_time_by_that_clock() -> None:
    one, other = taken("evo", Unhurried), taken("evo", Unhurried)
    assert (one.calls, one.outcome) == (other.calls, other.outcome)
    assert one.wall == pytest.approx(other.wall)


def test_a_pass_that_is_slower_than_its_lm_is_printed_like_the_others() -> None:
    slow, quick = Taken(33, 0.2, 0.0, "rejected"), Taken(33, 0.15, 0.0, "rejected")
    assert quick.alone == pytest.approx(3 * LATENCY)
    assert CONCURRENCY == 16
    assert figure("evo", [slow], quick).cells()[-1] == "**NOT met**"
    assert figure("evo", [quick], quick).cells()[-1] == "met"
