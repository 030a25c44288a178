"""Assertions: which calls are made again, what they are told, and what a run leaves behind."""

from __future__ import annotations

from typing import Any

from lmc.diagnostics import Diagnostic
from lmc.execute.interpreter import Outcome
from lmc.ir.expression import Apply, Comprehension, Const, Expr, Invoke, ListOf, Name, Operation, Try
from lmc.ir.program import Module
from lmc.ir.statement import Assign, Break, For, If, Return
from lmc.ir.types import STR, ListType

from .building import answer, ask, attempt, check, equal, go, let, module, plus, program, text, told
from .conftest import Answering


def failed(outcome: Outcome) -> Diagnostic:
    assert outcome.value is None
    assert outcome.error is not None
    return outcome.error


def said(message: str) -> str:
    return f"That reply cannot be used: {message}. Reply again, with nothing else."


def turns(lm: Answering) -> list[tuple[str, ...]]:
    """The messages of each call behind the first, which says what a call is for."""
    return [tuple(one["content"] for one in body["messages"] if one["role"] != "system") for body in lm.bodies]


def short(retries: int = 2, hard: bool = True) -> Module:
    """Asks for a text, and again until it has one letter."""
    too_long = Operation("<", (Apply("len", (answer("a"),)), Const(2)))
    steps = (let("a", ask("a", "q")), check(too_long, text(answer("a"), " is too long"), retries=retries, hard=hard))
    return module(attempt("M.a", *steps), answer("a"))


def test_a_call_is_made_again_and_told_of_every_failure() -> None:
    lm = Answering({"q": ["abc", "ab", "a"]})
    outcome = go(short(), lm)
    assert outcome.value == "a"
    assert turns(lm) == [
        ("q",),
        ("q", "abc", said("abc is too long")),
        ("q", "abc", said("abc is too long"), "ab", said("ab is too long")),
    ]


def test_a_run_remembers_its_failed_attempts() -> None:
    """The call that counts has its failures with it; those of the rounds before are marked."""
    outcome = go(short(), Answering({"q": ["abc", "ab", "a"]}))
    assert [(call.outputs, call.superseded, call.failures) for call in outcome.calls] == [
        ({"answer": "abc"}, True, ()),
        ({"answer": "ab"}, True, (("abc", "abc is too long"),)),
        ({"answer": "a"}, False, (("abc", "abc is too long"), ("ab", "ab is too long"))),
    ]


def test_replies_that_do_not_fit_are_failures_too() -> None:
    positive = Operation(">", (Apply("len", (text(Name("c")),)), Const(0)))
    steps = (let("c", ask("c", "q", "Count")), check(positive, "never"))
    (call,) = go(module(attempt("M.c", *steps), Const(1)), Answering({"q": ["many", "5"]})).calls
    assert call.failures == (("many", '`number` must be a whole number, not "many"'),)


def test_a_hard_assertion_fails_the_run_after_its_retries() -> None:
    lm = Answering({"q": ["abc", "abcd", "abcde"]})
    error = failed(go(short(), lm))
    assert (error.code, error.message) == ("LMP0702", "an assertion does not hold: abcde is too long")
    assert len(lm.bodies) == 3


def test_a_soft_assertion_lets_go_on_and_says_so() -> None:
    outcome = go(short(1, hard=False), Answering({"q": ["abc", "ab"]}))
    assert (outcome.value, outcome.error, outcome.notes) == ("ab", None, ("ab is too long",))


def test_assertions_that_are_switched_off_ask_nothing_again() -> None:
    judged = check(equal(told("judge", answer("a")), "good"), "bad")
    lm = Answering()
    outcome = go(module(attempt("M.a", let("a", ask("a", "q")), judged), answer("a")), lm, assertions=False)
    assert outcome.value == "q!"
    assert len(lm.bodies) == 1


def test_a_message_is_computed_when_it_is_needed() -> None:
    message = told("explain", "why")
    lm = Answering({"q": ["bad", "ok"]})
    steps = (let("a", ask("a", "q")), check(equal(answer("a"), "ok"), message))
    go(module(attempt("M.a", *steps), answer("a")), lm)
    assert turns(lm) == [("q",), ("why",), ("q", "bad", said("why!"))]


def test_variables_begin_each_round_as_they_were() -> None:
    steps = (
        let("a", ask("a", "q")),
        Assign("seen", plus(Name("seen"), answer("a"))),
        check(equal(answer("a"), "ok"), "not ok"),
    )
    body = (let("seen", Const("-")), attempt("M.a", *steps, restored=("seen",)), Name("seen"))
    assert go(module(*body), Answering({"q": ["bad", "ok"]})).value == "-ok"


def test_a_call_behind_the_named_one_is_made_again_with_its_new_value() -> None:
    steps = (
        let("query", ask("query", "q")),
        let("found", ask("found", answer("query"))),
        check(equal(answer("found"), "ok"), "nothing found"),
    )
    lm = Answering({"q": ["one", "two"], "one": "none", "two": "ok"})
    assert go(module(attempt("M.query", *steps), answer("found")), lm).value == "ok"
    assert turns(lm) == [("q",), ("one",), ("q", "one", said("nothing found")), ("two",)]


def test_a_call_in_a_module_is_told_by_the_assertion_of_its_caller() -> None:
    inner = module(told("a", "q"), name="Inner")
    steps = (let("x", Invoke("Inner", ())), check(equal(Name("x"), "ok"), "not ok"))
    lm = Answering({"q": ["bad", "ok"]})
    assert go(program(inner, module(attempt("Inner.a", *steps), Name("x"))), lm).value == "ok"
    assert turns(lm)[1] == ("q", "bad", said("not ok"))


def test_each_of_several_votes_is_told_of_its_own_reply() -> None:
    votes = Comprehension(told("vote", "q", sample=Name("n")), "n", Apply("range", (Const(2),)), bound=2)
    same = equal(Apply("unique", (Name("votes"),)), Apply("take", (Name("votes"), Const(1))))
    steps = (let("votes", votes), check(same, "they differ"))

    class Voting(Answering):
        async def __call__(self, request: Any) -> Any:
            self.answers["q"] = f"vote {request.body.get('seed', 0)}" if len(request.body["messages"]) < 4 else "agreed"
            return await super().__call__(request)

    class Simple(Voting):
        async def turn(self, question: str) -> None:
            """Answers at once."""

    lm = Simple()
    assert go(module(attempt("M.vote", *steps), Name("votes")), lm).value == ["agreed", "agreed"]
    assert sorted(turns(lm)[2:]) == [
        ("q", "vote 0", said("they differ")),
        ("q", "vote 1", said("they differ")),
    ]


def test_calls_before_an_assertion_come_to_their_end_before_it_sends_the_run_back() -> None:
    """And one that fails there fails the run, however fast the assertion is."""
    steps = (
        let("slow", ask("slow", "slow", "Count")),
        let("a", ask("a", "q")),
        check(equal(answer("a"), "ok"), "not ok"),
    )
    body = module(attempt("M.a", *steps), ListOf((answer("a"), Name("slow"))))
    outcome = go(body, Answering({"q": ["bad", "ok"], "slow": ["1", "2"]}))
    assert outcome.value == ["ok", {"number": 2}]
    error = failed(go(body, Answering({"q": ["bad", "ok"], "slow": ["x", "y"]})))
    assert "M.slow" in error.message


def test_a_call_after_an_assertion_waits_for_it() -> None:
    steps = (let("a", ask("a", "q")), check(equal(answer("a"), "ok"), "not ok"))
    lm = Answering({"q": ["bad", "ok"]})
    body = (attempt("M.a", *steps), let("b", ask("b", "later")), plus(answer("a"), answer("b")))
    assert go(module(*body), lm).value == "oklater!"
    assert turns(lm)[-1] == ("later",)
    assert len(lm.bodies) == 3


def rounds(message: Expr, parallel: bool) -> Module:
    """An attempt of its own for each item."""
    steps = (let("a", ask("a", Name("q"))), check(equal(answer("a"), "ok"), message))
    loop = For("q", Name("qs"), 5, (attempt("M.a", *steps),), parallel=parallel)
    return module(loop, Const("done"), qs=ListType(STR))


def test_attempts_that_run_together_do_not_hear_of_one_another() -> None:
    lm = Answering({"x": ["bad", "ok"], "y": ["worse", "ok"], "z": "ok"})
    assert go(rounds(text(Name("q"), " is bad"), True), lm, qs=["x", "y", "z"]).value == "done"
    assert sorted(turns(lm)[3:]) == [("x", "bad", said("x is bad")), ("y", "worse", said("y is bad"))]
    assert lm.waves[0] == ["x", "y", "z"]


def test_branches_that_fail_together_fail_one_round() -> None:
    steps = (let("a", ask("a", Name("q"))), check(equal(answer("a"), "ok"), text(Name("q"), " is bad"), retries=1))
    loop = For("q", Name("qs"), 5, steps, parallel=True)
    lm = Answering({"x": ["bad", "ok"], "y": ["worse", "ok"]})
    assert go(module(attempt("M.a", loop), Const("done"), qs=ListType(STR)), lm, qs=["x", "y"]).value == "done"
    assert sorted(turns(lm)[2:]) == [("x", "bad", said("x is bad")), ("y", "worse", said("x is bad"))]


def test_an_attempt_may_return_and_may_end_a_loop_around_it() -> None:
    steps = (let("a", ask("a", "q")), check(equal(answer("a"), "ok"), "not ok"))
    assert go(module(attempt("M.a", *steps, Return(Const("out")))), Answering({"q": ["bad", "ok"]})).value == "out"
    loop = For("n", Apply("range", (Const(5),)), 5, (attempt("M.a", *steps, If(Const(True), (Break(),), ())),))
    lm = Answering({"q": ["bad", "ok", "never"]})
    assert go(module(loop, Const("done")), lm).value == "done"
    assert len(lm.bodies) == 2


def test_an_attempt_within_another_sends_back_to_either() -> None:
    inner = attempt(
        "M.b",
        let("b", ask("b", "b")),
        check(Operation("!=", (answer("b"), Const("bad"))), "bad b", attempt="inner"),
        check(equal(answer("a"), "good"), "bad a", attempt="outer"),
        name="inner",
    )
    outer = attempt("M.a M.b", let("a", ask("a", "a")), inner, name="outer")
    lm = Answering({"a": ["bad", "good"], "b": ["bad", "b", "bad", "fine"]})
    assert go(module(outer, plus(answer("a"), answer("b"))), lm).value == "goodfine"
    assert turns(lm) == [
        ("a",),
        ("b",),
        ("b", "bad", said("bad b")),
        ("a", "bad", said("bad a")),
        ("b", "b", said("bad a")),
        ("b", "b", said("bad a"), "bad", said("bad b")),
    ]


def test_a_failed_assertion_can_be_caught_with_its_message() -> None:
    """But not where it would still send the run back."""
    outcome = go(
        program(short_named("Inner"), module(Try(Invoke("Inner", ()), Name("error")))), Answering({"q": "abc"})
    )
    assert outcome.value == "abc is too long"
    assert len(outcome.calls) == 3


def short_named(name: str) -> Module:
    """The module that asks for one letter, under another name."""
    too_long = Operation("<", (Apply("len", (answer("a"),)), Const(2)))
    steps = (let("a", ask("a", "q")), check(too_long, text(answer("a"), " is too long")))
    return module(attempt(f"{name}.a", *steps), answer("a"), name=name)
