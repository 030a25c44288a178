"""Runs emitted modules on rows and prints what they gave and what they asked: `python -I -S emitted.py JOBS.json`.

A job: `path` of the module, `function`, `rows` (arguments by position) and `replies`.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any


def load(path: str) -> Any:
    """The module in a file."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(module: Any, mode: str, function: str, row: list[Any], scripted: Any) -> Any:
    """The value of one row; the mode is "sync" or "async"."""
    if mode == "sync":
        return getattr(module, function)(*row, lm=scripted)
    import asyncio

    async def ask(request: dict[str, Any]) -> str:
        await asyncio.sleep(0)
        return str(scripted(request))

    return asyncio.run(getattr(module, function.rstrip("_") + "_async")(*row, lm=ask))


def outcome(module: Any, mode: str, job: dict[str, Any], row: list[Any]) -> dict[str, Any]:
    """The requests of a row in sorted order, and its value or its error."""
    scripted = load(str(Path(__file__).with_name("scripted.py"))).Scripted(job["replies"])
    try:
        value, error = run(module, mode, job["function"], row, scripted), None
    except (ValueError, LookupError, ArithmeticError, TypeError, AssertionError, RuntimeError) as problem:
        value, error = None, str(problem)
    return {"requests": sorted(scripted.requests), "value": value, "error": error}


def main() -> None:
    """Prints an object: for each mode a list, for each job a list, for each row its outcome."""
    found: dict[str, list[Any]] = {"sync": [], "async": []}
    for job in json.loads(Path(sys.argv[1]).read_text("utf-8")):
        module = load(job["path"])
        for mode, outcomes in found.items():
            outcomes.append([outcome(module, mode, job, row) for row in job["rows"]])
    print(json.dumps(found))


main()
