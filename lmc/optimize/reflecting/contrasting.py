"""Rules and demonstrations out of the difference between good and bad runs on the same row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lmc.analysis.calls import sites
from lmc.evaluate.rows import Row
from lmc.ir.program import Program
from lmc.optimize.bench import Bench
from lmc.optimize.places import sites_with
from lmc.optimize.proposing.grounding import face, inputs_of
from lmc.optimize.proposing.proposals import cleaned, folded, leaks
from lmc.optimize.reflecting.cases import case_words
from lmc.optimize.reflecting.failures import Example, examples_of
from lmc.optimize.reflecting.reflection import Line, instruction_at, proven, room_for, with_instruction
from lmc.optimize.reflecting.rules import rules_of, with_rule
from lmc.optimize.reflecting.trajectories import Bucket, bucket_of, heated, parting, with_demos
from lmc.optimize.runs import Trip, run_trips

LONGEST_RULE = 240
"""Characters of a rule."""


@dataclass
class Contrasting:
    """The method of `contrast` where no other is named. A round: the incumbent runs on `rows` train rows, as it is
    (often known already) and `samples` times at a temperature; of the `k` rows with the largest gap between runs, those
    first on which it errs as it is, each gives either a rule, which the proposer states out of the first call at which
    the runs part, or its good run as a demonstration, in turn; all race against the incumbent at the same time."""

    bench: Bench
    k: int
    rows: int
    samples: int
    temperature: float
    rules: int
    demos: int
    patience: int | None
    queue: list[Row] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    number: int = 0

    def parents(self, pool: Sequence[Line]) -> tuple[int, ...]:
        """The incumbent."""
        room_for(self.bench, pool[-1].program, self.k)
        return (len(pool) - 1,)

    def propose(self, pool: Sequence[Line], parents: tuple[int, ...]) -> list[Line] | None:
        """Rules and demonstrations; None where all runs are equally good."""
        (parent,) = parents
        program = pool[parent].program
        buckets = [one for one in self.buckets(program) if one.rank[0] > 0][: self.k]
        first = self.number * self.k
        self.number += 1
        if not buckets:
            return None
        ruled = [(one, address) for one in buckets if (address := self.to_advise(program, one)) is not None]
        ruled = ruled if self.demos < 1 else ruled[::2]
        shown = [] if self.demos < 1 else [one for one in buckets if all(one is not other for other, _ in ruled)]
        asks = [
            {
                "step": face(program.signature(predict.signature), predict),
                "instruction": instruction_at(program, self.bench, address),
                "better": case_words(program, self.bench, address, bucket.good),
                "worse": case_words(program, self.bench, address, bucket.bad),
            }
            for bucket, address in ruled
            for predict in [dict(sites(program, self.bench.module))[address]]
        ]
        said = self.bench.propose("contrast", asks, first) if asks else []
        found = [self.with_rule(program, parent, address, one) for (_, address), one in zip(ruled, said, strict=True)]
        found += [self.with_demo(program, parent, one) for one in shown]
        return [one for one in found if one is not None]

    def buckets(self, program: Program) -> list[Bucket]:
        """Runs on the next rows, those with the most to learn from first."""
        if len(self.queue) < min(self.rows, len(self.bench.train)):
            rows = list(self.bench.train)
            self.bench.rng(f"contrast/{self.number}").shuffle(rows)
            self.queue = rows
        rows, self.queue = self.queue[: self.rows], self.queue[self.rows :]
        known = self.bench.known(program)
        cold = [Trip(program, row) for row in rows if row.id not in known or known[row.id].outcome is None]
        hot = heated(program, self.bench.module, self.temperature)
        trips = [Trip(hot, row, sample) for row in rows for sample in range(1, self.samples + 1)]
        found = run_trips(self.bench, [*cold, *trips])  # all at the same time; what `cold` asked is not asked again
        runs = {one.row.id: [one] for one in examples_of(program, self.bench, rows)}
        for trip, scored in zip(trips, found[len(cold) :], strict=True):
            runs[trip.row.id].append(Example(trip.row, scored))
        gains = {row: max(one.scored.score for one in found) - found[0].scored.score for row, found in runs.items()}
        buckets = [bucket_of(row, runs[row.id]) for row in rows]
        return sorted(buckets, key=lambda one: (gains[one.row.id], *one.rank), reverse=True)

    def to_advise(self, program: Program, bucket: Bucket) -> str | None:
        """The call that a rule is for: that at which the runs part, where it may be told more."""
        address = parting(program, self.bench.module, bucket)
        if address not in {one for one, _ in sites_with(program, self.bench.module, "instruction")}:
            return None
        return address if len(rules_of(instruction_at(program, self.bench, address or ""))) < self.rules else None

    def with_rule(self, program: Program, parent: int, address: str, said: object) -> Line | None:
        """The program with a rule; None where it will not do, or was tried on this program before."""
        rule = cleaned(said, LONGEST_RULE) if isinstance(said, str) else ""
        text = instruction_at(program, self.bench, address)
        known = self.known | {folded(one) for one in rules_of(text).values()}
        if not rule or folded(rule) in known or leaks(rule, self.bench.train, inputs_of(program, self.bench)):
            return None
        self.known.add(folded(rule))
        changed = with_instruction(program, address, with_rule(text, rule))
        return Line(changed, (parent,), f"{address}: rule", address, rule)

    def with_demo(self, program: Program, parent: int, bucket: Bucket) -> Line | None:
        """The program with a good run as a demonstration; None where no call has a place for it."""
        changed = with_demos(program, self.bench.module, bucket.good, self.demos)
        return None if changed == program else Line(changed, (parent,), f"the good run on {bucket.row.id}")

    def accept(self, pool: Sequence[Line], proposed: Sequence[Line]) -> list[Line]:
        """The winner of the race, if there is one."""
        winner = proven(self.bench, proposed, pool[-1].program)
        if winner is None:
            return []
        self.known.clear()  # a rule that lost against a better one may still help the winner
        return [one for one in proposed if one.program is winner][:1]

    def best(self, pool: Sequence[Line]) -> Program:
        """The last incumbent."""
        return pool[-1].program
