"""DSPy's few-shot procedures to the letter, for those who know them: the same rows in the same order, the same draws.

Rows whose values are not those of a call are no demonstrations of it here, where DSPy shows what there is of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from lmc.evaluate.rows import Row
from lmc.evaluate.scoring import Scored
from lmc.ir.patch import apply_patch
from lmc.ir.program import Demo, Program, Settings
from lmc.optimize.bench import Bench
from lmc.optimize.demonstrations.demos import demos_of, labeled_pools, traced_demo
from lmc.optimize.demonstrations.pools import open_sites
from lmc.optimize.demonstrations.teaching import Teacher, teacher_of

Demos = dict[str, tuple[Demo, ...]]
"""Demonstrations by address."""


def reset(program: Program, bench: Bench) -> Program:
    """The program without demonstrations."""
    return apply_patch(program, {address: Settings(demos=()) for address, _ in open_sites(program, bench.module)})


def labeled_demos(program: Program, bench: Bench, rows: Sequence[Row], k: int) -> Demos:
    """LabeledFewShot: for each call in turn `k` rows, drawn by one source of randomness that begins at 0."""
    rng, found = random.Random(0), raw_demos(program, bench, rows)
    return {
        address: chosen(rng.sample(rows, min(k, len(rows))), found.get(address, {}))
        for address, _ in open_sites(program, bench.module)
    }


def raw_demos(program: Program, bench: Bench, rows: Sequence[Row]) -> dict[str, dict[str, Demo]]:
    """The demonstrations that rows are, for each call, by the row's id."""
    pools = labeled_pools(program, bench.module, open_sites(program, bench.module), rows)
    return {address: {str(demo.origin): demo for demo in pool} for address, pool in pools.items()}


def chosen(rows: Sequence[Row], demos: dict[str, Demo]) -> tuple[Demo, ...]:
    """Those of rows, in their order."""
    return tuple(demos[row.id] for row in rows if row.id in demos)


def with_demos(program: Program, demos: Demos) -> Program:
    """The program with other demonstrations."""
    return apply_patch(program, {address: Settings(demos=found) for address, found in demos.items()})


@dataclass(frozen=True, slots=True)
class FewShot:
    """BootstrapFewShot with its options: `max_bootstrapped_demos`, `max_labeled_demos`, `max_rounds` and
    `metric_threshold`."""

    bootstrapped: int = 4
    labeled: int = 16
    rounds: int = 1
    threshold: float = 1.0

    def compiled(self, program: Program, bench: Bench, rows: Sequence[Row]) -> Program:
        """The program with demonstrations: those of the first rows that the teacher is right on, up to `bootstrapped`,
        then labelled rows up to `labeled` in all. The teacher has labelled demonstrations itself unless it has some.
        Raises OutOfBudget when there is no room for the teacher's next runs."""
        teacher = teacher_of(program, bench)
        if self.labeled and not any(demos_of(teacher.program, one) for _, one in open_sites(program, teacher.module)):
            teacher = self.with_labels(teacher, bench, rows)
        good = self.good_runs(teacher, bench, rows)
        rest = [row for row in rows if row.id not in good]
        random.Random(0).shuffle(rest)
        rng, raw = random.Random(0), raw_demos(program, bench, rows)
        demos: Demos = {}
        for address, _ in open_sites(program, bench.module):
            traced = [demo for row in rows if row.id in good for demo in self.shown(address, row, good[row.id], bench)]
            traced = traced[: self.bootstrapped]
            drawn = rng.sample(rest, max(0, min(self.labeled - len(traced), len(rest))))
            demos[address] = (*traced, *chosen(drawn, raw.get(address, {})))
        return with_demos(program, demos)

    def with_labels(self, teacher: Teacher, bench: Bench, rows: Sequence[Row]) -> Teacher:
        """The teacher with labelled demonstrations."""
        return Teacher(
            with_demos(teacher.program, labeled_demos(teacher.program, bench, rows, self.labeled)), teacher.module
        )

    def good_runs(self, teacher: Teacher, bench: Bench, rows: Sequence[Row]) -> dict[str, Scored]:
        """The first rows that the teacher is right on, by id. So many rows run at the same time as are still wanted:
        all of them would be run one by one too."""
        good: dict[str, Scored] = {}
        done = 0
        while len(good) < self.bootstrapped and done < len(rows):
            batch = list(rows[done : done + self.bootstrapped - len(good)])
            done += len(batch)
            for number in range(self.rounds):
                results = zip(batch, teacher.at_round(number).results(batch, bench), strict=True)
                good |= {row.id: result for row, result in results if self.right(result)}
                batch = [row for row in batch if row.id not in good]
                if not batch:
                    break
        return good

    def right(self, result: Scored) -> bool:
        """Whether a run is an example."""
        return result.score >= self.threshold and result.outcome is not None and result.outcome.error is None

    def shown(self, address: str, row: Row, result: Scored, bench: Bench) -> list[Demo]:
        """The call of a run at an address; of several the last one, or any of the others, as likely."""
        assert result.outcome is not None
        calls = [one for one in result.outcome.calls if one.address == address and one.outputs and not one.superseded]
        if not calls:
            return []
        rng = bench.rng(f"fewshot/{address}/{row.id}")
        call = rng.choice(calls[:-1]) if len(calls) > 1 and rng.random() < 0.5 else calls[-1]
        return [traced_demo(call, row)]


def search_sets(program: Program, bench: Bench, candidates: int, options: FewShot) -> list[Program]:
    """The programs that BootstrapFewShotWithRandomSearch evaluates, in its order: without demonstrations, with labelled
    ones, with those of BootstrapFewShot on the rows as they stand, and on rows in `candidates` random orders."""
    bare = reset(program, bench)
    labeled = with_demos(bare, labeled_demos(bare, bench, bench.train, options.labeled))
    found = [bare, labeled, options.compiled(bare, bench, bench.train)]
    for seed in range(candidates):
        rows = list(bench.train)
        random.Random(seed).shuffle(rows)
        size = random.Random(seed).randint(1, options.bootstrapped)
        one = FewShot(size, options.labeled, options.rounds, options.threshold)
        found.append(one.compiled(bare, bench, rows))
    return found
