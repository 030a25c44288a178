"""Balanced, diverse demonstrations out of the train rows: no call is spent on finding them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field

from lmc.analysis.calls import sites
from lmc.ir.patch import apply_patch
from lmc.ir.program import Program, Settings
from lmc.optimize.bench import Bench
from lmc.optimize.demos import balanced, demos_of, labeled_pools
from lmc.passes.base import Pass


@dataclass(frozen=True)
class Labeled(Pass):
    """Gives `k` labelled rows to every call site that has no demonstrations and whose inputs and outputs the rows
    tell. The control that every other pass must beat. DSPy's LabeledFewShot, balanced by label and spread over
    inputs."""

    name: ClassVar[str] = "labeled"
    k: Annotated[int, Field(ge=1, le=64)] = 8

    def run(self, program: Program, bench: Bench) -> Program:
        """The program with demonstrations."""
        open_sites = [
            (address, predict) for address, predict in sites(program, bench.module) if not demos_of(program, predict)
        ]
        pools = labeled_pools(program, bench.module, open_sites, bench.train)
        if not pools:
            bench.listen(
                "skip", reason="every call has demonstrations already, or no row tells what a call should give"
            )
            return program
        patch = {
            address: Settings(demos=balanced(pool, self.k, bench.rng(f"labeled/{address}")))
            for address, pool in pools.items()
        }
        return apply_patch(program, patch)
