"""What a run and a build can take at most, and that they never take more."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from lmc.cli.run import run_once
from lmc.driver.build import Build, Options
from lmc.driver.checks import check_program
from lmc.driver.load import load
from lmc.driver.plan import plan_run, plan_tuning
from lmc.driver.tuning import chosen_passes
from lmc.ir.program import Program
from lmc.lm.base import BudgetExceeded, Request
from lmc.lm.scripted import Scripted
from lmc.passes import simplify
from tests.driver.conftest import chance, helped

LOOP = """\
lm small = "scripted/small" { price_in: 1.0, price_out: 4.0, context: 1000 }
lm spare = "scripted/spare" { price_in: 10.0, price_out: 10.0, context: 4000 }

signature Next { in word: str out more: str }
signature Rate { in score: int 0..9 in kind: "a" | "bb" out good: bool }

module Main(word: str, n: int) -> str {
  let said = word
  for i in range(n) up to 3 {
    let next = predict Next(said) with { retries: 1 }
    said = next.more
  }
  if n > 5 {
    let rated = predict Rate(score: 3, kind: "a") with { lm: spare, retries: 0 }
    return said if rated.good else "bad"
  }
  return said
}
"""


@pytest.fixture
def loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    monkeypatch.setenv("LMC_HOME", str(tmp_path / "home"))
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "main.lmp").write_text(LOOP)
    program = load(tmp_path / "main.lmp").program
    assert program is not None
    return simplify(program)


def test_a_run_is_planned_call_site_by_call_site(loop: Program) -> None:
    plan = plan_run(loop, "Main")
    first, second = plan.sites
    assert (first.address, first.calls, first.lm, first.most_tokens) == ("Main.next", 6, "small", 1000)
    assert (second.address, second.calls, second.lm) == ("Main.rated", 1, "spare")
    assert second.most_tokens < 4000, "the types of its inputs say how long they are"
    assert plan.calls == 7
    assert plan.tokens == 6 * 1000 + second.most_tokens
    assert plan.about_tokens < plan.tokens
    reply = first.reply_tokens
    dear = 6 * ((1000 - reply) * 1.0 + reply * 4.0) / 1e6 + second.most_tokens * 10.0 / 1e6
    assert plan.dollars == pytest.approx(dear)


def run(program: Program, lm: Scripted, budget: Any = None, **inputs: Any) -> Any:
    return asyncio.run(run_once(program, "Main", inputs, {}, True, budget, lambda _: lm))


def test_a_run_makes_as_many_calls_as_planned_and_no_more(loop: Program) -> None:
    """An LM that misbehaves: every first reply is cut off, and every word differs from the one before."""

    def reply(request: Request) -> str:
        if "Rate" in str(request.body) or "good" in str(request.body):
            return "maybe"
        return '{"more": ' if len(request.body["messages"]) < 3 else f"word {len(lm.calls)}"

    lm = Scripted(reply)
    outcome = run(loop, lm, word="one", n=9)
    assert len(lm.calls) <= plan_run(loop, "Main").calls
    assert outcome.value is None


def test_a_plan_that_is_wrong_still_holds(loop: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the count too low, the run would end rather than go on spending."""
    import lmc.cli.run

    real = lmc.cli.run.plan_run

    def too_low(program: Program, module: str, priced: bool = True) -> Any:
        import dataclasses

        return dataclasses.replace(real(program, module, priced), calls=2)

    monkeypatch.setattr(lmc.cli.run, "plan_run", too_low)
    lm = Scripted(lambda request: f"word {len(lm.calls)}")
    with pytest.raises(BudgetExceeded) as failure:
        run(loop, lm, word="one", n=9)
    assert failure.value.diagnostic.code == "LMP0601"
    assert len(lm.calls) == 2


@pytest.mark.parametrize("budget", [(1, None, None), (None, 100, None), (None, None, 0.0005)])
def test_a_budget_of_the_command_line_holds(loop: Program, budget: Any) -> None:
    lm = Scripted(lambda request: f"word {len(lm.calls)}")
    with pytest.raises(BudgetExceeded):
        run(loop, lm, budget, word="one", n=9)
    assert len(lm.calls) <= 1


# Tunings


def planned(path: Path) -> Any:
    loaded = load(path)
    assert loaded.program is not None
    program = simplify(loaded.program)
    roles = check_program(program, loaded.root, loaded.sink)
    assert not loaded.sink.failed
    (optimize,) = program.optimizes
    return plan_tuning(program, optimize, roles["Main"], chosen_passes(program, optimize, roles["Main"]))


def test_a_tuning_is_planned_pass_by_pass(project: Path) -> None:
    plan = planned(project)
    assert [one.name for one in plan.steps] == [*plan.passes, "sealed rows"]
    assert (plan.budget, plan.calls) == (900, 900)
    attempts, dev, sealed = 2, 60, 50
    by_name = {one.name: one.calls for one in plan.steps}
    assert by_name["labeled"] == 2 * dev * attempts
    assert by_name["sealed rows"] == 2 * sealed * attempts
    assert by_name["demo_search"] == 900


def test_without_a_budget_the_sum_of_the_passes_is_the_limit(project: Path) -> None:
    project.write_text(project.read_text().replace(" budget 900 calls", " passes labeled, demo_search(candidates: 3)"))
    plan = planned(project)
    assert plan.budget is None
    assert plan.calls == sum(one.calls for one in plan.steps)

    def reply(request: Request) -> str:
        """Replies that do not fit, so that calls are made again and again."""
        return "nonsense" if chance(request.key) < 0.7 or "cannot be used" in str(request.body) else helped(request)

    lm = Scripted(reply)
    loaded = load(project)
    heard: list[Any] = []

    def listen(event: str, **details: Any) -> None:
        if event == "plan":
            heard.append(details["lms"].budget.limits)

    Build(loaded, Options(), listen, lambda _: lm).run()
    assert heard == [(("calls", plan.calls),)]
    assert 0 < len(lm.calls) <= plan.calls


def test_a_teacher_that_takes_what_rows_do_not_give_is_told(project: Path) -> None:
    teacher = """\
module Wise(text: int, hint: str) -> Parity {
  let verdict = predict Judge(hint)
  return verdict.parity
}
"""
    text = project.read_text().replace("lm small budget", "lm small teacher Wise budget")
    project.write_text(text + teacher)
    loaded = load(project)
    assert loaded.program is not None
    check_program(loaded.program, loaded.root, loaded.sink)
    found = [one for one in loaded.sink.diagnostics if one.severity == "error"]
    assert [one.code for one in found] == ["LMP0194"]
    assert found[0].message.endswith("its `text` is `int`, not `str`")
    project.write_text(text + teacher.replace("text: int", "text: str"))
    loaded = load(project)
    assert loaded.program is not None
    check_program(loaded.program, loaded.root, loaded.sink)
    found = [one for one in loaded.sink.diagnostics if one.severity == "error"]
    assert found[0].message.endswith("it takes `hint`, which `Main` does not")


def test_what_cannot_be_afforded_is_refused_before_the_first_call(project: Path) -> None:
    project.write_text(project.read_text().replace("lm small budget 900 calls", "lm small budget 20 tokens"))
    lm = Scripted(helped)
    loaded = load(project)
    (report,) = Build(loaded, Options(), lambda *_, **__: None, lambda _: lm).run()
    assert lm.calls == []
    assert report.tuned is not None
    assert report.tuned.n == 0
