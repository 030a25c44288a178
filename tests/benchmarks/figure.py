"""The table of results."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

HEAD = ("what", "ours", "bar", "peer", "ratio", "verdict")


@dataclass(frozen=True, slots=True)
class Figure:
    """One row. `ours`, `bar` and `peer` are words with numbers and units in them; `ratio` is how many times better
    than the peer ours is (under 1: worse; None: no peer was run); `met` says whether the bar is kept."""

    what: str
    ours: str
    bar: str
    peer: str
    ratio: float | None
    met: bool

    def cells(self) -> tuple[str, ...]:
        """The row as words."""
        times = "–" if self.ratio is None else f"{self.ratio:,.1f}×" if self.ratio < 100 else f"{self.ratio:,.0f}×"
        return self.what, self.ours, self.bar, self.peer, times, "met" if self.met else "**NOT met**"


def table(figures: Iterable[Figure]) -> str:
    """The figures as a Markdown table."""
    rows = [HEAD, ("---",) * len(HEAD), *(figure.cells() for figure in figures)]
    return "".join(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |\n" for row in rows)


def machine() -> str:
    """What was measured on, without any name."""
    load = f", load average {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    version = ".".join(map(str, sys.version_info[:3]))
    return f"{os.cpu_count()} cores ({platform.machine()}, {platform.system()}), Python {version}{load}."


def spread(values: Sequence[float], form: str = ".0f") -> str:
    """The median of values and, where there are several, the ends of their range."""
    middle = f"{median(values):{form}}"
    return middle if len(values) < 2 else f"{middle} ({min(values):{form}}–{max(values):{form}})"
