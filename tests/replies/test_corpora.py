"""The parser against two public suites and a list of hard cases; what it declines is listed with the reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .corpus import REFUSED, Case, cases, same

BARS = {"baml": 195, "hard": 62, "json_repair": 250}
CONVENTIONS = Path(__file__).with_name("CONVENTIONS.md")


def failed(name: str) -> list[Case]:
    """The cases of a corpus that come out otherwise than expected."""
    return [one for one in cases(name) if not same(one.outcome(), one.wanted)]


@pytest.mark.parametrize("name", BARS)
def test_the_bar_is_kept(name: str) -> None:
    assert len(cases(name)) - len(failed(name)) >= BARS[name]


def test_hard_cases_are_refused_rather_than_wrong() -> None:
    wrong = [one.id for one in failed("hard") if one.outcome() is not REFUSED]
    assert len(wrong) <= 2


def test_every_declined_case_is_listed_and_no_other() -> None:
    listed = re.findall(r"^- `((?:baml|json_repair):[^`]+|\w+/\w+)`: \S", CONVENTIONS.read_text("utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(one.id for name in BARS for one in failed(name))
