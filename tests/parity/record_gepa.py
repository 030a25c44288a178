"""Writes `gepa.json`: what gepa 0.1.4 does with a scripted LM: which parent it draws in each round, on which rows, what
is accepted, and which candidate wins. Run with the Python of an environment that has gepa 0.1.4 (dspy 3.4.1 brings it):

    python tests/parity/record_gepa.py
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import gepa
from gepa.core.adapter import EvaluationBatch
from planted_instructions import Planted

TRAIN = list(range(22))
VAL = list(range(100, 120))
ROUNDS = 40
POOL = 8
"""A run ends with so many programs: gepa goes through Python sets of their numbers, whose order is only that of the
numbers as long as these are below the size of the smallest set."""
SEEDS = 10
FIRST = {1: {"ask": "Answer."}, 2: {"found": "Find.", "ask": "Answer."}}
FAMILY = {"found": "Find", "ask": "Answer"}


class Adapter:
    """Runs candidates on rows by what is planted; proposes the next instruction of a family."""

    propose_new_texts = None

    def __init__(self, planted: Planted) -> None:
        self.planted, self.runs = planted, 0

    def evaluate(self, batch: list[int], candidate: dict[str, str], capture_traces: bool = False) -> Any:
        self.runs += len(batch)
        scores = []
        for number in batch:
            hint = self.planted.hint(candidate["found"], number) if "found" in candidate else "fine"
            scores.append(float(self.planted.answer(candidate["ask"], number, hint) == f"answer {number}"))
        return EvaluationBatch(outputs=scores, scores=scores, trajectories=list(batch) if capture_traces else None)

    def make_reflective_dataset(self, candidate: Any, batch: Any, components: list[str]) -> dict[str, Any]:
        return {one: [{"row": number} for number in batch.trajectories] for one in components}


class Notes:
    """Writes down what happens."""

    def __init__(self) -> None:
        self.rounds: list[dict[str, Any]] = []

    def on_iteration_start(self, event: Any) -> None:
        self.rounds.append({"accepted": False})

    def on_candidate_selected(self, event: Any) -> None:
        self.rounds[-1]["parent"] = event["candidate_idx"]

    def on_minibatch_sampled(self, event: Any) -> None:
        self.rounds[-1]["rows"] = list(event["minibatch_ids"])

    def on_proposal_end(self, event: Any) -> None:
        self.rounds[-1]["proposed"] = dict(event["new_instructions"])

    def on_merge_attempted(self, event: Any) -> None:
        self.rounds[-1]["merge"] = list(event["parent_ids"])

    def on_candidate_accepted(self, event: Any) -> None:
        self.rounds[-1]["accepted"] = True


def run(calls: int, seed: int) -> dict[str, Any]:
    planted = Planted(seed)
    adapter, notes, asked = Adapter(planted), Notes(), 0

    def propose(candidate: Any, dataset: Any, components: list[str]) -> dict[str, str]:
        nonlocal asked
        asked += len(components)
        return {one: planted.next(FAMILY[one]) for one in components}

    result = gepa.optimize(
        seed_candidate=FIRST[calls],
        trainset=TRAIN,
        valset=VAL,
        adapter=adapter,
        custom_candidate_proposer=propose,
        use_merge=True,
        stop_callbacks=lambda state: state.i >= ROUNDS - 1 or len(state.program_candidates) >= POOL,
        callbacks=[notes],
        seed=seed,
    )
    return {
        "calls": calls,
        "seed": seed,
        "rounds": notes.rounds,
        "runs": adapter.runs,
        "proposals": asked,
        "pool": [dict(one) for one in result.candidates],
        "scores": list(result.val_aggregate_scores),
        "winner": dict(result.best_candidate),
    }


if __name__ == "__main__":
    found = [run(calls, seed) for calls in (1, 2) for seed in range(SEEDS)]
    lines = ",\n".join(json.dumps(one) for one in found)
    Path(__file__).with_name("gepa.json").write_text(f'{{"gepa": "{version("gepa")}", "runs": [\n{lines}\n]}}\n')
