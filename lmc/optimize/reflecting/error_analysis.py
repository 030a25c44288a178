"""Error analysis: failures that are alike are shown to a proposer together, and its edits are raced."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import Any, Literal

from lmc.analysis.calls import sites
from lmc.evaluate.rows import Row
from lmc.ir.program import Program
from lmc.optimize.bench import Bench
from lmc.optimize.proposing.grounding import cut, face, inputs_of
from lmc.optimize.proposing.proposals import cap_of, folded, instruction_of, leaks, usable
from lmc.optimize.reflecting.blame import blamed
from lmc.optimize.reflecting.cases import case_words, numbered
from lmc.optimize.reflecting.edits import edit_words, edited, numbered_sections
from lmc.optimize.reflecting.failures import Cluster, Example, clusters_of, examples_of
from lmc.optimize.reflecting.reflection import Line, instruction_at, proven, room_for, with_instruction

CLUSTERS = 4
"""Kinds of failures that are worked on at the same time."""

FAILURES, SUCCESSES, HISTORY = 3, 2, 4
"""What one proposal is shown: failures, successes that must stay, edits that were tried before."""

Form = Literal["edits", "whole"]
META: Mapping[Form, str] = {"edits": "reflect_edit", "whole": "reflect_rewrite"}


@dataclass(frozen=True, slots=True)
class Tried:
    """An edit in words, what it changed the mean score by, and where."""

    address: str
    words: str
    gain: float


@dataclass
class ErrorAnalysis:
    """The method of `reflect` where no other is named. Train rows are run once; later only those that failed. `k`
    proposals a round, dealt out over the clusters of the highest expected gain for each call that a race makes; all of
    them race against the incumbent at the same time. Rounds alternate between edits of sections and whole instructions,
    while both are of use."""

    bench: Bench
    k: int
    rows: int
    threshold: float
    forms: tuple[Form, ...]
    patience: int | None
    passing: list[Example] = field(default_factory=list)
    clusters: list[Cluster] = field(default_factory=list)
    mined: Program | None = None
    wins: Counter[str] = field(default_factory=Counter)
    losses: Counter[str] = field(default_factory=Counter)
    tried: list[Tried] = field(default_factory=list)
    known: dict[str, list[str]] = field(default_factory=dict)
    number: int = 0

    def parents(self, pool: Sequence[Line]) -> tuple[int, ...]:
        """The incumbent, which came last, while something is wrong with it."""
        room_for(self.bench, pool[-1].program, self.k)
        self.mine(pool[-1].program)
        if not self.clusters:
            self.bench.listen("skip", reason="no train row fails in a way that an instruction could mend")
            return ()
        return (len(pool) - 1,)

    def mine(self, incumbent: Program) -> None:
        """Finds out what is wrong with the incumbent."""
        if self.mined is incumbent:
            return
        before = [one.example.row for cluster in self.clusters for one in cluster.failures]
        rows = list({row.id: row for row in before}.values()) if self.mined else self.chosen_rows(incumbent)
        found = examples_of(incumbent, self.bench, rows)
        self.passing += [one for one in found if one.scored.score >= self.threshold]
        failing = [one for one in found if one.scored.score < self.threshold]
        self.clusters = clusters_of(blamed(incumbent, self.bench, failing, self.threshold))
        self.mined = incumbent

    def chosen_rows(self, program: Program) -> list[Row]:
        """The train rows that are looked at: those first of which there are traces already."""
        rows = self.bench.rng("reflect/rows").sample(self.bench.train, len(self.bench.train))
        known = self.bench.known(program)
        traced = {row for row, scored in known.items() if scored.outcome is not None}
        return sorted(rows, key=lambda row: row.id not in traced)[: self.rows]

    def propose(self, pool: Sequence[Line], parents: tuple[int, ...]) -> list[Line]:
        """Proposals of one form for the clusters."""
        (parent,) = parents
        incumbent = pool[parent].program
        form = self.forms[self.number % len(self.forms)]
        rng = self.bench.rng(f"reflect/round/{self.number}")
        first = self.number * self.k
        self.number += 1
        ranked = self.ranked(incumbent, rng)
        dealt = list(islice(cycle(ranked), self.k))
        asks = [self.ask(incumbent, form, cluster, rng) for cluster in dealt]
        found: list[Line] = []
        for cluster, said in zip(dealt, self.bench.propose(META[form], asks, first), strict=True):
            line = None if said is None else self.line(incumbent, parent, cluster, said)
            found += [line] if line is not None else []
        if not found and len(self.forms) > 1:
            self.forms = tuple(one for one in self.forms if one != form)
        return found

    def ranked(self, incumbent: Program, rng: random.Random) -> list[Cluster]:
        """The clusters of the highest expected gain for each call of a race: rows that they explain, times how likely
        a change of that call site is to win (drawn from what is known of it, Thompson sampling), over the calls that
        lie behind it."""

        def value(cluster: Cluster) -> float:
            address = cluster.address
            rate = rates[address]
            return cluster.weight * rate / max(costs[address], 1)

        addresses = list(dict.fromkeys(one.address for one in self.clusters))
        rates = {one: rng.betavariate(1 + self.wins[one], 1 + self.losses[one]) for one in addresses}
        costs = {
            one: self.bench.cone_calls(with_instruction(incumbent, one, "changed"), incumbent) for one in addresses
        }
        return sorted(self.clusters, key=value, reverse=True)[:CLUSTERS]

    def ask(self, incumbent: Program, form: Form, cluster: Cluster, rng: random.Random) -> dict[str, Any]:
        """What a proposer is told of a cluster: some of its failures, successes that are like them."""
        address = cluster.address
        predict = dict(sites(incumbent, self.bench.module))[address]
        failures = [one.example for one in rng.sample(cluster.failures, min(FAILURES, len(cluster.failures)))]
        text = instruction_of(incumbent, predict)

        def cases(examples: Sequence[Example]) -> str:
            return numbered([case_words(incumbent, self.bench, address, one) for one in examples])

        return {
            "step": face(incumbent.signature(predict.signature), predict),
            "instruction": numbered_sections(text) if form == "edits" else text,
            "failures": cases(failures),
            "successes": cases(self.nearest(address, failures)),
            "tried": self.history(address),
        }

    def nearest(self, address: str, failures: Sequence[Example]) -> list[Example]:
        """The successes whose inputs are most like those of the failures, so that an edit does not break them (after
        StraGo: Wu et al. 2024)."""
        wanted = [word_set(one, address) for one in failures]

        def likeness(example: Example) -> float:
            own = word_set(example, address)
            return max((len(own & one) / max(len(own | one), 1) for one in wanted), default=0.0)

        possible = [one for one in self.passing if one.call(address) is not None]
        return sorted(possible, key=likeness, reverse=True)[:SUCCESSES]

    def history(self, address: str) -> str:
        """The last edits of a call site and what they gained."""
        own = [one for one in self.tried if one.address == address][-HISTORY:]
        return "\n".join(f"{one.gain:+.2f} {one.words}" for one in own) or "nothing"

    def line(self, incumbent: Program, parent: int, cluster: Cluster, said: Any) -> Line | None:
        """The program that a proposal makes; None where it will not do, or is like one before it."""
        address = cluster.address
        text = instruction_at(incumbent, self.bench, address)
        known = self.known.setdefault(address, [])
        if isinstance(said, str):
            new = next(iter(usable([said], text, self.bench.train, inputs_of(incumbent, self.bench), known)), None)
            words = f"rewrite: {new}"
        else:
            new, words = self.by_edits(incumbent, text, said), edit_words(said)
        if new is None or folded(new) in {folded(one) for one in (text, *known)}:
            return None
        known.append(new)
        changed = with_instruction(incumbent, address, new)
        return Line(changed, (parent,), f"{address}: {cluster.tag}", address, cut(words))

    def by_edits(self, incumbent: Program, text: str, edits: Sequence[Mapping[str, Any]]) -> str | None:
        """The instruction after edits that will do."""
        if leaks("\n".join(str(one["text"]) for one in edits), self.bench.train, inputs_of(incumbent, self.bench)):
            return None
        new = edited(text, edits)
        return new if new is not None and len(new) <= cap_of(text) else None

    def accept(self, pool: Sequence[Line], proposed: Sequence[Line]) -> list[Line]:
        """The winner of the race, if there is one."""
        before = len(self.bench.trials)
        winner = proven(self.bench, proposed, pool[-1].program)
        gains = {id(trial.candidate): trial.score - (trial.against or 0.0) for trial in self.bench.trials[before:]}
        for one in proposed:
            won = one.program is winner
            self.wins[one.address] += won
            self.losses[one.address] += not won
            if id(one.program) in gains:
                self.tried.append(Tried(one.address, one.change, gains[id(one.program)]))
        return [one for one in proposed if one.program is winner]

    def best(self, pool: Sequence[Line]) -> Program:
        """The last incumbent."""
        return pool[-1].program


def word_set(example: Example, address: str) -> frozenset[str]:
    """The words of what a call took."""
    call = example.call(address)
    return frozenset() if call is None else frozenset(re.findall(r"\w+", str(dict(call.inputs)).casefold()))
