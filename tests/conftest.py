"""`pytest --update-pages` writes what the programs and commands of the pages come to now into the pages; read the
diff."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-pages", action="store_true", help="rewrite what pages show")


@pytest.fixture
def update_pages(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-pages"))
