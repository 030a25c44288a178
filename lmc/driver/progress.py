"""Progress of long work: on a terminal one line that moves, elsewhere a line now and then."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

from lmc.lm.meter import Usage

QUIET_SECONDS = 10.0
"""How often a line is written where there is no terminal."""


class Progress:
    """Shows what pass is running, the calls so far of the most there can be, cache hits, tokens, cost and the time
    left. `usage` tells what has been taken; `spent` how many calls a budget has counted (None: there is none), where a
    call that is made again is counted once; `clock` is in seconds."""

    def __init__(
        self,
        stream: TextIO,
        usage: Callable[[], Usage],
        most: int | None,
        clock: Callable[[], float] = time.monotonic,
        spent: Callable[[], int] | None = None,
    ) -> None:
        self.stream = stream
        self.usage = usage
        self.spent = spent
        self.most = most
        self.clock = clock
        self.live = stream.isatty()
        self.began = clock()
        self.last = self.began if not self.live else 0.0
        self.doing = ""
        self.shown = 0

    def say(self, text: str) -> None:
        """Writes a line that stays."""
        self.clear()
        self.stream.write(text + "\n")
        self.stream.flush()

    def begin(self, doing: str) -> None:
        """Names what is being done now."""
        self.doing = doing
        self.tick(force=self.live)

    def tick(self, force: bool = False) -> None:
        """Shows the state, not more often than a reader can follow."""
        now = self.clock()
        if not force and now - self.last < (0.1 if self.live else QUIET_SECONDS):
            return
        self.last = now
        line = self.line(now)
        if self.live:
            self.stream.write("\r" + line + " " * max(self.shown - len(line), 0))
            self.shown = len(line)
        else:
            self.stream.write(line + "\n")
        self.stream.flush()

    def line(self, now: float) -> str:
        """The state in one line."""
        usage = self.usage()
        done = usage.served + usage.cached if self.spent is None else max(self.spent(), usage.served)
        seconds = now - self.began
        parts = [f"  {self.doing}"]
        if self.most:
            filled = min(20 * done // self.most, 20)
            parts.append(f"[{'#' * filled}{'.' * (20 - filled)}] {done} of at most {self.most} calls")
        else:
            parts.append(f"{done} calls")
        parts.append(f"{done - usage.served} cached")
        parts.append(f"{(usage.prompt_tokens + usage.completion_tokens) / 1000:.1f}k tokens")
        parts.append(f"${usage.dollars:.4f}")
        if self.most and usage.served:
            parts.append(f"at most {clock_time(seconds / usage.served * max(self.most - done, 0))} left")
        else:
            parts.append(clock_time(seconds))
        return "  ".join(parts)

    def clear(self) -> None:
        """Removes the moving line."""
        if self.live and self.shown:
            self.stream.write("\r" + " " * self.shown + "\r")
            self.shown = 0


def clock_time(seconds: float) -> str:
    """A time in minutes and seconds."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
