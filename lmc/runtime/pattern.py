"""Regular expressions, compiled once."""

from __future__ import annotations

from typing import Any

PATTERNS: dict[str, Any] = {}
"""The regular expressions that were used, compiled."""


def compiled(pattern: str) -> Any:
    """The regular expression (a dot matches all), compiled once."""
    key, found = pattern, PATTERNS.get(pattern)
    if found is None:
        import re
        import sys

        if sys.version_info < (3, 11):  # noqa: UP036 - emitted code has this too
            # No possessive quantifiers there: what matches is the same, only what does not may take longer.
            pattern = re.sub(r"(?<!\\)([*+?}])\+", r"\1", pattern)
        found = PATTERNS[key] = re.compile(pattern, re.DOTALL)
    return found
