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
from lmc.ir.program import Demo, Program, Settings
from lmc.optimize.base import OptimizerPass, OutOfBudget, Work
from lmc.optimize.bench import Bench
from lmc.optimize.demonstrations.demos import demos_of, labeled_pools, traced_demo
from lmc.optimize.places import sites_with
from lmc.optimize.proposing.bradley_terry import Match, best_chance, elo, next_pairs, strengths
from lmc.optimize.proposing.grounding import SHOWN, TIPS, call_words, drawn, examples_text, outline
from lmc.optimize.proposing.judging import Judge, Meeting, duel, judge_of, unasked, unlabelled
from lmc.optimize.proposing.proposals import instruction_of, usable

TOGETHER = 16
"""Pairs that are judged at the same time, each in both orders."""

Results: TypeAlias = Sequence[Sequence[Scored]]
"""For each candidate what came of each row."""


@dataclass(frozen=True)
class Tournament(OptimizerPass):
    """Writes instructions until there are `candidates` with the present one, runs each once on `rows` train rows, and
    lets an LM judge pairs of replies, in both orders, by what it says or, of an LM on this machine, by how likely it
    finds that the first is better (see `Judge`). Their strengths follow from the verdicts (Bradley and Terry with
    a Gaussian prior); the pairs of the better half that tell most meet next, until the best one is that with a chance
    of `sure`, or `pairs` have met. With labels the winner must win a race by the metric as after any pass; without
    (the metric reads no column but the inputs, and asks no judge) one by the judge, on dev rows. After
    gpt-prompt-engineer, whose `mode: "elo"` lets every two meet on every row and rates them by Elo."""

    name: ClassVar[str] = "tournament"
    mode: Literal["bt", "elo"] = "bt"
    candidates: Annotated[int, Field(ge=2, le=64)] = 10
    rows: Annotated[int, Field(ge=1, le=200)] = 16
    pairs: Annotated[int, Field(ge=1, le=5000)] = 64
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
        rows = bench.rng("tournament rows").sample(bench.train, min(self.rows, len(bench.train)))
        found = self.proposed(program, bench, rows)
        if len(found) < 2:
            bench.listen("skip", reason="the proposer wrote no instruction that will do")
            return program
        results = bench.results(found, rows, keep=True, incumbent=program)
        judge = judge_of(program, bench, weighs=self.mode == "bt")
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
        judge = judge_of(program, bench, weighs=self.mode == "bt")
        won = duel(candidate, program, bench, judge)
        bench.listen("note", reason=judge.words)
        return won

    def most_work(self, program: Program, module: str, roles: Roles) -> Work | None:
        """Each candidate on each row, two verdicts for a pair, and those of the race where the judge decides."""
        rows, count = min(self.rows, len(roles.train)), self.candidates
        pairs = rows * count * (count - 1) // 2 if self.mode == "elo" else self.pairs
        return Work(runs=count * rows, meta=count + 2 * (pairs + len(roles.dev)))

    def proposed(self, program: Program, bench: Bench, rows: Sequence[Row]) -> list[Program]:
        """The program, and what proposals for its instructions make of it, evenly for all call sites, all asked for at
        the same time. Raises OutOfBudget."""
        places = sites_with(program, bench.module, "instruction")
        chosen = [places[number % len(places)] for number in range(self.candidates - 1)]
        about = outline(program, bench.module)
        found = labeled_pools(program, bench.module, places, bench.train)
        told = {address: found.get(address) or demos_of(program, predict) for address, predict in places}
        if not all(told.values()):
            told = {address: told[address] or traced(program, bench, address, rows) for address in told}
        asks = []
        for number, (address, predict) in enumerate(chosen):
            shown = drawn(told[address], SHOWN, bench, f"tournament/{number}")
            asks.append(
                {
                    "data": "see the examples",
                    "program": about,
                    "call": call_words(program, predict),
                    "examples": examples_text(program, predict, shown),
                    "current": instruction_of(program, predict),
                    "tip": TIPS[number % len(TIPS)],
                }
            )
        said, programs = bench.propose("grounded", asks), [program]
        inputs = [one.name for one in program.module(bench.module).params]
        for (address, predict), text in zip(chosen, said, strict=True):
            for better in usable([text], instruction_of(program, predict), bench.train, inputs):
                programs.append(apply_patch(program, {address: Settings(instruction=better)}))
        return list({bench.digest(one, bench.module): one for one in programs}.values())

    def informed(self, rows: Sequence[Row], results: Results, judge: Judge, bench: Bench) -> list[Match]:
        """What is clear without a judge, and the verdicts on the pairs that tell most: at first of all candidates,
        until each has met twice, then of the better half."""
        count, rng = len(results), bench.rng("tournament")
        matches, able = known_matches(rows, results)
        for open_rows in able.values():
            rng.shuffle(open_rows)
        asked = 0
        while asked < self.pairs:
            found, covariance = strengths(count, matches)
            if asked and best_chance(found, covariance, rng) >= self.sure:
                break
            half = sorted(range(count), key=lambda one: -found[one])[: max(2, ceil(count / 2))]
            meeting = set(half) if asked >= count else set(range(count))
            open_pairs = {pair for pair, left in able.items() if left and set(pair) <= meeting}
            pairs = next_pairs(found, covariance, open_pairs, min(TOGETHER, self.pairs - asked))
            met = [(pair, able[pair].pop()) for pair in pairs if able[pair]]
            if not met:
                break
            pieces = [Meeting(rows[row], results[one][row], results[other][row]) for (one, other), row in met]
            try:
                scores = judge(pieces, bench)
            except OutOfBudget:
                bench.listen("skip", reason="the budget has no room for more verdicts")
                break
            asked += len(met)
            matches += [(*pair, score) for (pair, _), score in zip(met, scores, strict=True)]
        return matches

    def all_met(self, rows: Sequence[Row], results: Results, judge: Judge, bench: Bench) -> list[Match]:
        """The verdicts on every two on every row, in order: two programs on all rows, then the next two. Raises
        OutOfBudget."""
        met = [(one, other, row) for one, other in combinations(range(len(results)), 2) for row in range(len(rows))]
        pieces = [Meeting(rows[row], results[one][row], results[other][row]) for one, other, row in met]
        return [(one, other, score) for (one, other, _), score in zip(met, judge(pieces, bench), strict=True)]


def known_matches(rows: Sequence[Row], results: Results) -> tuple[list[Match], dict[tuple[int, int], list[int]]]:
    """What is clear without a judge: replies that are alike are ties, and runs that failed lose; and for each two the
    rows on which a judge has to say it."""
    matches: list[Match] = []
    able: dict[tuple[int, int], list[int]] = {}
    for one, other in combinations(range(len(results)), 2):
        for row in range(len(rows)):
            score = unasked(Meeting(rows[row], results[one][row], results[other][row]))
            if score is None:
                able.setdefault((one, other), []).append(row)
            else:
                matches.append((one, other, score))
    return matches, able


def traced(program: Program, bench: Bench, address: str, rows: Sequence[Row]) -> tuple[Demo, ...]:
    """What the calls at an address take and give in runs on the rows, which are run anyway. Raises OutOfBudget."""
    (results,) = bench.results([program], rows, keep=True)
    return tuple(
        traced_demo(call, row, failures=False)
        for row, scored in zip(rows, results, strict=True)
        if scored.outcome is not None and scored.outcome.error is None
        for call in scored.outcome.calls
        if call.address == address and call.outputs is not None and not call.superseded
    )
