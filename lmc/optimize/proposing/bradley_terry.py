"""Strengths out of comparisons of two: by the model of Bradley and Terry (1952) with a Gaussian prior, and by Elo."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from operator import mul
from random import Random
from typing import TypeAlias

Match: TypeAlias = tuple[int, int, float]
"""Two players by number, and what the first one got: 1, 0, or 0.5 for a tie."""

Tally: TypeAlias = dict[tuple[int, int], tuple[int, float]]
"""For two players how often they met, and what the first one got of that."""

Matrix: TypeAlias = list[list[float]]

PRIOR = 2.0
"""The standard deviation of strengths before anything is known, in logits."""

DRAWS = 300
"""Draws from the posterior for the chance that somebody is the best."""

START, K = 1200.0, 32.0
"""Elo's first rating and its largest step."""


def strengths(players: int, matches: Sequence[Match]) -> tuple[list[float], Matrix]:
    """The strengths of highest posterior density, in logits around 0, and their covariance (the inverse of the Hessian
    there: Laplace's approximation). A tie is half a win for each. By Newton's method; the density is log-concave."""
    found, tally = [0.0] * players, tallied(matches)
    for _ in range(50):
        slope = [-one / PRIOR**2 for one in found]
        for (first, second), (count, won) in tally.items():
            missed = won - count * expected(found[first] - found[second])
            slope[first] += missed
            slope[second] -= missed
        step = product(inverse(precision(found, tally)), slope)
        found = [one + change for one, change in zip(found, step, strict=True)]
        if max(map(abs, step), default=0.0) < 1e-6:
            break
    return found, inverse(precision(found, tally))


def tallied(matches: Sequence[Match]) -> Tally:
    """How often each two met, and what the first one got of that."""
    found: Tally = {}
    for first, second, won in matches:
        count, before = found.get((first, second), (0, 0.0))
        found[first, second] = count + 1, before + won
    return found


def expected(difference: float) -> float:
    """The chance that a player wins who is stronger by so many logits."""
    return 1 / (1 + math.exp(-max(min(difference, 500.0), -500.0)))


def precision(found: Sequence[float], tally: Tally) -> Matrix:
    """The negative Hessian of the log posterior."""
    matrix = [[float(row == column) / PRIOR**2 for column in range(len(found))] for row in range(len(found))]
    for (first, second), (count, _) in tally.items():
        add_match(matrix, first, second, count * weight(found, first, second))
    return matrix


def weight(found: Sequence[float], first: int, second: int) -> float:
    """What a match tells (Fisher's information on the difference)."""
    chance = expected(found[first] - found[second])
    return chance * (1 - chance)


def add_match(matrix: Matrix, first: int, second: int, told: float) -> None:
    """Adds what a match tells to a precision matrix."""
    matrix[first][first] += told
    matrix[second][second] += told
    matrix[first][second] -= told
    matrix[second][first] -= told


def next_pairs(
    found: Sequence[float], covariance: Matrix, able: Collection[tuple[int, int]], count: int
) -> list[tuple[int, int]]:
    """The pairs, out of those that are able to meet, that tell most about who is stronger: one after the other, that of
    the largest variance of the difference once those before have met. The same pair may meet again."""
    known, chosen = covariance, list[tuple[int, int]]()
    offered = sorted(able)
    for _ in range(count if able else 0):
        spreads = [known[one][one] + known[two][two] - 2 * known[one][two] for one, two in offered]
        best = max(
            range(len(offered)),
            key=lambda place: (round(spreads[place], 9), -abs(found[offered[place][0]] - found[offered[place][1]])),
        )
        chosen.append(offered[best])
        known = once_met(known, *offered[best], spreads[best], weight(found, *offered[best]))
    return chosen


def once_met(covariance: Matrix, first: int, second: int, spread: float, told: float) -> Matrix:
    """The covariance after one more match, whatever comes of it (Sherman and Morrison 1950). `spread` is the variance
    of the difference of the two."""
    column = [line[first] - line[second] for line in covariance]
    factor = told / (1 + told * spread)
    return [
        [value - factor * one * other for value, other in zip(line, column, strict=True)]
        for line, one in zip(covariance, column, strict=True)
    ]


def best_chance(found: Sequence[float], covariance: Matrix, rng: Random) -> float:
    """The chance that the player of highest strength is the best, by draws from the posterior."""
    top = max(range(len(found)), key=lambda one: found[one])
    root = [line[: row + 1] for row, line in enumerate(cholesky(covariance))]
    won = 0
    for _ in range(DRAWS):
        noise = [rng.gauss(0.0, 1.0) for _ in found]
        drawn = [one + sum(map(mul, line, noise)) for one, line in zip(found, root, strict=True)]
        won += max(drawn) == drawn[top]
    return won / DRAWS


def elo(players: int, matches: Sequence[Match]) -> list[float]:
    """Elo's ratings after matches in their order, as gpt-prompt-engineer has them: from 1200, steps of at most 32."""
    found = [START] * players
    for first, second, won in matches:
        chance = 1 / (1 + 10 ** ((found[second] - found[first]) / 400))
        found[first] += K * (won - chance)
        found[second] += K * ((1 - won) - (1 - chance))
    return found


def product(matrix: Matrix, vector: Sequence[float]) -> list[float]:
    """A matrix times a vector."""
    return [math.fsum(one * other for one, other in zip(line, vector, strict=True)) for line in matrix]


def cholesky(matrix: Matrix) -> Matrix:
    """The lower triangular root of a positive definite matrix."""
    size = len(matrix)
    root = [[0.0] * size for _ in range(size)]
    for row in range(size):
        for column in range(row + 1):
            rest = matrix[row][column] - math.fsum(root[row][k] * root[column][k] for k in range(column))
            root[row][column] = math.sqrt(max(rest, 1e-15)) if row == column else rest / root[column][column]
    return root


def inverse(matrix: Matrix) -> Matrix:
    """The inverse of a positive definite matrix."""
    size, root = len(matrix), cholesky(matrix)
    lower = [[0.0] * size for _ in range(size)]
    for column in range(size):
        for row in range(column, size):
            rest = float(row == column) - math.fsum(root[row][k] * lower[k][column] for k in range(column, row))
            lower[row][column] = rest / root[row][row]
    return [
        [math.fsum(lower[k][row] * lower[k][column] for k in range(max(row, column), size)) for column in range(size)]
        for row in range(size)
    ]
