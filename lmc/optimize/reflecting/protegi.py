"""ProTeGi (Pryzant et al. 2023): criticism of errors, edits that follow it, paraphrases, and a beam that a bandit
thins out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from lmc.evaluate.rows import Row
from lmc.evaluate.statistics import mean
from lmc.ir.program import Program
from lmc.optimize.base import OutOfBudget
from lmc.optimize.bench import Bench
from lmc.optimize.proposing.proposals import cleaned, folded
from lmc.optimize.reflecting.blame import blamed
from lmc.optimize.reflecting.cases import case_words, numbered
from lmc.optimize.reflecting.failures import Failure, examples_of
from lmc.optimize.reflecting.reflection import Line, instruction_at, with_instruction

BEAM = 4
ERRORS = 4
"""Errors that one criticism is of."""
PARAPHRASES = 2
"""Paraphrases of each edit, and of the instruction as it was."""
SUCCESSORS = 8
"""New programs of each in the beam that the bandit sees."""
LONGEST = 4000
"""Characters of an instruction."""


@dataclass
class ProTeGi:
    """ProTeGi as its authors have it. A round: the programs of the beam run on `rows` train rows, the same for all; of
    each `k` criticisms ("gradients") are asked for, of four errors each; each criticism gives an edit; the edits and
    the instruction as it was are paraphrased twice; of all that eight are drawn. With the beam as it was they go to
    successive rejects (Audibert et al. 2010) on dev rows, which leaves the next beam of four. With several calls, the
    one to which most errors are blamed is changed. It gives the program of the beam that is best on all dev rows."""

    bench: Bench
    k: int
    rows: int
    threshold: float
    patience: int | None = None
    beam: list[int] = field(default_factory=lambda: [0])
    number: int = 0

    def parents(self, pool: Sequence[Line]) -> tuple[int, ...]:
        """The beam."""
        return tuple(self.beam)

    def propose(self, pool: Sequence[Line], parents: tuple[int, ...]) -> list[Line] | None:
        """All that the beam is expanded to; None where nothing in it errs."""
        rng = self.bench.rng(f"reflect/protegi/{self.number}")
        rows = rng.sample(self.bench.train, min(self.rows, len(self.bench.train)))
        self.number += 1
        erring = [(parent, errors) for parent in parents if (errors := self.errors(pool[parent].program, rows))]
        if not erring:
            return None
        jobs: list[tuple[int, str, list[str]]] = []
        asks = []
        for parent, errors in erring:
            program, address = pool[parent].program, errors[0].address
            text = instruction_at(program, self.bench, address)
            for _ in range(self.k):
                drawn = [one.example for one in rng.sample(errors, min(ERRORS, len(errors)))]
                cases = numbered([case_words(program, self.bench, address, one) for one in drawn])
                jobs.append((parent, address, [text, cases]))
                asks.append({"instruction": text, "errors": cases})
        criticisms = self.ask("protegi_gradient", asks)
        kept = [(job, said) for job, said in zip(jobs, criticisms, strict=True) if said]
        edits = self.ask(
            "protegi_edit",
            [{"instruction": text, "errors": cases, "criticism": said} for (_, _, (text, cases)), said in kept],
        )
        new: dict[tuple[int, str], list[str]] = {}
        for parent, errors in erring:
            new[parent, errors[0].address] = []
        for ((parent, address, _), _), edit in zip(kept, edits, strict=True):
            new[parent, address] += [edit] if edit else []
        self.paraphrase(pool, new)
        return [line for place, texts in new.items() for line in self.successors(pool, *place, texts)]

    def errors(self, program: Program, rows: Sequence[Row]) -> list[Failure]:
        """The errors of the call to which most are blamed."""
        failing = [one for one in examples_of(program, self.bench, rows) if one.scored.score < self.threshold]
        groups: dict[str, list[Failure]] = {}
        for one in blamed(program, self.bench, failing, self.threshold):
            groups.setdefault(one.address, []).append(one)
        return max(groups.values(), key=lambda group: sum(one.share for one in group), default=[])

    def paraphrase(self, pool: Sequence[Line], new: dict[tuple[int, str], list[str]]) -> None:
        """Adds paraphrases of the edits and of the instructions as they were."""
        sources = [
            (place, text)
            for place, texts in new.items()
            for text in (*texts, instruction_at(pool[place[0]].program, self.bench, place[1]))
            for _ in range(PARAPHRASES)
        ]
        found = self.ask("protegi_paraphrase", [{"instruction": text} for _, text in sources])
        for (place, _), said in zip(sources, found, strict=True):
            new[place] += [said] if said else []

    def successors(self, pool: Sequence[Line], parent: int, address: str, texts: Sequence[str]) -> list[Line]:
        """Eight of the new programs, each once."""
        program = pool[parent].program
        own = folded(instruction_at(program, self.bench, address))
        apart = {folded(one): one for one in texts if folded(one) != own}
        drawn = list(apart.values())
        if len(drawn) > SUCCESSORS:
            drawn = self.bench.rng(f"reflect/protegi/{self.number}/{parent}").sample(drawn, SUCCESSORS)
        return [
            Line(with_instruction(program, address, one), (parent,), f"{address}: edit", address, one) for one in drawn
        ]

    def accept(self, pool: Sequence[Line], proposed: Sequence[Line]) -> list[Line]:
        """Those that the bandit leaves; the next beam are they and what is left of this one."""
        arms = [*(pool[number].program for number in self.beam), *(one.program for one in proposed)]
        left = self.rejects(arms)
        joining = [one for at, one in enumerate(proposed, len(self.beam)) if at in left]
        old = [number for at, number in enumerate(self.beam) if at in left]
        self.beam = [*old, *range(len(pool), len(pool) + len(joining))]
        return joining

    def rejects(self, arms: Sequence[Program]) -> list[int]:
        """Successive rejects: the worst of those left goes after so many rows that the last ones would see all; ends
        when as many are left as a beam has. The numbers of those."""
        left, total, seen = list(range(len(arms))), len(self.bench.dev), 0
        for phase in range(1, len(arms)):
            if len(left) <= BEAM:
                break
            seen = min(total, -(-2 * total // (len(arms) + 1 - phase)))
            scores = self.bench.results([arms[at] for at in left], self.bench.dev[:seen])
            means = {at: mean([one.score for one in found]) for at, found in zip(left, scores, strict=True)}
            worst = min(reversed(left), key=lambda at: means[at])
            self.bench.tried(arms[worst], None, "dropped", self.bench.dev[:seen], "beam")
            left.remove(worst)
        for at in left:
            if seen:
                self.bench.tried(arms[at], None, "kept", self.bench.dev[:seen], "beam")
        return left

    def best(self, pool: Sequence[Line]) -> Program:
        """That of the beam which is best on all dev rows."""
        programs = [pool[number].program for number in self.beam]
        try:
            found = self.bench.results(programs, self.bench.dev)
        except OutOfBudget:
            return programs[0]
        means = [mean([one.score for one in results]) for results in found]
        return programs[means.index(max(means))]

    def ask(self, name: str, asks: Sequence[dict[str, Any]]) -> list[str]:
        """What a meta-prompt says to each, put in order; empty where it failed."""
        found = self.bench.propose(name, asks, self.number * 100) if asks else []
        return ["" if one is None else cleaned(one, LONGEST) for one in found]
