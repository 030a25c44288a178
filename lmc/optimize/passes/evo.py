"""Evolution of instructions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import Field

from lmc.evaluate.rows import Roles
from lmc.ir.program import Program
from lmc.optimize.base import OptimizerPass, OutOfBudget, Work
from lmc.optimize.bench import Bench
from lmc.optimize.places import sites_with
from lmc.optimize.proposing.breeder import MUTATIONS, bred
from lmc.optimize.proposing.capo import CROSSOVERS, raced, seeded
from lmc.optimize.proposing.population import (
    VARIATION,
    Birth,
    Individual,
    World,
    first_ones,
    fittest,
    roulette,
    world_of,
)

Step: TypeAlias = Callable[[World, list[Individual], Random], list[Individual]]
"""One generation: a population out of another, best first."""


@dataclass(frozen=True)
class Evo(OptimizerPass):
    """Lets a population of instructions evolve for some `generations`; children are written by a proposer, all of a
    generation at the same time. `mode`: `"ga"`, the genetic algorithm of EvoPrompt, and `"de"`, its differential
    evolution (Guo et al. 2023); `"breeder"`, where the prompts that mutate evolve too (PromptBreeder: Fernando et al.
    2023); `"capo"`, where demonstrations evolve along, candidates race against one another, and every token costs
    (Zehle et al. 2025). Individuals are scored on `rows` dev rows, the same for all."""

    name: ClassVar[str] = "evo"
    mode: Literal["ga", "de", "breeder", "capo"] = "ga"
    population: Annotated[int, Field(ge=3, le=64)] = 8
    generations: Annotated[int, Field(ge=1, le=64)] = 4
    rows: Annotated[int, Field(ge=4, le=1000)] = 32
    penalty: Annotated[float, Field(ge=0.0, le=1.0)] = 0.05

    @property
    def asks(self) -> bool:
        """It asks for children."""
        return True

    def run(self, program: Program, bench: Bench) -> Program:
        """The fittest program of the last generation."""
        world = world_of(program, bench, self.rows)
        if not world.places or not world.rows:
            bench.listen("skip", reason="no prompt has a place for an instruction, or there are no dev rows")
            return program
        rng, step = bench.rng(f"evo/{self.mode}"), self.step()
        found = [Individual(program, MUTATIONS[0])]
        try:
            mutations = MUTATIONS if self.mode == "breeder" else (VARIATION,)
            found = first_ones(program, world, self.population, mutations, rng)
            found = seeded(world, found, rng) if self.mode == "capo" else found
            found = fittest(found, world.scores(found), self.population)
            for number in range(self.generations):
                if len(found) < 2:
                    bench.listen("skip", reason="the proposer wrote no instruction that will do")
                    break
                found = step(world, found, rng)
                best = world.scores(found[:1])[0]
                bench.listen("rung", rows=len(world.rows), best=best, candidates=len(found))
                self.remember(found, world, number)
        except OutOfBudget:
            bench.listen("skip", reason="the budget has no room for another generation")
        return found[0].program

    def step(self) -> Step:
        """How a generation follows from another."""
        match self.mode:
            case "ga":
                return crossed
            case "de":
                return differed
            case "breeder":
                return bred
        return lambda world, found, rng: raced(world, found, rng, self.penalty)

    def remember(self, found: Sequence[Individual], world: World, number: int) -> None:
        """Writes down who survived a generation."""
        for one in found:
            world.bench.tried(one.program, None, "kept", world.rows, f"generation {number + 1}")

    def most_work(self, program: Program, module: str, roles: Roles) -> Work | None:
        """Every child on every row."""
        if not sites_with(program, module, "instruction"):
            return Work()
        each = 2 * CROSSOVERS if self.mode == "capo" else 2 * self.population
        children = self.population + self.generations * max(each, self.population)
        return Work(runs=children * min(self.rows, len(roles.dev)), meta=children)


def crossed(world: World, found: list[Individual], rng: Random) -> list[Individual]:
    """A generation of EvoPrompt's genetic algorithm: as many children as there are parents, each of two parents drawn
    by their scores, crossed and mutated; the fittest of both generations survive."""
    scores, births = world.scores(found), []
    for _ in found:
        first, second = roulette(scores, 2, rng)
        address = rng.choice(world.places)
        one, other = found[first].program, found[second].program
        asked = {"first": world.text(one, address), "second": world.text(other, address)}
        births.append(Birth(one, address, "evo_cross", asked))
    children = [one for one in world.born(births, found) if one is not None]
    both = [*found, *children]
    return fittest(both, world.scores(both), len(found))


def differed(world: World, found: list[Individual], rng: Random) -> list[Individual]:
    """A generation of EvoPrompt's differential evolution: for each individual a child of two others, the best one and
    itself, which takes its place where it is fitter."""
    scores, births = world.scores(found), []
    best = found[max(range(len(found)), key=lambda index: scores[index])].program
    for index, one in enumerate(found):
        others = [place for place in range(len(found)) if place != index]
        first, second = rng.sample(others, 2) if len(others) > 1 else (others[0], others[0])
        address = rng.choice(world.places)
        asked = {
            "one": world.text(found[first].program, address),
            "two": world.text(found[second].program, address),
            "best": world.text(best, address),
            "basic": world.text(one.program, address),
        }
        births.append(Birth(one.program, address, "evo_differ", asked))
    children = world.born(births, found)
    born = [one for one in children if one is not None]
    fitness = dict(zip(map(id, born), world.scores(born), strict=True))
    kept = [
        child if child is not None and fitness[id(child)] > score else one
        for one, child, score in zip(found, children, scores, strict=True)
    ]
    return fittest(kept, world.scores(kept), len(kept))
