"""What `lmc run` sends, what the emitted Python sends and what the frozen prompt files say are the same messages,
byte for byte."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cases import CASES, Case
from emitting import emitted_files, program_of, root_of
from interpreters import PYTHONS
from scripted import Scripted

from lmc.backends.python.names import file_stem
from lmc.driver.externals import Outside, open_externals
from lmc.evaluate.scores import scores_of
from lmc.execute.interpreter import Interpreter
from lmc.lm.base import Reply, Request

HERE = Path(__file__).parent


class Adapter:
    """The scripted LM as the interpreter takes one."""

    def __init__(self, scripted: Scripted) -> None:
        self.scripted = scripted

    async def __call__(self, request: Request) -> Reply:
        await asyncio.sleep(0)
        return Reply(self.scripted(dict(request.body)))

    async def close(self) -> None:
        """Nothing to let go of."""


def interpreted(case: Case, templates: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """What the interpreter makes of each row."""
    program = program_of(case.path)
    outcomes = []
    for row in case.rows:
        scripted = Scripted(case.replies)
        lms = {lm.name: Adapter(scripted) for lm in program.lms}
        outside = open_externals(program, Outside(root_of(case.path), allowed=True), [case.module])
        interpreter = Interpreter(program, lms, outside, scores_of(program))
        if templates is not None:
            interpreter.templates = dict(templates)
        names = [param.name for param in program.module(case.module).params]
        outcome = asyncio.run(interpreter.run(case.module, dict(zip(names, row, strict=True))))
        error = None if outcome.error is None else outcome.error.message
        outcomes.append({"requests": sorted(scripted.requests), "value": outcome.value, "error": error})
    return outcomes


def frozen_templates(case: Case) -> dict[str, Any]:
    """The templates as the JSON files have them."""
    files = emitted_files(case.path)
    found = [json.loads(data) for path, data in files.items() if path.suffix == ".json"]
    return {template["name"]: template for template in found}


def emitted(python: str, folder: Path) -> dict[str, list[list[dict[str, Any]]]]:
    """What the emitted modules make, in each mode, of each row of each case, in a Python without site packages."""
    jobs = []
    for case in CASES:
        for path, data in emitted_files(case.path).items():
            if path.parts[0] == "python":
                (folder / path.name).write_bytes(data)
        module = folder / f"{file_stem(case.path.stem)}.py"
        job = {"path": str(module), "function": case.function, "rows": case.rows, "replies": case.replies}
        jobs.append(job)
    (folder / "jobs.json").write_text(json.dumps(jobs))
    command = [python, "-I", "-S", "-W", "error", str(HERE / "emitted.py"), str(folder / "jobs.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    outcomes: dict[str, list[list[dict[str, Any]]]] = json.loads(done.stdout)
    return outcomes


@cache
def expected(case_index: int) -> list[dict[str, Any]]:
    """What the interpreter makes of a case."""
    return interpreted(CASES[case_index])


def assert_same(case: Case, want: list[dict[str, Any]], got: list[dict[str, Any]]) -> None:
    """Both gave the same values and asked the same; both failed for the same reason."""
    for row, one, other in zip(case.rows, want, got, strict=True):
        assert (one["error"] is None) == (other["error"] is None), (row, one["error"], other["error"])
        if one["error"] is None:
            assert other["value"] == one["value"], row
        assert other["requests"] == one["requests"], row
        assert one["error"] is None or other["error"] in one["error"], row


@pytest.mark.parametrize("index", range(len(CASES)), ids=[case.name for case in CASES])
def test_rows_meet_good_and_bad_replies(index: int) -> None:
    outcomes = expected(index)
    assert any(outcome["error"] is None for outcome in outcomes)
    program = program_of(CASES[index].path)
    assert not program.module(CASES[index].module).params or len({json.dumps(one) for one in outcomes}) > 1


@pytest.mark.parametrize("index", range(len(CASES)), ids=[case.name for case in CASES])
def test_frozen_prompts_send_what_the_program_sends(index: int) -> None:
    case = CASES[index]
    assert_same(case, expected(index), interpreted(case, frozen_templates(case)))


@pytest.mark.parametrize("python", PYTHONS.values(), ids=PYTHONS)
def test_emitted_python_sends_what_the_program_sends(python: str, tmp_path: Path) -> None:
    found = emitted(python, tmp_path)
    assert list(found) == ["sync", "async"]
    for of_mode in found.values():
        assert len(of_mode) == len(CASES)
        for index, outcomes in enumerate(of_mode):
            assert_same(CASES[index], expected(index), outcomes)
