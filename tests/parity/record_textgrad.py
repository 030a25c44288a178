"""Writes `textgrad.json`: what textgrad 0.1.8 asks an LM for, step by step, in the loop of its prompt optimization
(three rows a step, criticism of exact matches, a step that lowers the score on the validation rows is taken back). Run
with the Python of an environment that has textgrad 0.1.8:

    python tests/parity/record_textgrad.py
"""

from __future__ import annotations

import json
import random
import re
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import textgrad as tg
from planted_instructions import Planted
from textgrad.autograd.string_based_ops import StringBasedFunction
from textgrad.engine import EngineLM

TRAIN = list(range(12))
VAL = list(range(100, 112))
BATCH = 3
STEPS = 6
SEEDS = 4


class Engine(EngineLM):
    """Answers by what is planted; criticizes, and writes the next instruction of a family."""

    def __init__(self, planted: Planted) -> None:
        self.model_string, self.planted, self.asked = "scripted", planted, []

    def __call__(self, content: str, system_prompt: str | None = None, **kwargs: Any) -> str:
        return self.generate(content, system_prompt)

    def generate(self, content: str, system_prompt: str | None = None, **kwargs: Any) -> str:
        system = system_prompt or ""
        if "<IMPROVED_VARIABLE>" in content:
            family = "Find" if "<VARIABLE> Find" in content else "Answer"
            self.asked.append(f"step {family}")
            return f"<IMPROVED_VARIABLE>{self.planted.next(family)}</IMPROVED_VARIABLE>"
        if "gives feedback to a variable" in system or "give feedback" in content:
            part = content.split("<VARIABLE> ")[-1].split(" </VARIABLE>")[0]
            number = re.findall(r"question (\d+)", content)
            kind = "instruction" if part.startswith(("Find", "Answer")) else "output"
            self.asked.append(kind)
            return f"Criticism of {kind}, {len(number)}."
        number = int(re.findall(r"question (\d+)", content)[-1])
        self.asked.append("run")
        if "Find" in system:
            return f"question {number} {self.planted.hint(system, number)}"
        return self.planted.answer(system, number, "poor" if content.endswith("poor") else "fine")


def run(calls: int, seed: int) -> dict[str, Any]:
    engine = Engine(Planted(seed))
    tg.set_backward_engine(engine, override=True)
    families = ["Find", "Answer"][-calls:]
    prompts = [tg.Variable(f"{one}.", role_description="instruction of a step") for one in families]
    models = [tg.BlackboxLLM(engine, one) for one in prompts]
    optimizer = tg.TextualGradientDescent(engine=engine, parameters=prompts)
    equals = StringBasedFunction(
        lambda prediction, wanted: int(prediction.value == wanted.value), function_purpose="whether the answer is right"
    )

    def answer(number: int) -> Any:
        value = tg.Variable(f"question {number}", role_description="the question", requires_grad=False)
        for model in models:
            value = model(value)
        return value

    def score() -> float:
        return sum(answer(number).value == f"answer {number}" for number in VAL) / len(VAL)

    rng, rows, steps, best = random.Random(seed), [], [], score()
    first = best
    for _ in range(STEPS):
        if len(rows) < BATCH:
            rows = rng.sample(TRAIN, len(TRAIN))
        batch, rows = rows[:BATCH], rows[BATCH:]
        engine.asked.clear()
        optimizer.zero_grad()
        losses = []
        for number in batch:
            wanted = tg.Variable(f"answer {number}", role_description="the right answer", requires_grad=False)
            losses.append(equals({"prediction": answer(number), "wanted": wanted}))
        tg.sum(losses).backward()
        before = [one.value for one in prompts]
        optimizer.step()
        asked = {kind: engine.asked.count(kind) for kind in dict.fromkeys(engine.asked)}
        tried, after = [one.value for one in prompts], score()
        if after < best:
            for one, text in zip(prompts, before, strict=True):
                one.set_value(text)
        steps.append({"rows": batch, "asked": asked, "tried": tried, "score": after, "kept": after >= best})
        best = max(best, after)
    return {
        "calls": calls,
        "seed": seed,
        "first": first,
        "steps": steps,
        "winner": [one.value for one in prompts],
    }


if __name__ == "__main__":
    found = [run(calls, seed) for calls in (1, 2) for seed in range(SEEDS)]
    lines = ",\n".join(json.dumps(one) for one in found)
    Path(__file__).with_name("textgrad.json").write_text(
        f'{{"textgrad": "{version("textgrad")}", "runs": [\n{lines}\n]}}\n'
    )
