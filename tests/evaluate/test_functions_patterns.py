"""Regular expressions that can take exponential time are told from those that cannot."""

from __future__ import annotations

import re

import pytest

from lmc.ir.runaway import runs_away


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+$",
        r"(a*)*b",
        r"(a|ab|b)*c",
        r"(\w+\s?)*:",
        r"^(\s*\w+\s*)*$",
        r"(a*b*)*c",
        r"([a-z]+)*[0-9]",
        r"(x+x+)+y",
        r"(?:.*,)*end",
        r"(.|\n)*(?:\w|\d)+!",
        r"(a{1,50})*b",
        r"^(([a-z])+.)+[A-Z]([a-z])+$",
    ],
)
def test_patterns_that_run_away(pattern: str) -> None:
    assert runs_away(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        r"",
        r"[0-9]+",
        r"^\s*(\w+\s+)*\w+$",
        r"[^\W_]+(?:['’-][^\W_]+)*",
        r"(a|b)*c",
        r"(ab|ac)*d",
        r"^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2})?$",
        r"-?(?:\d[\d,]*\.?\d*|\.\d+)",
        r"(?:[^,]*,)*end",
        r"\"(?:[^\"\\]|\\.)*\"",
        r"(?i)answer: *(.*)$",
        r"^[\w.+-]+@[\w-]+(\.[\w-]+)+$",
        r"(?=a+)b",
        r"(\w)\1+",
        r"a*a*a*b",
    ],
)
def test_patterns_that_do_not(pattern: str) -> None:
    assert not runs_away(pattern)


def test_a_long_pattern_is_soon_done() -> None:
    assert not runs_away("|".join(f"word{number}" for number in range(500)))
    runs_away("(" + "|".join("ab" * number for number in range(1, 60)) + ")*c")


def test_what_is_no_pattern_is_refused() -> None:
    with pytest.raises(re.error):
        runs_away("(")
