"""A small project with a scripted LM."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from lmc.lm.base import Request

PROGRAM = """\
lm small = "scripted/small"

type Parity = "even" | "odd"

data numbers = "numbers.jsonl" { split: { train: 40, dev: 60, test: 50 }, seed: 0 }

signature Judge {
  "Is the number even or odd?"
  in text: str
  out parity: Parity
}

module Main(text: str) -> Parity {
  let verdict = predict Judge(text)
  return verdict.parity
}

metric accuracy(want, got) = exact(want.parity, got)

optimize Main { data numbers metric accuracy lm small budget 900 calls seed 0 }

emit prompts, python to "out"
"""


def gold(text: str) -> str:
    return "even" if int(text.split()[-1]) % 2 == 0 else "odd"


def chance(*parts: object) -> float:
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:4]) / 2**32


def parts_of(request: Request) -> tuple[str, int]:
    """The text that is asked about, and how many demonstrations the prompt shows."""
    if "prompt" in request.body:
        prompt = str(request.body["prompt"])
        return prompt.rsplit("Text: ", 1)[1].split("\n")[0], prompt.count("Text: ") - 1
    messages = request.body["messages"]
    content = messages[-1]["content"]
    text = content.rsplit("Text: ", 1)[-1].split("\n")[0]
    return text, sum(one["role"] == "assistant" for one in messages) + content.count("Text: ") - ("Text: " in content)


def proposal(request: Request) -> str | None:
    """What is said to a meta-prompt: nothing that can be used. None to what asks about a number."""
    return None if parts_of(request)[0].split()[-1:] and parts_of(request)[0].split()[-1].isdigit() else ""


def helped(request: Request) -> str:
    """An LM that demonstrations help: right on 55 % of the rows without any, on 95 % with eight."""
    if (proposed := proposal(request)) is not None:
        return proposed
    text, demos = parts_of(request)
    right = chance(text, "row") < 0.55 + 0.05 * min(demos, 8)
    return gold(text) if right else ("odd" if gold(text) == "even" else "even")


def harmed(request: Request) -> str:
    """An LM that demonstrations harm."""
    if (proposed := proposal(request)) is not None:
        return proposed
    text, demos = parts_of(request)
    right = chance(text, "row") < 0.9 - 0.05 * min(demos, 8)
    return gold(text) if right else ("odd" if gold(text) == "even" else "even")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The program's file in a project of its own; LMC_HOME is beside it."""
    monkeypatch.setenv("LMC_HOME", str(tmp_path / "home"))
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pyproject.toml").write_text("")
    rows = [{"id": str(number), "text": f"number {number * 37 + 11}"} for number in range(150)]
    lines = [json.dumps({**row, "parity": gold(row["text"])}) for row in rows]
    (folder / "numbers.jsonl").write_text("\n".join(lines) + "\n")
    (folder / "main.lmp").write_text(PROGRAM)
    return folder / "main.lmp"
