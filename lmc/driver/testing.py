"""Runs the `test` blocks of a program."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lmc.analysis.calls import named_types
from lmc.diagnostics import Diagnostic, Failure
from lmc.driver import problems
from lmc.driver.cassette import Cassette, InOrder, Recording
from lmc.driver.externals import External, open_externals
from lmc.driver.failing import failing_parts, source_text, words
from lmc.driver.lms import LMs, Open
from lmc.driver.load import Loaded
from lmc.driver.permission import Outside
from lmc.driver.plan import plan_run
from lmc.evaluate.scores import scores_of
from lmc.execute.expression import NO_VALUE, compile_expr
from lmc.execute.interpreter import Interpreter
from lmc.execute.problems import reason
from lmc.ir.program import Case, Expr, Module, Predict, Program, Return, Test
from lmc.ir.types import UNKNOWN
from lmc.ir.walk import transform, transform_body
from lmc.lm.base import LM, BudgetExceeded

CASE = "test case"
"""The module that makes the call of a case, which no source can name."""

NO_REPLY = "LMP0602"
"""The one error of an LM that is the test's own: there is no reply for what the program asks."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a case: `number` counts from 1 within its test, `call` is its text. `problem` is None where it
    holds. `outside`: an LM could not be asked, which is no fault of the program. `notes` are of soft assertions."""

    test: Test
    number: int
    call: str
    problem: Diagnostic | None
    outside: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Options:
    """How to test. `lm`: the declared LM that answers in the place of each; those in `replies` are still scripted.
    `record`: ask LMs and write down what they reply, for tests that say `recorded`. `allowed`: code of the program's
    author may run. `only`: tests whose names have this text. `keep`: leave in recordings what was recorded before,
    also where no test asks for it any more. `open_it` opens LMs."""

    lm: str | None = None
    record: bool = False
    allowed: bool = False
    only: str = ""
    keep: bool = False
    open_it: Open | None = None
    warn: Callable[[Diagnostic], None] = lambda _: None


@dataclass
class Suite:
    """The tests of a program, which has its tuned values, and what they record."""

    program: Program
    loaded: Loaded
    options: Options
    cassettes: dict[str, Cassette] = field(default_factory=dict)

    def tests(self) -> tuple[Test, ...]:
        """The tests that are to run."""
        only = self.options.only.casefold()
        return tuple(test for test in self.program.tests if only in test.name.casefold())

    async def run(self, test: Test) -> list[Result]:
        """The results of a test's cases, one after another. Raises Failure for what makes it impossible to begin."""
        options = dict(test.options)
        chosen = options.get("lm") if self.options.lm is None else self.options.lm
        program = self.program if chosen is None else with_lm(self.program, chosen)
        cases = [with_case(program, case.call) for case in test.cases]
        outside = Outside(self.loaded.root, self.options.allowed, self.options.warn)
        externals: dict[str, External] = {}
        for one in cases:
            externals |= open_externals(one, outside, [CASE])
        lms, opened = self.answering(program, cases, options)
        try:
            return [
                await self.run_case(test, number, case, Interpreter(one, lms, externals, scores_of(one)))
                for number, (case, one) in enumerate(zip(test.cases, cases, strict=True), 1)
            ]
        finally:
            if opened is not None:
                await opened.close()

    def answering(
        self, program: Program, cases: Sequence[Program], options: Mapping[str, Any]
    ) -> tuple[Mapping[str, LM], LMs | None]:
        """The LMs that answer in a test by name, and those that are to be closed. They make no more calls than the
        plans of the cases say."""
        if "replies" in options:
            scripted = InOrder(list(options["replies"]))
            return {one.name: scripted for one in program.lms}, None
        cassette = self.cassette(options["recorded"]) if "recorded" in options else None
        if cassette is not None and not self.options.record:
            return {one.name: cassette for one in program.lms}, None
        calls = sum(plan_run(one, CASE, priced=False).calls for one in cases)
        lms = LMs(program.lms, self.options.open_it, limits=(calls, None, None), warn=self.options.warn)
        if cassette is None:
            return lms.by_name, lms
        return {name: Recording(lm, cassette) for name, lm in lms.by_name.items()}, lms

    def cassette(self, path: str) -> Cassette:
        """The recording of a name, read once. Raises Failure."""
        if path not in self.cassettes:
            file = (self.loaded.folder / path).resolve()
            if not file.is_relative_to(self.loaded.root.resolve()):
                raise Failure(problems.recording_outside(path))
            keep = not self.options.record or self.options.keep or bool(self.options.only)
            self.cassettes[path] = Cassette.read(file, keep)
        return self.cassettes[path]

    def save(self) -> list[Path]:
        """Writes what was recorded; the files that changed. Raises Failure."""
        return [one.path for one in self.cassettes.values() if self.options.record and one.write()]

    async def run_case(self, test: Test, number: int, case: Case, interpreter: Interpreter) -> Result:
        """The result of one case."""
        call = source_text(case.call, self.loaded.sources)
        try:
            outcome = await interpreter.run(CASE, {})
            if outcome.error is not None:
                return Result(test, number, call, problems.case_broken(call, outcome.error, case.span))
            problem = await self.judge(case, call, outcome.value, interpreter)
        except Failure as failure:
            found = failure.diagnostic
            if isinstance(failure, BudgetExceeded) or found.code != NO_REPLY:
                return Result(test, number, call, found, outside=True)
            return Result(test, number, call, problems.case_broken(call, found, case.span))
        return Result(test, number, call, problem, notes=outcome.notes)

    async def judge(self, case: Case, call: str, value: Any, interpreter: Interpreter) -> Diagnostic | None:
        """What a value lacks, None where the condition holds."""
        env = {**(value if isinstance(value, dict) else {}), "it": value}
        named = named_types(self.program)
        try:
            held = compile_expr(case.holds, named=named)(env)
        except NO_VALUE as error:
            return problems.case_failed(
                call, words(value), [f"the condition has no value: {reason(error)}"], case.holds.span or case.span
            )
        if held:
            return None
        failed, parts = failing_parts(case.holds, env, named, self.loaded.sources)
        return problems.case_failed(call, words(value), parts, failed.span or case.holds.span or case.span)


def with_case(program: Program, call: Expr) -> Program:
    """The program with a module that makes the call of a case."""
    return replace(program, modules=(*program.modules, Module(CASE, (), UNKNOWN, (Return(call, call.span),))))


def with_lm(program: Program, name: str) -> Program:
    """The program with one LM for every call, those of its tests too. Raises Failure for one that it does not have."""
    known = [one.name for one in program.lms]
    if name not in known:
        raise Failure(problems.unknown_lm(name, known))

    def change(expr: Expr) -> Expr:
        return replace(expr, settings=replace(expr.settings, lm=name)) if isinstance(expr, Predict) else expr

    modules = tuple(replace(one, body=transform_body(one.body, change)) for one in program.modules)
    tests = tuple(
        replace(test, cases=tuple(replace(case, call=transform(case.call, change)) for case in test.cases))
        for test in program.tests
    )
    return replace(program, modules=modules, tests=tests)
