"""The bench that optimizer passes work at: rows, runs, scores, races, and what all that may cost."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from lmc.analysis.calls import lm_of, reachable, scoring_cost, worst_cost
from lmc.analysis.cone import cone
from lmc.evaluate.evaluator import evaluate_rows
from lmc.evaluate.metric import Scorer
from lmc.evaluate.race import RaceRule, evaluations, halve, likeliest, rule_for, rungs
from lmc.evaluate.rows import Roles, Row
from lmc.evaluate.scores import scores_of
from lmc.evaluate.scoring import Scored
from lmc.evaluate.statistics import mean
from lmc.execute.interpreter import Interpreter
from lmc.execute.scope import together
from lmc.ir.digest import behaviour_digest
from lmc.ir.patch import patch_between, same_places
from lmc.ir.program import LMDecl, Program
from lmc.ir.walk import predictors
from lmc.lm.base import LM, BudgetExceeded
from lmc.lm.budget import Budget
from lmc.optimize.base import OutOfBudget
from lmc.optimize.cut import first_cut
from lmc.optimize.demonstrations.chats import Training
from lmc.optimize.demonstrations.demos import without_row
from lmc.optimize.frontier import Point
from lmc.optimize.informative import Order, in_order, ordered
from lmc.optimize.likelihood import log_likelihoods, scorable
from lmc.optimize.meta import ENTRY, MetaPrompts, demonstrated
from lmc.optimize.proposing.person import Person
from lmc.optimize.racing import race_all
from lmc.optimize.trial import Decision, StudyRecord, Trial
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


T = TypeVar("T")

UNLIMITED_RUNS = 10_000
"""Runs of a program where their number has no limit."""

FEW_CALLS = 400
"""A budget of fewer calls is a small one."""


@dataclass(frozen=True, slots=True)
class Levers:
    """What saves calls while programs are compared. `informative`: rows that programs disagree on come sooner in races.
    `likelihood`: the first cut of many candidates is by the likelihood of the right replies, where LMs say it."""

    informative: bool = False
    likelihood: bool = False


LEVERS = Levers()
"""What holds where nothing is said."""


@dataclass
class Bench:
    """What one tuning has at hand. `budget` meters what is spent; `calls` is what tuning may spend in all (None: no
    limit), the calls reserved for the sealed rows taken off; `kept` are these, for which tokens and dollars are left as
    well. `listen` is told, as plain words by name, what happens.
    Passes see `roles.train`, candidates are compared on `roles.dev`; the sealed rows are not here. `externals` is what
    runs call outside; `assertions`: whether they are checked. `written` is the program as it is before tuning, whose
    judges score every candidate, so that nobody can win by a milder judge (None: those of the candidate). `meta` are
    the meta-prompts by which passes ask for proposals (None: they cannot). `person` says what is right for rows that
    passes make up (None: nobody is there). `trials` is all that was compared, in order; `studies` are those of
    samplers, for reports; `front` are programs that may be taken in the place of the tuned one, for less cost or time;
    `stage` is the pass that runs; `until` is how many calls may have been spent when it ends (None: all). `width`: how
    many calls the LM answers at the same time. `training` trains models (None: nobody does)."""

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
    meta: MetaPrompts | None = None
    person: Person | None = None
    trials: list[Trial] = field(default_factory=list)
    studies: list[StudyRecord] = field(default_factory=list)
    front: tuple[Point, ...] = ()
    stage: str = ""
    until: float | None = None
    proposals: int = 0
    malformed: int = 0
    levers: Levers = LEVERS
    training: Training | None = None
    width: int = 1
    kept: int = 0
    _scored: dict[str, dict[str, Scored]] = field(default_factory=dict)
    _digests: dict[int, tuple[Program, str, str]] = field(default_factory=dict)
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
        """The rows that candidates are compared on, in a fixed order. They are scored, never shown; those that are
        train rows as well are never shown while they are scored."""
        return self.roles.dev

    @property
    def proposer(self) -> LMDecl | None:
        """The LM that writes proposals."""
        return None if self.meta is None else self.meta.lm

    def left(self) -> float:
        """How many calls tuning, or the pass that runs, may still make; by what calls took so far where tokens or
        dollars are limited."""
        until = float("inf") if self.until is None else self.until
        return min(self.allowed(), until) - self.budget.spent.calls

    def allowed(self) -> float:
        """How many calls tuning may make in all."""
        by_amount = self.budget.spent.calls + max(self.budget.pays_for() - self.kept, 0.0)
        return by_amount if self.calls is None else min(self.calls, by_amount)

    def run(self, calls: Coroutine[Any, Any, T]) -> T:
        """What calls come to. Raises OutOfBudget where the budget refuses one of them: more than was reckoned was
        taken."""
        try:
            return self.runner.run(calls)
        except BudgetExceeded as exceeded:
            raise OutOfBudget from exceeded

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

    def cone_calls(self, program: Program, incumbent: Program) -> int:
        """The most calls that one run of the program and its score make beyond those of a run of the incumbent on the
        same row: what lies upstream of the change is not asked again, since the same request is answered once. A
        program of another structure counts whole."""
        if not same_places(program, incumbent):
            return self.run_calls(program)
        behind = cone(program, self.module, patch_between(incumbent, program))
        return self.calls_of(program, self.module, lambda one: {name: int(name in behind) for name in once_of(one)})

    def affordable_rows(self, program: Program) -> int:
        """How many more runs of the program the budget allows."""
        return int(min(self.left(), 1_000_000_000) // max(self.run_calls(program), 1))

    def affordable_races(self, candidate: Program, incumbent: Program) -> int:
        """How many more rows the budget allows both programs to be run on, the incumbent's scores reckoned as not yet
        known."""
        each = self.run_calls(incumbent) + self.cone_calls(candidate, incumbent)
        return int(min(self.left(), 1_000_000_000) // max(each, 1))

    def affordable_arms(self, program: Program) -> int:
        """How many candidates of the program's structure can race against it at the same time up to the first look of
        a race."""
        rule = self.rule()
        return self.affordable_rows(program) // (rule.block * rule.minimum_blocks) - 1

    def results(
        self,
        programs: Sequence[Program],
        rows: Sequence[Row],
        keep: bool = False,
        module: str | None = None,
        incumbent: Program | None = None,
    ) -> list[list[Scored]]:
        """The results of each program on the rows; what has been scored before is not run again. Raises OutOfBudget
        before anything is run when there is no room for all of it; of `incumbent`, which the rows have been run on or
        are now, only what lies behind the changes counts. `keep` also keeps the outcomes with their traces."""
        module = module or self.module
        digests = [self.digest(program, module) for program in programs]
        missing: dict[tuple[str, str], tuple[Program, Row]] = {}
        for digest, program in zip(digests, programs, strict=True):
            for row in rows:
                known = self._scored.get(digest, {}).get(row.id)
                if known is None or (keep and known.outcome is None):
                    missing.setdefault((digest, row.id), (program, row))
        runs = Counter(digest for digest, _ in missing)
        by_digest = dict(zip(digests, programs, strict=True))
        known_digest = None if incumbent is None else self.digest(incumbent, module)

        def calls(digest: str) -> int:
            if incumbent is None or digest == known_digest:
                return self.run_calls(by_digest[digest], module)
            return self.cone_calls(by_digest[digest], incumbent)

        if sum(count * calls(digest) for digest, count in runs.items()) > self.left():
            raise OutOfBudget
        jobs = [(self.interpreter_for(program, module, row), module, row) for program, row in missing.values()]
        if jobs:
            params = {module: [param.name for param in programs[0].module(module).params]}
            judge = None if self.written is None else self.judge(self.written)
            found = self.run(evaluate_rows(jobs, params, self.score, keep, judge=judge))
            for (digest, row_id), scored in zip(missing, found, strict=True):
                self._scored.setdefault(digest, {})[row_id] = scored
        return [[self._scored[digest][row.id] for row in rows] for digest in digests]

    def digest(self, program: Program, module: str) -> str:
        """The address of what a program does when the module is run."""
        held = self._digests.get(id(program))
        if held is None or held[1] != module:
            digest = behaviour_digest(program, reachable(program, module)) + module
            held = self._digests[id(program)] = program, module, digest
        return held[2]

    def interpreter(self, digest: str, program: Program) -> Interpreter:
        """The interpreter of a program, compiled once."""
        if digest not in self._interpreters:
            self._interpreters[digest] = Interpreter(
                program, self.lms, self.externals, scores_of(program), self.assertions
            )
        return self._interpreters[digest]

    def interpreter_for(self, program: Program, module: str, row: Row) -> Interpreter:
        """The interpreter of a program for a row, which it does not show."""
        if self.roles.left_out:
            program = without_row(program, module, row)
        return self.interpreter(self.digest(program, module), program)

    def judge(self, written: Program) -> Interpreter | None:
        """What runs the judges of the metric, if it has any."""
        return self.interpreter(self.digest(written, self.module), written) if self.score.calls else None

    def scores(self, program: Program, rows: Sequence[Row]) -> list[float]:
        """The scores of one program."""
        return [result.score for result in self.results([program], rows)[0]]

    def rule(self) -> RaceRule:
        """The rule of a race on the dev rows, by how many runs of the program as written are paid for."""
        if (allowed := self.allowed()) == float("inf"):
            return rule_for(len(self.dev), UNLIMITED_RUNS)
        each = 1 if self.written is None else max(self.run_calls(self.written), 1)
        return rule_for(len(self.dev), int(allowed // each))

    @property
    def few(self) -> bool:
        """Whether the budget pays for few runs."""
        return self.allowed() < FEW_CALLS

    def known(self, program: Program) -> Mapping[str, Scored]:
        """All that is known of a program, by the id of the row."""
        return self._scored.get(self.digest(program, self.module), {})

    def fresh_first(self, candidates: Sequence[Program], incumbent: Program, least: int = 0) -> Order:
        """The dev rows for a race, those first that no candidate has been scored on, since a winner is not to be
        proved by what chose it; of these those first that the incumbent has been, since they cost half. No more than
        half of what is left pays for, so that a race between equals does not take what other passes need, but `least`
        rows. Where all are fresh, informative rows may come sooner (see `Levers`)."""
        ours = {row for one in candidates for row in self.known(one)}
        theirs = self.known(incumbent)

        def order(row: Row) -> tuple[bool, bool]:
            return row.id in ours, row.id not in theirs

        rule = self.rule()
        dearest = min(self.affordable_races(one, incumbent) for one in candidates)
        most = int(min(dearest / 2 / len(candidates), len(self.dev)))
        count = max(most, 2 * rule.minimum_blocks * rule.block, least)
        if not self.levers.informative or ours:
            return in_order(sorted(self.dev, key=order)[:count])
        return ordered(self.dev, self.scores_by_row(), self.rng(f"informative/{len(self.trials)}"), count)

    def scores_by_row(self) -> dict[str, list[float]]:
        """All scores of each row, by id, one for each program that was scored on it."""
        found: dict[str, list[float]] = {}
        for scored in self._scored.values():
            for row, one in scored.items():
                found.setdefault(row, []).append(one.score)
        return found

    def race(
        self,
        candidate: Program,
        incumbent: Program,
        noninferior: float | None = None,
        origin: str = "",
        trusted: bool = False,
    ) -> bool:
        """Whether the candidate is better than the incumbent, on paired blocks of dev rows (`optimizers: race`).
        False when the budget ends before that is shown. `noninferior`: how much may be lost instead by a candidate
        that is better in another way, see `decide`. `trusted`: candidates of its kind are mostly better, see
        `trusting`."""
        return race_all(self, [candidate], incumbent, noninferior, (origin,), trusted) is not None

    def races(
        self,
        candidates: Sequence[Program],
        incumbent: Program,
        noninferior: float | None = None,
        origins: Sequence[str] = (),
        trusted: bool = False,
    ) -> Program | None:
        """The candidate that is better than the incumbent, if one is: all race against it at the same time, on the
        same blocks of dev rows, until each is decided. Of several that win in one block the one of highest mean. A
        candidate that gives the same as the incumbent on the first blocks is out. `origins` says where each came from;
        equal candidates are raced once. `trusted`: they are of a kind that is mostly better (see `trusting`), and stand
        likeliest first; of several that win the first wins that the best one is not shown to be better than."""
        return race_all(self, candidates, incumbent, noninferior, origins, trusted)

    def tried(
        self, candidate: Program, incumbent: Program | None, decision: Decision, rows: Sequence[Row], origin: str = ""
    ) -> None:
        """Writes down a comparison on rows that both have been scored on."""
        if not rows:
            return
        ours = self.known(candidate)
        theirs = {} if incumbent is None else self.known(incumbent)
        against = mean([theirs[row.id].score for row in rows]) if theirs else None
        score = mean([ours[row.id].score for row in rows])
        calls = self.budget.spent.calls
        self.trials.append(Trial(self.stage, candidate, incumbent, decision, len(rows), score, against, calls, origin))
        self.listen("trial", trial=self.trials[-1])

    def propose(self, name: str, asks: Sequence[Mapping[str, Any]], first: int = 0) -> list[Any]:
        """What a meta-prompt says to each of the asks (its inputs by name), all at the same time; None for a proposal
        that failed: a reply that never fitted, a prompt too long. Asks that are alike are told apart, and give other
        proposals, `first` being the number of the first of them. Raises OutOfBudget before anything is asked when
        there is no room for all of it."""
        return self.propose_all([(name, inputs, first) for inputs in asks])

    def propose_all(self, asks: Sequence[tuple[str, Mapping[str, Any], int]]) -> list[Any]:
        """What several meta-prompts say, all at the same time, as `propose`: each ask is the name of a meta-prompt, its
        inputs, and the number of the first of those that are alike."""
        assert self.meta is not None, "a bench without meta-prompts is asked for proposals"
        programs = {name: self.meta.program(name) for name in dict.fromkeys(name for name, _, _ in asks)}
        cost = {name: int(worst_cost(one, ENTRY, once_of(one))) for name, one in programs.items()}
        if sum(cost[name] for name, _, _ in asks) > self.left():
            raise OutOfBudget
        seen: Counter[str] = Counter()
        numbered = []
        for name, inputs, first in asks:
            key = repr((name, inputs))
            numbered.append((self.interpreter(f"meta/{name}", programs[name]), inputs, first + seen[key]))
            seen[key] += 1

        async def ask() -> list[Any]:
            calls = [interpreter.run(ENTRY, inputs, sample) for interpreter, inputs, sample in numbered]
            return [None if one.error is not None else one.value for one in await together(calls)]

        shown = {name: demonstrated(name) for name in programs}
        said = zip(asks, self.run(ask()), strict=True)
        found = [None if isinstance(one, str) and one.strip() in shown[name] else one for (name, _, _), one in said]
        self.proposals += len(found)
        self.malformed += sum(one is None for one in found)
        return found

    def weigh(self, name: str, asks: Sequence[Mapping[str, Any]], reply: Mapping[str, Any]) -> list[float | None]:
        """How likely a meta-prompt gives this reply (its outputs by name) to each of the asks, as natural
        log-probabilities, all asked at the same time: one call each. None where it does not say (see
        `log_likelihoods`), and then nothing is asked. Raises OutOfBudget before anything is asked when there is no room
        for all of it."""
        assert self.meta is not None, "a bench without meta-prompts is asked for proposals"
        program = self.meta.program(name)
        if not scorable(program, ENTRY):
            return [None] * len(asks)
        if len(asks) > self.left():
            raise OutOfBudget
        rows = [Row(f"{name}/{number}", {**inputs, **reply}, number, "") for number, inputs in enumerate(asks)]
        return self.run(log_likelihoods(program, ENTRY, rows, self.lms))

    def likelihoods(self, programs: Sequence[Program], rows: Sequence[Row]) -> list[list[float | None]]:
        """How likely each program makes the right reply to each row, as natural log-probabilities, all asked at the
        same time (see `log_likelihoods`): one call each. Raises OutOfBudget before anything is asked when there is no
        room for all of it."""
        if len(programs) * len(rows) > self.left():
            raise OutOfBudget

        async def of(program: Program) -> list[float | None]:
            if not self.roles.left_out:
                return await log_likelihoods(program, self.module, rows, self.lms)
            bare = [(without_row(program, self.module, row), row) for row in rows]
            found = await together([log_likelihoods(one, self.module, [row], self.lms) for one, row in bare])
            return [value for values in found for value in values]

        async def ask() -> list[list[float | None]]:
            return await together([of(one) for one in programs])

        return self.run(ask())

    def best(self, candidates: Sequence[Program], rows: int | None = None, ordered: bool = False) -> Program | None:
        """The winner of successive halving on the first `rows` dev rows (None: all), on as many of them as the
        budget allows; None when not even the first rung can be paid for. All candidates of a rung run at the same
        time. `ordered`: they stand likeliest first, and of those that are left in the end the first wins that the best
        one is not shown to be better than; the first such one is left in every rung."""
        total = min(len(self.dev), rows or len(self.dev))
        alive = first_cut(self, candidates, self.dev[:total]) if self.levers.likelihood else list(candidates)
        if len(alive) < 2 or not total:
            return alive[0] if alive else None
        winner = None
        for rung in rungs(total, self.few):
            try:
                found = self.results(alive, self.dev[:rung])
            except OutOfBudget:
                break
            scores = {index: [result.score for result in results] for index, results in enumerate(found)}
            places = halve(scores, len(alive))
            self.listen("rung", rows=rung, best=mean(scores[places[0]]), candidates=len(scores))
            if ordered:
                first = likeliest(scores, places[0], self.rule(), len(candidates))
                places = (first, *(index for index in places if index != first))
            kept = places[: 1 if rung == total else (len(alive) + 1) // 2]
            for index, one in enumerate(alive):
                self.tried(one, None, "kept" if index in kept else "dropped", self.dev[:rung])
            winner = alive[kept[0]]
            alive = [alive[index] for index in (sorted(kept) if ordered else kept)]
            if len(alive) == 1:
                break
        return winner

    def affordable_search(self, wanted: int, program: Program, least: int = 3) -> tuple[int, int]:
        """How many candidates successive halving can compare on how many dev rows, a race after it included:
        `wanted` on all rows if the budget allows, else fewer rows before fewer candidates; (0, 0) when not even
        `least` on 32 rows."""
        digest = self.digest(program, self.module)
        known = sum(row.id in self._scored.get(digest, {}) for row in self.dev)
        runs = self.affordable_rows(program) - 4 * self.rule().block
        sizes = dict.fromkeys(min(size, len(self.dev)) for size in (len(self.dev), 64, 32))
        for count in range(wanted, least - 1, -1):
            for rows in sizes:
                if evaluations(count, rows, self.few) - min(known, rows) <= runs:
                    return count, rows
        return 0, 0
