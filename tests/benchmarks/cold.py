"""Cold processes: each command in a new process, all commands in turn, so that noise falls on all alike."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True)
class Command:
    """What to run and where. `before` is called before each run, unmeasured; `env` is added to the environment."""

    arguments: Sequence[str]
    folder: Path | None = None
    env: Mapping[str, str] | None = None
    before: Callable[[], object] | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """Medians of a command, in milliseconds: until it ended, and of processor time."""

    wall: float
    cpu: float

    def __sub__(self, other: Taken) -> Taken:
        return Taken(self.wall - other.wall, self.cpu - other.cpu)

    def __str__(self) -> str:
        return f"{self.wall:.0f} ms (CPU {self.cpu:.0f} ms)"


def measure(commands: Mapping[str, Command], rounds: int) -> dict[str, Taken]:
    """The medians of so many rounds, after one that is not counted and fills the caches of files and byte code."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            one = run(command)
            if number:
                taken[name].append(one)
    return {name: Taken(*(median(column) for column in zip(*runs, strict=True))) for name, runs in taken.items()}


def run(command: Command) -> tuple[float, float]:
    """One run: wall and processor time in milliseconds. Raises RuntimeError when it fails."""
    if command.before is not None:
        command.before()
    began, spent = time.perf_counter(), processor()
    process = subprocess.run(
        command.arguments, cwd=command.folder, env=environment(command.env), capture_output=True, text=True
    )
    wall, cpu = time.perf_counter() - began, processor() - spent
    if process.returncode:
        raise RuntimeError(f"{' '.join(command.arguments)} ended with {process.returncode}: {process.stderr[-2000:]}")
    return 1000 * wall, 1000 * cpu


def processor() -> float:
    """Seconds of processor time of all processes that this one started and that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of what is measured: byte code is kept, as it is wherever a package is installed."""
    unwanted = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP")
    return {name: value for name, value in os.environ.items() if name not in unwanted} | dict(more or {})
