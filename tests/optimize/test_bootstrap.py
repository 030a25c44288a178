"""Demonstrations out of runs: which calls they are taken from, and what comes with them."""

from __future__ import annotations

from typing import Any

from lmc.analysis.calls import sites
from lmc.ir.program import Demo, Program
from lmc.lm.base import Request
from lmc.optimize.bench import Bench
from lmc.optimize.demonstrations.teaching import Teacher
from lmc.optimize.passes.bootstrap import Bootstrap
from lmc.optimize.passes.knn import Knn
from lmc.optimize.tune import tune
from lmc.prompts import templates

from .conftest import Compile, MakeBench, asked, prompt_of

ASSERTED = """
signature Draft { in question: str out answer: str }
module Main(question: str) -> str {
  let reply = predict Draft(question)
  assert len(reply.answer) < 6 else "that is too long" retry 1
  return reply.answer
}
metric good(want, got) = exact(want.answer, got)
"""
ROWS = [{"question": f"question {number}", "answer": f"a {number}"} for number in range(4)]


def correcting(request: Request) -> str:
    """Says too much until it is told so."""
    number = prompt_of(request).split("question ")[-1].split()[0]
    return f"a {number}" if "that is too long" in prompt_of(request) else f"the answer is a {number}"


def demos(program: Program, address: str) -> tuple[Demo, ...]:
    return dict(sites(program, "Main"))[address].settings.demos or ()


def test_a_demonstration_keeps_what_failed_before_it(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(ASSERTED)
    bench = bench_of(program, correcting, train=ROWS)
    found = demos(Bootstrap(k=4).run(program, bench), "Main.reply")
    assert {demo.outputs for demo in found} == {(("answer", row["answer"]),) for row in ROWS}
    for demo in found:
        ((reply, said),) = demo.failures
        assert reply == f"the answer is {dict(demo.outputs)['answer']}"
        assert said == "that is too long"


def test_failures_can_be_left_out(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(ASSERTED)
    bench = bench_of(program, correcting, train=ROWS)
    found = demos(Bootstrap(k=4, failures=False).run(program, bench), "Main.reply")
    assert len(found) == 4
    assert all(demo.failures == () for demo in found)


def test_what_a_demonstration_shows_of_failures_is_in_the_prompt(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(ASSERTED)
    better = Bootstrap(k=1).run(program, bench_of(program, correcting, train=ROWS[:1]))
    seen: list[str] = []

    def reply(request: Request) -> str:
        seen.append(prompt_of(request))
        return "a 9"

    bench = bench_of(program, reply, dev=[{"question": "question 9", "answer": "a 9"}])
    assert bench.scores(better, bench.dev) == [1.0]
    (prompt,) = seen
    assert prompt.index("the answer is a 0") < prompt.index("that is too long") < prompt.index("question 9")


def test_a_call_of_a_round_that_was_sent_back_is_no_example(compiled: Compile, bench_of: MakeBench) -> None:
    """The first call of the round is not to blame and is made again: its first reply counts for nothing."""
    program = compiled(
        """
signature Plan { in question: str out plan: str }
signature Draft { in plan: str out answer: str }
module Main(question: str) -> str {
  let first = predict Plan(question)
  let second = predict Draft(plan: first.plan)
  assert len(first.plan) < 6 else "that is too long" retry 1
  return second.answer
}
metric good(want, got) = exact("done", got) and len(want.question) > 0
"""
    )

    def reply(request: Request) -> str:
        if "question" not in asked(request) and "too long" not in asked(request):
            return "done"
        return "brief" if "too long" in prompt_of(request) else "a plan that is far too long"

    bench = bench_of(program, reply, train=[{"question": "question 0"}])
    (row,) = bench.results([program], bench.train, keep=True)[0]
    assert row.outcome is not None
    assert [call.superseded for call in row.outcome.calls].count(True) >= 1
    better = Bootstrap(k=4).run(program, bench)
    assert [demo.outputs for demo in demos(better, "Main.first")] == [(("plan", "brief"),)]
    assert [demo.inputs for demo in demos(better, "Main.second")] == [(("plan", "brief"),)]


def test_a_run_with_a_soft_assertion_that_never_held_is_no_example(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(ASSERTED.replace("assert", "suggest").replace("exact(want.answer, got)", "len(got) > 0"))
    bench = bench_of(program, lambda _: "always too long", train=ROWS)
    assert bench.results([program], bench.train, keep=True)[0][0].score == 1.0
    assert Bootstrap(k=4).run(program, bench) is program


AGENT = """
extern python "tools.py" double(number: int) -> int
signature Ask { "Answer." in question: str out answer: int }
module Main(question: str) -> int {
  let reply = react Ask(question) using [double] with { steps: 3 }
  return reply.answer
}
metric good(want, got) = exact(want.answer, got)
"""


def acting(request: Request) -> str:
    """Doubles three, then finishes, then answers."""
    prompt = prompt_of(request)
    if "call one tool" not in prompt:
        return "6"
    if "Result: 6" in asked(request):
        return 'thought: done\ncall: {"tool": "finish"}'
    return 'thought: double it\ncall: {"tool": "double", "arguments": {"number": 3}}'


def test_the_steps_of_an_agent_become_demonstrations(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(AGENT)
    train = [{"question": f"Twice three, {number} times?", "answer": 6} for number in range(8)]
    bench = bench_of(program, acting, train=train, externals={"double": lambda number: 2 * number})
    (result, *_) = bench.results([program], bench.train, keep=True)[0]
    assert result.problem is None
    assert result.score == 1.0
    better = Bootstrap(k=8).run(program, bench)
    steps = [dict(demo.outputs)["call"]["tool"] for demo in demos(better, "Main_reply.step")]
    assert set(steps) == {"double", "finish"}
    assert len(demos(better, "Main_reply.reply")) == 8
    assert bench.scores(better, bench.train[:2]) == [1.0, 1.0]


def test_programs_of_thought_become_demonstrations(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(
        """
signature Ask { "Answer." in question: str out answer: int }
module Main(question: str) -> int { return (program_of_thought Ask(question)).answer }
metric good(want, got) = exact(want.answer, got)
"""
    )

    def reply(request: Request) -> str:
        return "print(6)" if "Write a Python program" in prompt_of(request) else "6"

    bench = bench_of(
        program,
        reply,
        train=[{"question": "Twice three?", "answer": 6}],
        externals={"run_code": lambda code: {"output": "6\n", "error": None}},
    )
    better = Bootstrap().run(program, bench)
    codes = [
        dict(demo.outputs)["code"]
        for address, template in templates(better).items()
        if address.endswith(".program")
        for demo in demos(better, address)
    ]
    assert codes == ["print(6)"]


def test_a_row_does_not_see_itself_among_the_demonstrations_to_choose_from(
    compiled: Compile, bench_of: MakeBench
) -> None:
    program = compiled(ASSERTED)
    seen: dict[str, Any] = {}

    def reply(request: Request) -> str:
        shown = [str(one["content"]) for one in request.body["messages"]]
        seen[asked(request)] = [text for text in shown[:-1] if text.startswith("a ")]
        return "a 0"

    bench: Bench = bench_of(program, reply, train=ROWS)
    chosen = Knn(k=1).run(program, bench)
    Teacher(chosen, "Main").results(bench.train, bench)
    for row in ROWS:
        assert len(seen[row["question"]]) == 1
        assert row["answer"] not in seen[row["question"]]


def test_demonstrations_of_another_module_must_fit_the_types(compiled: Compile, bench_of: MakeBench) -> None:
    """The teacher says any text where the call may say one of two."""
    program = compiled(
        """
signature Loose { in question: str out answer: str }
signature Draft { in question: str out answer: "yes" | "no" }
module Main(question: str) -> str { return (predict Draft(question)).answer }
module Wise(question: str) -> str { return (predict Loose(question)).answer }
metric good(want, got) = len(got) > 0 and len(want.question) > 0
"""
    )
    said = {"question 0": "yes", "question 1": "maybe", "question 2": "no", "question 3": "who knows"}
    bench = bench_of(program, lambda request: said[asked(request)], train=ROWS, teacher="Wise")
    found = demos(Bootstrap().run(program, bench), "Main.draft")
    assert {dict(demo.outputs)["answer"] for demo in found} == {"yes", "no"}


SHAPES = """
signature Split { "Split it." in question: str out parts: list[str] }
signature Think { "Think." in parts: list[str] out reasoning: str }
signature Sum { "Sum it up." in reasoning: str in question: str out answer: str }
signature Ask { "Answer." in question: str out answer: str }
module Main(question: str) -> str { return (chain_of_thought Ask(question) as reply).answer }
module Wise(question: str) -> str {
  let first = predict Split(question)
  let second = predict Think(first.parts)
  return (predict Sum(second.reasoning, question) as last).answer
}
metric good(want, got) = exact(want.answer, got)
"""


def wise(request: Request) -> str:
    """Right on rows that are even, in three steps; alone never."""
    prompt = prompt_of(request)
    number = prompt.rpartition("question ")[2].split()[0].rstrip('"],.') if "question " in prompt else "0"
    if "Split it." in prompt:
        return f'["question {number}"]'
    if "Think." in prompt:
        return f"thoughts on question {number}"
    if "Sum it up." in prompt:
        return f"a {number}" if int(number) % 2 == 0 else "wrong"
    return f"Reasoning: mine on {number}\nAnswer: a {number}"


def test_a_teacher_of_three_calls_teaches_one(compiled: Compile, bench_of: MakeBench) -> None:
    """The demonstrations have the final output, and the reasoning that a call of the teacher's gave."""
    program = compiled(SHAPES)
    bench = bench_of(program, wise, train=ROWS, teacher="Wise")
    found = demos(Bootstrap(k=4).run(program, bench), "Main.reply")
    assert {(one.inputs, one.outputs) for one in found} == {
        (
            (("question", f"question {number}"),),
            (("reasoning", f"thoughts on question {number}"), ("answer", f"a {number}")),
        )
        for number in (0, 2)
    }
    assert bench.budget.spent.calls == 3 * len(ROWS), "our own program is not run: the teacher tells all"


def test_reasoning_that_no_call_of_the_teacher_gives_is_of_our_own_run(compiled: Compile, bench_of: MakeBench) -> None:
    """It is taken where our own program comes to the same answer."""
    program = compiled(SHAPES.replace("reasoning", "thought"))
    bench = bench_of(program, wise, train=ROWS, teacher="Wise")
    found = demos(Bootstrap(k=4).run(program, bench), "Main.reply")
    assert {one.outputs for one in found} == {
        (("reasoning", f"mine on {number}"), ("answer", f"a {number}")) for number in (0, 2)
    }
    assert bench.budget.spent.calls == 3 * len(ROWS) + 2

    def otherwise(request: Request) -> str:
        said = wise(request)
        return said if "Answer." not in prompt_of(request) else "Reasoning: no\nAnswer: no"

    bench = bench_of(program, otherwise, train=ROWS, teacher="Wise")
    found = demos(Bootstrap(k=4).run(program, bench), "Main.reply")
    assert {one.outputs for one in found} == {(("answer", f"a {number}"),) for number in (0, 2)}


def test_fields_of_other_names_are_matched_as_the_user_says(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(SHAPES.replace("reasoning", "thought"))
    bench = bench_of(program, wise, train=ROWS, teacher="Wise")
    options = Bootstrap(k=4, fields=[["Main.reply.reasoning", "Wise.second.thought"]])
    found = demos(options.run(program, bench), "Main.reply")
    assert {dict(one.outputs)["reasoning"] for one in found} == {f"thoughts on question {number}" for number in (0, 2)}


def test_a_row_does_not_tell_a_call_its_own_answer(compiled: Compile, bench_of: MakeBench) -> None:
    """A call that takes what another one answered: the column of that name is no value of it."""
    source = SHAPES.replace(
        "in question: str out answer: str }\nmodule Main", "in answer: str out checked: str }\nmodule Main"
    )
    program = compiled(source.replace("Ask(question) as reply).answer", "Ask(answer: question) as reply).checked"))
    bench = bench_of(program, lambda request: wise(request).replace("Answer", "Checked"), train=ROWS, teacher="Wise")
    for one in demos(Bootstrap(k=4).run(program, bench), "Main.reply"):
        assert dict(one.inputs)["answer"] == dict(one.outputs)["checked"], "both are what the teacher came to"


PLAIN = """
signature Draft { in question: str out answer: str }
module Main(question: str) -> str { return (predict Draft(question)).answer }
metric good(want, got) = exact(want.answer, got)
"""
MANY = [{"question": f"question {number}", "answer": f"a {number}"} for number in range(40)]


def half(request: Request) -> str:
    """Right on every fourth row, and when it is warm and asked again on others."""
    number = int(prompt_of(request).rpartition("question ")[2].split()[0])
    warm = request.body["temperature"] == 1.0
    return f"a {number}" if number % 4 == 0 or (warm and number % 4 == 1) else "no"


def test_runs_that_are_known_cost_nothing_and_come_first(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(PLAIN)
    bench = bench_of(program, half, train=MANY)
    bench.results([program], bench.train[:32])
    spent = bench.budget.spent.calls
    found = demos(Bootstrap(k=4).run(program, bench), "Main.draft")
    assert len(found) == 4
    assert bench.budget.spent.calls == spent


def test_rows_that_failed_are_tried_again_when_it_is_warm(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(PLAIN)
    once = demos(Bootstrap(k=16).run(program, bench_of(program, half, train=MANY)), "Main.draft")
    bench = bench_of(program, half, train=MANY)
    twice = demos(Bootstrap(k=16, rounds=3).run(program, bench), "Main.draft")
    assert len(once) == 10
    assert {int(str(one.origin).split()[1]) % 4 for one in twice} == {0, 1}
    assert bench.budget.spent.calls == 40 + 30 + 20


def test_demonstrations_that_hurt_are_not_taken(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(PLAIN)

    def reply(request: Request) -> str:
        prompt = prompt_of(request)
        number = prompt.rpartition("question ")[2].split()[0]
        return f"a {number}" if prompt.count("question ") == 1 else "no"

    bench = bench_of(program, reply, train=MANY, dev=[{**row, "question": row["question"] + "1"} for row in MANY])
    for options in (Bootstrap(), Bootstrap(exact=True)):
        result = tune(program, [options], bench, ())
        assert result.program == program
        assert result.passes[0].outcome == "rejected"


def test_the_same_demonstrations_come_out_again(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(SHAPES)
    first, second = (bench_of(program, wise, train=ROWS, teacher="Wise") for _ in range(2))
    assert Bootstrap().run(program, first) == Bootstrap().run(program, second)
    assert Bootstrap().run(program, bench_of(program, wise)) is program
