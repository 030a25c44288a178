"""Demonstrations one by one: each step adds the one that mends most."""

from __future__ import annotations

from dataclasses import dataclass

from lmc.evaluate.rows import Row
from lmc.evaluate.scoring import Scored
from lmc.ir.patch import apply_patch
from lmc.ir.program import Demo, Program, Settings
from lmc.optimize.base import OutOfBudget
from lmc.optimize.bench import Bench
from lmc.optimize.demonstrations.demos import Pools, demos_of
from lmc.optimize.demonstrations.pools import about_tokens, open_sites

PROBES = 16
"""Rows on which every candidate of a step is tried: those that the program gets wrong first."""


def most_steps(sites: int, k: int, pool: int, dev: int) -> int:
    """The most runs of a search: the program on all rows, then for every step all of the pools on the probes, the best
    one on all rows."""
    return dev + sites * k * (sites * pool * min(PROBES, dev) + dev)


@dataclass(frozen=True, slots=True)
class Step:
    """A demonstration that may be added to a call, and the program with it."""

    address: str
    demo: Demo
    program: Program


def grown(program: Program, pools: Pools, k: int, tokens: int | None, bench: Bench) -> Program:
    """The program with more demonstrations, at most `k` and about `tokens` tokens for each call: those that mend most
    of its failures on dev rows, one after the other. A step tries every demonstration on `PROBES` rows, on failures
    first and then on as many successes, so that one that spoils as much as it mends is not taken; the best is scored
    on all dev rows and stays if the sum of scores rises. Ends when none helps, or the budget has no room for more."""
    try:
        current = bench.results([program], bench.dev)[0]
        while steps := possible(program, pools, k, tokens, bench):
            rows = probes(bench.dev, current)
            found = bench.results([one.program for one in steps], rows, incumbent=program)
            before = total(current, bench.dev, rows)
            gains = [sum(one.score for one in results) - before for results in found]
            best = steps[gains.index(max(gains))]
            if max(gains) <= 0:
                break
            after = bench.results([best.program], bench.dev, incumbent=program)[0]
            better = sum(one.score for one in after) > sum(one.score for one in current)
            bench.tried(
                best.program, program, "kept" if better else "dropped", bench.dev, f"one more for {best.address}"
            )
            if not better:
                pools = {
                    address: tuple(one for one in pool if (address, one) != (best.address, best.demo))
                    for address, pool in pools.items()
                }
                continue
            program, current = best.program, after
    except OutOfBudget:
        bench.listen("skip", reason="the budget has no room for more demonstrations")
    return program


def possible(program: Program, pools: Pools, k: int, tokens: int | None, bench: Bench) -> list[Step]:
    """The steps that there are: each demonstration of a pool that the call does not have, where it has room."""
    steps = []
    for address, predict in open_sites(program, bench.module):
        own = demos_of(program, predict)
        room = None if tokens is None else tokens - sum(map(about_tokens, own))
        for demo in pools.get(address, ()) if len(own) < k else ():
            if demo not in own and (room is None or about_tokens(demo) <= room):
                steps.append(Step(address, demo, apply_patch(program, {address: Settings(demos=(*own, demo))})))
    return steps


def probes(rows: tuple[Row, ...], current: list[Scored]) -> list[Row]:
    """The rows that a step is tried on: of failures at most three quarters, then successes, in the order of rows."""
    failed = [row for row, one in zip(rows, current, strict=True) if one.score < 1]
    right = [row for row in rows if row not in failed]
    most = max(3 * PROBES // 4, PROBES - len(right))
    chosen = failed[:most]
    return chosen + right[: PROBES - len(chosen)]


def total(current: list[Scored], rows: tuple[Row, ...], chosen: list[Row]) -> float:
    """The sum of scores on chosen rows."""
    return sum(one.score for row, one in zip(rows, current, strict=True) if row in chosen)
