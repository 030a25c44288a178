"""Demonstrations out of runs: which calls they are taken from, and what comes with them."""

from __future__ import annotations

from typing import Any

from lmc.analysis.calls import sites
from lmc.ir.program import Demo, Program
from lmc.lm.base import Request
from lmc.optimize.bench import Bench
from lmc.optimize.bootstrap import Bootstrap
from lmc.optimize.knn import Knn
from lmc.optimize.teaching import Teacher
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
