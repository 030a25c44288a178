"""Programs of another structure: what a lock holds of them is all of them, and what is emitted does what they do."""

from __future__ import annotations

import asyncio
import importlib.util
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from lmc.backends import BACKENDS
from lmc.backends.backend import Emitting
from lmc.diagnostics import Sink
from lmc.driver.lock import ModuleEntry, ScoreEntry, Spent
from lmc.driver.tuned import with_entry
from lmc.driver.tuning import module_entry
from lmc.evaluate.scores import scores_of
from lmc.execute.interpreter import Interpreter
from lmc.ir.patch import apply_patch
from lmc.ir.program import Program, Settings
from lmc.ir.walk import slots
from lmc.lm.base import Request
from lmc.lm.budget import Amount
from lmc.lm.scripted import Scripted
from lmc.optimize.passes.ensemble import combined
from lmc.optimize.passes.fuse import fuse, pairs_of
from lmc.optimize.passes.split import Steps, call_at, two_calls
from lmc.optimize.passes.strategy import Strategy
from lmc.optimize.tune import Estimate, Tuned
from lmc.passes import simplify

from .conftest import Compile

TASK = """
type Parity = "even" | "odd"
signature Last { "Give the last digit." in text: str out digit: int }
signature Judge { "Is the digit even or odd?" in digit: int out parity: Parity }
module Main(text: str) -> { parity: Parity, digit: int } {
  let last = predict Last(text)
  let judged = predict Judge(digit: last.digit)
  assert judged.parity != "odd" or last.digit != 4 else "4 is even" retry 1
  return { parity: judged.parity, digit: last.digit }
}
metric good(want, got) = exact(want.parity, got.parity)
"""
TEXTS = [f"number {n}" for n in range(12)]


def members(program: Program) -> list[Program]:
    words = ("Look.", "Count.", "Think.")
    return [apply_patch(program, {"Main.judged": Settings(instruction=f"{one} Is the digit even?")}) for one in words]


def ensemble(by: Any, *, fails: bool) -> Callable[[Program], Program | None]:
    return lambda program: combined(program, "Main", members(program), by, [0.9, 0.8, 0.4], fails=fails)


def strategy(origin: str) -> Callable[[Program], Program | None]:
    return lambda program: dict(Strategy().candidates(program, "Main", ["Main.last", "Main.judged"]))[origin]


def split(program: Program) -> Program | None:
    outputs = program.signature("Judge").outputs
    first = program.signature("Last").outputs[0]
    steps = Steps("Say it again.", (type(first)("again", first.type),), "Is the digit even or odd?", outputs)
    return two_calls(program, "Main.judged", steps) if call_at(program, "Main.judged") else None


CHANGES: Mapping[str, Callable[[Program], Program | None]] = {
    "reasoning": strategy("chain_of_thought at Main.judged"),
    "a vote": strategy("vote 3 at Main.judged"),
    "a comparison": strategy("compare 3 at Main.last"),
    "a majority": ensemble("majority", fails=False),
    "a majority of those that do not fail": ensemble("majority", fails=True),
    "weights": ensemble("weighted", fails=True),
    "the first that is valid": ensemble("first_valid", fails=False),
    "fused": lambda program: fuse(program, pairs_of(program, "Main")[0]),
    "split": split,
    "split in an ensemble": lambda program: (
        combined(program, "Main", [program, other], "majority", [1.0, 1.0], fails=True)
        if (other := split(program)) is not None
        else None
    ),
}


def reply(body: Mapping[str, Any]) -> str:
    """An LM that is sometimes wrong, and now and then says nothing that fits; a function of the request."""
    prompt = "\n".join(str(one["content"]) for one in body["messages"])
    digits = [word for word in prompt.replace('"', " ").replace("}", " ").split() if word.isdigit()]
    digit = int(digits[-1]) % 10 if digits else 0
    odd = (digit + len(prompt) + int(body.get("seed", 0))) % 3 != 0
    parity = ("even", "odd")[(digit % 2) ^ (not odd)] if len(prompt) % 7 else "who knows"
    lines = ["Reasoning: so"] if "Reasoning" in prompt else []
    wants_digit = "last digit" in prompt or "Say it again" in prompt
    wants_parity = "even" in prompt.split("\n")[0] or "Parity" in prompt
    if wants_digit and wants_parity:
        return "\n".join([*lines, f"Digit: {digit}", f"Parity: {parity}"])
    said = str(digit) if wants_digit else parity
    return said if not lines else "\n".join([*lines, f"{'Digit' if wants_digit else 'Parity'}: {said}"])


@pytest.fixture(params=CHANGES)
def pair(request: pytest.FixtureRequest, compiled: Compile) -> tuple[Program, Program]:
    program = compiled(TASK)
    changed = CHANGES[request.param](program)
    assert changed is not None
    assert changed != program
    return program, changed


def entry_of(program: Program, tuned: Program) -> ModuleEntry:
    nothing = Estimate(0.0, 0, 0.0, 1.0)
    return module_entry(program, Tuned(tuned, nothing, nothing, nothing, False, (), Amount()), {}, 0, True)


def test_the_lock_holds_all_of_it(pair: tuple[Program, Program]) -> None:
    program, changed = pair
    entry = entry_of(program, changed)
    assert entry.structure
    again = ModuleEntry.model_validate_json(entry.model_dump_json(exclude_none=True))
    assert with_entry(program, again) == changed


def test_the_exact_passes_leave_its_calls_where_they_are(pair: tuple[Program, Program]) -> None:
    """What is simplified after the lock was put in has the same addresses."""
    _, changed = pair
    assert {address for address, _ in slots(simplify(changed))} == {address for address, _ in slots(changed)}


def test_what_is_emitted_does_the_same(pair: tuple[Program, Program], tmp_path: Path) -> None:
    _, changed = pair
    files: dict[str, bytes] = {}
    sink = Sink()
    for backend in BACKENDS:
        found = backend.emit(changed, "main.lmp", sink, Emitting({}, {}, {}))
        files |= {str(path): data for path, data in found.items()}
    assert not sink.failed
    prompts = {json.loads(data)["name"] for path, data in files.items() if path.endswith(".json")}
    assert prompts >= {address for address in Interpreter(changed, {}).templates}
    module = load(tmp_path, files)
    values = []
    for text in TEXTS:
        value, asked = interpreted(changed, text)
        assert emitted(module, text) == (value, asked)
        values.append(value)
    assert sum(one != "failed" for one in values) > len(values) // 3, "most runs come to something"


def interpreted(program: Program, text: str) -> tuple[Any, list[str]]:
    asked: list[str] = []

    def ask(request: Request) -> str:
        asked.append(json.dumps(request.body, sort_keys=True))
        return reply(request.body)

    interpreter = Interpreter(program, {"small": Scripted(ask)}, None, scores_of(program))
    outcome = asyncio.run(interpreter.run("Main", {"text": text}))
    return "failed" if outcome.error else outcome.value, sorted(asked)


def emitted(module: Any, text: str) -> tuple[Any, list[str]]:
    asked: list[str] = []

    def ask(request: dict[str, Any]) -> str:
        request = {name: value for name, value in request.items() if name != "model"}
        asked.append(json.dumps(request, sort_keys=True))
        return reply(request)

    try:
        value = module.main(text, lm=ask)
    except (ValueError, AssertionError, LookupError, RuntimeError):
        return "failed", sorted(asked)
    return value, sorted(asked)


def load(folder: Path, files: Mapping[str, bytes]) -> Any:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    (path,) = [one for one in folder.rglob("main.py")]
    spec = importlib.util.spec_from_file_location("emitted_main", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_lock_without_it_is_as_it_was(compiled: Compile) -> None:
    program = compiled(TASK)
    score = ScoreEntry(score=1.0, n=1, low=1.0, high=1.0)
    entry = ModuleEntry(
        inputs={}, baseline=score, tuned=score, difference=score, sealed=True, reproducible=True, seed=0,
        spent=Spent(calls=0, tokens=0, dollars=0.0), passes=[], slots={},
    )  # fmt: skip
    assert "structure" not in entry.model_dump(exclude_none=True)
    assert with_entry(program, entry) == program
