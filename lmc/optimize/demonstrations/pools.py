"""What there is to choose demonstrations from, for each call site, and sets of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from lmc.ir.program import Demo, Predict, Program
from lmc.optimize.bench import Bench
from lmc.optimize.demonstrations.demos import Pools, balanced, demos_of, labeled_pools, random_set, typical
from lmc.optimize.places import sites_with
from lmc.prompts.compile import strategy_of

Sets = tuple[tuple[Demo, ...], ...]
"""Sets of demonstrations."""


def open_sites(program: Program, module: str) -> list[tuple[str, Predict]]:
    """The call sites whose demonstrations are the same for all inputs, and may be others."""
    found = sites_with(program, module, "demos")
    return [(address, predict) for address, predict in found if predict.settings.nearest is None]


def pooled(program: Program, bench: Bench, more: Pools | None = None) -> dict[str, tuple[Demo, ...]]:
    """For each call site that there is something for: the demonstrations that it has, then `more` (out of runs), then
    the train rows that tell what it takes and gives; of one row once."""
    found = open_sites(program, bench.module)
    labeled = labeled_pools(program, bench.module, found, bench.train)
    pools = {}
    for address, predict in found:
        pool = merged(demos_of(program, predict), (more or {}).get(address, ()))
        pool = merged(pool, labeled.get(address, ()))
        if pool:
            pools[address] = pool
    return pools


def about_tokens(demo: Demo) -> int:
    """About how many tokens a demonstration takes in a prompt: one for four characters of its values and of what
    failed before, as plans reckon."""
    values = [value for _, value in (*demo.inputs, *demo.outputs)]
    texts = [one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in values]
    return sum((len(text) + 3) // 4 for text in (*texts, *(part for failure in demo.failures for part in failure)))


def within(demos: Iterable[Demo], tokens: int | None) -> tuple[Demo, ...]:
    """The demonstrations, those left out that would take the set beyond so many tokens (None: no limit)."""
    if tokens is None:
        return tuple(demos)
    kept, total = [], 0
    for demo in demos:
        if total + (size := about_tokens(demo)) <= tokens:
            kept.append(demo)
            total += size
    return tuple(kept)


def merged(own: Sequence[Demo], more: Sequence[Demo]) -> tuple[Demo, ...]:
    """Both, without those of `more` whose row is among `own` already."""
    origins = {demo.origin for demo in own}
    return (*own, *(demo for demo in more if demo.origin not in origins))


def drawn_sets(pool: Sequence[Demo], own: Sequence[Demo], k: int, count: int, bench: Bench, name: str) -> Sets:
    """So many sets of at most `k`, each once: what there is, the one that stands best for all of the pool, and others
    drawn at random, balanced by label; fewer where the pool does not give as many."""
    rng = bench.rng(name)
    found: dict[tuple[Demo, ...], None] = {tuple(own): None, balanced(pool, k, rng): None}
    groups = typical(pool)
    for _ in range(4 * count):
        if len(found) >= count:
            break
        found.setdefault(random_set(groups, k, rng))
    return tuple(found)[:count]


def lacking(program: Program, bench: Bench) -> bool:
    """Whether some call has no demonstrations and no train row tells what it should give, or it reasons, which rows do
    not tell: runs can show that."""
    found = open_sites(program, bench.module)
    labeled = labeled_pools(program, bench.module, found, bench.train[:20])
    return any(
        not demos_of(program, predict) and (address not in labeled or strategy_of(predict) != "predict")
        for address, predict in found
    )
