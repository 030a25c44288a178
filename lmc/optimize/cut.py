"""The first cut of many candidates, by how likely they make the right replies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lmc.evaluate.race import halve
from lmc.evaluate.rows import Row
from lmc.ir.program import Layout, Predict, Program
from lmc.ir.walk import slots
from lmc.optimize.base import OutOfBudget
from lmc.optimize.likelihood import scorable

if TYPE_CHECKING:
    from lmc.optimize.bench import Bench

ROWS = 8
"""Rows on which likelihoods are compared: half of the first rung of successive halving."""

LEAST = 4
"""Of fewer candidates none is cut."""


def first_cut(bench: Bench, candidates: Sequence[Program], rows: Sequence[Row]) -> list[Program]:
    """The better half of the candidates by the mean log-likelihood of the right replies on the first rows; all of them
    where the LM does not say it, where a row does not tell the right reply, where their layouts differ (a reply of
    another form is not likelier for being better), and where the budget has no room. A likelihood changes with every
    change of a prompt, so that few rows tell candidates apart where right or wrong needs many; it is never a score."""
    alike = len({layouts(one) for one in candidates}) == 1
    if len(candidates) < LEAST or not alike or not all(scorable(one, bench.module) for one in candidates):
        return list(candidates)
    try:
        found = bench.likelihoods(candidates, rows[:ROWS])
    except OutOfBudget:
        return list(candidates)
    known = [number for number in range(len(rows[:ROWS])) if all(one[number] is not None for one in found)]
    if 2 * len(known) <= min(ROWS, len(rows)):
        return list(candidates)
    likely = {index: [float(one[number] or 0.0) for number in known] for index, one in enumerate(found)}
    kept = halve(likely, (len(candidates) + 1) // 2)
    bench.listen("cut", rows=len(known), kept=len(kept), candidates=len(candidates))
    return [candidates[index] for index in sorted(kept)]


def layouts(program: Program) -> tuple[Layout | None, ...]:
    """The layouts of a program's call sites."""
    return tuple(site.settings.layout for _, site in slots(program) if isinstance(site, Predict))
