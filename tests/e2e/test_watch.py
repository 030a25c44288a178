"""`lmc watch`, as editors save: in place, beside and renamed, half-written, gone for a moment."""

from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lmc.driver.watching import Watcher
from tests.e2e.conftest import Inside, Shell, environment

QUICKSTART = Path(__file__).parents[2] / "programs" / "quickstart"
PATIENCE = 60.0


class Watching:
    """A running `lmc watch --json`, whose lines are read as they come."""

    def __init__(self, shell: Shell, *args: str) -> None:
        self.process = shell.start("watch", *args)
        self.lines: queue.Queue[str] = queue.Queue()
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in iter(self.process.stdout.readline, b""):
            self.lines.put(line.decode())

    def next(self) -> Any:
        """What is said next, as JSON."""
        return json.loads(self.lines.get(timeout=PATIENCE))

    def until(self, wanted: Callable[[Any], bool]) -> Any:
        """The next report that is wanted; a loaded machine may see a state between."""
        while not wanted(found := self.next()):
            pass
        return found

    def stop(self) -> tuple[int, str]:
        """Ctrl-C; the exit code and what stood on standard error."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(PATIENCE)
        self.reader.join(PATIENCE)
        assert self.process.stderr is not None
        said = self.process.stderr.read().decode()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        return code, said


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """The quickstart, tuned, in a folder of its own; its model is not on this machine."""
    shutil.copytree(QUICKSTART, tmp_path / "project")
    return Shell(tmp_path / "project", environment(tmp_path / "home"))


@pytest.fixture
def watching(shell: Shell) -> Iterator[Callable[..., Watching]]:
    """Starts watching; what is left in the end is killed."""
    started: list[Watching] = []

    def start(*args: str) -> Watching:
        started.append(Watching(shell, *args))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()
        one.reader.join(PATIENCE)
        for stream in (one.process.stdin, one.process.stdout, one.process.stderr):
            if stream is not None:
                stream.close()


def test_a_day_of_saving(shell: Shell, watching: Callable[..., Watching]) -> None:
    program = shell.folder / "router.lmp"
    page = shell.folder / "out/prompts/Router.r.md"
    text, lock = program.read_text(), (shell.folder / "router.lock.json").read_bytes()
    outputs = page.read_bytes()
    watch = watching("--json", "--prompts", "now", ".")

    first = watch.next()
    assert (first["program"], first["failed"], first["prompts"], first["due"]) == (
        "router.lmp",
        False,
        ["Router.r"],
        [],
    )
    assert first["changed"] == []
    assert "now/router/Router.r.md" in first["written"]

    # an edit, saved in place: the tuning is stale, so outputs stay and a build is due
    program.write_text(text.replace("Classify the intent", "Say the intent"))
    seen = watch.until(lambda one: one["changed"])
    assert [one["part"] for one in seen["changed"]] == ["prompt"]
    assert "-Classify the intent of the request." in seen["changed"][0]["diff"]
    assert "+Say the intent of the request." in seen["changed"][0]["diff"]
    assert seen["due"] == ["the tuning of `Router` is stale: source changed since"]
    assert page.read_bytes() == outputs
    assert "Say the intent" in (shell.folder / "now/router/Router.r.md").read_text()

    # a mistake, saved as most editors do: written beside and renamed
    beside = program.with_name(".router.lmp.swp")
    beside.write_text(text + "modul\n")
    os.replace(beside, program)
    seen = watch.until(lambda one: one["failed"])
    assert [one["code"] for one in seen["diagnostics"]] == ["LMP0005"]
    assert seen["prompts"] is None

    # back as it was; the file is moved away first, and half of it is written before the rest
    program.rename(program.with_name("router.lmp~"))
    program.write_text(text[:300])
    program.write_text(text)
    seen = watch.until(lambda one: not one["failed"] and not one["due"])
    assert "Classify the intent of the request." in seen["changed"][0]["diff"]

    # what a build would write without tuning is written
    program.write_text(text.replace('to "out"', 'to "more"'))
    seen = watch.until(lambda one: "more/prompts/Router.r.md" in one["written"])
    assert (shell.folder / "more/prompts/Router.r.md").read_bytes() == outputs

    # a file that the program depends on
    data = shell.folder / "data" / "snips.jsonl"
    rows = data.read_text()
    data.write_text(rows + "{broken\n")
    assert "LMP0304" in [one["code"] for one in watch.until(lambda one: one["failed"])["diagnostics"]]
    data.write_text(rows)
    watch.until(lambda one: not one["failed"])

    # a program more, and one less
    (shell.folder / "new.lmp").write_text("module Main(n: int) -> int {\n  return n\n}\n")
    assert watch.until(lambda one: one["program"] == "new.lmp")["prompts"] == []
    (shell.folder / "new.lmp").unlink()
    watch.until(lambda one: one == {"program": "new.lmp", "gone": True})

    assert (shell.folder / "router.lock.json").read_bytes() == lock
    code, said = watch.stop()
    assert code == 130
    assert said == "\ninterrupted\n"


def test_plain_lines_in_a_pipe(shell: Shell, watching: Callable[..., Watching]) -> None:
    watch = watching("router.lmp", "--no-write")
    assert watch.lines.get(timeout=PATIENCE).endswith("router.lmp: fine; 1 prompt\n")
    program = shell.folder / "router.lmp"
    program.write_text(program.read_text().replace("Classify the intent", "Say the intent"))
    assert watch.lines.get(timeout=PATIENCE).endswith("router.lmp: fine; changed: Router.r\n")
    lines = [watch.lines.get(timeout=PATIENCE) for _ in range(8)]
    assert "  -Classify the intent of the request.\n" in lines
    assert "\x1b" not in "".join(lines)
    code, said = watch.stop()
    assert code == 130
    assert said.startswith("watching 1 program and 3 files beside it; Ctrl-C ends\n")


def test_what_is_not_there_is_told(shell: Shell) -> None:
    done = Inside(shell.folder, shell.env)("watch", "ruoter.lmp")
    assert (done.code, done.out) == (2, "")
    assert "did you mean `router.lmp`?" in done.err


def test_a_terminal_is_cleared_before_each_report(shell: Shell) -> None:
    pty = pytest.importorskip("pty")
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "lmc", "watch", "router.lmp"]
    process = subprocess.Popen(command, cwd=shell.folder, env=shell.env, stdout=follower, stderr=follower)
    os.close(follower)
    shown = b""
    try:
        while b"1 prompt" not in shown:
            shown += os.read(leader, 4096)
        assert b"\x1b[2J" not in shown
        (shell.folder / "router.lmp").write_text("x\n")
        while b"\x1b[2J" not in shown or b"LMP0005" not in shown:
            shown += os.read(leader, 4096)
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130
        os.close(leader)


def test_a_file_is_waited_for_until_it_is_whole(tmp_path: Path) -> None:
    """A slow editor: between two looks the file grows, then is moved away, then is back."""
    path = tmp_path / "main.lmp"
    path.write_text("type A = int\n")
    steps: list[Callable[[], object]] = [
        lambda: path.write_text("type B"),
        lambda: path.write_text("type B = s"),
        lambda: path.unlink(),
        lambda: path.write_text("type B = str\n"),
    ]
    seen: list[str] = []

    def sleep(seconds: float) -> None:
        if steps:
            steps.pop(0)()
        time.sleep(0.001)

    watcher = Watcher((tmp_path,), sleep=sleep)
    assert watcher.begin() == [path]
    assert watcher.wait() == [path]
    seen.append(path.read_text())
    assert (seen, steps) == (["type B = str\n"], [])
