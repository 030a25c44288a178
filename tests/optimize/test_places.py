"""Passes put nothing where a prompt that its author wrote has no place for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lmc.ir.patch import patch_between
from lmc.lm.base import Request
from lmc.optimize.bench import Bench
from lmc.optimize.demonstrations.demos import labeled_pools
from lmc.optimize.passes.bootstrap import Bootstrap
from lmc.optimize.passes.demo_search import DemoSearch
from lmc.optimize.passes.knn import Knn
from lmc.optimize.passes.labeled import Labeled
from lmc.optimize.passes.layout import Layout
from lmc.optimize.places import sites_with
from lmc.passes.base import Pass

from .conftest import Compile, MakeBench

PROMPT = '''
signature Ask {
  in question: str
  out answer: str
  prompt """
  Answer this.
  {{ demos }}
  {{ question }}
  """
}
module Main(question: str) -> str { return (predict Ask(question)).answer }
metric good(want, got) = exact(want.answer, got)
'''
ROWS = [{"question": f"question {number}", "answer": f"answer {number}"} for number in range(20)]
PASSES: list[Pass] = [Labeled(), Knn(), Bootstrap(), DemoSearch(candidates=3), Layout()]


def right(request: Request) -> str:
    text = str(request.body["messages"][-1]["content"])
    return f"answer {text.rpartition('question ')[2].split()[0]}"


@pytest.mark.parametrize("one", PASSES, ids=lambda one: one.name)
def test_a_prompt_without_places_stays_as_it_is(
    compiled: Compile, bench_of: MakeBench, reasons: Callable[[Bench], list[str]], one: Pass
) -> None:
    program = compiled(PROMPT.replace("  {{ demos }}\n", ""))
    bench = bench_of(program, right, train=ROWS, dev=ROWS)
    heard = reasons(bench)
    assert one.run(program, bench) is program
    assert len(heard) == 1


@pytest.mark.parametrize("one", PASSES[:4], ids=lambda one: one.name)
def test_demonstrations_stand_where_the_author_wants_them(compiled: Compile, bench_of: MakeBench, one: Pass) -> None:
    program = compiled(PROMPT)
    bench = bench_of(program, right, train=ROWS, dev=ROWS[:4])
    assert [address for address, _ in sites_with(program, "Main", "demos")] == ["Main.ask"]
    assert sites_with(program, "Main", "layout") == ()
    after = one.run(program, bench)
    changed = patch_between(program, after)
    if one.name == "demo_search":
        assert set(changed) <= {"Main.ask"}
    else:
        assert changed["Main.ask"].demos


def test_as_many_rows_are_given_as_a_call_chooses_among(compiled: Compile, bench_of: MakeBench) -> None:
    source = PROMPT.replace("Ask(question))", "Ask(question) with { nearest: 2 })")
    program = compiled(source)
    bench = bench_of(program, right, train=ROWS, dev=ROWS[:4])
    after = Labeled(k=4).run(program, bench)
    assert len(patch_between(program, after)["Main.ask"].demos or ()) == len(ROWS)
    assert patch_between(program, Knn(k=5).run(program, bench))["Main.ask"].nearest is None, "it says so itself: 2"
    assert DemoSearch(candidates=3).run(after, bench) is after


def test_rows_do_not_show_judges_what_to_say(compiled: Compile) -> None:
    """The judge has inputs and an output of the names of columns, but is not given those of the row."""
    program = compiled(
        """
signature Ask { in question: str out answer: str }
signature Grade { in question: str in answer: str out fine: bool }
module Judge(question: str, answer: str) -> bool { return (predict Grade(question, answer)).fine }
metric graded(want, got) = Judge(want.question, got.answer)
module Main(question: str) -> str { return (best_of 2 by graded predict Ask(question)).answer }
metric good(want, got) = exact(want.answer, got)
"""
    )
    from lmc.evaluate.rows import Row

    row = Row("1", {"question": "?", "answer": "x", "fine": True}, 1, "rows.jsonl")
    pools = labeled_pools(program, "Main", sites_with(program, "Main", "demos"), [row])
    assert not [address for address in pools if address.startswith("Judge")]
