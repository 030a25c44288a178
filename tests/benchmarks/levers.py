"""What each lever of the comparison of candidates saves on a real LM, each alone. Nothing else may run beside it.

.venv/bin/python -m tests.benchmarks.levers

Sets of demonstrations are scored on every dev row once, and so is how likely they make the right replies;
what is asked is kept, so a run that was stopped goes on. Races and searches are then played many times on that table
by the bench's own code, with the lever and without it, in other orders of the rows: so differences are of the lever
and not of chance. Time is measured on the LM itself.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import platform
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lmc.driver.checks import check_program
from lmc.driver.lms import LMs
from lmc.driver.load import load
from lmc.driver.tuned import tuned_program
from lmc.evaluate.evaluator import evaluate_rows
from lmc.evaluate.metric import compile_metric
from lmc.evaluate.rows import Roles, Row
from lmc.evaluate.scoring import Scored
from lmc.evaluate.statistics import mean
from lmc.execute.interpreter import Interpreter
from lmc.ir.patch import apply_patch
from lmc.ir.program import Program, Settings
from lmc.lm.open import open_lm
from lmc.optimize.bench import Bench, Levers
from lmc.optimize.demonstrations.demos import by_label, labeled_pools, random_set
from lmc.optimize.places import sites_with

ROOT = Path(__file__).parents[2]
TASKS = ("quickstart/router",)
SETS, ROWS, SHOTS = 8, 48, 6
PLAYS = 200
SEARCHED = 32
"""Dev rows of a search that is played; all rows tell how good its winner is."""


@dataclass(frozen=True, slots=True)
class Table:
    """What candidates score on rows, and the log-likelihood of the right reply there: `[candidate][row]`."""

    task: str
    programs: tuple[Program, ...]
    rows: tuple[Row, ...]
    module: str
    scores: tuple[tuple[Scored, ...], ...]
    likely: tuple[tuple[float | None, ...], ...]
    bench: Bench = field(repr=False)


@contextmanager
def measured(task: str) -> Iterator[Table]:
    """The table of a task, by the embedded LM."""
    loaded = load(ROOT / f"programs/{task}.lmp", f"programs/{task}.lmp")
    program, _ = tuned_program(loaded)
    optimize = program.optimizes[0]
    roles = check_program(program, loaded.root, loaded.sink)[optimize.module]
    with asyncio.Runner() as runner:
        lms = LMs(program.lms, None)
        assert lms.budget is not None
        try:
            score = compile_metric(program.metric(optimize.metric))
            bench = Bench(
                optimize.module, replace(roles, dev=roles.dev[:ROWS], test=()), score, lms.by_name, runner, lms.budget,
                None, 0, lambda event, **details: None,
            )  # fmt: skip
            programs = drawn(program, bench)
            scores = bench.results(programs, bench.dev)
            likely = bench.likelihoods(programs, bench.dev)
            yield Table(
                task, programs, bench.dev, bench.module, tuple(map(tuple, scores)), tuple(map(tuple, likely)), bench
            )
        finally:
            runner.run(lms.close())


def drawn(program: Program, bench: Bench) -> tuple[Program, ...]:
    """Candidates: random, label-balanced sets of demonstrations in the layout of the lock."""
    found = [(address, predict) for address, predict in sites_with(program, bench.module, "demos")]
    pools = labeled_pools(program, bench.module, found, bench.train)
    rng = random.Random(0)
    return tuple(
        apply_patch(
            program,
            {address: Settings(demos=random_set(by_label(pool), SHOTS, rng)) for address, pool in pools.items()},
        )
        for _ in range(SETS)
    )


class Played(Bench):
    """A bench that looks up what was measured, in another order of the rows. `looked` counts what would have been
    asked."""

    table: Table
    looked: int = 0

    def results(
        self, programs: Sequence[Program], rows: Sequence[Row], *args: Any, **kwargs: Any
    ) -> list[list[Scored]]:
        """The scores of the table."""
        found = []
        for program in programs:
            scores = dict(
                zip((row.id for row in self.table.rows), self.table.scores[self.number(program)], strict=True)
            )
            known = self._scored.setdefault(self.digest(program, self.module), {})
            self.looked += sum(row.id not in known for row in rows)
            known.update({row.id: scores[row.id] for row in rows})
            found.append([scores[row.id] for row in rows])
        return found

    def likelihoods(self, programs: Sequence[Program], rows: Sequence[Row]) -> list[list[float | None]]:
        """The likelihoods of the table."""
        self.looked += len(programs) * len(rows)
        places = {row.id: place for place, row in enumerate(self.table.rows)}
        return [[self.table.likely[self.number(one)][places[row.id]] for row in rows] for one in programs]

    def number(self, program: Program) -> int:
        """Which candidate a program is."""
        return next(number for number, one in enumerate(self.table.programs) if one is program)


def played(table: Table, seed: int, rows: int, levers: Levers) -> Played:
    """A bench for one play: a budget of 600 calls as far as rules go, no more to spend than there is to look up."""
    real = table.bench
    order = random.Random(seed).sample(table.rows, rows)
    bench = Played(
        table.module, Roles((), tuple(order)), real.score, real.lms, real.runner, real.budget, None, seed,
        lambda event, **details: None, levers=levers,
    )  # fmt: skip
    bench.table = table
    return bench


def races(table: Table, levers: Levers) -> tuple[float, float, float]:
    """Races of every candidate against every other, each in an order of its own, the results of the others known: new
    rows of the candidate a race, the share of races that the worse one won, and that the better one (by 5 points) did
    not."""
    means = [mean([one.score for one in scores]) for scores in table.scores]
    looked, wrong, missed, losing, winning = 0, 0, 0, 0, 0
    for seed, (ours, theirs) in enumerate(itertools.permutations(range(SETS), 2)):
        bench = played(table, seed, len(table.rows), levers)
        bench.results([one for number, one in enumerate(table.programs) if number != ours], bench.dev)
        bench.looked = 0
        won = bench.race(table.programs[ours], table.programs[theirs])
        gain = means[ours] - means[theirs]
        looked += bench.looked
        losing, wrong = losing + (gain <= 0), wrong + (won and gain <= 0)
        winning, missed = winning + (gain >= 0.05), missed + (not won and gain >= 0.05)
    count = SETS * (SETS - 1)
    return looked / count, wrong / max(losing, 1), missed / max(winning, 1)


def searches(table: Table, levers: Levers) -> tuple[float, float]:
    """Searches among all candidates: calls, and the winner's score over all rows."""
    looked, won = 0, 0.0
    for seed in range(PLAYS):
        bench = played(table, seed, SEARCHED, levers)
        winner = bench.best(table.programs)
        assert winner is not None
        looked += bench.looked
        won += mean([one.score for one in table.scores[bench.number(winner)]])
    return looked / PLAYS, won / PLAYS


def hot(table: Table) -> dict[str, tuple[float, float]]:
    """Seconds for eight candidates on 15 rows, candidate by candidate and row by row, each in a fresh process state of
    the LM: reproducible and fast."""
    pairs = [(one, row) for one in table.programs[:8] for row in table.rows[:15]]
    found = {}
    for name, fast in (("reproducible", False), ("fast", True)):
        times = []
        for key in (lambda pair: 0, lambda pair: pair[1].id):
            times.append(asyncio.run(timed(table, sorted(pairs, key=key), fast)))
        found[name] = times[0], times[1]
    return found


async def timed(table: Table, pairs: Sequence[tuple[Program, Row]], fast: bool) -> float:
    """The seconds that the rows of programs take in this order."""
    declaration = replace(table.programs[0].lms[0], options=(("fast", fast),))
    lm = open_lm(declaration)
    held = {id(one): Interpreter(one, {declaration.name: lm}) for one, _ in pairs}
    inputs = {table.module: [param.name for param in table.programs[0].module(table.module).params]}
    jobs = [(held[id(one)], table.module, row) for one, row in pairs]
    try:
        await evaluate_rows(jobs[:1], inputs, table.bench.score)  # loads the model
        began = time.perf_counter()
        await evaluate_rows(jobs, inputs, table.bench.score)
        return time.perf_counter() - began
    finally:
        await lm.close()


def reuse() -> tuple[int, int, int]:
    """Of a program of two calls, each call changed in turn by three instructions, on 20 rows: the calls that whole runs
    would take, those of the calls behind the change alone, and those that were made."""
    loaded = load(ROOT / "programs/concierge/concierge.lmp", "programs/concierge/concierge.lmp")
    program, _ = tuned_program(loaded)
    optimize = program.optimizes[0]
    roles = check_program(program, loaded.root, loaded.sink)[optimize.module]
    with asyncio.Runner() as runner:
        lms = LMs(program.lms, None)
        assert lms.budget is not None
        try:
            score = compile_metric(program.metric(optimize.metric))
            bench = Bench(
                optimize.module, replace(roles, test=()), score, lms.by_name, runner, lms.budget, None, 0,
                lambda event, **details: None,
            )  # fmt: skip
            rows = bench.dev[:20]
            bench.results([program], rows)
            before, whole, behind = lms.budget.spent.calls, 0, 0
            for address, _ in sites_with(program, bench.module, "instruction"):
                for text in ("Answer the question.", "Read it with care, then answer.", "Choose what fits best."):
                    one = apply_patch(program, {address: Settings(instruction=text)})
                    bench.results([one], rows, incumbent=program)
                    whole += len(rows) * bench.run_calls(one)
                    behind += len(rows) * bench.cone_calls(one, program)
            return whole, behind, lms.budget.spent.calls - before
        finally:
            runner.run(lms.close())


LINES: tuple[tuple[str, Callable[[Table], list[str]]], ...] = (
    (
        "informative rows first: a race",
        lambda table: [
            f"{rows:.1f} rows, {wrong:.1%} of losing ones won, {missed:.1%} of winning ones lost"
            for rows, wrong, missed in (races(table, Levers()), races(table, Levers(informative=True)))
        ],
    ),
    (
        f"likelihood: a search among {SETS} on {SEARCHED} rows",
        lambda table: [
            f"{calls:.0f} calls, the winner scores {won:.3f}"
            for calls, won in (searches(table, Levers()), searches(table, Levers(likelihood=True)))
        ],
    ),
)


def main() -> None:
    """Prints the tables and writes them beside this file."""
    lines = [
        "# What each lever saves on a real LM",
        "",
        f"SmolLM2-135M, {os.cpu_count()} cores, Python {platform.python_version()}. {SETS} sets of {SHOTS} "
        f"demonstrations on {ROWS} dev rows; {SETS * (SETS - 1)} races and {PLAYS} searches are played.",
        "",
        "| task | what | without | with |",
        "|---|---|---|---|",
    ]
    for task in TASKS:
        with measured(task) as table:
            scores = [mean([one.score for one in row]) for row in table.scores]
            lines.append(f"| {table.task} | the candidates' scores | {min(scores):.2f} to {max(scores):.2f} | |")
            for name, play in LINES:
                without, with_it = play(table)
                lines.append(f"| {table.task} | {name} | {without} | {with_it} |")
            for name, (together, apart) in hot(table).items() if task == TASKS[0] else ():
                what = f"rows of one candidate together, {name}"
                lines.append(f"| {table.task} | {what} | {apart:.1f} s | {together:.1f} s |")
            print("\n".join(lines[-4:]), flush=True)
    whole, behind, made = reuse()
    lines.append(
        f"| concierge, two calls | trace reuse and early cutoff | {whole} calls | {behind} planned, {made} made |"
    )
    text = "\n".join(lines) + "\n"
    print(text)
    Path(__file__).with_name("LEVERS.md").write_text(text)


if __name__ == "__main__":
    main()
