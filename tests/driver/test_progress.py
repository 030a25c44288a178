"""The line that long work shows."""

from __future__ import annotations

from io import StringIO

from lmc.driver.progress import Progress
from lmc.lm.meter import Usage


def shown(usage: Usage, most: int | None, spent: int | None) -> str:
    """The line after a minute."""
    counted = None if spent is None else lambda: spent
    progress = Progress(StringIO(), lambda: usage, most, clock=lambda: 0.0, spent=counted)
    progress.doing = "layout (1/3)"
    return progress.line(60.0)


def test_calls_are_those_that_the_budget_counts() -> None:
    """Of 90 replies 60 were known, 40 of them to calls that had been counted before."""
    line = shown(Usage(served=30, cached=60, prompt_tokens=900, completion_tokens=100, dollars=0.25), 200, 50)
    assert line.startswith("  layout (1/3)  [#####...............] 50 of at most 200 calls  20 cached  1.0k tokens")
    assert line.endswith("  $0.2500  at most 5:00 left"), (
        "two seconds for each call that was made, if all others are too"
    )


def test_without_a_budget_all_replies_are_counted() -> None:
    line = shown(Usage(served=30, cached=60), None, None)
    assert line == "  layout (1/3)  90 calls  60 cached  0.0k tokens  $0.0000  1:00"


def test_replies_out_of_the_cache_promise_no_end() -> None:
    """Nothing is known of how long a call takes before one was made."""
    assert shown(Usage(cached=20), 200, 20).endswith("20 cached  0.0k tokens  $0.0000  1:00")
