"""Searches which demonstrations serve best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field

from lmc.evaluate.race import evaluations
from lmc.evaluate.rows import Roles
from lmc.ir.patch import apply_patch
from lmc.ir.program import Demo, Program, Settings
from lmc.optimize.base import OptimizerPass, Work
from lmc.optimize.bench import Bench
from lmc.optimize.demos import demos_of, labeled_pools, random_set, typical
from lmc.optimize.places import sites_with


@dataclass(frozen=True)
class DemoSearch(OptimizerPass):
    """Draws random, label-balanced sets of at most `k` demonstrations from the train rows and from the
    demonstrations that the program has, `candidates` in all with the program itself, and lets successive halving
    choose (on 16, 32, 64 and all dev rows; Jamieson and Talwalkar 2016). Calls that choose their demonstrations for
    each input keep them. After DSPy's BootstrapFewShotWithRandomSearch, which scores every set on every row."""

    name: ClassVar[str] = "demo_search"
    candidates: Annotated[int, Field(ge=2, le=256)] = 16
    k: Annotated[int, Field(ge=1, le=64)] = 8

    def run(self, program: Program, bench: Bench) -> Program:
        """The program with the set that won."""
        found = [
            (address, predict)
            for address, predict in sites_with(program, bench.module, "demos")
            if predict.settings.nearest is None
        ]
        pools = labeled_pools(program, bench.module, found, bench.train)
        for address, predict in found:
            own = demos_of(program, predict)
            if own:
                pools[address] = merged(own, pools.get(address, ()))
        count, rows = bench.affordable_search(self.candidates, program)
        if not pools or not count:
            why = "there is nothing to choose from" if not pools else "the budget has no room for a search"
            bench.listen("skip", reason=why)
            return program
        rng = bench.rng("demo_search")
        groups = {address: typical(pool) for address, pool in pools.items()}
        candidates = [program]
        for _ in range(count - 1):
            patch = {address: Settings(demos=random_set(group, self.k, rng)) for address, group in groups.items()}
            candidates.append(apply_patch(program, patch))
        return bench.best(candidates, rows) or program

    def most_work(self, program: Program, module: str, roles: Roles) -> Work | None:
        """Successive halving of its candidates."""
        return Work(runs=evaluations(self.candidates, len(roles.dev)))


def merged(own: tuple[Demo, ...], more: tuple[Demo, ...]) -> tuple[Demo, ...]:
    """Both, without those of `more` whose row is among `own` already."""
    origins = {demo.origin for demo in own}
    return (*own, *(demo for demo in more if demo.origin not in origins))
