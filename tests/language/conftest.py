"""`pytest tests/language --update-language` writes what the compiler does now into the pages of the reference."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-language", action="store_true", help="rewrite what the language reference shows")


@pytest.fixture
def update_language(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-language", default=False))
