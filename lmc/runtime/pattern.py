"""Regular expressions, compiled once."""

from __future__ import annotations

from typing import Any

PATTERNS: dict[str, Any] = {}
"""The regular expressions that were used, compiled."""


def compiled(pattern: str) -> Any:
    """The regular expression (a dot matches all), compiled once."""
    found = PATTERNS.get(pattern)
    if found is None:
        import re

        found = PATTERNS[pattern] = re.compile(pattern, re.DOTALL)
    return found
