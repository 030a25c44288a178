"""How far the calls of a slow LM overlap."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from lmc.driver.lms import LMs
from lmc.evaluate.metric import compile_metric
from lmc.evaluate.rows import Roles
from lmc.ir.program import Program
from lmc.lm.base import LM, Reply, Request
from lmc.lm.throttle import Throttle
from lmc.optimize.bench import Bench
from lmc.optimize.passes.bootstrap import Bootstrap
from lmc.optimize.passes.demo_search import DemoSearch
from lmc.store import Journal
from tests.benchmarks.environment import Peers
from tests.benchmarks.evaluation import content
from tests.benchmarks.figure import Figure, spread
from tests.benchmarks.programs import judge, number_in, parity, rows

LATENCY = 0.05
CONCURRENCY = 16
TRAIN = 150
ROUNDS = 3
BAR = 15


class Slow:
    """An LM that takes 50 ms and is right on every second row. `calls` counts them."""

    def __init__(self) -> None:
        self.calls = 0

    async def __call__(self, request: Request) -> Reply:
        """The reply, after 50 ms."""
        self.calls += 1
        await asyncio.sleep(LATENCY)
        number = number_in(content(request))
        return Reply(parity(number + number // 2 % 2))

    async def close(self) -> None:
        """Does nothing."""


@dataclass(frozen=True, slots=True)
class Work:
    """What is timed: a name, the dev rows, our side of it, and the name of the peer's."""

    name: str
    dev: int
    run: Callable[[Program, Bench], object]
    peer: str


WORKS = (
    Work("evaluate", 320, lambda program, bench: bench.scores(program, bench.dev), "evaluate"),
    Work("bootstrap of 32 demonstrations", 0, lambda program, bench: Bootstrap(k=32).run(program, bench), "bootstrap"),
    Work("demo_search, 16 candidates", 300, lambda program, bench: DemoSearch().run(program, bench), "search"),
)


def overlap(peers: Peers) -> list[Figure]:
    """Evaluate, bootstrap and demo_search, each against DSPy's with 16 threads."""
    with TemporaryDirectory() as name:
        program = judge(Path(name))
    figures = []
    for work in WORKS:
        times = [timed(program, work) for _ in range(ROUNDS + 1)][1:]  # the first one loads modules
        mine = [one["calls"] * LATENCY / one["wall"] for one in times]
        taken = median(one["wall"] for one in times)
        other = peers.ask("dspy_overlap.py", work.peer, LATENCY, CONCURRENCY)
        factor = other["calls"] * LATENCY / other["wall"]
        figures.append(
            Figure(
                f"overlap with a 50 ms LM at concurrency 16: {work.name} (n = {ROUNDS})",
                f"{spread(mine, '.1f')}×: {times[0]['calls']:.0f} calls in {taken:.2f} s",
                "≥ 15×",
                f"DSPy's {other['name']}: {factor:.2f}×, {other['calls']} calls in {other['wall']:.2f} s",
                median(mine) / factor,
                median(mine) >= BAR,
            )
        )
    return figures


def timed(program: Program, work: Work) -> dict[str, float]:
    """The wall time of a piece of work, and the calls that it made."""
    slow = Slow()
    with bench_of(program, slow, work.dev) as bench:
        bench.runner.run(bench.lms["small"](Request("local/small", {"prompt": "number 0"})))  # opens it
        slow.calls, began = 0, time.perf_counter()
        work.run(program, bench)
        return {"wall": time.perf_counter() - began, "calls": slow.calls}


@contextmanager
def bench_of(program: Program, lm: LM, dev: int, seed: int = 0, kind: type[Bench] = Bench) -> Iterator[Bench]:
    """A bench as `lmc build` makes one, with cache, journal, meter and budget, all in a folder that is removed
    afterwards."""
    data = rows(TRAIN + dev)
    with (
        TemporaryDirectory() as name,
        home_at(name),
        asyncio.Runner() as runner,
        Journal(Path(name, "build.jsonl")) as journal,
    ):
        lms = LMs(program.lms, lambda _: Throttle(lm, CONCURRENCY), journal=journal)
        assert lms.budget is not None
        try:
            score = compile_metric(program.metrics[0])
            roles = Roles(data[:TRAIN], data[TRAIN:])
            yield kind("Main", roles, score, lms.by_name, runner, lms.budget, None, seed, lambda event, **details: None)
        finally:
            runner.run(lms.close())


@contextmanager
def home_at(folder: str) -> Iterator[None]:
    """LMC_HOME for a while."""
    before = os.environ.get("LMC_HOME")
    os.environ["LMC_HOME"] = folder
    try:
        yield
    finally:
        if before is None:
            del os.environ["LMC_HOME"]
        else:
            os.environ["LMC_HOME"] = before
