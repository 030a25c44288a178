"""Writes `structure.json`: what SAMMO 0.3.3's BeamSearch over a BagOfMutators does with a scripted LM: which candidates
it scores in what order, by which mutator, and which one wins; and what its StopwordsCompressor makes of texts. Run with
the Python of an environment that has sammo 0.3.3:

    python tests/parity/record_structure.py

The compressor's tokenizer, a model that has to be fetched, is replaced by spaCy's rules for English alone.
"""

from __future__ import annotations

import json
import re
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).parent))

import spacy
from planted_structure import BEAM, BREADTH, NUMBERS, ROUNDS, SEEDS, START, changed, right
from sammo.base import Costs, EvaluationScore, LLMResult, Runner
from sammo.components import GenerateText, Output
from sammo.data import DataTable
from sammo.dataformatters import PlainFormatter
from sammo.instructions import InputData, MetaPrompt, Paragraph
from sammo.mutators import (
    BagOfMutators,
    Paraphrase,
    Rewrite,
    SegmentToBulletPoints,
    ShortenSegment,
    StopwordsCompressor,
)
from sammo.search import BeamSearch

ASKED = {
    "Rewrite the text below. ": "rewrite",
    "Summarize the text below in ": "shorten",
    "Paraphrase the text below. ": "paraphrase",
    "Rewrite the text below as a bullet list": "short_bullets",
}
NAMES = {
    "init": "init",
    "Rewrite": "rewrite",
    "ShortenSegment": "shorten",
    "Paraphrase": "paraphrase",
    "SegmentToBulletPoints": "short_bullets",
}
TEXTS = [
    "Look at the last digit of it, and say what it is.",
    "The answer is in the text; it was written by an expert.",
    "Reply with one word.",
    "For each of the items, say if it has a fault.",
]


class Scripted(Runner):
    """Answers by what is planted, and counts what it was asked."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.seed, self.tasks, self.changes = seed, 0, 0

    async def generate_text(self, prompt: str, *args: Any, **kwargs: Any) -> LLMResult:
        for words, operator in ASKED.items():
            if prompt.startswith(words):
                self.changes += 1
                said = changed(operator, prompt.split("\n\n", 1)[1])
                break
        else:
            self.tasks += 1
            text, number = re.fullmatch(r"(.*)Input: number (\d+)", prompt, re.S).groups()
            said = "right" if right(text, int(number), self.seed) else "wrong"
        return LLMResult(said, costs=Costs(), request_text=prompt)


def searched(seed: int) -> dict[str, Any]:
    """One search."""
    prompt = MetaPrompt(
        [Paragraph(START, reference_id="task"), Paragraph(InputData())],
        render_as="raw",
        data_formatter=PlainFormatter(),
    )
    start = Output(GenerateText(prompt), minibatch_size=1)
    data = DataTable.from_records(
        [{"input": f"number {number}", "output": "right"} for number in NUMBERS], input_fields="input"
    )
    bag = BagOfMutators(
        start, Rewrite("#task"), ShortenSegment("#task"), Paraphrase("#task"), SegmentToBulletPoints("#task")
    )

    def accuracy(wanted: Any, given: Any) -> EvaluationScore:
        said = given.outputs.normalized_values()
        return EvaluationScore(sum(one == "right" for one in said) / len(said))

    runner = Scripted(seed)
    search = BeamSearch(runner, bag, accuracy, beam_width=BEAM, depth=ROUNDS, mutations_per_beam=BREADTH)
    search.fit(data)

    def text(candidate: Any) -> str:
        return candidate.find_first("#task").node.static_text()

    return {
        "scored": [
            [one["iteration"], NAMES[one["action"]], text(one["candidate"]), one["objective"]]
            for one in search._state["fit"]
        ],
        "best": text(search.best_prompt),
        "changes": runner.changes,
    }


def main() -> None:
    with patch("spacy.load", lambda name: spacy.blank("en")):
        compressor = StopwordsCompressor("reuters")
    found = {
        "sammo": version("sammo"),
        "searches": [searched(seed) for seed in range(SEEDS)],
        "stopwords": [[text, compressor.compress(text)] for text in TEXTS],
    }
    path = Path(__file__).with_name("structure.json")
    path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
