"""Demonstrations out of runs that went well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, TypeAlias

from pydantic import Field

from lmc.analysis.calls import named_types, reachable, sites
from lmc.evaluate.rows import Roles, Row
from lmc.evaluate.scoring import Scored
from lmc.execute.trace import Call
from lmc.ir.patch import apply_patch
from lmc.ir.program import Demo, Expr, Predict, Program, Settings
from lmc.ir.values import belongs
from lmc.ir.walk import transform_body
from lmc.optimize.base import OptimizerPass, OutOfBudget, Work
from lmc.optimize.bench import Bench
from lmc.optimize.demos import balanced, demos_of, traced_demo
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
    another module with the same parameters; demonstrations go to the call sites of the same address, else to those
    whose inputs and outputs have the same names. Rows are run in batches at the same time, and no more batches than
    it takes. Calls of rounds that an assertion sent back are no examples; those of the round that held carry the
    replies before it with what was said of them, so that they show how a reply is put right, unless `failures` is
    false. A run in which a soft assertion never held is no good run. After DSPy's BootstrapFewShot and assertions
    (Khattab et al. 2023; Singhvi et al. 2023)."""

    name: ClassVar[str] = "bootstrap"
    k: Annotated[int, Field(ge=1, le=64)] = 4
    threshold: Annotated[float, Field(ge=0, le=1)] = 1.0
    rows: Annotated[int, Field(ge=1)] = 64
    failures: bool = True

    def run(self, program: Program, bench: Bench) -> Program:
        """The program with demonstrations from traces."""
        teacher, module = teacher_of(program, bench)
        pools = self.collect(program, teacher, module, bench)
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
        """Its rows, by the teacher."""
        return Work(taught=min(self.rows, len(roles.train)))

    def collect(self, program: Program, teacher: Program, module: str, bench: Bench) -> dict[str, list[Demo]]:
        """The demonstrations for each call site."""
        rng = bench.rng("bootstrap/rows")
        rows = rng.sample(bench.train, min(self.rows, len(bench.train)))
        places = sites_with(program, bench.module, "demos")
        pools: dict[str, list[Demo]] = {address: [] for address, _ in places}
        if not pools:
            return pools
        size = max(BATCH, 2 * self.k)
        for start in range(0, len(rows), size):
            batch = rows[start : start + size]
            try:
                results = without_own_demos(teacher, module, batch, bench)
            except OutOfBudget:
                bench.listen("skip", reason="the budget has no room for more runs of the teacher")
                break
            for row, result in zip(batch, results, strict=True):
                for address, predict, call in self.examples(program, places, result, row, bench):
                    pools[address].append(ordered(program, predict, traced_demo(call, row, self.failures)))
            if all(len(pool) >= 2 * self.k for pool in pools.values()):
                break
        return pools

    def examples(
        self, program: Program, places: Places, result: Scored, row: Row, bench: Bench
    ) -> Iterator[tuple[str, Predict, Call]]:
        """Of a good run a call for each call site; where it was made several times any of them, so that all steps of
        an agent are shown in the end."""
        outcome = result.outcome
        if result.score < self.threshold or outcome is None or outcome.error is not None or outcome.notes:
            return
        found = matched(program, places, outcome.calls)
        for address, predict in places:
            if address in found:
                yield address, predict, bench.rng(f"bootstrap/{address}/{row.id}").choice(found[address])


def teacher_of(program: Program, bench: Bench) -> tuple[Program, str]:
    """The teacher's program and its module to run."""
    if bench.teacher is None:
        return program, bench.module
    if any(lm.name == bench.teacher for lm in program.lms):
        return with_lm(program, bench.module, bench.teacher), bench.module
    return program, bench.teacher


def with_lm(program: Program, module: str, lm: str) -> Program:
    """The program with another LM for all calls of a module and those that it calls."""

    def change(expr: Expr) -> Expr:
        return replace(expr, settings=replace(expr.settings, lm=lm)) if isinstance(expr, Predict) else expr

    names = reachable(program, module)
    modules = tuple(
        replace(one, body=transform_body(one.body, change)) if one.name in names else one for one in program.modules
    )
    return replace(program, modules=modules)


def without_own_demos(teacher: Program, module: str, batch: Sequence[Row], bench: Bench) -> list[Scored]:
    """The teacher's results on a batch; rows that it has as demonstrations are run without those, since it would
    only repeat them."""
    own = {demo.origin for _, predict in sites(teacher, module) for demo in demos_of(teacher, predict)}
    seen = [row for row in batch if row.id in own]
    unseen = [row for row in batch if row.id not in own]
    found: dict[str, Scored] = {}
    if unseen:
        results = bench.results([teacher], unseen, keep=True, module=module)[0]
        found.update({row.id: result for row, result in zip(unseen, results, strict=True)})
    for row in seen:
        patch = {
            address: Settings(demos=tuple(demo for demo in demos_of(teacher, predict) if demo.origin != row.id))
            for address, predict in sites(teacher, module)
        }
        found[row.id] = bench.results([apply_patch(teacher, patch)], [row], keep=True, module=module)[0][0]
    return [found[row.id] for row in batch]


def matched(program: Program, places: Places, calls: Sequence[Call]) -> dict[str, list[Call]]:
    """The calls of a run that count, by the call site that each is an example for: the same one, else the first that
    it fits and that no other site of the teacher has."""
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
