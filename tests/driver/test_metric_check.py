"""What is said of a metric before any LM is called."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lmc.diagnostics import Sink
from lmc.driver.checks import check_metric
from lmc.driver.data import read_dataset
from lmc.driver.load import load

PROGRAM = """\
lm small = "scripted/small"

type Kind = "music" | "other"
type Intent = {others} | "PlayMusic" | "AddToPlaylist" | "GetWeather"

data songs = "songs.jsonl" {{ split: {{ train: 4, dev: 4, test: 4 }} }}

signature Rate {{ "How likely is it about music?" in text: str out likely: int 0..100 }}

module Main(text: str) -> {returns} {{
  let rating = predict Rate(text)
  return {value}
}}

metric good(want, got) = {metric}

optimize Main {{ data songs metric good }}
"""
INTENTS = ("PlayMusic", "AddToPlaylist", "GetWeather")
OTHERS = " | ".join(f'"intent {n}"' for n in range(40))
ROWS = [{"text": f"text {n}", "intent": INTENTS[n % 3], "names": [INTENTS[n % 3], f"name {n % 3}"]} for n in range(12)]


@pytest.mark.parametrize(
    ("returns", "value", "metric", "codes"),
    [
        ("bool", "rating.likely > 50", '(want.intent in ["PlayMusic", "AddToPlaylist"]) == got', []),
        ("bool", "rating.likely > 50", '(want.intent == "GetWeather") == got or true', ["LMP0165"]),
        ("Kind", '"music" if rating.likely > 50 else "other"', '(want.intent == "PlayMusic") == (got == "music")', []),
        ("Kind", '"music" if rating.likely > 50 else "other"', 'exact(want.intent, got) or len(got) > 0', ["LMP0165"]),
        ("Intent", '"PlayMusic" if rating.likely > 50 else "GetWeather"', "exact(want.intent, got)", []),
        ("int", "rating.likely", "exact(want.intent, got)", []),
        ("int", "rating.likely", "exact(want.intent, got) or true", ["LMP0165"]),
        ("int", "rating.likely", 'got > 50 if want.intent == "PlayMusic" else got <= 50', []),
        ("str", 'f"{rating.likely}"', "got in want.names", []),
        ("str", 'f"{rating.likely}"', "exact(want.names, got)", ["LMP0165"]),
    ],
)  # fmt: skip
def test_a_metric_is_constant_where_all_that_the_module_can_give_scores_the_same(
    tmp_path: Path, returns: str, value: str, metric: str, codes: list[str]
) -> None:
    """What rows want in other words than the module's type has is nothing that it could give."""
    (tmp_path / "songs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    path = tmp_path / "main.lmp"
    path.write_text(PROGRAM.format(returns=returns, value=value, metric=metric, others=OTHERS))
    program, sink = load(path).program, Sink()
    assert program is not None
    roles = read_dataset(program.datasets[0], tmp_path, sink)
    assert roles is not None
    check_metric(program, program.optimizes[0], roles, sink)
    assert [one.code for one in sink.diagnostics] == codes
