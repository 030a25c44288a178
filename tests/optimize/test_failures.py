"""Who is to blame for a failure, which failures are alike, and what changing one call of several costs."""

from __future__ import annotations

import re

import pytest

from lmc.evaluate.rows import Row
from lmc.ir.program import Program
from lmc.lm.base import Request
from lmc.optimize.base import OutOfBudget
from lmc.optimize.bench import Bench
from lmc.optimize.reflecting.blame import blamed, upstream_first, with_value
from lmc.optimize.reflecting.failures import clusters_of, examples_of
from lmc.optimize.reflecting.reflection import with_instruction
from lmc.optimize.runs import Trip, run_trips

from .conftest import Compile, MakeBench, asked, prompt_of

CHAIN = """
signature Find { "Find the topic." in question: str out topic: str }
signature Ask { "Answer." in topic: str out answer: str }
module Main(question: str) -> str {
  let found = predict Find(question)
  let said = predict Ask(found.topic)
  return said.answer
}
metric good(want, got) = exact(want.answer, got)
"""


def chain(request: Request) -> str:
    """Finds the topic of even questions; answers all topics but those that end in 1 or 3."""
    number = re.findall(r"\d+", asked(request))
    if "Find the topic" in prompt_of(request):
        return f"topic {number[0]}" if int(number[0]) % 2 == 0 else "lost"
    return f"answer {number[0]}" if number and number[0][-1] not in "13" else "who knows"


ROWS = [{"question": f"question {n}", "topic": f"topic {n}", "answer": f"answer {n}"} for n in range(20)]


def failures_of(program: Program, bench: Bench) -> dict[str, set[str]]:
    """The failing questions, by the call that is blamed."""
    failing = [one for one in examples_of(program, bench, bench.train) if one.scored.score < 1]
    found: dict[str, set[str]] = {}
    for one in blamed(program, bench, failing, 1.0):
        found.setdefault(one.address, set()).add(one.example.row.values["question"])
    return found


def test_the_first_call_that_a_right_value_cures_is_to_blame(compiled: Compile, bench_of: MakeBench) -> None:
    """Odd questions fail at the first call; those in 1 or 3 fail at the second even with the right topic."""
    program = compiled(CHAIN)
    bench = bench_of(program, chain, ROWS)
    found = failures_of(program, bench)
    odd = {f"question {n}" for n in range(1, 20, 2)}
    second = {f"question {n}" for n in (1, 3, 11, 13)}
    assert found == {"Main.found": odd - second, "Main.said": second}


def test_blame_asks_only_for_what_lies_behind_the_value(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(CHAIN)
    bench = bench_of(program, chain, ROWS)
    failing = [one for one in examples_of(program, bench, bench.train) if one.scored.score < 1]
    before = bench.budget.spent.calls
    blamed(program, bench, failing, 1.0)
    assert bench.budget.spent.calls - before == len(failing) == 10  # the second call of each, with the right topic


def test_without_values_to_put_in_the_blame_is_shared(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(CHAIN)
    bench = bench_of(program, chain, [{"question": row["question"], "answer": row["answer"]} for row in ROWS])
    failing = [one for one in examples_of(program, bench, bench.train) if one.scored.score < 1]
    found = blamed(program, bench, failing, 1.0)
    assert {one.share for one in found} == {0.5}
    assert [cluster.address for cluster in clusters_of(found)] == ["Main.found", "Main.said"]
    assert {cluster.weight for cluster in clusters_of(found)} == {5.0}


def test_a_budget_without_room_leaves_the_blame_shared(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(CHAIN)
    bench = bench_of(program, chain, ROWS, calls=40)
    failing = [one for one in examples_of(program, bench, bench.train) if one.scored.score < 1]
    spent = bench.budget.spent.calls
    assert {one.share for one in blamed(program, bench, failing, 1.0)} == {0.5}
    assert bench.budget.spent.calls == spent


def test_a_reply_that_does_not_fit_blames_its_own_call(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(CHAIN.replace("out answer: str", "out answer: int").replace("-> str", "-> int"))
    rows = [{"question": f"question {n}", "answer": n} for n in range(4)]
    bench = bench_of(program, lambda request: "none" if "Answer." in prompt_of(request) else "a topic", rows)
    failing = examples_of(program, bench, bench.train)
    found = blamed(program, bench, failing, 1.0)
    assert {one.address for one in found} == {"Main.said"}
    (cluster,) = clusters_of(found)
    assert cluster.tag.startswith("LMP0700 the LM's reply does not fit")
    assert cluster.weight == 4


def test_an_assertion_that_never_held_blames_the_call_that_it_sent_back(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(
        CHAIN.replace(
            "  return said.answer",
            '  assert len(said.answer) < 5 else f"{len(said.answer)} are too many" retry 1\n  return said.answer',
        )
    )
    bench = bench_of(program, lambda request: "lengthy" * len(asked(request)), ROWS)
    found = blamed(program, bench, examples_of(program, bench, bench.train), 1.0)
    assert {one.address for one in found} == {"Main.said"}
    (cluster,) = clusters_of(found)  # numbers in what is said do not tell failures apart
    assert cluster.tag == "LMP0702 an assertion does not hold: … are too many"


def test_calls_whose_prompt_has_no_place_for_an_instruction_are_not_blamed(
    compiled: Compile, bench_of: MakeBench
) -> None:
    program = compiled(
        """
signature Fixed { in text: str out answer: "yes" | "no" prompt { user "Is it so? {{ text }}" } }
module Main(text: str) -> str { return (predict Fixed(text)).answer }
metric good(want, got) = exact(want.answer, got)
"""
    )
    bench = bench_of(program, lambda _: "no", [{"text": "a", "answer": "yes"}])
    assert blamed(program, bench, examples_of(program, bench, bench.train), 1.0) == []


def test_failures_of_one_answer_are_one_cluster_and_the_largest_comes_first(
    compiled: Compile, bench_of: MakeBench
) -> None:
    program = compiled(
        """
signature Judge { in text: str out label: "a" | "b" | "c" }
module Main(text: str) -> str { return (predict Judge(text)).label }
metric good(want, got) = exact(want.label, got)
"""
    )
    rows = [{"text": f"t{n}", "label": "c"} for n in range(9)]
    bench = bench_of(program, lambda request: "a" if int(asked(request)[1:]) % 3 else "b", rows)
    found = clusters_of(blamed(program, bench, examples_of(program, bench, bench.train), 1.0))
    assert [(one.tag, one.weight) for one in found] == [("gave a", 6), ("gave b", 3)]


def test_values_of_every_kind_can_take_the_place_of_a_call(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(
        """
type Part = { name: str, size: int? }
signature Split { in text: str out parts: list[Part] }
module Main(text: str) -> str { return f"{[part.name for part in (predict Split(text)).parts]}" }
metric good(want, got) = exact(want.names, got)
"""
    )
    bench = bench_of(program, lambda _: "[]", [{"text": "t", "names": '["x", "y"]'}])
    cut = with_value(program, "Main.split", {"parts": [{"name": "x", "size": None}, {"name": "y", "size": 2}]})
    (result,) = run_trips(bench, [Trip(cut, bench.train[0])])
    assert result.score == 1.0
    assert bench.budget.spent.calls == 0


LONG = """
signature A { "First." in text: str out a: str }
signature B { "Second." in a: str out b: str }
signature C { "Third." in b: str out c: str }
signature D { "Fourth." in text: str out d: str }
module Main(text: str) -> str {
  let first = predict A(text)
  let second = predict B(first.a)
  let third = predict C(second.b)
  let apart = predict D(text)
  return third.c + apart.d
}
metric good(want, got) = exact(want.answer, got)
"""


@pytest.mark.parametrize(("address", "cone"), [("first", 3), ("second", 2), ("third", 1), ("apart", 1)])
@pytest.mark.parametrize("cutoff", [False, True])
def test_a_changed_call_costs_what_lies_behind_it(
    compiled: Compile, bench_of: MakeBench, address: str, cone: int, cutoff: bool
) -> None:
    """With early cutoff: a call that gives the same as before ends the change there."""
    program = compiled(LONG)

    def reply(request: Request) -> str:
        told = "" if cutoff else re.findall(r"Changed|", prompt_of(request))[0] and "!"
        return f"{asked(request)}{told}" if "Changed" in prompt_of(request) else asked(request)

    dev = [{"text": f"t{n}", "answer": ""} for n in range(12)]
    bench = bench_of(program, reply, dev=dev)
    bench.scores(program, bench.dev)
    before = bench.budget.spent.calls
    changed = with_instruction(program, f"Main.{address}", "Changed.")
    assert bench.cone_calls(changed, program) == cone
    bench.results([changed], bench.dev, incumbent=program)
    assert bench.budget.spent.calls - before == (1 if cutoff else cone) * 12


def test_calls_come_before_those_that_depend_on_them(compiled: Compile) -> None:
    order = upstream_first(compiled(LONG), "Main")
    assert order[:2] == ["Main.first", "Main.second"]
    assert set(order) == {"Main.first", "Main.second", "Main.third", "Main.apart"}


def test_trips_are_counted_before_they_are_made(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(LONG)
    bench = bench_of(program, asked, calls=7)
    row = Row("one", {"text": "t", "answer": ""}, 1, "rows.jsonl")
    with pytest.raises(OutOfBudget):
        run_trips(bench, [Trip(program, row, sample) for sample in range(2)])
    assert bench.budget.spent.calls == 0


def test_runs_of_one_row_differ_by_their_number(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(CHAIN)
    bench = bench_of(program, lambda request: f"{request.sample}", ROWS)
    found = run_trips(bench, [Trip(program, bench.train[0], sample) for sample in (0, 1, 2)])
    assert [one.fingerprint for one in found] == ["0", "1", "2"]
    assert bench.budget.spent.calls == 6


TAUGHT = CHAIN.replace(
    "metric good",
    """signature Learned { "Recall." in question: str out topic: str out answer: str }
module Master(question: str) -> str { return (predict Learned(question)).answer }
metric good""",
)


def master(request: Request) -> str:
    """The chain, and a teacher that knows the topics of all questions but the ninth."""
    if "Recall." not in prompt_of(request):
        return chain(request)
    number = re.findall(r"\d+", asked(request))[-1]
    return "Topic: lost\nAnswer: who knows" if number == "9" else f"Topic: topic {number}\nAnswer: answer {number}"


def test_a_teachers_good_run_tells_what_rows_do_not(compiled: Compile, bench_of: MakeBench) -> None:
    """Rows without topics: a teacher of another shape has them, where its run came to the right answer."""
    program = compiled(TAUGHT)
    rows = [{"question": row["question"], "answer": row["answer"]} for row in ROWS]
    bench = bench_of(program, master, rows, teacher="Master")
    found = failures_of(program, bench)
    second = {f"question {n}" for n in (1, 3, 11, 13)}
    told = {f"question {n}" for n in (5, 7, 15, 17, 19)}
    assert found == {"Main.found": told | {"question 9"}, "Main.said": second | {"question 9"}}


def test_a_teacher_that_there_is_no_budget_for_tells_nothing(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TAUGHT)
    rows = [{"question": row["question"], "answer": row["answer"]} for row in ROWS]
    bench = bench_of(program, master, rows, teacher="Master", calls=42)
    failing = [one for one in examples_of(program, bench, bench.train) if one.scored.score < 1]
    assert {one.share for one in blamed(program, bench, failing, 1.0)} == {0.5}
