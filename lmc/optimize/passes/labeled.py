"""Balanced, diverse demonstrations out of the train rows: no call is spent on finding them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field

from lmc.evaluate.rows import Roles
from lmc.ir.patch import apply_patch
from lmc.ir.program import Program, Settings
from lmc.optimize.base import OptimizerPass, Work
from lmc.optimize.bench import Bench
from lmc.optimize.demonstrations.demos import NOTHING_TOLD, bare_sites, labeled_pools, labeled_sets
from lmc.optimize.demonstrations.fewshot import labeled_demos, with_demos


@dataclass(frozen=True)
class Labeled(OptimizerPass):
    """Gives `k` labelled rows to every call site that has no demonstrations and whose inputs and outputs the rows
    tell, and all of these to one that chooses among them for each input (`nearest`). The control that every other pass
    must beat. DSPy's LabeledFewShot, balanced by label and spread over inputs; with `exact` the rows are drawn as that
    does it."""

    name: ClassVar[str] = "labeled"
    k: Annotated[int, Field(ge=1, le=64)] = 8
    exact: bool = False

    @property
    def trusted(self) -> bool:
        """Demonstrations where there were none seldom do harm."""
        return True

    def run(self, program: Program, bench: Bench) -> Program:
        """The program with demonstrations."""
        open_sites = bare_sites(program, bench.module)
        pools = labeled_pools(program, bench.module, open_sites, bench.train)
        if not pools:
            bench.listen("skip", reason=NOTHING_TOLD)
            return program
        if self.exact:
            return with_demos(program, labeled_demos(program, bench, bench.train, self.k))
        sets = labeled_sets(open_sites, pools, self.k, bench.rng)
        return apply_patch(program, {address: Settings(demos=demos) for address, demos in sets.items()})

    def most_work(self, program: Program, module: str, roles: Roles) -> Work | None:
        """Nothing but its race."""
        return Work()
