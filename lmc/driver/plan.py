"""What runs and tunings can take at most, before anything is spent."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from lmc.analysis.calls import most_calls, sites, worst_cost
from lmc.driver.checks import template_characters
from lmc.evaluate.rows import Roles
from lmc.ir.program import Optimize, Program
from lmc.prompts.compile import templates

INPUT_ROOM = 2000
"""Characters that an input is taken to have where no data say how long they are."""


@dataclass(frozen=True, slots=True)
class SitePlan:
    """A call site: the most calls that one run makes of it, and about how many tokens each takes in and gives out at
    most."""

    address: str
    lm: str
    calls: int
    prompt_tokens: int
    reply_tokens: int


@dataclass(frozen=True, slots=True)
class RunPlan:
    """One run of a module: the most LM calls that it makes, and about the most tokens. Branches exclude one another,
    so the call sites' own counts may add up to more."""

    module: str
    calls: int
    tokens: int
    sites: tuple[SitePlan, ...]


@dataclass(frozen=True, slots=True)
class TunePlan:
    """One tuning: its rows by role, its budget in calls (None: none), the calls of those that are kept for the
    sealed rows, and the most that it can make."""

    module: str
    passes: tuple[str, ...]
    train: int
    dev: int
    test: int
    budget: int | None
    sealed_calls: int

    @property
    def calls(self) -> int | None:
        """The most LM calls of the whole tuning; None when nothing limits it."""
        return self.budget


def plan_run(program: Program, module: str) -> RunPlan:
    """The plan of one run of a module."""
    found = templates(program)
    attempts = {address: template["attempts"] for address, template in found.items()}
    counts = most_calls(program, module, attempts)
    plans = []
    for address, predict in sites(program, module):
        if address in found:
            template = found[address]
            characters = template_characters(template) + INPUT_ROOM * len(predict.arguments)
            size = (characters + 3) // 4
            plans.append(
                SitePlan(address, template["lm"], counts.get(address, 0), size, template["options"]["max_tokens"])
            )
    tokens = {one.address: attempts[one.address] * (one.prompt_tokens + one.reply_tokens) for one in plans}
    calls = worst_cost(program, module, attempts)
    return RunPlan(module, int(calls), int(worst_cost(program, module, tokens)), tuple(plans))


def plan_tuning(
    program: Program, optimize: Optimize, roles: Roles, passes: tuple[str, ...], sealed_calls: int
) -> TunePlan:
    """The plan of one tuning."""
    sizes = len(roles.train), len(roles.dev), len(roles.test)
    return TunePlan(optimize.module, passes, *sizes, optimize.budget.calls, sealed_calls)


def as_json(plan: RunPlan | TunePlan) -> dict[str, Any]:
    """The plan for programs that read it."""
    return {**asdict(plan), "calls": plan.calls}
