"""`lmc check --fix` makes a program better, or leaves it as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from lmc.cli.main import main

WRONG = """\
lm small = "local/smollm2-135m"

signature Answer = question -> answer

module Main(q: str) -> str {
  let told = "é𝒳"
  return predict Answer(quesion: q.answer
}
"""
RIGHT = """\
lm small = "local/smollm2-135m"

signature Answer = question -> answer

module Main(q: str) -> str {
  return predict Answer(question: q).answer
}
"""


def check(path: Path, *options: str) -> tuple[int, str, str]:
    """`lmc check` on a file: its exit code, and what it prints."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(path.parent)
        done = CliRunner().invoke(main, ["check", path.name, *options])
    return done.exit_code, done.stdout, done.stderr


def test_fixes_are_applied_until_none_is_left_and_told(tmp_path: Path) -> None:
    path = tmp_path / "main.lmp"
    path.write_text(WRONG.replace("q.answer", "q).answr"), encoding="utf-8")
    code, out, err = check(path, "--fix")
    assert path.read_text("utf-8") == RIGHT
    assert (code, out) == (0, "")
    assert [line.partition(": ")[2][: len("fixed LMP0000")] for line in err.splitlines()] == [
        "fixed LMP0106",
        "fixed LMP0112",
        "fixed LMP0110",
    ]
    assert "main.lmp:7:25: fixed LMP0112: `Answer` has no input `quesion`\n" in err
    assert check(path, "--fix") == (0, "", "")


def test_a_fix_that_makes_nothing_better_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "main.lmp"
    text = RIGHT.replace("return predict", "match q {\n    case str {\n    }\n  }\n  return predict")
    text = text.replace("q: str", 'q: str, mood: "good" | "bad"').replace("match q", "match mood")
    text = text.replace("case str", 'case "good"')
    path.write_text(text)
    before = check(path)
    assert "LMP0136" in before[1]
    check(path, "--fix")
    assert check(path)[1].count("error[") <= before[1].count("error[")


def test_the_ends_of_lines_and_the_mark_of_the_encoding_stay(tmp_path: Path) -> None:
    path = tmp_path / "main.lmp"
    wrong = RIGHT.replace("question: q", "quesion: q").replace("\n", "\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + wrong.encode())
    check(path, "--fix")
    assert path.read_bytes() == b"\xef\xbb\xbf" + RIGHT.replace("\n", "\r\n").encode()


def test_without_the_option_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "main.lmp"
    path.write_text(WRONG, encoding="utf-8")
    assert check(path)[0] == 1
    assert path.read_text("utf-8") == WRONG


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    code, _, err = check(tmp_path / "main.lmp", "--fix")
    assert code == 2
    assert "LMP0811" in err
