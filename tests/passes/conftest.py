"""Programs from text."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lmc.diagnostics import Sink
from lmc.elaborate import lower
from lmc.ir.program import Program
from lmc.source import SourceFile
from lmc.syntax import parse


@pytest.fixture(scope="session")
def program() -> Callable[[str], Program]:
    """Gives the program of a text that has no mistakes."""

    def read(text: str) -> Program:
        sink = Sink()
        found = lower("main", {"main.lmp": parse(SourceFile("main.lmp", text), sink)}, {}, sink)
        assert not sink.failed, [one.message for one in sink.diagnostics]
        return found

    return read
