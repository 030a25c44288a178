"""Codes that no page can bring about everywhere: packages that are missing, locks of another program, bad replies."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from lmc.diagnostics import Failure
from lmc.driver.inputs import tuning_inputs
from lmc.driver.load import load, lock_path
from lmc.driver.tuned import tuned_program
from lmc.execute.interpreter import Interpreter
from lmc.lm import local, remote
from lmc.lm.base import LMError
from lmc.lm.scripted import Scripted
from lmc.passes import simplify

PROGRAM = """\
lm small = "scripted/small"

data numbers = "numbers.jsonl" { split: { train: 2, dev: rest } }

signature Judge = text: str -> parity: int

module Main(text: str) -> int {
  let verdict = predict Judge(text)
  return verdict.parity
}

metric accuracy(want, got) = exact(want.parity, got)

optimize Main { data numbers metric accuracy }
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    rows = [json.dumps({"text": f"number {number}", "parity": number % 2}) for number in range(5)]
    (tmp_path / "numbers.jsonl").write_text("\n".join(rows), encoding="utf-8")
    path = tmp_path / "parity.lmp"
    path.write_text(PROGRAM, encoding="utf-8")
    return path


def test_litellm_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "find_spec", lambda _: None)
    with pytest.raises(LMError) as failure:
        remote.RemoteLM("openai/gpt-4o-mini", {})
    assert failure.value.diagnostic.code == "LMP0612"
    assert failure.value.diagnostic.help == "pip install 'lmc[remote]'"


def test_xllamacpp_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(local, "find_spec", lambda _: None)
    with pytest.raises(LMError) as failure:
        local.LocalLM(tmp_path / "model.gguf")
    assert failure.value.diagnostic.code == "LMP0610"
    assert failure.value.diagnostic.help == "pip install 'lmc[local]'"


def test_a_lock_that_names_a_call_which_is_not_there(project: Path) -> None:
    loaded = load(project)
    assert loaded.program is not None
    score = {"score": 0.5, "n": 2, "low": 0.0, "high": 1.0}
    entry = {
        "inputs": tuning_inputs(simplify(loaded.program), loaded.program.optimizes[0], loaded.root),
        "baseline": score,
        "tuned": score,
        "difference": score,
        "sealed": False,
        "reproducible": True,
        "seed": 0,
        "spent": {"calls": 0, "tokens": 0, "dollars": 0.0},
        "passes": [],
        "slots": {"Main.gone": {"instruction": "Say it."}},
    }
    lock = {"lock": 1, "compiler": "0", "program": "parity", "modules": {"Main": entry}}
    lock_path(project).write_text(json.dumps(lock), encoding="utf-8")
    with pytest.raises(Failure) as failure:
        tuned_program(loaded)
    assert failure.value.diagnostic.code == "LMP0504"
    assert failure.value.diagnostic.message == "the lock has `Main.gone`, which is no call of the program"


def test_a_reply_that_is_not_of_its_type(project: Path) -> None:
    program = load(project).program
    assert program is not None
    lm = Scripted(lambda _: "even")
    outcome = asyncio.run(Interpreter(simplify(program), {"small": lm}).run("Main", {"text": "number 2"}))
    assert outcome.error is not None
    assert outcome.error.code == "LMP0700"
    assert outcome.error.notes == ("the reply was: even",)
    assert len(lm.calls) > 1, "it was asked again"
