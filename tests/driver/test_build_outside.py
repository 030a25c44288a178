"""Builds of programs that call functions outside: leave, staleness, emission; and assertions switched off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lmc.diagnostics import Failure
from lmc.driver.build import Build, Options, Report
from lmc.driver.load import load, lock_path
from lmc.driver.lock import read_lock
from lmc.lm.scripted import Scripted
from tests.driver.conftest import helped

TOOLS = "def tidy(text):\n    return text.strip()\n"


@pytest.fixture
def outside(project: Path) -> Path:
    """The project, with a function that tidies each text and a corpus that each run looks into."""
    body = """\
  let tidied = tidy(text)
  let found = retrieve notes(text)
  if len(found) > 1 { return "odd" }
  let verdict = predict Judge(tidied)
  assert len(tidied) > 0 else "say something" retry 0
"""
    text = project.read_text().replace("  let verdict = predict Judge(text)\n", body)
    head = 'extern python "tools.py" tidy(text: str) -> str\nretriever notes = "notes.txt" { k: 1 }\n'
    project.write_text(head + text)
    (project.parent / "tools.py").write_text(TOOLS)
    (project.parent / "notes.txt").write_text("a number is even or odd\n")
    return project


def build(path: Path, lm: Scripted, **options: Any) -> list[Report]:
    loaded = load(path)
    assert loaded.program is not None, [one.message for one in loaded.sink.diagnostics]
    reports = Build(loaded, Options(**options), lambda *_, **__: None, lambda _: lm).run()
    errors = [one.message for one in loaded.sink.diagnostics if one.severity == "error"]
    assert not errors
    return reports


def test_a_tuning_runs_no_code_that_is_not_allowed(outside: Path) -> None:
    (outside.parent / "tools.py").write_text(f"raise AssertionError('it ran')\n{TOOLS}")
    lm = Scripted(helped)
    with pytest.raises(Failure) as failure:
        build(outside, lm)
    assert failure.value.diagnostic.code == "LMP0712"
    assert lm.calls == []


def test_a_fresh_build_runs_none_of_it_and_needs_no_leave(outside: Path) -> None:
    build(outside, Scripted(helped), allowed=True)
    import lmc.driver.externals

    def never(*_: Any) -> Any:
        raise AssertionError("a fresh build opens nothing")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lmc.driver.externals, "load_function", never)
        silent = Scripted(helped)
        (report,) = build(outside, silent, frozen=True, check=True)
    assert silent.calls == []
    assert report.fresh
    assert report.written == []


@pytest.mark.parametrize("file", ["tools.py", "notes.txt"])
def test_sources_and_corpora_make_a_lock_stale(outside: Path, file: str) -> None:
    build(outside, Scripted(helped), allowed=True)
    path = outside.parent / file
    path.write_text(path.read_text() + "\n# a remark\n")
    with pytest.raises(Failure, match="stale: outside changed"):
        build(outside, Scripted(helped), frozen=True)


def test_the_sources_of_functions_go_along(outside: Path) -> None:
    (report,) = build(outside, Scripted(helped), allowed=True)
    assert "out/python/tools.py" in report.files
    assert (outside.parent / "out/python/tools.py").read_text() == TOOLS


def test_a_program_without_any_of_it_has_no_such_input(project: Path) -> None:
    build(project, Scripted(helped))
    lock = read_lock(lock_path(project))
    assert lock is not None
    assert list(lock.modules["Main"].inputs) == ["source", "data", "metric", "lm", "options"]


def test_assertions_may_be_off_while_tuning_and_in_what_is_emitted(outside: Path) -> None:
    text = outside.read_text().replace("len(tidied) > 0", 'verdict.parity == "even"')
    outside.write_text(text)
    (on,) = build(outside, Scripted(helped), allowed=True)
    emitted = (outside.parent / "out/python/main.py").read_text()
    (off,) = build(outside, Scripted(helped), allowed=True, assertions=False)
    assert on.tuned is not None
    assert off.tuned is not None
    assert off.tuned.score > on.tuned.score + 0.2, "with it on, every odd number fails"
    assert "say something" in emitted
    assert "say something" not in (outside.parent / "out/python/main.py").read_text()
