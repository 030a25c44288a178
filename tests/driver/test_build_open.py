"""`lmc build` of programs that leave values open with `tune`, and of those whose metric asks judges."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmc.driver.build import Build, Options, Report
from lmc.driver.checks import check_program
from lmc.driver.load import load, lock_path
from lmc.driver.lock import read_lock
from lmc.driver.plan import plan_tuning
from lmc.driver.tuned import tuned_program
from lmc.driver.tuning import chosen_passes
from lmc.ir.program import Tune
from lmc.ir.walk import slots
from lmc.lm.base import Request
from lmc.lm.scripted import Scripted
from lmc.passes import simplify
from tests.driver.conftest import gold, helped, parts_of


def build(path: Path, lm: Scripted) -> Report:
    loaded = load(path)
    assert loaded.program is not None, loaded.sink.diagnostics
    (report,) = Build(loaded, Options(), lambda *_, **__: None, lambda _: lm).run()
    return report


OPEN = """\
  let verdict = tune { predict, chain_of_thought } Judge(text) with {
    temperature: tune 0..1,
    max_tokens: tune { 16, 64 },
  }
  let used = tune { true, false }
  return verdict.parity if used else "odd"
"""


@pytest.fixture
def open_project(project: Path) -> Path:
    """The program with values left open; the LM is right at temperature 1 and with the second limit."""
    text = project.read_text()
    body = text[text.index("  let verdict") : text.index("}\n\nmetric")]
    project.write_text(text.replace(body, OPEN).replace("seed 0 }\n\nemit", "seed 0 passes hyper(points: 2) }\n\nemit"))
    return project


def warm(request: Request) -> str:
    text = parts_of(request)[0].removesuffix("\n")
    good = request.body["temperature"] == 1 or int(text.split()[-1]) % 3 == 0
    said = gold(text) if good else ("odd" if gold(text) == "even" else "even")
    return said if "easoning" not in str(request.body) else f"Reasoning: so\nParity: {said}"


def test_values_that_won_are_in_the_lock_and_in_the_program(open_project: Path) -> None:
    report = build(open_project, Scripted(warm))
    assert report.tuned is not None
    assert report.tuned.score == 1.0
    lock = read_lock(lock_path(open_project))
    assert lock is not None
    entry = lock.modules["Main"].slots["Main.verdict"]
    assert entry.model_dump(exclude_none=True) == {"temperature": 1.0}
    loaded = load(open_project)
    program, warnings = tuned_program(loaded)
    assert warnings == ()
    site = dict(slots(program))["Main.verdict"]
    assert not isinstance(site, Tune)
    assert site.settings.temperature == 1.0
    silent = Scripted(warm)
    assert build(open_project, silent).fresh
    assert silent.calls == []


def test_no_more_is_spent_than_planned(open_project: Path) -> None:
    open_project.write_text(open_project.read_text().replace(" budget 900 calls", ""))
    loaded = load(open_project)
    assert loaded.program is not None
    program = simplify(loaded.program)
    roles = check_program(program, loaded.root, loaded.sink)["Main"]
    (optimize,) = program.optimizes
    plan = plan_tuning(program, optimize, roles, chosen_passes(program, optimize, roles))
    lm = Scripted(warm)
    build(open_project, lm)
    assert plan.calls is not None
    assert 0 < len(lm.calls) <= plan.calls


JUDGED = """\
signature Weigh {
  "Is that the right word for the number?"
  in text: str
  in word: str
  out right: bool
}

module Second(text: str, word: str) -> bool {
  return (predict Weigh(text, word)).right
}

metric accuracy(want, got) = len([again for again in [1, 2] if Second(want.text, got) up to 2]) / 2
"""


@pytest.fixture
def judged_project(project: Path) -> Path:
    text = project.read_text()
    line = "metric accuracy(want, got) = exact(want.parity, got)\n"
    assert line in text
    project.write_text(text.replace(line, JUDGED))
    return project


def judging(request: Request) -> str:
    """A judge that knows, and now and then does not say so in time."""
    content = str(request.body.get("prompt") or request.body["messages"])
    if "Is that the right word" not in content:
        return helped(request)
    last = str(request.body["messages"][1]["content"])
    text = last.split("Text: ")[1].split("\n")[0]
    word = last.split("Word: ")[1].split("\n")[0]
    wavers = int(text.split()[-1]) % 5 == 0 and len(request.body["messages"]) < 3
    return "who knows" if wavers else "yes" if word == gold(text) else "no"


@pytest.mark.parametrize("calls", [400, 900])
def test_the_budget_holds_with_judges(judged_project: Path, calls: int) -> None:
    text = judged_project.read_text().replace("budget 900 calls", f"budget {calls} calls")
    judged_project.write_text(text)
    lm = Scripted(judging)
    report = build(judged_project, lm)
    assert len(lm.calls) <= calls
    assert report.tuned is not None
    assert report.tuned.n == 50, "the sealed rows have what they need"
    assert report.tuned.score > 0.5


def test_a_budget_without_room_for_the_judges_of_the_sealed_rows_is_refused(judged_project: Path) -> None:
    """Both programs on 50 rows: a call and two of the judge each, and a tenth more: 330."""
    judged_project.write_text(judged_project.read_text().replace("budget 900 calls", "budget 320 calls"))
    loaded = load(judged_project)
    lm = Scripted(judging)
    assert Build(loaded, Options(), lambda *_, **__: None, lambda _: lm).run() == []
    errors = [one for one in loaded.sink.diagnostics if one.severity == "error"]
    assert [one.code for one in errors] == ["LMP0505"]
    assert "can take 330 alone" in errors[0].message
    assert lm.calls == []
