"""`lmc explain`."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from lmc.cli.explain import coloured, explain
from lmc.diagnostics import CODES
from lmc.diagnostics.pages import page


@pytest.mark.parametrize("written", ["LMP0900", "lmp0900", "lmp900", "900", "0900", " LMP-900 "])
def test_a_code_may_be_written_in_many_ways(written: str) -> None:
    result = CliRunner().invoke(explain, [written])
    assert result.exit_code == 0
    assert result.stdout == page("LMP0900")
    assert result.stdout.startswith(f"# LMP0900: {CODES['LMP0900'].title}\n")


@pytest.mark.parametrize(("written", "meant"), [("LMP9810", "LMP0810"), ("LPM0810", "LMP0810")])
def test_an_unknown_code_is_a_wrong_use(written: str, meant: str) -> None:
    result = CliRunner().invoke(explain, [written])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert f"error[LMP0900]: unknown diagnostic code `{written}`" in result.stderr
    assert f"did you mean `{meant}`?" in result.stderr


def test_an_unknown_code_like_no_other() -> None:
    assert "`lmc explain` alone lists every code" in CliRunner().invoke(explain, ["help"]).stderr


def test_without_a_code_it_lists_all() -> None:
    result = CliRunner().invoke(explain, [])
    assert result.stdout.splitlines() == [f"{code}  {CODES[code].title}" for code in sorted(CODES)]


def test_json() -> None:
    one = json.loads(CliRunner().invoke(explain, ["--json", "900"]).stdout)
    assert one == {"code": "LMP0900", "title": CODES["LMP0900"].title, "page": page("LMP0900")}
    every = json.loads(CliRunner().invoke(explain, ["--json"]).stdout)
    assert every == [{"code": code, "title": CODES[code].title} for code in sorted(CODES)]


def test_colour_only_where_it_is_wanted() -> None:
    assert "\x1b[" not in CliRunner().invoke(explain, ["900"], env={"CLICOLOR_FORCE": None}).stdout
    forced = CliRunner().invoke(explain, ["900"], env={"CLICOLOR_FORCE": "1", "NO_COLOR": None}).stdout
    assert forced.startswith("\x1b[1m# LMP0900")


def test_headings_are_bold_but_not_comments_in_code() -> None:
    assert coloured("# A\n```lmp\n# b\n```\n") == "\x1b[1m# A\x1b[0m\n\x1b[2m```lmp\x1b[0m\n# b\n\x1b[2m```\x1b[0m\n"


def test_a_page_that_does_not_exist() -> None:
    assert page("LMP9999") is None
    assert page("../codes") is None
