"""The systems that are compared, and how one cell of each is run."""

from __future__ import annotations

import json
import subprocess
import time
from datetime import UTC, datetime
from typing import Any

from tests.benchmarks.cold import environment
from tests.benchmarks.environment import installed
from tests.benchmarks.tuning.cells import Cell, Result
from tests.benchmarks.tuning.meter import Meter
from tests.benchmarks.tuning.proxy import TOKEN
from tests.benchmarks.tuning.tasks import HERE, split, task

PEERS = ("dspy-zero", "dspy-bfs", "dspy-gepa", "dspy-mipro", "dspy-rs")
OURS = ("lmc-written", "lmc-written-again", "lmc-labeled", "lmc-auto")
UNSEEDED = ("dspy-zero", "lmc-written", "lmc-written-again")
"""What nothing is drawn by lot for: run with the first seed alone."""

BUDGETS = (6, 15, 30, 100, 300, 600)
"""LM calls of `lmc-auto`, for each call that a run of the program makes."""

MOST, MOST_META = 48, 512
"""Tokens of DSPy's replies to the task, and of those that are instructions."""


def cells(tasks: list[str], systems: list[str], seeds: list[int], lm: str, budgets: list[int]) -> list[Cell]:
    """The cells of a part of the matrix, in the order in which they are run. What nothing is drawn by lot for is run
    with the first seed alone."""
    found = []
    for seed in seeds:
        for system in systems:
            if system in UNSEEDED and seed != 0:
                continue
            limits = budgets if system == "lmc-auto" else [None]
            found += [Cell(name, system, seed, lm, limit) for limit in limits for name in tasks]
    return found


def run(cell: Cell, meter: Meter, threads: int) -> Result:
    """Runs one cell. A system that fails is a result too."""
    cap = None if cell.budget is None else cell.budget * task(cell.task).calls
    meter.begin(cell.name, cap, cell.seed)
    meter.begin(f"{cell.name}.sealed", draw=cell.seed, fresh=cell.system.endswith("-again"))
    facts = {"date": datetime.now(UTC).date().isoformat(), "threads": threads}
    began = time.monotonic()
    if cell.system in PEERS:
        found, more = peer(cell, meter)
    else:
        from tests.benchmarks.tuning.ours import ours

        found, more = ours(cell, meter)
    return Result(
        cell,
        found.get("status", "finished"),
        tuple(found.get("scores", ())),
        meter.counts(cell.name),
        meter.counts(f"{cell.name}.sealed"),
        round(found.get("seconds", time.monotonic() - began), 1),
        found.get("program"),
        facts | more,
    )


def peer(cell: Cell, meter: Meter) -> tuple[dict[str, Any], dict[str, Any]]:
    """One cell of DSPy, in its own environment."""
    chosen, peers = task(cell.task), installed()
    rows = split(chosen, cell.seed)
    given = {
        "task": cell.task,
        "system": cell.system,
        "seed": cell.seed,
        "model": cell.lm,
        "url": meter.url(cell.name),
        "test_url": meter.url(f"{cell.name}.sealed"),
        "token": TOKEN,
        "train": rows.train,
        "dev": rows.dev,
        "test": rows.sealed,
        "output": chosen.output,
        "most": MOST,
        "most_meta": MOST_META,
    }
    process = subprocess.run(
        [peers.python, str(HERE / "peers" / "dspy_tuning.py")],
        input=json.dumps(given),
        env=environment(peers.env()),
        capture_output=True,
        text=True,
    )
    facts = {"version": "dspy 3.4.1", "max_tokens": MOST, "max_tokens_meta": MOST_META}
    if process.returncode:
        said = (process.stderr.strip().splitlines() or ["nothing said"])[-1]
        return {"status": f"failed: {said[:300]}"}, facts
    return json.loads(process.stdout.splitlines()[-1]), facts
