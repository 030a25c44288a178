"""Searches which demonstrations serve best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from lmc.evaluate.race import evaluations
from lmc.evaluate.rows import Roles
from lmc.ir.patch import apply_patch
from lmc.ir.program import Demo, Program, Settings
from lmc.optimize.base import OptimizerPass, Work
from lmc.optimize.bench import Bench
from lmc.optimize.demonstrations.demos import Pools, balanced, demos_of, random_set, typical
from lmc.optimize.demonstrations.fewshot import FewShot, search_sets
from lmc.optimize.demonstrations.greedy import grown, most_steps
from lmc.optimize.demonstrations.pools import open_sites, pooled, within
from lmc.optimize.study import Search, Values, explore, final, roomy
from lmc.optimize.trial import Axis


@dataclass(frozen=True)
class DemoSearch(OptimizerPass):
    """Searches sets of at most `k` demonstrations, of about `tokens` tokens at most for each call (0: no limit), among
    the train rows and the demonstrations that the program has. Calls that choose their demonstrations for each input
    keep them.

    - `mode: "random"`: draws label-balanced sets, `candidates` in all with the program itself, and lets successive
      halving choose (on 16, 32, 64 and all dev rows; Jamieson and Talwalkar 2016).
    - `mode: "tpe"`: for each call and each of its `pool` most typical demonstrations, whether it is shown: `candidates`
      programs proposed by TPE (Bergstra et al. 2011), each run on at most 64 dev rows and stopped as soon as a test
      says that it is worse than the best so far; the two best are run on all dev rows.
    - `mode: "greedy"`: step by step adds, of `pool` demonstrations, the one that mends most of what the program gets
      wrong on dev rows and spoils least, at most `k` for each call.

    After DSPy's BootstrapFewShotWithRandomSearch, which scores every set on every row: with `exact` it follows the
    procedure of that to the letter, `k` being `max_bootstrapped_demos`, `labeled` `max_labeled_demos` and `candidates`
    `num_candidate_programs`, to which it adds three (no demonstrations, labelled ones, and rows in their order)."""

    name: ClassVar[str] = "demo_search"
    mode: Literal["random", "tpe", "greedy"] = "random"
    candidates: Annotated[int, Field(ge=2, le=256)] = 16
    k: Annotated[int, Field(ge=1, le=64)] = 8
    tokens: Annotated[int, Field(ge=0)] = 0
    pool: Annotated[int, Field(ge=2, le=64)] = 16
    exact: bool = False
    labeled: Annotated[int, Field(ge=0, le=64)] = 16

    @property
    def trusted(self) -> bool:
        """The best of many sets seldom does harm."""
        return True

    def run(self, program: Program, bench: Bench) -> Program:
        """The program with the set that won."""
        if self.exact:
            return self.every_set(program, bench)
        pools = pooled(program, bench)
        count, rows = bench.affordable_search(self.candidates, program, min(3, self.candidates))
        if not pools or not count:
            why = "there is nothing to choose from" if not pools else "the budget has no room for a search"
            bench.listen("skip", reason=why)
            return program
        match self.mode:
            case "random":
                return bench.best(self.drawn(program, pools, count, bench), rows) or program
            case "tpe":
                return self.proposed(program, pools, bench)
            case "greedy":
                shortlist = {address: self.shortlist(address, pool, bench) for address, pool in pools.items()}
                return grown(program, shortlist, self.k, self.limit, bench)

    def most_work(self, program: Program, module: str, roles: Roles) -> Work | None:
        """Successive halving of its candidates; every trial on its rows; or a race of all of the pool for every
        step."""
        dev, train = len(roles.dev), len(roles.train)
        if self.exact:
            return Work(runs=(self.candidates + 3) * dev, taught=(self.candidates + 1) * train)
        match self.mode:
            case "random":
                return Work(runs=evaluations(self.candidates, dev))
            case "tpe":
                return Work(runs=self.candidates * min(64, dev) + 2 * dev)
            case "greedy":
                return Work(runs=most_steps(len(open_sites(program, module)), self.k, self.pool, dev))

    @property
    def limit(self) -> int | None:
        """The most tokens of the demonstrations of a call."""
        return self.tokens or None

    def drawn(self, program: Program, pools: Pools, count: int, bench: Bench) -> list[Program]:
        """The program itself and others with sets drawn at random, `count` in all."""
        rng = bench.rng("demo_search")
        groups = {address: typical(pool) for address, pool in pools.items()}
        candidates = [program]
        for _ in range(count - 1):
            sets = {address: random_set(group, self.k, rng) for address, group in groups.items()}
            candidates.append(with_sets(program, {name: within(one, self.limit) for name, one in sets.items()}))
        return candidates

    def shortlist(self, address: str, pool: Sequence[Demo], bench: Bench) -> tuple[Demo, ...]:
        """The demonstrations of a pool that together stand best for it."""
        return balanced(pool, self.pool, bench.rng(f"demo_search/{address}"))

    def proposed(self, program: Program, pools: Pools, bench: Bench) -> Program:
        """The best of the programs that a sampler proposes: for each call a ranked list of demonstrations, of which
        the first `k` are shown that are not left out."""
        ranked = {address: self.ranked(program, address, pool, bench) for address, pool in pools.items()}
        axes = [
            Axis(f"{address}.{place}", (False, True)) for address, pool in ranked.items() for place in range(len(pool))
        ]

        def make(values: Values) -> Program:
            sets = {
                address: [demo for place, demo in enumerate(pool) if values[f"{address}.{place}"]][: self.k]
                for address, pool in ranked.items()
            }
            return with_sets(program, {address: within(one, self.limit) for address, one in sets.items()})

        own = {address: demos_of(program, predict) for address, predict in open_sites(program, bench.module)}
        sets = [own] + [
            {
                address: random_set(typical(pool), self.k, bench.rng(f"demo_search/first/{number}/{address}"))
                for address, pool in ranked.items()
            }
            for number in range(4)
        ]
        first = tuple(
            {
                f"{address}.{place}": demo in one[address]
                for address, pool in ranked.items()
                for place, demo in enumerate(pool)
            }
            for one in sets
        )
        rows, reserve = roomy(bench, program, 64)
        if not rows:
            bench.listen("skip", reason="the budget has no room for a search")
            return program
        search = Search("demo_search", tuple(axes), make, first, self.candidates, rows, reserve)
        return final(explore(bench, search), bench) or program

    def ranked(self, program: Program, address: str, pool: Sequence[Demo], bench: Bench) -> tuple[Demo, ...]:
        """The demonstrations that a call has, then the others of the shortlist."""
        own = demos_of(program, dict(open_sites(program, bench.module))[address])
        rest = [demo for demo in self.shortlist(address, pool, bench) if demo not in own]
        return (*own, *rest)[: max(self.pool, len(own))]

    def every_set(self, program: Program, bench: Bench) -> Program:
        """BootstrapFewShotWithRandomSearch: of all programs the first of the highest mean on all dev rows."""
        found = search_sets(program, bench, self.candidates, FewShot(self.k, self.labeled))
        if not bench.dev:
            return program
        means = [sum(one.score for one in results) for results in bench.results(found, bench.dev)]
        for one, total in zip(found, means, strict=True):
            bench.tried(one, None, "kept" if total == max(means) else "dropped", bench.dev)
        return found[means.index(max(means))]


def with_sets(program: Program, sets: Mapping[str, Sequence[Demo]]) -> Program:
    """The program with other demonstrations."""
    return apply_patch(program, {address: Settings(demos=tuple(found)) for address, found in sets.items()})
