"""The cells of lmc: the program as written, the control, and `auto`."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import subprocess
import time
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lmc import __version__
from lmc.diagnostics import Failure
from lmc.driver.build import Build, Options
from lmc.driver.load import Loaded, load
from lmc.driver.tuned import tuned_program
from lmc.evaluate.evaluator import evaluate_rows
from lmc.evaluate.metric import compile_metric
from lmc.evaluate.rows import Row
from lmc.execute.interpreter import Interpreter
from lmc.ir.patch import apply_patch, patch_between
from lmc.ir.program import Demo, LMDecl, Program, Settings
from lmc.ir.walk import predictors
from lmc.lm.base import LM, LMError, Reply, Request
from lmc.lm.problems import request_refused, unreachable
from lmc.lm.recorder import reply_from
from lmc.lm.throttle import Throttle
from lmc.optimize.demonstrations.demos import balanced
from lmc.passes import simplify
from tests.benchmarks.tuning.cells import Cell
from tests.benchmarks.tuning.meter import Meter
from tests.benchmarks.tuning.tasks import HERE, Split, split, task

SHOWN = 8
"""Demonstrations of the control."""


class Metered:
    """The LM behind the proxy, asked for what the embedded one would be: bare completions and grammars too."""

    def __init__(self, meter: Meter, cell: str) -> None:
        self._meter = meter
        self._cell = cell

    async def __call__(self, request: Request) -> Reply:
        """The reply of the proxy. Raises LMError."""
        body = dict(request.body)
        if body.get("temperature"):
            body["seed"] = request.seed
        way = "completions" if "prompt" in body else "chat/completions"
        try:
            answer = await asyncio.to_thread(self._meter.ask, f"/cells/{self._cell}/v1/{way}", body)
        except urllib.error.HTTPError as error:
            with error:
                said = json.loads(error.read() or b"{}").get("error", {}).get("message", str(error))
            raise LMError(request_refused(request.model, said)) from None
        except OSError as error:
            raise LMError(unreachable(request.model, str(error)), transient=True) from None
        reply = reply_from(answer["lmc"])
        assert reply is not None
        return replace(reply, cached=False)

    async def close(self) -> None:
        """Does nothing."""


def ours(cell: Cell, meter: Meter) -> tuple[dict[str, Any], dict[str, Any]]:
    """One cell: what came of it, and facts about the run."""
    rows = split(task(cell.task), cell.seed)
    facts = {"version": f"lmc {__version__}", "commit": commit(), "changed": changed()}
    with TemporaryDirectory() as name, own_home(Path(name) / "home"):
        loaded = written(cell, rows, Path(name) / "program")
        began = time.monotonic()
        try:
            program, more = tuned(cell, loaded, rows, meter)
        except Failure as failure:
            return {"status": f"failed: {failure.diagnostic.message}"}, facts
        found = {"seconds": time.monotonic() - began, "program": more}
        scores = asyncio.run(scored(program, rows, Throttle(Metered(meter, f"{cell.name}.sealed"), 1)))
        return {**found, "scores": scores}, facts


def tuned(cell: Cell, loaded: Loaded, rows: Split, meter: Meter) -> tuple[Program, dict[str, Any]]:
    """The program that a system leaves, and what it says of it. Raises Failure."""
    assert loaded.program is not None
    original = simplify(loaded.program)
    if cell.system in ("lmc-written", "lmc-written-again"):
        return original, {}
    if cell.system == "lmc-labeled":
        program = with_rows(original, rows, cell.seed)
        return program, {"slots": described(original, program)}
    said: list[dict[str, Any]] = []

    def listen(event: str, **details: Any) -> None:
        if event in ("pass", "outcome", "skip", "kept"):
            said.append({"event": event, **{key: str(value) for key, value in details.items()}})

    def open_it(_: LMDecl) -> LM:
        return Throttle(Metered(meter, cell.name), 1)

    reports = Build(loaded, Options(retune=True, seed=cell.seed), listen, open_it).run()
    if loaded.sink.failed:
        raise Failure(next(iter(loaded.sink.diagnostics)))
    program, _ = tuned_program(loaded)
    passes = [one for report in reports for one in report.passes]
    return program, {"passes": passes, "said": said, "slots": described(original, program)}


def written(cell: Cell, rows: Split, folder: Path) -> Loaded:
    """The program of a task in a folder of its own, with its rows and its budget. The sealed rows are not there."""
    chosen = task(cell.task)
    folder.mkdir()
    for role, some in (("train", rows.train), ("dev", rows.dev)):
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in some)
        (folder / f"{role}.jsonl").write_text(text, encoding="utf-8")
    source = chosen.program.read_text(encoding="utf-8")
    source = source.replace("local/smollm2-135m", f"local/{cell.lm}")
    if cell.budget is not None:
        source = re.sub(r"budget \d+ calls", f"budget {cell.budget * chosen.calls} calls", source)
    path = folder / f"{chosen.name}.lmp"
    path.write_text(source, encoding="utf-8")
    loaded = load(path, path.name)
    assert loaded.program is not None, loaded.sink.diagnostics
    return loaded


def with_rows(program: Program, rows: Split, seed: int) -> Program:
    """The control: demonstrations out of the train rows for every call whose fields are columns of them."""
    patch = {}
    for module, predict in predictors(program):
        signature = program.signature(predict.signature)
        pool = [
            Demo(
                tuple((field.name, row[field.name]) for field in signature.inputs),
                tuple((field.name, row[field.name]) for field in signature.outputs),
                row["id"],
            )
            for row in rows.train
        ]
        address = f"{module.name}.{predict.site}"
        patch[address] = Settings(demos=balanced(pool, SHOWN, random.Random(f"{seed}/labeled/{address}")))
    return apply_patch(program, patch)


async def scored(program: Program, rows: Split, lm: LM) -> list[float]:
    """The scores of the sealed rows, in their order."""
    optimize = program.optimizes[0]
    interpreter = Interpreter(program, {one.name: lm for one in program.lms})
    some = [Row(row["id"], row, number, "sealed") for number, row in enumerate(rows.sealed, 1)]
    inputs = {optimize.module: [param.name for param in program.module(optimize.module).params]}
    jobs = [(interpreter, optimize.module, row) for row in some]
    found = await evaluate_rows(jobs, inputs, compile_metric(program.metric(optimize.metric)))
    return [one.score for one in found]


def described(original: Program, program: Program) -> dict[str, Any]:
    """What tuning changed, by call."""
    patch = patch_between(original, program)
    return {address: json.loads(json.dumps(asdict(one), default=str)) for address, one in patch.items()}


@contextmanager
def own_home(folder: Path) -> Iterator[None]:
    """A folder for caches and journals that is nobody else's: nothing is known beforehand."""
    before = os.environ.get("LMC_HOME")
    os.environ["LMC_HOME"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["LMC_HOME"]
        else:
            os.environ["LMC_HOME"] = before


def commit() -> str:
    """The commit that is measured."""
    return git("rev-parse", "--short=12", "HEAD")


def changed() -> bool:
    """Whether the compiler's files differ from that commit."""
    return bool(git("status", "--porcelain", "--untracked-files=no", "--", "lmc", "grammar"))


def git(*arguments: str) -> str:
    """What git says."""
    return subprocess.run(["git", *arguments], cwd=HERE, capture_output=True, text=True, check=True).stdout.strip()
