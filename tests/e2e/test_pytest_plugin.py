"""`.lmp` tests under pytest."""

from __future__ import annotations

from importlib.metadata import entry_points

import pytest

pytest_plugins = ["pytester"]

PROGRAM = """\
lm small = "scripted/small"
signature Judge { in text: str out parity: "even" | "odd" }
module Main(text: str) -> Judge {
  let verdict = predict Judge(text)
  return verdict
}
test "right" with { replies: ["even", "odd"] } {
  Main("number 4") => parity == "even"
  Main("number 5") => parity == "odd"
}
test "wrong" with { replies: ["even"] } { Main("number 5") => parity == "odd" }
"""


@pytest.fixture
def folder(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("LMC_HOME", str(pytester.path / "home"))
    monkeypatch.delenv("LMC_ALLOW_EXTERN", raising=False)
    (pytester.path / "parity.lmp").write_text(PROGRAM)
    return pytester


def run(folder: pytest.Pytester, *args: str) -> pytest.RunResult:
    """A run of pytest that has the plugin, whether lmc was installed with it or not."""
    installed = any(one.name == "lmp" for one in entry_points(group="pytest11"))
    plugin = () if installed else ("-p", "lmc.pytest_plugin")
    return folder.runpytest_inprocess(*plugin, "-p", "no:xdist", "-p", "no:asyncio", *args)


def test_nothing_is_collected_unless_it_is_asked_for(folder: pytest.Pytester) -> None:
    assert run(folder).ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_each_case_is_an_item(folder: pytest.Pytester) -> None:
    result = run(folder, "--lmp", "-v")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(['*parity.lmp::right::1: Main("number 4") PASSED*'])
    result.stdout.fnmatch_lines(['*parity.lmp::right::2: Main("number 5") PASSED*'])
    result.stdout.fnmatch_lines(['*parity.lmp::wrong::1: Main("number 5") FAILED*'])


def test_the_configuration_may_ask_for_it(folder: pytest.Pytester) -> None:
    folder.makeini("[pytest]\nlmp = true\n")
    run(folder).assert_outcomes(passed=2, failed=1)


def test_a_failure_is_told_in_the_words_of_lmc(folder: pytest.Pytester) -> None:
    result = run(folder, "--lmp", "-k", "wrong")
    result.stdout.fnmatch_lines(
        [
            'error[[]LMP0714[]]: `Main("number 5")` gives {"parity": "even"}, which the test does not want',
            "*parity.lmp:11:*",
            '*note: `parity` is "even"',
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*pytest_plugin*")


def test_cases_of_a_block_share_its_replies_whichever_is_run(folder: pytest.Pytester) -> None:
    run(folder, "--lmp", "-k", "right and 2").assert_outcomes(passed=1, deselected=2)


def test_a_program_with_mistakes_is_an_error_of_its_own(folder: pytest.Pytester) -> None:
    (folder.path / "parity.lmp").write_text(PROGRAM.replace("predict Judge", "predict Jugde"))
    result = run(folder, "--lmp")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["error[[]LMP0100[]]: unknown signature `Jugde`"])


def test_code_of_the_author_needs_leave(folder: pytest.Pytester) -> None:
    (folder.path / "tools.py").write_text("def tell(text):\n    return text\n")
    (folder.path / "parity.lmp").write_text(
        'lm small = "scripted/small"\n'
        'extern python "tools.py" tell(text: str) -> str\n'
        "module Main(text: str) -> str { return tell(text) }\n"
        'test "told" { Main("x") => it == "x" }\n'
    )
    result = run(folder, "--lmp")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["error[[]LMP0712[]]: *"])
    run(folder, "--lmp", "--lmp-allow-extern").assert_outcomes(passed=1)


def test_files_of_python_are_collected_as_ever(folder: pytest.Pytester) -> None:
    folder.makepyfile("def test_one():\n    assert True\n")
    run(folder, "--lmp").assert_outcomes(passed=3, failed=1)
