"""What is tuned when the source names no passes: which passes, in which order, for how much of the budget each, and
when to stop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from lmc.analysis.calls import lm_of, sites
from lmc.evaluate.rows import Row
from lmc.evaluate.statistics import mean
from lmc.ir.program import LMDecl, Program
from lmc.optimize.bench import Bench
from lmc.optimize.demonstrations.demos import demos_of, labeled_pools
from lmc.optimize.knobs import knobs
from lmc.optimize.passes.bootstrap import Bootstrap
from lmc.optimize.passes.calibrate import Calibrate, numbers
from lmc.optimize.passes.demo_search import DemoSearch
from lmc.optimize.passes.ensemble import Ensemble
from lmc.optimize.passes.hyper import Hyper
from lmc.optimize.passes.instructions import Instructions
from lmc.optimize.passes.joint import Joint
from lmc.optimize.passes.knn import Knn
from lmc.optimize.passes.labeled import Labeled
from lmc.optimize.passes.layout import NEAR_ROWS, Layout
from lmc.optimize.passes.reflect import Reflect
from lmc.optimize.passes.strategy import Strategy
from lmc.optimize.places import on_this_machine
from lmc.optimize.tune import PassReport, Policy
from lmc.passes.base import Pass
from lmc.prompts.compile import strategy_of

SOLVED = 0.995
"""A mean score on dev rows from which on there is nothing to gain."""

LEAST_PROPOSALS = 4
"""So many proposals must have been asked for before it can be said that the proposer writes none that can be used."""


class Known(Protocol):
    """What the choice of passes looks at: the module that is tuned, its rows, who teaches, who proposes, and what may
    be spent on all but the sealed rows (None: no limit)."""

    @property
    def module(self) -> str: ...
    @property
    def train(self) -> tuple[Row, ...]: ...
    @property
    def dev(self) -> tuple[Row, ...]: ...
    @property
    def teacher(self) -> str | None: ...
    @property
    def proposer(self) -> LMDecl | None: ...
    @property
    def calls(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Case:
    """What decides which passes are worth it. `runs`: how many runs of the module the budget pays for; `small`: an LM
    on this machine answers, for which the form of a prompt is worth more than its words; `lacking`: rows do not tell
    what every call should give, or another LM or module teaches; `able`: proposals come from another LM than a small
    one."""

    runs: float
    rows: int
    train: int
    small: bool
    lacking: bool
    able: bool
    knobs: bool
    numbers: bool


def case_of(program: Program, known: Known) -> Case:
    """The case of a tuning."""
    found = sites(program, known.module)
    told = labeled_pools(program, known.module, found, known.train[:20])
    lacking = any(address not in told and not demos_of(program, predict) for address, predict in found)
    reasons = any(strategy_of(predict) != "predict" for _, predict in found)
    lms = [lm_of(program, address.rpartition(".")[0], predict) for address, predict in found]
    calls = float("inf") if known.calls is None else known.calls
    return Case(
        calls / max(len(found), 1),
        len(known.train) + len(known.dev),
        len(known.train),
        any(lm is not None and on_this_machine(lm) for lm in lms),
        lacking or reasons or known.teacher is not None,
        known.proposer is not None and not (on_this_machine(known.proposer) and known.proposer in lms),
        bool(knobs(program, known.module)),
        bool(numbers(program, known.module)),
    )


def auto(program: Program, known: Known) -> tuple[Pass, ...]:
    """The passes for a program whose source names none, cheap ones that gain most first. For a small local LM the
    layout comes first, tried with and without labelled demonstrations, since it is worth more than anything else; for
    others labelled demonstrations do, which cost nothing to find. Then the rows most like each input, runs of a
    teacher where rows do not tell what every call should give, and the search over sets of demonstrations. What an LM
    has to propose comes after that, where the budget pays for it and the proposer is no small LM (one that is gets its
    chance where calls abound); then instructions and demonstrations together, and, for many calls, the structure of
    the program. What the source leaves open with `tune` is chosen last, numbers first by the replies that are known."""
    case = case_of(program, known)
    chosen: list[tuple[Pass, bool]] = [
        (Layout(), case.small),
        (Labeled(), True),
        (Layout(), not case.small),
        (Knn(), case.train >= NEAR_ROWS),
        (Bootstrap(), case.lacking),
        (DemoSearch(candidates=16 if case.rows >= FEW else 8), True),
        (Instructions(), case.runs >= (SOME_RUNS if case.able else MANY_RUNS)),
        (Reflect(), case.runs >= (SOME_RUNS if case.able else MANY_RUNS)),
        (Joint(), case.able and case.runs >= MANY_RUNS and case.rows >= FEW),
        (Strategy(), case.able and case.runs >= MOST_RUNS),
        (Ensemble(), case.runs >= MOST_RUNS),
        (Calibrate(), case.numbers),
        (Hyper(), case.knobs),
    ]
    return tuple(one for one, wanted in chosen if wanted)


FEW = 50
"""Of fewer labelled rows a search finds noise."""

SOME_RUNS, MANY_RUNS, MOST_RUNS = 250, 1000, 4000
"""Runs of the module that a budget must pay for before proposals are asked for, before calls abound, and before the
structure of a program is searched (design: the policy by data and budget)."""


@dataclass(frozen=True, slots=True)
class Auto(Policy):
    """Runs the passes of `auto` while they pay: leaves out what asks for proposals when these cannot be used or have
    not won so far, and stops when there is nothing to gain."""

    def skip(self, one: Pass, program: Program, bench: Bench, reports: Sequence[PassReport]) -> str | None:
        """Why a pass is left out."""
        known = [scored.score for scored in bench.known(program).values()]
        rule = bench.rule()
        least = rule.block * rule.minimum_blocks
        if len(known) >= min(2 * least, len(bench.dev)) and mean(known) >= SOLVED:
            return "all rows that were looked at are right: there is nothing to gain"
        if bench.affordable_rows(program) < least + max(least - len(known), 0):
            return "the budget has no room for a race"
        return self.unpaid(one, bench, reports)

    def unpaid(self, one: Pass, bench: Bench, reports: Sequence[PassReport]) -> str | None:
        """Why proposals are not asked for any more."""
        if not getattr(one, "asks", False):
            return None
        if bench.proposals >= LEAST_PROPOSALS and 2 * bench.malformed > bench.proposals:
            return f"{bench.malformed} of {bench.proposals} proposals could not be used"
        asked = [report.outcome for report in reports if report.name in ASKING and report.outcome != "skipped"]
        if len(asked) > 1 and "accepted" not in asked[-2:]:
            return "proposals have not won so far"
        return None

    def share(self, one: Pass, bench: Bench) -> float:
        """The share of what is left that a pass may spend: where runs are few, all of it."""
        return 1.0 if bench.few else SHARES.get(one.name, 1.0)


SHARES = {"layout": 0.6, "knn": 0.5, "bootstrap": 0.4, "demo_search": 0.7, "instructions": 0.4, "reflect": 0.6}
"""Shares of what is left, by pass; the others may spend all of it."""

ASKING = frozenset({"instructions", "reflect", "joint"})
"""Passes that ask an LM for proposals."""
