"""Instructions improved by what went wrong on train rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from lmc.analysis.calls import sites
from lmc.evaluate.rows import Roles
from lmc.ir.program import Program
from lmc.optimize.base import OptimizerPass, Work
from lmc.optimize.bench import Bench
from lmc.optimize.places import sites_with
from lmc.optimize.reflecting.error_analysis import ErrorAnalysis, Form
from lmc.optimize.reflecting.gepa import MINIBATCH, Gepa
from lmc.optimize.reflecting.protegi import BEAM, PARAPHRASES, SUCCESSORS, ProTeGi
from lmc.optimize.reflecting.reflection import Method, search
from lmc.optimize.reflecting.textgrad import BATCH, TextGrad

Mode = Literal["clusters", "protegi", "textgrad", "gepa"]

ROUNDS: dict[Mode, int] = {"clusters": 6, "protegi": 6, "textgrad": 12, "gepa": 15}
"""Rounds of each method where none are said."""

PATIENCE = 3


@dataclass(frozen=True)
class Reflect(OptimizerPass):
    """Shows a proposer what went wrong, and keeps the changed instructions that prove better. `mode` is the method;
    `rounds` how many rounds it makes (0: as many as suit it).

    `clusters`: failures on at most `rows` train rows (a score under `threshold`) are blamed on call sites and put
    together with others of their kind; each round asks for `k` edits and races them. `form`: whether proposals are
    edits of sections, whole instructions, or both in turn. After StraGo (Wu et al. 2024) and GEPA (Agrawal et al.
    2025). `protegi`, `textgrad` and `gepa` are the procedures of those systems (see `ProTeGi`, `TextGrad`, `Gepa`)."""

    name: ClassVar[str] = "reflect"
    mode: Mode = "clusters"
    rounds: Annotated[int, Field(ge=0, le=200)] = 0
    k: Annotated[int, Field(ge=1, le=32)] = 4
    rows: Annotated[int, Field(ge=1)] = 64
    threshold: Annotated[float, Field(ge=0, le=1)] = 1.0
    form: Literal["edits", "whole", "both"] = "both"

    @property
    def asks(self) -> bool:
        """It does."""
        return True

    def run(self, program: Program, bench: Bench) -> Program:
        """The program with better instructions."""
        if not sites_with(program, bench.module, "instruction"):
            bench.listen("skip", reason="no call's prompt has a place for another instruction")
            return program
        if not bench.train or not bench.dev:
            bench.listen("skip", reason="there are no train rows to learn from, or no dev rows to prove it on")
            return program
        return search(self.method(bench), program, bench, self.most_rounds)

    @property
    def most_rounds(self) -> int:
        """The rounds that it makes at most."""
        return self.rounds or ROUNDS[self.mode]

    def method(self, bench: Bench) -> Method:
        """What the mode stands for, at its beginning."""
        match self.mode:
            case "protegi":
                return ProTeGi(bench, self.k, self.rows, self.threshold)
            case "textgrad":
                return TextGrad(bench)
            case "gepa":
                return Gepa(bench, bench.rng("reflect/gepa"))
        forms: tuple[Form, ...] = ("edits", "whole") if self.form == "both" else (self.form,)
        return ErrorAnalysis(bench, self.k, self.rows, self.threshold, forms, PATIENCE)

    def most_work(self, program: Program, module: str, roles: Roles) -> Work | None:
        """That of its rounds: train rows that are run, again for each call whose value the rows may tell, or a teacher;
        candidates on all dev rows; meta-prompts."""
        rounds, dev, calls = self.most_rounds, len(roles.dev), len(sites(program, module))
        rows = min(self.rows, len(roles.train))
        taught = len(roles.train) if calls > 1 else 0
        match self.mode:
            case "protegi":
                arms = BEAM * (SUCCESSORS + 1)
                asked = BEAM * (2 * self.k + PARAPHRASES * (self.k + 1))
                runs = rounds * (BEAM * rows * (1 + calls) + arms * dev) + BEAM * dev
                return Work(runs=runs, taught=taught, meta=rounds * asked)
            case "textgrad":
                asked = BATCH * (1 + calls + calls * (calls - 1) // 2 + calls) + calls
                return Work(runs=rounds * (BATCH + dev) + dev, meta=rounds * asked)
            case "gepa":
                return Work(runs=rounds * (2 * MINIBATCH + dev) + dev, meta=rounds)
        runs = rounds * rows * (1 + calls) + (rounds * self.k + 1) * dev
        return Work(runs=runs, taught=taught, meta=rounds * self.k)
