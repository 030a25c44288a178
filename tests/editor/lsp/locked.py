"""A program with a lock that is fresh, made by hand: no LM is asked."""

from __future__ import annotations

from pathlib import Path

from lmc.driver.inputs import tuning_inputs
from lmc.driver.load import load
from lmc.driver.lock import Lock, ModuleEntry, ScoreEntry, SlotEntry, Spent, write_lock
from lmc.passes import simplify

PROGRAM = """\
lm small = "local/smollm2-135m"

signature Answer {
  in question: str
  out answer: str
}

data rows = "rows.jsonl"

metric right(want, got) = want.answer == got

module Main(question: str) -> str {
  let reply = predict Answer(question)
  return reply.answer
}

optimize Main {
  data rows
  metric right
  budget 9 calls
}

test "it answers" with { replies: ["yes"] } {
  Main("é𝒳?") => it == "yes"
}
"""
INSTRUCTION = "Answer like a 𝒳."
ROWS = '{"question": "a", "answer": "b"}\n{"question": "c", "answer": "d"}\n'


def write_locked(path: Path) -> None:
    """Writes the program, its data, and a lock that has an instruction and scores for it."""
    path.write_text(PROGRAM, encoding="utf-8")
    path.with_name("rows.jsonl").write_text(ROWS)
    loaded = load(path)
    assert loaded.program is not None
    program = simplify(loaded.program)
    entry = ModuleEntry(
        inputs=tuning_inputs(program, program.optimizes[0], loaded.root),
        baseline=ScoreEntry(score=0.25, n=100, low=0.2, high=0.3),
        tuned=ScoreEntry(score=0.75, n=100, low=0.7, high=0.8),
        difference=ScoreEntry(score=0.5, n=100, low=0.4, high=0.6),
        sealed=True,
        reproducible=True,
        seed=0,
        spent=Spent(calls=9, tokens=99, dollars=0.0),
        passes=[],
        slots={"Main.reply": SlotEntry(instruction=INSTRUCTION)},
    )
    lock = Lock(lock=1, compiler="0", program=path.stem, modules={"Main": entry})
    write_lock(path.with_name(f"{path.stem}.lock.json"), lock)
