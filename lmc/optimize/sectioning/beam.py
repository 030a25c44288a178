"""Beam search as SAMMO does it: every candidate on every row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from random import Random

from lmc.evaluate.statistics import mean
from lmc.ir.program import Program
from lmc.optimize.base import OutOfBudget
from lmc.optimize.bench import Bench
from lmc.optimize.sectioning.mutation import Draft, Mutation, OperatorName, answered, drafted

ONCE: tuple[OperatorName, ...] = ("rewrite", "shorten", "short_bullets")
"""Operators that an LM is asked for once for a program, however often they were drawn: there they are asked for at
temperature 0."""


def beam_search(
    program: Program, bench: Bench, operators: Sequence[OperatorName], rounds: int, beam: int, breadth: int
) -> Program:
    """The program of highest mean on the dev rows. In each round `breadth` operators are drawn evenly for each program
    of the beam, what they make is scored on all dev rows, and the `beam` best of these and of those before are kept,
    the new ones before old ones that are as good. Of equals the one that was scored first wins. After SAMMO 0.3.3's
    BeamSearch over a BagOfMutators, with its draws of operators. Ends where the budget does."""
    try:
        best = scored([program], bench)
    except OutOfBudget:
        bench.listen("skip", reason="the budget has no room to score the program")
        return program
    active, every = best, list(best)
    for number in range(rounds):
        try:
            drafts = [
                one
                for place, (_, parent) in enumerate(active)
                for one in bag(parent, bench, operators, breadth, number * beam * breadth + place)
            ]
            made = finished(drafts, bench)
            if not made:
                break
            found = scored([one.program for one in made], bench, [one.operator for one in made])
        except OutOfBudget:
            bench.listen("skip", reason="the budget has no room for more candidates")
            break
        every += found
        active = sorted([*found, *active], key=lambda one: -one[0])[:beam]
    return max(every, key=lambda one: one[0])[1]


def scored(programs: Sequence[Program], bench: Bench, origins: Sequence[str] = ("",)) -> list[tuple[float, Program]]:
    """The programs with their means on all dev rows."""
    found = bench.results(programs, bench.dev)
    for one, origin in zip(programs, origins, strict=True):
        bench.tried(one, None, "kept", bench.dev, origin)
    return [(mean([row.score for row in rows]), one) for rows, one in zip(found, programs, strict=True)]


def bag(
    parent: Program, bench: Bench, operators: Sequence[OperatorName], count: int, seed: int
) -> list[Mutation | Draft | None]:
    """What `count` operators, drawn with a seed, make of a program: those of one name together, names in the order in
    which they were drawn first."""
    drawn = Counter(Random(seed).choices(operators, k=count))
    found = []
    for place, (operator, times) in enumerate(drawn.items()):
        rng = Random(seed + place)
        times = 1 if operator in ONCE else times
        found += [drafted(parent, bench, operator, rng, whole=True) for _ in range(times)]
    return found


def finished(drafts: Sequence[Mutation | Draft | None], bench: Bench) -> list[Mutation]:
    """The programs that were made, LMs asked for all at the same time."""
    said = iter(answered([one for one in drafts if isinstance(one, Draft)], bench))
    made = [next(said) if isinstance(one, Draft) else one for one in drafts]
    return [one for one in made if one is not None]
