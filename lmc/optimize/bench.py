"""The bench that optimizer passes work at: rows, runs, scores, races, and what all that may cost."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lmc.analysis.calls import lm_of, reachable, scoring_cost, worst_cost
from lmc.evaluate.evaluator import evaluate_rows
from lmc.evaluate.metric import Scorer
from lmc.evaluate.race import RaceRule, decide, evaluations, halve, rule_for, rungs
from lmc.evaluate.rows import Roles, Row
from lmc.evaluate.scores import scores_of
from lmc.evaluate.scoring import Scored
from lmc.evaluate.statistics import mean
from lmc.execute.interpreter import Interpreter
from lmc.ir.digest import behaviour_digest
from lmc.ir.program import Program
from lmc.ir.walk import predictors
from lmc.lm.base import LM
from lmc.lm.budget import Budget
from lmc.prompts import templates


def attempts_of(program: Program) -> dict[str, int]:
    """How often each call site may ask, by address."""
    return {address: int(template["attempts"]) for address, template in templates(program).items()}


def once_of(program: Program) -> dict[str, int]:
    """Once for each call site that an LM answers, by address."""
    return {
        f"{module.name}.{predict.site}": 1
        for module, predict in predictors(program)
        if lm_of(program, module.name, predict) is not None
    }


class OutOfBudget(Exception):
    """The next step could take more calls than the budget has left; it was not begun."""


@dataclass
class Bench:
    """What one tuning has at hand. `budget` meters what is spent; `calls` is what tuning may spend in all (None: no
    limit), the calls reserved for the sealed rows taken off. `listen` is told, as plain words by name, what happens.
    Passes see `roles.train`, candidates are compared on `roles.dev`; the sealed rows are not here. `externals` is what
    runs call outside; `assertions`: whether they are checked. `written` is the program as it is before tuning, whose
    judges score every candidate, so that nobody can win by a milder judge (None: those of the candidate)."""

    module: str
    roles: Roles
    score: Scorer
    lms: Mapping[str, LM]
    runner: asyncio.Runner
    budget: Budget
    calls: int | None
    seed: int
    listen: Callable[..., None]
    teacher: str | None = None
    externals: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    assertions: bool = True
    written: Program | None = None
    _scored: dict[tuple[str, str], Scored] = field(default_factory=dict)
    _interpreters: dict[str, Interpreter] = field(default_factory=dict)

    def rng(self, name: str) -> random.Random:
        """A source of randomness of its own for each name, by the seed of the tuning."""
        return random.Random(f"{self.seed}/{name}")

    @property
    def train(self) -> tuple[Row, ...]:
        """The rows that may be shown to an LM as demonstrations."""
        return self.roles.train

    @property
    def dev(self) -> tuple[Row, ...]:
        """The rows that candidates are compared on, in a fixed order. They are scored, never shown."""
        return self.roles.dev

    def left(self) -> float:
        """How many calls tuning may still make."""
        return float("inf") if self.calls is None else self.calls - self.budget.spent.calls

    def most_calls(self, program: Program) -> int:
        """The most calls that one run of the program and its score can make, when every reply has to be asked for as
        often as is allowed."""
        return self.calls_of(program, self.module, attempts_of)

    def run_calls(self, program: Program, module: str | None = None) -> int:
        """The most calls that one run of the program and its score make when every reply fits. Steps are planned by
        this; what replies that have to be asked for again take beyond it comes off what is left, and the budget itself
        refuses any call beyond its limit."""
        return self.calls_of(program, module or self.module, once_of)

    def calls_of(self, program: Program, module: str, attempts: Callable[[Program], Mapping[str, int]]) -> int:
        """The most calls of one run and its score, by the attempts at each call site."""
        judged = self.written or program
        score = scoring_cost(judged, self.score.metric.name, attempts(judged)) if self.score.calls else 0.0
        return int(worst_cost(program, module, attempts(program)) + score)

    def affordable_rows(self, program: Program) -> int:
        """How many more runs of the program the budget allows."""
        return int(min(self.left(), 1_000_000_000) // max(self.run_calls(program), 1))

    def results(
        self, programs: Sequence[Program], rows: Sequence[Row], keep: bool = False, module: str | None = None
    ) -> list[list[Scored]]:
        """The results of each program on the rows; what has been scored before is not run again. Raises OutOfBudget
        before anything is run when there is no room for all of it. `keep` also keeps the outcomes with their traces."""
        module = module or self.module
        digests = [self.digest(program, module) for program in programs]
        missing: dict[tuple[str, str], tuple[Program, Row]] = {}
        for digest, program in zip(digests, programs, strict=True):
            for row in rows:
                known = self._scored.get((digest, row.id))
                if known is None or (keep and known.outcome is None):
                    missing.setdefault((digest, row.id), (program, row))
        runs = Counter(digest for digest, _ in missing)
        by_digest = dict(zip(digests, programs, strict=True))
        if sum(count * self.run_calls(by_digest[digest], module) for digest, count in runs.items()) > self.left():
            raise OutOfBudget
        jobs = [(self.interpreter(digest, program), module, row) for (digest, _), (program, row) in missing.items()]
        if jobs:
            params = {module: [param.name for param in programs[0].module(module).params]}
            judge = None if self.written is None else self.judge(self.written)
            found = self.runner.run(evaluate_rows(jobs, params, self.score, keep, judge=judge))
            self._scored.update(zip(missing, found, strict=True))
        return [[self._scored[digest, row.id] for row in rows] for digest in digests]

    def digest(self, program: Program, module: str) -> str:
        """The address of what a program does when the module is run."""
        return behaviour_digest(program, reachable(program, module)) + module

    def interpreter(self, digest: str, program: Program) -> Interpreter:
        """The interpreter of a program, compiled once."""
        if digest not in self._interpreters:
            self._interpreters[digest] = Interpreter(
                program, self.lms, self.externals, scores_of(program), self.assertions
            )
        return self._interpreters[digest]

    def judge(self, written: Program) -> Interpreter | None:
        """What runs the judges of the metric, if it has any."""
        return self.interpreter(self.digest(written, self.module), written) if self.score.calls else None

    def scores(self, program: Program, rows: Sequence[Row]) -> list[float]:
        """The scores of one program."""
        return [result.score for result in self.results([program], rows)[0]]

    def rule(self) -> RaceRule:
        """The rule of a race on the dev rows."""
        return rule_for(len(self.dev), 10_000 if self.calls is None else self.calls)

    def fresh_first(self, candidate: Program, incumbent: Program) -> tuple[Row, ...]:
        """The dev rows for a race, those first that the candidate has not been scored on, since a winner is not to be
        proved by what chose it; of these those first that the incumbent has been, since they cost half. No more than
        half of what is left pays for, so that a race between equals does not take what other passes need."""
        ours, theirs = self.digest(candidate, self.module), self.digest(incumbent, self.module)

        def order(row: Row) -> tuple[bool, bool]:
            return (ours, row.id) in self._scored, (theirs, row.id) not in self._scored

        rule = self.rule()
        most = int(min(self.affordable_rows(candidate) / 4, len(self.dev)))
        return tuple(sorted(self.dev, key=order)[: max(most, 2 * rule.minimum_blocks * rule.block)])

    def race(self, candidate: Program, incumbent: Program) -> bool:
        """Whether the candidate is better than the incumbent, on paired blocks of dev rows (`optimizers: race`).
        False when the budget ends before that is shown."""
        rows, rule = self.fresh_first(candidate, incumbent), self.rule()
        differences: list[float] = []
        same = True
        while len(differences) < len(rows):
            block = rows[len(differences) : len(differences) + rule.block]
            try:
                ours, theirs = self.results([candidate, incumbent], block)
            except OutOfBudget:
                return bool(differences) and decide(differences, len(differences), rule) == "accept"
            differences += [one.score - other.score for one, other in zip(ours, theirs, strict=True)]
            same = same and [one.fingerprint for one in ours] == [other.fingerprint for other in theirs]
            if same and len(differences) >= rule.block * rule.minimum_blocks:
                return False
            decision = decide(differences, len(rows), rule)
            if decision != "continue":
                return decision == "accept"
        return False

    def best(self, candidates: Sequence[Program], rows: int | None = None) -> Program | None:
        """The winner of successive halving on the first `rows` dev rows (None: all), on as many of them as the
        budget allows; None when not even the first rung can be paid for. All candidates of a rung run at the same
        time."""
        total = min(len(self.dev), rows or len(self.dev))
        alive = list(candidates)
        if len(alive) < 2 or not total:
            return alive[0] if alive else None
        for rung in rungs(total):
            try:
                found = self.results(alive, self.dev[:rung])
            except OutOfBudget:
                return None if rung == rungs(total)[0] else alive[0]
            means = {index: [result.score for result in results] for index, results in enumerate(found)}
            keep = 1 if rung == total else (len(alive) + 1) // 2
            alive = [alive[index] for index in halve(means, keep)]
            self.listen("rung", rows=rung, best=mean(means[halve(means, 1)[0]]), candidates=len(means))
            if len(alive) == 1:
                break
        return alive[0]

    def affordable_search(self, wanted: int, program: Program, least: int = 3) -> tuple[int, int]:
        """How many candidates successive halving can compare on how many dev rows, a race after it included:
        `wanted` on all rows if the budget allows, else fewer rows before fewer candidates; (0, 0) when not even
        `least` on 32 rows."""
        digest = self.digest(program, self.module)
        known = sum((digest, row.id) in self._scored for row in self.dev)
        runs = self.affordable_rows(program) - 4 * self.rule().block
        sizes = dict.fromkeys(min(size, len(self.dev)) for size in (len(self.dev), 64, 32))
        for count in range(wanted, least - 1, -1):
            for rows in sizes:
                if evaluations(count, rows) - min(known, rows) <= runs:
                    return count, rows
        return 0, 0
