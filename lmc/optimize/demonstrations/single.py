"""BootstrapFewShotWithOptuna's own procedure, to the letter: one demonstration for each call."""

from __future__ import annotations

from lmc.evaluate.statistics import mean
from lmc.ir.program import Program
from lmc.optimize.base import OutOfBudget
from lmc.optimize.bench import Bench
from lmc.optimize.demonstrations.demos import demos_of
from lmc.optimize.demonstrations.fewshot import FewShot, reset, with_demos
from lmc.optimize.demonstrations.pools import open_sites
from lmc.optimize.study import OneByOne
from lmc.optimize.trial import Axis


def search_single(program: Program, bench: Bench, trials: int, options: FewShot) -> Program:
    """Of the demonstrations that BootstrapFewShot finds, TPE chooses one for every call, `trials` times; the program of
    the highest mean on all dev rows, the first of equals. The original's sampler has no seed; this one has the
    tuning's."""
    bare = reset(program, bench)
    found = options.compiled(bare, bench, bench.train)
    pools = {
        address: shown for address, predict in open_sites(found, bench.module) if (shown := demos_of(found, predict))
    }
    if not pools or not bench.dev:
        return program
    axes = {address: Axis(f"demo_index_for_{address}", None, 0, len(shown) - 1) for address, shown in pools.items()}
    study = OneByOne(bench.seed, tuple(axes.values()), multivariate=False)
    best, best_score = program, -1.0
    for _ in range(trials):
        trial, values = study.ask()
        one = with_demos(bare, {name: (pools[name][values[axis.name]],) for name, axis in axes.items()})
        try:
            score = mean([result.score for result in bench.results([one], bench.dev)[0]])
        except OutOfBudget:
            bench.listen("skip", reason="the budget has no room for all of the original's procedure")
            break
        bench.tried(one, None, "kept" if score > best_score else "dropped", bench.dev)
        if score > best_score:
            best, best_score = one, score
        study.tell(trial, round(100 * score, 2))
    bench.studies.append(study.record(f"{bench.stage or 'joint'} {len(bench.studies) + 1}"))
    return best
