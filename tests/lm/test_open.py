"""From declarations to LMs and what they cost."""

from __future__ import annotations

from lmc.driver.lms import dearest
from lmc.ir.program import LMDecl


def test_the_dearest_of_an_lm_and_its_fallbacks_counts() -> None:
    cheap = LMDecl("cheap", "openai/a", (("fallback", "dear"), ("price_in", 1), ("price_out", 9)))
    dear = LMDecl("dear", "openai/b", (("fallback", "cheap"), ("price_in", 5), ("price_out", 2)))
    by_name = {one.name: one for one in (cheap, dear)}
    assert dearest(cheap, by_name) == (5, 9)
    assert dearest(LMDecl("free", "local/m"), by_name) == (0, 0)
