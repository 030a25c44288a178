"""The surface language: from text to a tree and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lmc.syntax.parse import parse
from lmc.syntax.tokens import KEYWORDS

if TYPE_CHECKING:
    from lmc.syntax.format import format_file

__all__ = ["KEYWORDS", "format_file", "parse"]


def __getattr__(name: str) -> Any:
    """Loads the formatter when it is asked for: checking a program needs none."""
    if name != "format_file":
        raise AttributeError(name)
    from lmc.syntax.format import format_file

    return format_file
