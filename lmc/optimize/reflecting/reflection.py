"""The loop that all methods share which improve instructions by what went wrong: programs are chosen to work on, new
ones are proposed out of them, and those that are accepted join the pool."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Protocol

from lmc.analysis.calls import sites
from lmc.evaluate.statistics import z_of
from lmc.ir.patch import apply_patch
from lmc.ir.program import Program, Settings
from lmc.optimize.base import OutOfBudget
from lmc.optimize.bench import Bench
from lmc.optimize.proposing.proposals import instruction_of

CHANCE = 0.1
"""How likely a round may be to take a change for better when none of its changes does anything."""

MOST_MALFORMED = 3
"""Rounds in a row without a proposal of any use, after which a method gives up."""


@dataclass(frozen=True, slots=True)
class Line:
    """A program of the pool, the numbers of those that it was made of, and where it came from in words. `address` is
    the call site that was changed last, if it was one, and `change` is how, in words."""

    program: Program
    parents: tuple[int, ...] = ()
    origin: str = ""
    address: str = ""
    change: str = ""


class Method(Protocol):
    """How one method fills in the loop. What it has learned stays in it, so one is made for each search. `patience` is
    how many rounds in a row may be without gain (None: any number)."""

    patience: int | None

    def parents(self, pool: Sequence[Line]) -> tuple[int, ...]:
        """The programs to work on, by their number in the pool; none when there is nothing left to do."""

    def propose(self, pool: Sequence[Line], parents: tuple[int, ...]) -> list[Line] | None:
        """New programs made of them; an empty list where no proposal was of any use, None where there was nothing to
        ask."""

    def accept(self, pool: Sequence[Line], proposed: Sequence[Line]) -> list[Line]:
        """Those that join the pool."""

    def best(self, pool: Sequence[Line]) -> Program:
        """What the search gives."""


def search(method: Method, program: Program, bench: Bench, rounds: int) -> Program:
    """The best of what the method finds in so many rounds; the program itself when it finds nothing."""
    pool = [Line(program)]
    malformed = rejected = 0
    for _ in range(rounds):
        try:
            parents = method.parents(pool)
            if not parents:
                break
            proposed = method.propose(pool, parents)
            accepted = method.accept(pool, proposed) if proposed else []
        except OutOfBudget:
            bench.listen("skip", reason="the budget has no room for more proposals")
            break
        pool += accepted
        malformed = malformed + 1 if proposed == [] else 0
        rejected = 0 if accepted else rejected + 1
        if malformed == MOST_MALFORMED:
            bench.listen("skip", reason=f"no proposal of {malformed} rounds was of any use")
            break
        if rejected == method.patience:
            bench.listen("skip", reason=f"no proposal of {rejected} rounds was better")
            break
    return method.best(pool)


def instruction_at(program: Program, bench: Bench, address: str) -> str:
    """The instruction of a call site."""
    return instruction_of(program, dict(sites(program, bench.module))[address])


def with_instruction(program: Program, address: str, text: str) -> Program:
    """The program with another instruction at a call site."""
    return apply_patch(program, {address: Settings(instruction=text)})


def proven(bench: Bench, candidates: Sequence[Line], incumbent: Program) -> Program | None:
    """The winner of a race of several, if it wins once more, on rows first that it was not chosen by, and if all rows
    together say so with the z that the best of so many needs (Bonferroni): of several candidates that change nothing
    one often wins by chance. One alone need only win."""
    programs = [one.program for one in candidates]
    winner = bench.races(programs, incumbent, origins=[one.origin for one in candidates])
    if winner is None or len(programs) == 1:
        return winner
    if not bench.race(winner, incumbent, origin="again"):
        return None
    ours, theirs = bench.known(winner), bench.known(incumbent)
    gains = [ours[row.id].score - theirs[row.id].score for row in bench.dev if row.id in ours and row.id in theirs]
    needed = NormalDist().inv_cdf(1 - CHANCE / len(programs))
    return winner if z_of(gains, bench.rule().floor) > needed else None


def room_for(bench: Bench, program: Program, candidates: int) -> None:
    """Raises OutOfBudget when what is left has no room for the shortest race of so many candidates and for the race
    that what comes out of it must win then."""
    rule = bench.rule()
    if bench.affordable_rows(program) < (candidates + 3) * rule.block * rule.minimum_blocks:
        raise OutOfBudget
