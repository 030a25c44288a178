"""The commands on programs that call functions outside and have tests: what is printed, and how they end."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from lmc.cli.main import main
from tests.e2e.conftest import Inside, everything

PROGRAM = """\
lm small = "local/none"

extern python "tools.py" weigh(name: str, times: int) -> int

signature Judge { in text: str out parity: "even" | "odd" }

module Weigh(name: str) -> int {
  return weigh(name, 2)
}

module Main(text: str) -> Judge {
  let verdict = predict Judge(text)
  suggest verdict.parity == "even" else "even numbers are nicer" retry 0
  return verdict
}

test "weights" { Weigh("apple") => it == 10 }

test "parity" with { replies: ["odd", "even"] } {
  Main("number 3") => parity == "odd"
  Main("number 4") => parity == "odd"
}
"""

TOOLS = "open('ran', 'w').close()\n\n\ndef weigh(name, times):\n    return len(name) * times\n"


@pytest.fixture
def lmp(inside: Inside) -> Inside:
    """A project with that program."""
    (inside.folder / "main.lmp").write_text(PROGRAM)
    (inside.folder / "tools.py").write_text(TOOLS)
    return inside


def ran(lmp: Inside) -> bool:
    return (lmp.folder / "ran").exists()


def test_check_and_plan_and_fmt_run_no_code(lmp: Inside) -> None:
    assert lmp("check", "main.lmp").code == 0
    assert lmp("ir", "main.lmp").code == 0
    plan = lmp("plan", "main.lmp", "--module", "Weigh")
    assert (plan.code, plan.err) == (0, "")
    assert "weigh: used at most 1 time" in plan.out
    assert not ran(lmp)


def test_a_run_needs_leave_to_run_code(lmp: Inside) -> None:
    args = ("run", "main.lmp", "--module", "Weigh", "-i", "name=pear")
    done = lmp(*args)
    assert (done.code, done.out) == (4, "")
    assert "error[LMP0712]" in done.err
    assert not ran(lmp)
    assert lmp(*args, "--allow-extern").out == "8\n"
    assert lmp(*args, LMC_ALLOW_EXTERN="1").out == "8\n"


def test_an_error_of_the_code_is_no_traceback(lmp: Inside) -> None:
    (lmp.folder / "tools.py").write_text("def weigh(name, times):\n    return {}['scales']\n")
    done = lmp("run", "main.lmp", "--module", "Weigh", "-i", "name=pear", "--allow-extern")
    assert (done.code, done.out) == (1, "")
    assert "error[LMP0704]: `weigh` failed: KeyError: 'scales'" in done.err
    assert "main.lmp:8:" in done.err
    assert "note: raised at tools.py:2" in done.err


def test_tests_are_run_and_counted(lmp: Inside) -> None:
    done = lmp("test", "main.lmp", "-k", "par")
    assert done.code == 1
    assert done.out.startswith("FAIL  main.lmp  parity\n")
    assert 'error[LMP0714]: `Main("number 4")` gives {"parity": "even"}, which the test does not want' in done.out
    assert done.out.endswith("2 cases, 1 failed\n")
    assert done.err == "warning: even numbers are nicer\n"
    assert not ran(lmp)


def test_tests_need_leave_too_and_no_file_need_be_named(lmp: Inside) -> None:
    assert lmp("test").code == 4
    assert not ran(lmp)
    (lmp.folder / "main.lmp").write_text(PROGRAM.replace('"number 4") => parity == "odd"', '"number 4") => true'))
    done = lmp("test", "--allow-extern")
    assert (done.code, done.out) == (0, "ok    main.lmp  weights\nok    main.lmp  parity\n3 cases, all hold\n")


def test_junit_is_written_whole(lmp: Inside) -> None:
    lmp("test", "main.lmp", "--allow-extern", "--junit", "report.xml")
    (suite,) = ElementTree.parse(lmp.folder / "report.xml").getroot()
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "0")
    (failure,) = suite.iter("failure")
    assert "main.lmp:21:" in str(failure.text)


def test_what_cannot_be_asked_ends_with_the_code_of_the_world_outside(lmp: Inside) -> None:
    (lmp.folder / "main.lmp").write_text(PROGRAM.replace(' with { replies: ["odd", "even"] }', ""))
    done = lmp("test", "main.lmp", "-k", "parity")
    assert done.code == 3
    assert "2 cases, 2 could not be asked" in done.out
    assert "error[LMP0622]" in done.out


@pytest.mark.parametrize("args", [("-k", "nothing"), ("--lm", "smal")])
def test_tests_that_there_are_not(lmp: Inside, args: tuple[str, ...]) -> None:
    done = lmp("test", "main.lmp", *args)
    assert done.code == 2
    assert "error[LMP09" in done.err


def test_a_program_with_mistakes_is_not_tested(lmp: Inside) -> None:
    (lmp.folder / "main.lmp").write_text(PROGRAM.replace('parity == "odd"', 'pairty == "odd"', 1))
    done = lmp("test")
    assert (done.code, done.out) == (1, "")
    assert "error[LMP0100]" in done.err


@pytest.mark.parametrize("budget", ["10", "ten calls", "1.5 calls", "1 call, 2 calls", "-1 calls"])
def test_a_budget_that_is_none_is_told(lmp: Inside, budget: str) -> None:
    done = lmp("run", "main.lmp", "--module", "Weigh", "-i", "name=pear", "--budget", budget)
    assert done.code == 2
    assert "is not a budget such as '10 calls, 0.05 dollars'" in done.err


def test_a_spent_budget_ends_a_run(lmp: Inside) -> None:
    (lmp.folder / "main.lmp").write_text(PROGRAM.replace("local/none", "openai/fake"))
    done = lmp("run", "main.lmp", "--module", "Main", "-i", "text=number 4", "--budget", "0 calls")
    assert (done.code, done.out) == (4, "")
    assert "error[LMP0601]" in done.err


def test_no_command_leaves_anything_but_what_it_says(lmp: Inside) -> None:
    before = everything(lmp.folder)
    lmp("test", "main.lmp", "-k", "parity")
    lmp("plan", "main.lmp", "--module", "Main", "--json")
    assert everything(lmp.folder) == before
    assert "test" in main.list_commands(None)  # type: ignore[arg-type]
