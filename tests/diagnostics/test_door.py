"""The door of every command: whatever goes wrong behind it, a user reads a sentence and a script an exit code."""

from __future__ import annotations

import asyncio
import errno
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from lmc.cli import door
from lmc.cli.door import EXIT_CODES, colour_wanted, exit_code, guarded
from lmc.diagnostics import Diagnostic, Failure, Label
from lmc.diagnostics.render import Form
from lmc.source import SourceFile


def outcome(error: BaseException, form: Form = "text", **env: str) -> Result:
    """What a command prints in which `error` is raised."""

    @click.command()
    @guarded(form=form)
    def command() -> None:
        raise error

    return CliRunner().invoke(command, [], env={"NO_COLOR": "1", **env})


def test_a_command_that_goes_well_is_left_alone() -> None:
    @click.command()
    @guarded()
    def command() -> None:
        click.echo("fine")

    result = CliRunner().invoke(command, [])
    assert (result.exit_code, result.output) == (0, "fine\n")


def test_a_failure_is_printed_to_standard_error() -> None:
    result = outcome(Failure(Diagnostic("LMP0001", "what went wrong", help="what to do")))
    assert result.stdout == ""
    assert result.stderr == (
        "error[LMP0001]: what went wrong\n  = help: what to do\n  = see `lmc explain LMP0001`\n\n1 error\n"
    )


def test_a_failure_is_printed_in_the_chosen_form() -> None:
    failure = Failure(Diagnostic("LMP0001", "what went wrong"))
    assert outcome(failure, "concise").stderr == "error[LMP0001]: what went wrong\n"
    assert json.loads(outcome(failure, "json").stderr)[0]["code"] == "LMP0001"


def test_sources_may_come_in_while_the_command_runs(capsys: pytest.CaptureFixture[str]) -> None:
    sources: dict[str, SourceFile] = {}

    @guarded("concise", sources=sources)
    def command() -> None:
        sources["a.lmp"] = SourceFile("a.lmp", "a\nb\n")
        raise Failure(Diagnostic("LMP0001", "wrong", Label(sources["a.lmp"].span(2, 3))))

    with pytest.raises(SystemExit):
        command()
    assert capsys.readouterr().err == "a.lmp:2:1: error[LMP0001]: wrong\n"


@pytest.mark.parametrize(
    ("code", "expected"),
    [("LMP0001", 1), ("LMP0101", 1), ("LMP0301", 1), ("LMP0600", 3), ("LMP0601", 4), ("LMP0810", 3), ("LMP0900", 2)],
)
def test_the_code_decides_how_a_command_ends(code: str, expected: int) -> None:
    assert exit_code(Diagnostic(code, "m")) == expected
    assert outcome(Failure(Diagnostic(code, "m"))).exit_code == expected


def test_every_exit_code_is_told_once() -> None:
    told = [code for code, _ in EXIT_CODES]
    constants = [getattr(door, name) for name in vars(door) if name.isupper() and isinstance(getattr(door, name), int)]
    assert told == sorted(set(constants))


def test_ctrl_c_is_one_line() -> None:
    result = outcome(KeyboardInterrupt())
    assert (result.exit_code, result.stderr) == (130, "\ninterrupted\n")


@pytest.mark.parametrize(
    ("number", "code", "message"),
    [
        (errno.ENOSPC, "LMP0800", "the disk is full: `out/a.py` was not written"),
        (errno.EACCES, "LMP0810", "`out/a.py` cannot be used: permission denied"),
        (errno.EROFS, "LMP0810", "`out/a.py` cannot be used: read-only file system"),
        (errno.EISDIR, "LMP0810", "`out/a.py` cannot be used: is a directory"),
    ],
)
def test_the_disk_fails(number: int, code: str, message: str) -> None:
    result = outcome(OSError(number, os.strerror(number), "out/a.py"))
    assert result.exit_code == 3
    assert result.stderr.startswith(f"error[{code}]: {message}\n")


def test_the_first_real_cause_of_a_group_counts() -> None:
    async def fail(error: Exception) -> None:
        raise error

    async def several() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(fail(OSError(errno.EIO, "bad")))
            tasks.create_task(fail(Failure(Diagnostic("LMP0600", "no such LM"))))

    @click.command()
    @guarded("concise")
    def command() -> None:
        asyncio.run(several())

    result = CliRunner().invoke(command, [])
    assert (result.exit_code, result.stderr) == (3, "error[LMP0600]: no such LM\n")


def test_a_group_with_an_interruption_is_an_interruption() -> None:
    assert outcome(BaseExceptionGroup("several", [ValueError(), KeyboardInterrupt()])).exit_code == 130


def test_a_bug_is_called_a_bug_and_its_traceback_goes_to_a_file(tmp_path: Path) -> None:
    home = tmp_path / "home"
    result = outcome(KeyError("sk-123456789"), LMC_HOME=str(home), MY_API_KEY="sk-123456789")
    (crash,) = home.iterdir()
    assert result.exit_code == 70
    assert "internal compiler error: `KeyError` at " in result.stderr
    assert "test_door.py" in result.stderr
    assert f"the traceback is in {crash}" in result.stderr
    assert "Traceback" not in result.stderr
    assert "sk-123456789" not in result.stderr
    written = crash.read_text(encoding="utf-8")
    assert "Traceback" in written
    assert "KeyError: '$MY_API_KEY'" in written


def test_a_bug_on_a_full_disk_still_says_so(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    result = outcome(ValueError("x"), LMC_HOME=str(file / "home"))
    assert result.exit_code == 70
    assert "the traceback could not be written" in result.stderr


def test_wrong_use_stays_with_click() -> None:
    result = outcome(click.UsageError("no such thing"))
    assert (result.exit_code, "no such thing" in result.stderr) == (2, True)


def test_an_exit_code_that_a_command_chose_stays() -> None:
    assert outcome(SystemExit(4)).exit_code == 4
    assert outcome(click.exceptions.Exit(1)).exit_code == 1


@pytest.mark.skipif(os.name != "posix", reason="pipes of this kind are of POSIX")
def test_a_reader_that_goes_away_ends_it_in_silence() -> None:
    program = "from lmc.cli.door import guarded\nwith guarded():\n    print('x' * 1000000)\n"
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([sys.executable, "-c", program], stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_standard_output() -> None:
    program = "from lmc.cli.door import guarded\nwith guarded('concise'):\n    print('x')\n"
    with open("/dev/full", "w") as full:
        done = subprocess.run([sys.executable, "-c", program], stdout=full, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (3, b"error[LMP0800]: the disk is full: a file was not written\n")


@pytest.mark.parametrize(
    ("choice", "env", "terminal", "wanted"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"TERM": "dumb"}, True, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"CLICOLOR_FORCE": "1"}, False, True),
        ("auto", {"CLICOLOR_FORCE": "0"}, False, False),
        ("auto", {"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, True, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {"CLICOLOR_FORCE": "1"}, True, False),
    ],
)
def test_colour(
    choice: door.ColourChoice, env: dict[str, str], terminal: bool, wanted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_COLOR", "CLICOLOR_FORCE", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: terminal)
    assert colour_wanted(stream, choice) is wanted


def test_a_command_that_guards_nothing_is_guarded_by_the_command_line(tmp_path: Path) -> None:
    from lmc.cli.main import main

    result = CliRunner().invoke(main, ["model", "path", "tinny"], env={"LMC_HOME": str(tmp_path)})
    assert result.exit_code == 3
    assert result.stderr.startswith("error[LMP0622]: unknown local model `tinny`\n")
