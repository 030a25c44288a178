"""`lmc build` with a scripted LM: freshness, resumption, determinism, budgets, gates."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lmc.diagnostics import Failure
from lmc.driver.build import Build, Options, Report
from lmc.driver.load import load, lock_path
from lmc.driver.lock import read_lock
from lmc.ir.program import LMDecl
from lmc.lm.base import LM, Reply, Request
from lmc.lm.scripted import Scripted
from lmc.lm.throttle import Throttle
from lmc.store import home
from tests.driver.conftest import chance, harmed, helped, parts_of


class Stopped(Exception):
    """What ends a build in the middle."""


Events = list[tuple[str, dict[str, Any]]]


def build(path: Path, lm: LM, events: Events | None = None, **options: Any) -> list[Report]:
    heard: Events = [] if events is None else events
    loaded = load(path)
    assert loaded.program is not None, loaded.sink.diagnostics
    return Build(
        loaded, Options(**options), lambda event, **details: heard.append((event, details)), lambda _: lm
    ).run()


def lock_bytes(path: Path) -> bytes:
    return lock_path(path).read_bytes()


def forget_everything(path: Path) -> None:
    """Removes the lock and what LMC_HOME keeps."""
    lock_path(path).unlink(missing_ok=True)
    for file in sorted(home().rglob("*"), reverse=True):
        if file.is_file():
            file.unlink()


def test_tuning_finds_what_helps_and_says_so_on_sealed_rows(project: Path) -> None:
    report = build(project, Scripted(helped))[0]
    assert report.baseline is not None
    assert report.tuned is not None
    assert report.tuned.score > report.baseline.score + 0.15
    assert report.tuned.n == report.baseline.n == 50
    assert report.sealed
    assert report.tuned.low < report.tuned.score < report.tuned.high
    lock = read_lock(lock_path(project))
    assert lock is not None
    assert [one.outcome for one in lock.modules["Main"].passes].count("accepted") >= 1
    assert lock.modules["Main"].slots["Main.verdict"].demos


@pytest.mark.parametrize("limit", ["12000 tokens", "900 calls, 12000 tokens", "0.012 dollars"])
def test_tokens_and_dollars_last_for_the_sealed_rows(project: Path, limit: str) -> None:
    """What is left is reckoned in calls like those so far, so that passes end in time, and keep what they found."""
    project.write_text(project.read_text().replace("budget 900 calls", f"budget {limit}"))

    def weighed(request: Request) -> Reply:
        tokens = 20 + 12 * parts_of(request)[1]
        return Reply(helped(request), prompt_tokens=tokens, completion_tokens=2, dollars=tokens / 1e6)

    (report,) = build(project, Scripted(weighed))
    assert report.tokens <= 12000 or "tokens" not in limit
    assert report.dollars <= 0.012
    assert report.tuned is not None
    assert report.baseline is not None
    assert report.tuned.n == 50
    assert report.tuned.score > report.baseline.score + 0.15


@pytest.mark.parametrize("limit", ["1700 tokens", "0.0017 dollars"])
def test_a_budget_that_pays_for_little_more_than_the_sealed_rows_is_not_spent_before_them(
    project: Path, limit: str
) -> None:
    project.write_text(project.read_text().replace("budget 900 calls", f"budget {limit}"))

    def weighed(request: Request) -> Reply:
        tokens = 20 + 12 * parts_of(request)[1]
        return Reply(helped(request), prompt_tokens=tokens, completion_tokens=2, dollars=tokens / 1e6)

    (report,) = build(project, Scripted(weighed))
    assert report.baseline is not None
    assert report.baseline.n == 50


@pytest.mark.parametrize(("share", "warned"), [(1.0, True), (0.8, True), (0.2, False)])
def test_an_lm_that_answers_rubbish_is_told_of_and_no_traceback_of_it(
    project: Path, share: float, warned: bool
) -> None:
    def rubbish(request: Request) -> str:
        return "lorem ipsum" if chance(parts_of(request)[0]) < share else harmed(request)

    events: Events = []
    (report,) = build(project, Scripted(rubbish), events)
    found = [one["diagnostic"] for event, one in events if event == "warning"]
    assert [one.code for one in found] == ["LMP0507"] * warned
    assert all(one.severity == "warning" and 'not "lorem ipsum"' in one.message for one in found)
    assert report.tuned is not None
    assert [one.message.split(" runs")[0] for one in found if share == 1] == ["50 of 50"] * (share == 1)


def test_a_fresh_lock_spends_nothing_and_touches_no_file(project: Path) -> None:
    build(project, Scripted(helped))
    files = {path: path.stat().st_mtime_ns for path in project.parent.rglob("*") if path.is_file()}
    silent = Scripted(helped)
    report = build(project, silent)[0]
    assert report.fresh
    assert report.written == []
    assert report.files == [
        "main.lock.json",
        "out/prompts/Main.verdict.md",
        "out/prompts/Main.verdict.json",
        "out/python/main.py",
    ]
    assert silent.calls == []
    assert files == {path: path.stat().st_mtime_ns for path in project.parent.rglob("*") if path.is_file()}


def test_a_pass_that_harms_is_rejected_and_the_program_kept(project: Path) -> None:
    report = build(project, Scripted(harmed))[0]
    lock = read_lock(lock_path(project))
    assert lock is not None
    assert lock.modules["Main"].slots == {}
    assert report.tuned == report.baseline


def test_what_an_lm_answers_at_once_changes_no_decision(project: Path) -> None:
    """Somebody who meets a rate limit lowers `concurrency`, and goes on with what was asked before."""
    written, found = project.read_text(), []
    for concurrency in (1, 4, 64):
        declared = f'lm small = "openai/small" {{ concurrency: {concurrency} }}'
        project.write_text(written.replace('lm small = "scripted/small"', declared))
        build(project, Scripted(helped))
        found.append(lock_bytes(project))
        forget_everything(project)
    assert found == [found[0]] * 3


@pytest.mark.parametrize("concurrency", [1, 3, 64])
def test_concurrency_and_latency_change_no_bit(project: Path, concurrency: int) -> None:
    build(project, Scripted(helped))
    expected = lock_bytes(project)
    forget_everything(project)

    class Late(Scripted):
        async def __call__(self, request: Request) -> Reply:
            await asyncio.sleep(0.001 * chance(request.key, concurrency))
            return await super().__call__(request)

    build(project, Throttle(Late(helped), concurrency))
    assert lock_bytes(project) == expected


def test_a_build_that_is_stopped_goes_on_and_repeats_no_call(project: Path) -> None:
    whole = Scripted(helped)
    build(project, whole)
    expected, most = lock_bytes(project), len(whole.calls)
    assert len({call.key for call in whole.calls}) == most
    for stop in (1, 40, most // 2, most - 1):
        forget_everything(project)
        made: list[str] = []

        def reply(request: Request, stop: int = stop, made: list[str] = made) -> str:
            if len(made) == stop:
                raise Stopped
            made.append(request.key)
            return helped(request)

        with pytest.raises(Stopped):
            build(project, Scripted(reply))
        first = list(made)
        rest = Scripted(helped)
        events: Events = []
        report = build(project, rest, events)[0]
        assert lock_bytes(project) == expected
        assert not {call.key for call in rest.calls} & set(first)
        assert len(first) + len(rest.calls) == most
        assert report.served_calls == most
        assert next(details["resumed"] for event, details in events if event == "plan") == len(first)


def test_the_journal_alone_is_enough_to_go_on(project: Path) -> None:
    whole = Scripted(helped)
    build(project, whole)
    expected, most = lock_bytes(project), len(whole.calls)
    forget_everything(project)
    made: list[str] = []

    def reply(request: Request) -> str:
        if len(made) == 100:
            raise Stopped
        made.append(request.key)
        return helped(request)

    with pytest.raises(Stopped):
        build(project, Scripted(reply))
    for file in (home() / "cache").iterdir():
        file.unlink()
    rest = Scripted(helped)
    build(project, rest)
    assert lock_bytes(project) == expected
    assert len(rest.calls) == most - 100


def test_retune_tunes_again_out_of_the_cache(project: Path) -> None:
    build(project, Scripted(helped))
    expected = lock_bytes(project)
    silent = Scripted(helped)
    report = build(project, silent, retune=True)[0]
    assert silent.calls == []
    assert report.served_calls == 0
    assert report.cached_calls == json.loads(expected)["modules"]["Main"]["spent"]["calls"]
    assert lock_bytes(project) == expected


def test_what_is_said_to_be_taken_is_what_the_budget_counts(project: Path) -> None:
    """A call that is made again is counted once, as in the lock."""
    report = build(project, Scripted(helped))[0]
    spent = json.loads(lock_bytes(project))["modules"]["Main"]["spent"]["calls"]
    assert (report.served_calls, report.cached_calls) == (spent, 0)


def test_another_seed_is_another_tuning(project: Path) -> None:
    build(project, Scripted(helped))
    build(project, Scripted(helped), retune=True, seed=7)
    lock = read_lock(lock_path(project))
    assert lock is not None
    assert lock.modules["Main"].seed == 7


EDITS: dict[str, Callable[[str], str]] = {
    "source": lambda text: text.replace("Is the number even or odd?", "Even or odd?"),
    "metric": lambda text: text.replace("exact(want.parity, got)", "same(want.parity, got)"),
    "lm": lambda text: text.replace('"scripted/small"', '"scripted/large"'),
    "options": lambda text: text.replace("budget 900 calls", "budget 800 calls"),
}


@pytest.mark.parametrize("name", EDITS)
def test_a_stale_lock_says_which_input_changed(project: Path, name: str) -> None:
    build(project, Scripted(helped))
    project.write_text(EDITS[name](project.read_text()))
    with pytest.raises(Failure, match=f"stale: {name} changed") as failure:
        build(project, Scripted(helped), frozen=True)
    assert failure.value.diagnostic.code == "LMP0501"
    events: Events = []
    build(project, Scripted(helped), events)
    assert ("stale", {"module": "Main", "changed": (name,)}) in events


def test_changed_data_is_noticed_and_a_comment_is_not(project: Path) -> None:
    build(project, Scripted(helped))
    project.write_text("# A comment.\n" + project.read_text())
    build(project, Scripted(helped), frozen=True)
    data = project.parent / "numbers.jsonl"
    data.write_text(data.read_text() + '{"id": "new", "text": "number 4", "parity": "even"}\n')
    with pytest.raises(Failure, match="stale: data changed"):
        build(project, Scripted(helped), frozen=True)


def test_frozen_without_a_lock_fails_and_calls_nothing(project: Path) -> None:
    lm = Scripted(helped)
    with pytest.raises(Failure, match="has not been tuned"):
        build(project, lm, frozen=True)
    assert lm.calls == []


def test_check_shows_what_differs_and_writes_nothing(project: Path) -> None:
    build(project, Scripted(helped))
    prompt = project.parent / "out/prompts/Main.verdict.md"
    prompt.write_text(prompt.read_text().replace("even or odd", "odd or even"))
    (project.parent / "out/python/main.py").unlink()
    events: Events = []
    build(project, Scripted(helped), events, frozen=True, check=True)
    found = [details["diagnostic"] for event, details in events if event == "change"]
    assert [one.message for one in found] == [
        "`out/prompts/Main.verdict.md` is not what the program and its lock give",
        "`out/python/main.py` is missing",
    ]
    assert "-Is the number odd or even?" in found[0].notes[0]
    assert "+Is the number even or odd?" in found[0].notes[0]
    assert "odd or even" in prompt.read_text()


def test_generated_files_that_nothing_generates_any_more_go_and_others_stay(project: Path) -> None:
    build(project, Scripted(helped))
    mine = project.parent / "out/prompts/notes.md"
    mine.write_text("mine\n")
    project.write_text(
        project.read_text().replace("let verdict", "let answer").replace("verdict.parity", "answer.parity")
    )
    build(project, Scripted(helped))
    names = sorted(path.name for path in (project.parent / "out/prompts").iterdir())
    assert names == ["Main.answer.json", "Main.answer.md", "notes.md"]


def test_programs_that_share_a_folder_leave_each_other_s_files(project: Path) -> None:
    other = project.with_name("other.lmp")
    other.write_text(project.read_text().replace("Main", "Other"))
    for path in (project, other, project):
        build(path, Scripted(helped))
    out = project.parent / "out"
    both = {out / "python" / f"{path.stem}.py" for path in (project, other)}
    assert both <= set(out.rglob("*.py"))
    assert {path.name.partition(".")[0] for path in (out / "prompts").iterdir()} == {"Main", "Other"}
    other.unlink()
    build(project, Scripted(helped))
    assert {path.name.partition(".")[0] for path in out.rglob("*.*")} == {"Main", project.stem}


def test_a_file_that_lmc_did_not_generate_is_not_overwritten(project: Path) -> None:
    target = project.parent / "out/python/main.py"
    target.parent.mkdir(parents=True)
    target.write_text("print('mine')\n")
    with pytest.raises(Failure, match="lmc did not generate it"):
        build(project, Scripted(helped))
    assert target.read_text() == "print('mine')\n"


@pytest.mark.parametrize("calls", [125, 150, 250, 400])
def test_no_budget_is_exceeded(project: Path, calls: int) -> None:
    project.write_text(project.read_text().replace("budget 900 calls", f"budget {calls} calls"))
    lm = Scripted(helped)
    report = build(project, lm)[0]
    assert len(lm.calls) <= calls
    assert report.tuned is not None
    assert report.tuned.n == 50


def test_a_budget_that_the_sealed_rows_would_take_is_refused_before_any_call(project: Path) -> None:
    project.write_text(project.read_text().replace("budget 900 calls", "budget 100 calls"))
    lm = Scripted(helped)
    loaded = load(project)
    assert Build(loaded, Options(), lambda *_, **__: None, lambda _: lm).run() == []
    assert [one.code for one in loaded.sink.diagnostics] == ["LMP0505"]
    assert "can take 110 alone" in loaded.sink.diagnostics[0].message
    assert lm.calls == []


def test_sealed_rows_are_scored_once_at_the_end_and_shown_to_nobody(project: Path) -> None:
    lm = Scripted(helped)
    build(project, lm)
    loaded = load(project)
    assert loaded.program is not None
    from lmc.driver.data import read_dataset

    roles = read_dataset(loaded.program.datasets[0], loaded.root, loaded.sink)
    assert roles is not None
    sealed = {str(row.values["text"]) for row in roles.test}
    asked = [parts_of(call)[0] in sealed for call in lm.calls]
    assert sum(asked) == 2 * len(sealed)
    assert all(asked[-2 * len(sealed) :])
    dev = {str(row.values["text"]) for row in roles.dev}
    for call in lm.calls:
        shown = json.dumps(call.body).replace(parts_of(call)[0], "", 1)
        assert not any(
            f'{text}"' in shown or f"{text}\\n" in shown for text in sealed | dev if text != parts_of(call)[0]
        )


def test_a_lock_that_is_none_is_an_error_and_retune_replaces_it(project: Path) -> None:
    lock_path(project).write_text("<<<<<<< HEAD\n")
    with pytest.raises(Failure) as failure:
        build(project, Scripted(helped))
    assert failure.value.diagnostic.code == "LMP0500"
    build(project, Scripted(helped), retune=True)
    assert read_lock(lock_path(project)) is not None


def test_two_builds_at_once_are_told_apart(project: Path) -> None:
    def reply(request: Request) -> str:
        with pytest.raises(Failure) as failure:
            build(project, Scripted(helped))
        assert failure.value.diagnostic.code == "LMP0540"
        raise Stopped

    with pytest.raises(Stopped):
        build(project, Scripted(lambda request: asyncio.get_running_loop() and reply(request)))


def test_the_fast_way_is_marked_in_the_lock(project: Path) -> None:
    text = project.read_text().replace('"scripted/small"', '"scripted/small" { fast: true }')
    project.write_text(text)
    build(project, Scripted(helped))
    lock = read_lock(lock_path(project))
    assert lock is not None
    assert not lock.modules["Main"].reproducible


def test_declarations_are_opened_by_name(project: Path) -> None:
    opened: list[LMDecl] = []

    def open_it(declaration: LMDecl) -> LM:
        opened.append(declaration)
        return Scripted(helped)

    loaded = load(project)
    Build(loaded, Options(), lambda event, **details: None, open_it).run()
    assert [one.reference for one in opened] == ["scripted/small"]
