"""Pairs of replies, judged by an LM in both orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import exp

from lmc.elaborate.lower import wanted_columns
from lmc.evaluate.race import decide
from lmc.evaluate.rows import Row
from lmc.evaluate.scoring import Scored
from lmc.evaluate.statistics import mean
from lmc.ir.program import Program
from lmc.optimize.bench import Bench
from lmc.optimize.proposing.grounding import cut, outline
from lmc.runtime.prompt import show

MEETS = "tournament_judge"
"""The meta-prompt that compares two replies."""

WIDTH = 400
"""Characters of an input or a reply that a judge is shown."""

FIRST = {"first": 1.0, "second": 0.0, "tie": 0.5}
"""What the reply in the first place gets by a verdict."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """The replies of two programs to one row."""

    row: Row
    one: Scored
    other: Scored


@dataclass
class Judge:
    """An LM that says which of two replies is better, asked in both orders, so that the place of a reply does not count
    (balanced positions, Wang et al. 2023, "Large Language Models are not Fair Evaluators"). What it says counts when it
    says the same in both, else the two are a tie. With `weighs`, where the LM can tell how likely a verdict is, the
    better reply is the one with which the verdict "first" is likelier in the first place: that tells two replies apart
    also where the verdict itself is always the same, as it mostly is with small LMs. Replies that are alike are a tie
    unasked, and a run that failed loses.

    Remembers the verdicts, or the weights, of each pair in both orders, so that its bias can be told."""

    task: str
    inputs: Sequence[str]
    weighs: bool = False
    verdicts: list[tuple[float, float]] = field(default_factory=list)
    weights: list[tuple[float, float]] = field(default_factory=list)

    def __call__(self, meetings: Sequence[Meeting], bench: Bench) -> list[float]:
        """What the first of each pair gets: 1, 0, or 0.5 for a tie. All are asked at the same time. Raises OutOfBudget
        when there is no room for it."""
        open_ = [index for index, one in enumerate(meetings) if unasked(one) is None]
        asks = [ask for index in open_ for ask in self.both_orders(meetings[index])]
        found = self.weighed(asks, bench) or self.said(asks, bench)
        scores = [0.5 if (known := unasked(one)) is None else known for one in meetings]
        for index, score in zip(open_, found, strict=True):
            scores[index] = score
        return scores

    def weighed(self, asks: Sequence[Mapping[str, str]], bench: Bench) -> list[float]:
        """The scores by weight; none where the LM does not tell it."""
        told = bench.weigh(MEETS, asks, {"better": "first"}) if self.weighs and asks else []
        weights = [one for one in told if one is not None]
        if len(weights) < len(asks):
            self.weighs = False
            return []
        pairs = list(zip(weights[::2], weights[1::2], strict=True))
        self.weights += pairs
        return [0.5 if there == back else float(there > back) for there, back in pairs]

    def said(self, asks: Sequence[Mapping[str, str]], bench: Bench) -> list[float]:
        """The scores by verdicts."""
        said = bench.propose(MEETS, asks) if asks else []
        scores = []
        for there, back in zip(said[::2], said[1::2], strict=True):
            straight, turned = FIRST.get(str(there)), FIRST.get(str(back))
            scores.append(0.5)
            if straight is not None and turned is not None:
                self.verdicts.append((straight, turned))
                scores[-1] = straight if straight == 1 - turned else 0.5
        return scores

    def both_orders(self, meeting: Meeting) -> list[Mapping[str, str]]:
        """What is asked of a pair."""
        values = meeting.row.values
        shown = "\n".join(f"{name}: {cut(show(values.get(name), 'text'), WIDTH)}" for name in self.inputs)
        one, other = reply_words(meeting.one), reply_words(meeting.other)
        asked = {"task": self.task, "input": shown}
        return [{**asked, "first": one, "second": other}, {**asked, "first": other, "second": one}]

    @property
    def agreement(self) -> float:
        """The part of the pairs of which it said the same in both orders."""
        return sum(one == 1 - other for one, other in self.verdicts) / max(len(self.verdicts), 1)

    @property
    def bias(self) -> float:
        """The part of its verdicts, ties left out, that are for the first place: 0.5 is fair."""
        told = [one for pair in self.verdicts for one in pair if one != 0.5]
        return sum(told) / len(told) if told else 0.5

    @property
    def words(self) -> str:
        """What is to be known of the judge."""
        if self.weights:
            first = mean([exp(one) for pair in self.weights for one in pair])
            return (
                f"the judge weighed {len(self.weights)} pairs in both orders, "
                f"and found the first place the better one with a chance of {first:.0%}"
            )
        return (
            f"the judge said the same in both orders of {self.agreement:.0%} of {len(self.verdicts)} pairs, "
            f"and preferred the first place in {self.bias:.0%} of its verdicts"
        )


def judge_of(program: Program, bench: Bench, weighs: bool = False) -> Judge:
    """The judge of what a module gives."""
    module = program.module(bench.module)
    task = module.doc.strip() or cut(outline(program, bench.module), WIDTH)
    return Judge(task, [one.name for one in module.params], weighs)


def unasked(meeting: Meeting) -> float | None:
    """What is clear without a judge."""
    failed, other_failed = meeting.one.problem is not None, meeting.other.problem is not None
    if failed or other_failed:
        return 0.5 if failed and other_failed else float(other_failed)
    return 0.5 if meeting.one.fingerprint == meeting.other.fingerprint else None


def reply_words(scored: Scored) -> str:
    """The value of a run as a judge is shown it."""
    assert scored.outcome is not None
    return cut(show(scored.outcome.value, "text"), WIDTH) or "(nothing)"


def unlabelled(program: Program, bench: Bench) -> bool:
    """Whether nothing but a judge of pairs can tell which of two programs is better: the metric reads no column besides
    the inputs, and asks no judge of its own."""
    metric = bench.score.metric
    inputs = {one.name for one in program.module(bench.module).params}
    columns = {name for name, _ in wanted_columns(metric.body, metric.params[0])}
    return columns <= inputs and not bench.score.calls


def duel(candidate: Program, incumbent: Program, bench: Bench, judge: Judge) -> bool:
    """Whether the candidate is better than the incumbent by the judge: a race on dev rows whose paired difference is 1
    where its reply is better, -1 where it is worse, 0 for a tie. Raises OutOfBudget."""
    rule, done, gains = bench.rule(), 0, list[float]()
    while done < len(bench.dev):
        block = bench.dev[done : done + rule.block]
        ours, theirs = bench.results([candidate, incumbent], block, keep=True, incumbent=incumbent)
        scores = judge([Meeting(*one) for one in zip(block, ours, theirs, strict=True)], bench)
        gains += [2 * score - 1 for score in scores]
        done += len(block)
        decision = decide(gains, len(bench.dev), rule)
        if decision != "continue":
            bench.tried(candidate, incumbent, "accepted" if decision == "accept" else "rejected", bench.dev[:done])
            return decision == "accept"
    return False
