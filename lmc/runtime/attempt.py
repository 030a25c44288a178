"""Assertions that send a run back: the calls that led to the failure are made again, and are told why."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from lmc.runtime.failure import AssertionFailed
from lmc.runtime.prompt import Request

ROUNDS: ContextVar[tuple[Attempts, ...]] = ContextVar("rounds", default=())
"""The attempts that a call is made within, outermost first. Threads and tasks that run at the same time have their
own."""


class Backtrack(Exception):
    """Sends a run back to the beginning of an attempt. Nothing but that attempt catches it."""

    def __init__(self, attempts: Attempts, number: int, message: str) -> None:
        super().__init__(message)
        self.attempts, self.number, self.message = attempts, number, message


class Attempts:
    """The rounds of a part of a program: `for attempt in attempts: with attempt: ...`. A round in which a check fails
    that has retries left is followed by another, in which the calls of `sites` (by the names of their templates) are
    shown what they replied and what the check said, for every failure so far. `on`: whether checks are made. `note`
    takes what soft checks say of the round that counts."""

    def __init__(self, sites: tuple[str, ...], on: bool, note: Callable[[str], None]) -> None:
        self.sites, self.on, self.note = sites, on, note
        self.again = True
        self.spent: dict[int, int] = {}
        self.failures: list[tuple[dict[str, list[tuple[Request, str]]], str]] = []
        self.given: dict[str, list[tuple[Request, str]]] = {}
        self.noted: list[str] = []

    def __iter__(self) -> Attempts:
        return self

    def __next__(self) -> Attempts:
        if not self.again:
            raise StopIteration
        self.again, self.given, self.noted = False, {}, []
        return self

    def __enter__(self) -> Attempts:
        self.outer = ROUNDS.get()
        ROUNDS.set((*self.outer, self))
        return self

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> bool:
        ROUNDS.set(self.outer)
        if isinstance(error, Backtrack) and error.attempts is self:
            self.again = True
            # Counted here and not where it was raised: branches that fail at the same time fail one round.
            self.spent[error.number] = self.spent.get(error.number, 0) + 1
            self.failures.append((self.given, error.message))
            return True
        for message in self.noted:
            self.note(message)
        return False

    def check(self, number: int, condition: Any, message: str, retries: int = 2, hard: bool = True) -> None:
        """An assertion, the `number` of which is its own within the attempt. When the condition does not hold, the
        attempt begins again, `retries` times at most for this check. After that a hard one raises AssertionFailed, and
        of a soft one the message is noted."""
        if condition or not self.on:
            return
        if self.spent.get(number, 0) < retries:
            raise Backtrack(self, number, message)
        if hard:
            raise AssertionFailed(message)
        self.noted.append(message)


def failures_of(name: str, request: Request) -> list[tuple[str, str]]:
    """What a call replied in the failed rounds of the attempts that it is made within, and what was said of it, in
    order."""
    found = []
    for attempts in ROUNDS.get():
        for given, message in attempts.failures if name in attempts.sites else ():
            reply = own_reply(request, given.get(name, []))
            if reply is not None:
                found.append((reply, message))
    return found


def own_reply(request: Request, given: list[tuple[Request, str]]) -> str | None:
    """Of the replies that a call site got in a round, that to the same request, else the only one. Where there were
    several to other requests, none of them is this call's."""
    same = [reply for asked, reply in given if asked == request]
    return same[-1] if same else given[0][1] if len(given) == 1 else None


def keep_reply(name: str, request: Request, reply: str) -> None:
    """Remembers a reply for the case that the round fails."""
    for attempts in ROUNDS.get():
        if name in attempts.sites:
            attempts.given.setdefault(name, []).append((request, reply))
