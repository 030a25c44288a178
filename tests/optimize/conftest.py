"""Benches on programs of a few lines, with a scripted LM."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from lmc.driver.load import load
from lmc.evaluate.metric import compile_metric
from lmc.evaluate.rows import Roles, Row
from lmc.ir.program import Program
from lmc.lm.base import Request
from lmc.lm.budget import Budget
from lmc.lm.scripted import Scripted
from lmc.optimize.bench import Bench
from lmc.passes import simplify

Compile = Callable[[str], Program]
MakeBench = Callable[..., Bench]


def rows(records: Sequence[Mapping[str, Any]], name: str = "row") -> tuple[Row, ...]:
    """Rows with the ids `row 0`, `row 1`, …"""
    return tuple(Row(f"{name} {number}", values, number + 1, "rows.jsonl") for number, values in enumerate(records))


def prompt_of(request: Request) -> str:
    """All that a request shows the LM, its messages a line each."""
    body = request.body
    return str(body["prompt"]) if "prompt" in body else "\n".join(str(one["content"]) for one in body["messages"])


def asked(request: Request) -> str:
    """The last message."""
    return str(request.body["messages"][-1]["content"])


@pytest.fixture
def compiled(tmp_path: Path) -> Compile:
    """Makes a program of its source."""

    def compile_source(text: str) -> Program:
        (tmp_path / "main.lmp").write_text('lm small = "scripted/small"\n' + text)
        loaded = load(tmp_path / "main.lmp")
        assert loaded.program is not None, loaded.sink.diagnostics
        return simplify(loaded.program)

    return compile_source


@pytest.fixture
def bench_of() -> Iterator[MakeBench]:
    """Makes a bench; `heard` of it are the reasons why passes did nothing."""
    with asyncio.Runner() as runner:

        def make(
            program: Program,
            reply: Callable[[Request], str],
            train: Sequence[Mapping[str, Any]] = (),
            dev: Sequence[Mapping[str, Any]] = (),
            calls: int | None = None,
            **more: Any,
        ) -> Bench:
            budget = Budget(Scripted(reply), calls)
            lms = {lm.name: budget if at == 0 else budget.also(Scripted(reply)) for at, lm in enumerate(program.lms)}
            return Bench(
                "Main",
                Roles(rows(train), rows(dev, "dev")),
                compile_metric(program.metric("good")),
                lms,
                runner,
                budget,
                calls,
                0,
                lambda event, **details: None,
                **more,
            )

        yield make


@pytest.fixture
def reasons(monkeypatch: pytest.MonkeyPatch) -> Callable[[Bench], list[str]]:
    """Listens to a bench: the reasons that it hears from now on."""

    def listen(bench: Bench) -> list[str]:
        heard: list[str] = []
        bench.listen = lambda event, **details: heard.append(details["reason"]) if event == "skip" else None
        return heard

    return listen
