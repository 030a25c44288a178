"""MIPROv2's own procedure, to the letter: random minibatches, and now and then the leading program on all rows."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lmc.evaluate.rows import Roles, Row
from lmc.evaluate.statistics import mean
from lmc.ir.patch import apply_patch
from lmc.ir.program import Program, Settings
from lmc.optimize.base import OutOfBudget, Work
from lmc.optimize.bench import Bench
from lmc.optimize.demonstrations.demos import demos_of
from lmc.optimize.demonstrations.fewshot import FewShot, labeled_demos, reset, with_demos
from lmc.optimize.demonstrations.pools import open_sites
from lmc.optimize.study import OneByOne
from lmc.optimize.trial import Axis

SEED = 9
"""The seed that MIPROv2 has unless it is given another one; that of the tuning is added."""

MINIBATCH, STEPS, LEAST = 35, 5, 50
"""Rows of a minibatch; after so many of them the leading program is scored on all rows; with so few rows in all every
trial is."""


@dataclass(frozen=True, slots=True)
class Size:
    """A setting of MIPROv2: candidates for each choice, and the dev rows that it uses at most."""

    candidates: int
    rows: int

    @property
    def instructions(self) -> int:
        """How many instructions each call chooses from, its own among them."""
        return self.candidates // 2

    def trials(self, calls: int) -> int:
        """The trials for a program of so many calls: 2 M log2 N, M being the choices, or 1.5 N if that is more."""
        return int(max(4 * calls * math.log2(self.candidates), 1.5 * self.candidates))


SIZES: Mapping[str, Size] = {"light": Size(6, 100), "medium": Size(12, 300), "heavy": Size(18, 1000)}

Instructions = Mapping[str, tuple[str | None, ...]]
Propose = Callable[[Program, Bench, int], Instructions]
"""Gives for a program, by address, at most so many proposals, its own instruction (None) being the first."""


def most_minibatch(size: Size, program: Program, module: str, roles: Roles, meta: int) -> Work:
    """The most that the procedure does."""
    dev = min(size.rows, len(roles.dev))
    trials = size.trials(len(open_sites(program, module)))
    full = trials if dev <= LEAST else 2 + trials // STEPS
    runs = full * dev + (trials * MINIBATCH if dev > LEAST else dev)
    return Work(runs=runs, taught=(size.candidates - 2) * len(roles.train), meta=meta)


Sets = list[Program]
"""Programs whose demonstrations are the sets to choose from."""


def search_minibatches(program: Program, bench: Bench, size: Size, propose: Propose) -> Program:
    """MIPROv2 with one of its settings: `max_bootstrapped_demos` and `max_labeled_demos` are 4. The default program is
    scored on all rows; then TPE chooses for every call an instruction and a set of demonstrations, each program is
    scored on a random minibatch, and after every fifth one the program of the highest mean so far that was not yet
    scored on all rows is. Gives the one that scored highest on all rows."""
    rng = random.Random(SEED + bench.seed)
    rows = rng.sample(bench.dev, min(size.rows, len(bench.dev)))
    if not rows:
        return program
    sets = demo_sets(program, bench, size, rng)
    instructions = propose(program, bench, size.instructions - 1)
    return Procedure(program, bench, rows, rng, sets, instructions).run(
        size.trials(len(open_sites(program, bench.module)))
    )


def demo_sets(program: Program, bench: Bench, size: Size, rng: random.Random) -> Sets:
    """The sets of demonstrations: none, labelled ones, those of BootstrapFewShot on the rows as they stand, and on rows
    in random orders."""
    bare = reset(program, bench)
    found = [
        bare,
        with_demos(bare, labeled_demos(bare, bench, bench.train, 4)),
        FewShot(4, 4).compiled(bare, bench, bench.train),
    ]
    for _ in range(size.candidates - 3):
        rows = list(bench.train)
        rng.shuffle(rows)
        found.append(FewShot(rng.randint(1, 4), 4).compiled(bare, bench, rows))
    return found


class Procedure:
    """One run of it. `best` is the program of the highest score on all rows."""

    def __init__(
        self,
        program: Program,
        bench: Bench,
        rows: Sequence[Row],
        rng: random.Random,
        sets: Sets,
        instructions: Instructions,
    ) -> None:
        self.program, self.bench, self.rows, self.rng = program, bench, rows, rng
        self.sets, self.instructions = sets, instructions
        self.addresses = [address for address, _ in open_sites(program, bench.module)]
        axes: list[Axis] = []
        for number, address in enumerate(self.addresses):
            told = len(instructions.get(address, (None,)))
            axes += [Axis(f"{number}_predictor_instruction", tuple(range(told)))]
            axes += [Axis(f"{number}_predictor_demos", tuple(range(len(sets))))]
        self.study = OneByOne(SEED + bench.seed, axes, multivariate=True)
        self.seen: dict[tuple[int, ...], list[float]] = {}
        self.full: set[tuple[int, ...]] = set()
        self.best, self.best_score = program, -1.0

    def run(self, trials: int) -> Program:
        """All trials, or as many as the budget pays for; the best program."""
        try:
            self.search(trials)
        except OutOfBudget:
            self.bench.listen("skip", reason="the budget has no room for all of the original's procedure")
        self.bench.studies.append(self.study.record(f"{self.bench.stage or 'joint'} {len(self.bench.studies) + 1}"))
        return self.best

    def search(self, trials: int) -> None:
        """All trials. Raises OutOfBudget."""
        batches = len(self.rows) > LEAST
        self.best_score = self.score(self.program, self.rows)
        self.study.add({axis.name: 0 for axis in self.study.axes}, self.best_score)
        last = trials + trials // STEPS + 1 + (trials % STEPS != 0) - 1
        for _ in range(trials):
            trial, values = self.study.ask()
            key = tuple(values[axis.name] for axis in self.study.axes)
            candidate = self.made(key)
            score = self.score(candidate, self.rng.sample(self.rows, MINIBATCH) if batches else self.rows)
            self.seen.setdefault(key, []).append(score)
            if batches and ((trial.number + 1) % (STEPS + 1) == 0 or trial.number + 1 == last):
                self.score_leading()
            elif not batches and score > self.best_score:
                self.best, self.best_score = candidate, score
            self.study.tell(trial, score)

    def score_leading(self) -> None:
        """Scores the program of the highest mean on minibatches that was not scored on all rows yet on all rows."""
        open_ = {key: mean(scores) for key, scores in self.seen.items() if key not in self.full}
        if not open_:
            return
        key = max(open_, key=lambda one: open_[one])
        candidate = self.made(key)
        score = self.score(candidate, self.rows)
        self.study.add({axis.name: place for axis, place in zip(self.study.axes, key, strict=True)}, score)
        self.full.add(key)
        if score > self.best_score:
            self.best, self.best_score = candidate, score

    def score(self, candidate: Program, rows: Sequence[Row]) -> float:
        """The score of a program, in per cent as the original has it."""
        score = mean([one.score for one in self.bench.results([candidate], rows)[0]])
        self.bench.tried(candidate, None, "kept" if score > self.best_score / 100 else "dropped", rows)
        return round(100 * score, 2)

    def made(self, key: tuple[int, ...]) -> Program:
        """The program of instructions and sets by their numbers."""
        patch = {}
        for number, address in enumerate(self.addresses):
            instruction, chosen = key[2 * number], self.sets[key[2 * number + 1]]
            shown = demos_of(chosen, dict(open_sites(chosen, self.bench.module))[address])
            told = self.instructions.get(address, (None,))[instruction]
            patch[address] = Settings(instruction=told, demos=shown)
        return apply_patch(self.program, patch)
