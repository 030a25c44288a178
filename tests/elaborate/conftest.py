"""Checks programs as `lmc check` does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lmc.diagnostics import Diagnostic
from lmc.driver.checks import check_beyond, check_program
from lmc.driver.load import load
from lmc.passes import simplify

Check = Callable[..., tuple[Diagnostic, ...]]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-elaborate", action="store_true", help="rewrite what the cases of elaboration show")


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-elaborate", default=False))


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Gives what is found wrong with the program `main.lmp` of this text, beside other files by name."""

    def run(text: str, **files: str) -> tuple[Diagnostic, ...]:
        for name, content in {"main.lmp": text, **files}.items():
            (tmp_path / name).write_text(content, encoding="utf-8")
        loaded = load(tmp_path / "main.lmp", "main.lmp")
        if loaded.program is not None:
            check_beyond(loaded.program, loaded.root, loaded.sink)
            check_program(simplify(loaded.program), loaded.root, loaded.sink)
        return loaded.sink.diagnostics

    return run
