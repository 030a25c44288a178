"""How many LM calls the search for demonstrations takes, and whether it finds the best set."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from lmc.evaluate.rows import Row
from lmc.evaluate.statistics import mean
from lmc.ir.program import Program
from lmc.lm.base import Request
from lmc.lm.scripted import Scripted
from lmc.optimize.bench import Bench
from lmc.optimize.passes.demo_search import DemoSearch
from lmc.runtime.prompt import render
from tests.benchmarks.environment import Peers
from tests.benchmarks.figure import Figure
from tests.benchmarks.overlap import bench_of
from tests.benchmarks.programs import judge, number_in, parity

SIZES = ((100, 600), (300, 1_000))
"""Dev rows, and the bar in LM calls."""

SEEDS = range(10)
CANDIDATES = 16
BEST, SECOND, WORST = 0.75, 0.60, 0.40
"""The share of the dev rows that the LM gets right with the best set of demonstrations, and with the others."""


class Planted:
    """An LM that is right on an exact share of the rows, which depends on the demonstrations that the prompt shows
    (the text before the row's own). Which rows these are differs from set to set."""

    def __init__(self, shares: dict[str, float], data: Sequence[Row]) -> None:
        self.right = {
            shown: frozenset(sorted(data, key=lambda row: chance(shown, row.id))[: round(share * len(data))])
            for shown, share in shares.items()
        }
        self.rows = {number_in(str(row.values["text"])): row for row in data}

    def __call__(self, request: Request) -> str:
        """The reply to a request."""
        shown, number = shown_and_asked(request)
        return parity(number + (self.rows[number] not in self.right[shown]))


@dataclass(frozen=True, slots=True)
class Search:
    """One search: the calls of the pass, those of the race after it, and whether it chose what an evaluation of all
    candidates on all rows chooses."""

    calls: int
    gate: int
    same: bool


def search(peers: Peers) -> list[Figure]:
    """Calls at V=100 and V=300, against DSPy's random search."""
    with TemporaryDirectory() as name:
        program = judge(Path(name))
    figures = []
    for size, bar in SIZES:
        found = [searched(program, size, seed) for seed in SEEDS]
        most, gates = max(one.calls for one in found), [one.gate for one in found]
        same = sum(one.same for one in found)
        other = peers.ask("dspy_search.py", size, CANDIDATES)
        words = f"{most:,} calls; the winner of a full evaluation in {same} of {len(found)} seeds"
        figures.append(
            Figure(
                f"LM calls of demo_search, {CANDIDATES} candidates, V={size}, the best set leads by 15 points",
                f"{words}; the race against the program as it was: {mean(gates):.0f} more (at most {max(gates)})",
                f"≤ {bar:,} calls, the same winner in ≥ 9 of 10",
                f"BootstrapFewShotWithRandomSearch({CANDIDATES}): {other['calls']:,} calls",
                other["calls"] / most,
                most <= bar and same >= 0.9 * len(found),
            )
        )
    return figures


def searched(program: Program, size: int, seed: int) -> Search:
    """One search with a planted winner."""
    candidates = drawn(program, size, seed)
    lm = Scripted(lambda request: reply(request))
    with bench_of(program, lm, size, seed=seed) as bench:
        shown = [first_prompt(candidate, bench) for candidate in candidates]
        reply = Planted(planted(shown, seed), bench.dev)
        winner = DemoSearch(candidates=CANDIDATES).run(program, bench)
        calls = len(lm.calls)
        bench.race(winner, program)
        gate = len(lm.calls) - calls
        means = [mean(bench.scores(candidate, bench.dev)) for candidate in candidates]
    assert max(means) == BEST
    assert sorted(means)[-2] == SECOND
    return Search(calls, gate, winner == candidates[means.index(BEST)])


class Collected(Exception):
    """Ends a pass where it would begin to compare its candidates."""


class Collector(Bench):
    """A bench that keeps the candidates and compares none."""

    def best(self, candidates: Sequence[Program], rows: int | None = None) -> Program | None:
        """Raises Collected with the candidates."""
        raise Collected(tuple(candidates))


def drawn(program: Program, size: int, seed: int) -> tuple[Program, ...]:
    """The candidates that the pass draws with a seed; it calls no LM for them."""
    with bench_of(program, Scripted({}), size, seed=seed, kind=Collector) as bench:
        try:
            DemoSearch(candidates=CANDIDATES).run(program, bench)
        except Collected as collected:
            candidates: tuple[Program, ...] = collected.args[0]
            return candidates
    raise AssertionError("the pass compared nothing")


def planted(shown: Sequence[str], seed: int) -> dict[str, float]:
    """The share of each candidate: the best one is any but the program as it is, which is the first."""
    winner = 1 + seed * 7 % (len(shown) - 1)
    others = [one for index, one in enumerate(shown) if index != winner]
    others.sort(key=lambda one: chance(one, str(seed)))
    step = (SECOND - WORST) / (len(others) - 1)
    return {shown[winner]: BEST, **{one: SECOND - number * step for number, one in enumerate(others)}}


def first_prompt(candidate: Program, bench: Bench) -> str:
    """What a candidate's prompts show before the row's own text."""
    template = bench.interpreter(bench.digest(candidate, "Main"), candidate).templates["Main.verdict"]
    return shown_and_asked(Request("", render(template, {"text": "number 0"})))[0]


def shown_and_asked(request: Request) -> tuple[str, int]:
    """The demonstrations in a prompt, and the number that it asks about."""
    body = request.body
    text = str(body["prompt"]) if "prompt" in body else "\n".join(str(one["content"]) for one in body["messages"])
    return text.rpartition("number ")[0], number_in(text)


def chance(*parts: str) -> float:
    """A number from 0 to 1 by the parts."""
    return int.from_bytes(hashlib.sha256("/".join(parts).encode()).digest()[:6]) / 2**48
