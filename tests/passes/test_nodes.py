"""What the exact passes do with attempts, failures, comprehensions, and what is outside the program."""

from __future__ import annotations

from typing import Any

import pytest

from lmc.ir.expression import Comprehension, Const, Expr, External, Invoke, ListOf, Name, RecordOf, Try
from lmc.ir.program import Extern, Module, Program, Retriever
from lmc.ir.statement import Assign, If, Let, Stmt, While
from lmc.ir.types import STR, ListType
from lmc.ir.verify import verify
from lmc.passes import simplify
from lmc.passes.prune import Prune
from lmc.passes.schedule import Schedule
from lmc.passes.share import Share
from tests.execute.building import answer, ask, attempt, check, equal, let, module, plus, program, told


def after(one: Any, found: Module | Program) -> Module:
    """The last module behind a pass that has nothing more to do."""
    given = program(found) if isinstance(found, Module) else found
    done = one.run(given, None)
    verify(done)
    assert one.run(done, None) is done
    return done.modules[-1]  # type: ignore[no-any-return]


def unchanged(one: Any, *body: Stmt | Expr) -> bool:
    found = program(module(*body, qs=ListType(STR)))
    return one.run(found, None) is found


def use(name: str, **arguments: Expr) -> External:
    return External(name, tuple(arguments.items()))


# share


def test_samples_are_not_shared() -> None:
    assert unchanged(Share(), ListOf((told("a", "q", sample=0), told("b", "q", sample=1))))
    shared = after(Share(), module(ListOf((told("a", "q", sample=1), told("b", "q", sample=1)))))
    assert shared == module(let("a", ask("a", "q", sample=1)), ListOf((answer("a"), answer("a"))))


def test_what_is_asked_again_is_not_taken_from_before() -> None:
    steps = (let("b", ask("b", "q")), check(equal(answer("b"), "ok"), "not ok"))
    assert unchanged(Share(), let("a", ask("a", "q")), attempt("M.b", *steps), plus(answer("a"), answer("b")))
    assert unchanged(Share(), attempt("M.b", *steps), let("a", ask("a", "q")), plus(answer("a"), answer("b")))


def test_calls_of_which_an_assertion_elsewhere_tells_one_are_not_shared() -> None:
    inner = module(plus(told("a", "q"), told("b", "q")), name="Inner")
    steps = (let("x", Invoke("Inner", ())), check(equal(Name("x"), "ok"), "not ok"))
    found = program(inner, module(attempt("Inner.a", *steps), Name("x")))
    assert Share().run(found, None) is found
    found = program(inner, module(attempt("Inner.a Inner.b", *steps), Name("x")))
    shared = Share().run(found, None)
    assert shared.modules[0] == module(let("a", ask("a", "q")), plus(answer("a"), answer("a")), name="Inner")
    assert shared.modules[1] == module(attempt("Inner.a", *steps), Name("x"))


def test_a_call_that_may_fail_is_not_taken_out_of_where_its_failure_is_caught() -> None:
    assert unchanged(Share(), ListOf((Try(told("a", "q"), Const("")), Try(told("b", "q"), Const("")))))
    shared = after(Share(), module(let("a", ask("a", "q")), Try(told("b", "q"), Const(""))))
    assert shared == module(let("a", ask("a", "q")), Try(answer("a"), Const("")))


def test_a_variable_of_a_comprehension_is_not_the_one_outside() -> None:
    each = Comprehension(told("b", Name("q")), "q", Name("qs"), bound=3)
    body = (let("q", Const("outside")), let("a", ask("a", Name("q"))), ListOf((answer("a"), each)))
    assert unchanged(Share(), *body)


def test_a_call_made_before_a_comprehension_is_not_made_for_each_item() -> None:
    each = Comprehension(plus(Name("x"), told("b", "q")), "x", Name("qs"), bound=3)
    shared = after(Share(), module(let("a", ask("a", "q")), each, qs=ListType(STR)))
    each = Comprehension(plus(Name("x"), answer("a")), "x", Name("qs"), bound=3)
    assert shared == module(let("a", ask("a", "q")), each, qs=ListType(STR))


def test_the_condition_of_a_loop_is_asked_again() -> None:
    changing = While(equal(told("b", Name("x")), "go"), 3, (Assign("x", plus(Name("x"), "!")),))
    assert unchanged(
        Share(), let("x", Const("")), let("a", ask("a", Name("x"))), changing, plus(answer("a"), Name("x"))
    )


@pytest.mark.parametrize("name", ["shout", "post"])
def test_calls_that_come_to_use_a_tool_or_an_extern_are_not_shared(name: str) -> None:
    inner = module(use(name, text=Const("x")), name="Inner")
    found = program(inner, module(ListOf((Invoke("Inner", ()), Invoke("Inner", ())))))
    assert Share().run(found, None) is found
    assert unchanged(Share(), ListOf((told("a", use(name, text=Const("x"))), told("b", use(name, text=Const("x"))))))


# prune


@pytest.mark.parametrize("name", ["shout", "post"])
def test_the_use_of_a_tool_or_an_extern_stays_though_nothing_reads_it(name: str) -> None:
    assert unchanged(Prune(), let("x", use(name, text=Const("x"))), Const(1))
    assert unchanged(Prune(), let("x", Const("")), Assign("x", use(name, text=Const("x"))), Const(1))
    inner = module(use(name, text=Const("x")), name="Inner")
    found = program(inner, module(If(equal(Invoke("Inner", ()), ""), (), ()), Const(1)))
    assert Prune().run(found, None) is found


def test_what_a_retriever_or_the_sandbox_gives_to_nobody_is_not_asked_for() -> None:
    wiki = Retriever("wiki", STR, "bm25")
    search = let("x", use("wiki", query=Const("q"), k=Const(3)))
    code = let("y", use("run_code", code=Const("1")))
    found = program(module(search, code, Const(1)), retrievers=(wiki,), externs=(Extern("f", "f.py", (), STR),))
    assert after(Prune(), found) == module(Const(1))


def test_a_call_of_a_module_that_asserts_something_stays() -> None:
    guard = module(check(Const(False), "never", attempt=None), Const(1), name="Guard")
    found = program(guard, module(let("x", Invoke("Guard", ())), Const(1)))
    assert Prune().run(found, None) is found


def test_an_attempt_restores_only_what_it_still_changes() -> None:
    steps = (let("a", ask("a", "q")), Assign("n", Const("2")), check(equal(answer("a"), "ok"), "not ok"))
    pruned = after(Prune(), module(let("n", Const("1")), attempt("M.a", *steps, restored=("n",)), answer("a")))
    assert pruned == module(attempt("M.a", steps[0], steps[2]), answer("a"))


def test_an_attempt_names_only_calls_that_are_made() -> None:
    steps = (let("a", ask("a", "q")), let("b", ask("b", "q")), check(equal(answer("a"), "ok"), "not ok"))
    pruned = after(Prune(), module(attempt("M.a M.b", *steps), answer("a")))
    assert pruned == module(attempt("M.a", steps[0], steps[2]), answer("a"))


def test_a_loop_left_empty_goes_with_its_condition() -> None:
    loop = While(equal(told("a", "q"), "go"), 3, (let("x", Const(1)),))
    assert after(Prune(), module(loop, Const(1))) == module(Const(1))


# schedule


def lets(found: Module) -> list[str]:
    return [stmt.name for stmt in found.body if isinstance(stmt, Let)]


def test_calls_come_side_by_side_but_not_past_a_tool() -> None:
    chain = (let("a", ask("a", "q")), let("b", ask("b", answer("a"))), let("c", ask("c", "q")))
    values = RecordOf(tuple((name, Name(name)) for name in "abc"))
    assert lets(after(Schedule(), module(*chain, values))) == ["a", "c", "b"]
    tool = let("t", use("post", text=Const("x")))
    body = (*chain[:2], tool, chain[2], RecordOf((*values.fields, ("t", Name("t")))))
    assert unchanged(Schedule(), *body)


def test_nothing_moves_within_an_attempt() -> None:
    steps = (let("a", ask("a", "q")), let("b", ask("b", answer("a"))), let("c", ask("c", "q")))
    body = (*steps, check(equal(answer("c"), "ok"), "not ok"))
    assert unchanged(Schedule(), attempt("M.c", *body), plus(answer("a"), answer("b"), answer("c")))
    assert simplify(program(module(attempt("M.c", *body), plus(answer("b"), answer("c"))))).modules[-1].body
