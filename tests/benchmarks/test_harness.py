"""The pieces of the benchmark, without a clock: what is run is what the table says."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from lmc.backends import BACKENDS
from lmc.diagnostics import Sink
from lmc.driver.load import load
from lmc.ir.program import Program
from lmc.lm.scripted import Scripted
from lmc.optimize.passes.bootstrap import Bootstrap
from lmc.runtime.reply import read_value
from tests.benchmarks.cold import Command, measure
from tests.benchmarks.evaluation import content, run
from tests.benchmarks.figure import Figure, machine, table
from tests.benchmarks.overlap import bench_of
from tests.benchmarks.programs import functions, judge, number_in, parity, signatures
from tests.benchmarks.replies import BROKEN, SCHEMA, VALID, VALUE
from tests.benchmarks.search import BEST, CANDIDATES, SIZES, drawn, planted, searched
from tests.benchmarks.startup import emitted, third_party


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return judge(tmp_path)


def test_rows_that_lose_are_printed_like_the_others() -> None:
    rows = [Figure("fast", "1 ms", "≤ 2 ms", "3 ms", 3.0, True), Figure("slow", "4 ms", "≤ 2 ms", "3 ms", 0.75, False)]
    assert table(rows).splitlines()[2:] == [
        "| fast | 1 ms | ≤ 2 ms | 3 ms | 3.0× | met |",
        "| slow | 4 ms | ≤ 2 ms | 3 ms | 0.8× | **NOT met** |",
    ]


def test_the_machine_is_described_without_a_name() -> None:
    import socket

    assert "cores" in machine()
    assert socket.gethostname() not in machine()


def test_a_command_that_fails_is_no_figure() -> None:
    bare = Command((sys.executable, "-c", "pass"))
    assert measure({"bare": bare}, 1)["bare"].wall > 0
    with pytest.raises(RuntimeError, match="broken"):
        measure({"broken": Command((sys.executable, "-c", "raise SystemExit('broken')"))}, 1)


@pytest.mark.parametrize("examples", [False, True])
def test_both_sides_of_emit_have_as_many_functions(tmp_path: Path, examples: bool) -> None:
    (tmp_path / "main.lmp").write_text(signatures(5, examples))
    found, sink = load(tmp_path / "main.lmp").program, Sink()
    assert found is not None
    assert len(found.modules) == functions(5, examples).count("function Desk") == 5
    assert functions(5, examples).count("test Printer") == sum(len(one.demos) for one in found.signatures)
    files = {path: data for backend in BACKENDS for path, data in backend.emit(found, "main.lmp", sink).items()}
    assert len(files) == 2 * 5 + 1


def test_the_emitted_module_loads_the_standard_library_alone(tmp_path: Path) -> None:
    (tmp_path / "router.py").write_bytes(emitted())
    assert third_party(tmp_path) == []


def test_every_row_is_evaluated(program: Program) -> None:
    assert min(run(program, 200)) > 0


def test_bootstrap_asks_once_for_each_row_of_its_batches(program: Program) -> None:
    lm = Scripted(lambda request: parity(number_in(content(request)) + number_in(content(request)) // 2 % 2))
    with bench_of(program, lm, 0) as bench:
        Bootstrap(k=32).run(program, bench)
        asyncio.run(lm.close())
    assert len(lm.calls) == len({call.key for call in lm.calls}) == 64


def test_the_planted_set_leads_by_15_points(program: Program) -> None:
    shares = sorted(planted([f"set {number}" for number in range(CANDIDATES)], 3).values())
    assert shares[-1] == BEST
    assert round(shares[-1] - shares[-2], 9) == 0.15
    assert len(set(drawn(program, 100, 3))) == CANDIDATES


@pytest.mark.parametrize(("size", "bar"), SIZES)
def test_demo_search_keeps_its_bar_in_calls(program: Program, size: int, bar: int) -> None:
    found = searched(program, size, 0)
    assert found.calls <= bar
    assert found.same


def test_the_broken_reply_means_what_the_valid_one_does() -> None:
    assert read_value(VALID, SCHEMA) == (VALUE, [])
    found = read_value(BROKEN, SCHEMA)
    assert found.value == VALUE
    assert len(found.repairs) >= 4
