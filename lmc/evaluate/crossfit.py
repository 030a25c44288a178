"""What a choice among candidates is worth on rows that it was not made on, where no rows are sealed; calls no LM."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random
from typing import TypeAlias

from lmc.evaluate.statistics import differences

Known: TypeAlias = Sequence[float | None]
"""The scores of a candidate row by row, None where it was dropped before."""

FOLDS = 5
TIMES = 10


def crossfitted(chosen: Sequence[float], written: Sequence[float], others: Sequence[Known], seed: int) -> list[float]:
    """The scores of the chosen program, row by row, less what the choice gained from chance.

    The rows are dealt into folds, several times by the seed. For each fold the best of all candidates on the other rows
    is scored on the fold: cross-fitting. How much lower that is than the best on all rows is by how much the choice
    flatters itself (Tibshirani and Tibshirani 2009), and comes off the scores of what was chosen; nothing does where it
    is not lower. On rows that a candidate did not see it counts as the program as written, so that those dropped after
    few rows, one of which luck would have taken further, are reckoned with (Tsamardinos et al. 2018 reckon with what
    was not dropped).

    All have the same rows, at least one. Takes time linear in rows times candidates.
    """
    full = [[base if score is None else score for score, base in zip(one, written, strict=True)] for one in others]
    pool = [list(scores) for scores in dict.fromkeys(map(tuple, (written, chosen, *full)))]
    best = max(pool, key=math.fsum)
    totals = [math.fsum(scores) for scores in pool]
    random, order = Random(seed), list(range(len(written)))
    found = [0.0] * len(order)
    for _ in range(TIMES):
        random.shuffle(order)
        for start in range(min(FOLDS, len(order))):
            fold = order[start::FOLDS]
            inside = [math.fsum(scores[row] for row in fold) for scores in pool]
            outside = differences(totals, inside)
            picked = pool[outside.index(max(outside))]
            for row in fold:
                found[row] += picked[row]
    flattery = differences(best, [total / TIMES for total in found])
    return differences(chosen, flattery) if math.fsum(flattery) > 0 else list(chosen)
