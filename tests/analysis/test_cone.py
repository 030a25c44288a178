"""What has to be run again when one call changes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lmc.analysis.cone import cone
from lmc.diagnostics import Sink
from lmc.elaborate import lower
from lmc.ir.program import Program
from lmc.source import SourceFile
from lmc.syntax import parse

ASK = """
lm small = "scripted/small"
signature Ask { in question: str out answer: str }
"""


@pytest.fixture
def program() -> Callable[[str], Program]:
    def read(body: str) -> Program:
        sink = Sink()
        text = ASK + body
        found = lower("main", {"main.lmp": parse(SourceFile("main.lmp", text), sink)}, {}, sink)
        assert not sink.failed, [one.message for one in sink.diagnostics]
        return found

    return read


CHAIN = """
module Main(q: str) -> str {
  let a = predict Ask(q)
  let b = predict Ask(question: a.answer)
  let c = predict Ask(question: b.answer)
  let aside = predict Ask(question: lower(q))
  return c.answer + aside.answer
}
"""


@pytest.mark.parametrize(
    ("changed", "behind"),
    [("a", {"a", "b", "c"}), ("b", {"b", "c"}), ("c", {"c"}), ("aside", {"aside"})],
)
def test_of_a_chain_what_comes_after(program: Callable[[str], Program], changed: str, behind: set[str]) -> None:
    assert cone(program(CHAIN), "Main", [f"Main.{changed}"]) == {f"Main.{name}" for name in behind}


def test_a_branch_that_a_call_decides(program: Callable[[str], Program]) -> None:
    found = program(
        """
module Main(q: str) -> str {
  let first = predict Ask(q)
  if first.answer == "yes" { return (predict Ask(question: "one") as one).answer }
  let two = predict Ask(question: "two")
  return two.answer
}
"""
    )
    assert cone(found, "Main", ["Main.first"]) == {"Main.first", "Main.one", "Main.two"}
    assert cone(found, "Main", ["Main.two"]) == {"Main.two"}


def test_through_other_modules_and_loops(program: Callable[[str], Program]) -> None:
    found = program(
        """
module Inner(q: str) -> str {
  let inner = predict Ask(q)
  return inner.answer
}
module Main(q: str) -> str {
  let before = predict Ask(q)
  let text = q
  for word in ["a", "b"] up to 2 {
    let step = predict Ask(question: text)
    text = Inner(text + step.answer)
  }
  return text + before.answer
}
"""
    )
    assert cone(found, "Main", ["Main.before"]) == {"Main.before"}
    assert cone(found, "Main", ["Inner.inner"]) == {"Inner.inner", "Main.step"}
    assert cone(found, "Main", ["Main.step"]) == {"Inner.inner", "Main.step"}


def test_an_expression_that_one_part_decides(program: Callable[[str], Program]) -> None:
    found = program(
        """
module Main(q: str) -> str {
  let a = predict Ask(q)
  let b = (predict Ask(question: "x") as chosen).answer if a.answer == "yes" else "no"
  let words = [(predict Ask(question: word) as each).answer for word in split(a.answer, " ") up to 3]
  return b + join(words, " ")
}
"""
    )
    assert cone(found, "Main", ["Main.a"]) == {"Main.a", "Main.chosen", "Main.each"}


def test_an_operator_that_needs_both_sides_decides_nothing(program: Callable[[str], Program]) -> None:
    found = program(
        """
module Main(q: str) -> str {
  return (predict Ask(q) as left).answer + (predict Ask(question: "x") as right).answer
}
"""
    )
    assert cone(found, "Main", ["Main.left"]) == {"Main.left"}


def test_an_assertion_that_sends_back(program: Callable[[str], Program]) -> None:
    found = program(
        """
module Main(q: str) -> str {
  let a = predict Ask(q)
  let b = predict Ask(question: q + "!")
  assert len(a.answer) < 5 else "too long" retry 1
  return a.answer + b.answer
}
"""
    )
    assert "Main.a" in cone(found, "Main", ["Main.a"])


def test_a_tuned_value_changes_what_reads_it(program: Callable[[str], Program]) -> None:
    found = program(
        """
module Main(q: str) -> str {
  let style = tune { "short", "long" }
  let a = predict Ask(q)
  let b = predict Ask(question: style)
  return a.answer + b.answer
}
"""
    )
    (slot,) = [f"Main.{one.slot}" for one in tunes(found)]
    assert cone(found, "Main", [slot]) == {"Main.b"}


def tunes(program: Program) -> list[object]:
    from lmc.ir.program import Tune
    from lmc.ir.walk import expressions

    return [one for one in expressions(program.module("Main").body) if isinstance(one, Tune)]
