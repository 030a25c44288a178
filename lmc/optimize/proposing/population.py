"""Instructions that evolve: individuals, what they are worth, who has children."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from lmc.analysis.calls import sites
from lmc.evaluate.rows import Row
from lmc.evaluate.statistics import mean
from lmc.ir.patch import apply_patch
from lmc.ir.program import Demo, Predict, Program, Settings
from lmc.ir.walk import slots
from lmc.optimize.bench import Bench
from lmc.optimize.places import sites_with
from lmc.optimize.proposing.grounding import cut, outline
from lmc.optimize.proposing.proposals import instruction_of, usable

WIDTH = 700
"""Characters of an instruction that a proposer is shown."""

VARIATION = "Say the same in other words."
"""How the first individuals are made."""


@dataclass(frozen=True, slots=True)
class Individual:
    """A program; for PromptBreeder with the mutation prompt that its children are made by."""

    program: Program
    mutation: str = ""


@dataclass(frozen=True, slots=True)
class Birth:
    """A child that a proposer is asked for: at one call, out of a parent, by a meta-prompt with inputs. `mutation` and
    `demos` are what the child has besides."""

    parent: Program
    address: str
    meta: str
    inputs: Mapping[str, Any]
    mutation: str = ""
    demos: tuple[Demo, ...] | None = None


@dataclass(frozen=True, slots=True)
class World:
    """What individuals live in: the bench, the rows that they are scored on, the calls whose instructions evolve, and
    what the task is."""

    bench: Bench
    rows: tuple[Row, ...]
    places: tuple[str, ...]
    task: str

    def text(self, program: Program, address: str) -> str:
        """The instruction of a call, as a proposer is shown it."""
        predict = dict(slots(program))[address]
        assert isinstance(predict, Predict)
        return instruction_of(program, predict)[:WIDTH]

    def scores(self, found: Sequence[Individual]) -> list[float]:
        """The mean score of each; what was scored before is not run again. Raises OutOfBudget."""
        results = self.bench.results([one.program for one in found], self.rows)
        return [mean([row.score for row in scored]) for scored in results]

    def born(self, births: Sequence[Birth], known: Sequence[Individual]) -> list[Individual | None]:
        """The children, in order; None for those of which nothing usable was said, or that are like one there is. All
        are asked for at the same time, those of one meta-prompt together. Raises OutOfBudget."""
        said: dict[int, object] = {}
        for name in dict.fromkeys(one.meta for one in births):
            asked = [number for number, one in enumerate(births) if one.meta == name]
            found = self.bench.propose(name, [births[number].inputs for number in asked])
            said.update(zip(asked, found, strict=True))
        digests = {self.bench.digest(one.program, self.bench.module) for one in known}
        children: list[Individual | None] = []
        for number, birth in enumerate(births):
            child = self.child(birth, said[number])
            digest = None if child is None else self.bench.digest(child.program, self.bench.module)
            children.append(None if digest in digests else child)
            digests |= {digest} if digest is not None else set()
        return children

    def child(self, birth: Birth, said: object) -> Individual | None:
        """The parent with the instruction that was said."""
        current = self.text(birth.parent, birth.address)
        inputs = [one.name for one in birth.parent.module(self.bench.module).params]
        texts = usable([said], current, self.bench.train, inputs)
        if not texts and birth.demos is None:
            return None
        settings = Settings(instruction=texts[0] if texts else None, demos=birth.demos)
        return Individual(apply_patch(birth.parent, {birth.address: settings}), birth.mutation)


def world_of(program: Program, bench: Bench, rows: int) -> World:
    """The world of a tuning; its rows are so many dev rows, the same for all."""
    places = tuple(address for address, _ in sites_with(program, bench.module, "instruction"))
    found = dict(sites(program, bench.module))
    lines = [f"{address}: {instruction_of(program, found[address])}" for address in places]
    task = cut(lines[0].split(": ", 1)[1] if len(lines) == 1 else outline(program, bench.module), 400) if lines else ""
    return World(bench, bench.dev[:rows], places, task)


def first_ones(program: Program, world: World, count: int, mutations: Sequence[str], rng: Random) -> list[Individual]:
    """The first population: the program, and variations of its instructions, each at a call drawn at random and by a
    mutation prompt. Raises OutOfBudget."""
    births = []
    for number in range(count - 1):
        address = rng.choice(world.places)
        how = mutations[number % len(mutations)]
        asked = {"how": how, "task": world.task, "current": world.text(program, address)}
        births.append(Birth(program, address, "evo_mutate", asked, how))
    own = Individual(program, mutations[0])
    return [own, *(one for one in world.born(births, [own]) if one is not None)]


def roulette(scores: Sequence[float], count: int, rng: Random) -> list[int]:
    """So many different individuals, each drawn with a chance in proportion to its score."""
    left, chosen = list(range(len(scores))), list[int]()
    for _ in range(min(count, len(left))):
        weights = [max(scores[one], 0.0) for one in left]
        one = rng.choices(left, weights if sum(weights) > 0 else None)[0]
        left.remove(one)
        chosen.append(one)
    return chosen


def fittest(found: Sequence[Individual], scores: Sequence[float], count: int) -> list[Individual]:
    """The individuals of highest score, best first; of equals the elder."""
    order = sorted(range(len(found)), key=lambda index: -scores[index])
    return [found[index] for index in order[:count]]
