"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from lmc.diagnostics import Failure
from lmc.store.problems import cannot_read, cannot_write


def make_folder(path: Path) -> Path:
    """The folder, made if it was missing, with those above it. Raises Failure."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Failure(cannot_write(path, error)) from None
    return path


def write_atomic(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Writes a file so that a reader, a crash or a full disk sees the old bytes or the new ones and nothing between.
    Makes its folder if need be. Not `durable`: faster, but a power cut may leave it empty. Raises Failure, and then
    leaves nothing behind."""
    make_folder(path.parent)
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(beside, "wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            beside.unlink()
        if isinstance(error, OSError):
            raise Failure(cannot_write(path, error)) from None
        raise


def read_bytes(path: Path) -> bytes:
    """The bytes of a file. Raises Failure."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise Failure(cannot_read(path, error)) from None
