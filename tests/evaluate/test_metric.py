"""Metrics with feedback, with judges, and with what a run took."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from lmc.diagnostics import Diagnostic, Sink
from lmc.elaborate import lower
from lmc.evaluate.evaluator import evaluate_rows
from lmc.evaluate.judged import CallFailed
from lmc.evaluate.metric import Cost, Score, compile_metric, cost_of, judges, score
from lmc.evaluate.rows import Row
from lmc.evaluate.scoring import Scored
from lmc.execute.interpreter import Interpreter
from lmc.execute.trace import Call
from lmc.ir.program import (
    Apply,
    Comprehension,
    Conditional,
    Const,
    Expr,
    Invoke,
    Member,
    Metric,
    Name,
    Operation,
    RecordOf,
    Try,
)
from lmc.lm.base import Reply, Request
from lmc.source import SourceFile
from lmc.syntax import parse

ANSWER = Member(Name("want"), "answer")
GOT = Name("got")


def metric(body: Expr) -> Metric:
    """A metric of this body."""
    return Metric("m", ("want", "got"), body)


def judge(first: Expr = GOT, second: Expr = ANSWER) -> Invoke:
    """A call of the module `Judge`."""
    return Invoke("Judge", (("first", first), ("second", second)))


class Judge:
    """Modules that answer from a table, and keep what they were asked; what is not in the table fails."""

    def __init__(self, answers: dict[tuple[Any, ...], Any]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, dict[str, Any]]] = []

    async def __call__(self, module: str, inputs: dict[str, Any]) -> Any:
        self.asked.append((module, inputs))
        try:
            return self.answers[tuple(inputs.values())]
        except KeyError:
            raise CallFailed(Diagnostic("LMP0700", "the reply does not fit")) from None


def judged(body: Expr, judge: Judge, got: Any = "a") -> Score:
    """The score of a value by a judge; `"b"` is wanted."""
    return asyncio.run(score(metric(body), {"answer": "b"}, got, judge))


# Scores and feedback


def test_a_truth_value_is_a_score() -> None:
    assert compile_metric(metric(Apply("exact", (ANSWER, GOT)))).score({"answer": "a"}, "a") == Score(1.0)


def test_a_record_is_a_score_with_feedback() -> None:
    body = RecordOf((("score", Const(0.5)), ("feedback", Const("half of it"))))
    assert compile_metric(metric(body)).score({}, "a") == Score(0.5, "half of it")


@pytest.mark.parametrize(
    ("feedback", "said"),
    [(Const(None), ""), (Name("got"), "too long\nno unit"), (Const(""), "")],
)
def test_feedback_may_be_null_or_several_texts(feedback: Expr, said: str) -> None:
    body = RecordOf((("score", Const(False)), ("feedback", feedback)))
    assert compile_metric(metric(body)).score({}, ["too long", "no unit"]) == Score(0.0, said)


def test_without_a_value_the_score_is_0_and_says_why() -> None:
    scorer = compile_metric(metric(Apply("exact", (ANSWER, GOT))))
    assert scorer.score({}, "a") == Score(0.0, missing="there is no field `answer`")
    assert scorer({}, "a") == 0.0


def test_what_is_no_score_counts_0_and_says_why() -> None:
    assert compile_metric(metric(GOT)).score({}, "a").missing is not None
    assert compile_metric(metric(GOT)).score({}, float("nan")) == Score(0.0)


# What a run took


def test_a_metric_reads_what_the_run_took() -> None:
    replies = (Reply("x", prompt_tokens=10, completion_tokens=5, dollars=0.25, seconds=1.5), Reply("y", seconds=0.5))
    cost = cost_of([Call("M.a", {}, {}, replies), Call("M.b", {}, {}, (Reply("z", prompt_tokens=1),))])
    assert cost == Cost(calls=3, tokens=16, dollars=0.25, seconds=2.0)
    for name, value in (("calls", 3), ("tokens", 16), ("dollars", 0.25), ("seconds", 2.0)):
        scorer = compile_metric(metric(Apply(name, ())))
        assert scorer.costs
        assert scorer.score({}, "a", cost) == Score(value)


def test_a_metric_of_the_value_alone_knows_that() -> None:
    assert not compile_metric(metric(Apply("exact", (ANSWER, GOT)))).costs


# Judges


def test_a_judge_is_a_module_that_the_metric_calls() -> None:
    body = Operation("/", (judge(), Const(5)))
    asked = Judge({("a", "b"): 4})
    assert judged(body, asked) == Score(0.8)
    assert asked.asked == [("Judge", {"first": "a", "second": "b"})]
    assert judges(metric(body)) == ("Judge",)


def test_a_pairwise_judge_is_asked_in_both_orders() -> None:
    body = Apply("preference", (judge(), judge(ANSWER, GOT)))
    asked = Judge({("a", "b"): "first", ("b", "a"): "second"})
    assert judged(body, asked) == Score(1.0)
    assert [inputs for _, inputs in asked.asked] == [{"first": "a", "second": "b"}, {"first": "b", "second": "a"}]
    assert judges(metric(body)) == ("Judge", "Judge")


def test_a_judge_that_prefers_a_place_makes_a_tie() -> None:
    body = Apply("preference", (judge(), judge(ANSWER, GOT)))
    assert judged(body, Judge({("a", "b"): "first", ("b", "a"): "first"})) == Score(0.5)


def test_a_judge_is_called_only_where_it_decides() -> None:
    same = Apply("exact", (ANSWER, GOT))
    for body in (
        Operation("or", (same, judge())),
        Conditional(same, Const(1), judge()),
    ):
        asked = Judge({("a", "b"): True})
        assert judged(body, asked, got="b") == Score(1.0)
        assert asked.asked == []
        assert judged(body, asked, got="a") == Score(1.0)
        assert len(asked.asked) == 1


def test_a_judge_that_fails_gives_no_score() -> None:
    assert judged(judge(), Judge({})) == Score(0.0, missing="the reply does not fit")


def test_a_judge_that_fails_may_be_caught() -> None:
    assert judged(
        Try(judge(), Conditional(Operation("in", (Const("fit"), Name("error"))), Const(0.5), Const(0))), Judge({})
    ) == Score(0.5)


def test_a_judge_goes_through_a_list() -> None:
    each = Comprehension(judge(Name("one"), ANSWER), "one", GOT, Operation("!=", (Name("one"), Const("x"))))
    asked = Judge({("a", "b"): 1, ("c", "b"): 0})
    assert judged(Apply("default", (Apply("mean", (each,)), Const(0))), asked, got=["a", "x", "c"]) == Score(0.5)
    assert len(asked.asked) == 2


def test_what_ends_the_evaluation_comes_through() -> None:
    async def spent(module: str, inputs: dict[str, Any]) -> Any:
        raise RuntimeError("the budget is spent")

    with pytest.raises(RuntimeError, match="spent"):
        asyncio.run(score(metric(judge()), {"answer": "b"}, "a", spent))


def test_a_judge_needs_someone_to_call_it() -> None:
    with pytest.raises(AssertionError, match="calls modules"):
        compile_metric(metric(judge()))({"answer": "b"}, "a")


# In an evaluation

PROGRAM = """
lm small = "openai/some"

module Answer(text: str) -> str {
  return (predict (text -> answer)(text)).answer
}

module Judge(first: str, second: str) -> bool {
  return (predict (first, second -> alike: bool)(first, second)).alike
}

METRIC
"""


class Parrot:
    """An LM that says what it is asked last; asked to judge, yes, unless the first value is `odd`."""

    def __init__(self) -> None:
        self.asked = 0

    async def __call__(self, request: Request) -> Reply:
        self.asked += 1
        said = str(request.body["messages"][-1]["content"])
        asked = json.dumps(request.body["messages"])
        if "alike" not in asked:
            return Reply(said, prompt_tokens=7, completion_tokens=3, dollars=0.5)
        return Reply("perhaps" if "vague" in asked else "no" if "odd" in asked else "yes")

    async def close(self) -> None:
        """Nothing to let go of."""


def evaluated(text: str, *texts: str) -> tuple[list[Scored], int]:
    """The results of `Answer` on texts, each of which wants `right`, and how many calls were made."""
    sink = Sink()
    file = parse(SourceFile("main.lmp", PROGRAM.replace("METRIC", text)), sink)
    program = lower("main", {"main.lmp": file}, {}, sink)
    assert not sink.failed, sink.diagnostics
    lm = Parrot()
    interpreter = Interpreter(program, {"small": lm})
    rows = [Row(one, {"text": one, "answer": "right"}, 1, "data.jsonl") for one in texts]
    jobs = [(interpreter, "Answer", one) for one in rows]
    scorer = compile_metric(program.metrics[0])
    return asyncio.run(evaluate_rows(jobs, {"Answer": ("text",)}, scorer)), lm.asked


def test_a_judge_is_a_module_of_the_program() -> None:
    judge = "metric m(want, got) = exact(want.answer, got) or Judge(got, want.answer)"
    found, asked = evaluated(judge, "right", "even", "odd")
    assert [one.score for one in found] == [1, 1, 0]
    assert asked == 3 + 2


def test_a_judge_without_a_verdict_leaves_the_row_without_a_score() -> None:
    (found,), _ = evaluated("metric m(want, got) = Judge(got, want.answer)", "vague")
    assert found.score == 0
    assert found.problem is None
    assert found.missing is not None
    assert "the reply does not fit" in found.missing.replace("LM's ", "")


def test_a_metric_may_charge_for_what_the_run_took() -> None:
    text = "metric m(want, got) = (1 if exact(want.answer, got) else 0) - dollars() / 2 - tokens() / 1000 - calls() / 8"
    found, _ = evaluated(text, "right", "wrong")
    assert [one.score for one in found] == pytest.approx([1 - 0.25 - 0.01 - 0.125, -0.25 - 0.01 - 0.125])


def test_equal_values_of_unequal_cost_are_told_apart() -> None:
    plain, _ = evaluated("metric m(want, got) = exact(want.answer, got)", "right")
    charged, _ = evaluated("metric m(want, got) = (1 if exact(want.answer, got) else 0) - dollars()", "right")
    assert plain[0].fingerprint == "right"
    assert charged[0].fingerprint == "0.5 right"


def test_feedback_is_kept_with_the_row() -> None:
    text = 'metric m(want, got) = { score: exact(want.answer, got), feedback: f"{want.answer} is right" }'
    (found,), _ = evaluated(text, "wrong")
    assert (found.score, found.feedback) == (0, "right is right")


@pytest.mark.parametrize(
    "body",
    [
        '{ score: "high" }',
        "{ score: f1(want.answer, got), feedback: 3 }",
        "{ score: f1(want.answer, got), notes: got }",
        '{ feedback: f"{want.answer}{got}" }',
    ],
)
def test_a_record_that_is_no_score_is_refused(body: str) -> None:
    sink = Sink()
    text = PROGRAM.replace("METRIC", f"metric m(want, got) = {body}")
    lower("main", {"main.lmp": parse(SourceFile("main.lmp", text), sink)}, {}, sink)
    assert "LMP0160" in [one.code for one in sink.diagnostics]
