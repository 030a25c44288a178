"""What sets good runs apart from bad ones on the same row, as rules and demonstrations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from lmc.evaluate.rows import Roles
from lmc.ir.program import Program
from lmc.optimize.base import OptimizerPass, Work
from lmc.optimize.bench import Bench
from lmc.optimize.places import sites_with
from lmc.optimize.reflecting.contrasting import Contrasting
from lmc.optimize.reflecting.reflection import Method, search
from lmc.optimize.reflecting.simba import Simba

Mode = Literal["gaps", "simba"]

PATIENCE = 3


@dataclass(frozen=True)
class Contrast(OptimizerPass):
    """Runs the program on train rows several times at a temperature, and learns from rows on which one run was good and
    another bad. `mode` is the method: `gaps`, whose rules and demonstrations race on dev rows, or `simba`, DSPy's
    procedure. The other options, 0 being what suits the method: `rounds`, `k` new programs a round, `rows` train rows
    of a round, `samples` runs of each beside the one at the program's own temperature (`gaps`), `temperature` of those,
    at most `rules` rules for each call, at most `demos` demonstrations (of none, rules alone)."""

    name: ClassVar[str] = "contrast"
    mode: Mode = "gaps"
    rounds: Annotated[int, Field(ge=0, le=100)] = 0
    k: Annotated[int, Field(ge=0, le=32)] = 0
    rows: Annotated[int, Field(ge=0)] = 0
    samples: Annotated[int, Field(ge=1, le=32)] = 3
    temperature: Annotated[float, Field(gt=0, le=2)] = 1.0
    rules: Annotated[int, Field(ge=1, le=32)] = 8
    demos: Annotated[int, Field(ge=0, le=32)] = 4

    @property
    def asks(self) -> bool:
        """It does."""
        return True

    @property
    def sizes(self) -> tuple[int, int, int]:
        """Rounds, new programs, rows."""
        usual = (8, 6, 32) if self.mode == "simba" else (4, 4, 24)
        return self.rounds or usual[0], self.k or usual[1], self.rows or usual[2]

    def run(self, program: Program, bench: Bench) -> Program:
        """The program with rules and demonstrations."""
        if not any(sites_with(program, bench.module, place) for place in ("instruction", "demos")):
            bench.listen("skip", reason="no call's prompt has a place for rules or demonstrations")
            return program
        if not bench.train or not bench.dev:
            bench.listen("skip", reason="there are no train rows to learn from, or no dev rows to prove it on")
            return program
        return search(self.method(bench), program, bench, self.sizes[0])

    def method(self, bench: Bench) -> Method:
        """What the mode stands for, at its beginning."""
        _, k, rows = self.sizes
        if self.mode == "simba":
            return Simba(bench, bench.rng("contrast/simba"), k, rows, self.demos)
        return Contrasting(bench, k, rows, self.samples, self.temperature, self.rules, self.demos, PATIENCE)

    def most_work(self, program: Program, module: str, roles: Roles) -> Work | None:
        """That of its rounds: runs of train rows, candidates on the rows that they are compared on, meta-prompts."""
        rounds, k, rows = self.sizes
        rows, train, dev = min(rows, len(roles.train)), len(roles.train), len(roles.dev)
        if self.mode == "simba":
            return Work(runs=rounds * rows * (2 * k + 1) + (k + 1) * train, meta=rounds * (k + 1))
        return Work(runs=rounds * rows * (1 + self.samples) + (rounds * k + 1) * dev, meta=rounds * k)
