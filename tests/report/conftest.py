"""A project that has been tuned, and the view that a report takes of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from lmc.driver.load import load
from lmc.lm.base import Request
from lmc.lm.scripted import Scripted
from lmc.report.tuning import Tuning, tunings_of
from tests.driver.conftest import PROGRAM, gold, harmed, helped
from tests.driver.test_build import build

HOSTILE = """</pre></td><script>alert(1)</script><img src=x onerror="alert(2)">'"&\u202e{{ 7*7 }}<!--"""
"""What an LM or a row might say to take over a page."""

SAYING = """\
lm small = "scripted/small"

data sayings = "sayings.jsonl" { split: { train: 4, dev: 8, test: 8 }, seed: 0 }

signature Say {
  "Say it again. <b>Now</b>"
  in text: str
  out answer: str
}

module Main(text: str) -> str {
  let said = predict Say(text)
  return said.answer
}

metric accuracy(want, got) = exact(want.answer, got)

optimize Main { data sayings metric accuracy lm small budget 120 calls seed 0 passes labeled(k: 2), layout }
"""


def piped(program: str) -> str:
    """The program with a pipeline of its own instead of `auto`."""
    return program.replace("calls seed 0 }", "calls seed 0 passes labeled, layout, demo_search(candidates: 4) }")


Make = Callable[[str], Path]


def write(folder: Path, program: str, name: str, rows: list[dict[str, str]]) -> Path:
    """A project with a program and its rows; the program's file."""
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text("")
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "main.lmp").write_text(program)
    return folder / "main.lmp"


def hostile(request: Request) -> str:
    """An LM that says what is hostile, the right thing for rows of even numbers when it has seen how."""
    text = json.dumps(request.body)
    number = int(text.rsplit("row ", 1)[1].split(":")[0])
    return f"row {number}: {HOSTILE}" if number % 2 == 0 or text.count("row ") > 2 else HOSTILE


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the projects `helped`, `harmed` and `hostile`, each tuned, with LMC_HOME below it."""
    base = tmp_path_factory.mktemp("report")
    numbers = [{"id": str(number), "text": f"number {number * 37 + 11}"} for number in range(150)]
    rows = [{**row, "parity": gold(row["text"])} for row in numbers]
    said = [{"text": f"row {number}: {HOSTILE}", "answer": f"row {number}: {HOSTILE}"} for number in range(20)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LMC_HOME", str(base / "home"))
        build(write(base / "helped", piped(PROGRAM), "numbers.jsonl", rows), Scripted(helped))
        unsealed = piped(PROGRAM).replace("train: 40, dev: 60, test: 50", "train: 70, dev: 80")
        build(write(base / "harmed", unsealed, "numbers.jsonl", rows), Scripted(harmed))
        build(write(base / "hostile", SAYING, "sayings.jsonl", said), Scripted(hostile))
    return base


@pytest.fixture
def project(homes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Copies a tuned project, to change, with an LMC_HOME of its own; its program's file."""
    shutil.copytree(homes / "home", tmp_path / "home")
    monkeypatch.setenv("LMC_HOME", str(tmp_path / "home"))

    def make(name: str) -> Path:
        return Path(shutil.copytree(homes / name, tmp_path / name)) / "main.lmp"

    return make


def tuning(path: Path) -> Tuning:
    """The one tuning of a program."""
    (found,) = tunings_of(load(path))
    return found
