"""Disks that are full or read-only, and files of lmc's own that are damaged."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from lmc.lm.base import LMError, Reply, Request
from lmc.lm.problems import unreachable
from lmc.lm.scripted import Scripted
from lmc.lm.throttle import Throttle
from tests.driver.conftest import helped
from tests.e2e.conftest import Inside, everything, write_project

Mount = Callable[[Path, str], None]


class Late(Scripted):
    """A scripted LM that lets others go on meanwhile, as a real one does."""

    async def __call__(self, request: Request) -> Reply:
        for _ in range(8):
            await asyncio.sleep(0)
        return await super().__call__(request)


@pytest.fixture
def lm(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> Scripted:
    """The LM of the project while a test runs."""
    write_project(inside.folder, '"scripted/small"')
    found = Late(helped)
    monkeypatch.setattr("lmc.driver.lms.open_lm", lambda declaration, **_: Throttle(found, 1))
    return found


@pytest.fixture
def mount() -> Iterator[Mount]:
    """Mounts a small disk at a folder, with the options given; again: changes its options. Needs the right to."""
    mounted: list[Path] = []

    def do(folder: Path, options: str) -> None:
        again = folder in mounted
        folder.mkdir(exist_ok=True)
        options = f"remount,{options}" if again else options
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        if (
            not sys.platform.startswith("linux")
            or os.geteuid()
            or subprocess.run(command, capture_output=True).returncode
        ):
            pytest.skip("nothing can be mounted here")
        if not again:
            mounted.append(folder)

    yield do
    for folder in mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path, but: int) -> Path:
    """Fills the disk of a folder, but for so many bytes; the file that does."""
    filler = folder / "filler"
    with open(filler, "wb", buffering=0) as file:
        with suppress(OSError):
            while True:
                file.write(bytes(4096))
        file.truncate(file.tell() - but)
    return filler


def whole(inside: Inside, lm: Scripted) -> tuple[bytes, int]:
    """The lock of a build that goes well, and its calls; all of it undone again."""
    before = set(everything(inside.folder))
    assert inside("build", "main.lmp", LMC_HOME=str(inside.home.with_name("other"))).code == 0
    lock, calls = (inside.folder / "main.lock.json").read_bytes(), len(lm.calls)
    for name in set(everything(inside.folder)) - before:
        (inside.folder / name).unlink()
    lm.calls.clear()
    return lock, calls


def test_a_full_disk_under_the_project_costs_no_call(inside: Inside, lm: Scripted, mount: Mount) -> None:
    lock, calls = whole(inside, lm)
    files = everything(inside.folder)
    mount(inside.folder, "size=256k")
    for name, content in files.items():
        (inside.folder / name).write_bytes(content)
    filler = fill(inside.folder, 4096)
    before = everything(inside.folder)
    done = inside("build", "main.lmp")
    assert done.code == 3
    assert "error[LMP0800]: the disk is full" in done.err
    assert "free some space and run the same command again" in done.err
    written = {name: content for name, content in everything(inside.folder).items() if name not in before}
    filler.unlink()
    assert inside("build", "main.lmp").code == 0
    assert (inside.folder / "main.lock.json").read_bytes() == lock
    assert written.items() <= everything(inside.folder).items()  # whole files or none
    assert len(lm.calls) == calls


def test_a_full_disk_under_lmc_home_loses_no_call_that_was_written_down(
    inside: Inside, lm: Scripted, mount: Mount
) -> None:
    lock, calls = whole(inside, lm)
    mount(inside.home, "size=8m")
    filler = fill(inside.home, 120_000)
    done = inside("build", "main.lmp")
    assert done.code == 3
    assert "warning[LMP0542]: replies are not kept in the cache" in done.err
    assert done.err.count("LMP0542]") == 1
    assert "error[LMP0800]: the disk is full" in done.err
    assert not (inside.folder / "main.lock.json").exists()
    made = len(lm.calls)
    assert 0 < made < calls
    filler.unlink()
    assert inside("build", "main.lmp").code == 0
    assert (inside.folder / "main.lock.json").read_bytes() == lock
    again = len(lm.calls) - calls
    assert again <= 1  # the one that could not be written down


def test_a_disk_that_is_full_when_the_lock_is_written(
    inside: Inside, lm: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, calls = whole(inside, lm)
    before = everything(inside.folder)

    def full(source: Any, target: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(target))

    with monkeypatch.context() as patch:
        patch.setattr("lmc.store.files.os.replace", full)
        done = inside("build", "main.lmp")
    assert done.code == 3
    assert "error[LMP0800]: the disk is full: `" in done.err
    assert "main.lock.json` was not written" in done.err
    assert everything(inside.folder) == before
    assert inside("build", "main.lmp").code == 0
    assert (inside.folder / "main.lock.json").read_bytes() == lock
    assert len(lm.calls) == calls


def test_a_read_only_project(inside: Inside, lm: Scripted, mount: Mount) -> None:
    lock, calls = whole(inside, lm)
    files = everything(inside.folder)
    mount(inside.folder, "size=256k")
    for name, content in files.items():
        (inside.folder / name).write_bytes(content)
    mount(inside.folder, "ro")
    done = inside("build", "main.lmp")
    assert done.code == 3
    assert "error[LMP0801]: cannot write `" in done.err
    assert "main.lock.json`: read-only file system" in done.err
    assert inside("check", "main.lmp").code == 0
    mount(inside.folder, "rw")
    assert inside("build", "main.lmp").code == 0
    assert (inside.folder / "main.lock.json").read_bytes() == lock
    assert len(lm.calls) == calls


def test_a_read_only_home(inside: Inside, lm: Scripted, mount: Mount) -> None:
    mount(inside.home, "size=64k,ro")
    done = inside("build", "main.lmp")
    assert done.code == 3
    assert "error[LMP0801]: cannot write `" in done.err
    assert "set LMC_HOME" in done.err
    assert lm.calls == []
    done = inside("run", "main.lmp", "-i", "text=number 4")
    assert (done.code, done.out) == (0, "even\n") or done.out == "odd\n"
    assert "warning[LMP0542]" in done.err
    assert inside("check", "main.lmp").code == 0


def test_a_damaged_cache_is_set_aside(inside: Inside, lm: Scripted) -> None:
    lock, calls = whole(inside, lm)
    (inside.home / "cache").mkdir(parents=True)
    (inside.home / "cache" / "replies.sqlite").write_bytes(b"this is no database" * 400)
    done = inside("build", "main.lmp")
    assert done.code == 0
    assert done.err.count("warning[LMP0541]") == 1
    assert (inside.home / "cache" / "replies.sqlite.corrupt").exists()
    assert (inside.folder / "main.lock.json").read_bytes() == lock
    assert len(lm.calls) == calls


def test_a_damaged_journal_costs_the_calls_of_the_lines_that_are_lost(
    inside: Inside, lm: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, calls = whole(inside, lm)

    def stop(request: Request) -> str:
        if len(stopped.calls) > 50:
            raise LMError(unreachable("scripted/small", ""))
        return helped(request)

    stopped = Scripted(stop)
    with monkeypatch.context() as patch:
        patch.setattr("lmc.driver.lms.open_lm", lambda declaration, **_: stopped)
        assert inside("build", "main.lmp").code == 3
    (journal,) = (inside.home / "journals").glob("*.jsonl")
    lines = journal.read_bytes().splitlines(keepends=True)
    assert len(lines) == 50
    lines[20] = b"\xff\0 no JSON\n"
    journal.write_bytes(b"".join(lines) + lines[3][:40])
    for file in (inside.home / "cache").iterdir():
        file.unlink()
    done = inside("build", "main.lmp")
    assert done.code == 0
    assert "warning[LMP0543]: line 21 of the journal" in done.err
    assert "going on: 49 calls were made before" in done.err
    assert (inside.folder / "main.lock.json").read_bytes() == lock
    assert len(lm.calls) == calls - 50 + 1


SLOTS: dict[str, tuple[dict[str, Any], str]] = {
    "of no call": ({"Main.gone": {}}, "the lock has `Main.gone`, which is no call of the program"),
    "without an input": (
        {"Main.verdict": {"demos": [{"inputs": {}, "outputs": {"parity": "odd"}}]}},
        "the lock has `Main.verdict`, whose demonstration 1 has a wrong `text`",
    ),
    "of another type": (
        {"Main.verdict": {"demos": [{"inputs": {"text": "number 1"}, "outputs": {"parity": "uneven"}}]}},
        "the lock has `Main.verdict`, whose demonstration 1 has a wrong `parity`",
    ),
    "of another field": (
        {"Main.verdict": {"demos": [{"inputs": {"text": "number 1", "x": 1}, "outputs": {"parity": "odd"}}]}},
        "the lock has `Main.verdict`, whose demonstration 1 has a wrong `x`",
    ),
}


@pytest.mark.parametrize("name", SLOTS)
def test_tuned_values_that_do_not_fit_the_program(inside: Inside, lm: Scripted, name: str) -> None:
    assert inside("build", "main.lmp").code == 0
    slots, says = SLOTS[name]
    path = inside.folder / "main.lock.json"
    lock = json.loads(path.read_text())
    lock["modules"]["Main"]["slots"] = slots
    path.write_text(json.dumps(lock))
    before = everything(inside.folder)
    for command in (["build"], ["build", "--frozen", "--check"], ["run", "-i", "text=1"], ["eval"], ["ir", "--tuned"]):
        done = inside(command[0], "main.lmp", *command[1:])
        assert (done.code, done.out) == (1, "")
        assert f"error[LMP0504]: {says}" in done.err
        assert "run `lmc build --retune`" in done.err
    assert everything(inside.folder) == before
    assert inside("build", "main.lmp", "--retune").code == 0
    assert inside("build", "main.lmp", "--frozen", "--check").code == 0


def test_a_file_that_somebody_wrote_is_not_overwritten(inside: Inside, lm: Scripted) -> None:
    mine = inside.folder / "out" / "python" / "main.py"
    mine.parent.mkdir(parents=True)
    mine.write_text("print('mine')\n")
    done = inside("build", "main.lmp")
    assert done.code == 1
    assert "error[LMP0510]: `out/python/main.py` would be overwritten" in done.err
    assert mine.read_text() == "print('mine')\n"
    calls = len(lm.calls)
    mine.unlink()
    assert inside("build", "main.lmp").code == 0
    assert len(lm.calls) == calls


def test_what_another_program_emits_is_not_overwritten(inside: Inside, lm: Scripted) -> None:
    """A copy of a program has modules and calls of the same names; each would undo the other's prompts."""
    assert inside("build", "main.lmp").code == 0
    copy = inside.folder / "other.lmp"
    copy.write_bytes((inside.folder / "main.lmp").read_bytes())
    before = everything(inside.folder / "out")
    done = inside("build", "other.lmp")
    assert done.code == 1
    assert "would be overwritten, and it is what `main.lmp` emits" in done.err
    assert '"out/other"' in done.err
    assert everything(inside.folder / "out") == before
    (inside.folder / "main.lmp").unlink()
    assert inside("build", "other.lmp").code == 0, "a program that was renamed takes over what it wrote"
