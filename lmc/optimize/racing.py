"""Races: candidates against the incumbent on the same rows, block by block (design: `race`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lmc.analysis.calls import sites
from lmc.evaluate.race import Decision, RaceRule, decide, likeliest, rows_needed, trusting
from lmc.evaluate.rows import Row
from lmc.evaluate.scoring import Scored
from lmc.evaluate.statistics import mean
from lmc.ir.program import Program
from lmc.optimize.base import OutOfBudget
from lmc.optimize.trial import Decision as Ended

if TYPE_CHECKING:
    from lmc.optimize.bench import Bench


@dataclass(slots=True)
class Arm:
    """A candidate in a race: where it came from, its score less the incumbent's on each row so far, and whether it gave
    the same as the incumbent on all of them."""

    program: Program
    origin: str
    differences: list[float] = field(default_factory=list)
    same: bool = True

    def take(self, ours: Sequence[Scored], theirs: Sequence[Scored]) -> None:
        """The results of a block."""
        for mine, other in zip(ours, theirs, strict=True):
            self.differences.append(mine.score - other.score)
            self.same = self.same and mine.fingerprint == other.fingerprint

    def gains(self, weights: Sequence[float]) -> list[float]:
        """What it gained on each row, by what the row counts for."""
        return [weight * one for weight, one in zip(weights, self.differences, strict=True)]

    def decision(self, total: int, weights: Sequence[float], rule: RaceRule, margin: float | None) -> Decision:
        """What the gains say; one that gives the same as the incumbent is not better."""
        enough = len(self.differences) >= rule.block * rule.minimum_blocks
        if not self.differences or (margin is None and self.same and enough):
            return "reject"
        return decide(self.gains(weights), total, rule, margin)


def race_all(
    bench: Bench,
    candidates: Sequence[Program],
    incumbent: Program,
    margin: float | None = None,
    origins: Sequence[str] = (),
    trusted: bool = False,
) -> Program | None:
    """The candidate that is better than the incumbent, if one is: all race against it at the same time, on the same
    blocks of dev rows, until each is decided or the budget ends. Of several that win in one block the one of highest
    mean, or where they are `trusted` the likeliest that is as good as far as the rows show. Candidates that do the same
    are raced once. See `Bench.races`."""
    arms = arms_of(bench, candidates, incumbent, origins)
    if not arms:
        return None
    strict = bench.rule()
    least = 0 if margin is None else min(rows_needed(strict, margin), len(bench.dev))
    order = bench.fresh_first([arm.program for arm in arms], incumbent, least)
    rows, rule = order.rows[: order.most], strict
    if unpaid(bench, arms, incumbent, rows[:least]):
        bench.listen("skip", reason="the budget has no room for a race that could show that nothing is lost")
        return None
    tried, done, out_of_budget = len(arms), 0, False
    while arms and done < len(rows) and not out_of_budget:
        part = rows[done : done + step_of(bench, arms, incumbent, done, rule)]
        out_of_budget = not run_rows(bench, arms, incumbent, part)
        done += 0 if out_of_budget else len(part)
        if trusted:
            theirs = bench.known(incumbent)
            rule = trusting(strict, [theirs[row.id].score for row in rows[:done]], tried)
        won, left, weights = [], [], order.weights(done) if done else []
        for arm in arms:
            decision = arm.decision(done if out_of_budget else len(rows), weights, rule, margin)
            if decision == "continue":
                left.append(arm)
                continue
            won += [arm] if decision == "accept" else []
            lost: Ended = "stopped" if out_of_budget else "rejected"
            bench.tried(arm.program, incumbent, "accepted" if decision == "accept" else lost, rows[:done], arm.origin)
        if won:
            gains = {number: arm.gains(weights) for number, arm in enumerate(won)}
            best = max(gains, key=lambda number: mean(gains[number]))
            return won[likeliest(gains, best, strict, tried) if trusted else best].program
        arms = left
    return None


def unpaid(bench: Bench, arms: Sequence[Arm], incumbent: Program, rows: Sequence[Row]) -> bool:
    """Whether the budget has no room to run all of them on the rows; what is known costs nothing."""
    each = {id(incumbent): bench.run_calls(incumbent)}
    each |= {id(arm.program): bench.cone_calls(arm.program, incumbent) for arm in arms}
    programs = [incumbent, *(arm.program for arm in arms)]
    unknown = [each[id(one)] for one in programs for row in rows if row.id not in bench.known(one)]
    return sum(unknown) > bench.left()


def arms_of(bench: Bench, candidates: Sequence[Program], incumbent: Program, origins: Sequence[str]) -> list[Arm]:
    """The candidates that do not do what the incumbent or one before them does."""
    own = bench.digest(incumbent, bench.module)
    found: dict[str, Arm] = {}
    for number, one in enumerate(candidates):
        if (digest := bench.digest(one, bench.module)) != own:
            found.setdefault(digest, Arm(one, origins[number] if number < len(origins) else ""))
    return list(found.values())


WAVES = 8
"""How many times over the calls between two looks keep an LM busy, where their number is not known before."""


def step_of(bench: Bench, arms: Sequence[Arm], incumbent: Program, done: int, rule: RaceRule) -> int:
    """How many rows are run before the next look: whole blocks, as many as nothing is decided before, and as many as
    keep an LM busy that answers several calls at the same time. Candidates that make a call several times often end
    before the last of these, so that the last calls of a look leave the LM half idle; their looks are fewer, as far as
    the budget pays for the rows."""
    blocks = rule.minimum_blocks if not done else 1
    least = rule.block * max(blocks, -(-bench.width // (rule.block * len(arms))))
    if bench.width == 1 or not any(samples(arm.program, bench.module) for arm in arms):
        return least
    calls = sum(bench.cone_calls(arm.program, incumbent) for arm in arms)
    wanted = -(-WAVES * bench.width // max(calls, 1))
    paid = int(min(bench.left(), 1_000_000_000) // (bench.run_calls(incumbent) + calls))
    return max(least, min(-(-wanted // rule.block), paid // rule.block) * rule.block)


def samples(program: Program, module: str) -> bool:
    """Whether a program makes a call several times, as a vote does."""
    return any(predict.sample is not None for _, predict in sites(program, module))


def run_rows(bench: Bench, arms: Sequence[Arm], incumbent: Program, rows: Sequence[Row]) -> bool:
    """Runs all of them on rows; False, with nothing run, when the budget has no room for it."""
    try:
        *found, theirs = bench.results([*(arm.program for arm in arms), incumbent], rows, incumbent=incumbent)
    except OutOfBudget:
        return False
    for arm, ours in zip(arms, found, strict=True):
        arm.take(ours, theirs)
    return True
