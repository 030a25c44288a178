"""Replies as they come, for `lmc run --stream`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from lmc.lm.base import LM, Reply, Request


@dataclass
class Voice:
    """Writes the pieces of replies, each reply on lines of its own: of calls that run at the same time those of the
    first that began, then the next one's, which were kept meanwhile."""

    write: Callable[[str], None]
    kept: dict[int, list[str]] = field(default_factory=dict)
    ended: set[int] = field(default_factory=set)
    begun: int = 0

    def begin(self) -> int:
        """The number of a new call."""
        self.begun += 1
        self.kept[self.begun] = []
        return self.begun

    def say(self, number: int, piece: str) -> None:
        """Takes a piece of a call's reply."""
        if number == next(iter(self.kept)):
            self.write(piece)
        else:
            self.kept[number].append(piece)

    def end(self, number: int) -> None:
        """Ends a call; the next one speaks."""
        self.ended.add(number)
        while self.kept and (first := next(iter(self.kept))) in self.ended:
            del self.kept[first]
            self.write("\n")
            if self.kept:
                following = next(iter(self.kept))
                pieces, self.kept[following] = self.kept[following], []
                for piece in pieces:
                    self.write(piece)


@dataclass(frozen=True, slots=True)
class Aloud:
    """An LM whose replies a voice speaks, piece by piece where it can, else whole."""

    inner: LM
    voice: Voice

    async def __call__(self, request: Request) -> Reply:
        """The reply of the LM."""
        number, heard = self.voice.begin(), ""

        def listen(piece: str) -> None:
            nonlocal heard
            heard += piece
            self.voice.say(number, piece)

        try:
            reply = await self.inner(replace(request, listen=listen))
            if reply.text.startswith(heard):
                self.voice.say(number, reply.text[len(heard) :])
            return reply
        finally:
            self.voice.end(number)

    async def close(self) -> None:
        """Closes the LM."""
        await self.inner.close()
