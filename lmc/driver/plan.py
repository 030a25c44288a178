"""What runs and tunings can take at most, before anything is spent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from lmc.analysis.calls import most_calls, most_uses, scoring_cost, sites, worst_cost
from lmc.driver.inputs import proposer_of
from lmc.driver.worst import answering, attempts_of, most_reply, most_tokens, reserved_calls
from lmc.evaluate.rows import Roles
from lmc.ir.program import LMDecl, Optimize, Program
from lmc.ir.walk import predictors
from lmc.prompts import templates
from lmc.prompts.size import template_characters

if TYPE_CHECKING:
    from lmc.passes.base import Pass

INPUT_ROOM = 2000
"""Characters that an input is taken to have in estimates."""


@dataclass(frozen=True, slots=True)
class SitePlan:
    """A call site: the most calls that one run makes of it, about how many tokens each takes in, how many it gives out
    at most, and the most of both together."""

    address: str
    lm: str
    calls: int
    prompt_tokens: int
    reply_tokens: int
    most_tokens: int


@dataclass(frozen=True, slots=True)
class RunPlan:
    """One run of a module: the most LM calls that it makes, tokens that it takes and US dollars that it costs (None
    where no price is known to be asked for), about how many tokens it takes with inputs of usual length, and the most
    uses of what is outside. Branches exclude one another, so the call sites' own counts may add up to more."""

    module: str
    calls: int
    tokens: int
    dollars: float
    about_tokens: int
    sites: tuple[SitePlan, ...]
    uses: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class StepPlan:
    """A pass, with the race against what was there before, or the sealed rows at the end: the most LM calls that it
    makes. None: its pass does not say."""

    name: str
    calls: int | None


@dataclass(frozen=True, slots=True)
class TunePlan:
    """One tuning: its rows by role (`left_out`: train rows are dev rows too), its budget in calls (None: none), the
    calls of those that are kept for the sealed rows, each step, and the most calls, tokens and dollars of the whole
    (None: nothing limits them)."""

    module: str
    profile: str
    passes: tuple[str, ...]
    train: int
    dev: int
    test: int
    left_out: bool
    budget: int | None
    sealed_calls: int
    steps: tuple[StepPlan, ...]
    calls: int | None
    tokens: int | None
    dollars: float | None

    @property
    def rows(self) -> str:
        """The rows in words."""
        if self.left_out:
            return f"{self.train}, each left out of the prompts that it is scored with"
        return f"{self.train} train, {self.dev} dev, {self.test} sealed"


def plan_run(program: Program, module: str, priced: bool = True) -> RunPlan:
    """The plan of one run of a module. `priced`: with what it costs; for that litellm's table may be loaded."""
    found = templates(program)
    attempts = attempts_of(program, found)
    counts = most_calls(program, module, attempts)
    plans = []
    for address, predict in sites(program, module):
        if address in found:
            template = found[address]
            characters = template_characters(template) + INPUT_ROOM * len(predict.arguments)
            plans.append(
                SitePlan(
                    address,
                    template["lm"],
                    counts.get(address, 0),
                    (characters + 3) // 4,
                    template["options"]["max_tokens"],
                    most_tokens(program, address.rpartition(".")[0], predict, template),
                )
            )
    about = {one.address: attempts[one.address] * (one.prompt_tokens + one.reply_tokens) for one in plans}
    return RunPlan(
        module,
        int(worst_cost(program, module, attempts)),
        int(worst_cost(program, module, token_weights(program))),
        worst_cost(program, module, dollar_weights(program)) if priced else 0.0,
        int(worst_cost(program, module, about)),
        tuple(plans),
        tuple(most_uses(program, module).items()),
    )


def call_weights(program: Program) -> dict[str, float]:
    """The most calls that one evaluation of each site makes, by address."""
    return dict(attempts_of(program, templates(program)))


def token_weights(program: Program) -> dict[str, float]:
    """The most tokens that one evaluation of each site takes, by address."""
    found = templates(program)
    attempts = attempts_of(program, found)
    return {
        address: attempts[address] * most_tokens(program, module.name, predict, found[address])
        for module, predict in predictors(program)
        if (address := f"{module.name}.{predict.site}") in found
    }


def dollar_weights(program: Program) -> dict[str, float]:
    """The most US dollars that one evaluation of each site costs, by address: of its LMs the dearest counts, and the
    dearer of its two prices for every token of the prompt but those of the reply."""
    from lmc.lm.open import price

    found = templates(program)
    attempts = attempts_of(program, found)
    prices: dict[str, tuple[float, float]] = {}
    weights: dict[str, float] = {}
    for module, predict in predictors(program):
        address = f"{module.name}.{predict.site}"
        if address not in found:
            continue
        lms = answering(program, module.name, predict)
        for lm in lms:
            if lm.name not in prices:
                prices[lm.name] = price(lm)
        prompts, replies = (max((prices[lm.name][side] for lm in lms), default=0.0) for side in (0, 1))
        most = most_tokens(program, module.name, predict, found[address])
        reply = min(most_reply(predict, found[address]), most)
        weights[address] = attempts[address] * ((most - reply) * prompts + reply * max(prompts, replies)) / 1e6
    return weights


def plan_tuning(
    program: Program,
    optimize: Optimize,
    roles: Roles,
    passes: Sequence[Pass],
    overrides: Mapping[str, str] | None = None,
    priced: bool = True,
) -> TunePlan:
    """The plan of one tuning by the passes. `overrides` are the project's own meta-prompts."""
    from lmc.optimize.base import OptimizerPass

    sizes = len(roles.train), len(roles.dev), len(roles.test)
    final = len(roles.test) or len(roles.dev)
    limits = optimize.budget

    def each(weights: dict[str, float]) -> tuple[float, float]:
        judged = scoring_cost(program, optimize.metric, weights)
        teacher = optimize.teacher if any(one.name == optimize.teacher for one in program.modules) else None
        own = worst_cost(program, optimize.module, weights) + judged
        taught = own if teacher is None else worst_cost(program, teacher, weights) + judged
        return own, taught

    proposer = proposer_of(program, optimize)
    asked = most_meta(proposer, passes, overrides or {})

    def steps(weights: dict[str, float], meta: float) -> list[float | None]:
        own, taught = each(weights)
        counts: list[float | None] = []
        for one in passes:
            work = one.most_work(program, optimize.module, roles) if isinstance(one, OptimizerPass) else None
            if work is None:
                counts.append(None)
                continue
            race = 2 * len(roles.dev) * own * work.dearer
            counts.append(work.runs * own * work.dearer + work.taught * taught + work.meta * meta + race)
            own *= work.dearer
        return [*counts, 2 * final * own]

    def whole(weights: dict[str, float], meta: float) -> float | None:
        found = steps(weights, meta)
        return None if None in found else sum(one for one in found if one is not None)

    calls = steps(call_weights(program), asked.calls)
    most = whole(call_weights(program), asked.calls)
    names = (*(one.name for one in passes), "sealed rows" if roles.test else "dev rows")
    shown = tuple(
        StepPlan(name, capped(None if count is None else int(count), limits.calls))
        for name, count in zip(names, calls, strict=True)
    )
    bound = capped(None if most is None else int(most), limits.calls)
    tokens = lesser(
        whole(token_weights(program), asked.tokens),
        bound,
        max(dearest_call(program, token_weights(program)), asked.tokens / max(asked.calls, 1)),
    )
    dollars = None
    if priced:
        from lmc.lm.open import price

        weights = dollar_weights(program)
        meta = asked.dollars(price(proposer)) if asked.calls else 0.0
        each_meta = meta / max(asked.calls, 1)
        dollars = lesser(whole(weights, meta), bound, max(dearest_call(program, weights), each_meta))
    return TunePlan(
        optimize.module,
        optimize.profile,
        tuple(one.name for one in passes),
        *sizes,
        roles.left_out,
        limits.calls,
        reserved_calls(program, optimize.module, len(roles.test), optimize.metric),
        shown,
        bound,
        capped(None if tokens is None else int(tokens), limits.tokens),
        dollars if limits.dollars is None else limits.dollars if dollars is None else min(dollars, limits.dollars),
    )


@dataclass(frozen=True, slots=True)
class MetaCost:
    """The most that one run of a meta-prompt takes: calls, and tokens of all of them together."""

    calls: int
    tokens: int

    def dollars(self, price: tuple[float, float]) -> float:
        """What that costs at most, by the prices of prompts and replies in US dollars per million tokens."""
        return self.tokens * max(price) / 1e6


def most_meta(proposer: LMDecl, passes: Sequence[Pass], overrides: Mapping[str, str]) -> MetaCost:
    """The most that one run of any meta-prompt takes; nothing where no pass has any."""
    from lmc.optimize.base import OptimizerPass
    from lmc.optimize.meta import ENTRY, MetaPrompts, meta_names
    from lmc.prompts.profile import profile_of

    if not any(isinstance(one, OptimizerPass) and one.asks for one in passes):
        return MetaCost(0, 0)
    prompts = MetaPrompts(proposer, overrides)
    programs = [prompts.program(name) for name in meta_names()]
    calls = max(int(worst_cost(one, ENTRY, call_weights(one))) for one in programs)
    return MetaCost(calls, calls * profile_of(proposer).context)


def dearest_call(program: Program, weights: dict[str, float]) -> float:
    """The most that one call of any site costs; `weights` are those of all its attempts."""
    attempts = call_weights(program)
    return max((weight / attempts[address] for address, weight in weights.items()), default=0.0)


def lesser(total: float | None, calls: int | None, each: float) -> float | None:
    """The lesser of a total and so many calls at the price of the dearest; None where there is neither."""
    if calls is None:
        return total
    return calls * each if total is None else min(total, calls * each)


def capped(count: int | None, limit: int | None) -> int | None:
    """The lesser of a count and a limit; None where there is neither."""
    return limit if count is None else count if limit is None else min(count, limit)


def as_json(plan: RunPlan | TunePlan) -> dict[str, Any]:
    """The plan for programs that read it."""
    found = asdict(plan)
    if isinstance(plan, RunPlan):
        found["uses"] = dict(plan.uses)
    return found
