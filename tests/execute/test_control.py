"""Control flow: what runs together, what waits, and where it ends."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lmc.diagnostics import Diagnostic
from lmc.execute.interpreter import Outcome
from lmc.ir.expression import (
    Apply,
    Comprehension,
    Conditional,
    Const,
    Expr,
    Invoke,
    Is,
    Item,
    ListOf,
    Member,
    Name,
    Operation,
    RecordOf,
    Space,
    Try,
    Tune,
)
from lmc.ir.program import TypeDecl
from lmc.ir.statement import Assign, Break, For, If, Return, While
from lmc.ir.types import INT, NULL, STR, UNKNOWN, Constrained, Field, ListType, NamedType, RecordType, optional
from lmc.lm.base import LMError

from .building import answer, ask, check, equal, go, let, module, plus, program, text, told
from .conftest import Answering

QS = ListType(STR)


def failed(outcome: Outcome) -> Diagnostic:
    assert outcome.value is None
    assert outcome.error is not None
    return outcome.error


# Comprehensions


def test_the_items_of_a_comprehension_run_together_and_come_in_order() -> None:
    lm = Answering()
    each = Comprehension(told("a", Name("q")), "q", Name("qs"), bound=9)
    assert go(module(each, qs=QS), lm, qs=["y", "x", "z"]).value == ["y!", "x!", "z!"]
    assert lm.waves == [["x", "y", "z"]]


def test_a_comprehension_takes_the_first_items_and_of_those_what_meets_its_condition() -> None:
    lm = Answering()
    keep = equal(told("test", plus("test ", Name("q"))), "test y!")
    each = Comprehension(told("a", Name("q")), "q", Name("qs"), keep, bound=2)
    assert go(module(each, qs=QS), lm, qs=["x", "y", "y"]).value == ["y!"]
    assert lm.waves == [["test x", "test y"], ["y"]]


def test_a_comprehension_without_calls_needs_no_bound() -> None:
    each = Comprehension(plus(Name("q"), Name("end")), "q", Name("qs"), Operation("!=", (Name("q"), Const("b"))))
    assert go(module(each, qs=QS, end=STR), qs=["a", "b", "c"], end=".").value == ["a.", "c."]
    assert go(module(each, qs=QS, end=STR), qs=[], end=".").value == []


def test_a_comprehension_waits_for_what_it_reads_and_for_nothing_else() -> None:
    lm = Answering()
    body = (
        let("first", ask("first", "first")),
        let("slow", ask("slow", "slow")),
        let("all", Comprehension(told("a", plus(Name("q"), answer("first"))), "q", Name("qs"), bound=2)),
        let("more", ask("more", answer("slow"))),
        ListOf((Item(Name("all"), Const(0)), Item(Name("all"), Const(1)), answer("more"))),
    )
    assert go(module(*body, qs=QS), lm, qs=["x", "y"]).value == ["xfirst!!", "yfirst!!", "slow!!"]
    assert lm.waves == [["first", "slow"], ["slow!", "xfirst!", "yfirst!"]]


def test_of_failures_in_a_comprehension_the_first_in_order_counts() -> None:
    lm = Answering({"x": ["1"], "y": ["no", "no"], "z": ["none", "none"]})
    each = Comprehension(ask("a", Name("q"), "Count"), "q", Name("qs"), bound=9)
    outcome = go(module(each, qs=QS), lm, qs=["x", "y", "z"])
    assert '"no"' in failed(outcome).message
    assert len(outcome.calls) == 3


def test_samples_are_calls_of_their_own() -> None:
    lm = Answering()
    numbers = Apply("range", (Const(3),))
    each = Comprehension(told("vote", "q", sample=Name("n")), "n", numbers, bound=3)
    outcome = go(module(each), lm)
    assert [body.get("seed") for body in lm.bodies] == [None, 1, 2]
    assert [call.sample for call in outcome.calls] == [0, 1, 2]
    assert all("n" not in call.inputs and len(call.inputs) == 1 for call in outcome.calls)


# Loops


def test_the_rounds_of_a_parallel_loop_run_together() -> None:
    """Also where each waits for a branch within it. The rounds of a plain loop go one after another."""
    decide = If(equal(answer("a"), "x!"), (let("b", ask("b", answer("a"))),), (let("c", ask("c", "c")),))
    loop = For("q", Name("qs"), 5, (let("a", ask("a", Name("q"))), decide))
    for parallel, waves in (
        (True, [["x", "y", "z"], ["c", "c", "x!"]]),
        (False, [["x"], ["x!"], ["y"], ["c"], ["z"], ["c"]]),
    ):
        lm = Answering()
        outcome = go(module(replace(loop, parallel=parallel), Const("done"), qs=QS), lm, qs=["x", "y", "z"])
        assert outcome.value == "done"
        assert lm.waves == waves


def test_a_parallel_loop_ends_with_its_calls_and_fails_with_the_first_that_fails() -> None:
    lm = Answering({"y": ["no", "no"], "z": ["none", "none"], "x": ["1"]})
    loop = For("q", Name("qs"), 5, (let("a", ask("a", Name("q"), "Count")),), parallel=True)
    outcome = go(module(loop, Const("done"), qs=QS), lm, qs=["x", "y", "z"])
    assert '"no"' in failed(outcome).message
    assert len(outcome.calls) == 3


def counting(*body: Any, bound: int = 5, condition: Expr | None = None) -> Any:
    below = Operation("<", (Name("n"), Const(3))) if condition is None else condition
    loop = While(below, bound, (*body, Assign("n", plus(Name("n"), 1))))
    return module(let("n", Const(0)), loop, Name("n"))


def test_a_while_loop_goes_on_as_long_as_its_condition_holds_and_not_beyond_its_bound() -> None:
    assert go(counting()).value == 3
    assert go(counting(bound=2)).value == 2


def test_the_condition_of_a_while_loop_is_asked_before_each_round_and_not_after_the_last() -> None:
    lm = Answering({"go?": ["yes", "yes", "no"]})
    assert go(counting(condition=equal(told("go", "go?"), "yes")), lm).value == 2
    lm = Answering({"go?": "yes"})
    assert go(counting(condition=equal(told("go", "go?"), "yes"), bound=2), lm).value == 2
    assert len(lm.bodies) == 2


def test_break_ends_the_innermost_loop() -> None:
    inner = For(
        "x", Name("xs"), None, (If(equal(Name("x"), "b"), (Break(),), ()), Assign("n", plus(Name("n"), Name("x"))))
    )
    outer = For("y", Name("xs"), None, (inner, Assign("n", plus(Name("n"), "|"))))
    assert go(module(let("n", Const("")), outer, Name("n"), xs=QS), xs=["a", "b", "c"]).value == "a|a|a|"
    assert go(counting(If(equal(Name("n"), 1), (Break(),), ()))).value == 1


def test_a_return_ends_a_while_loop_and_the_module() -> None:
    assert go(counting(If(equal(Name("n"), 1), (Return(Const("out")),), ()))).value == "out"


# Recursion


def test_a_module_calls_itself_as_deep_as_it_says_and_no_deeper() -> None:
    deeper = Invoke("Down", (("n", Operation("-", (Name("n"), Const(1)))),))
    body = Conditional(equal(Name("n"), 0), Const(0), plus(deeper, 1))
    assert go(module(body, name="Down", depth=3, n=INT), n=3).value == 3
    outcome = go(module(body, name="Down", depth=3, n=INT), n=4)
    assert failed(outcome).code == "LMP0703"
    assert failed(outcome).message == "a module calls itself too deep: Down calls itself deeper than 3"


def test_recursion_is_bounded_by_the_program_and_not_by_python() -> None:
    deeper = Invoke("Down", (("n", Operation("-", (Name("n"), Const(1)))),))
    body = Conditional(equal(Name("n"), 0), Const(0), plus(deeper, 1))
    assert go(module(body, name="Down", depth=2000, n=INT), n=2000).value == 2000


def test_calls_beside_one_another_are_equally_deep() -> None:
    deeper = Invoke("Down", (("n", Operation("-", (Name("n"), Const(1)))),))
    end = If(equal(Name("n"), 0), (Return(told("leaf", "leaf")),), ())
    lm = Answering()
    assert go(module(end, plus(deeper, deeper), name="Down", depth=2, n=INT), lm, n=2).value == "leaf!" * 4
    assert lm.waves == [["leaf"] * 4]


# What fails and goes on


def test_where_a_call_fails_another_value_stands_in() -> None:
    body = Try(Member(ask("c", "q", "Count"), "number"), text("sorry: ", Name("error")))
    outcome = go(module(body), Answering({"q": ["many", "more"]}))
    assert outcome.value == 'sorry: M.c: `number` must be a whole number, not "more"'
    assert [call.problem is None for call in outcome.calls] == [False]
    assert go(module(body), Answering({"q": "4"})).value == 4


def test_where_an_expression_has_no_value_another_stands_in() -> None:
    pure = Try(Operation("//", (Const(1), Name("n"))), Name("error"))
    assert go(module(pure, n=INT), n=0).value == "division by zero"
    with_call = Try(Operation("//", (Const(1), Name("n"))), told("a", Name("error")))
    assert go(module(with_call, n=INT), n=0).value == "division by zero!"
    assert go(module(with_call, n=INT), n=1).value == 1


def test_of_two_failures_the_first_in_the_source_is_the_one_that_a_program_reads() -> None:
    inner = module(
        let("a", ask("a", "a", "Count")),
        let("b", ask("b", "b", "Count")),
        plus(Member(Name("b"), "number"), Member(Name("a"), "number")),
        name="Inner",
    )
    outcome = go(
        program(inner, module(Try(Invoke("Inner", ()), Name("error")))),
        Answering({"a": ["x", "slow"], "b": ["y", "z"]}),
    )
    assert outcome.value.startswith("Inner.a: ")
    assert len(outcome.calls) == 2


def test_a_failure_before_it_is_not_caught() -> None:
    body = (let("a", ask("a", "q", "Count")), Try(Member(Name("a"), "number"), Const("caught")))
    assert failed(go(module(*body), Answering({"q": ["x", "y"]}))).code == "LMP0700"


def test_an_lm_that_cannot_be_asked_is_not_caught() -> None:
    down = LMError(Diagnostic("LMP0606", "the LM does not answer"))
    with pytest.raises(LMError):
        go(module(Try(told("a", "q"), Const("caught"))), Answering({"q": down}))


def test_a_prompt_that_is_too_long_is_not_caught() -> None:
    long = LMError(Diagnostic("LMP0611", "the prompt is too long"))
    assert failed(go(module(Try(told("a", "q"), Const("caught"))), Answering({"q": long}))).code == "LMP0611"


def test_recursion_that_goes_too_deep_can_be_caught() -> None:
    deeper = module(Invoke("Down", ()), name="Down", depth=2)
    assert (
        go(program(deeper, module(Try(Invoke("Down", ()), Name("error"))))).value == "Down calls itself deeper than 2"
    )


# Values


@pytest.mark.parametrize(
    ("value", "type_", "is_one"),
    [
        ("a", STR, True),
        (1, STR, False),
        (None, optional(STR), True),
        (None, NULL, True),
        (6, Constrained(INT, 1, 5), False),
        (5, Constrained(INT, 1, 5), True),
        ({"next": {"next": None}}, NamedType("Chain"), True),
        ({"next": {"next": 3}}, NamedType("Chain"), False),
        ([["a"]], ListType(QS), True),
    ],
)
def test_whether_a_value_is_of_a_type(value: Any, type_: Any, is_one: bool) -> None:
    chain = TypeDecl("Chain", RecordType((Field("next", optional(NamedType("Chain"))),)))
    found = program(module(Is(Name("x"), type_), x=UNKNOWN), types=(chain,))
    assert go(found, x=value).value is is_one


def test_a_tuned_value_is_what_holds_now() -> None:
    tune = Tune("k", Space(low=1, high=8), 3)
    assert go(module(plus(tune, 1))).value == 4
    assert go(module(told("a", text("q", tune)))).value == "q3!"


def test_a_record_with_calls_in_it_asks_them_together() -> None:
    lm = Answering()
    both = RecordOf((("a", told("a", "a")), ("b", told("b", "b"))))
    assert go(module(both), lm).value == {"a": "a!", "b": "b!"}
    assert lm.waves == [["a", "b"]]


def test_an_assertion_that_no_call_could_make_hold_fails_or_is_noted() -> None:
    body = (check(equal(Name("n"), 0), "n is not 0", attempt=None, hard=False), Const("on"))
    outcome = go(module(*body, n=INT), n=1)
    assert (outcome.value, outcome.notes) == ("on", ("n is not 0",))
    body = (check(equal(Name("n"), 0), "n is not 0", attempt=None), Const("on"))
    assert failed(go(module(*body, n=INT), n=1)).code == "LMP0702"
    assert go(module(*body, n=INT), n=1, assertions=False).value == "on"
