"""Writes `instructions.json`: what DSPy 3.4.1's COPRO and InferRules do with a scripted LM, in what order, and which
candidate wins. Run with the Python of an environment that has dspy 3.4.1:

    python tests/parity/record_instructions.py
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
from dspy.evaluate import Evaluate
from dspy.teleprompt import COPRO
from dspy.teleprompt.infer_rules import InferRules
from planted_instructions import FAMILIES, ROWS, SEEDS, Planted

EVENTS: list[dict[str, Any]] = []


class Scripted(dspy.BaseLM):
    """Answers by what is planted; asked for proposals, it numbers them."""

    def __init__(self, planted: Planted) -> None:
        super().__init__(model="scripted")
        self.planted, self.proposals = planted, 0

    def copy(self, **kwargs: Any) -> Scripted:
        return self

    def forward(self, prompt: str | None = None, messages: Any = None, **kwargs: Any) -> Any:
        texts = [self.reply(messages) for _ in range(kwargs.get("n") or 1)]
        choices = [SimpleNamespace(message=SimpleNamespace(content=text), finish_reason="stop") for text in texts]
        return SimpleNamespace(choices=choices, usage={}, model="scripted")

    def reply(self, messages: list[dict[str, str]]) -> str:
        system, user = messages[0]["content"], messages[-1]["content"]
        if "proposed_instruction" in system:
            self.proposals += 1
            family = "Find" if "Find" in user else "Answer"
            prefix = FAMILIES[family]
            return marked(proposed_instruction=self.planted.next(family), proposed_prefix_for_output_field=prefix)
        if "natural_language_rules" in system:
            self.proposals += 1
            family = "Answer" if "\nanswer:" in user else "Find"
            return marked(reasoning="So.", natural_language_rules=self.planted.next(family))
        number = int(re.findall(r"question (\d+)", user)[-1])
        if "[[ ## hint ## ]]" in user.split("Respond with")[0]:
            hint = re.findall(r"\[\[ ## hint ## \]\]\n(.*)", user)[-1]
            return marked(answer=self.planted.answer(system, number, hint))
        if "`hint`" in system:
            return marked(hint=self.planted.hint(system, number))
        return marked(answer=self.planted.answer(system, number, "fine"))


def marked(**fields: str) -> str:
    return "\n\n".join(f"[[ ## {name} ## ]]\n{value}" for name, value in fields.items()) + "\n\n[[ ## completed ## ]]"


class One(dspy.Module):
    def __init__(self) -> None:
        super().__init__()
        self.ask = dspy.Predict(dspy.Signature("question -> answer", "Answer."))

    def forward(self, question: str) -> Any:
        return self.ask(question=question)


class Two(dspy.Module):
    def __init__(self) -> None:
        super().__init__()
        self.found = dspy.Predict(dspy.Signature("question -> hint", "Find."))
        self.ask = dspy.Predict(dspy.Signature("question, hint -> answer", "Answer."))

    def forward(self, question: str) -> Any:
        return self.ask(question=question, hint=self.found(question=question).hint)


def instructions(program: Any) -> list[str]:
    return [one.signature.instructions for one in program.predictors()]


plain = Evaluate.__call__


def noted(self: Evaluate, program: Any, *args: Any, **kwargs: Any) -> Any:
    result = plain(self, program, *args, **kwargs)
    EVENTS.append({"instructions": instructions(program), "score": result.score / 100})
    return result


def metric(example: Any, prediction: Any, trace: Any = None) -> bool:
    return bool(example.answer == prediction.answer)


def run(method: str, kind: type[dspy.Module], seed: int) -> dict[str, Any]:
    EVENTS.clear()
    lm = Scripted(Planted(seed))
    dspy.configure(lm=lm)
    dspy.configure_cache(enable_disk_cache=False, enable_memory_cache=False)
    rows = [dspy.Example(**row).with_inputs("question") for row in ROWS]
    if method == "copro":
        copro = COPRO(metric=metric, breadth=4, depth=3)
        eval_kwargs = {"num_threads": 1, "display_progress": False}
        best = instructions(copro.compile(kind(), trainset=rows, eval_kwargs=eval_kwargs))
    else:
        rules = InferRules(
            metric=metric, num_candidates=5, num_rules=5, num_threads=1, max_bootstrapped_demos=0, max_labeled_demos=0
        )
        returned = rules.compile(kind(), trainset=rows[:10], valset=rows)
        # The signatures of all its candidates are one object, so that what it returns has the instructions of the last
        # one; the one that it chose is the first of the highest score.
        best = max(EVENTS, key=lambda event: event["score"])["instructions"]
        print(f"\nSEED {seed}: returned {instructions(returned)}, chose {best}")
    return {
        "method": method,
        "calls": 1 if kind is One else 2,
        "seed": seed,
        "proposals": lm.proposals,
        "evaluated": list(EVENTS),
        "winner": best,
    }


if __name__ == "__main__":
    Evaluate.__call__ = noted
    found = [run(method, kind, seed) for method in ("copro", "rules") for kind in (One, Two) for seed in range(SEEDS)]
    path = Path(__file__).with_name("instructions.json")
    lines = ",\n".join(json.dumps(one) for one in found)
    path.write_text(f'{{"dspy": "{dspy.__version__}", "runs": [\n{lines}\n]}}\n')
