"""The programs below a folder."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from lmc.driver.metaprompts import FOLDER as META

SKIPPED = ("node_modules", "__pycache__", META)
"""Folders that hold no programs of the user's; those whose names begin with a dot, and virtual environments, are
skipped too."""

MAKES = re.compile(r"^\s*(?:emit|optimize)\b", re.MULTILINE)
"""What a file has that a build makes something of."""


def programs_below(folder: Path) -> Iterator[Path]:
    """Every `.lmp` file below a folder, in order of their paths. What cannot be read is as if it were not there."""
    for here, inner, names in os.walk(folder):
        skipped = {one for one in inner if one.startswith(".") or one in SKIPPED}
        skipped |= {one for one in inner if os.path.exists(os.path.join(here, one, "pyvenv.cfg"))}
        inner[:] = sorted(set(inner) - skipped)
        yield from (Path(here, name) for name in sorted(names) if name.endswith(".lmp") and not name.startswith("."))


def buildable_below(folder: Path) -> Iterator[Path]:
    """Those of them that emit or tune something; others are there to be imported."""
    for one in programs_below(folder):
        try:
            text = one.read_text("utf-8", "replace")
        except OSError:
            continue
        if MAKES.search(text):
            yield one
