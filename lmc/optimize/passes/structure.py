"""Searches the structure of prompts: what sections an instruction has, in which order, form and words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from lmc.evaluate.rows import Roles
from lmc.evaluate.statistics import mean
from lmc.ir.program import Program
from lmc.optimize.base import OptimizerPass, OutOfBudget, Work
from lmc.optimize.bench import Bench
from lmc.optimize.sectioning.beam import beam_search
from lmc.optimize.sectioning.mutation import (
    ASKING,
    OPERATORS,
    Draft,
    Mutation,
    OperatorName,
    answered,
    drafted,
    places_of,
)

TRIES = 3
"""Operators that are drawn for each place of a round before the place stays empty."""


@dataclass(frozen=True)
class Structure(OptimizerPass):
    """Applies operators to the prompts of calls, `breadth` of them in each of `rounds`, to the `beam` best programs so
    far, and races what they make against the best one, all at the same time. Operators are drawn by Thompson sampling
    of how often each made a program better. Those that drop, move, repeat or reformat sections, take out
    demonstrations or change the layout ask no LM; the others ask by a meta-prompt. SAMMO (Schnabel and Neville 2024),
    with races in the place of full scores; `mode: "sammo"` scores every candidate on every dev row, draws operators
    evenly, and changes whole instructions, as the original's beam search does."""

    name: ClassVar[str] = "structure"
    mode: Literal["race", "sammo"] = "race"
    rounds: Annotated[int, Field(ge=1, le=64)] = 6
    beam: Annotated[int, Field(ge=1, le=16)] = 4
    breadth: Annotated[int, Field(ge=1, le=64)] = 8
    operators: Annotated[tuple[OperatorName, ...] | None, Field(strict=False)] = None

    @property
    def asks(self) -> bool:
        """Whether one of the operators asks an LM."""
        return any(one in ASKING for one in self.chosen)

    @property
    def chosen(self) -> tuple[OperatorName, ...]:
        """The operators that are drawn."""
        return OPERATORS if self.operators is None else self.operators

    def run(self, program: Program, bench: Bench) -> Program:
        """The best program that was found."""
        able = [one for one in self.chosen if places_of(program, bench.module, one)]
        able = [one for one in able if bench.meta is not None or one not in ASKING]
        if not able:
            bench.listen("skip", reason="no prompt has a place that an operator could change")
            return program
        if self.mode == "sammo":
            return beam_search(program, bench, able, self.rounds, self.beam, self.breadth)
        return self.raced(program, bench, Odds(able))

    def most_work(self, program: Program, module: str, roles: Roles) -> Work | None:
        """Every candidate on every dev row; an LM asked for each."""
        candidates = self.rounds * self.breadth * (self.beam if self.mode == "sammo" else 1)
        rounds = 1 if self.mode == "sammo" else self.rounds
        return Work(runs=(candidates + rounds) * len(roles.dev), meta=candidates * self.asks)

    def raced(self, program: Program, bench: Bench, odds: Odds) -> Program:
        """The winner of the rounds' races, one after the other."""
        rng, best, beam = bench.rng("structure"), program, [program]
        seen = {bench.digest(program, bench.module)}
        for _ in range(self.rounds):
            room = self.room(best, bench)
            if not room:
                bench.listen("skip", reason="the budget has no room for more candidates")
                break
            made = self.mutations(beam, bench, odds, rng, room, seen)
            if not made:
                bench.listen("skip", reason="no operator makes anything new")
                break
            origins = [f"{one.operator} of the prompt's structure" for one in made]
            winner = bench.races([one.program for one in made], best, origins=origins)
            gains = [gain(bench, one.program, best) for one in made]
            for one, gained in zip(made, gains, strict=True):
                odds.add(one.operator, gained > 0)
            best = best if winner is None else winner
            order = sorted(range(len(made)), key=lambda index: -gains[index])
            promising = [made[index].program for index in order if gains[index] > 0]
            beam = [best, *(one for one in promising if one is not best)][: self.beam]
        return best

    def room(self, best: Program, bench: Bench) -> int:
        """How many candidates a round may have: as many as can be raced to the first decision."""
        rule = bench.rule()
        rows = rule.block * rule.minimum_blocks
        each = rows * bench.run_calls(best) + self.asks
        left = min(bench.left(), 1_000_000_000) - rows * bench.run_calls(best)
        return int(max(0, min(left // max(each, 1), self.breadth)))

    def mutations(
        self, beam: Sequence[Program], bench: Bench, odds: Odds, rng: Random, room: int, seen: set[str]
    ) -> list[Mutation]:
        """New candidates, each once; adds them to `seen`. Those that wait for an LM are asked for together."""
        drafts: list[Mutation | Draft] = []
        for number in range(room):
            for _ in range(TRIES):
                draft = drafted(beam[number % len(beam)], bench, odds.draw(rng), rng)
                if isinstance(draft, Draft) or (isinstance(draft, Mutation) and new(draft, bench, seen)):
                    drafts.append(draft)
                    break
        waiting = [one for one in drafts if isinstance(one, Draft)]
        try:
            said = answered(waiting, bench)
        except OutOfBudget:
            said = []
        made = [one for one in drafts if isinstance(one, Mutation)]
        for one, found in zip(waiting, said, strict=False):
            if found is None:
                odds.add(one.operator, False)
            elif new(found, bench, seen):
                made.append(found)
        return made


@dataclass
class Odds:
    """How often each operator made a program better, and how often not."""

    operators: Sequence[OperatorName]
    better: dict[OperatorName, int] = field(default_factory=dict)
    worse: dict[OperatorName, int] = field(default_factory=dict)

    def add(self, operator: OperatorName, better: bool) -> None:
        """Remembers what came of an operator."""
        counts = self.better if better else self.worse
        counts[operator] = counts.get(operator, 0) + 1

    def draw(self, rng: Random) -> OperatorName:
        """The operator of the highest draw from the posteriors of their chances, all alike at first (Thompson 1933)."""
        draws = [rng.betavariate(1 + self.better.get(one, 0), 1 + self.worse.get(one, 0)) for one in self.operators]
        return self.operators[max(range(len(draws)), key=lambda index: draws[index])]


def new(one: Mutation, bench: Bench, seen: set[str]) -> bool:
    """Whether a program does what none before it does; adds it to those that were seen."""
    digest = bench.digest(one.program, bench.module)
    if digest in seen:
        return False
    seen.add(digest)
    return True


def gain(bench: Bench, candidate: Program, incumbent: Program) -> float:
    """By how much the candidate's mean score is higher, on the dev rows that both have been scored on; 0 where there
    are none."""
    ours, theirs = bench.known(candidate), bench.known(incumbent)
    rows = [row.id for row in bench.dev if row.id in ours and row.id in theirs]
    return mean([ours[row].score - theirs[row].score for row in rows]) if rows else 0.0
