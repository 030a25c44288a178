"""The pieces of the benchmark of tuning, without a language model: counts, store, cap, resumption, report."""

from __future__ import annotations

import re
import threading
import urllib.error
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lmc.lm.base import Reply, Request
from lmc.lm.scripted import Scripted
from tests.benchmarks.tuning import report, systems
from tests.benchmarks.tuning.cells import Cell, Result, file_of, keep, kept, missing
from tests.benchmarks.tuning.meter import Meter
from tests.benchmarks.tuning.proxy import SLOTS, OrderedDict, Proxy, slot_of
from tests.benchmarks.tuning.tasks import DEV, SEALED, TASKS, TRAIN, split, task

LM = "scripted"


class Served:
    """A proxy that runs, and what it asked its LM."""

    def __init__(self, store: Path) -> None:
        self.lm = Scripted(lambda request: Reply(answer(request), prompt_tokens=10, completion_tokens=2, seconds=0.5))
        self._proxy = Proxy(self.lm, LM, store, 0)
        self.meter = Meter(self._proxy.port)
        self._thread = threading.Thread(target=self._proxy.run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends it."""
        self._proxy.stop()
        self._thread.join()

    def chat(self, cell: str, text: str = "hello", **options: Any) -> str:
        """The reply to a cell's message."""
        body = {"model": "any", "messages": [{"role": "user", "content": text}], **options}
        answer = self.meter.ask(f"/cells/{cell}/v1/chat/completions", body)
        return str(answer["choices"][0]["message"]["content"])


def answer(request: Request) -> str:
    """A label that follows from the row's text, the last in the prompt; what a sample says follows from its seed."""
    body = request.body
    if body.get("temperature"):
        return f"sample {body['seed']}"
    text = str(body["prompt"]) if "prompt" in body else str(body["messages"][-1]["content"])
    return "positive" if len(text) % 3 else "negative"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    proxy = Served(tmp_path / "store.sqlite")
    yield proxy
    proxy.stop()


def test_the_same_request_is_computed_once_and_counts_each_time(served: Served) -> None:
    for cell in ("a", "a", "b"):
        served.chat(cell)
    served.chat("a", "something else")
    assert len(served.lm.calls) == 2
    assert served.meter.counts("a") | {"seen": None} == {
        "cap": None, "draw": 0, "fresh": False, "served": 3, "stored": 1, "distinct": 2, "refused": 0, "failed": 0,
        "prompt_tokens": 30, "completion_tokens": 6, "lm_seconds": 1.5, "seen": None,
    }  # fmt: skip
    assert served.meter.counts("b")["stored"] == 1


def test_bare_texts_are_completed_and_counted(served: Served) -> None:
    body = {"model": "any", "prompt": "hello", "max_tokens": 4}
    found = served.meter.ask("/cells/a/v1/completions", body)
    assert found["choices"][0]["text"] == "positive"
    assert found["lmc"]["text"] == "positive"
    assert served.meter.counts("a")["served"] == 1


def test_the_store_outlives_the_proxy(tmp_path: Path) -> None:
    for computed in (1, 0):
        proxy = Served(tmp_path / "store.sqlite")
        assert proxy.chat("a") == "positive"
        assert len(proxy.lm.calls) == computed
        assert proxy.meter.counts("a")["stored"] == 1 - computed
        proxy.stop()


def test_nothing_is_served_beyond_the_cap(served: Served) -> None:
    served.meter.begin("a", cap=2)
    served.chat("a")
    served.chat("a")
    with pytest.raises(urllib.error.HTTPError) as refused:
        served.chat("a")
    with refused.value as error:
        assert error.code == 400
        assert b"cap_reached" in error.read()
    counts = served.meter.counts("a")
    assert (counts["served"], counts["refused"]) == (2, 1)


def test_samples_differ_within_a_cell_and_between_draws_and_come_again(served: Served) -> None:
    def drawn(draw: int) -> list[str]:
        served.meter.begin("a", draw=draw)
        return [served.chat("a", temperature=1.0) for _ in range(2)]

    first, other = drawn(0), drawn(1)
    assert len({*first, *other}) == 4
    assert drawn(0) == first
    assert served.meter.counts("a")["distinct"] == 2


def test_a_fresh_cell_has_everything_computed_again(served: Served) -> None:
    served.chat("a")
    served.meter.begin("b", fresh=True)
    served.chat("b")
    served.chat("b")
    assert len(served.lm.calls) == 2


def test_only_who_knows_the_token_is_served(served: Served) -> None:
    import urllib.request

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"http://127.0.0.1:{served.meter.port}/cells/a", timeout=10)
    with refused.value as error:
        assert error.code == 401


def test_each_system_message_has_a_slot_of_its_own() -> None:
    slots: OrderedDict[str, int] = OrderedDict()
    chats = [f"<|im_start|>system\n{number}<|im_end|>\n" for number in range(SLOTS)]
    assert [slot_of(slots, chat + "a") for chat in chats] == list(range(SLOTS))
    assert slot_of(slots, chats[0] + "b") == 0
    assert slot_of(slots, "another text") == 1  # the one that was least lately used


@pytest.mark.parametrize("name", [one.name for one in TASKS])
def test_rows_are_sealed_for_all_seeds_and_in_one_role(name: str) -> None:
    first, other = split(task(name), 0), split(task(name), 1)
    assert (len(first.train), len(first.dev), len(first.sealed)) == (TRAIN, DEV, SEALED)
    assert first.sealed == other.sealed
    assert first.train != other.train
    ids = [row["id"] for row in (*first.train, *first.dev, *first.sealed)]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("name", [one.name for one in TASKS])
def test_both_sides_have_the_same_words_and_labels(name: str) -> None:
    source = task(name).program.read_text(encoding="utf-8")
    other = (Path(systems.__file__).parent / "peers" / "tasks.py").read_text(encoding="utf-8")
    instructions = re.findall(r'signature \w+ {\n  "(.*)"', source)
    assert len(instructions) == task(name).calls
    assert all(f'"""{one}"""' in other for one in instructions)
    assert all(f'"{row[task(name).output]}"' in other for row in split(task(name), 0).sealed)


def test_a_cell_of_each_kind_of_ours_runs(served: Served) -> None:
    scores = {}
    for system, budget in (("lmc-written", None), ("lmc-labeled", None), ("lmc-auto", 200)):
        result = systems.run(Cell("mr", system, 0, LM, budget), served.meter, 1)
        assert result.status == "finished"
        assert len(result.scores) == SEALED
        assert result.sealed["served"] >= SEALED
        scores[system] = result
    assert scores["lmc-written"].tuning["served"] == scores["lmc-labeled"].tuning["served"] == 0
    auto = scores["lmc-auto"].tuning
    assert 0 < auto["served"] <= auto["cap"] == 200
    assert auto["refused"] == 0


def some_result(cell: Cell, share: float, calls: int = 0, **more: Any) -> Result:
    """A result with so many right rows."""
    right = round(share * SEALED)
    counts = {
        "cap": None if cell.budget is None else cell.budget, "served": calls, "distinct": calls, "stored": 0,
        "refused": 0, "prompt_tokens": 10 * calls, "completion_tokens": calls, "lm_seconds": calls / 2,
    }  # fmt: skip
    facts = {"date": "2026-01-01", "threads": 1, "version": "x 1"}
    scores = (1.0,) * right + (0.0,) * (SEALED - right)
    return replace(Result(cell, "finished", scores, counts, counts, 1.0, None, facts), **more)


def test_what_ended_is_not_run_again_and_an_unfinished_line_is(tmp_path: Path) -> None:
    cells = systems.cells(["mr"], ["dspy-zero", "dspy-bfs"], [0, 1], LM, [])
    assert [cell.name for cell in cells] == [f"{LM}.mr.dspy-zero.0", f"{LM}.mr.dspy-bfs.0", f"{LM}.mr.dspy-bfs.1"]
    for cell in cells[:2]:
        keep(some_result(cell, 0.5), tmp_path)
    keep(some_result(cells[2], 0.0, status="failed: out of luck"), tmp_path)
    assert missing(cells, LM, tmp_path) == []
    assert missing(cells, LM, tmp_path, failed=True) == cells[2:]
    assert kept(LM, tmp_path)[cells[0]] == some_result(cells[0], 0.5)
    lines = file_of(LM, tmp_path).read_text().splitlines(keepends=True)
    file_of(LM, tmp_path).write_text(lines[0] + lines[1][:-40])
    assert missing(cells, LM, tmp_path) == cells[1:]


def test_a_result_after_an_unfinished_line_stands_on_its_own(tmp_path: Path) -> None:
    first, second = systems.cells(["mr"], ["dspy-bfs"], [0, 1], LM, [])
    file_of(LM, tmp_path).write_text('{"cell": {"task"')
    keep(some_result(first, 0.5), tmp_path)
    keep(some_result(second, 0.5), tmp_path)
    assert set(kept(LM, tmp_path)) == {first, second}


def test_losing_rows_and_missing_cells_are_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "LMS", {LM: (("mr",), (0,))})
    for system, budget, share, calls in (
        ("lmc-written", None, 0.6, 0),
        ("lmc-labeled", None, 0.7, 0),
        ("lmc-auto", 100, 0.5, 90),
        ("lmc-auto", 300, 0.8, 200),
        ("dspy-zero", None, 0.1, 0),
        ("dspy-bfs", None, 0.9, 20),
        ("dspy-rs", None, 0.75, 1000),
    ):
        keep(some_result(Cell("mr", system, 0, LM, budget), share, calls), tmp_path)
    keep(some_result(Cell("mr", "dspy-gepa", 0, LM), 0.0, 9, status="failed: out of luck", scores=()), tmp_path)
    report.write(tmp_path, tmp_path / "RESULTS.md")
    text = (tmp_path / "RESULTS.md").read_text()
    assert "| mr | lmc-auto, 100 a call | 150 | 0 | 60.0 | 50.0 [" in text
    assert "| mr | dspy-bfs | 1 | 100 a call | 90 (more than the other's) | 20 | -40.0 [" in text
    assert "| mr | dspy-rs | 1 | 300 a call | 200 | 1,000 | +5.3 [" in text
    assert "| 200 | 20 % |" in text
    assert (
        "| no tuned program worse than the original by more than a point | **NOT met** | scripted.mr.lmc-auto.100"
        in text
    )
    assert "at equal calls at least as good as every peer and the control, within noise | **NOT met** |" in text
    assert "- scripted.mr.dspy-gepa.0: failed: out of luck" in text
    assert "Incomplete; cells that are missing, by system and task, with their seeds:" in text
    assert "- dspy-mipro: mr 0\n" in text


def test_a_budget_that_was_exceeded_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "LMS", {LM: (("mr",), (0,))})
    result = some_result(Cell("mr", "lmc-auto", 0, LM, 100), 0.5, 100)
    keep(replace(result, tuning={**result.tuning, "refused": 1}), tmp_path)
    report.write(tmp_path, tmp_path / "RESULTS.md")
    assert "| no budget exceeded | **NOT met** | scripted.mr.lmc-auto.100.0 |" in (tmp_path / "RESULTS.md").read_text()
