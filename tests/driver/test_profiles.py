"""Several tunings of one module, each with its own result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lmc.diagnostics import Failure
from lmc.driver.build import Build, Options, Report
from lmc.driver.load import load, lock_path
from lmc.driver.lock import Lock, read_lock
from lmc.driver.profiles import in_profile
from lmc.driver.tuned import tuned_program
from lmc.lm.base import Request
from lmc.lm.scripted import Scripted
from tests.driver.conftest import harmed, helped


@pytest.fixture
def profiled(project: Path) -> Path:
    """Two profiles: demonstrations help the LM of one and harm that of the other."""
    text = project.read_text()
    block = "optimize Main { data numbers metric accuracy lm small budget 900 calls seed 0 }"
    assert block in text
    large = block.replace("Main {", 'Main for "large" {').replace("lm small", "lm large").replace("900", "500")
    text = text.replace(block, f"{block}\n{large}")
    text = text.replace('lm small = "scripted/small"', 'lm small = "scripted/small"\nlm large = "scripted/large"')
    project.write_text(text + 'emit prompts to "large" for "large"\n')
    return project


def reply(request: Request) -> str:
    return helped(request) if "small" in request.model else harmed(request)


def build(path: Path, lm: Scripted | None = None, **options: Any) -> list[Report]:
    loaded = load(path)
    assert loaded.program is not None, loaded.sink.diagnostics
    answering = lm or Scripted(reply)
    return Build(loaded, Options(**options), lambda *_, **__: None, lambda _: answering).run()


def lock_of(path: Path) -> Lock:
    found = read_lock(lock_path(path))
    assert found is not None
    return found


def test_each_profile_is_tuned_and_emitted_by_itself(profiled: Path) -> None:
    reports = build(profiled)
    assert [(one.module, one.profile) for one in reports] == [("Main", ""), ("Main", "large")]
    lock = lock_of(profiled)
    assert lock.entries("")["Main"].slots["Main.verdict"].demos
    assert lock.entries("large")["Main"].slots == {}
    small = (profiled.parent / "out/prompts/Main.verdict.json").read_text()
    large = (profiled.parent / "large/prompts/Main.verdict.json").read_text()
    assert small.count('"assistant"') > large.count('"assistant"') == 0


def test_a_profile_asks_its_own_lm(profiled: Path) -> None:
    lm = Scripted(reply)
    build(profiled, lm, profile="large")
    assert {call.model for call in lm.calls} == {"scripted/large"}
    assert len(lm.calls) <= 500


def test_building_one_profile_leaves_the_others_as_they_were(profiled: Path) -> None:
    build(profiled)
    before = lock_of(profiled)
    for name in ("out", "large"):
        (profiled.parent / name / "prompts/Main.verdict.md").unlink()
    (report,) = build(profiled, profile="large", retune=True)
    assert report.profile == "large"
    assert lock_of(profiled) == before
    assert (profiled.parent / "large/prompts/Main.verdict.md").exists()
    assert not (profiled.parent / "out/prompts/Main.verdict.md").exists()


@pytest.mark.parametrize("folder", ["out/large", "."])
def test_building_one_profile_leaves_the_files_of_another_around_or_within(profiled: Path, folder: str) -> None:
    profiled.write_text(profiled.read_text().replace('"large" for', f'"{folder}" for'))
    build(profiled)
    (profiled.parent / folder / "prompts/Main.old.md").write_bytes(
        (profiled.parent / folder / "prompts/Main.verdict.md").read_bytes()
    )
    files = {path.relative_to(profiled.parent) for path in profiled.parent.rglob("prompts/*")}
    assert len(files) == 5
    build(profiled, profile="")
    assert {path.relative_to(profiled.parent) for path in profiled.parent.rglob("prompts/*")} == files
    build(profiled, profile="large")
    left = {path.relative_to(profiled.parent) for path in profiled.parent.rglob("prompts/*")}
    assert left == files - {Path(folder, "prompts/Main.old.md")}


def test_a_second_build_of_all_profiles_is_fresh(profiled: Path) -> None:
    build(profiled)
    silent = Scripted(reply)
    reports = build(profiled, silent, frozen=True)
    assert silent.calls == []
    assert [one.written for one in reports] == [[], []]


def test_what_is_stale_is_told_by_profile(profiled: Path) -> None:
    build(profiled)
    profiled.write_text(profiled.read_text().replace("budget 500 calls", "budget 400 calls"))
    with pytest.raises(Failure, match="the tuning of `Main for large` is stale: options changed"):
        build(profiled, frozen=True)
    build(profiled, frozen=True, profile="")


def test_a_run_takes_the_values_of_its_profile(profiled: Path) -> None:
    build(profiled)
    loaded = load(profiled)
    small, _ = tuned_program(loaded)
    large, warnings = tuned_program(loaded, "large")
    assert not warnings
    assert "demos" in str(small.module("Main").body)
    assert [one.lm for one in small.optimizes] == ["small"]
    assert [one.lm for one in large.optimizes] == ["large"]
    assert small.module("Main") != large.module("Main")


def test_a_module_without_a_block_of_the_profile_keeps_its_own(profiled: Path) -> None:
    text = profiled.read_text()
    other = "module Other(text: str) -> Parity {\n  let verdict = predict Judge(text)\n  return verdict.parity\n}\n"
    block = "optimize Other { data numbers metric accuracy lm small budget 900 calls seed 0 }\n"
    profiled.write_text(text + other + block)
    loaded = load(profiled)
    assert loaded.program is not None
    view = in_profile(loaded.program, "large")
    assert [(one.module, one.profile) for one in view.optimizes] == [("Main", "large"), ("Other", "")]


def test_an_unknown_profile_is_told(profiled: Path) -> None:
    loaded = load(profiled)
    assert loaded.program is not None
    with pytest.raises(Failure, match="the program has no profile `larg`") as failure:
        in_profile(loaded.program, "larg")
    assert failure.value.diagnostic.code == "LMP0907"
    assert failure.value.diagnostic.help == "did you mean `large`?"


def test_a_lock_without_profiles_has_none(project: Path) -> None:
    build(project, Scripted(helped))
    assert "profiles" not in lock_path(project).read_text()
