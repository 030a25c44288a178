"""Instructions improved by what went wrong: failures, blame, proposals, races."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from lmc.analysis.calls import sites
from lmc.ir.program import Program
from lmc.lm.base import Request
from lmc.optimize.meta import MetaPrompts
from lmc.optimize.reflect import Reflect

from .conftest import Compile, MakeBench, asked, prompt_of

PARITY = """
signature Judge { "Say whether the number is even or odd." in text: str out parity: "even" | "odd" }
module Main(text: str) -> str { return (predict Judge(text)).parity }
metric good(want, got) = exact(want.parity, got)
"""


def numbers(count: int, first: int = 0) -> list[dict[str, str]]:
    return [{"text": f"number {n}", "parity": "odd" if n % 2 else "even"} for n in range(first, first + count)]


def number_in(request: Request) -> int:
    return int(re.findall(r"number (\d+)", asked(request))[-1])


def is_meta(request: Request) -> bool:
    return "made a step of a program fail" in prompt_of(request)


def wants_edits(request: Request) -> bool:
    return "Reply with JSON" in prompt_of(request)


def as_asked(request: Request, rule: str) -> str:
    """A proposal of a rule in the form that is asked for."""
    if wants_edits(request):
        return json.dumps([{"action": "add", "section": 1, "text": rule}])
    return f"Say whether the number is even or odd. {rule}"


def digit_reader(proposal: Callable[[Request], str]) -> Callable[[Request], str]:
    """Says "even" to all, unless the prompt tells of the last digit."""

    def reply(request: Request) -> str:
        if is_meta(request):
            return proposal(request)
        odd = number_in(request) % 2 == 1 and "last digit" in prompt_of(request)
        return "odd" if odd else "even"

    return reply


def instruction(program: Program, address: str = "Main.judge") -> str | None:
    return dict(sites(program, "Main"))[address].settings.instruction


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("form", ["edits", "whole"])
def test_a_planted_cluster_of_failures_is_mended(compiled: Compile, bench_of: MakeBench, seed: int, form: Any) -> None:
    """Every second row fails in one way, and one rule in four proposals mends it."""
    program = compiled(PARITY)
    asks = 0

    def proposal(request: Request) -> str:
        nonlocal asks
        asks += 1
        return as_asked(request, "Look at the last digit." if asks % 4 == 0 else f"Take care, {asks}.")

    bench = bench_of(program, digit_reader(proposal), numbers(40), numbers(60, 1000), meta=MetaPrompts(program.lms[0]))
    bench.seed = seed
    better = Reflect(form=form).run(program, bench)
    assert "last digit" in str(instruction(better))
    assert bench.scores(better, bench.dev) == [1.0] * 60
