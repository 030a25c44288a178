"""Writes `simba.json`: what DSPy 3.4.1's SIMBA does with a scripted LM: the rows of each step, which program makes each
run, the candidates of each step with their scores, and which program wins. Run with the Python of an environment that
has dspy 3.4.1 and numpy:

    python tests/parity/record_simba.py
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import dspy
from dspy.teleprompt import SIMBA
from planted_instructions import Planted, lot
from record_instructions import One, Two, instructions, marked

ROWS = 20
BATCH = 8
CANDIDATES = 3
STEPS = 3
SEEDS = 4


class Scripted(dspy.BaseLM):
    """Answers by what is planted, a run at a temperature by the luck of its number too; gives advice."""

    def __init__(self, planted: Planted, counts: dict[str, int], rollout: int | None = None) -> None:
        super().__init__(model="scripted")
        self.planted, self.counts, self.rollout = planted, counts, rollout

    def copy(self, **kwargs: Any) -> Scripted:
        return Scripted(self.planted, self.counts, kwargs.get("rollout_id", self.rollout))

    def forward(self, prompt: str | None = None, messages: Any = None, **kwargs: Any) -> Any:
        choices = [SimpleNamespace(message=SimpleNamespace(content=self.reply(messages)), finish_reason="stop")]
        return SimpleNamespace(choices=choices, usage={}, model="scripted")

    def reply(self, messages: list[dict[str, str]]) -> str:
        system, user = messages[0]["content"], messages[-1]["content"]
        if "module_advice" in system:
            self.counts["advice"] += 1
            families = {"ask": "Answer", "found": "Find"}
            names = json.loads(re.findall(r"\[\[ ## module_names ## \]\]\n(.*?)\n\n", user, re.S)[0])
            advice = {name: self.planted.next(families[name.removeprefix("self.")]) for name in sorted(names)}
            return marked(discussion="So.", module_advice=json.dumps(advice))
        self.counts["hot" if self.rollout is not None else "cold"] += 1
        number = int(re.findall(r"question (\d+)", user)[-1])
        lucky = self.rollout is not None and lot("luck", self.rollout, number) < 0.4
        if "[[ ## hint ## ]]" in user.split("Respond with")[0]:
            hint = re.findall(r"\[\[ ## hint ## \]\]\n(.*)", user)[-1]
            return marked(answer=self.planted.answer(system, number, "fine" if lucky else hint))
        if "`hint`" in system:
            return marked(hint=self.planted.hint(system, number))
        return marked(answer=f"answer {number}" if lucky else self.planted.answer(system, number, "fine"))


def run(kind: type[dspy.Module], seed: int, demos: int) -> dict[str, Any]:
    counts = {"hot": 0, "cold": 0, "advice": 0}
    dspy.configure(lm=Scripted(Planted(seed), counts))
    dspy.configure_cache(enable_disk_cache=False, enable_memory_cache=False)
    rows = [dspy.Example(question=f"question {n}", answer=f"answer {n}").with_inputs("question") for n in range(ROWS)]
    simba = SIMBA(
        metric=lambda example, prediction: float(bool(prediction) and example.answer == prediction.answer),
        bsize=BATCH,
        num_candidates=CANDIDATES,
        max_steps=STEPS,
        max_demos=demos,
        num_threads=1,
    )
    best = simba.compile(kind(), trainset=rows, seed=seed)
    return {
        "calls": 1 if kind is One else 2,
        "demos": demos,
        "seed": seed,
        **counts,
        "finals": [[one["score"], instructions(one["program"])] for one in best.candidate_programs],
        "winner": instructions(best),
    }


if __name__ == "__main__":
    found = [run(kind, seed, demos) for demos in (0, 4) for kind in (One, Two) for seed in range(SEEDS)]
    lines = ",\n".join(json.dumps(one) for one in found)
    path = Path(__file__).with_name("simba.json")
    path.write_text(f'{{"dspy": "{dspy.__version__}", "runs": [\n{lines}\n]}}\n')
