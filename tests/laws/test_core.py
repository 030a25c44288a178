"""What holds for the programs of this repository and for every program of the language reference."""

from __future__ import annotations

import posixpath
from pathlib import Path

import pytest

from lmc.diagnostics import Sink
from lmc.driver.load import load
from lmc.elaborate import lift, lower
from lmc.ir.program import Program
from lmc.ir.verify import verify
from lmc.passes import simplify
from lmc.source import SourceFile
from lmc.syntax import ast, format_file, parse
from tests.language.manual import FENCE, Page

ROOT = Path(__file__).parents[2]
PROGRAMS = sorted(path for path in (ROOT / "programs").glob("*/*.lmp"))
PAGES = sorted((ROOT / "tests" / "language").glob("*.md"))


def parsed(text: str) -> ast.File:
    """The tree of a text without mistakes."""
    sink = Sink()
    file = parse(SourceFile("main.lmp", text), sink)
    assert not sink.diagnostics, [one.message for one in sink.diagnostics]
    return file


def holds(text: str, program: Program) -> None:
    """Checks a source text and its program."""
    file = parsed(text)
    formatted = format_file(file)
    assert parsed(formatted) == file, "formatting changes a tree"
    assert format_file(parsed(formatted)) == formatted, "formatting twice is not formatting once"
    for one in (program, simplify(program)):
        verify(one)
        core = format_file(lift(one))
        again = from_core(core, one)
        assert again == one, "core text means something else"
        assert format_file(lift(again)) == core, "core text of core text is other text"
        assert from_core(core, one) == again, "lowering twice gives two programs"


def from_core(core: str, program: Program) -> Program:
    """The program of a core text that stands where the program's own file stands."""
    bases = [one.base for one in (*program.datasets, *program.externs, *program.retrievers)]
    sink = Sink()
    path = posixpath.join(bases[0] if bases else ".", "core.lmp").removeprefix("./")
    found = lower(program.name, {path: parsed(core)}, {}, sink)
    assert not sink.failed, [one.message for one in sink.diagnostics]
    return found


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_a_program_of_this_repository(path: Path) -> None:
    program = load(path).program
    assert program is not None
    holds(path.read_text(encoding="utf-8"), program)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_programs_of_a_page_of_the_reference(page: Path, tmp_path: Path) -> None:
    shown = Page(tmp_path)
    for match in FENCE.finditer(page.read_text(encoding="utf-8")):
        kind, *words = match["info"].split()
        if kind not in ("lmp", "text", "jsonl", "csv", "python", "json") and not any("=" in word for word in words):
            continue
        if kind in ("run", "prompt", "core", "formatted", "values"):
            continue
        before = shown.given
        shown.block(match)
        if kind == "lmp" and shown.program is not None:
            holds(before + shown.source, shown.program)
