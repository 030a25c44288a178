"""`lmc build` of a program that a pass gives another structure: the lock, what is emitted, and what is said of locks
that do not fit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from lmc.cli.main import main
from lmc.diagnostics import Failure
from lmc.driver.build import Build, Options, Report
from lmc.driver.load import load, lock_path
from lmc.driver.lock import read_lock
from lmc.driver.tuned import tuned_program
from lmc.ir.walk import slots
from lmc.lm.base import Request
from lmc.lm.scripted import Scripted
from tests.driver.conftest import gold, parts_of


def thinker(request: Request) -> str:
    """Right when it may reason."""
    right = gold(parts_of(request)[0])
    return f"Reasoning: so\nParity: {right}" if "Reasoning" in str(request.body) else "even"


def build(path: Path, lm: Scripted, **options: bool) -> Report:
    loaded = load(path)
    assert loaded.program is not None, loaded.sink.diagnostics
    (report,) = Build(loaded, Options(**options), lambda *_, **__: None, lambda _: lm).run()
    return report


@pytest.fixture
def built(project: Path) -> Path:
    text = project.read_text()
    project.write_text(text.replace("seed 0 }\n\nemit", "seed 0 passes strategy }\n\nemit"))
    report = build(project, Scripted(thinker))
    assert report.tuned is not None
    assert report.tuned.score == 1.0
    return project


def test_the_lock_holds_source_line_by_line(built: Path) -> None:
    held = json.loads(lock_path(built).read_text())["modules"]["Main"]
    assert held["structure"][0] == "module Main(text: str) -> Parity {"
    assert held["structure"][-1] == "}"
    assert any("chain_of_thought Judge(" in line for line in held["structure"])


def test_nothing_is_asked_again(built: Path) -> None:
    silent = Scripted(thinker)
    assert build(built, silent).fresh
    assert build(built, silent, frozen=True).fresh
    assert build(built, silent, check=True).written == []
    assert silent.calls == []


def test_what_is_emitted_reasons(built: Path) -> None:
    prompts = [path.read_text() for path in (built.parent / "out").rglob("*.json")]
    assert any('"Reasoning"' in text for text in prompts)


def test_core_shows_it(built: Path) -> None:
    plain, tuned = (CliRunner().invoke(main, ["ir", *more, str(built)]).output for more in ((), ("--tuned",)))
    assert "predict Judge(text: text) as verdict" in plain
    assert "chain_of_thought Judge(" in tuned


def test_a_change_of_the_source_makes_it_stale(built: Path) -> None:
    built.write_text(built.read_text().replace("Is the number even or odd?", "Even or odd?"))
    program, warnings = tuned_program(load(built))
    assert [one.code for one in warnings] == ["LMP0501"]
    assert all(site.strategy == "predict" for _, site in slots(program))  # type: ignore[union-attr]
    with pytest.raises(Failure) as failure:
        build(built, Scripted(thinker), frozen=True)
    assert failure.value.diagnostic.code == "LMP0501"


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (["module Main(text: str) -> Parity {"], "`{` is not closed in line 1"),
        (["module Main(text: str) -> Parity {", "  return Nobody(text)", "}"], "unknown function or module `Nobody`"),
        (["module Main(text: str) -> str {", "  return text", "}"], "its module `Main` takes or gives something else"),
        (['emit python to "elsewhere"'], "it declares what tuning does not change"),
    ],
)
def test_a_structure_that_does_not_fit_is_a_mistake_of_the_lock(built: Path, lines: list[str], problem: str) -> None:
    held = json.loads(lock_path(built).read_text())
    held["modules"]["Main"]["structure"] = lines
    lock_path(built).write_text(json.dumps(held))
    assert read_lock(lock_path(built)) is not None
    with pytest.raises(Failure) as failure:
        tuned_program(load(built))
    assert failure.value.diagnostic.code == "LMP0504"
    assert problem in failure.value.diagnostic.message
    shown = CliRunner().invoke(main, ["ir", "--tuned", str(built)])
    assert shown.exit_code != 0
    assert "LMP0504" in shown.output
    assert "Traceback" not in shown.output
