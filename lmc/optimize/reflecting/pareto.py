"""Fronts over rows: which programs are the best on some row, and which pairs of them can be merged (after GEPA's
reference implementation, gepa 0.1)."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import TypeAlias

from lmc.evaluate.statistics import mean

Texts: TypeAlias = Mapping[str, str]
"""The instruction of each call site, by address."""

ATTEMPTS = 10
"""Pairs that are drawn before a merge is given up, and how often that is done."""


def fronts(scores: Sequence[Sequence[float]]) -> list[set[int]]:
    """For each row the programs that are best on it; `scores` are those of each program on all rows."""
    return [
        {number for number, score in enumerate(column) if score == max(column)} for column in zip(*scores, strict=True)
    ]


def undominated(front: Sequence[Set[int]], scores: Sequence[Sequence[float]]) -> list[set[int]]:
    """The fronts without programs that are needed on no row, since others that stay are as good on each of theirs; the
    worst on the mean go first."""
    met = dict.fromkeys(number for one in front for number in sorted(one))
    left = sorted(met, key=lambda number: mean(scores[number]))
    found = True
    while found:
        found = False
        for number in left:
            others = set(left) - {number}
            if all(one & others for one in front if number in one):
                left.remove(number)
                found = True
                break
    return [set(one) & set(left) for one in front]


def parent_of(scores: Sequence[Sequence[float]], rng: random.Random) -> int:
    """A program drawn from the front, each as likely as the number of rows that it leads on."""
    led = Counter(number for one in undominated(fronts(scores), scores) for number in sorted(one))
    return rng.choice(list(led.elements()))


@dataclass
class Merges:
    """Which merges were made, so that none is made twice."""

    triplets: set[tuple[int, int, int]] = field(default_factory=set)
    made: set[tuple[int, int, tuple[int, ...]]] = field(default_factory=set)


def merge_of(
    texts: Sequence[Texts],
    parents: Sequence[tuple[int, ...]],
    scores: Sequence[Sequence[float]],
    merges: Merges,
    rng: random.Random,
) -> tuple[dict[str, str], tuple[int, int]] | None:
    """A merge of two programs of the front that have a common ancestor which neither is worse than: of each call site
    the instruction of the one that changed it; where both did, that of the better one. None where there is no such
    pair."""
    means = [mean(one) for one in scores]
    front = sorted({number for one in undominated(fronts(scores), scores) for number in one})
    if len(front) < 2 or len(texts) < 3:
        return None
    for _ in range(ATTEMPTS):
        triplet = common_ancestor(texts, parents, means, front, merges, rng)
        if triplet is None:
            continue
        one, other, ancestor = triplet
        merged, taken = merged_texts(texts, means, triplet, rng)
        if (one, other, taken) not in merges.made:
            merges.made.add((one, other, taken))
            merges.triplets.add((one, other, ancestor))
            return merged, (one, other)
    return None


def common_ancestor(
    texts: Sequence[Texts],
    parents: Sequence[tuple[int, ...]],
    means: Sequence[float],
    front: Sequence[int],
    merges: Merges,
    rng: random.Random,
) -> tuple[int, int, int] | None:
    """Two programs of the front, neither made of the other, and one that both were made of."""
    for _ in range(ATTEMPTS):
        one, other = sorted(rng.sample(front, 2))
        mine, theirs = ancestors(parents, one), ancestors(parents, other)
        if other in mine or one in theirs:
            continue
        shared = [
            number
            for number in sorted(mine & theirs)
            if (one, other, number) not in merges.triplets
            and means[number] <= min(means[one], means[other])
            and complementary(texts[number], texts[one], texts[other])
        ]
        if shared:
            weights = [means[number] for number in shared]
            return one, other, rng.choices(shared, weights if sum(weights) else None)[0]
    return None


def ancestors(parents: Sequence[tuple[int, ...]], number: int) -> set[int]:
    """All that a program was made of."""
    found: set[int] = set()
    queue = list(parents[number])
    while queue:
        if (next_one := queue.pop()) not in found:
            found.add(next_one)
            queue += parents[next_one]
    return found


def complementary(ancestor: Texts, one: Texts, other: Texts) -> bool:
    """Whether some call site was changed by one of two alone."""
    return any(
        one[address] != other[address] and ancestor[address] in (one[address], other[address]) for address in ancestor
    )


def merged_texts(
    texts: Sequence[Texts], means: Sequence[float], triplet: tuple[int, int, int], rng: random.Random
) -> tuple[dict[str, str], tuple[int, ...]]:
    """The instructions of a merge, and of which program each is."""
    one, other, ancestor = triplet
    merged, taken = {}, []
    for address, before in texts[ancestor].items():
        mine, theirs = texts[one][address], texts[other][address]
        if mine == theirs or before == theirs:
            source = one
        elif before == mine:
            source = other
        elif means[one] == means[other]:
            source = rng.choice((one, other))
        else:
            source = one if means[one] > means[other] else other
        merged[address] = texts[source][address]
        taken.append(source)
    return merged, tuple(taken)
