"""Searches how a prompt is laid out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field

from lmc.analysis.calls import lm_of, named_types, sites
from lmc.ir.patch import apply_patch
from lmc.ir.program import Predict, Program, Settings
from lmc.optimize.bench import Bench
from lmc.optimize.demos import balanced, demos_of, labeled_pools
from lmc.passes.base import Pass
from lmc.prompts.compile import outputs_of
from lmc.prompts.layout import candidate_layouts, default_layout
from lmc.prompts.profile import profile_of


@dataclass(frozen=True)
class Layout(Pass):
    """For each call site in turn, tries the layouts that its types and its LM allow and keeps the best by successive halving on at most `rows`
    dev rows. A call without demonstrations is tried with `k` labelled ones, where rows tell them: a layout cannot be judged without what shows
    the LM the form of a reply."""

    name: ClassVar[str] = "layout"
    rows: Annotated[int, Field(ge=8)] = 32
    k: Annotated[int, Field(ge=1, le=64)] = 8
    wide: bool = False

    def run(self, program: Program, bench: Bench) -> Program:
        """The program with the layouts that won."""
        for address, predict in sites(program, bench.module):
            program = self.search(program, address, predict, bench)
        return program

    def search(self, program: Program, address: str, predict: Predict, bench: Bench) -> Program:
        """The program with the best layout of one call site."""
        lm = lm_of(program, address.rpartition(".")[0], predict)
        if lm is None:
            return program
        named, profile = named_types(program), profile_of(lm)
        outputs = outputs_of(program.signature(predict.signature), predict.strategy)
        current = predict.settings.layout or default_layout(outputs, named, profile)
        layouts = dict.fromkeys([current, *candidate_layouts(outputs, named, profile, wide=self.wide)])
        shown = None
        if not demos_of(program, predict):
            pool = labeled_pools(program, [(address, predict)], bench.train).get(address, ())
            shown = balanced(pool, self.k, bench.rng(f"labeled/{address}")) or None
        candidates = [program]
        for layout in layouts:
            if shown is not None or layout != current:
                candidates.append(apply_patch(program, {address: Settings(layout=layout, demos=shown)}))
        winner = bench.best(candidates, self.rows)
        if winner is None:
            bench.listen("skip", reason=f"the budget has no room for the layouts of {address}")
        return winner or program
