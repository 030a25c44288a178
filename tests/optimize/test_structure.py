"""Structure: operators on typed sections, drawn by what they were worth."""

from __future__ import annotations

import re
from random import Random

import pytest

from lmc.ir.patch import apply_patch, patch_between
from lmc.ir.program import Program, Settings
from lmc.ir.walk import predictors
from lmc.lm.base import Request
from lmc.optimize.meta import MetaPrompts
from lmc.optimize.passes.structure import Odds, Structure
from lmc.optimize.sectioning.mutation import OPERATORS, Draft, Mutation, drafted, finished
from lmc.optimize.sectioning.section_operators import FREE, freely, without_stopwords
from lmc.prompts import templates

from .conftest import Compile, MakeBench, prompt_of

TASK = """
signature Ask {
  "You see a question on a number. Cats are nice. Look at the last digit. Say yes or no."
  in question: str
  out answer: "yes" | "no"
}
module Main(question: str) -> str { return (predict Ask(question)).answer }
metric good(want, got) = exact(want.answer, got)
"""
TRAIN = [{"question": f"is number {n * 13} an even number?", "answer": ["yes", "no"][n % 2]} for n in range(20)]
DEV = [{"question": f"and what of {n} in secret?", "answer": ["yes", "no"][n % 2]} for n in range(60)]


def instruction(program: Program) -> str:
    return next(one.settings.instruction or "" for _, one in predictors(program))


def answer(prompt: str, right: bool) -> str:
    """Right, or always yes."""
    number = int(re.findall(r"\d+", prompt)[-1])
    return ["yes", "no"][number % 2] if right else "yes"


def distracted(request: Request) -> str:
    """Right when nobody speaks of cats."""
    prompt = prompt_of(request)
    return answer(prompt, "Cats" not in prompt)


@pytest.mark.parametrize("seed", range(5))
def test_a_section_that_distracts_is_dropped(compiled: Compile, bench_of: MakeBench, seed: int) -> None:
    program = compiled(TASK)
    bench = bench_of(program, distracted, TRAIN, DEV)
    bench.seed = seed
    found = instruction(Structure(operators=("drop", "reorder", "bullets", "repeat_at_end")).run(program, bench))
    assert found
    assert "Cats" not in found
    assert bench.proposals == 0, "without meta-prompts no operator asks"


@pytest.mark.parametrize("seed", range(5))
def test_what_must_come_last_comes_last(compiled: Compile, bench_of: MakeBench, seed: int) -> None:
    """The LM minds what it reads last."""
    program = compiled(TASK)

    def reply(request: Request) -> str:
        prompt = prompt_of(request)
        return answer(prompt, prompt.split("Reply with")[0].strip().endswith("Look at the last digit."))

    bench = bench_of(program, reply, TRAIN, DEV)
    bench.seed = seed
    assert instruction(Structure().run(program, bench)).endswith("Look at the last digit.")


def proposing(request: Request) -> str:
    """Says something useful when it is asked to shorten, and nothing that fits when it is asked to paraphrase."""
    prompt = prompt_of(request)
    if "What to do:" in prompt:
        return "Mind the parity." if "at most" in prompt else ""
    return answer(prompt, "parity" in prompt)


def test_an_lm_is_asked_to_change_what_it_says(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)
    shown: list[str] = []

    def reply(request: Request) -> str:
        prompt = prompt_of(request)
        if "What to do:" in prompt:
            shown.append(prompt)
        return proposing(request)

    bench = bench_of(program, reply, TRAIN, DEV, meta=MetaPrompts(program.lms[0]))
    found = Structure(operators=("shorten", "paraphrase", "induce")).run(program, bench)
    assert "parity" in instruction(found)
    assert bench.malformed > 0, "a paraphrase that is empty is a failed proposal"
    assert any("inputs, and wrote these outputs" in prompt for prompt in shown)
    assert not any("secret" in prompt for prompt in shown)


def test_operators_that_help_are_drawn_more_often() -> None:
    odds = Odds(("drop", "bullets"))
    for _ in range(10):
        odds.add("drop", True)
        odds.add("bullets", False)
    drawn = [odds.draw(Random(seed)) for seed in range(100)]
    assert drawn.count("drop") > 90


def test_the_same_seed_finds_the_same(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)

    def found() -> tuple[object, int]:
        bench = bench_of(program, proposing, TRAIN, DEV, meta=MetaPrompts(program.lms[0]))
        return patch_between(program, Structure().run(program, bench)), bench.budget.spent.calls

    assert found() == found()


@pytest.mark.parametrize("calls", [0, 10, 40, 120, 400])
@pytest.mark.parametrize("mode", ["race", "sammo"])
def test_a_budget_holds(compiled: Compile, bench_of: MakeBench, mode: str, calls: int) -> None:
    program = compiled(TASK)
    bench = bench_of(program, proposing, TRAIN, DEV, calls=calls, meta=MetaPrompts(program.lms[0]))
    Structure(mode=mode).run(program, bench)  # type: ignore[arg-type]
    assert bench.budget.spent.calls <= calls


def test_the_most_work_is_never_exceeded(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)
    for one in (Structure(), Structure(mode="sammo", rounds=2, beam=2, breadth=3)):
        bench = bench_of(program, proposing, TRAIN, DEV, meta=MetaPrompts(program.lms[0]))
        one.run(program, bench)
        most = one.most_work(program, "Main", bench.roles)
        assert most is not None
        assert bench.proposals <= most.meta
        assert bench.budget.spent.calls <= most.runs + 2 * most.meta


def test_nothing_to_change(compiled: Compile, bench_of: MakeBench, reasons: object) -> None:
    fixed = compiled(
        TASK.replace(
            '"You see a question on a number. Cats are nice. Look at the last digit. Say yes or no."', ""
        ).replace("out answer:", 'prompt """Even? {{ question }}"""\n  out answer:')
    )
    bench = bench_of(fixed, distracted, TRAIN, DEV)
    heard = reasons(bench)  # type: ignore[operator]
    assert Structure().run(fixed, bench) is fixed
    assert heard == ["no prompt has a place that an operator could change"]
    assert bench.budget.spent.calls == 0


OWN = '''
signature Ask {
  """
  # Task
  Look at {{ number }}. Cats are nice. Mind {unit} and <b>bold</b>.

  Rules:
  - Be short.
  - Be right.
  """
  in question: str
  in hint: str
  out answer: str
  prompt {
    system """{% fixed %}House rules.{% endfixed %} {{ instruction }} {{ demos }}"""
    user """Q: {{ question }} ({{ hint }})"""
  }
}
module Main(question: str, hint: str) -> str { return (predict Ask(question, hint)).answer }
metric good(want, got) = exact(want.answer, got)
'''


def holes(program: Program) -> list[str]:
    """The inputs that stand in the messages."""
    (template,) = templates(program).values()
    return sorted(part["input"] for turn in template["messages"] for part in turn["content"] if isinstance(part, dict))


@pytest.mark.parametrize("operator", OPERATORS)
def test_no_operator_loses_an_input_or_a_placeholder_or_what_is_fixed(
    compiled: Compile, bench_of: MakeBench, operator: str
) -> None:
    """Every operator, often applied on top of others, on a prompt of its author and on one that lmc lays out."""
    program = compiled(OWN)
    bench = bench_of(program, lambda request: "", [{"question": "Why?", "hint": "x", "answer": "So."}] * 3)
    rng, made = Random(operator), 0
    for _ in range(30):
        now = program
        for step in range(4):
            found = drafted(now, bench, operator if step == 3 else rng.choice(list(FREE)), rng)  # type: ignore[arg-type]
            if isinstance(found, Draft):
                found = finished(found, bench, f"Other words. {step}")
            if not isinstance(found, Mutation):
                continue
            now, made = found.program, made + 1
            said = templates(now)["Main.ask"]["messages"]
            assert holes(now) == ["hint", "question"]
            assert str(said).count("House rules.") == 1
            text = instruction(now)
            assert all(hole in text for hole in ("{{ number }}", "{unit}", "<b>", "</b>")) or not text
    assert made > 20


def test_what_would_lose_a_placeholder_is_not_made() -> None:
    assert freely("drop", "Use {name}.", Random(0)) is None
    assert all(freely("drop", "Use {name}. Be brief.", Random(seed)) in ("Use {name}.", None) for seed in range(10))


def test_operators_that_have_nothing_to_do() -> None:
    for name in FREE:
        assert freely(name, "Word", Random(0)) in (None, "Word\n\nWord")


def test_words_that_say_little() -> None:
    assert without_stopwords("Look at the last digit of it, and say it's odd.") == "Look last digit , say it's odd."


def test_sections_of_a_tuned_instruction_are_changed(compiled: Compile, bench_of: MakeBench) -> None:
    program = apply_patch(compiled(TASK), {"Main.ask": Settings(instruction="One. Cats are nice.")})
    bench = bench_of(program, distracted, TRAIN, DEV)
    assert instruction(Structure(operators=("drop",)).run(program, bench)) == "One."


def test_sammo_scores_every_candidate_on_every_row(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)
    bench = bench_of(program, distracted, TRAIN, DEV)
    found = Structure(mode="sammo", operators=("drop", "bullets"), rounds=2, beam=2, breadth=4).run(program, bench)
    assert "Cats" not in instruction(found)
    assert {one.rows for one in bench.trials} == {60}
    assert len(bench.trials) <= 1 + 4 + 2 * 4
