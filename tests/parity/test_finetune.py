"""lmc's `finetune` beside DSPy 3.4.1's BootstrapFinetune (`record_finetune.py`): models are trained on the same calls,
with the same inputs and the same replies. lmc has each once, whatever its order."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from lmc.lm.base import Request
from lmc.optimize.passes.finetune import Finetune
from tests.optimize.conftest import Compile, MakeBench, bench_of, compiled, prompt_of
from tests.optimize.test_finetune import Pretended

from .planted_finetune import FIRST, SECOND, TRAIN, reply

__all__ = ["bench_of", "compiled"]

RECORD = json.loads((Path(__file__).parent / "finetune.json").read_text())
SOURCE = f"""
signature First {{ "{FIRST}" in text: str out size: "small" | "large" }}
signature Second {{ "{SECOND}" in text: str in size: str out label: "even" | "odd" }}
module Main(text: str) -> str {{
  let first = predict First(text)
  return (predict Second(text, first.size)).label
}}
metric good(want, got) = exact(want.label, got)
"""
CALLS = {"Main.first": FIRST, "Main.second": SECOND}


@pytest.mark.parametrize("seed", range(len(RECORD["runs"]["one"])))
@pytest.mark.parametrize("models", RECORD["runs"])
def test_models_are_trained_on_the_same_calls(compiled: Compile, bench_of: MakeBench, models: str, seed: int) -> None:
    program, theirs = compiled(SOURCE), RECORD["runs"][models][seed]

    def answer(request: Request) -> str:
        return reply(prompt_of(request), seed)[1]

    bench = bench_of(program, answer, train=TRAIN)
    bench.training = shop = Pretended(bench, answer)
    Finetune(multitask=models == "one", valid=0.0, export_only=True).run(program, bench)

    assert len(shop.written) == len(theirs) == {"one": 1, "each": 2}[models]
    for ours, calls in zip(shop.written, theirs, strict=True):
        wanted = {(call["call"], *call["inputs"].values(), *call["outputs"].values()) for call in calls}
        found = []
        for row in ours.train:
            asked = str(row.messages[-1]["content"])
            (text,), told = re.findall(r"item \d+", asked), re.findall("small|large", asked)
            found.append((CALLS[row.site], text, *told, row.reply["content"]))
        assert Counter(found) == Counter(wanted)
        assert len(ours.train) + ours.dropped == len(calls) > len(ours.train)
