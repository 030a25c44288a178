"""Runs the `test` blocks of a program."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lmc.analysis.calls import reachable
from lmc.diagnostics import Diagnostic, Failure
from lmc.driver import problems
from lmc.driver.cassette import Cassette, Recording
from lmc.driver.externals import External, open_externals
from lmc.driver.lms import LMs, Open
from lmc.driver.load import Loaded
from lmc.driver.permission import Outside
from lmc.driver.plan import plan_run
from lmc.evaluate.scores import scores_of
from lmc.execute.expression import NO_VALUE, compile_expr
from lmc.execute.interpreter import Interpreter, Outcome
from lmc.execute.problems import reason
from lmc.ir.program import Case, Expr, Module, Operation, Predict, Program, Return, Test
from lmc.ir.types import UNKNOWN
from lmc.ir.walk import children, transform_body
from lmc.lm.base import LM, LMError, Reply, Request
from lmc.source import SourceFile

CASE = "test"
"""The module that makes the call of a case; no program can declare one of this name, which is a keyword."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a case: `number` counts from 1 within its test. `problem` is what it lacks, None where it holds.
    `outside`: an LM could not be asked, which is no fault of the program."""

    test: Test
    case: Case
    number: int
    call: str
    problem: Diagnostic | None
    outside: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """How to test. `lm`: the declared LM that answers in the place of each, but where replies are scripted. `record`:
    ask LMs and write down what they reply, for tests that say `recorded`. `allowed`: code of the program's author may
    run. `only`: tests whose names have this text."""

    lm: str | None = None
    record: bool = False
    allowed: bool = False
    only: str = ""
    open_it: Open | None = None
    warn: Callable[[Diagnostic], None] = lambda _: None


@dataclass
class Tester:
    """Runs the tests of a program, which has its tuned values."""

    program: Program
    loaded: Loaded
    settings: Settings
    cassettes: dict[str, Cassette] = field(default_factory=dict)

    def tests(self) -> tuple[Test, ...]:
        """The tests that are to run."""
        return tuple(test for test in self.program.tests if self.settings.only.lower() in test.name.lower())

    async def run(self, test: Test) -> list[Result]:
        """The results of a test's cases, one after another. Raises Failure for what makes it impossible to begin."""
        options = dict(test.options)
        chosen = options.get("lm") if self.settings.lm is None else self.settings.lm
        program = self.program if chosen is None else with_lm(self.program, chosen)
        cases = [with_case(program, case) for case in test.cases]
        outside = Outside(self.loaded.root, self.settings.allowed, self.settings.warn)
        externals: dict[str, External] = {}
        for one in cases:
            externals |= open_externals(one, outside, [CASE])
        results: list[Result] = []
        lms = self.answering(program, options)
        try:
            for number, (case, one) in enumerate(zip(test.cases, cases, strict=True), 1):
                results.append(await self.run_case(test, case, number, one, lms.by_name, externals))
        finally:
            await lms.close()
        return results

    def answering(self, program: Program, options: Mapping[str, Any]) -> Answering:
        """The LMs that answer in a test."""
        if "replies" in options:
            scripted = InOrder(options["replies"])
            return Answering({one.name: scripted for one in program.lms})
        if "recorded" in options:
            cassette = self.cassette(options["recorded"])
            if not self.settings.record:
                return Answering({one.name: cassette for one in program.lms})
            lms = LMs(program.lms, self.settings.open_it, warn=self.settings.warn)
            return Answering({name: Recording(lm, cassette) for name, lm in lms.by_name.items()})
        calls = sum(plan_run(with_case(program, case), CASE, priced=False).calls for case in cases_of(options, self))
        lms = LMs(program.lms, self.settings.open_it, limits=(calls or None, None, None), warn=self.settings.warn)
        return Answering(lms.by_name)

    def cassette(self, path: str) -> Cassette:
        """The recording of a name, read once. Raises Failure."""
        if path not in self.cassettes:
            file = (self.loaded.folder / path).resolve()
            if not file.is_relative_to(self.loaded.root.resolve()):
                raise Failure(problems.recording_outside(path))
            keep = not self.settings.record or bool(self.settings.only)
            self.cassettes[path] = Cassette.read(file, keep)
        return self.cassettes[path]

    def save(self) -> list[Path]:
        """Writes what was recorded; the files that changed."""
        return [one.path for one in self.cassettes.values() if self.settings.record and one.write()]
