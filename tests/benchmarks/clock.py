"""An event loop whose clock moves only where everybody waits: what a piece of work takes when its own computing takes
no time."""

from __future__ import annotations

import asyncio
from selectors import DefaultSelector, SelectorKey


class Ahead(DefaultSelector):  # type: ignore[misc, valid-type]
    """Does not wait for the next timer, but puts the clock on to it. `now` is the time in seconds."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        """What is ready; without a timer it waits for that as any other."""
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        found: list[tuple[SelectorKey, int]] = super().select(0)
        if not found:
            self.now += timeout
        return found


class Unhurried(asyncio.SelectorEventLoop):
    """An event loop by the clock of `Ahead`. A loop that waits for threads while timers run is not for it."""

    def __init__(self) -> None:
        self.ahead = Ahead()
        super().__init__(self.ahead)

    def time(self) -> float:
        """The time in seconds since the loop was made, waiting alone."""
        return self.ahead.now
