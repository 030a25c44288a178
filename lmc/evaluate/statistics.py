"""Estimates of scores and how sure they are; deterministic by seed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random
from statistics import NormalDist

LARGE = 2000
"""From this many scores on, the normal approximation stands in for the bootstrap, whose limit it is."""


def mean(scores: Sequence[float]) -> float:
    """The mean, whatever the order of the scores to the last bit. Raises ValueError when there are none."""
    if not scores:
        raise ValueError("no scores have no mean")
    return math.fsum(scores) / len(scores)


def wilson(successes: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """The score interval of a proportion (Wilson 1927), from 0 to 1; all of it when n is 0. It keeps its width where
    all or none succeed, unlike the normal one."""
    if n == 0:
        return 0.0, 1.0
    z = quantile(level)
    share = successes / n
    scale = 1 + z * z / n
    centre = (share + z * z / (2 * n)) / scale
    reach = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / scale
    return (0.0 if successes == 0 else centre - reach), (1.0 if successes == n else centre + reach)


def interval(scores: Sequence[float], seed: int, level: float = 0.95, resamples: int = 2000) -> tuple[float, float]:
    """The interval of the mean score: Wilson's where every score is 0 or 1, else that of `bootstrap`. Raises ValueError
    when there are no scores."""
    if scores and all(score in (0, 1) for score in scores):
        return wilson(sum(1 for score in scores if score), len(scores), level)
    return bootstrap(scores, seed, level, resamples)


def paired_interval(
    after: Sequence[float], before: Sequence[float], seed: int, level: float = 0.95, resamples: int = 2000
) -> tuple[float, float]:
    """The interval of the mean of `after[i] - before[i]`, by bootstrap over the rows that both were scored on (Efron
    and Tibshirani 1993, chapter 13). Raises ValueError when the two are not of one length, or empty."""
    return bootstrap(differences(after, before), seed, level, resamples)


def differences(after: Sequence[float], before: Sequence[float]) -> list[float]:
    """What each row gained. Raises ValueError when the two are not of one length."""
    return [new - old for new, old in zip(after, before, strict=True)]


def bootstrap(values: Sequence[float], seed: int, level: float, resamples: int) -> tuple[float, float]:
    """The percentile interval of the mean over resamples of the values. The order of the values does not matter. Where
    all values are equal, resampling would claim certainty: the interval then reaches as far as the least standard error
    (see `z_of`) of scores from 0 to 1 allows. Raises ValueError when there are no values."""
    pool = sorted(values)
    size, centre = len(pool), mean(pool)
    if pool[0] == pool[-1] or size >= LARGE:
        reach = quantile(level) * standard_error(pool, 0.5)
        return centre - reach, centre + reach
    random = Random(seed)
    means = sorted(math.fsum(random.choices(pool, k=size)) / size for _ in range(resamples))
    tail = (1 - level) / 2
    last = resamples - 1
    return means[math.floor(tail * last)], means[math.ceil((1 - tail) * last)]


def standard_error(values: Sequence[float], floor: float) -> float:
    """The standard error of the mean (of the sample, n - 1), at least `floor / n`."""
    size, centre = len(values), mean(values)
    variance = math.fsum((value - centre) ** 2 for value in values) / (size - 1) if size > 1 else 0.0
    return max(math.sqrt(variance / size), floor / size)


def z_of(differences: Sequence[float], floor: float = 0.5) -> float:
    """How many standard errors the mean of paired differences lies above 0; 0.0 when there are none. The standard error
    is at least `floor / n`, so that a few equal differences prove nothing; `floor` is half of the range of a score, 0.5
    for scores from 0 to 1."""
    if not differences:
        return 0.0
    centre = mean(differences)
    error = standard_error(differences, floor)
    return centre / error if error else math.copysign(math.inf, centre) if centre else 0.0


def mcnemar(after: Sequence[float], before: Sequence[float]) -> float:
    """The two-sided p of the exact test of McNemar (1947): how likely it is that rows which changed their score split
    this unevenly between better and worse, were both equally likely; 1.0 when none changed. For scores that are not 0
    or 1 it is the sign test. Raises ValueError when the two are not of one length."""
    gains = differences(after, before)
    better, worse = sum(gain > 0 for gain in gains), sum(gain < 0 for gain in gains)
    changed = better + worse
    tail = sum(math.comb(changed, count) for count in range(min(better, worse) + 1))
    return min(1.0, 2 * tail / (1 << changed))


def quantile(level: float) -> float:
    """The z within which a share of `level` of the normal distribution lies, on both sides of 0."""
    return NormalDist().inv_cdf((1 + level) / 2)
