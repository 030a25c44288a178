"""Files are written whole or not at all; everything that lmc keeps lies below one folder."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from lmc.diagnostics import Failure
from lmc.store import (
    Exclusive,
    cache_folder,
    home,
    journals_folder,
    make_folder,
    models_folder,
    read_bytes,
    write_atomic,
)


def test_the_bytes_are_there_and_nothing_else(tmp_path: Path) -> None:
    write_atomic(tmp_path / "new" / "file", b"one")
    write_atomic(tmp_path / "new" / "file", b"two")
    assert read_bytes(tmp_path / "new" / "file") == b"two"
    assert [one.name for one in (tmp_path / "new").iterdir()] == ["file"]


@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, "LMP0800"), (errno.EROFS, "LMP0801"), (errno.EIO, "LMP0801")]
)
def test_a_disk_that_fails_leaves_the_old_bytes_and_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: str
) -> None:
    path = tmp_path / "file"
    write_atomic(path, b"old")

    def fail(file: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(Failure) as failed:
        write_atomic(path, b"new")
    assert failed.value.diagnostic.code == code
    assert str(path) in failed.value.diagnostic.message
    assert failed.value.diagnostic.help
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_a_file_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Failure) as failed:
        make_folder(tmp_path / "file" / "below")
    assert failed.value.diagnostic.code == "LMP0801"


def test_reading_what_is_not_there_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(Failure) as failed:
        read_bytes(tmp_path / "none")
    assert failed.value.diagnostic.code == "LMP0802"
    assert "no such file" in failed.value.diagnostic.message


def test_lmc_home_moves_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LMC_HOME", str(tmp_path))
    assert home() == tmp_path
    assert {models_folder().parent, cache_folder().parent, journals_folder().parent} == {tmp_path}
    monkeypatch.setenv("LMC_HOME", "")
    assert home() != tmp_path


def test_a_lock_is_held_by_one_and_released_for_the_next(tmp_path: Path) -> None:
    first, second = Exclusive(tmp_path / "lock"), Exclusive(tmp_path / "lock")
    assert first.acquire()
    assert not second.acquire()
    assert second.holder == os.getpid()
    first.release()
    first.release()
    with second:
        assert not first.acquire()
