"""The procedures of DSPy 3.4.1's COPRO and InferRules, step by step: every candidate on every dev row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lmc.evaluate.statistics import mean
from lmc.ir.patch import apply_patch
from lmc.ir.program import Program, Settings
from lmc.optimize.base import OutOfBudget
from lmc.optimize.bench import Bench
from lmc.optimize.proposing.grounding import call_words, examples_text
from lmc.optimize.proposing.proposals import cleaned
from lmc.optimize.proposing.proposers import RULES, Asked, Attempt, asked_for, history_text

ANY = 1_000_000
"""Characters that a proposal may have: the originals know no limit."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """An instruction with the score that it had, and the whole program that had it."""

    instruction: str
    score: float
    program: Program


def every_row(bench: Bench, program: Program, candidates: Sequence[Program], origins: Sequence[str]) -> Program:
    """The best of the program and the candidates on all dev rows, the first of equals. Raises OutOfBudget before
    anything is run when there is no room for all of it."""
    everyone = [program, *candidates]
    results = bench.results(everyone, bench.dev)
    scores = [mean([one.score for one in result]) for result in results]
    best = scores.index(max(scores))
    for number, one in enumerate(everyone):
        bench.tried(one, None, "kept" if number == best else "dropped", bench.dev, ("", *origins)[number])
    return everyone[best]


def coordinate_ascent(program: Program, bench: Bench, places: Sequence[str], breadth: int, depth: int) -> Program:
    """COPRO: for each call `breadth` instructions, one of them the present one, then `depth` rounds: call after call
    all of its candidates are scored in the program as it is by then (of a program of one call the latest ones alone),
    the best so far is put in, and `breadth` more are asked for from the best so far, ascending by score. The program
    that scored highest at any time, the first of equals; of those that the budget paid for. Raises OutOfBudget where it
    paid for none."""
    asked = {address: asked_for(program, bench, address, 1, 1) for address in places}
    first = {address: firsts(asked[address], breadth - 1) for address in places}
    latest, everything = dict(first), {address: list(found) for address, found in first.items()}
    tried: dict[str, dict[str, Evaluated]] = {address: {} for address in places}
    current = program
    try:
        for number in range(depth):
            for address in places:
                candidates = everything[address] if len(places) > 1 else latest[address]
                current = best_at(bench, current, address, candidates, tried[address])
            if number < depth - 1:
                for address in places:
                    latest[address] = more(asked[address], tried[address], breadth, number + 1)
                    everything[address] += latest[address]
    except OutOfBudget:
        if not any(tried.values()):
            raise
        bench.listen("skip", reason="the budget has no room for all of the original's procedure")
    found = [one for address in places for one in tried[address].values()]
    return max(found, key=lambda one: one.score).program


def firsts(asked: Asked, count: int) -> list[str]:
    """The first proposals for a call, and the instruction that it has."""
    step = {"call": call_words(asked.program, asked.predict), "current": asked.current}
    return [*said(asked.bench.propose("copro_first", [step] * count)), asked.current]


def more(asked: Asked, tried: dict[str, Evaluated], breadth: int, number: int) -> list[str]:
    """More proposals for a call, from the best of those so far."""
    history = tuple(Attempt(one.instruction, one.score) for one in tried.values())
    shown = history_text(history, breadth)
    step = {"call": call_words(asked.program, asked.predict), "history": shown}
    return said(asked.bench.propose("copro", [step] * breadth, first=number * breadth))


def said(found: Sequence[object]) -> list[str]:
    """What was proposed, without what LMs put around it; failed proposals left out."""
    return [text for one in found if isinstance(one, str) and (text := cleaned(one, ANY))]


def best_at(
    bench: Bench, current: Program, address: str, candidates: Sequence[str], tried: dict[str, Evaluated]
) -> Program:
    """The program with the best instruction so far at a call, after the candidates were scored in it. Adds to `tried`;
    of two scores of one instruction the higher counts."""
    programs = [apply_patch(current, {address: Settings(instruction=text)}) for text in candidates]
    for text, program, results in zip(candidates, programs, bench.results(programs, bench.dev), strict=True):
        score = mean([one.score for one in results])
        if text not in tried or tried[text].score < score:
            tried[text] = Evaluated(text, score, program)
    best = max(tried.values(), key=lambda one: one.score)
    for text, program in zip(candidates, programs, strict=True):
        bench.tried(program, None, "kept" if text == best.instruction else "dropped", bench.dev, f"copro: {address}")
    return apply_patch(current, {address: Settings(instruction=best.instruction)})


def rules_for_all(program: Program, bench: Bench, places: Sequence[str], candidates: int, most: int) -> Program:
    """InferRules: so many programs, each with rules at every call that were drawn from all examples of it; the one
    that scores highest on the dev rows, the first of equals. Raises OutOfBudget where the budget ends."""
    asked = {address: asked_for(program, bench, address, 1, most) for address in places}
    asks = []
    for one in asked.values():
        step = call_words(one.program, one.predict)
        examples = examples_text(one.program, one.predict, one.pool)
        asks += [("infer_rules", {"call": step, "examples": examples, "most": most}, 0)] * candidates
    found = bench.propose_all(asks)
    programs = []
    for number in range(candidates):
        patch = {}
        for at, address in enumerate(places):
            rules = found[at * candidates + number]
            if isinstance(rules, str):
                patch[address] = Settings(instruction=asked[address].current + RULES + rules.strip())
        programs.append(apply_patch(program, patch))
    results = bench.results(programs, bench.dev)
    scores = [mean([one.score for one in result]) for result in results]
    best = scores.index(max(scores))
    for number, candidate in enumerate(programs):
        bench.tried(candidate, None, "kept" if number == best else "dropped", bench.dev, "rules")
    return programs[best]
