"""Rows that a person labels: the build asks for them in a file, ends, and goes on when they are there."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from lmc.cli.door import REFUSED, exit_code
from lmc.diagnostics import Failure
from lmc.driver.build import Build, Options, Report
from lmc.driver.labels import LabelFile
from lmc.driver.load import load
from lmc.lm.base import Request
from lmc.lm.scripted import Scripted

PROGRAM = """\
lm small = "scripted/small"

data numbers = "numbers.jsonl" { split: { train: 20, dev: 40, test: 20 } }

signature Judge { "Is it even?" in text: str out parity: "even" | "odd" }

module Main(text: str) -> str { return (predict Judge(text)).parity }

metric good(want, got) = exact(want.parity, got)

optimize Main {
  data numbers metric good budget 400 calls
  passes synth(annotate: "person", rounds: 1, rows: 4, proposals: 1)
}
"""
PARITY = ("even", "odd")


class World:
    """The LM takes numbers that end in 0 for odd unless it is told of them. `calls` counts what it was asked."""

    def __init__(self) -> None:
        self.calls = 0
        self.made = 0

    def __call__(self, request: Request) -> str:
        self.calls += 1
        prompt = "\n".join(str(one["content"]) for one in request.body["messages"])
        if "Write one new input" in prompt:
            self.made += 1
            return f"number {1000 + 10 * self.made}"
        if "made a step of a program fail" in prompt:
            return "Is it even? All that end in zero are."
        number = int(re.findall(r"number (\d+)", prompt)[-1])
        return "odd" if number % 10 == 0 and "zero" not in prompt else PARITY[number % 2]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LMC_HOME", str(tmp_path / "home"))
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pyproject.toml").write_text("")
    (folder / "main.lmp").write_text(PROGRAM)
    rows = [{"text": f"number {n * 5}", "parity": PARITY[n * 5 % 2]} for n in range(1, 81)]
    (folder / "numbers.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def built(folder: Path, world: World) -> list[Report]:
    loaded = load(folder / "main.lmp")
    assert loaded.program is not None, loaded.sink.diagnostics
    return Build(loaded, Options(), lambda event, **details: None, lambda lm: Scripted(world)).run()


def labels(folder: Path) -> list[dict[str, str]]:
    with (folder / "main.Main.labels.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def fill(folder: Path, say: Callable[[str], str]) -> None:
    rows = labels(folder)
    with (folder / "main.Main.labels.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["text", "parity"])
        writer.writeheader()
        writer.writerows({**row, "parity": say(row["text"])} for row in rows)


def even(text: str) -> str:
    return PARITY[int(text.split()[1]) % 2]


def test_a_build_asks_ends_and_goes_on(project: Path) -> None:
    world = World()
    with pytest.raises(Failure) as caught:
        built(project, world)
    diagnostic = caught.value.diagnostic
    assert diagnostic.message == "4 rows of `main.Main.labels.csv` wait for a person"
    assert (diagnostic.code, exit_code(diagnostic)) == ("LMP0575", REFUSED)
    assert [row["parity"] for row in labels(project)] == [""] * 4
    before = world.calls

    with pytest.raises(Failure, match="4 rows"):
        built(project, world)
    assert world.calls == before, "nothing is asked twice"

    fill(project, even)
    (report,) = built(project, world)
    lock = json.loads((project / "main.lock.json").read_text())
    entry = lock["modules"]["Main"]
    assert entry["slots"]["Main.judge"]["instruction"] == "Is it even? All that end in zero are."
    assert entry["passes"][0]["outcome"] == "accepted"
    assert report.served_calls == world.calls, "those before count too"

    (report,) = built(project, world)
    assert report.fresh


def test_another_label_makes_the_lock_stale(project: Path) -> None:
    world = World()
    with pytest.raises(Failure):
        built(project, world)
    fill(project, even)
    built(project, world)
    fill(project, lambda text: "odd")
    (report,) = built(project, world)
    assert not report.fresh


def test_a_row_may_be_left_out(project: Path) -> None:
    world = World()
    with pytest.raises(Failure):
        built(project, world)
    fill(project, lambda text: "-" if "1010" in text else even(text))
    built(project, world)


def test_a_label_that_does_not_fit(project: Path) -> None:
    world = World()
    with pytest.raises(Failure):
        built(project, world)
    fill(project, lambda text: "green" if "1020" in text else even(text))
    with pytest.raises(Failure) as caught:
        built(project, world)
    assert caught.value.diagnostic.code == "LMP0576"
    assert caught.value.diagnostic.message == "what `main.Main.labels.csv:3` says is not of its type: `parity`: `green`"


def test_what_is_there_stays_and_rows_are_added(tmp_path: Path) -> None:
    file = LabelFile(tmp_path, "x.labels.csv")
    rows: list[dict[str, object]] = [{"a": "one,\ntwo", "b": [1, 2]}, {"a": "three", "b": []}]
    with pytest.raises(Failure, match="2 rows"):
        file(rows[:2], ["a", "b"], ["c"], lambda cells: True)
    text = (tmp_path / "x.labels.csv").read_text()
    (tmp_path / "x.labels.csv").write_text(text.replace("three,[],", "three,[],yes"))
    with pytest.raises(Failure, match=r"2 rows of `x\.labels\.csv` wait"):
        file([*rows, {"a": "four", "b": [0]}], ["a", "b"], ["c"], lambda cells: True)
    text = (tmp_path / "x.labels.csv").read_text()
    assert text == 'a,b,c\n"one,\ntwo","[1, 2]",\nthree,[],yes\nfour,[0],\n'
    assert file(rows[1:], ["a", "b"], ["c"], lambda cells: cells == {"c": "yes"}) == [{"c": "yes"}]


def test_a_file_that_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "x.labels.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Failure):
        LabelFile(tmp_path, "x.labels.csv")([{"a": "one"}], ["a"], ["c"], lambda cells: True)
