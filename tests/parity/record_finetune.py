"""Writes `finetune.json`: on which calls DSPy 3.4.1's BootstrapFinetune trains models, with a scripted LM: for each
model the call, its inputs and its outputs. Run with the Python of an environment that has dspy 3.4.1:

    python tests/parity/record_finetune.py

No model is trained: the data is taken where it would be sent. How it is worded is not part of what is compared.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import dspy
from dspy.adapters import ChatAdapter
from dspy.teleprompt import BootstrapFinetune
from planted_finetune import FIRST, SECOND, SEEDS, TRAIN, reply


class Scripted(dspy.LM):
    """Answers by what is planted."""

    def __init__(self, seed: int) -> None:
        super().__init__(model="openai/scripted", cache=False)
        self.seed = seed

    def forward(self, prompt: str | None = None, messages: Any = None, **kwargs: Any) -> Any:
        field, value = reply("\n".join(one["content"] for one in messages), self.seed)
        said = f"[[ ## {field} ## ]]\n{value}\n\n[[ ## completed ## ]]"
        choice = SimpleNamespace(message=SimpleNamespace(content=said), finish_reason="stop")
        return SimpleNamespace(choices=[choice], usage={}, model="scripted")


class Plain(ChatAdapter):
    """Gives the data of a call in place of its words."""

    def format_finetune_data(self, signature: Any, demos: Any, inputs: Any, outputs: Any) -> dict[str, Any]:
        return {"call": signature.instructions, "inputs": dict(inputs), "outputs": dict(outputs)}


class TwoCalls(dspy.Module):
    """A call, and one that sees what it said."""

    def __init__(self) -> None:
        super().__init__()
        self.first = dspy.Predict(dspy.Signature("text -> size", FIRST))
        self.second = dspy.Predict(dspy.Signature("text, size -> label", SECOND))

    def forward(self, text: str) -> Any:
        return self.second(text=text, size=self.first(text=text).size)


def run(seed: int, multitask: bool) -> list[list[dict[str, Any]]]:
    """The data for each model."""
    taken: list[list[dict[str, Any]]] = []

    def take(jobs: dict[Any, Any]) -> dict[Any, Any]:
        taken.extend(job["train_data"] for job in jobs.values())
        return {key: job["lm"] for key, job in jobs.items()}

    lm = Scripted(seed)
    program = TwoCalls()
    program.set_lm(lm)
    rows = [dspy.Example(**row).with_inputs("text") for row in TRAIN]
    optimizer = BootstrapFinetune(
        lambda want, got, trace=None: want.label == got.label, multitask=multitask, adapter=Plain(), num_threads=2
    )
    optimizer.finetune_lms = take
    with dspy.context(lm=lm):
        optimizer.compile(program, trainset=rows)
    return taken


def main() -> None:
    """Runs it for one model, and for one for each call."""
    found = {name: [run(seed, name == "one") for seed in range(SEEDS)] for name in ("one", "each")}
    path = Path(__file__).parent / "finetune.json"
    path.write_text(json.dumps({"dspy": dspy.__version__, "runs": found}) + "\n")


if __name__ == "__main__":
    main()
