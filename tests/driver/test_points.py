"""Programs that can be taken in the place of the tuned one: in the lock, and by `lmc pareto`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from lmc.cli.main import main
from lmc.driver.build import Build, Options
from lmc.driver.load import load
from lmc.driver.lock import lock_schema, read_lock
from lmc.driver.points import number_taken
from lmc.lm.base import Reply, Request
from lmc.lm.scripted import Scripted

SOURCE = """
lm small = "scripted/small" { price_in: 1, price_out: 1 }
lm big = "scripted/big" { price_in: 9, price_out: 9 }
data numbers = "numbers.jsonl" { split: { train: 10, dev: 50, test: 40 } }
signature Ask { "Answer." in question: str out answer: str }
module Main(question: str) -> str { return (predict Ask(question) with { lm: tune { small, big } }).answer }
metric good(want, got) = exact(want.answer, got)
optimize Main { data numbers metric good budget 2000 calls passes route(objective: "score") }
emit prompts to "out"
"""
ROWS = [{"question": f"question {number}", "answer": f"answer {number}"} for number in range(100)]


def reply(request: Request) -> Reply:
    """The large model is right on all rows and costs more, the small one is right on half."""
    big = request.model.endswith("big")
    number = str(request.body["messages"][-1]["content"]).split("question ")[1].split()[0]
    text = f"answer {number}" if big or int(number) % 2 else "no"
    return Reply(text, prompt_tokens=90, completion_tokens=10, dollars=9e-4 if big else 1e-4)


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that `route` tuned."""
    monkeypatch.setenv("LMC_HOME", str(tmp_path / "home"))
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pyproject.toml").write_text("")
    (folder / "main.lmp").write_text(SOURCE)
    (folder / "numbers.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    monkeypatch.chdir(folder)
    build(folder)
    return folder


def build(folder: Path, **options: Any) -> list[Any]:
    loaded = load(folder / "main.lmp")
    assert loaded.program is not None

    def open_it(_: Any) -> Any:
        return Scripted(reply)

    return Build(loaded, Options(**options), lambda event, **details: None, open_it).run()


def lm_emitted(folder: Path) -> str:
    (path,) = [one for one in (folder / "out").rglob("*.json") if "ask" in one.name]
    return str(json.loads(path.read_text())["lm"])


def test_the_lock_holds_the_front(built: Path) -> None:
    lock = read_lock(built / "main.lock.json")
    assert lock is not None
    entry = lock.modules["Main"]
    jsonschema.validate(json.loads((built / "main.lock.json").read_text()), json.loads(lock_schema()))
    assert entry.pareto is not None
    assert [(one.slots, one.score.score, one.baseline.score, one.score.n) for one in entry.pareto] == [
        ({}, 0.44, 0.44, 50),
        (entry.slots, 1.0, 0.44, 50),
    ]
    assert number_taken(entry) == 2
    assert lm_emitted(built) == "big"


def test_another_program_is_taken_without_a_call(built: Path) -> None:
    done = CliRunner().invoke(main, ["pareto", "main.lmp", "--choose", "1"])
    assert done.exit_code == 0, done.output
    assert "*  1" in done.output
    lock = read_lock(built / "main.lock.json")
    assert lock is not None
    entry = lock.modules["Main"]
    assert (entry.slots, entry.tuned.score, entry.sealed) == ({}, 0.44, False)
    assert lm_emitted(built) == "small"
    (report,) = build(built, frozen=True)
    assert report.fresh, "the lock is not stale for it"
    assert CliRunner().invoke(main, ["pareto", "main.lmp", "--choose", "2"]).exit_code == 0
    assert lm_emitted(built) == "big"


def test_the_front_is_listed(built: Path) -> None:
    done = CliRunner().invoke(main, ["pareto", "main.lmp"])
    lines = done.output.splitlines()
    assert lines[0].split() == ["score", "calls", "tokens", "dollars", "seconds"]
    assert lines[1].startswith("   1 44.0 %")
    assert lines[2].startswith("*  2 100.0 %")
    assert lines[3].strip() == 'Main.ask.lm = "big"'
    points = json.loads(CliRunner().invoke(main, ["pareto", "main.lmp", "--json"]).output)
    assert [one["score"]["score"] for one in points] == [0.44, 1.0]


@pytest.mark.parametrize("number", [0, 3])
def test_there_is_no_program_of_another_number(built: Path, number: int) -> None:
    done = CliRunner().invoke(main, ["pareto", "main.lmp", "--choose", str(number)])
    assert done.exit_code == 1
    assert "error[LMP0506]" in done.output
    assert lm_emitted(built) == "big"


def test_a_stale_lock_is_not_changed(built: Path) -> None:
    (built / "main.lmp").write_text(SOURCE.replace("Answer.", "Answer it."))
    before = (built / "main.lock.json").read_bytes()
    done = CliRunner().invoke(main, ["pareto", "main.lmp", "--choose", "1"])
    assert done.exit_code == 4
    assert "error[LMP0501]" in done.output
    assert (built / "main.lock.json").read_bytes() == before


def test_nothing_was_tuned(built: Path) -> None:
    (built / "main.lock.json").unlink()
    assert "error[LMP0502]" in CliRunner().invoke(main, ["pareto", "main.lmp"]).output


def test_a_tuning_without_a_front(built: Path) -> None:
    (built / "main.lmp").write_text(SOURCE.replace('route(objective: "score")', "labeled"))
    build(built, retune=True)
    assert "found no other program" in CliRunner().invoke(main, ["pareto", "main.lmp"]).output
    done = CliRunner().invoke(main, ["pareto", "main.lmp", "--choose", "1"])
    assert "error[LMP0506]" in done.output
    assert "there is no other program" in done.output
