"""Searches the instructions of calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from lmc.evaluate.race import FIRST_RUNGS, evaluations
from lmc.evaluate.rows import Roles
from lmc.evaluate.statistics import mean
from lmc.ir.patch import apply_patch
from lmc.ir.program import Program, Settings
from lmc.optimize.base import OptimizerPass, OutOfBudget, Work
from lmc.optimize.bench import Bench
from lmc.optimize.cut import first_cut
from lmc.optimize.places import sites_with
from lmc.optimize.proposing.exact_instructions import coordinate_ascent, every_row, rules_for_all
from lmc.optimize.proposing.grounding import SHOWN
from lmc.optimize.proposing.proposers import Asked, Attempt, Proposal, Way, after, asked_for, proposals

Mode = Literal["auto", "ape", "opro", "copro", "rules", "grounded"]

STEADY = 3
"""Rounds in a row in which no proposal will do, after which a call is left alone."""


@dataclass(frozen=True)
class Instructions(OptimizerPass):
    """Asks an LM for instructions, `candidates` of them in a round, and lets successive halving choose among them and
    the present one, on dev rows; so in `rounds` rounds for each call. Of several calls the one is improved next whose
    last round gained most for the calls that its candidates take, each once at first, those that take fewest before
    others. `mode` says how proposals are made, each round knowing those before it:

    - `ape`: guessed from `k` examples, then the best ones in other words (Zhou et al. 2022);
    - `opro`: from what was tried with its scores, ascending, and examples (Yang et al. 2023);
    - `copro`: from the present instruction, then from what was tried (DSPy's COPRO);
    - `rules`: at most `rules` rules drawn out of examples, behind the instruction (DSPy's InferRules);
    - `grounded`: from what is known of data, program and call, examples and a tip (MIPROv2);
    - `auto`: grounded ones, guessed ones and rules, then from what was tried and in other words.

    Proposals are put in order and capped at twice the present length; those that fail, repeat one another, or quote the
    input of a train row are dropped, and so are those that do what another does on the first rows. `exact` follows the
    original's procedure, every candidate on every dev row: COPRO's and InferRules' as in DSPy 3.4.1, the others' as in
    their papers."""

    name: ClassVar[str] = "instructions"
    mode: Mode = "auto"
    candidates: Annotated[int, Field(ge=1, le=64)] = 6
    rounds: Annotated[int, Field(ge=1, le=32)] = 2
    k: Annotated[int, Field(ge=1, le=32)] = SHOWN
    rules: Annotated[int, Field(ge=1, le=20)] = 5
    exact: bool = False

    @property
    def asks(self) -> bool:
        """It does."""
        return True

    def run(self, program: Program, bench: Bench) -> Program:
        """The program with the instructions that won."""
        places = [address for address, _ in sites_with(program, bench.module, "instruction")]
        if not places or not bench.dev or bench.meta is None:
            lacking = "no call's prompt has a place for another instruction"
            bench.listen("skip", reason=lacking if not places else "there is nothing to compare instructions on")
            return program
        try:
            if self.exact and self.mode == "copro":
                return coordinate_ascent(program, bench, places, self.candidates, self.rounds)
            if self.exact and self.mode == "rules":
                return rules_for_all(program, bench, places, self.candidates, self.rules)
        except OutOfBudget:
            bench.listen("skip", reason="the budget has no room for the original's procedure")
            return program
        return self.search(program, bench, places)

    def most_work(self, program: Program, module: str, roles: Roles) -> Work | None:
        """Its rounds for each call; what is said of the data and of the program is asked once more for each."""
        places, dev = len(sites_with(program, module, "instruction")), len(roles.dev)
        if self.exact and self.mode == "rules":
            return Work(runs=self.candidates * dev, meta=self.candidates * places)
        rounds = places * self.rounds
        each = (self.candidates + 1) * dev if self.exact else evaluations(self.candidates + 1, dev)
        if self.exact and self.mode == "copro":
            return Work(runs=rounds * self.rounds * self.candidates * dev, meta=rounds * self.candidates)
        return Work(runs=rounds * each + places * 2 * SHOWN, meta=rounds * (self.candidates + 2))

    def search(self, program: Program, bench: Bench, places: Sequence[str]) -> Program:
        """Rounds for one call after the other, while the budget has room."""
        lines = [Line(address) for address in places]
        for left in range(self.rounds * len(lines), 0, -1):
            open_lines = [line for line in lines if line.rounds < self.rounds and line.barren < STEADY]
            if not open_lines:
                break
            line = max(open_lines, key=lambda one: one.promise(program, bench))
            try:
                with limited(bench, bench.left() / left):
                    found = self.round(program, bench, line)
            except OutOfBudget:
                bench.listen("skip", reason="the budget has no room for another round of proposals")
                break
            program = found
        return program

    def round(self, program: Program, bench: Bench, line: Line) -> Program:
        """One round for one call: the program with the instruction that won. Raises OutOfBudget where there is no room
        to propose and compare."""
        count, rows = self.affordable(program, bench)
        if not count:
            raise OutOfBudget
        asked = line.asked or asked_for(program, bench, line.address, self.k, self.rules, self.exact)
        history = asked.history or (Attempt(asked.current, self.start(program, bench, rows)),)
        asked = after(asked, program, history, asked.round)
        found = proposals(self.ways(count, asked.round), asked)
        line.rounds += 1
        line.barren = 0 if found else line.barren + 1
        winner, attempts = (program, []) if not found else self.chosen(program, bench, line, found, rows)
        line.asked = after(asked, winner, [*asked.history, *attempts], asked.round + 1)
        return winner

    def affordable(self, program: Program, bench: Bench) -> tuple[int, int]:
        """How many proposals can be compared with the present instruction, and on how many dev rows."""
        if self.exact:
            room = bench.affordable_rows(program) // len(bench.dev) - 1
            return max(min(self.candidates, room), 0), len(bench.dev)
        with limited(bench, bench.left() - self.candidates - 2):  # which the proposals take
            count, rows = bench.affordable_search(self.candidates + 1, program, least=2)
        return max(count - 1, 0), rows

    def start(self, program: Program, bench: Bench, rows: int) -> float:
        """The score of the present instruction, on the rows that all candidates are scored on."""
        return mean(bench.scores(program, bench.dev[: rows if self.exact else min(rows, FIRST_RUNGS[0])]))

    def ways(self, count: int, round_: int) -> list[tuple[Way, int]]:
        """How many proposals of a round are made in which way."""
        if self.mode != "auto":
            return [(self.mode, count)]
        if round_ > 0:
            return [("opro", (count + 1) // 2), ("ape", count // 2)]
        rules = 1 if count > 2 else 0
        guessed = (count - rules) // 2
        return [("grounded", count - rules - guessed), ("ape", guessed), ("rules", rules)]

    def chosen(
        self, program: Program, bench: Bench, line: Line, found: Sequence[Proposal], rows: int
    ) -> tuple[Program, list[Attempt]]:
        """The winner among the proposals and the program, and what was tried. Notes what the round gained."""
        candidates = [apply_patch(program, {line.address: Settings(instruction=one.instruction)}) for one in found]
        if bench.levers.likelihood and not self.exact:
            kept = first_cut(bench, candidates, bench.dev[:rows])
            found = [one for one, candidate in zip(found, candidates, strict=True) if candidate in kept]
            candidates = kept
        first = bench.dev[: rows if self.exact else min(rows, FIRST_RUNGS[0])]
        theirs, *results = bench.results([program, *candidates], first, incumbent=program)
        scores = [mean([one.score for one in result]) for result in results]
        attempts = [Attempt(one.instruction, score) for one, score in zip(found, scores, strict=True)]
        line.cost = max(bench.cone_calls(one, program) for one in candidates)
        if self.exact:
            winner = every_row(bench, program, candidates, [one.origin for one in found])
        else:
            distinct = {tuple(one.fingerprint for one in theirs): program}
            for candidate, result in zip(candidates, results, strict=True):
                distinct.setdefault(tuple(one.fingerprint for one in result), candidate)
            with without_cut(bench):
                winner = bench.best(list(distinct.values()), rows) or program
        line.gain = 0.0 if winner is program else gain(bench, winner, program)
        return winner, attempts


@dataclass
class Line:
    """What is known of one call while its instruction is searched: the rounds so far, how many of the last ones gave no
    proposal that would do, what the last one gained, and the calls that a candidate takes in a run."""

    address: str
    rounds: int = 0
    barren: int = 0
    gain: float = 0.0
    cost: int = 1
    asked: Asked | None = field(default=None)

    def promise(self, program: Program, bench: Bench) -> tuple[bool, float]:
        """How much another round promises for each call that it takes; one that had none yet promises most."""
        if self.rounds:
            return False, self.gain / max(self.cost, 1)
        changed = apply_patch(program, {self.address: Settings(instruction=" ")})
        return True, 1 / max(bench.cone_calls(changed, program), 1)


def gain(bench: Bench, winner: Program, program: Program) -> float:
    """How much higher the winner scores on the rows that both were scored on."""
    ours, theirs = bench.known(winner), bench.known(program)
    return mean([ours[row].score - theirs[row].score for row in ours if row in theirs])


@contextmanager
def without_cut(bench: Bench) -> Iterator[None]:
    """For as long as it lasts, candidates are not cut by likelihood: they have been, and scored since."""
    before = bench.levers
    bench.levers = replace(before, likelihood=False)
    try:
        yield
    finally:
        bench.levers = before


@contextmanager
def limited(bench: Bench, calls: float) -> Iterator[None]:
    """For as long as it lasts, the pass has so many calls left."""
    before = bench.until
    bench.until = bench.budget.spent.calls + calls
    try:
        yield
    finally:
        bench.until = before
