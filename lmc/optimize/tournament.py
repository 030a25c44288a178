"""Instructions compared in pairs by a judge: no labels are needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import ceil
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import Field

from lmc.evaluate.rows import Roles, Row
from lmc.evaluate.scoring import Scored
from lmc.ir.patch import apply_patch
from lmc.ir.program import Program, Settings
from lmc.optimize.base import OptimizerPass, OutOfBudget, Work
from lmc.optimize.bench import Bench
from lmc.optimize.bradley_terry import Match, best_chance, elo, next_pairs, strengths
from lmc.optimize.grounding import grounded_instructions
from lmc.optimize.judging import Judge, Meeting, duel, judge_of, unlabelled
from lmc.optimize.places import sites_with

TOGETHER = 16
"""Pairs that are judged at the same time, each in both orders."""

GROUND = 2
"""Meta-prompts about the data and the program, before proposals."""

Results: TypeAlias = Sequence[Sequence[Scored]]
"""For each candidate what came of each row."""


@dataclass(frozen=True)
class Tournament(OptimizerPass):
    """Writes instructions until there are `candidates` with the present one, runs each once on `rows` train rows, and
    lets an LM judge pairs of replies, in both orders. Their strengths follow from the verdicts (Bradley and Terry with
    a Gaussian prior); the pairs of the better half that tell most meet next, until the best one is that with a chance
    of `sure`, or `pairs` have met. With labels the winner must win a race by the metric as after any pass; without
    (the metric reads no column but the inputs, and asks no judge) one by the judge, on dev rows. After
    gpt-prompt-engineer, whose `mode: "elo"` lets every two meet on every row and rates them by Elo."""

    name: ClassVar[str] = "tournament"
    mode: Literal["bt", "elo"] = "bt"
    candidates: Annotated[int, Field(ge=2, le=64)] = 10
    rows: Annotated[int, Field(ge=1, le=200)] = 10
    pairs: Annotated[int, Field(ge=1, le=5000)] = 100
    sure: Annotated[float, Field(ge=0.5, le=1.0)] = 0.9

    @property
    def asks(self) -> bool:
        """It asks for instructions and for verdicts."""
        return True

    def run(self, program: Program, bench: Bench) -> Program:
        """The program with the strongest instruction."""
        if not sites_with(program, bench.module, "instruction") or not bench.train:
            bench.listen("skip", reason="no prompt has a place for an instruction, or there are no train rows")
            return program
        found = self.proposed(program, bench)
        rows = bench.rng("tournament rows").sample(bench.train, min(self.rows, len(bench.train)))
        if len(found) < 2:
            bench.listen("skip", reason="the proposer wrote no instruction that will do")
            return program
        results = bench.results(found, rows, keep=True, incumbent=program)
        judge = judge_of(program, bench)
        matches = self.all_met(rows, results, judge, bench) if self.mode == "elo" else None
        if matches is None:
            matches = self.informed(rows, results, judge, bench)
            ratings = strengths(len(found), matches)[0]
        else:
            ratings = elo(len(found), matches)
        bench.listen("note", reason=judge.words)
        return found[max(range(len(found)), key=lambda index: ratings[index])]

    def accepts(self, candidate: Program, program: Program, bench: Bench) -> bool:
        """Whether the winner is better than the program: by the metric where there are labels, else by the judge."""
        if not unlabelled(program, bench):
            return super().accepts(candidate, program, bench)
        judge = judge_of(program, bench)
        won = duel(candidate, program, bench, judge)
        bench.listen("note", reason=judge.words)
        return won

    def most_work(self, program: Program, module: str, roles: Roles) -> Work | None:
        """Each candidate on each row, two verdicts for a pair, and those of the race where the judge decides."""
        rows, count = min(self.rows, len(roles.train)), self.candidates
        pairs = rows * count * (count - 1) // 2 if self.mode == "elo" else self.pairs
        places = len(sites_with(program, module, "instruction"))
        return Work(runs=count * rows, meta=count + places * GROUND + 2 * (pairs + len(roles.dev)))

    def proposed(self, program: Program, bench: Bench) -> list[Program]:
        """The program, and what proposals for its instructions make of it, evenly for all call sites."""
        places = [address for address, _ in sites_with(program, bench.module, "instruction")]
        found = [program]
        for address in places:
            count = min(ceil((self.candidates - 1) / len(places)), self.candidates - len(found))
            texts = grounded_instructions(program, bench, address, count, "tournament") if count else []
            found += [apply_patch(program, {address: Settings(instruction=text)}) for text in texts]
        return found

    def informed(self, rows: Sequence[Row], results: Results, judge: Judge, bench: Bench) -> list[Match]:
        """The verdicts on the pairs that tell most: at first of all candidates, until each has met twice, then of the
        better half."""
        count = len(results)
        able = {pair: list(range(len(rows))) for pair in combinations(range(count), 2)}
        matches: list[Match] = []
        rng = bench.rng("tournament")
        for open_rows in able.values():
            rng.shuffle(open_rows)
        while len(matches) < self.pairs:
            found, covariance = strengths(count, matches)
            if matches and best_chance(found, covariance, rng) >= self.sure:
                break
            half = sorted(range(count), key=lambda one: -found[one])[: max(2, ceil(count / 2))]
            meeting = set(half) if len(matches) >= count else set(range(count))
            open_pairs = {pair for pair, left in able.items() if left and set(pair) <= meeting}
            wanted = min(TOGETHER, self.pairs - len(matches))
            pairs = [one for one in next_pairs(found, covariance, open_pairs, wanted) if able[one]]
            met = [(pair, able[pair].pop()) for pair in pairs if able[pair]]
            if not met:
                break
            pieces = [Meeting(rows[row], results[one][row], results[other][row]) for (one, other), row in met]
            try:
                scores = judge(pieces, bench)
            except OutOfBudget:
                bench.listen("skip", reason="the budget has no room for more verdicts")
                break
            matches += [(*pair, score) for (pair, _), score in zip(met, scores, strict=True)]
        return matches

    def all_met(self, rows: Sequence[Row], results: Results, judge: Judge, bench: Bench) -> list[Match]:
        """The verdicts on every two on every row, in order: two programs on all rows, then the next two. Raises
        OutOfBudget."""
        met = [(one, other, row) for one, other in combinations(range(len(results)), 2) for row in range(len(rows))]
        pieces = [Meeting(rows[row], results[one][row], results[other][row]) for one, other, row in met]
        return [(one, other, score) for (one, other, _), score in zip(met, judge(pieces, bench), strict=True)]
