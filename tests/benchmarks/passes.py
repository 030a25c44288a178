"""Every pass on a slow LM that answers 16 calls at once: how long it takes, and how long the LM alone would."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from lmc.driver.lms import LMs
from lmc.driver.load import load
from lmc.driver.tuning import settle
from lmc.evaluate.metric import compile_metric
from lmc.evaluate.rows import Roles, Row
from lmc.ir.program import LMDecl, PassSpec, Program
from lmc.lm.base import Request
from lmc.lm.throttle import Throttle
from lmc.optimize.bench import Bench
from lmc.optimize.demonstrations.chats import Chats
from lmc.optimize.meta import MetaPrompts
from lmc.optimize.passes.demo_search import DemoSearch
from lmc.optimize.table import PASSES, make_pass
from lmc.optimize.tune import step
from lmc.passes import simplify
from lmc.store import Journal
from tests.benchmarks.clock import Unhurried
from tests.benchmarks.figure import Figure
from tests.benchmarks.overlap import CONCURRENCY, LATENCY, home_at
from tests.benchmarks.programs import parity
from tests.benchmarks.pupil import PROPOSER, Pupil

TRAIN, DEV = 150, 300
ROUNDS = 3
SLOWER = 1.1
"""How many times as long as the LM alone a pass may take."""

HEAD = f"""\
lm small = "openai/small" {{ price_in: 1, price_out: 1 }}
lm big = "openai/big" {{ price_in: 10, price_out: 10 }}
lm proposer = "{PROPOSER}" {{ price_in: 1, price_out: 1 }}
metric good(want, got) = exact(want.parity, got)
"""

ONE = """\
signature Judge { "Is the number even or odd?" in text: str out parity: "even" | "odd" }
module Main(text: str) -> str {
  let verdict = predict Judge(text)
  return verdict.parity
}
"""

LONG = ONE.replace(
    "Is the number even or odd?",
    "Is the number even or odd?\\n\\nLook at its end.\\n\\n- Be brief.\\n- Be exact.\\n- Never guess.\\n\\nTake care.",
)

TWO = """\
signature Last { "Give the last digit alone." in text: str out digit: int }
signature Judge { "Is the digit even or odd?" in digit: int out parity: "even" | "odd" }
module Main(text: str) -> str {
  let digit = (predict Last(text)).digit
  return (predict Judge(digit)).parity
}
"""

OPEN = """\
signature Judge { "Is the number even or odd?" in text: str in style: str out parity: "even" | "odd" }
module Main(text: str) -> str {
  let verdict = predict Judge(text, style: tune { "short", "plain", "formal", "rhymed" }) with {
    temperature: tune 0.0..1.0
  }
  return verdict.parity
}
"""

MODELS = ONE.replace("Judge(text)\n", "Judge(text) with { lm: tune { small, big } }\n")

RATED = """\
signature Rate { "How odd is the number?" in text: str out likely: int 0..100 }
module Main(text: str) -> str {
  let rating = predict Rate(text)
  return "odd" if rating.likely > tune 0..100 at 90 else "even"
}
"""


@dataclass(frozen=True, slots=True)
class Case:
    """What a pass is measured on: a program, and what has run before it, the clock standing still."""

    source: str = ONE
    before: Callable[[Program, Bench], object] = lambda program, bench: None


CASES: Mapping[str, Case] = {
    "minify": Case(LONG),
    "structure": Case(LONG),
    "fuse": Case(TWO),
    "ensemble": Case(before=lambda program, bench: DemoSearch().run(program, bench)),
    "calibrate": Case(RATED, before=lambda program, bench: bench.scores(program, bench.dev)),
    "hyper": Case(OPEN),
    "route": Case(MODELS),
}
"""Those that need something else than one call."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The calls of a pass with its race, the seconds that they took, and the processor's of these. `outcome` is what
    became of the pass."""

    calls: int
    wall: float
    processor: float
    outcome: str

    @property
    def alone(self) -> float:
        """The least time that the LM takes for as many calls, if none waits for another."""
        return ceil(self.calls / CONCURRENCY) * LATENCY


@dataclass(frozen=True, slots=True)
class Taught:
    """Trains in no time; the tuned model is the one that there was, under another name."""

    bench: Bench
    lms: LMs

    def write(self, chats: Chats) -> None:
        """Writes nothing."""

    def train(self, chats: Chats) -> LMDecl | None:
        """The tuned model."""
        model = replace(chats.base, name=chats.name, reference=f"{chats.base.reference}-tuned")
        self.lms.add(model)
        self.bench.lms = self.lms.by_name
        return model


def passes() -> Iterator[Figure]:
    """Every pass, each as it is where the source names it without options."""
    for kind in PASSES:
        waits = taken(kind.name, Unhurried)  # loads modules, too
        yield figure(kind.name, [taken(kind.name) for _ in range(ROUNDS)], waits)


def figure(name: str, found: Sequence[Taken], waits: Taken) -> Figure:
    """The row of a pass; `waits` is what it takes when its own computing takes no time."""
    wall, processor = median(one.wall for one in found), median(one.processor for one in found)
    calls, most = waits.calls, SLOWER * waits.alone
    if not calls:
        words, bar = f"no call; {wall:.2f} s", "no call"
    else:
        overlap = f"{calls * LATENCY / wall:.1f}×: {calls} calls in {wall:.2f} s"
        words = f"{overlap} ({waits.wall:.2f} s by the clock that waits alone, {processor:.2f} s of the processor)"
        bar = f"≤ {most:.2f} s"
    what = f"pass `{name}` with its race, 50 ms LM at concurrency {CONCURRENCY} (n = {len(found)})"
    return Figure(what, words, bar, "–", None, not calls or wall <= most)


def taken(name: str, loop: Callable[[], asyncio.AbstractEventLoop] | None = None) -> Taken:
    """What a pass takes; by the clock of the event loop where one is given."""
    case, pupil = CASES.get(name, Case()), Pupil(LATENCY)
    one = make_pass(PassSpec(name))
    with bench_for(case, pupil, loop) as (program, bench):
        now = time.perf_counter if loop is None else bench.runner.get_loop().time
        bench.runner.run(bench.lms["small"](Request("openai/small", {"prompt": "number 0"})))  # opens it
        case.before(program, bench)
        settle()
        pupil.calls, began, spent = 0, now(), time.process_time()
        _, outcome = step(one, program, bench)
        return Taken(pupil.calls, now() - began, time.process_time() - spent, outcome)


@contextmanager
def bench_for(
    case: Case, pupil: Pupil, loop: Callable[[], asyncio.AbstractEventLoop] | None = None
) -> Iterator[tuple[Program, Bench]]:
    """A program and a bench as `lmc build` makes it, with cache, journal, meter and budget."""
    rows = tuple(
        Row(str(n), {"text": f"number {n}", "parity": parity(n), "digit": n % 10}, n + 1, "numbers.jsonl")
        for n in range(TRAIN + DEV)
    )
    with (
        TemporaryDirectory() as name,
        home_at(name),
        asyncio.Runner(loop_factory=loop) as runner,
        Journal(Path(name, "build.jsonl")) as journal,
    ):
        program = compiled(Path(name), HEAD + case.source)
        throttle = Throttle(pupil, CONCURRENCY)
        lms = LMs(program.lms, lambda _: throttle, journal=journal)
        assert lms.budget is not None
        try:
            bench = Bench(
                "Main",
                Roles(rows[:TRAIN], rows[TRAIN:]),
                compile_metric(program.metrics[0]),
                lms.by_name,
                runner,
                lms.budget,
                None,
                0,
                lambda event, **details: None,
                written=program,
                meta=MetaPrompts(program.lm("proposer")),
                width=CONCURRENCY,
            )
            bench.training = Taught(bench, lms)
            yield program, bench
        finally:
            runner.run(lms.close())


def compiled(folder: Path, source: str) -> Program:
    """The program of a source."""
    (folder / "main.lmp").write_text(source)
    loaded = load(folder / "main.lmp")
    assert loaded.program is not None, loaded.sink.diagnostics
    return simplify(loaded.program)
