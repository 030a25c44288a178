"""How many rows a second are evaluated when the LM takes no time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from lmc.evaluate.evaluator import evaluate_rows
from lmc.evaluate.metric import compile_metric
from lmc.execute.interpreter import Interpreter
from lmc.ir.program import Program
from lmc.lm.base import Request
from lmc.lm.meter import Meter
from lmc.lm.scripted import Scripted
from lmc.lm.throttle import Throttle
from tests.benchmarks.environment import Peers
from tests.benchmarks.figure import Figure, spread
from tests.benchmarks.programs import judge, number_in, parity, rows

SIZES = (1_000, 20_000)
ROUNDS = 5
BAR = 4_000
SAME = 0.8
"""A rate is the same at both sizes when the larger one has at least this share of it."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Rows a second of each round, and of processor time."""

    wall: Sequence[float]
    cpu: Sequence[float]

    def __str__(self) -> str:
        return f"{spread(self.wall, ',.0f')} rows/s (CPU: {median(self.cpu):,.0f})"


def evaluate(peers: Peers) -> list[Figure]:
    """Both sizes, against `dspy.Evaluate` with DummyLM and as many threads as suit it best."""
    with TemporaryDirectory() as name:
        program = judge(Path(name))
    ours = rates(program, SIZES, ROUNDS)
    threads = {number: peers.ask("dspy_evaluate.py", SIZES[0], number, 3) for number in (1, 8, 16)}
    best = max(threads, key=lambda number: median(threads[number]["wall"]))
    peer = {SIZES[0]: threads[best], SIZES[1]: peers.ask("dspy_evaluate.py", SIZES[1], best, 1)}
    figures = []
    for size in SIZES:
        mine, other = median(ours[size].wall), Rate(peer[size]["wall"], peer[size]["cpu"])
        same = mine >= SAME * median(ours[SIZES[0]].wall)
        bar = "≥ 4,000 rows/s" if size == SIZES[0] else f"the same: ≥ 4,000 rows/s, ≥ {SAME:.0%} of the rate at 1,000"
        what = f"evaluate {size:,} rows, one predictor, zero-latency scripted LM (n = {ROUNDS})"
        words = f"`dspy.Evaluate`, {best} thread{'s' if best > 1 else ''}: {other}"
        figures.append(Figure(what, str(ours[size]), bar, words, mine / median(other.wall), mine >= BAR and same))
    return figures


def rates(program: Program, sizes: Sequence[int], rounds: int) -> dict[int, Rate]:
    """Our rates, the sizes in turn; one round is not counted."""
    runs = [{size: run(program, size) for size in sizes} for _ in range(rounds + 1)][1:]
    return {size: Rate(*zip(*(one[size] for one in runs), strict=True)) for size in sizes}


def run(program: Program, size: int) -> tuple[float, float]:
    """Rows a second of one run, and of processor time."""
    score, lm = compile_metric(program.metrics[0]), Meter(Throttle(Scripted(right), 16))
    interpreter = Interpreter(program, {"small": lm})
    jobs = [(interpreter, "Main", row) for row in rows(size)]
    began, spent = time.perf_counter(), time.process_time()
    results = asyncio.run(evaluate_rows(jobs, {"Main": ("text",)}, score))
    taken, used = time.perf_counter() - began, time.process_time() - spent
    assert lm.usage.served == size
    assert sum(one.score for one in results) == size
    return size / taken, size / used


def right(request: Request) -> str:
    """The right reply."""
    return parity(number_in(content(request)))


def content(request: Request) -> str:
    """The text that asks: the prompt, or the last message."""
    body = request.body
    return str(body["prompt"] if "prompt" in body else body["messages"][-1]["content"])
