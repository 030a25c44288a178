"""Programs with declarations of a lock put in, and what is said of those that do not fit."""

from __future__ import annotations

import pytest

from lmc.diagnostics import Failure, Sink
from lmc.elaborate import lower, restructured, settled, structure_between
from lmc.ir.patch import apply_patch
from lmc.ir.program import Attempt, Program, Settings
from lmc.ir.walk import slots, statements
from lmc.source import SourceFile
from lmc.syntax import parse

WRITTEN = """
lm small = "local/smollm2-135m"

type Word = "short" | "long"

signature Ask {
  "Answer the question."
  in question: str
  out answer: str
}

module Helper(question: str) -> str {
  return (predict Ask(question) with { temperature: 0.2, max_tokens: tune 8..64 }).answer
}

module Main(question: str) -> str {
  let answer = Helper(question)
  assert len(answer) < 9 else "shorter, please" retry 2
  return answer
}

metric good(want, got) = exact(want.answer, got)
"""

STEPS = """
signature Plan {
  "Plan the answer."
  in question: str
  out plan: str
}

module Helper(question: str) -> str {
  let first = predict Plan(question)
  let answer = predict Ask(question: f"{question} {first.plan}") as ask with { temperature: 0.2 }
  return answer.answer
}
"""


def compiled(text: str) -> Program:
    sink = Sink()
    program = lower("main", {"main.lmp": parse(SourceFile("main.lmp", text), sink)}, {}, sink)
    assert not sink.failed, [one.message for one in sink.diagnostics]
    return program


def test_a_replaced_module_and_an_added_signature_are_all_that_is_said() -> None:
    written = compiled(WRITTEN)
    tuned = restructured(written, STEPS)
    text = structure_between(written, tuned)
    assert text is not None
    assert [line for line in text.split("\n") if line and line[0] not in " }"] == [
        "signature Plan {",
        "module Helper(question: str) -> str {",
    ]
    assert restructured(written, text) == tuned
    assert restructured(tuned, text) == tuned, "what is there already changes nothing"


def test_what_did_not_change_is_the_same_object() -> None:
    written = compiled(WRITTEN)
    tuned = restructured(written, STEPS)
    assert tuned.signature("Ask") is written.signature("Ask")
    assert tuned.metrics is written.metrics


def test_assertions_go_back_to_the_call_of_the_new_module() -> None:
    """`Main` is as it was written, and yet the call that it sends back to is another."""
    written = compiled(WRITTEN)

    def sent_back(program: Program) -> list[tuple[str, ...]]:
        return [one.sites for one in statements(program.module("Main").body) if isinstance(one, Attempt)]

    assert sent_back(written) == [("Helper.ask",)]
    assert sent_back(restructured(written, STEPS.replace("as ask", "as second"))) == [("Helper.second",)]


def test_values_that_a_slot_can_say_are_left_to_the_slots() -> None:
    written = compiled(WRITTEN)
    patch = {
        "Helper.ask": Settings(instruction="Think."),
        "Helper.first": Settings(instruction="Plan well.", nearest=3),
    }
    tuned = apply_patch(restructured(written, STEPS), patch)
    text = structure_between(written, tuned)
    assert text is not None
    assert "Think." not in text
    assert "nearest" not in text
    assert settled(written, tuned) == tuned


def test_a_setting_that_no_slot_can_say_is_part_of_the_structure() -> None:
    """The source leaves `max_tokens` open, and the temperature not."""
    written = compiled(WRITTEN)
    assert structure_between(written, apply_patch(written, {"Helper.ask": Settings(max_tokens=32)})) is None
    text = structure_between(written, apply_patch(written, {"Helper.ask": Settings(max_tokens=32, temperature=0.9)}))
    assert text is not None
    assert "temperature: 0.9" in text
    assert "at 32" not in text


def test_an_added_lm_answers_where_it_is_named() -> None:
    written = compiled(WRITTEN)
    text = """
lm taught = "openai/ft:small"

module Helper(question: str) -> str {
  return (predict Ask(question) with { lm: taught }).answer
}
"""
    tuned = restructured(written, text)
    assert [one.name for one in tuned.lms] == ["small", "taught"], "the first is that of calls which name none"
    assert dict(slots(tuned))["Helper.ask"].settings.lm == "taught"  # type: ignore[union-attr]
    assert structure_between(written, tuned) is not None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("module Helper(question: str) -> {", "`{` is not closed in line 1"),
        (
            "\nmodule Helper(question: str) -> str { return Nowhere(question) }",
            "unknown function or module `Nowhere` in line 2",
        ),
        (
            "module Helper(question: str) -> int { return 1 }",
            "`answer` must be `str`, not `int`",
        ),
        (
            "signature Ask { in question: str in more: str out answer: str }",
            "`Ask`",
        ),
        ('type Word = "short"', "its type `Word` is another"),
        ("metric good(want, got) = 1.0", "it declares what tuning does not change"),
        (
            "signature Ask { in question: str out answer: str out more: str }",
            "its signature `Ask` has other fields",
        ),
    ],
)
def test_what_does_not_fit_is_refused(text: str, problem: str) -> None:
    with pytest.raises(Failure) as failure:
        restructured(compiled(WRITTEN), text)
    assert failure.value.diagnostic.code == "LMP0504"
    assert problem in failure.value.diagnostic.message, failure.value.diagnostic.message


def test_a_module_keeps_what_it_takes_and_gives() -> None:
    with pytest.raises(Failure) as failure:
        restructured(compiled(WRITTEN), "module Main(question: str, more: str) -> str { return question + more }")
    assert "its module `Main` takes or gives something else" in failure.value.diagnostic.message
