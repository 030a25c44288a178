"""Searches how a prompt is laid out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field

from lmc.analysis.calls import lm_of, named_types, sites
from lmc.evaluate.race import evaluations
from lmc.evaluate.rows import Roles
from lmc.ir.patch import apply_patch
from lmc.ir.program import Demo, Predict, Program, Settings
from lmc.ir.program import Layout as LayoutSlot
from lmc.optimize.base import OptimizerPass, Work
from lmc.optimize.bench import Bench
from lmc.optimize.demonstrations.demos import MOST_POOLED, bare_sites, labeled_pools, labeled_sets
from lmc.optimize.places import on_this_machine, sites_with
from lmc.prompts.compile import outputs_of, strategy_of
from lmc.prompts.layout import candidate_layouts, default_layout
from lmc.prompts.profile import profile_of

NEAR_ROWS = 30
"""Of fewer train rows the nearest ones are not near."""

TURNS = 3
"""Kinds of turns."""

LEAST_ROWS = 32
"""Of successive halving on fewer rows the winner is mostly chance."""

LIKELY = (
    ("completion", "unstated", True),
    ("completion", "unstated", False),
    ("chat", "unstated", False),
    ("chat", "stated", True),
    ("completion", "stated", False),
    ("chat", "stated", False),
)
"""Turns, words on types, and whether the nearest rows are shown, of the styles that win most on small LMs, likeliest
first: a prior for all programs (measured with SmolLM2-135M on sentences' sentiment, requests' intents, and these in two
steps). It is the same on every machine, so that builds stay reproducible."""

Style = tuple[str, str, str, bool]
"""What layouts of calls with different types have in common: turns, fields, words on types, and whether the reply is
the plainest."""


@dataclass(frozen=True)
class Layout(OptimizerPass):
    """Tries the layouts that the types of the calls and their LMs allow, in the same style for all calls of the
    program at once, and keeps the best by successive halving on at most `rows` dev rows; for LMs on this machine, of
    those that rows do not tell apart the one whose style is best for most programs. Calls without demonstrations get
    `k` labelled ones for it, where rows tell them: a layout cannot be judged without what shows the LM the form of a
    reply. `nearest`: how many of the train rows are shown instead in a further candidate for each kind of turns, those
    most like the inputs of a call (see `knn`), where there are enough rows; 0: no such candidates. `wide` tries styles
    too that seldom win."""

    name: ClassVar[str] = "layout"
    rows: Annotated[int, Field(ge=8)] = 64
    k: Annotated[int, Field(ge=1, le=64)] = 8
    nearest: Annotated[int, Field(ge=0, le=64)] = 6
    wide: bool = False

    @property
    def trusted(self) -> bool:
        """The best of many layouts, with demonstrations, seldom does harm."""
        return True

    def run(self, program: Program, bench: Bench) -> Program:
        """The program in the style that won."""
        candidates = self.candidates(program, bench)
        if not candidates:
            bench.listen("skip", reason="no call's prompt can be laid out in another way")
            return program
        likely = sorted(candidates, key=lambda one: rank(one, bench.module))
        if self.proves(program, bench):
            return bench.races(likely[: bench.affordable_arms(program)], program, trusted=self.trusted) or program
        lms = [lm_of(program, address.rpartition(".")[0], call) for address, call in sites(program, bench.module)]
        small = all(lm is not None and on_this_machine(lm) for lm in lms)
        winner = bench.best(likely if small else candidates, self.rows, ordered=small)
        if winner is None:
            bench.listen("skip", reason="the budget has no room for a search of layouts")
        return winner or program

    def proves(self, program: Program, bench: Bench) -> bool:
        """Where runs are too few for successive halving, with a race after it, the likeliest styles race at once."""
        if not bench.few:
            return False
        styles = len(self.candidates(program, bench))
        runs = evaluations(styles, min(self.rows, len(bench.dev), LEAST_ROWS), few=True)
        return runs + 2 * bench.rule().block * bench.rule().minimum_blocks > bench.affordable_rows(program)

    def candidates(self, program: Program, bench: Bench) -> list[Program]:
        """The program in each style, with demonstrations where it has none; empty where there is but one style."""
        found = sites_with(program, bench.module, "layout")
        shown = self.shown(program, bench)
        styles = {address: self.styles(program, address, predict) for address, predict in found}
        if not any(styles.values()):
            return []
        candidates = [] if shown else [program]
        for style in dict.fromkeys(style for options in styles.values() for style in options):
            patch = {
                address: Settings(layout=options.get(style) or next(iter(options.values())), demos=shown.get(address))
                for address, options in styles.items()
                if options
            }
            candidate = apply_patch(program, patch)
            if candidate not in candidates:
                candidates.append(candidate)
        return candidates + (self.with_nearest(program, bench, candidates) if shown else [])

    def most_work(self, program: Program, module: str, roles: Roles) -> Work | None:
        """One candidate for each style, and the program."""
        found = sites_with(program, module, "layout")
        styles = {style for address, predict in found for style in self.styles(program, address, predict)}
        return Work(runs=evaluations(len(styles) + 1 + TURNS, min(self.rows, len(roles.dev))))

    def with_nearest(self, program: Program, bench: Bench, candidates: Sequence[Program]) -> list[Program]:
        """The first candidate of each kind of turns, showing for each input the rows that are most like it."""
        bare = bare_sites(program, bench.module)
        pools = labeled_pools(program, bench.module, bare, bench.train)
        if not self.nearest or len(bench.train) < NEAR_ROWS:
            return []
        patch = {address: Settings(demos=pool[:MOST_POOLED], nearest=self.nearest) for address, pool in pools.items()}
        firsts: dict[tuple[str, ...], Program] = {}
        for one in candidates:
            layouts = [site.settings.layout for _, site in sites_with(one, bench.module, "layout")]
            firsts.setdefault(tuple(layout.turns for layout in layouts if layout is not None), one)
        return [apply_patch(one, patch) for turns, one in firsts.items() if turns]

    def shown(self, program: Program, bench: Bench) -> dict[str, tuple[Demo, ...]]:
        """Labelled demonstrations for the call sites that have none."""
        bare = bare_sites(program, bench.module)
        pools = labeled_pools(program, bench.module, bare, bench.train)
        return labeled_sets(bare, pools, self.k, bench.rng)

    def styles(self, program: Program, address: str, predict: Predict) -> dict[Style, LayoutSlot]:
        """The layouts of one call site by style, its present one first."""
        lm = lm_of(program, address.rpartition(".")[0], predict)
        if lm is None:
            return {}
        named, profile = named_types(program), profile_of(lm)
        outputs = outputs_of(program.signature(predict.signature), strategy_of(predict))
        plainest = default_layout(outputs, named, profile)
        current = predict.settings.layout or plainest
        found = dict.fromkeys([current, *candidate_layouts(outputs, named, profile, wide=self.wide)])
        return {(one.turns, one.fields, one.types, one.reply == plainest.reply): one for one in found}


def rank(program: Program, module: str) -> int:
    """The place of a candidate among the likely ones, by its first call that has a layout."""
    for _, site in sites_with(program, module, "layout"):
        if (layout := site.settings.layout) is not None:
            style = (layout.turns, layout.types, site.settings.nearest is not None)
            return LIKELY.index(style) if style in LIKELY else len(LIKELY)
    return len(LIKELY)
