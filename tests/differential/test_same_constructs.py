"""The law of `test_same_bytes` for every construct of the language, on programs that are made without source: the
interpreter, the emitted Python and the frozen prompts ask the same and give the same, whatever is replied."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from constructs import CONSTRUCTS
from interpreters import PYTHONS
from scripted import Scripted
from test_same_bytes import Adapter

from lmc.backends import BACKENDS
from lmc.backends.backend import Emitting
from lmc.diagnostics import Sink
from lmc.evaluate.scores import scores_of
from lmc.execute.interpreter import Interpreter
from lmc.ir.program import Program

HERE = Path(__file__).parent
SOURCES = {PurePosixPath("lib/words.py"): b""}

REPLIES = {
    "Reasoning": [*(f"Reasoning: {word}\nAnswer: {word}\nSure: true" for word in ("a", "b", "c d")), "Answer: a"],
    "Is it right?": ["true", "false", "Right: true", "no", "maybe", ""],
    "Answer.": [
        "Answer: a\nSure: true",
        "Answer: stop it\nSure: false",
        "answer: b c\nsure: no",
        "Answer: done\nSure: false",
        "Reasoning: so\nAnswer: b\nSure: true",
        "**Answer:** a b\n**Sure:** yes",
        "Answer: only",
        "",
    ],
    "Classify.": ["Play", "stop", "Ask", "Intent: Play", "It is Stop.", "Play or Stop", "none", ""],
    "Rate it.": ["5", "3", "9", "Stars: 4", "five", "0"],
    "Look.": ["a cat", "", "two\nlines"],
}

TEXTS = [["x", "y", "z"], [], [""], ["-a", "b"], ["a", "a", "a", "a", "a"], ["größe", "\n"], ["stop", "b", "c"]]
QUESTIONS = ["why?", "", "done", "a", "größe", "tabs\tand\nlines", "x" * 40, "{{ y }}", "b", "c", "d"]
VALUES: list[Any] = ["Play", "play", 1, 1.0, True, None, [], ["a"], [1], {"name": "a", "value": "b"}, {"name": "a"}]
PICTURE, PAST = "https://example.org/cat.png", [{"role": "user", "content": "hello"}]
TREE = {"label": "x", "children": [{"label": "y", "children": []}]}

ROWS: dict[str, tuple[str, str, list[list[Any]]]] = {
    "comprehensions": ("Collect", "collect", [[texts] for texts in TEXTS]),
    "membership": ("Kind", "kind", [[value] for value in VALUES]),
    "failures": ("Careful", "careful", [[question, texts] for question in QUESTIONS for texts in TEXTS[:4]]),
    "spared": ("Spare", "spare", [[texts] for texts in TEXTS]),
    "tuned": ("Tuned", "tuned", [[texts] for texts in TEXTS]),
    "loops": ("Search", "search", [[question] for question in QUESTIONS]),
    "attempts": ("Sure", "sure", [[question] for question in QUESTIONS]),
    "attempts first": ("First", "first", [[texts] for texts in TEXTS]),
    "attempts always": ("Always", "always", [[question] for question in QUESTIONS]),
    "depth": ("Solve", "solve", [[question] for question in QUESTIONS]),
    "votes": ("Vote", "vote", [[question] for question in QUESTIONS]),
    "scores": ("Best", "best", [[question] for question in QUESTIONS]),
    "kinds": ("Kinds", "kinds", [[PICTURE, PAST, TREE], [PICTURE, [], TREE], [PICTURE, PAST * 2, TREE]]),
}


@dataclass(frozen=True)
class Case:
    """A module of a construct's program."""

    key: str

    @property
    def program(self) -> Program:
        """The program, named after the case."""
        return replace(CONSTRUCTS[self.key.split()[0]], name=self.key.replace(" ", "_"))


CASES = [Case(key) for key in ROWS]


@cache
def files_of(case: Case) -> dict[PurePosixPath, bytes]:
    """All files that the backends write for a case."""
    sink, files = Sink(), {}
    for backend in BACKENDS:
        files |= backend.emit(case.program, f"{case.program.name}.lmp", sink, Emitting({}, SOURCES))
    assert not sink.failed
    return files


def interpreted(case: Case, templates: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """What the interpreter makes of each row."""
    program, (module, _, rows) = case.program, ROWS[case.key]
    outcomes = []
    for row in rows:
        scripted = Scripted(REPLIES)
        lms = {lm.name: Adapter(scripted) for lm in program.lms}
        interpreter = Interpreter(program, lms, externals_of(program), scores_of(program))
        if templates is not None:
            interpreter.templates = dict(templates)
        names = [param.name for param in program.module(module).params]
        outcome = asyncio.run(interpreter.run(module, dict(zip(names, row, strict=True))))
        error = None if outcome.error is None else outcome.error.message
        outcomes.append({"requests": sorted(scripted.requests), "value": outcome.value, "error": error})
    return outcomes


def externals_of(program: Program) -> dict[str, Any]:
    """The tools of a program, none of which can be reached."""
    from lmc.driver.externals import Outside, open_externals

    return open_externals(program, Outside(HERE, allowed=True), [one.name for one in program.modules])


@cache
def expected(case: Case) -> list[dict[str, Any]]:
    """What the interpreter makes of a case."""
    return interpreted(case)


def emitted(python: str, folder: Path) -> dict[str, list[list[dict[str, Any]]]]:
    """What the emitted modules make, in each mode, of each row of each case, in a Python without site packages."""
    jobs = []
    for case in CASES:
        _, function, rows = ROWS[case.key]
        (path,) = [one for one in files_of(case) if one.suffix == ".py"]
        (folder / path.name).write_bytes(files_of(case)[path])
        jobs.append({"path": str(folder / path.name), "function": function, "rows": rows, "replies": REPLIES})
    (folder / "jobs.json").write_text(json.dumps(jobs))
    command = [python, "-I", "-S", "-W", "error", str(HERE / "emitted.py"), str(folder / "jobs.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    outcomes: dict[str, list[list[dict[str, Any]]]] = json.loads(done.stdout)
    return outcomes


def assert_same(case: Case, want: list[dict[str, Any]], got: list[dict[str, Any]]) -> None:
    """Both gave the same values and asked the same; both failed at the same place."""
    for row, one, other in zip(ROWS[case.key][2], want, got, strict=True):
        assert (one["error"] is None) == (other["error"] is None), (row, one["error"], other["error"])
        if one["error"] is None:
            assert other["value"] == one["value"], row
        assert other["requests"] == one["requests"], row


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.key)
def test_rows_end_well_and_badly(case: Case) -> None:
    outcomes = expected(case)
    assert any(outcome["error"] is None for outcome in outcomes)
    assert len({json.dumps(one) for one in outcomes}) > 1


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.key)
def test_frozen_prompts_send_what_the_program_sends(case: Case) -> None:
    found = [json.loads(data) for path, data in files_of(case).items() if path.suffix == ".json"]
    assert_same(case, expected(case), interpreted(case, {template["name"]: template for template in found}))


@pytest.mark.parametrize("python", PYTHONS.values(), ids=PYTHONS)
def test_emitted_python_sends_what_the_program_sends(python: str, tmp_path: Path) -> None:
    found = emitted(python, tmp_path)
    assert list(found) == ["sync", "async"]
    for of_mode in found.values():
        for case, outcomes in zip(CASES, of_mode, strict=True):
            assert_same(case, expected(case), outcomes)
