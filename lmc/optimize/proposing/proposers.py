"""Ways to propose instructions for one call: each asks an LM by meta-prompts, all of a round at the same time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from lmc.analysis.calls import sites
from lmc.ir.program import Demo, Predict, Program
from lmc.optimize.bench import Bench
from lmc.optimize.proposing.grounding import (
    call_words,
    cut,
    drawn,
    examples_of,
    examples_text,
    grounded_asks,
    inputs_of,
)
from lmc.optimize.proposing.proposals import FLOOR, instruction_of, usable

Way: TypeAlias = Literal["ape", "opro", "copro", "rules", "grounded"]

REMEMBERED = 10
"""Attempts that a proposer is shown; more do not fit in the context of a small LM."""

PAPER_REMEMBERED = 20
"""So many in OPRO's paper."""

RULES = "\n\nFollow these rules:\n"
"""What stands between an instruction and rules that were drawn out of examples."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An instruction that was tried for a call, and its mean score on rows that all of its round were scored on."""

    instruction: str
    score: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed instruction, and where it came from in words."""

    instruction: str
    origin: str


@dataclass(frozen=True)
class Asked:
    """What proposals for the call at `address` are made from. `history` are its attempts so far, in order, the present
    instruction among them; `round` counts from 0; `k` examples are shown, `rules` at most drawn from them; `exact`: as
    much is shown as in the original."""

    program: Program
    bench: Bench
    address: str
    pool: tuple[Demo, ...]
    history: tuple[Attempt, ...] = ()
    round: int = 0
    k: int = 6
    rules: int = 5
    exact: bool = False

    @property
    def predict(self) -> Predict:
        """The call."""
        return dict(sites(self.program, self.bench.module))[self.address]

    @property
    def current(self) -> str:
        """The present instruction."""
        return instruction_of(self.program, self.predict)

    def examples(self, name: str) -> str:
        """Examples, drawn by name."""
        found = drawn(self.pool, self.k, self.bench, f"instructions/{self.address}/{self.round}/{name}")
        return examples_text(self.program, self.predict, found)

    def usable(self, texts: Sequence[object], base: str = "", cap: int | None = None) -> list[str]:
        """The proposals that will do, each behind `base`."""
        known = [one.instruction.removeprefix(base) for one in self.history]
        rows, inputs = self.bench.train, inputs_of(self.program, self.bench)
        return [base + one for one in usable(texts, self.current, rows, inputs, known, cap)]


def asked_for(program: Program, bench: Bench, address: str, k: int, rules: int, exact: bool = False) -> Asked:
    """What the first proposals for a call are made from."""
    return Asked(program, bench, address, examples_of(program, bench, address), k=k, rules=rules, exact=exact)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one way asks the meta-prompt `name`, and how what it says becomes instructions. `first` is the number of the
    first of asks that are alike; `base` is what the proposals stand behind, `cap` the characters they may have."""

    name: str
    asks: Sequence[Mapping[str, Any]]
    first: int = 0
    base: str = ""
    cap: int | None = None


def proposals(ways: Sequence[tuple[Way, int]], asked: Asked) -> list[Proposal]:
    """So many proposals in each of the ways, all asked for at the same time, each instruction once. Fewer where some
    fail or will not do. Raises OutOfBudget when there is no room for all of them."""
    batches = [(way, WAYS[way](asked, count)) for way, count in ways if count]
    said = iter(asked.bench.propose_all([(one.name, inputs, one.first) for _, one in batches for inputs in one.asks]))
    found: dict[str, Proposal] = {}
    for way, batch in batches:
        for text in asked.usable([next(said) for _ in batch.asks], batch.base, batch.cap):
            found.setdefault(text, Proposal(text, way))
    return list(found.values())


def ape(asked: Asked, count: int) -> Batch:
    """Automatic Prompt Engineer (Zhou et al. 2022): instructions guessed from examples, other ones for each; in later
    rounds the best ones so far in other words."""
    if asked.round == 0:
        step = call_words(asked.program, asked.predict)
        return Batch("ape_induce", [{"call": step, "examples": asked.examples(f"ape/{at}")} for at in range(count)])
    best = [one.instruction for one in ranked(asked.history)][: max(1, count // 2)]
    asks = [{"current": best[number % len(best)]} for number in range(count)]
    return Batch("ape_resample", asks, asked.round * count)


def opro(asked: Asked, count: int) -> Batch:
    """Optimization by prompting (Yang et al. 2023): from what was tried, ascending by score, and examples, other ones
    for each proposal."""
    history = history_text(asked.history, PAPER_REMEMBERED if asked.exact else REMEMBERED)
    asks = [{"history": history, "examples": asked.examples(f"opro/{number}")} for number in range(count)]
    return Batch("opro", asks, asked.round * count)


def copro(asked: Asked, count: int) -> Batch:
    """DSPy's COPRO (Khattab et al. 2023): at first from the present instruction alone, then from what was tried."""
    step = call_words(asked.program, asked.predict)
    if asked.round == 0:
        return Batch("copro_first", [{"call": step, "current": asked.current}] * count)
    return Batch("copro", [{"call": step, "history": history_text(asked.history)}] * count, asked.round * count)


def rules(asked: Asked, count: int) -> Batch:
    """DSPy's InferRules: rules drawn out of examples, behind the instruction; in the place of rules that it has."""
    step, most = call_words(asked.program, asked.predict), asked.rules
    asks = [{"call": step, "examples": asked.examples(f"rules/{at}"), "most": most} for at in range(count)]
    base = asked.current.split(RULES)[0] + RULES
    return Batch("infer_rules", asks, asked.round * count, base, max(FLOOR, 120 * asked.rules))


def grounded(asked: Asked, count: int) -> Batch:
    """Proposals that stand on what is known of the task, see `grounded_instructions`."""
    name = f"instructions/{asked.round}"
    asks = grounded_asks(asked.program, asked.bench, asked.address, asked.pool, count, name)
    return Batch("grounded", asks, asked.round * count)


WAYS: dict[Way, Callable[[Asked, int], Batch]] = {
    "ape": ape,
    "opro": opro,
    "copro": copro,
    "rules": rules,
    "grounded": grounded,
}


def ranked(history: Sequence[Attempt]) -> list[Attempt]:
    """The attempts, the best first; of equals the earlier."""
    return sorted(history, key=lambda one: -one.score)


def history_text(history: Sequence[Attempt], most: int = REMEMBERED) -> str:
    """The best attempts, at most so many, as a proposer is shown them, ascending by score."""
    shown = reversed(ranked(history)[:most])
    return "\n\n".join(f"{cut(one.instruction, 300)}\nScore: {100 * one.score:.0f}" for one in shown)


def after(asked: Asked, program: Program, history: Sequence[Attempt], round_: int) -> Asked:
    """What the proposals of a round are made from, by what was tried before it."""
    return replace(asked, program=program, history=tuple(history), round=round_)
