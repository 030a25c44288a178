"""`lmc report` and `lmc export` as a user has them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lmc.store import tunings_folder
from tests.e2e.conftest import Inside, Shell, environment
from tests.report.conftest import Make

Open = Callable[[str], Inside]


@pytest.fixture
def lmc(project: Make) -> Open:
    """The command line in the folder of a tuned project."""

    def make(name: str) -> Inside:
        return Inside(project(name).parent, environment(Path(os.environ["LMC_HOME"])))

    return make


def test_report_writes_a_page_beside_the_program(lmc: Open) -> None:
    shell = lmc("helped")
    done = shell("report", "main.lmp")
    assert (done.code, done.out, done.err) == (0, "wrote main.report.html\n", "")
    first = (shell.folder / "main.report.html").read_bytes()
    assert first.startswith(b"<!doctype html>")
    done = shell("report", "main.lmp", "--out", "pages/tuned.html")
    assert done.out == "wrote pages/tuned.html\n"
    assert (shell.folder / "pages/tuned.html").read_bytes() == first


def test_a_process_of_its_own_writes_the_same_page(lmc: Open) -> None:
    inside = lmc("helped")
    inside("report", "main.lmp", "--out", "inside.html")
    done = Shell(inside.folder, inside.env)("report", "main.lmp", "--out", "process.html")
    assert (done.code, done.err) == (0, "")
    assert (inside.folder / "process.html").read_bytes() == (inside.folder / "inside.html").read_bytes()


def test_report_as_json_writes_no_page(lmc: Open) -> None:
    shell = lmc("helped")
    done = shell("report", "main.lmp", "--json")
    assert done.code == 0
    assert done.json["program"] == "main.lmp"
    (found,) = done.json["tunings"]
    assert (found["module"], found["kept_as_written"], found["changed_since"]) == ("Main", False, [])
    assert found["lock"] == json.loads((shell.folder / "main.lock.json").read_text())["modules"]["Main"]
    assert len(found["record"]["trials"]) > 1
    assert not (shell.folder / "main.report.html").exists()


def test_without_a_record_the_report_is_of_the_lock_and_nothing_is_exported(lmc: Open) -> None:
    shell = lmc("helped")
    for file in tunings_folder().iterdir():
        file.unlink()
    done = shell("report", "main.lmp")
    assert done.code == 0
    assert "Main: this machine has no record of the tuning" in done.out
    assert b"This is what the lock says" in (shell.folder / "main.report.html").read_bytes()
    assert json.loads(shell("report", "main.lmp", "--json").out)["tunings"][0]["record"] is None
    done = shell("export", "main.lmp", "--to", "optuna", "studies.log")
    assert (done.code, done.out) == (1, "")
    assert "error[LMP0580]: this machine has no record of the tuning of `Main`" in done.err
    assert not (shell.folder / "studies.log").exists()


def test_without_a_lock_there_is_nothing_to_report_on(lmc: Open) -> None:
    shell = lmc("helped")
    (shell.folder / "main.lock.json").unlink()
    for command in (["report", "main.lmp"], ["export", "main.lmp", "--to", "optuna", "studies.log"]):
        done = shell(*command)
        assert (done.code, done.out) == (4, "")
        assert "error[LMP0502]: `Main` has not been tuned" in done.err


def test_a_page_that_cannot_be_written_is_said(lmc: Open) -> None:
    shell = lmc("helped")
    done = shell("report", "main.lmp", "--out", "main.lmp/page.html")
    assert done.code == 3
    assert "error[LMP0801]" in done.err


@pytest.mark.filterwarnings("ignore")
def test_export_says_what_it_wrote(lmc: Open) -> None:
    shell = lmc("helped")
    done = shell("export", "main.lmp", "--to", "optuna", "studies.log")
    assert (done.code, done.out, done.err) == (0, "study `main/Main: comparisons` in studies.log\n", "")
    assert shell("export", "main.lmp", "--to", "optuna", "main.lmp/studies.db").code == 3


def test_export_wants_to_know_where_to(lmc: Open) -> None:
    shell = lmc("helped")
    assert shell("export", "main.lmp", "studies.log").code == 2
    assert shell("export", "main.lmp", "--to", "elsewhere", "x").code == 2
    done = shell("export", "main.lmp", "--to", "otel", "no-url")
    assert done.code == 3
    assert "error[LMP0582]: nothing could be exported to `no-url`" in done.err
