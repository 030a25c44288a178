"""Several runs of a program on one row, the good ones beside the bad ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from lmc.analysis.calls import sites
from lmc.evaluate.rows import Row
from lmc.evaluate.statistics import mean
from lmc.ir.patch import apply_patch
from lmc.ir.program import Demo, Program, Settings
from lmc.optimize.demonstrations.demos import demos_of, traced_demo
from lmc.optimize.places import sites_with
from lmc.optimize.reflecting.blame import upstream_first
from lmc.optimize.reflecting.failures import Example


@dataclass(frozen=True)
class Bucket:
    """Runs on one row, the best first."""

    row: Row
    runs: tuple[Example, ...]

    @property
    def good(self) -> Example:
        """The best run."""
        return self.runs[0]

    @property
    def bad(self) -> Example:
        """The worst one."""
        return self.runs[-1]

    @cached_property
    def rank(self) -> tuple[float, float, float]:
        """How much there is to learn from it: the gap between the best and the worst score, the best one, and the gap
        between it and the mean."""
        scores = [one.scored.score for one in self.runs]
        return scores[0] - scores[-1], scores[0], scores[0] - mean(scores)


def bucket_of(row: Row, runs: Sequence[Example]) -> Bucket:
    """The runs on a row in order."""
    return Bucket(row, tuple(sorted(runs, key=lambda one: -one.scored.score)))


def heated(program: Program, module: str, temperature: float) -> Program:
    """The program with another temperature at all calls, to draw runs that differ. It is only sampled, never given."""
    return apply_patch(program, {address: Settings(temperature=temperature) for address, _ in sites(program, module)})


def parting(program: Program, module: str, bucket: Bucket) -> str | None:
    """The first call, along the data flow, of which the good run took the same as the bad one and gave something else;
    None where they part at no call that both made."""
    for address in upstream_first(program, module):
        good, bad = bucket.good.call(address), bucket.bad.call(address)
        if good is not None and bad is not None and good.inputs == bad.inputs and good.outputs != bad.outputs:
            return address
    return None


def with_demos(program: Program, module: str, example: Example, most: int) -> Program:
    """The program with the last call of a run at each call site as a demonstration there; the oldest go where there
    would be more than `most`."""
    patch = {}
    for address, predict in sites_with(program, module, "demos"):
        call = example.call(address)
        if call is None or call.outputs is None:
            continue
        old: tuple[Demo, ...] = tuple(one for one in demos_of(program, predict) if one.origin != example.row.id)
        patch[address] = Settings(demos=(*old, traced_demo(call, example.row))[-most:])
    return apply_patch(program, patch)
