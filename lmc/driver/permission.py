"""What a command lets a program do on this machine."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lmc.diagnostics import Diagnostic

PERMISSION = "LMC_ALLOW_EXTERN"
"""The environment variable that stands for `--allow-extern`."""


@dataclass(frozen=True, slots=True)
class Outside:
    """What a command lets a program do: `root` is the project's folder, out of which nothing is read; `allowed`:
    whether code of the program's author may run; `warn` takes what is said of an index that cannot be kept."""

    root: Path
    allowed: bool = False
    warn: Callable[[Diagnostic], None] = lambda _: None


def is_allowed(flag: bool) -> bool:
    """Whether code of the program's author may run: by the flag, or by the environment."""
    return flag or os.environ.get(PERMISSION, "0").lower() not in ("", "0", "false", "no")
