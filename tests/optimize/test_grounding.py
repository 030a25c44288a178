"""Instructions proposed from what is known of a task."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest

from lmc.lm.base import Request
from lmc.optimize.bench import Bench
from lmc.optimize.meta import MetaPrompts
from lmc.optimize.proposing.grounding import TIPS, grounded_for_all, grounded_instructions, outline

from .conftest import Compile, MakeBench, prompt_of

ONE = """
signature Ask { "Answer." in question: str "what was asked" out answer: "yes" | "no" }
module Main(question: str) -> str { return (predict Ask(question)).answer }
metric good(want, got) = exact(want.answer, got)
"""
TWO = """
signature Find { "Find the topic." in question: str out topic: str }
signature Ask { "Answer." in topic: str out answer: str }
module Main(question: str) -> str {
  let found = predict Find(question)
  return (predict Ask(found.topic)).answer
}
metric good(want, got) = exact(want.answer, got)
"""
TRAIN = [{"question": f"is number {n} an even number?", "answer": ["yes", "no"][n % 2]} for n in range(20)]
DEV = [{"question": f"and what of {n} in secret?", "answer": ["yes", "no"][n % 2]} for n in range(20)]


def proposer(request: Request) -> str:
    """Describes, proposes an instruction that names the tip it was given, and answers."""
    prompt = prompt_of(request)
    if "Describe in two or three sentences" in prompt:
        return "Questions on numbers."
    if "outline of a program" in prompt:
        return "It looks up a topic, then answers."
    tips = re.findall(r"^Tip: (.+)$", prompt, re.M)
    return f'"Instruction: Look at the last digit. {tips[-1]}"' if tips else "even numbers"


def test_proposals_stand_on_data_program_examples_and_tips(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(ONE)
    asked: list[str] = []

    def reply(request: Request) -> str:
        asked.append(prompt_of(request))
        return proposer(request)

    bench = bench_of(program, reply, TRAIN, DEV, meta=MetaPrompts(program.lms[0]))
    found = grounded_instructions(program, bench, "Main.ask", 4)
    assert found == [f"Look at the last digit. {tip}" for tip in TIPS[:4]]
    first = next(prompt for prompt in asked if TIPS[0] in prompt)
    assert "Data: Questions on numbers." in first
    assert "takes Question: text (what was asked)\ngives Answer: one of yes, no" in first
    assert "Current instruction: Answer." in first
    assert len(re.findall(r"Question: is number \d+ an even number\?\nAnswer: (?:yes|no)", first)) == 6
    assert len({re.sub(r"Tip: .*", "", prompt) for prompt in asked if "Tip: " in prompt}) == 4
    assert not any("secret" in prompt for prompt in asked)


def test_what_is_said_of_the_data_is_asked_once(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(ONE)
    bench = bench_of(program, proposer, TRAIN, DEV, meta=MetaPrompts(program.lms[0]))
    grounded_instructions(program, bench, "Main.ask", 2)
    assert bench.budget.spent.calls == 1 + 2
    grounded_instructions(program, bench, "Main.ask", 2, "again")
    assert bench.budget.spent.calls == 1 + 2 + 2


def test_a_step_in_the_middle_is_shown_by_its_calls(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TWO)
    asked: list[str] = []

    def reply(request: Request) -> str:
        asked.append(prompt_of(request))
        return proposer(request)

    bench = bench_of(program, reply, TRAIN, DEV, meta=MetaPrompts(program.lms[0]))
    assert grounded_instructions(program, bench, "Main.found", 1) == [f"Look at the last digit. {TIPS[0]}"]
    assert "Program: It looks up a topic, then answers." in asked[-1]
    assert "Topic: even numbers" in asked[-1]
    assert "1. Main.found: question -> topic. Find the topic." in outline(program, "Main")


def test_proposals_that_will_not_do_are_dropped(compiled: Compile, bench_of: MakeBench) -> None:
    """The same again, the current one, nothing, and one that gives a train row away."""
    program = compiled(ONE)
    said = ["Look twice.", "look  twice.", "Answer.", "``` ```", "Say yes to: Is number 4 an even number?", "Be brief."]

    def reply(request: Request) -> str:
        tips = re.findall(r"^Tip: (.+)$", prompt_of(request), re.M)
        return said[TIPS.index(tips[-1])] if tips else "Questions."

    bench = bench_of(program, reply, TRAIN, DEV, meta=MetaPrompts(program.lms[0]))
    assert grounded_instructions(program, bench, "Main.ask", 6) == ["Look twice.", "Be brief."]


def test_without_rows_there_is_still_the_program(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(ONE)
    bench = bench_of(program, proposer, meta=MetaPrompts(program.lms[0]))
    assert grounded_instructions(program, bench, "Main.ask", 1) == [f"Look at the last digit. {TIPS[0]}"]


def test_several_calls_are_proposed_for_at_the_same_time(
    compiled: Compile, bench_of: MakeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is said of data and program (for the second call it is known), then all proposals: those of one call after
    the other."""
    program, times = compiled(TWO), list[list[str]]()
    ask = Bench.propose_all

    def counted(bench: Bench, asks: Sequence[tuple[str, Any, int]]) -> list[Any]:
        times.append([name for name, _, _ in asks])
        return ask(bench, asks)

    monkeypatch.setattr(Bench, "propose_all", counted)
    bench = bench_of(program, proposer, TRAIN, DEV, meta=MetaPrompts(program.lms[0]))
    found = grounded_for_all(program, bench, ["Main.found", "Main.ask"], 2, "grounded")
    assert times == [["data_summary", "program_summary"]] * 2 + [["grounded"] * 4]
    calls = bench.budget.spent.calls
    assert found == {one: grounded_instructions(program, bench, one, 2) for one in found}
    assert bench.budget.spent.calls == calls
