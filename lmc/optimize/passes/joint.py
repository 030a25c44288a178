"""Instructions, demonstrations and settings of all calls, chosen together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from lmc.evaluate.rows import Roles
from lmc.ir.patch import apply_patch
from lmc.ir.program import Demo, Program, Settings
from lmc.optimize.base import OptimizerPass, OutOfBudget, Work
from lmc.optimize.bench import Bench
from lmc.optimize.demonstrations.demos import demos_of
from lmc.optimize.demonstrations.fewshot import FewShot
from lmc.optimize.demonstrations.pools import Sets, drawn_sets, lacking, open_sites, pooled
from lmc.optimize.demonstrations.single import search_single
from lmc.optimize.knobs import Knob, knobs
from lmc.optimize.passes.bootstrap import Bootstrap
from lmc.optimize.places import sites_with
from lmc.optimize.proposing.grounding import grounded_for_all
from lmc.optimize.proposing.minibatch import SIZES, most_minibatch, search_minibatches
from lmc.optimize.study import Search, Values, explore, final, roomy
from lmc.optimize.trial import Axis

Instructions = Mapping[str, tuple[str | None, ...]]
"""For call sites, by address, the instructions to choose from; None: as it is now, which is the first."""


@dataclass(frozen=True)
class Joint(OptimizerPass):
    """Searches for every call site an instruction out of `instructions` proposals and its own, a set of at most `k`
    demonstrations out of `sets`, and (`hyper`) a value for all that the source leaves open with `tune`, all together:
    `trials` programs, proposed by TPE, each run on at most `rows` dev rows in blocks that all share, and stopped as
    soon as a test says that it is worse than the best so far. The two best are run on all dev rows. Sets are drawn
    from what the program has, from the train rows, and from runs of the teacher on at most `taught` of them where the
    rows do not tell what every call should give. With `instructions: 0` it searches demonstrations alone, as DSPy's
    BootstrapFewShotWithOptuna does, whose own procedure `mode: "optuna"` follows to the letter: `trials` times one of
    at most `k` demonstrations for each call.

    After MIPROv2 (Opsahl-Ong et al. 2024), whose own procedure the modes `light`, `medium` and `heavy` follow to the
    letter: with random minibatches of 35 rows, and after every fifth the leading program on all rows."""

    name: ClassVar[str] = "joint"
    mode: Literal["blocks", "light", "medium", "heavy", "optuna"] = "blocks"
    instructions: Annotated[int, Field(ge=0, le=64)] = 5
    sets: Annotated[int, Field(ge=1, le=64)] = 6
    k: Annotated[int, Field(ge=1, le=64)] = 4
    trials: Annotated[int, Field(ge=2, le=1000)] = 32
    rows: Annotated[int, Field(ge=8)] = 64
    taught: Annotated[int, Field(ge=1)] = 32
    hyper: bool = True

    @property
    def asks(self) -> bool:
        """Unless it proposes nothing."""
        return self.instructions > 0 and self.mode != "optuna"

    def run(self, program: Program, bench: Bench) -> Program:
        """The program with what was best together."""
        if self.mode == "optuna":
            return search_single(program, bench, self.trials, FewShot(self.k))
        if self.mode != "blocks":
            return search_minibatches(program, bench, SIZES[self.mode], self.proposed)
        sets, instructions = self.demonstrations(program, bench), self.proposed(program, bench, self.instructions)
        axes, open_ = self.axes(sets, instructions), knobs(program, bench.module) if self.hyper else []
        if not axes and not open_:
            bench.listen("skip", reason="there is nothing to choose from")
            return program
        rows, reserve = roomy(bench, program, self.rows)
        if not rows:
            bench.listen("skip", reason="the budget has no room for a search")
            return program
        search = Search(
            "joint",
            (*axes, *(knob.axis for knob in open_)),
            lambda values: put_together(program, values, sets, instructions, open_),
            (
                {
                    **dict.fromkeys((axis.name for axis in axes), 0),
                    **{one.axis.name: one.held(program) for one in open_},
                },
            ),
            self.trials,
            rows,
            reserve,
        )
        return final(explore(bench, search), bench) or program

    def most_work(self, program: Program, module: str, roles: Roles) -> Work | None:
        """Every trial on all of its rows, two on all dev rows, the teacher's runs, and the proposals."""
        meta = (self.instructions + 2) * len(sites_with(program, module, "instruction")) if self.instructions else 0
        if self.mode == "optuna":
            return Work(runs=self.trials * len(roles.dev), taught=len(roles.train))
        if self.mode != "blocks":
            return most_minibatch(SIZES[self.mode], program, module, roles, meta)
        dev = len(roles.dev)
        taught = min(self.taught, len(roles.train))
        return Work(runs=self.trials * min(self.rows, dev) + 2 * dev, taught=taught, meta=meta)

    def demonstrations(self, program: Program, bench: Bench) -> dict[str, Sets]:
        """For each call site the sets to choose from, what it has being the first."""
        more: dict[str, list[Demo]] = {}
        if lacking(program, bench):
            more = Bootstrap(k=2 * self.k, rows=self.taught).traces(program, bench)
        pools = pooled(program, bench, {address: tuple(found) for address, found in more.items()})
        own = {address: demos_of(program, predict) for address, predict in open_sites(program, bench.module)}
        sets = {
            address: drawn_sets(pool, own[address], self.k, self.sets, bench, f"joint/{address}")
            for address, pool in pools.items()
        }
        return {address: found for address, found in sets.items() if len(found) > 1}

    def proposed(self, program: Program, bench: Bench, count: int) -> Instructions:
        """For each call site the instructions to choose from, where there are any besides its own."""
        if not count or bench.meta is None:
            return {}
        places = [address for address, _ in sites_with(program, bench.module, "instruction")]
        while places:
            try:
                found = grounded_for_all(program, bench, places, count, "joint")
                return {address: (None, *texts) for address, texts in found.items() if texts}
            except OutOfBudget:
                bench.listen("skip", reason=f"the budget has no room for proposals for `{places.pop()}`")
        return {}

    def axes(self, sets: Mapping[str, Sets], instructions: Instructions) -> list[Axis]:
        """What is chosen: for each call the number of an instruction and that of a set."""
        counts = [(f"{address}.instruction", len(found)) for address, found in instructions.items()]
        counts += [(f"{address}.demos", len(found)) for address, found in sets.items()]
        return [Axis(name, tuple(range(count))) for name, count in counts]


def put_together(
    program: Program, values: Values, sets: Mapping[str, Sets], instructions: Instructions, open_: Sequence[Knob]
) -> Program:
    """The program with what values say of instructions, sets and settings."""
    for knob in open_:
        program = knob.put(program, values[knob.axis.name])
    chosen: dict[str, Settings] = {}
    for address in {**sets, **instructions}:
        told = instructions[address][number(values, address, "instruction")] if address in instructions else None
        shown = sets[address][number(values, address, "demos")] if address in sets else None
        chosen[address] = Settings(instruction=told, demos=shown)
    return apply_patch(program, chosen)


def number(values: Values, address: str, name: str) -> int:
    """The number that values say."""
    found = values[f"{address}.{name}"]
    assert isinstance(found, int)
    return found
