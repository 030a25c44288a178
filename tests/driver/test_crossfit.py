"""A tuning without sealed rows says what is left of its score without chance, wherever it says the score."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lmc.cli.build import print_report
from lmc.cli.diff import score_words
from lmc.driver.build import Options
from lmc.driver.load import load
from lmc.driver.lock import ModuleEntry, read_lock
from lmc.editor.calls import score_line
from lmc.lm.base import Request
from lmc.lm.scripted import Scripted
from lmc.report.tuning import tunings_of
from lmc.report.view import sure_of
from tests.driver.test_build import build

PROGRAM = """\
lm small = "scripted/small"
data questions = "questions.jsonl" { split: { SPLIT }, seed: 0 }
signature Ask { "Answer." in question: str out answer: str }
module Main(question: str) -> str { return (predict Ask(question)).answer }
metric good(want, got) = exact(want.answer, got)
optimize Main { data questions metric good budget 900 calls seed 0 passes labeled, demo_search(candidates: 12) }
"""

QUESTIONS = [{"question": f"question {number}", "answer": f"answer {number}"} for number in range(120)]


def lucky(request: Request) -> str:
    """Is right on three of ten rows as written and on seven of ten when it has seen examples, whichever they are: what
    decides is a hash of all that it is shown, so that candidates differ by chance alone."""
    text = json.dumps(request.body)
    number = text.rsplit("question ", 1)[1].split('"')[0].split("\\")[0]
    chance = int(hashlib.sha256(text.encode()).hexdigest(), 16) % 10
    return f"answer {number}" if chance < (7 if text.count("question ") > 1 else 3) else "no"


def tosses(seed: int) -> Callable[[Request], str]:
    """An LM that is right on every other row, whatever it is shown."""

    def reply(request: Request) -> str:
        text = json.dumps(request.body)
        number = text.rsplit("question ", 1)[1].split('"')[0].split("\\")[0]
        odd = int(hashlib.sha256(f"{seed}{text}".encode()).hexdigest(), 16) % 10 < 5
        return f"answer {number}" if odd else "no"

    return reply


def tuned(folder: Path, split: str, reply: Callable[[Request], str] = lucky) -> ModuleEntry:
    (folder / "pyproject.toml").write_text("")
    rows = "".join(json.dumps(row) + "\n" for row in QUESTIONS)
    (folder / "questions.jsonl").write_text(rows)
    (folder / "main.lmp").write_text(PROGRAM.replace("SPLIT", split))
    build(folder / "main.lmp", Scripted(reply))
    lock = read_lock(folder / "main.lock.json")
    assert lock is not None
    return lock.modules["Main"]


@pytest.fixture
def unsealed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleEntry:
    monkeypatch.setenv("LMC_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tuned(tmp_path, "train: 60, dev: 60")


def test_what_is_left_is_nearer_to_what_the_program_is_worth(unsealed: ModuleEntry) -> None:
    assert unsealed.crossfit is not None
    assert not unsealed.sealed
    assert unsealed.crossfit.n == unsealed.tuned.n == 60
    assert unsealed.tuned.score > 0.75
    assert abs(unsealed.crossfit.score - 0.7) < unsealed.tuned.score - 0.7
    assert unsealed.crossfit.low < unsealed.crossfit.score < unsealed.crossfit.high


def test_it_is_said_wherever_the_score_is_said(
    unsealed: ModuleEntry, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert unsealed.crossfit is not None
    percent = f"{100 * unsealed.crossfit.score:.1f} %"
    (report,) = build(tmp_path / "main.lmp", Scripted(lucky))
    capsys.readouterr()
    print_report(report, tmp_path / "main.lmp", Options())
    assert f"  cross-fit   {percent}" in capsys.readouterr().out
    (tuning,) = tunings_of(load(tmp_path / "main.lmp"))
    assert f"by cross-fitting it is worth {percent}" in sure_of(tuning).replace("\xa0", " ")
    assert "by cross-fitting" in score_line(unsealed)
    assert f"(cross-fit {percent})" in score_words(unsealed)


def test_where_rows_are_sealed_or_nothing_was_chosen_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LMC_HOME", str(tmp_path / "home"))
    for name, split, reply in (
        ("sealed", "train: 40, dev: 40, test: 40", lucky),
        ("kept", "train: 60, dev: 60", lambda request: "no"),
    ):
        (tmp_path / name).mkdir()
        entry = tuned(tmp_path / name, split, reply)
        assert entry.crossfit is None
        assert "crossfit" not in (tmp_path / name / "main.lock.json").read_text()


@pytest.mark.parametrize("seed", [3, 10])
def test_what_won_its_race_by_chance_is_not_kept(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LMC_HOME", str(tmp_path / "home"))
    entry = tuned(tmp_path, "train: 60, dev: 60", tosses(seed))
    assert [one.outcome for one in entry.passes] == ["rejected", "accepted"]
    assert entry.slots == {}
    assert entry.tuned == entry.baseline
    assert entry.crossfit is None
