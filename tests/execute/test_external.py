"""What is outside the program: functions, tools, retrievers and metrics."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from lmc.diagnostics import Diagnostic, Failure
from lmc.execute.interpreter import CallModule, Outcome
from lmc.ir.expression import Comprehension, Const, Expr, External, Invoke, ListOf, Member, Name, RecordOf, Score, Try
from lmc.ir.statement import For
from lmc.ir.types import STR, ListType
from lmc.lm.base import BudgetExceeded, LMError

from .building import ask, check, go, let, module, program, told
from .conftest import Answering


def shout(value: Any) -> Expr:
    """A use of an extern."""
    return External("shout", (("text", value if not isinstance(value, str) else Const(value)),))


def post(value: Any) -> Expr:
    """A use of a tool."""
    return External("post", (("text", value if not isinstance(value, str) else Const(value)),))


def failed(outcome: Outcome) -> Diagnostic:
    assert outcome.value is None
    assert outcome.error is not None
    return outcome.error


@pytest.mark.parametrize("wait", [True, False])
def test_a_function_may_block_or_wait(wait: bool) -> None:
    async def waiting(text: str) -> str:
        await asyncio.sleep(0)
        return text.upper()

    def blocking(text: str) -> str:
        return text.upper()

    found = go(module(shout(told("a", "q"))), externals={"shout": waiting if wait else blocking})
    assert found.value == "Q!"


def test_functions_run_together_with_calls() -> None:
    begun: list[str] = []

    async def meeting(text: str) -> str:
        begun.append(text)
        while len(begun) < 2:
            await asyncio.sleep(0)
        return text

    lm = Answering()
    both = ListOf((shout("x"), shout("y"), told("a", "q")))
    assert go(module(both), lm, externals={"shout": meeting}).value == ["x", "y", "q!"]


def test_tools_are_used_in_the_order_of_the_source() -> None:
    """After the calls that stand before them, and never at the same time."""
    seen: list[str] = []

    async def tool(text: str) -> str:
        seen.append(f"begin {text}")
        for _ in range(3):
            await asyncio.sleep(0)
        seen.append(f"end {text}")
        return text

    class Noting(Answering):
        async def __call__(self, request: Any) -> Any:
            reply = await super().__call__(request)
            seen.append("call")
            return reply

    body = (
        let("a", ask("a", "q")),
        let("x", post("1")),
        let("y", ListOf((post("2"), post("3")))),
        let("z", Comprehension(post(Name("t")), "t", ListOf((Const("4"), Const("5"))), bound=2)),
        For("t", ListOf((Const("6"), Const("7"))), 2, (let("w", post(Name("t"))),), parallel=True),
        Const("done"),
    )
    twice = module(let("a", Invoke("Inner", ())), let("b", Invoke("Inner", ())), Const("done"))
    go(program(module(*body, name="Inner"), twice), Noting(), {"post": tool})
    uses = [f"{when} {number}" for number in range(1, 8) for when in ("begin", "end")]
    assert seen == ["call", *uses, "call", *uses]


def test_a_function_that_fails_fails_the_run_and_can_be_caught() -> None:
    def lookup(text: str) -> str:
        raise OSError(f"no such city: {text}")

    error = failed(go(module(shout("Atlantis")), externals={"shout": lookup}))
    assert (error.code, error.message) == ("LMP0704", "`shout` failed: OSError: no such city: Atlantis")
    caught = Try(shout("Atlantis"), Name("error"))
    assert go(module(caught), externals={"shout": lookup}).value == "OSError: no such city: Atlantis"


def test_a_function_that_tells_its_own_diagnostic_fails_with_that() -> None:
    def search(text: str) -> str:
        raise Failure(Diagnostic("LMP0711", "no list of passages"))

    assert failed(go(module(shout("x")), externals={"shout": search})).code == "LMP0711"
    assert go(module(Try(shout("x"), Name("error"))), externals={"shout": search}).value == "no list of passages"


def test_a_function_that_nobody_gave_fails_the_run_and_cannot_be_caught() -> None:
    assert failed(go(module(shout("x")))).code == "LMP0705"
    assert failed(go(module(Try(shout("x"), Const("caught"))))).code == "LMP0705"


@pytest.mark.parametrize("error", [LMError, BudgetExceeded])
def test_what_ends_all_comes_through_a_function(error: type[Failure]) -> None:
    async def search(text: str) -> str:
        raise error(Diagnostic("LMP0606", "the LM does not answer"))

    with pytest.raises(error):
        go(module(Try(shout("x"), Const("caught"))), externals={"shout": search})


# Metrics


async def judged(metric: str, want: Any, got: Any, call: CallModule) -> dict[str, Any]:
    """What a judge says, a module of the program."""
    verdict = await call("Judge", {"text": got})
    return {"score": float(want["least"] <= len(verdict)), "feedback": f"{metric}: {verdict}"}


def scored(least: int) -> Expr:
    return Score("long", RecordOf((("least", Const(least)),)), told("a", "q"))


def test_a_score_is_given_by_whoever_knows_metrics_and_its_calls_are_calls_of_the_run() -> None:
    judge = module(told("j", Name("text")), name="Judge", text=STR)
    outcome = go(program(judge, module(scored(3))), score=judged)
    assert outcome.value == {"score": 1.0, "feedback": "long: q!!"}
    assert [call.address for call in outcome.calls] == ["Judge.j", "M.a"]
    assert go(program(judge, module(Member(scored(4), "score"))), score=judged).value == 0.0


def test_a_judge_that_fails_fails_the_run() -> None:
    judge = module(Member(ask("j", Name("text"), "Count"), "number"), name="Judge", text=STR)
    outcome = go(program(judge, module(Try(scored(3), Name("error")))), score=judged)
    assert outcome.value == 'Judge.j: `number` must be a whole number, not "q!!"'


def test_scores_are_given_at_the_same_time() -> None:
    judge = module(told("j", Name("text")), name="Judge", text=STR)
    lm = Answering()
    each = Comprehension(Member(Score("long", Name("q"), Name("q")), "feedback"), "q", Name("qs"), bound=3)

    async def score(metric: str, want: Any, got: Any, call: CallModule) -> dict[str, Any]:
        return {"score": 1.0, "feedback": await call("Judge", {"text": got})}

    outcome = go(program(judge, module(each, qs=ListType(STR))), lm, score=score, qs=["x", "y"])
    assert outcome.value == ["x!", "y!"]
    assert lm.waves == [["x", "y"]]


def test_soft_assertions_are_noted_in_an_order_that_timing_does_not_change() -> None:
    loop = For("q", Name("qs"), 3, (check(Const(False), Name("q"), attempt=None, hard=False),), parallel=True)
    assert go(module(loop, Const(1), qs=ListType(STR)), qs=["y", "x"]).notes == ("x", "y")
