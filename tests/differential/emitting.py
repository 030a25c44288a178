"""Programs from their files, and what the backends make of them."""

from __future__ import annotations

from functools import cache
from pathlib import Path, PurePosixPath

from lmc.backends import BACKENDS
from lmc.diagnostics import Sink
from lmc.driver.load import load
from lmc.driver.outputs import taken_along
from lmc.ir.program import Emit, Program


@cache
def program_of(path: Path) -> Program:
    """The program in a file."""
    loaded = load(path, path.name)
    assert loaded.program is not None, [one.message for one in loaded.sink.diagnostics]
    return loaded.program


@cache
def root_of(path: Path) -> Path:
    """The folder of the project that a program is in."""
    return load(path, path.name).root


@cache
def emitted_files(path: Path) -> dict[PurePosixPath, bytes]:
    """All files that the backends write for a program."""
    program, sink = program_of(path), Sink()
    files: dict[PurePosixPath, bytes] = {}
    (declared,) = program.emits or (Emit((), "out"),)
    emitting = taken_along(program, declared, root_of(path), sink)
    for backend in BACKENDS:
        files |= backend.emit(program, path.name, sink, emitting)
    assert not sink.failed
    return files
