"""A project's own meta-prompts: what a build makes of them, and the commands that show and eject them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lmc.cli.main import main
from lmc.diagnostics import Failure
from lmc.driver.build import Build, Options, Report
from lmc.driver.load import load
from lmc.driver.lock import read_lock
from lmc.driver.plan import plan_tuning
from lmc.driver.tuning import chosen_passes
from lmc.evaluate.rows import Roles
from lmc.lm.base import Request
from lmc.lm.scripted import Scripted
from lmc.optimize.meta import meta_names, meta_source
from lmc.passes import simplify
from tests.driver.conftest import chance, gold, parts_of

OWN = """
signature Vary { "Sing it." in current: str out instruction: str }
module Main(current: str) -> str { return (predict Vary(current)).instruction }
"""


def words(request: Request) -> str:
    return json.dumps(request.body)


def reply(request: Request) -> str:
    """Proposes to look at the last digit, and is right then; as a poet, to listen to it."""
    prompt = words(request)
    if "Sing it." in prompt:
        return "Listen to the last digit."
    if "alone." in prompt and "Reply with the" in prompt:
        return "Look at it well."
    text, _ = parts_of(request)
    right = "last digit" in prompt or chance(text) < 0.5
    return gold(text) if right else ("odd" if gold(text) == "even" else "even")


@pytest.fixture
def asking(project: Path) -> Path:
    """The project, tuned by proposals."""
    text = project.read_text().replace("seed 0 }\n\nemit", 'seed 0 passes instructions(mode: "ape") }\n\nemit')
    project.write_text(text)
    return project


def built(path: Path, **options: Any) -> tuple[list[Report], Scripted, tuple[str, ...]]:
    lm, loaded = Scripted(reply), load(path)
    assert loaded.program is not None
    reports = Build(loaded, Options(**options), lambda event, **details: None, lambda _: lm).run()
    return reports, lm, tuple(one.message for one in loaded.sink.diagnostics)


def own(path: Path, name: str = "ape_resample", source: str = OWN) -> None:
    (path.parent / "meta").mkdir(exist_ok=True)
    (path.parent / "meta" / f"{name}.lmp").write_text(source)


def inputs(path: Path) -> dict[str, str]:
    lock = read_lock(path.parent / "main.lock.json")
    assert lock is not None
    return dict(lock.modules["Main"].inputs)


def test_an_own_meta_prompt_is_used_and_a_change_of_it_makes_the_tuning_stale(asking: Path) -> None:
    built(asking)
    plain = inputs(asking)
    assert "meta" not in plain
    own(asking)
    with pytest.raises(Failure):
        built(asking, frozen=True)
    reports, lm, _ = built(asking)
    assert any("Sing it." in words(request) for request in lm.calls)
    assert reports[0].tuned is not None
    assert reports[0].tuned.score == 1.0
    first = inputs(asking)["meta"]
    assert built(asking)[1].calls == []
    own(asking, source=OWN.replace("Sing it.", "Sing it. Twice."))
    built(asking)
    assert inputs(asking)["meta"] != first
    (asking.parent / "meta" / "ape_resample.lmp").unlink()
    assert not built(asking)[0][0].fresh
    assert inputs(asking) == plain


def test_a_mistake_in_it_stops_the_build_before_any_call_and_says_where(asking: Path) -> None:
    own(asking, source=OWN.replace("Vary(current)", "Vary(curent)"))
    own(asking, "opro", "module Main() -> str { return 1 }")
    own(asking, "oprah")
    _, asked, said = built(asking)
    assert asked.calls == []
    assert "the meta-prompt `ape_resample` is no program: unknown name `curent`" in said
    assert any(one.startswith("the meta-prompt `opro` ") for one in said)
    assert any("no meta-prompt `oprah`" in one for one in said)
    done = lmc("check", str(asking))
    assert done.exit_code == 1
    assert f"--> {asking.parent.as_posix()}/meta/ape_resample.lmp:3:" in done.output
    assert "curent" in done.output


def test_a_program_that_tunes_nothing_has_no_meta_prompts(asking: Path) -> None:
    own(asking, source="nonsense")
    text = asking.read_text()
    asking.write_text(text[: text.index("optimize")] + 'emit python to "out"\n')
    assert not any("meta-prompt" in one for one in built(asking)[2])


def test_what_an_own_one_may_call_is_planned_for(asking: Path) -> None:
    loaded = load(asking)
    assert loaded.program is not None
    program = simplify(loaded.program)
    (optimize,), roles = program.optimizes, Roles()
    passes = chosen_passes(program, optimize, roles)
    often = OWN.replace("(predict Vary(current))", "(vote 9 predict Vary(current))")
    plans = [
        plan_tuning(program, optimize, roles, passes, overrides).steps[0].calls
        for overrides in ({}, {"ape_resample": often})
    ]
    assert plans[0] is not None
    assert plans[1] is not None
    assert plans[1] > plans[0]


def lmc(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["meta", *arguments] if arguments[0] != "check" else list(arguments))


def test_list_names_them_all() -> None:
    found = json.loads(lmc("list", "--json").output)
    assert [one["name"] for one in found] == list(meta_names())
    assert all(one["purpose"] for one in found)
    assert [line.split()[0] for line in lmc("list").output.splitlines()] == list(meta_names())


def test_show_prints_the_source_and_eject_writes_it_once(tmp_path: Path) -> None:
    assert lmc("show", "opro").output == meta_source("opro")
    done = lmc("eject", "opro", "--to", str(tmp_path))
    path = tmp_path / "meta" / "opro.lmp"
    assert done.output.startswith(f"{path.as_posix()}\n")
    assert path.read_text() == meta_source("opro")
    path.write_text("# mine\n")
    done = lmc("eject", "opro", "--to", str(tmp_path))
    assert done.exit_code != 0
    assert "is there already, with changes of its own" in done.output
    assert path.read_text() == "# mine\n"


def test_a_misspelt_name_gets_a_suggestion() -> None:
    assert "did you mean `opro`?" in lmc("show", "oprro").output
