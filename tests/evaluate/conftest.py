"""Properties are checked on the same examples in every run, however slow the machine."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("evaluate", deadline=None, derandomize=True, database=None)
settings.load_profile("evaluate")
