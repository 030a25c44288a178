"""The one loop of tuning: passes in turn, each gated, and at the end the sealed rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from lmc.elaborate import settled
from lmc.evaluate.crossfit import crossfitted
from lmc.evaluate.rows import Row
from lmc.evaluate.scoring import Scored
from lmc.evaluate.statistics import differences, interval, mean, paired_interval
from lmc.ir.program import Program
from lmc.ir.verify import verify
from lmc.lm.budget import Amount
from lmc.optimize.base import OptimizerPass, OutOfBudget
from lmc.optimize.bench import Bench
from lmc.optimize.leak import leaked
from lmc.passes.base import Pass

PassOutcome = Literal["accepted", "rejected", "unchanged", "stopped", "skipped"]


class Policy:
    """Which of the passes run, and how much of what is left each may spend. This one runs them all, as for passes that
    the source names."""

    def skip(self, one: Pass, program: Program, bench: Bench, reports: Sequence[PassReport]) -> str | None:
        """Why a pass is not run, in words; None when it is."""
        return None

    def share(self, one: Pass, bench: Bench) -> float:
        """The share of what is left that a pass and its race may spend, from 0 to 1."""
        return 1.0


EVERYTHING = Policy()


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean score (or difference of scores) on `n` rows, and the ends of its 95 % interval."""

    score: float
    n: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class PassReport:
    """What one pass did, and the calls that it spent, its race included. `reused` calls were not made, since what lies
    upstream of a change had been asked before, or a change gave the same as before."""

    name: str
    outcome: PassOutcome
    calls: int
    reused: int = 0


@dataclass(frozen=True, slots=True)
class Tuned:
    """The result of tuning. `program` is the one as written unless a tuned one scored at least as well. `sealed`:
    the scores are of rows that tuning never saw; if not, `crossfit` is what is left of the tuned program's score
    without what its choice gained from chance (see `crossfitted`; None where nothing was chosen, or each row was left
    out of what it was scored with)."""

    program: Program
    baseline: Estimate
    tuned: Estimate
    difference: Estimate
    sealed: bool
    passes: tuple[PassReport, ...]
    spent: Amount
    crossfit: Estimate | None = None


def tune(
    program: Program, passes: Sequence[Pass], bench: Bench, sealed: Sequence[Row], policy: Policy = EVERYTHING
) -> Tuned:
    """Runs the passes in turn, as the policy has it. What a pass returns replaces the program only when it wins a race
    against it on dev rows, those first that nothing was chosen by. Then the program as written and the tuned one are
    scored on the sealed rows (on the dev rows where none are sealed, less what the choice gained from chance), and the
    tuned one is kept when its mean is at least as high."""
    original = bench.written = program
    left_out = bench.train if bench.roles.left_out else ()
    unseen = tuple(row for row in (*bench.dev, *sealed) if row not in left_out)
    reports: list[PassReport] = []
    first_run(program, bench)
    for number, one in enumerate(passes, 1):
        before, reused = bench.budget.spent.calls, bench.budget.reused
        bench.listen("pass", name=one.name, number=number, of=len(passes))
        outcome: PassOutcome = "skipped"
        if (reason := policy.skip(one, program, bench, reports)) is None:
            program, outcome = step(one, program, bench, policy.share(one, bench), unseen)
        else:
            bench.listen("skip", reason=reason)
        report = PassReport(one.name, outcome, bench.budget.spent.calls - before, bench.budget.reused - reused)
        reports.append(report)
        bench.listen("outcome", name=one.name, outcome=outcome, calls=report.calls, reused=report.reused)
    bench.listen("pass", name="sealed rows" if sealed else "dev rows", number=0, of=0)
    bench.stage = ""
    bench.calls, bench.kept = None, 0  # what was kept for these rows may now be spent; the budget itself still holds
    baseline, tuned = final_scores(original, program, bench, sealed or bench.dev)
    fitted = None if sealed or program == original else crossfit(program, original, bench)
    if (reason := no_better(baseline, tuned, None if saved(passes, reports) else fitted)) is not None:
        program, tuned, fitted = original, baseline, None
        bench.listen("kept", reason=reason)
    return Tuned(
        program,
        estimate(baseline, bench.seed),
        estimate(tuned, bench.seed),
        estimate_difference(tuned, baseline, bench.seed),
        bool(sealed),
        tuple(reports),
        bench.budget.spent,
        fitted,
    )


def saved(passes: Sequence[Pass], reports: Sequence[PassReport]) -> bool:
    """Whether a pass won that may lose a little, since its program is better in another way."""
    won = [one for one, report in zip(passes, reports, strict=True) if report.outcome == "accepted"]
    return any(isinstance(one, OptimizerPass) and one.margin is not None for one in won)


def no_better(baseline: Sequence[float], tuned: Sequence[float], fitted: Estimate | None) -> str | None:
    """Why the program as written is kept, in words; None where the tuned one is."""
    if not tuned:
        return "the budget has no room to score the programs"
    if mean(tuned) < mean(baseline):
        return "the tuned program scored lower on the sealed rows"
    if fitted is not None and fitted.score < mean(baseline):
        return "what the tuned program gained is what the best of so many gains by chance"
    return None


def crossfit(program: Program, original: Program, bench: Bench) -> Estimate | None:
    """The score of the program on the dev rows that it and the one as written were scored on, less what the choice
    among all that was compared gained from chance."""
    chosen, written = bench.known(program), bench.known(original)
    rows = [row.id for row in bench.dev if row.id in chosen and row.id in written]
    if bench.roles.left_out or not rows:
        return None

    def scores(known: Mapping[str, Scored]) -> list[float | None]:
        return [known[row].score if row in known else None for row in rows]

    others = [scores(bench.known(trial.candidate)) for trial in bench.trials]
    own, base = [[known[row].score for row in rows] for known in (chosen, written)]
    return estimate(crossfitted(own, base, others, bench.seed), bench.seed)


def first_run(program: Program, bench: Bench) -> None:
    """One run of the program where tokens or dollars are limited, so that the first pass knows about what a call
    takes, and does not spend what is kept for the sealed rows."""
    if any(name != "calls" for name, _ in bench.budget.limits):
        with suppress(OutOfBudget):
            bench.results([program], bench.dev[:1])


def step(
    one: Pass, program: Program, bench: Bench, share: float = 1.0, unseen: Sequence[Row] = ()
) -> tuple[Program, PassOutcome]:
    """One pass, within a share of what is left, and its gate, which some calls are kept for. A pass that saves cost
    need not win: its program must not be worse by more than its margin. A program that shows one of the rows that are
    to stay unseen never passes."""
    bench.stage = one.name
    bench.until = None
    proves = isinstance(one, OptimizerPass) and one.proves(program, bench)
    if bench.left() < float("inf"):
        kept = 0.0 if proves else kept_for_gate(program, bench)
        bench.until = bench.budget.spent.calls + min(share * bench.left(), bench.left() - kept)
    try:
        candidate = one.run(program, bench)
        if candidate is program or candidate == program:
            return program, "unchanged"
        verify(candidate)
        same_face(program, candidate, bench.module)
        candidate = settled(program, candidate)
        if (row := shown_now(program, candidate, bench, unseen)) is not None:
            bench.listen("skip", reason=f"a prompt would show the row `{row}`, which is kept to compare with")
            return program, "rejected"
        bench.until = None
        won = proves or (isinstance(one, OptimizerPass) and one.accepts(candidate, program, bench))
        return (candidate, "accepted") if won else (program, "rejected")
    except OutOfBudget:
        return program, "stopped"
    finally:
        bench.until = None


def kept_for_gate(program: Program, bench: Bench) -> float:
    """The calls that are kept for the race after a pass: both programs on the rows of its first look, twice; no more
    than a fourth of what is left."""
    rule = bench.rule()
    return min(4 * rule.block * rule.minimum_blocks * bench.run_calls(program), bench.left() / 4)


def shown_now(before: Program, after: Program, bench: Bench, unseen: Sequence[Row]) -> str | None:
    """A row that a pass made the program show, by id, though it is to stay unseen; None where there is none."""
    inputs = [param.name for param in before.module(bench.module).params]
    if not (now := leaked(after, unseen, bench.train, inputs)):
        return None
    shown = leaked(before, unseen, bench.train, inputs)
    return next((row for row in now if row not in shown), None)


def same_face(before: Program, after: Program, module: str) -> None:
    """A pass that changed what the module takes or gives is a bug of lmc. Raises AssertionError."""
    old, new = before.module(module), after.module(module)
    assert (old.params, old.returns) == (new.params, new.returns), f"a pass changed the parameters of `{module}`"


def final_scores(
    original: Program, program: Program, bench: Bench, rows: Sequence[Row]
) -> tuple[list[float], list[float]]:
    """The scores of both programs on as many of the rows as the budget still pays for, those first that are known. So
    many at a time as it pays for even if every reply has to be asked for again; what that leaves over pays for the next
    ones. Where tokens or dollars did not last, half as many are tried: what was answered costs nothing again."""
    programs = [original] if program == original else [original, program]
    worst = sum(bench.most_calls(one) for one in programs)
    limit = dict(bench.budget.limits).get("calls", float("inf"))
    rows = sorted(rows, key=lambda row: any(row.id not in bench.known(one) for one in programs))
    scored = sum(all(row.id in bench.known(one) for one in programs) for row in rows)
    most = len(rows)
    while block := rows[scored : scored + int(min((limit - bench.budget.spent.calls) / max(worst, 1), most))]:
        try:
            bench.results(programs, block)
            scored += len(block)
        except OutOfBudget:
            most = len(block) // 2
    scores = [[result.score for result in results] for results in bench.results(programs, rows[:scored])]
    return scores[0], scores[-1]


def estimate(scores: Sequence[float], seed: int) -> Estimate:
    """The mean of scores with its interval."""
    if not scores:
        return Estimate(0.0, 0, 0.0, 1.0)
    low, high = interval(scores, seed)
    return Estimate(mean(scores), len(scores), low, high)


def estimate_difference(after: Sequence[float], before: Sequence[float], seed: int) -> Estimate:
    """The mean of paired differences with its interval."""
    if not after:
        return Estimate(0.0, 0, -1.0, 1.0)
    low, high = paired_interval(after, before, seed)
    return Estimate(mean(differences(after, before)), len(after), low, high)
