"""Makes up rows that are hard, and instructions that get them right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

from pydantic import Field

from lmc.elaborate.lower import wanted_columns
from lmc.evaluate.rows import Roles, Row
from lmc.evaluate.statistics import mean
from lmc.ir.patch import apply_patch
from lmc.ir.program import Program, Settings
from lmc.optimize.base import OptimizerPass, OutOfBudget, Work
from lmc.optimize.bench import Bench
from lmc.optimize.places import sites_with
from lmc.optimize.proposing.grounding import call_words
from lmc.optimize.proposing.proposals import instruction_of, usable
from lmc.optimize.proposing.synthesis import (
    Hard,
    Shape,
    Source,
    annotated,
    distinct,
    hard_words,
    invented,
    row_words,
    shape_of,
)

BASE = 32
"""Rows of the data that are scored besides those that are made up."""

KEPT = 3
"""Programs that survive a round."""

RIGHT = 1.0
"""A score under which a row was hard."""


@dataclass(frozen=True)
class Synth(OptimizerPass):
    """Makes up rows in `rounds`: `rows` inputs near what was hard so far, on the border between labels, each unlike all
    others; says what is right for them by the proposer (`annotate: "model"`) or a person (`"person"`, in a CSV file
    beside the program); asks for `proposals` for an instruction that gets the hard ones right; and scores these and
    the programs that survived before on all rows again, made up and not, so that scores of all rounds can be compared.
    The rows stay among the train rows for the passes that follow, and say who labelled them. Where the data has no dev
    rows, half of them become those, which no LM is shown. AutoPrompt (Levi et al. 2024)."""

    name: ClassVar[str] = "synth"
    rounds: Annotated[int, Field(ge=1, le=20)] = 2
    rows: Annotated[int, Field(ge=1, le=100)] = 16
    proposals: Annotated[int, Field(ge=0, le=16)] = 4
    annotate: Source = "model"

    @property
    def asks(self) -> bool:
        """It asks for inputs, labels and instructions."""
        return True

    def run(self, program: Program, bench: Bench) -> Program:
        """The program that did best on all rows of the last round."""
        shape = shape_of(program, bench)
        if shape is None:
            bench.listen("skip", reason="images, recordings and files cannot be made up")
            return program
        base = bench.rng("synth base").sample(bench.train, min(BASE, len(bench.train)))
        survivors, made, held = [program], list[Row](), list[Row]()
        try:
            for number in range(self.rounds):
                fresh = self.fresh_rows(survivors[0], bench, shape, [*base, *made], [*made, *held], number)
                if not fresh:
                    bench.listen("skip", reason="the proposer makes up no more rows that will do")
                    break
                rng = bench.rng(f"synth apart/{number}")
                apart = [] if bench.dev else rng.sample(fresh, (len(fresh) + 1) // 2)
                held += apart
                made += [one for one in fresh if one not in apart]
                survivors = self.rescored(survivors, bench, shape, [*base, *made])
        except OutOfBudget:
            bench.listen("skip", reason="the budget has no room for another round")
        keep_rows(bench, made, held, self.annotate)
        return survivors[0]

    def most_work(self, program: Program, module: str, roles: Roles) -> Work | None:
        """In each round every program on all rows, and the races where the dev rows are made up."""
        metrics = (wanted_columns(one.body, one.params[0]) for one in program.metrics)
        labels = max(map(len, metrics), default=1)
        most = self.rounds * self.rows
        runs = self.rounds * (KEPT + self.proposals + 1) * (BASE + most) + 4 * most
        return Work(runs=runs, meta=self.rounds * (self.rows * (1 + labels) + self.proposals))

    def fresh_rows(
        self, program: Program, bench: Bench, shape: Shape, shown: Sequence[Row], known: Sequence[Row], number: int
    ) -> list[Row]:
        """The rows of a round, with what is right for them. Raises OutOfBudget."""
        rng = bench.rng(f"synth/{number}")
        hard = hard_rows(program, bench, shown)
        found = invented(shape, bench, shown, hard, self.rows, rng)
        new = distinct(found, [*bench.train, *bench.dev, *known], list(shape.inputs))
        return annotated(shape, bench, new, rng.sample(shown, len(shown)), self.annotate)

    def rescored(self, survivors: Sequence[Program], bench: Bench, shape: Shape, rows: Sequence[Row]) -> list[Program]:
        """The best programs of those that survived and those that proposals make of the first one, by their means on
        all rows. Of equals those that were there before. Raises OutOfBudget."""
        found = [*survivors, *self.refined(survivors[0], bench, shape, rows)]
        results = bench.results(found, rows, incumbent=survivors[0])
        means = [mean([one.score for one in scored]) for scored in results]
        order = sorted(range(len(found)), key=lambda index: -means[index])
        for place, index in enumerate(order):
            bench.tried(found[index], None, "kept" if place < KEPT else "dropped", rows, "on rows that were made up")
        return [found[index] for index in order[:KEPT]]

    def refined(self, program: Program, bench: Bench, shape: Shape, rows: Sequence[Row]) -> list[Program]:
        """What proposals that are to get the hard rows right make of a program, each for a call drawn at random."""
        places, hard = sites_with(program, bench.module, "instruction"), hard_rows(program, bench, rows)
        if not places or not hard:
            return []
        rng, asks, chosen = bench.rng(f"synth refine/{len(rows)}"), [], []
        right = [one for one in rows if all(one.id != other.row.id for other in hard)]
        for _ in range(self.proposals):
            address, predict = rng.choice(places)
            chosen.append((address, instruction_of(program, predict)))
            failures, successes = rng.sample(hard, min(3, len(hard))), rng.sample(right, min(2, len(right)))
            asks.append(
                {
                    "step": call_words(program, predict),
                    "instruction": chosen[-1][1],
                    "failures": "\n\n".join(hard_words(one, shape) for one in failures),
                    "successes": "\n\n".join(row_words(one, [*shape.inputs, *shape.wanted]) for one in successes),
                    "tried": "",
                }
            )
        said = bench.propose("reflect_rewrite", asks) if asks else []
        found = []
        for (address, current), text in zip(chosen, said, strict=True):
            for better in usable([text], current, [*bench.train, *rows], list(shape.inputs)):
                found.append(apply_patch(program, {address: Settings(instruction=better)}))
        return list({bench.digest(one, bench.module): one for one in found}.values())


def hard_rows(program: Program, bench: Bench, rows: Sequence[Row]) -> list[Hard]:
    """The rows that the program gets wrong. Raises OutOfBudget."""
    (results,) = bench.results([program], rows, keep=True)
    return [Hard(row, scored) for row, scored in zip(rows, results, strict=True) if scored.score < RIGHT]


def keep_rows(bench: Bench, made: Sequence[Row], held: Sequence[Row], source: Source) -> None:
    """Gives the rows that were made up to the bench."""
    if not made and not held:
        return
    bench.roles = replace(bench.roles, train=(*bench.train, *made), dev=(*bench.dev, *held))
    words = f"{len(made)} train rows were made up, labelled by a {source}"
    bench.listen("note", reason=f"{words}, and {len(held)} to compare candidates on" if held else words)
