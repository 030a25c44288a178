"""Which programs have changed, with all that they depend on: by looking again and again.

The time, size and inode of some dozen files are asked for several times a second, which costs less than a thousandth of
a core, works on every disk (network, container) and needs no package. Editors that write beside a file and rename give
it another inode."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from lmc.driver.below import programs_below
from lmc.driver.dependencies import dependencies

INTERVAL = 0.2
"""Seconds between two looks."""

QUIET = 0.05
"""Seconds without a change after which a file counts as written."""

GONE = 0.5
"""Seconds that a file that vanished is waited for: an editor may be about to put another in its place."""

MOST_WAIT = 2.0
"""Seconds after which what changes all the time is looked at all the same."""

RESCAN = 5
"""Folders are looked through at each so-many-th look."""

Stamp: TypeAlias = tuple[int, int, int] | None
"""Time, size and inode of a file; None where there is none."""


def stamp(path: Path) -> Stamp:
    """What tells a file from what it was."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


@dataclass
class Watcher:
    """The programs among `places`, files and folders, and what each depends on. `sleep` is for tests."""

    places: tuple[Path, ...]
    sleep: Callable[[float], None] = time.sleep
    programs: dict[Path, tuple[Path, ...]] = field(default_factory=dict)
    stamps: dict[Path, Stamp] = field(default_factory=dict)
    looks: int = 0

    def found(self) -> list[Path]:
        """The programs that there are now; a file that is named is one even where it is not there."""
        every = (programs_below(place) if place.is_dir() else (place,) for place in self.places)
        return list(dict.fromkeys(one for some in every for one in some))

    def begin(self) -> list[Path]:
        """Looks for the first time; the programs."""
        programs = self.found()
        for one in programs:
            self.follow(one)
        return programs

    def follow(self, program: Path) -> None:
        """Finds out what a program depends on now."""
        self.programs[program] = (program, *dependencies(program).files)
        for path in self.programs[program]:
            self.stamps[path] = stamp(path)

    def wait(self) -> list[Path]:
        """Waits until programs have changed, or what they depend on, or are new or gone, and until that is over; those
        programs."""
        while True:
            self.sleep(INTERVAL)
            self.looks += 1
            programs = self.found() if self.looks % RESCAN == 0 else list(self.programs)
            if not self.differing() and set(programs) == set(self.programs):
                continue
            self.settle()
            gone = [one for one in self.programs if one not in programs]
            changed = self.differing()
            affected = [one for one in programs if one not in self.programs or changed & set(self.programs[one])]
            for one in gone:
                del self.programs[one]
            for one in affected:
                self.follow(one)
            if affected or gone:
                return [*affected, *gone]

    def differing(self) -> set[Path]:
        """The files that are not as they were when they were last looked at."""
        return {path for path in self.followed() if stamp(path) != self.stamps.get(path)}

    def followed(self) -> Iterable[Path]:
        """All files that matter."""
        return dict.fromkeys(path for paths in self.programs.values() for path in paths)

    def settle(self) -> None:
        """Waits until nothing changes any more, and for what vanished to come back."""
        began = time.monotonic()
        before: dict[Path, Stamp] = {}
        while (now := {path: stamp(path) for path in self.followed()}) != before or self.vanished(now, began):
            if time.monotonic() - began > MOST_WAIT:
                return
            before = now
            self.sleep(QUIET)

    def vanished(self, now: dict[Path, Stamp], began: float) -> bool:
        """Whether a file that was there is not, and may come back."""
        return time.monotonic() - began < GONE and any(
            one is None and self.stamps.get(path) is not None for path, one in now.items()
        )
