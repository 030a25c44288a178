"""GEPA (Agrawal et al. 2025): reflective edits of one call's instruction at a time, parents from the front over rows,
and merges of lines that changed different calls."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from lmc.evaluate.rows import Row
from lmc.evaluate.statistics import mean
from lmc.ir.patch import apply_patch
from lmc.ir.program import Program, Settings
from lmc.optimize.bench import Bench
from lmc.optimize.places import sites_with
from lmc.optimize.proposing.proposals import cleaned, instruction_of
from lmc.optimize.reflecting.cases import case_words, numbered
from lmc.optimize.reflecting.failures import Example, examples_of
from lmc.optimize.reflecting.pareto import Merges, Texts, merge_of, parent_of
from lmc.optimize.reflecting.reflection import Line, instruction_at, with_instruction

MINIBATCH = 3
MERGES = 5
MERGE_ROWS = 5
OVERLAP = 5
LONGEST = 4000
"""Characters of an instruction."""


@dataclass
class Gepa:
    """GEPA as its authors' package does it. A round: a parent is drawn from the front over dev rows; it runs on three
    train rows, of a shuffled epoch; when one of them is not perfect, the proposer sees all three with what was said of
    them and writes the instruction of one call anew, the calls taking turns; the child joins the pool when its scores
    on the same rows add up to more, and then runs on all dev rows. After a round with a new program two lines with a
    common ancestor are merged, call by call; a merge joins when on five dev rows it is as good as the better of the
    two. At most five merges are made. It gives the program of the highest mean on dev rows."""

    bench: Bench
    rng: random.Random
    patience: int | None = None
    scores: list[list[float]] = field(default_factory=list)
    turns: list[int] = field(default_factory=list)
    number: int = -1
    epoch: list[Row] = field(default_factory=list)
    epochs: int = 0
    due: int = 0
    tested: int = 0
    fresh: bool = False
    merges: Merges = field(default_factory=Merges)
    merged: dict[str, str] = field(default_factory=dict)
    minibatch: list[Example] = field(default_factory=list)

    def parents(self, pool: Sequence[Line]) -> tuple[int, ...]:
        """Two lines to merge, when a merge is due and possible; else one of the front."""
        self.number += 1
        if not self.scores:
            self.score(pool[0].program)
            self.turns.append(0)
        if self.due and self.fresh:
            self.fresh = False
            texts = [self.texts(one.program) for one in pool]
            found = merge_of(texts, [one.parents for one in pool], self.scores, self.merges, self.rng)
            if found is not None and len(self.bench.dev) >= OVERLAP:
                self.merged, pair = found
                return pair
        return (parent_of(self.scores, self.rng),)

    def propose(self, pool: Sequence[Line], parents: tuple[int, ...]) -> list[Line] | None:
        """The merge, or a reflective edit of the parent; None where the parent is perfect on its minibatch."""
        program = pool[parents[0]].program
        if len(parents) > 1:
            patch = {address: Settings(instruction=text) for address, text in self.merged.items()}
            return [Line(apply_patch(program, patch), parents, "merge")]
        self.minibatch = examples_of(program, self.bench, self.next_rows())
        if all(one.scored.score >= 1 for one in self.minibatch):
            return None
        address = self.turn(program, parents[0])
        cases = [
            f"{case_words(program, self.bench, address, one)}\nscore: {one.scored.score:g}" for one in self.minibatch
        ]
        text = instruction_at(program, self.bench, address)
        (said,) = self.bench.propose("gepa", [{"instruction": text, "examples": numbered(cases)}], self.number)
        new = "" if said is None else cleaned(said, LONGEST)
        if not new or new == text:
            return []
        return [Line(with_instruction(program, address, new), parents, f"{address}: reflection", address, new)]

    def accept(self, pool: Sequence[Line], proposed: Sequence[Line]) -> list[Line]:
        """The child where it is better than its parent on what it was made from, the merge where it is no worse than
        both."""
        (line,) = proposed
        if len(line.parents) > 1:
            places = self.merge_rows(*line.parents)
            known = [sum(self.scores[parent][place] for place in places) for parent in line.parents]
            if sum(self.bench.scores(line.program, [self.bench.dev[place] for place in places])) < max(known):
                return []
            self.due -= 1
            self.tested += 1
        else:
            rows = [one.row for one in self.minibatch]
            after = self.bench.scores(line.program, rows)
            if sum(after) <= sum(one.scored.score for one in self.minibatch):
                return []
            self.fresh = True
            self.due += self.tested < MERGES
        self.score(line.program)
        self.turns.append(max(self.turns[parent] for parent in line.parents))
        return [line]

    def best(self, pool: Sequence[Line]) -> Program:
        """That of the highest mean on dev rows, the first of equals."""
        means = [mean(one) for one in self.scores]
        return pool[means.index(max(means))].program if means else pool[0].program

    def score(self, program: Program) -> None:
        """Runs a program on all dev rows."""
        self.scores.append(self.bench.scores(program, self.bench.dev))
        self.bench.tried(program, None, "kept", self.bench.dev, "joins the pool")

    def texts(self, program: Program) -> Texts:
        """The instructions that may be changed."""
        return {
            address: instruction_of(program, predict)
            for address, predict in sites_with(program, self.bench.module, "instruction")
        }

    def turn(self, program: Program, parent: int) -> str:
        """The call site whose turn it is for a parent."""
        addresses = list(self.texts(program))
        place = self.turns[parent]
        self.turns[parent] = (place + 1) % len(addresses)
        return addresses[place]

    def next_rows(self) -> list[Row]:
        """The next train rows of an epoch; one that does not divide is filled up with rows that came least often."""
        start = self.number * MINIBATCH
        if not self.epoch or start // len(self.epoch) >= self.epochs:
            self.epochs = start // len(self.epoch) + 1 if self.epoch else 1
            rows = list(self.bench.train)
            self.rng.shuffle(rows)
            counts = Counter(row.id for row in rows)
            while len(rows) % MINIBATCH:
                rare = counts.most_common()[-1][0]
                rows.append(next(row for row in rows if row.id == rare))
                counts[rare] += 1
            self.epoch = rows
        return [self.epoch[(start + one) % len(self.epoch)] for one in range(MINIBATCH)]

    def merge_rows(self, one: int, other: int) -> list[int]:
        """The dev rows that a merge is tried on: on which the first is better, the second, and neither."""
        mine, theirs = self.scores[one], self.scores[other]
        rows = range(len(mine))
        groups = [
            [row for row in rows if mine[row] > theirs[row]],
            [row for row in rows if mine[row] < theirs[row]],
            [row for row in rows if mine[row] == theirs[row]],
        ]
        each = -(-MERGE_ROWS // len(groups))
        chosen: list[int] = []
        for group in groups:
            chosen += self.rng.sample(group, min(len(group), each, MERGE_ROWS - len(chosen)))
        left = [row for row in rows if row not in chosen]
        return chosen + self.rng.sample(left, min(len(left), MERGE_ROWS - len(chosen)))
