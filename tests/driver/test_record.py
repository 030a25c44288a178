"""The record of a tuning: what it holds, that it is the same however the tuning went, and that it holds no secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmc.driver.load import load, lock_path
from lmc.driver.lock import ModuleEntry, read_lock
from lmc.driver.record import Record, read_record, record_bytes, record_path
from lmc.driver.recording import plain
from lmc.lm.base import LM, Request
from lmc.lm.scripted import Scripted
from lmc.lm.throttle import Throttle
from lmc.store import tunings_folder
from tests.driver.conftest import gold, harmed, helped
from tests.driver.test_build import Events, Stopped, build, forget_everything


@pytest.fixture(autouse=True)
def pipeline(project: Path) -> None:
    """The passes that these tests are about."""
    own = "calls seed 0 passes labeled, layout, demo_search(candidates: 4) }"
    project.write_text(project.read_text().replace("calls seed 0 }", own))


def recorded(path: Path) -> tuple[ModuleEntry, Record]:
    """What the lock says of `Main`, and the record that belongs to it."""
    lock = read_lock(lock_path(path))
    assert lock is not None
    entry = lock.modules["Main"]
    record = read_record(record_path("main", "Main", "", entry.inputs), entry)
    assert record is not None
    return entry, record


def file_of(path: Path) -> bytes:
    """The one record that there is."""
    (found,) = tunings_folder().iterdir()
    return found.read_bytes()


def test_it_holds_every_comparison_and_both_programs_on_the_sealed_rows(project: Path) -> None:
    build(project, Scripted(helped))
    entry, record = recorded(project)
    assert record.lms == {"small": "scripted/small"}
    assert record.counts == {"train": 40, "dev": 60, "test": 50}
    assert record.written["Main.verdict"].instruction == "Is the number even or odd?"
    assert record.written["Main.verdict"].demos == []
    written, *others = record.candidates
    assert (written.stage, written.slots, written.structure) == ("", {}, None)
    assert all(one.slots for one in others)
    assert all(0 < one.rows <= 60 and one.candidate < len(record.candidates) for one in record.trials)
    for trial in record.trials:
        scores = record.candidates[trial.candidate].scores
        assert len(scores) >= trial.rows
        assert trial.against is None or trial.incumbent is not None
    assert {one.stage for one in record.trials} <= {one.name for one in entry.passes}
    sealed = [row for row in record.rows if row.role == "test"]
    assert len(sealed) == 50
    for name, score in (("before", entry.baseline), ("after", entry.tuned)):
        results = [getattr(row, name) for row in sealed]
        assert sum(one.score for one in results) / 50 == pytest.approx(score.score, abs=1e-4)
        assert {one.given for one in results} == {"even", "odd"}
    for row in sealed:
        assert row.wanted == {"parity": gold(row.inputs["text"])}
        assert row.after is not None
        assert row.after.score == (row.after.given == row.wanted["parity"])


def test_what_the_stages_took_is_what_was_spent(project: Path) -> None:
    build(project, Scripted(helped))
    entry, record = recorded(project)
    assert [one.name for one in record.stages] == [*(one.name for one in entry.passes), ""]
    assert [one.calls for one in record.stages[:-1]] == [one.calls for one in entry.passes]
    assert sum(one.calls for one in record.stages) == entry.spent.calls
    assert sum(one.tokens for one in record.stages) == entry.spent.tokens
    assert record.stages[-1].outcome == "scored"
    assert record.stages[-1].calls == 100


def test_a_program_that_is_kept_as_written_has_nothing_to_show_for_it(project: Path) -> None:
    build(project, Scripted(harmed))
    entry, record = recorded(project)
    assert entry.slots == {}
    assert all(row.before == row.after for row in record.rows)
    assert len(record.candidates) > 1


@pytest.mark.parametrize("concurrency", [1, 64])
def test_concurrency_changes_no_byte(project: Path, concurrency: int) -> None:
    build(project, Scripted(helped))
    expected = file_of(project)
    forget_everything(project)
    build(project, Throttle(Scripted(helped), concurrency))
    assert file_of(project) == expected


def test_a_tuning_that_was_interrupted_or_is_made_again_gives_the_same_bytes(project: Path) -> None:
    whole = Scripted(helped)
    build(project, whole)
    expected = file_of(project)
    build(project, Scripted(helped), retune=True)
    assert file_of(project) == expected
    forget_everything(project)
    with pytest.raises(Stopped):
        build(project, stopping(len(whole.calls) // 2))
    assert not tunings_folder().exists() or not list(tunings_folder().iterdir())
    build(project, Scripted(helped))
    assert file_of(project) == expected


def test_a_tuning_that_is_killed_leaves_the_former_record(project: Path) -> None:
    build(project, Scripted(helped))
    expected = file_of(project)
    for file in (tunings_folder().parent / "cache").iterdir():
        file.unlink()
    with pytest.raises(Stopped):
        build(project, stopping(20), retune=True)
    assert file_of(project) == expected


def stopping(after: int) -> LM:
    """An LM that ends the build after so many calls."""
    made: list[str] = []

    def reply(request: Request) -> str:
        if len(made) == after:
            raise Stopped
        made.append(request.key)
        return helped(request)

    return Scripted(reply)


def test_each_state_of_a_program_has_its_own(project: Path) -> None:
    build(project, Scripted(helped))
    project.write_text(project.read_text().replace("budget 900 calls", "budget 800 calls"))
    build(project, Scripted(helped))
    assert len(list(tunings_folder().iterdir())) == 2


def test_one_that_is_damaged_or_of_another_result_counts_as_none(project: Path) -> None:
    build(project, Scripted(helped))
    entry, record = recorded(project)
    path = record_path("main", "Main", "", entry.inputs)
    assert read_record(path, entry.model_copy(update={"seed": 1})) is None
    path.write_bytes(record_bytes(record)[:1000])
    assert read_record(path, entry) is None
    path.unlink()
    assert read_record(path, entry) is None


def test_one_that_cannot_be_written_is_a_warning_and_the_lock_is_written(project: Path) -> None:
    tunings_folder().parent.mkdir(parents=True)
    tunings_folder().write_text("in the way")
    events: Events = []
    build(project, Scripted(helped), events)
    (warning,) = [details["diagnostic"] for event, details in events if event == "warning"]
    assert (warning.code, warning.severity) == ("LMP0801", "warning")
    assert read_lock(lock_path(project)) is not None


def test_it_does_not_tell_where_the_program_lies(project: Path) -> None:
    build(project, Scripted(helped))
    assert str(project.parent).encode() not in file_of(project)
    assert load(project).program is not None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see https://ann:pw@host/x", "see https://***@host/x"),
        ("https://host/x?a=1&api_key=abc&b=2", "https://host/x?a=1&api_key=***&b=2"),
        ("authorization: Bearer abc.def", "authorization: Bearer ***"),
        ("key sk-proj-0123456789 refused", "key *** refused"),
        ("mail ann@example.org, nothing to hide", "mail ann@example.org, nothing to hide"),
        ("half a character: \ud800", "half a character: ?"),
    ],
)
def test_no_credential_stands_in_it(text: str, expected: str) -> None:
    assert plain(text) == expected
