"""Demonstrations out of runs that went well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, TypeAlias

from pydantic import Field

from lmc.analysis.calls import named_types
from lmc.evaluate.rows import Roles, Row
from lmc.evaluate.scoring import Scored
from lmc.execute.trace import Call
from lmc.ir.patch import apply_patch
from lmc.ir.program import Demo, Predict, Program, Settings
from lmc.ir.values import belongs
from lmc.optimize.base import OptimizerPass, OutOfBudget, Work
from lmc.optimize.bench import Bench
from lmc.optimize.demonstrations.demos import balanced, traced_demo
from lmc.optimize.demonstrations.fewshot import FewShot
from lmc.optimize.demonstrations.projection import Projection, projection
from lmc.optimize.demonstrations.teaching import Teacher, teacher_of
from lmc.optimize.places import sites_with
from lmc.prompts.compile import outputs_of, strategy_of

BATCH = 16
"""Train rows that the teacher runs at the same time, at least."""

Places: TypeAlias = Sequence[tuple[str, Predict]]
"""Call sites by address."""


@dataclass(frozen=True)
class Bootstrap(OptimizerPass):
    """Runs a teacher on train rows and makes the calls of its good runs (score of at least `threshold`)
    demonstrations, up to `k` for each call site. The teacher is the program itself, the program with another LM, or
    another module with the same parameters, of any shape. Demonstrations go to the call sites of the same address, else
    to those whose inputs and outputs have the same names and types; for a call site that no call of the teacher fits,
    one is put together of what the run leaves behind (see `lmc.optimize.demonstrations.projection`), by name and type
    or as `fields` says (`fields: [["Main.reply.answer", "Solve.last.result"]]`), and what is lacking by a run of the
    program itself.

    Runs that are known come first and cost nothing. Rows are run in batches at the same time, and no more batches than
    it takes; with `rounds` over 1 rows that failed are tried again at temperature 1. A row that the teacher has as a
    demonstration is run without it. Calls of rounds that an assertion sent back are no examples; those of the round
    that held carry the replies before it with what was said of them, so that they show how a reply is put right, unless
    `failures` is false. A run in which a soft assertion never held is no good run.

    After DSPy's BootstrapFewShot and assertions (Khattab et al. 2023; Singhvi et al. 2023); with `exact` it follows the
    procedure of that to the letter, `k` being `max_bootstrapped_demos` and `labeled` `max_labeled_demos`."""

    name: ClassVar[str] = "bootstrap"
    k: Annotated[int, Field(ge=1, le=64)] = 4
    threshold: Annotated[float, Field(ge=0, le=1)] = 1.0
    rows: Annotated[int, Field(ge=1)] = 64
    rounds: Annotated[int, Field(ge=1, le=16)] = 1
    failures: bool = True
    fields: list[Annotated[list[str], Field(min_length=2, max_length=2)]] | None = None
    exact: bool = False
    labeled: Annotated[int, Field(ge=0, le=64)] = 16

    @property
    def trusted(self) -> bool:
        """Demonstrations where there were none seldom do harm."""
        return True

    def run(self, program: Program, bench: Bench) -> Program:
        """The program with demonstrations from traces."""
        if self.exact:
            return FewShot(self.k, self.labeled, self.rounds, self.threshold).compiled(program, bench, bench.train)
        pools = self.traces(program, bench)
        patch = {
            address: Settings(demos=balanced(pool, self.k, bench.rng(f"bootstrap/{address}")))
            for address, pool in pools.items()
            if pool
        }
        if not patch:
            bench.listen("skip", reason="no run of the teacher reached the threshold")
            return program
        return apply_patch(program, patch)

    def most_work(self, program: Program, module: str, roles: Roles) -> Work | None:
        """Its rows, by the teacher in every round, and by the program where that fills in what is lacking."""
        rows = len(roles.train) if self.exact else min(self.rows, len(roles.train))
        return Work(runs=0 if self.exact else rows, taught=rows * self.rounds)

    def traces(self, program: Program, bench: Bench) -> dict[str, list[Demo]]:
        """The demonstrations that runs of the teacher give for each call site, in batches until there are twice as many
        as are wanted."""
        teacher = teacher_of(program, bench)
        places = sites_with(program, bench.module, "demos")
        pools: dict[str, list[Demo]] = {address: [] for address, _ in places}
        if not pools:
            return pools
        shape = projection(
            program, bench.module, teacher.program, teacher.module, {ours: theirs for ours, theirs in self.fields or ()}
        )
        known, fresh = self.in_order(teacher, bench)
        size = max(BATCH, 2 * self.k)
        for number in range(self.rounds):
            failed: list[Row] = []
            for batch in (*in_batches(known if number == 0 else (), size), *in_batches(fresh, size)):
                try:
                    results = teacher.at_round(number).results(batch, bench)
                    good = [one for one in zip(batch, results, strict=True) if self.good(one[1])]
                    self.take(pools, good, places, shape, bench)
                except OutOfBudget:
                    bench.listen("skip", reason="the budget has no room for more runs of the teacher")
                    return pools
                failed += [row for row in batch if row not in [one for one, _ in good]]
                if all(len(pool) >= 2 * self.k for pool in pools.values()):
                    return pools
            fresh = tuple(failed)
        return pools

    def in_order(self, teacher: Teacher, bench: Bench) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
        """The train rows that the teacher is known to be right on, and others, drawn at random. Those that it is known
        to be wrong on are left out unless there are more rounds."""
        known = bench.known(teacher.program) if teacher.module == bench.module else {}
        right = tuple(row for row in bench.train if row.id in known and known[row.id].score >= self.threshold)
        others = [row for row in bench.train if row not in right and (row.id not in known or self.rounds > 1)]
        rest = max(self.rows - len(right), 0)
        return right[: self.rows], tuple(bench.rng("bootstrap/rows").sample(others, min(rest, len(others))))

    def good(self, result: Scored) -> bool:
        """Whether a run is an example."""
        outcome = result.outcome
        return result.score >= self.threshold and outcome is not None and outcome.error is None and not outcome.notes

    def take(
        self,
        pools: Mapping[str, list[Demo]],
        good: Sequence[tuple[Row, Scored]],
        places: Places,
        shape: Projection,
        bench: Bench,
    ) -> None:
        """Puts into the pools what good runs show: of each a demonstration for each call site."""
        open_: list[tuple[str, Predict, Row, Scored]] = []
        for row, result in good:
            assert result.outcome is not None
            found = matched(shape.program, places, result.outcome.calls)
            for address, predict in places:
                if address in found:
                    call = bench.rng(f"bootstrap/{address}/{row.id}").choice(found[address])
                    demo = ordered(shape.program, predict, traced_demo(call, row, self.failures))
                    pools[address].append(demo)
                elif shape.apart:
                    open_.append((address, predict, row, result))
        unsaid = [row for address, predict, row, one in open_ if shape.lacks(address, predict, row, one)]
        rows = list(dict.fromkeys(unsaid))
        own = dict(zip(rows, bench.results([shape.program], rows, keep=True)[0], strict=True)) if rows else {}
        for address, predict, row, result in open_:
            if (made := shape.demo(address, predict, row, result, own.get(row))) is not None:
                pools[address].append(made)


def in_batches(rows: Sequence[Row], size: int) -> list[Sequence[Row]]:
    """The rows, so many at a time."""
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def matched(program: Program, places: Places, calls: Sequence[Call]) -> dict[str, list[Call]]:
    """The calls of a run that count, by the call site that each is an example for: the same one, else the first that
    it fits and that no other site of the teacher has. Where a call was made several times any of them may be taken, so
    that all steps of an agent are shown in the end."""
    given: dict[str, str] = {}
    found: dict[str, list[Call]] = {}
    for call in calls:
        fitting = [address for address, predict in places if fits(program, predict, call, address)]
        if call.superseded or not fitting:
            continue
        free = [address for address in fitting if address not in given.values()]
        own = [address for address in fitting if address in (call.address, given.get(call.address))]
        given[call.address] = (own or free or fitting)[0]
        found.setdefault(given[call.address], []).append(call)
    return found


def fits(program: Program, predict: Predict, call: Call, address: str) -> bool:
    """Whether a call of the teacher can be an example for a call site: of the same one, or of one with inputs of the
    same names, with values of its types."""
    signature, named = program.signature(predict.signature), named_types(program)
    if call.outputs is None or (call.address != address and set(call.inputs) != {one.name for one in signature.inputs}):
        return False
    sides = ((call.inputs, signature.inputs), (call.outputs, signature.outputs))
    return all(
        one.name in values and belongs(values[one.name], one.type, named) for values, fields in sides for one in fields
    )


def ordered(program: Program, predict: Predict, demo: Demo) -> Demo:
    """The demonstration with what its signature has, in its order."""
    signature = program.signature(predict.signature)
    ins, outs = dict(demo.inputs), dict(demo.outputs)
    names = [field.name for field in outputs_of(signature, strategy_of(predict))]
    return Demo(
        tuple((field.name, ins[field.name]) for field in signature.inputs),
        tuple((name, outs[name]) for name in names if name in outs),
        demo.origin,
        demo.failures,
    )
