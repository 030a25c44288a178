"""Programs from text, and what a backend makes of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lmc.backends import BACKENDS
from lmc.diagnostics import Sink
from lmc.driver.load import load
from lmc.ir.program import Program

Emit = Callable[..., dict[str, str]]


@pytest.fixture
def program(tmp_path: Path) -> Callable[..., Program]:
    """Makes a program of its text."""

    def build(text: str, name: str = "sample") -> Program:
        path = tmp_path / f"{name}.lmp"
        path.write_text('lm small = "local/smollm2-135m"\n' * ("lm " not in text) + text)
        loaded = load(path, path.name)
        assert loaded.program is not None, [one.message for one in loaded.sink.diagnostics]
        return loaded.program

    return build


@pytest.fixture
def emit(program: Callable[..., Program]) -> Emit:
    """The files of a backend by path, as text."""

    def run(backend: str, text: str, name: str = "sample", sink: Sink | None = None) -> dict[str, str]:
        (chosen,) = [one for one in BACKENDS if one.name == backend]
        files = chosen.emit(program(text, name), f"programs/{name}/{name}.lmp", sink or Sink())
        return {str(path): data.decode() for path, data in files.items()}

    return run
