"""The page in a real browser, at the widths of a desk and of a phone. Skipped where there is no Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.report.browser import Browser, installed
from tests.report.conftest import Make
from tests.report.test_page import made

pytestmark = pytest.mark.skipif(installed() is None, reason="no Chromium is installed: the page is not looked at")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    found = Browser(installed() or "", tmp_path_factory.mktemp("profile"))
    yield found
    found.close()


def opened(browser: Browser, project: Make, name: str, width: int, dark: bool = False) -> Path:
    """Opens the page of a project's program; its file."""
    path = project(name)
    file = path.with_name("page.html")
    file.write_text(made(path))
    browser.show(file.as_uri(), width, 900, dark)
    return file


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_overflows_and_the_chart_of_the_width_is_shown(
    browser: Browser, project: Make, width: int, dark: bool
) -> None:
    opened(browser, project, "helped", width, dark)
    assert browser.value("document.documentElement.scrollWidth") <= width
    shown = "[...document.querySelectorAll('svg')].filter(one => one.clientWidth > 0).map(one => one.classList[0])"
    assert browser.value(shown) == ["wide" if width > 720 else "narrow"]
    over = "[...document.querySelectorAll('pre, td, dd, h3, p')].filter(one => one.scrollWidth > one.clientWidth + 1)"
    assert browser.value(f"{over}.length") == 0
    ground = browser.value("getComputedStyle(document.body).backgroundColor")
    assert (int(ground.strip("rgb()").split(",")[0]) < 60) == dark
    assert len(browser.picture()) > 10_000


def test_rows_are_filtered_and_tables_sorted(browser: Browser, project: Make) -> None:
    opened(browser, project, "helped", 1280)
    kinds = (
        "new Set([...document.querySelectorAll('.rows tbody tr')].filter(r => r.offsetHeight).map(r => r.dataset.kind))"
    )
    assert set(browser.value(f"[...{kinds}]")) <= {"won changed", "lost changed"}
    browser.value("document.querySelector('[data-show=all]').click()")
    assert "same" in browser.value(f"[...{kinds}]")
    browser.value("document.querySelector('[data-show=won]').click()")
    assert browser.value(f"[...{kinds}]") == ["won changed"]
    calls = "[...document.querySelectorAll('table.sortable')][0].tBodies[0].rows"
    column = f"[...{calls}].map(r => Number(r.cells[2].dataset.value))"
    browser.value("document.querySelectorAll('table.sortable th')[2].querySelector('button').click()")
    found = browser.value(column)
    assert found == sorted(found)
    browser.value("document.querySelectorAll('table.sortable th')[2].querySelector('button').click()")
    assert browser.value(column) == found[::-1]


def test_candidates_open_and_close(browser: Browser, project: Make) -> None:
    opened(browser, project, "helped", 390)
    count = "document.querySelectorAll('details.candidate[open]').length"
    assert browser.value(count) == 0
    browser.value("document.querySelector('button.fold').click()")
    assert browser.value(count) == browser.value("document.querySelectorAll('details.candidate').length") > 1
    assert browser.value("document.documentElement.scrollWidth") <= 390


def test_what_is_hostile_does_nothing_and_nothing_is_asked_for(browser: Browser, project: Make) -> None:
    file = opened(browser, project, "hostile", 1280)
    assert browser.value("document.images.length") == 0
    assert browser.value("document.scripts.length") == 1
    methods = [one.get("method") for one in browser.events]
    assert "Page.javascriptDialogOpening" not in methods
    assert "Runtime.exceptionThrown" not in methods
    entries = [one["params"]["entry"]["text"] for one in browser.events if one.get("method") == "Log.entryAdded"]
    assert entries == []
    asked = {
        one["params"]["request"]["url"] for one in browser.events if one.get("method") == "Network.requestWillBeSent"
    }
    assert {one for one in asked if not one.startswith("data:")} == {file.as_uri()}
