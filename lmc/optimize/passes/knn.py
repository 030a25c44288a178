"""Demonstrations chosen for each input: the labelled rows most like it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field

from lmc.evaluate.rows import Roles
from lmc.ir.patch import apply_patch
from lmc.ir.program import Program, Settings
from lmc.optimize.base import OptimizerPass, Work
from lmc.optimize.bench import Bench
from lmc.optimize.demonstrations.demos import NOTHING_TOLD, free_sites, labeled_pools


@dataclass(frozen=True)
class Knn(OptimizerPass):
    """Gives every call site whose inputs and outputs the train rows tell, and whose demonstrations are not the author's
    own, up to `pool` of these. Each prompt shows the `k` that are most like its inputs (see `lmc.runtime.nearest`), or
    as many as the call says itself (`nearest`). A row that is run while it is among them does not see itself. DSPy's
    KNNFewShot, with words in the place of embeddings and the rows' own labels in that of a teacher's."""

    name: ClassVar[str] = "knn"
    k: Annotated[int, Field(ge=1, le=64)] = 6
    pool: Annotated[int, Field(ge=1, le=100_000)] = 1000

    @property
    def trusted(self) -> bool:
        """Demonstrations where there were none seldom do harm."""
        return True

    def run(self, program: Program, bench: Bench) -> Program:
        """The program with demonstrations to choose from."""
        open_sites = free_sites(program, bench.written or program, bench.module)
        pools = labeled_pools(program, bench.module, open_sites, bench.train)
        if not pools:
            bench.listen("skip", reason=NOTHING_TOLD)
            return program
        own = {address: predict.settings.nearest for address, predict in open_sites}
        patch = {
            address: Settings(demos=pool[: self.pool], nearest=own[address] or self.k)
            for address, pool in pools.items()
        }
        return apply_patch(program, patch)

    def most_work(self, program: Program, module: str, roles: Roles) -> Work | None:
        """Nothing but its race."""
        return Work()
