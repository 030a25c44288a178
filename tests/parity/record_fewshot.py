"""Writes `fewshot.json`: what DSPy 3.4.1's LabeledFewShot, BootstrapFewShot, BootstrapFewShotWithRandomSearch,
BootstrapFewShotWithOptuna and MIPROv2 do with a scripted LM: what they evaluate in what order, which candidate wins,
and how many different requests they make. Run with the Python of an environment that has dspy 3.4.1 and optuna:

    python tests/parity/record_fewshot.py

The sampler of BootstrapFewShotWithOptuna, which has no seed, is given one. Proposals of MIPROv2 are those of
`planted_fewshot`: what an LM proposes is not part of what is compared.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import dspy
import optuna
from dspy.evaluate import Evaluate
from dspy.teleprompt import (
    BootstrapFewShot,
    BootstrapFewShotWithOptuna,
    BootstrapFewShotWithRandomSearch,
    LabeledFewShot,
    MIPROv2,
)
from planted_fewshot import DEV, INSTRUCTION, PROPOSALS, SEEDS, TRAIN, label

EVALUATED: list[dict[str, Any]] = []


class Scripted(dspy.BaseLM):
    """Answers by what is planted, and keeps what was asked."""

    def __init__(self, seed: int) -> None:
        super().__init__(model="scripted")
        self.seed = seed
        self.asked: list[str] = []

    def copy(self, **kwargs: Any) -> Scripted:
        return self

    def forward(self, prompt: str | None = None, messages: Any = None, **kwargs: Any) -> Any:
        text = "\n".join(one["content"] for one in messages)
        self.asked.append(text)
        said = f"[[ ## label ## ]]\n{label(text, self.seed)}\n\n[[ ## completed ## ]]"
        choice = SimpleNamespace(message=SimpleNamespace(content=said), finish_reason="stop")
        return SimpleNamespace(choices=[choice], usage={}, model="scripted")


def shown(program: Any) -> list[int]:
    """The items of a program's demonstrations."""
    return [int(re.findall(r"\d+", demo["text"])[0]) for demo in program.predictors()[0].demos]


def told(program: Any) -> str:
    return str(program.predictors()[0].signature.instructions)


original = Evaluate.__call__


def recorded(self: Any, program: Any, *args: Any, **kwargs: Any) -> Any:
    result = original(self, program, *args, **kwargs)
    rows = kwargs.get("devset") or self.devset
    EVALUATED.append(
        {"demos": shown(program), "instruction": told(program), "rows": len(rows), "score": round(result.score, 2)}
    )
    return result


Evaluate.__call__ = recorded


def metric(want: Any, got: Any, trace: Any = None) -> bool:
    return bool(want.label == got.label)


def run(seed: int, optimize: Callable[[Any, list[Any], list[Any]], Any]) -> dict[str, Any]:
    """What one optimizer does."""
    lm = Scripted(seed)
    EVALUATED.clear()
    rows = [[dspy.Example(**row).with_inputs("text") for row in part] for part in (TRAIN, DEV)]
    with dspy.context(lm=lm):
        best = optimize(dspy.Predict(dspy.Signature("text -> label", INSTRUCTION)), *rows)
    return {
        "evaluated": list(EVALUATED),
        "demos": shown(best),
        "instruction": told(best),
        "asked": len(lm.asked),
        "distinct": len(set(lm.asked)),
    }


def with_optuna(student: Any, train: list[Any], dev: list[Any]) -> Any:
    create = optuna.create_study
    optuna.create_study = lambda **kwargs: create(sampler=optuna.samplers.TPESampler(seed=0), **kwargs)
    try:
        optimizer = BootstrapFewShotWithOptuna(metric, num_candidate_programs=8, num_threads=1)
        return optimizer.compile(student, max_demos=3, trainset=train, valset=dev)
    finally:
        optuna.create_study = create


def with_mipro(auto: str) -> Callable[[Any, list[Any], list[Any]], Any]:
    def optimize(student: Any, train: list[Any], dev: list[Any]) -> Any:
        optimizer = MIPROv2(metric, auto=auto, num_threads=1)
        optimizer._propose_instructions = lambda *args, **kwargs: {0: [INSTRUCTION, *PROPOSALS]}
        return optimizer.compile(student, trainset=train, valset=dev)

    return optimize


OPTIMIZERS: dict[str, Callable[[Any, list[Any], list[Any]], Any]] = {
    "LabeledFewShot": lambda student, train, _: LabeledFewShot(k=5).compile(student, trainset=train),
    "BootstrapFewShot": lambda student, train, _: BootstrapFewShot(
        metric, max_bootstrapped_demos=4, max_labeled_demos=9
    ).compile(student, trainset=train),
    "BootstrapFewShot of all rows": lambda student, train, _: BootstrapFewShot(
        metric, max_bootstrapped_demos=30, max_labeled_demos=30
    ).compile(student, trainset=train),
    "BootstrapFewShotWithRandomSearch": lambda student, train, dev: BootstrapFewShotWithRandomSearch(
        metric, max_bootstrapped_demos=3, max_labeled_demos=6, num_candidate_programs=8, num_threads=1
    ).compile(student, trainset=train, valset=dev),
    "BootstrapFewShotWithOptuna": with_optuna,
    "MIPROv2 light": with_mipro("light"),
    "MIPROv2 medium": with_mipro("medium"),
    "MIPROv2 heavy": with_mipro("heavy"),
}


def main() -> None:
    """Runs all of them."""
    found = {name: [run(seed, optimize) for seed in range(SEEDS)] for name, optimize in OPTIMIZERS.items()}
    path = Path(__file__).parent / "fewshot.json"
    path.write_text(json.dumps({"dspy": dspy.__version__, "optuna": optuna.__version__, "runs": found}) + "\n")


if __name__ == "__main__":
    main()
