"""A plugin of pytest that runs the `test` blocks of `.lmp` files: with `pytest --lmp`, or `lmp = true` in its
configuration. Each case is an item; the cases of a block run together, when the first of them is wanted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

if TYPE_CHECKING:
    from lmc.driver.testing import Options, Result, Suite
    from lmc.ir.program import Test


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the plugin."""
    group = parser.getgroup("lmp", "programs of language models (.lmp)")
    group.addoption("--lmp", action="store_true", help="collect the `test` blocks of .lmp files")
    group.addoption("--lmp-lm", metavar="NAME", help="the declared LM that answers in the place of each")
    group.addoption("--lmp-record", action="store_true", help="ask the LMs, and write down what they reply")
    group.addoption("--lmp-allow-extern", action="store_true", help="let programs run code that their authors wrote")
    parser.addini("lmp", "collect the `test` blocks of .lmp files", type="bool", default=False)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> LmpFile | None:
    """A `.lmp` file, where they are to be collected."""
    wanted = parent.config.getoption("--lmp") or parent.config.getini("lmp")
    if file_path.suffix != ".lmp" or not wanted:
        return None
    file: LmpFile = LmpFile.from_parent(parent, path=file_path)
    return file


class LmpFailure(Exception):
    """What is wrong with a program or a case, in the words of lmc."""


class LmpFile(pytest.File):
    """A program with `test` blocks."""

    def collect(self) -> Iterator[LmpTest]:
        """Its tests. Nothing is asked and nothing runs yet."""
        suite = open_suite(self.path, self.config)
        if suite is None:
            return
        for number, test in enumerate(suite.tests()):
            block: LmpTest = LmpTest.from_parent(self, name=test.name or f"test {number + 1}")
            block.suite, block.test = suite, test
            yield block

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What is wrong, without a traceback of lmc."""
        return words_of(excinfo.value) or pytest.Collector.repr_failure(self, excinfo)


class LmpTest(pytest.Collector):
    """A `test` block."""

    suite: Suite
    test: Test
    results: list[Result] | None = None

    def collect(self) -> Iterator[LmpCase]:
        """Its cases."""
        from lmc.driver.failing import source_text

        for number, case in enumerate(self.test.cases, 1):
            call = source_text(case.call, self.suite.loaded.sources)
            item: LmpCase = LmpCase.from_parent(self, name=f"{number}: {call}")
            item.number = number
            yield item

    def result(self, number: int) -> Result:
        """What came of a case; all of the block run when the first is wanted."""
        if self.results is None:
            import asyncio

            self.results = asyncio.run(self.suite.run(self.test))
            self.suite.save()
        return self.results[number - 1]


class LmpCase(pytest.Item):
    """A case of a `test` block."""

    number: int
    funcargs: ClassVar[Mapping[str, Any]] = {}
    """No fixtures. The plugin `pytest-lsp` cannot do with an item that says nothing of them."""

    def runtest(self) -> None:
        """Raises LmpFailure when the case does not hold."""
        from lmc.diagnostics import render

        block = self.parent
        assert isinstance(block, LmpTest)
        found = block.result(self.number)
        for note in found.notes:
            self.add_report_section("call", "suggest", note)
        if found.problem is not None:
            raise LmpFailure(render((found.problem,), block.suite.loaded.sources, "text", False))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What is wrong, without a traceback of lmc."""
        return words_of(excinfo.value) or super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where the case stands, its line from 0."""
        block = self.parent
        assert isinstance(block, LmpTest)
        span = block.test.cases[self.number - 1].span
        source = block.suite.loaded.sources.get(span.file) if span else None
        line = source.position(span.start)[0] - 1 if source and span else None
        return self.path, line, f"{block.name}, {self.name}"


def open_suite(path: Path, config: pytest.Config) -> Suite | None:
    """The tests of a program with its tuned values; None where it has none. Raises LmpFailure, Failure."""
    import os

    from lmc.diagnostics import render
    from lmc.driver.load import load
    from lmc.driver.testing import Suite
    from lmc.driver.tuned import tuned_program

    loaded = load(path, os.path.relpath(path, config.invocation_params.dir).replace(os.sep, "/"))
    if loaded.program is None:
        raise LmpFailure(render(loaded.sink.diagnostics, loaded.sources, "text", False))
    if not loaded.program.tests:
        return None
    program, _ = tuned_program(loaded)
    return Suite(program, loaded, options_of(config))


def options_of(config: pytest.Config) -> Options:
    """How to test, by pytest's options."""
    from lmc.driver.permission import is_allowed
    from lmc.driver.testing import Options

    allowed = is_allowed(bool(config.getoption("--lmp-allow-extern")))
    record = bool(config.getoption("--lmp-record"))
    return Options(config.getoption("--lmp-lm"), record, allowed, keep=True)


def words_of(error: BaseException) -> str | None:
    """What lmc says of an error; None of one that is not its own."""
    from lmc.diagnostics import Failure, render

    if isinstance(error, LmpFailure):
        return str(error)
    return render((error.diagnostic,), {}, "text", False) if isinstance(error, Failure) else None
