"""What reproducible replies of the embedded LM cost: the tuned quickstart on dev rows, reproducible and fast, alone.

.venv/bin/python -m tests.benchmarks.local_lm
"""

from __future__ import annotations

import asyncio
import os
import platform
import time
from dataclasses import replace
from pathlib import Path

from lmc.driver.checks import check_program
from lmc.driver.load import load
from lmc.driver.tuned import tuned_program
from lmc.evaluate.evaluator import evaluate_rows
from lmc.evaluate.metric import compile_metric
from lmc.execute.interpreter import Interpreter
from lmc.ir.program import Program
from lmc.lm.open import open_lm

ROOT = Path(__file__).parents[2]
ROWS = 100


async def measure(program: Program, module: str, rows: tuple, fast: bool) -> tuple[float, list[str]]:  # type: ignore[type-arg]
    """Rows a second, and the values."""
    declaration = replace(program.lms[0], options=(("fast", fast),))
    lm = open_lm(declaration)
    try:
        interpreter = Interpreter(program, {declaration.name: lm})
        inputs = {module: [param.name for param in program.module(module).params]}
        score = compile_metric(program.metrics[0])
        await evaluate_rows([(interpreter, module, row) for row in rows[:4]], inputs, score)  # loads the model
        began = time.perf_counter()
        found = await evaluate_rows([(interpreter, module, row) for row in rows], inputs, score, keep=True)
        seconds = time.perf_counter() - began
    finally:
        await lm.close()
    return len(rows) / seconds, [str(one.outcome.value) for one in found if one.outcome]


def main() -> None:
    """Prints the table and writes it beside this file."""
    loaded = load(ROOT / "programs/quickstart/router.lmp", "programs/quickstart/router.lmp")
    program, _ = tuned_program(loaded)
    module = program.optimizes[0].module
    rows = check_program(program, loaded.root, loaded.sink)[module].dev[:ROWS]
    results = {}
    for name, fast in (("reproducible", False), ("reproducible, again", False), ("fast", True), ("fast, again", True)):
        results[name] = asyncio.run(measure(program, module, rows, fast))
    first = results["reproducible"]
    lines = [
        "# Reproducible replies of the embedded LM, and what they cost",
        "",
        f"{ROWS} dev rows of the tuned quickstart, SmolLM2-135M, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}.",
        "",
        "| way | rows a second | of the reproducible rate | values that differ from the first run |",
        "|---|---|---|---|",
    ]
    for name, (rate, values) in results.items():
        differ = sum(one != other for one, other in zip(values, first[1], strict=True))
        lines.append(f"| {name} | {rate:.1f} | {rate / first[0]:.2f} | {differ} of {ROWS} |")
    text = "\n".join(lines) + "\n"
    print(text)
    Path(__file__).with_name("LOCAL.md").write_text(text)


if __name__ == "__main__":
    main()
