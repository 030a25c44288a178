"""The interpreter: which calls run together, what a run gives, and what it leaves behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from lmc.diagnostics import Diagnostic
from lmc.execute.interpreter import Interpreter, Outcome
from lmc.ir.program import Program
from lmc.lm.base import LMError

from .conftest import Answering

Run = Callable[..., Outcome]

# What runs together. `waves` are the questions that were asked at the same time.


def waves(run: Run, body: str, returns: str = "str", **inputs: Any) -> list[list[str]]:
    params = ", ".join(f"{name}: {type_of(value)}" for name, value in inputs.items())
    lm = Answering()
    outcome = run(f"module M({params}) -> {returns} {{ {body} }}", lm, **inputs)
    assert outcome.error is None
    return lm.waves


def type_of(value: Any) -> str:
    return {str: "str", bool: "bool", list: "list[str]", int: "int"}[type(value)]


def test_independent_calls_run_together(run: Run) -> None:
    body = """
    let a = predict Ask("a")
    let b = predict Ask("b")
    let c = predict Ask("c")
    return a.answer + b.answer + c.answer
    """
    assert waves(run, body) == [["a", "b", "c"]]


def test_a_call_waits_for_what_it_reads(run: Run) -> None:
    body = 'let a = predict Ask("a") let b = predict Ask(a.answer) return b.answer'
    assert waves(run, body) == [["a"], ["a!"]]


def test_a_call_waits_for_nothing_else(run: Run) -> None:
    body = """
    let a = predict Ask("a")
    let slow = predict Ask("slow")
    let b = predict Ask(a.answer)
    let c = predict Ask(b.answer)
    return slow.answer + c.answer
    """
    assert waves(run, body) == [["a", "slow"], ["a!"], ["a!!"]]


def test_calls_within_one_expression_run_together(run: Run) -> None:
    assert waves(run, 'return (predict Ask("a")).answer + (predict Ask("b")).answer') == [["a", "b"]]
    assert waves(run, 'return [(predict Ask("a")).answer, (predict Ask("b")).answer]', "list[str]") == [["a", "b"]]
    assert waves(run, 'return f"{(predict Ask("a")).answer}{(predict Ask("b")).answer}"') == [["a", "b"]]


def test_arguments_that_are_calls_run_together(run: Run) -> None:
    text = """
    module Join(a: str, b: str) -> str { return (predict Ask(a + b)).answer }
    module M() -> str { return Join((predict Ask("a")).answer, (predict Ask("b")).answer) }
    """
    lm = Answering()
    assert run(text, lm).value == "a!b!!"
    assert lm.waves == [["a", "b"], ["a!b!"]]


def test_calls_of_modules_run_together(run: Run) -> None:
    text = """
    module Twice(q: str) -> str { let a = predict Ask(q) let b = predict Ask(a.answer) return b.answer }
    module M() -> str { let x = Twice("x") let y = Twice("y") return x + y }
    """
    lm = Answering()
    assert run(text, lm).value == "x!!y!!"
    assert lm.waves == [["x", "y"], ["x!", "y!"]]


def test_the_turns_of_a_loop_run_one_after_the_other(run: Run) -> None:
    body = """
    let all: list[str] = []
    for q in qs up to 9 {
      let a = predict Ask(q)
      let b = predict Ask(a.answer)
      all = all + [b.answer]
    }
    return all
    """
    assert waves(run, body, "list[str]", qs=["x", "y", "z"]) == [["x"], ["x!"], ["y"], ["y!"], ["z"], ["z!"]]


def test_the_turns_of_a_loop_that_reads_its_last_turn_do_not(run: Run) -> None:
    body = """
    let last = "0"
    for i in range(3) { last = (predict Ask(f"{i}{last}")).answer }
    return last
    """
    assert waves(run, body) == [["00"], ["100!"], ["2100!!"]]


def test_a_branch_waits_for_its_condition_and_calls_before_it_do_not(run: Run) -> None:
    body = """
    let kind = predict Ask("kind")
    let other = predict Ask("other")
    if kind.answer == "kind!" { return (predict Ask("then")).answer + other.answer }
    return "none"
    """
    assert waves(run, body) == [["kind", "other"], ["then"]]


def test_a_call_after_a_branch_waits_for_it(run: Run) -> None:
    body = """
    let note = ""
    if yes { note = (predict Ask("note")).answer }
    let a = predict Ask("a")
    return note + a.answer
    """
    assert waves(run, body, yes=True) == [["note"], ["a"]]
    assert waves(run, body, yes=False) == [["a"]]


def test_what_a_conditional_or_a_truth_value_does_not_need_is_not_asked(run: Run) -> None:
    assert waves(run, 'return (predict Ask("a")).answer if yes else (predict Ask("b")).answer', yes=False) == [["b"]]
    lazy = 'return yes and (predict Ask("a")).answer == "a!" or (predict Ask("b")).answer == "b!"'
    assert waves(run, lazy, "bool", yes=False) == [["b"]]
    assert waves(run, lazy, "bool", yes=True) == [["a"]]


def test_runs_of_one_interpreter_run_together(program: Callable[[str], Program]) -> None:
    found = program("module M(q: str) -> str { let a = predict Ask(q) return a.answer }")
    lm = Answering()
    interpreter = Interpreter(found, {"small": lm})

    async def both() -> list[Outcome]:
        return list(await asyncio.gather(*(interpreter.run("M", {"q": one}) for one in ("x", "y"))))

    assert [one.value for one in asyncio.run(both())] == ["x!", "y!"]
    assert lm.waves == [["x", "y"]]


# What a run gives


def test_a_variable_is_read_as_it_was_when_the_call_was_begun(run: Run) -> None:
    text = """
    module M() -> str {
      let x = "1"
      let a = predict Ask(x)
      x = "2"
      let b = predict Ask(x)
      x = "3"
      return a.answer + b.answer + x
    }
    """
    assert run(text).value == "1!2!3"


def test_a_return_in_a_loop_ends_the_module(run: Run) -> None:
    text = """
    module M(qs: list[str]) -> str {
      for q in qs up to 5 {
        let a = predict Ask(q)
        if a.answer == "yes!" { return "found " + q }
      }
      return "none"
    }
    """
    lm = Answering()
    assert run(text, lm, qs=["no", "yes", "later"]).value == "found yes"
    assert [question for wave in lm.waves for question in wave] == ["no", "yes"]


def test_a_loop_ends_at_its_bound(run: Run) -> None:
    text = "module M(qs: list[str]) -> int { let n = 0 for q in qs up to 2 { n = n + len(q) } return n }"
    assert run(text, qs=["a", "b", "c"]).value == 2


def test_what_was_begun_before_a_return_comes_to_its_end(run: Run) -> None:
    text = """
    module M(stop: bool) -> str {
      let unread = predict Ask("unread")
      if stop { return "stopped" }
      return unread.answer
    }
    """
    outcome = run(text, stop=True)
    assert outcome.value == "stopped"
    assert [call.inputs["question"] for call in outcome.calls] == ["unread"]


def test_chain_of_thought_gives_its_reasoning(run: Run) -> None:
    text = 'module M() -> str { let c = chain_of_thought Count("q") return f"{c.reasoning} {c.number}" }'
    assert run(text, Answering({"q": "Reasoning: since\nNumber: 3"})).value == "since 3"


# What goes wrong


def failed(outcome: Outcome) -> Diagnostic:
    assert outcome.value is None
    assert outcome.error is not None
    return outcome.error


def test_a_reply_that_does_not_fit_is_asked_for_again_with_what_is_wrong(run: Run) -> None:
    text = 'module M() -> int { let c = predict Count("q") with { retries: 2 } return c.number }'
    lm = Answering({"q": ["many", "", "5"]})
    outcome = run(text, lm)
    assert outcome.value == 5
    (call,) = outcome.calls
    assert [reply.text for reply in call.replies] == ["many", "", "5"]
    assert lm.bodies[2]["messages"][-4:] == [
        {"role": "assistant", "content": "many"},
        {
            "role": "user",
            "content": 'That reply cannot be used: `number` must be a whole number, not "many". '
            "Reply again, with nothing else.",
        },
        {"role": "assistant", "content": "(empty)"},
        {"role": "user", "content": "That reply cannot be used: it is empty. Reply again, with nothing else."},
    ]


def test_a_reply_that_never_fits_fails_the_run_and_leaves_its_trace(run: Run) -> None:
    outcome = run('module M() -> int { let c = predict Count("q") return c.number }', Answering({"q": "many"}))
    error = failed(outcome)
    assert error.code == "LMP0700"
    assert error.notes == ("the reply was: many",)
    assert error.primary is not None
    (call,) = outcome.calls
    assert (call.outputs, len(call.replies)) == (None, 2)
    assert call.problem == 'M.c: `number` must be a whole number, not "many"'


def test_a_call_that_fails_fails_the_run_though_nothing_reads_it(run: Run) -> None:
    text = """
    module M() -> str {
      let unread = predict Count("unread")
      let a = predict Ask("a")
      return a.answer
    }
    """
    outcome = run(text, Answering({"unread": "none"}))
    assert failed(outcome).code == "LMP0700"
    assert [(call.address, call.problem is None) for call in outcome.calls] == [("M.a", True), ("M.unread", False)]


def test_of_several_failures_the_first_in_the_source_counts_and_all_calls_come_to_their_end(run: Run) -> None:
    text = """
    module M() -> int {
      let a = predict Count("a")
      let b = predict Count("b")
      return b.number + a.number
    }
    """
    outcome = run(text, Answering({"a": ["x", "2"], "b": "never"}))
    assert "M.b" in failed(outcome).message
    both = run(text, Answering({"a": "never", "b": "never"}))
    assert "M.a" in failed(both).message, "though the value that is read first is that of b"
    text = 'module M() -> int { return (predict Count("a")).number + (predict Count("b")).number }'
    together = run(text, Answering({"a": "never", "b": "never"}))
    assert "M.count:" in failed(together).message
    assert len(together.calls) == 2


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("1 // n", "division by zero"),
        ("1 / n", "division by zero"),
        ("1 % n", "division by zero"),
        ("[1][n + 1]", "there is no item at this index"),
        ("len(text(n)[n + 5])", "there is no item at this index"),
        ('len(default(extract("a", text(n) + "["), ""))', "`0[` is not a regular expression"),
    ],
)
def test_an_expression_without_a_value_fails_the_run(run: Run, expression: str, message: str) -> None:
    error = failed(run(f"module M(n: int) -> float {{ return {expression} }}", n=0))
    assert error.code == "LMP0701"
    assert message in error.message
    assert error.primary is not None


def test_a_run_that_fails_in_a_module_that_it_calls_fails(run: Run) -> None:
    text = """
    module Inner(n: int) -> int { return 1 // n }
    module M(n: int) -> int { let a = predict Ask("a") return Inner(n) + len(a.answer) }
    """
    outcome = run(text, n=0)
    assert failed(outcome).code == "LMP0701"
    assert len(outcome.calls) == 1


def test_an_lm_that_cannot_be_asked_ends_all(run: Run) -> None:
    down = LMError(Diagnostic("LMP0606", "the LM does not answer"))
    text = 'module M() -> str { let a = predict Ask("a") let b = predict Ask("b") return a.answer + b.answer }'
    with pytest.raises(LMError) as raised:
        run(text, Answering({"a": down}))
    assert raised.value is down


def test_a_prompt_that_is_too_long_is_a_failure_of_the_run_alone(run: Run) -> None:
    long = LMError(Diagnostic("LMP0611", "the prompt is too long"))
    outcome = run('module M() -> str { return (predict Ask("a")).answer }', Answering({"a": long}))
    assert failed(outcome).code == "LMP0611"
    assert outcome.calls[0].problem == "the prompt is too long"


def test_a_program_without_an_lm_fails_at_its_first_call(program: Callable[[str], Program]) -> None:
    found = replace(program('module M() -> str { return (predict Ask("a")).answer }'), lms=())
    outcome = asyncio.run(Interpreter(found, {}).run("M", {}))
    assert failed(outcome).code == "LMP0163"


def test_a_run_that_is_given_up_ends_its_calls(program: Callable[[str], Program]) -> None:
    ended: list[str] = []

    class Endless(Answering):
        async def turn(self, question: str) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(question)

    found = program("""
    module Inner(q: str) -> str { return (predict Ask(q + "1")).answer + (predict Ask(q + "2")).answer }
    module M() -> str { let a = Inner("a") let b = predict Ask("b") return a + b.answer }
    """)
    interpreter = Interpreter(found, {"small": Endless()})

    async def give_up() -> None:
        task = asyncio.ensure_future(interpreter.run("M", {}))
        for _ in range(20):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(give_up())
    assert sorted(ended) == ["a1", "a2", "b"]


# What it leaves behind


def test_traces_are_in_an_order_that_timing_does_not_change(run: Run) -> None:
    text = """
    module Inner(q: str) -> str { let z = predict Ask(q) return z.answer }
    module M(qs: list[str]) -> str {
      let b = predict Ask("b")
      for q in qs up to 3 { if Inner(q) == "?" { return "?" } }
      let a = predict Ask(b.answer)
      return a.answer
    }
    """
    outcome = run(text, qs=["2", "1"])
    assert [(call.address, call.inputs["question"]) for call in outcome.calls] == [
        ("Inner.z", "1"),
        ("Inner.z", "2"),
        ("M.a", "b!"),
        ("M.b", "b"),
    ]
    assert outcome.calls[0].outputs == {"answer": "1!"}


def test_every_call_is_asked_as_the_sample_that_the_run_is(program: Callable[[str], Program]) -> None:
    samples: list[int] = []

    class Noting(Answering):
        async def __call__(self, request: Any) -> Any:
            samples.append(request.sample)
            return await super().__call__(request)

    found = program('module M() -> str { let a = predict Ask("a") return a.answer }')
    asyncio.run(Interpreter(found, {"small": Noting()}).run("M", {}, sample=3))
    assert samples == [3]
