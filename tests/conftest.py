"""`pytest --update-pages` writes what the programs and commands of the pages come to now into the pages; read the
diff."""

from __future__ import annotations

import signal

import pytest


def pytest_configure() -> None:
    """What a script starts with `&` ignores Ctrl-C, and so does all that it starts; the tests send it to commands."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-pages", action="store_true", help="rewrite what pages show")


@pytest.fixture
def update_pages(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-pages"))
