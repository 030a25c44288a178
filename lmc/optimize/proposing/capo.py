"""CAPO: instructions and demonstrations evolve together, race, and pay for their length (Zehle et al. 2025)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from statistics import NormalDist

from lmc.evaluate.statistics import mean, z_of
from lmc.ir.patch import apply_patch
from lmc.ir.program import Demo, Predict, Program, Settings
from lmc.ir.walk import slots
from lmc.optimize.demonstrations.demos import demos_of, labeled_pools
from lmc.optimize.passes.minify import tokens_of
from lmc.optimize.places import sites_with
from lmc.optimize.proposing.population import Birth, Individual, World

CROSSOVERS = 4
"""Children of a generation."""

ALPHA = 0.2
"""How sure it must be that another is better: a one-sided test at this level."""

MOST_DEMOS = 8
"""Demonstrations of an individual."""

FIRST_DEMOS = 4
"""Demonstrations of one of the first population, at most."""


def seeded(world: World, found: list[Individual], rng: Random) -> list[Individual]:
    """The first population with a few random demonstrations out of the train rows for each, as far as they tell them,
    and the first one as it is."""
    new = found[:1]
    for one in found[1:]:
        patch = {}
        for address, predict in sites_with(one.program, world.bench.module, "demos"):
            pool = labeled_pools(one.program, world.bench.module, [(address, predict)], world.bench.train)
            demos = pool.get(address, ())
            if demos and not demos_of(one.program, predict):
                patch[address] = Settings(demos=tuple(rng.sample(demos, min(rng.randint(0, FIRST_DEMOS), len(demos)))))
        new.append(replace(one, program=apply_patch(one.program, patch)))
    return new


def raced(world: World, found: list[Individual], rng: Random, penalty: float) -> list[Individual]:
    """A generation: children of two random parents, instructions crossed by the proposer and demonstrations mixed, then
    one added, dropped or all shuffled; then a race of all for as many places as there were. Best first."""
    births = []
    for _ in range(CROSSOVERS):
        one, other = rng.sample(found, 2)
        births.append(mixed(world, one, other, rng))
    children = [one for one in world.born(births, found) if one is not None]
    return race(world, [*found, *children], len(found), penalty)


def mixed(world: World, one: Individual, other: Individual, rng: Random) -> Birth:
    """A child of two parents at a call drawn at random."""
    address = rng.choice(world.places)
    asked = {"first": world.text(one.program, address), "second": world.text(other.program, address)}
    demos = None
    if any(address == place for place, _ in sites_with(one.program, world.bench.module, "demos")):
        own, theirs = demos_at(one.program, address), demos_at(other.program, address)
        pool = list(dict.fromkeys([*own, *theirs]))
        count = min((len(own) + len(theirs)) // 2, len(pool))
        demos = changed(world, one.program, address, rng.sample(pool, count), rng)
        demos = None if demos == own else demos
    return Birth(one.program, address, "evo_cross", asked, demos=demos)


def demos_at(program: Program, address: str) -> tuple[Demo, ...]:
    """The demonstrations of a call."""
    predict = dict(slots(program))[address]
    assert isinstance(predict, Predict)
    return demos_of(program, predict)


def changed(world: World, program: Program, address: str, demos: list[Demo], rng: Random) -> tuple[Demo, ...]:
    """The demonstrations with one of the train rows more, one fewer, or in another order, each as likely."""
    predict = dict(slots(program))[address]
    assert isinstance(predict, Predict)
    bench = world.bench
    pools = labeled_pools(program, bench.module, [(address, predict)], bench.train)
    origins = {one.origin for one in demos}
    new = [one for one in pools.get(address, ()) if one.origin not in origins]
    match rng.choice(("add", "drop", "shuffle")):
        case "add" if new and len(demos) < MOST_DEMOS:
            demos.insert(rng.randint(0, len(demos)), rng.choice(new))
        case "drop" if demos:
            demos.pop(rng.randrange(len(demos)))
        case _:
            rng.shuffle(demos)
    return tuple(demos)


def race(world: World, found: Sequence[Individual], places: int, penalty: float) -> list[Individual]:
    """The best of all by score less penalty, block by block: who is surely worse than as many as there are places is
    out. The penalty is for prompts as long as the longest, in proportion to their length. Best first."""
    bench, block = world.bench, world.bench.rule().block
    sizes = {id(one): tokens_of(one.program, bench.module) for one in found}
    costs = {one: penalty * size / max(*sizes.values(), 1) for one, size in sizes.items()}
    alive, seen = list(found), 0
    values: dict[int, list[float]] = {}
    while seen < len(world.rows):
        seen = min(seen + block, len(world.rows))
        results = bench.results([one.program for one in alive], world.rows[:seen])
        values = {
            id(one): [row.score - costs[id(one)] for row in scored] for one, scored in zip(alive, results, strict=True)
        }
        if len(alive) > places:
            alive = [one for one in alive if betters(one, alive, values) < places]
    order = sorted(alive, key=lambda one: -mean(values[id(one)]))
    return order[:places]


def betters(one: Individual, others: Sequence[Individual], values: dict[int, list[float]]) -> int:
    """How many are surely better, by paired differences."""
    sure = NormalDist().inv_cdf(1 - ALPHA)
    own = values[id(one)]
    return sum(
        z_of([theirs - mine for theirs, mine in zip(values[id(other)], own, strict=True)]) > sure
        for other in others
        if other is not one
    )
