"""The Pythons that emitted code is run with: the one that runs the tests, and those of other versions that are
installed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

WANTED = ("3.10", "3.11", "3.12", "3.13", "3.14")


def find() -> dict[str, str]:
    """A Python for each version that there is one of."""
    found = {f"{sys.version_info.major}.{sys.version_info.minor}": sys.executable}
    for version in WANTED:
        managed = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
        for candidate in [*map(str, managed), shutil.which(f"python{version}")]:
            if candidate is not None and version not in found and answers(candidate, version):
                found[version] = candidate
    return dict(sorted(found.items()))


def answers(python: str, version: str) -> bool:
    """Whether a command is a Python of the version: a launcher may be there for one that is not."""
    done = subprocess.run(
        [python, "-I", "-S", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() == version


PYTHONS = find()
