"""The most that a run can take, from the program alone."""

from __future__ import annotations

import pytest

from lmc.analysis.calls import externals, most_calls, most_uses, reachable, worst_cost
from lmc.ir.expression import (
    Apply,
    Comprehension,
    Conditional,
    Const,
    Expr,
    External,
    Invoke,
    Name,
    Operation,
    Score,
    Try,
)
from lmc.ir.program import Metric, Module, Program
from lmc.ir.statement import For, If, Return, Stmt, While
from lmc.ir.types import INT, STR, ListType
from tests.execute.building import answer, ask, attempt, check, equal, go, let, module, plus, program, told
from tests.execute.conftest import Answering


def calls(found: Program, name: str = "M", attempts: int = 1) -> dict[str, int]:
    """The bound of each site, where one evaluation makes so many calls."""
    every = {f"{one.name}.{site}": attempts for one in found.modules for site in "abcdefj"}
    return {address: count for address, count in most_calls(found, name, every).items() if count}


def most(*body: Stmt | Expr) -> dict[str, int]:
    return calls(program(module(*body, qs=ListType(STR))))


def cost(found: Program, **weights: float) -> float:
    return worst_cost(found, "M", {f"M.{site}": weight for site, weight in weights.items()})


def test_a_comprehension_makes_its_calls_for_each_item() -> None:
    keep = equal(told("b", Name("q")), "yes")
    assert most(Comprehension(told("a", Name("q")), "q", Name("qs"), keep, bound=4)) == {"M.a": 4, "M.b": 4}
    items = Apply("split", (told("a", "q"), Const(" ")))
    assert most(Comprehension(told("b", Name("q")), "q", items, bound=4)) == {"M.a": 1, "M.b": 4}


def test_a_while_loop_asks_its_condition_before_each_round() -> None:
    loop = While(equal(told("a", "q"), "yes"), 3, (let("b", ask("b", "q")),))
    assert most(loop, Const(1)) == {"M.a": 3, "M.b": 3}


def test_an_attempt_is_made_once_and_again_for_each_retry_of_each_of_its_checks() -> None:
    inner = attempt("M.b", let("b", ask("b", "q")), check(equal(answer("b"), ""), "", "in", 3), name="in")
    body = (
        let("a", ask("a", "q")),
        check(equal(answer("a"), ""), "", "out", 2),
        inner,
        If(Const(True), (check(equal(answer("b"), ""), told("c", "why"), "out", 1),), ()),
    )
    found = most(attempt("M.a", *body, name="out"), Const(1))
    assert found == {"M.a": 4, "M.b": 16, "M.c": 4}


def test_both_sides_of_a_failure_count() -> None:
    assert most(Try(told("a", "q"), told("b", "q"))) == {"M.a": 1, "M.b": 1}


def test_of_a_conditional_the_dearer_branch_counts_for_each_site() -> None:
    twice = plus(told("b", "q"), told("c", "q"))
    assert most(Conditional(equal(told("a", "q"), ""), twice, told("d", "q"))) == {f"M.{one}": 1 for one in "abcd"}
    found = program(module(Conditional(equal(told("a", "q"), ""), twice, told("d", "q"))))
    assert cost(found, a=1, b=1, c=1, d=5) == 6


def test_a_score_makes_the_calls_of_its_metric() -> None:
    judge = module(told("j", Name("text")), name="Judge", text=STR)
    body = plus(Invoke("Judge", (("text", Name("got")),)), Invoke("Judge", (("text", Name("want")),)))
    metric = Metric("judged", ("want", "got"), body)
    found = program(judge, module(Score("judged", Const("w"), told("a", "q"))), metrics=(metric,))
    assert calls(found) == {"M.a": 1, "Judge.j": 2}
    assert reachable(found, "M") == ("M", "Judge")
    assert worst_cost(found, "M", {"M.a": 1, "Judge.j": 10}) == 21


def recursive(*names: str, depth: int | None = None, name: str = "M") -> Module:
    """A module that asks once, and then calls modules."""
    inner = tuple(let(f"x{place}", Invoke(one, ())) for place, one in enumerate(names))
    return module(let("a", ask("a", "q")), *inner, Const(1), name=name, depth=depth)


@pytest.mark.parametrize("depth", [0, 1, 5, 2000])
def test_a_module_that_calls_itself_runs_once_more_than_it_is_deep(depth: int) -> None:
    found = program(recursive("M", depth=depth))
    assert calls(found) == {"M.a": depth + 1}
    assert cost(found, a=2) == 2 * (depth + 1)


def test_recursion_that_branches_is_counted_without_being_run() -> None:
    found = program(recursive("M", "M", depth=300))
    assert calls(found) == {"M.a": 2**301 - 1}
    assert cost(found, a=1) == pytest.approx(2.0**301)
    assert cost(program(recursive("M", "M", depth=3000)), a=1) == float("inf")


def test_modules_that_call_one_another_are_bounded_by_either() -> None:
    found = program(recursive("N", depth=3), recursive("M", name="N", depth=1))
    assert calls(found) == {"M.a": 3, "N.a": 2}
    found = program(recursive("N", depth=3), recursive("M", name="N"))
    assert calls(found) == {"M.a": 4, "N.a": 4}


def test_recursion_within_recursion_begins_anew() -> None:
    found = program(recursive("M", "N", depth=2), recursive("N", name="N", depth=1))
    assert calls(found) == {"M.a": 3, "N.a": 6}


def test_where_there_are_too_many_combinations_a_bound_is_found_all_the_same() -> None:
    names = "MNOP"
    found = program(*(recursive(*names, depth=20, name=name) for name in names))
    counted = calls(found)
    assert set(counted) == {f"{name}.a" for name in names}
    assert counted["M.a"] > 4**20


def test_nothing_follows_a_break_or_a_return() -> None:
    loop = For("q", Name("qs"), 3, (If(Const(True), (Return(told("a", "q")),), ()), let("b", ask("b", "q"))))
    assert cost(program(module(loop, told("c", "q"), qs=ListType(STR))), a=7, b=1, c=1) == 22


def test_what_comes_behind_an_attempt_comes_once() -> None:
    body = attempt("M.a", let("a", ask("a", "q")), check(equal(answer("a"), ""), "", "t", 4))
    assert cost(program(module(body, told("b", "q"))), a=1, b=100) == 105


def test_uses_of_what_is_outside_the_program_are_counted_too() -> None:
    use = External("shout", (("text", Name("q")),))
    found = program(module(Comprehension(use, "q", Name("qs"), bound=4), qs=ListType(STR)))
    assert most_uses(found, "M") == {"shout": 4}
    assert externals(found, "M") == ("shout",)


def test_a_run_makes_as_many_calls_as_the_bound_says_in_the_worst_case() -> None:
    below = Operation("-", (Name("n"), Const(1)))
    again = If(
        equal(Name("n"), 0), (), (let("d", Invoke("M", (("n", below),))), let("e", Invoke("M", (("n", below),))))
    )
    steps = (let("a", ask("a", "q")), check(equal(answer("a"), "never"), "no", retries=2, hard=False))
    loop = While(equal(told("b", "go"), "yes"), 2, (let("c", ask("c", "q", "Count")),))
    found = program(module(attempt("M.a", *steps), loop, again, Const(1), depth=2, n=INT))
    lm = Answering({"q": "1", "go": "yes"})
    outcome = go(found, lm, n=2)
    assert outcome.value == 1
    bound = most_calls(found, "M", dict.fromkeys(("M.a", "M.b", "M.c"), 1))
    assert bound == {"M.a": 21, "M.b": 14, "M.c": 14}
    assert len(lm.bodies) == sum(bound.values())
