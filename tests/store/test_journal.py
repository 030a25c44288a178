"""The journal loses nothing that was appended, and lets one process in at a time."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lmc.diagnostics import Failure
from lmc.store import Journal, read_events


def test_what_was_appended_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "build.jsonl"
    with Journal(path) as journal:
        journal.append({"event": "call", "text": "ünïcode \ud800 and\nlines"})
        journal.append({"event": "score", "value": 0.5})
    with Journal(path) as journal:
        assert [one["event"] for one in journal.events] == ["call", "score"]
        assert journal.events[0]["text"] == "ünïcode \ud800 and\nlines"
        assert journal.warnings == ()


def test_sigkill_loses_nothing_that_was_appended(tmp_path: Path) -> None:
    path = tmp_path / "build.jsonl"
    code = (
        "import os, signal, sys; from pathlib import Path; from lmc.store import Journal\n"
        "journal = Journal(Path(sys.argv[1]))\n"
        "for number in range(100): journal.append({'number': number})\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    with Journal(path) as journal:
        assert [one["number"] for one in journal.events] == list(range(100))


def test_a_torn_last_line_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "build.jsonl"
    path.write_bytes(b'{"number": 1}\n{"numb')
    with Journal(path) as journal:
        assert journal.events == ({"number": 1},)
        assert journal.warnings == ()
        journal.append({"number": 2})
    assert [json.loads(line) for line in path.read_text().splitlines()] == [{"number": 1}, {"number": 2}]


@pytest.mark.parametrize("line", [b"\x00\x00\x00", b"{not json}", b"[1]", b"\xff\xfe"])
def test_an_unreadable_line_is_passed_over_with_a_warning(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "build.jsonl"
    path.write_bytes(b'{"number": 1}\n' + line + b'\n{"number": 2}\n')
    with Journal(path) as journal:
        assert journal.events == ({"number": 1}, {"number": 2})
        assert [one.code for one in journal.warnings] == ["LMP0543"]
        assert "line 2" in journal.warnings[0].message


def test_a_second_one_names_the_process_that_has_it(tmp_path: Path) -> None:
    path = tmp_path / "build.jsonl"
    with Journal(path), pytest.raises(Failure) as failed:
        Journal(path)
    assert failed.value.diagnostic.code == "LMP0540"
    assert str(os.getpid()) in failed.value.diagnostic.message
    Journal(path).close()


def test_closing_twice_is_fine_and_appending_afterwards_is_a_bug(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "build.jsonl")
    journal.close()
    journal.close()
    with pytest.raises(ValueError, match="closed"):
        journal.append({})


def test_a_full_disk_is_a_failure_and_leaves_whole_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "build.jsonl"
    write = os.write
    with Journal(path) as journal:
        journal.append({"number": 1})

        def half(file: int, data: bytes) -> int:
            if len(data) < 10:
                raise OSError(errno.ENOSPC, "No space left on device")
            return write(file, data[: len(data) - 5])

        with monkeypatch.context() as patch:
            patch.setattr(os, "write", half)
            with pytest.raises(Failure) as failed:
                journal.append({"number": 2, "text": "long enough to be cut"})
        assert failed.value.diagnostic.code == "LMP0800"
        assert path.read_bytes() == b'{"number":1}\n'
        journal.append({"number": 3})
    assert [one["number"] for one in read_events(path)[0]] == [1, 3]


def test_reading_a_journal_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(Failure) as failed:
        read_events(tmp_path / "none.jsonl")
    assert failed.value.diagnostic.code == "LMP0802"
