"""What a lock says of declarations is enough to make them again, whatever they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lmc.driver.load import load
from lmc.elaborate import restructured, settled, structure_between
from lmc.elaborate.structure import unslotted
from lmc.ir.patch import apply_patch
from lmc.ir.program import Predict, Program, Settings
from lmc.ir.verify import verify
from lmc.ir.walk import slots
from lmc.passes import simplify
from tests.language.manual import FENCE, Page

from .test_core import PAGES, PROGRAMS


def holds(program: Program) -> None:
    """Checks a program: against one that lacks all of its declarations, and with a slot tuned besides."""
    program = simplify(program)
    assert structure_between(program, program) is None
    instructed = {
        address: Settings(instruction="Do it.") for address, site in slots(program) if isinstance(site, Predict)
    }
    assert structure_between(program, apply_patch(program, instructed)) is None, "slots are no structure"
    if not program.modules:
        return
    bare = replace(program, lms=(), types=(), signatures=(), modules=(), optimizes=(), tests=())
    whole = replace(apply_patch(program, instructed), optimizes=(), tests=())
    text = structure_between(bare, whole)
    assert text is not None
    found = restructured(bare, text)
    verify(found)
    assert found == unslotted(bare, whole)
    assert structure_between(bare, found) == text
    assert settled(bare, whole) == whole


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_a_program_of_this_repository(path: Path) -> None:
    program = load(path).program
    assert program is not None
    holds(program)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_programs_of_a_page_of_the_reference(page: Path, tmp_path: Path) -> None:
    shown = Page(tmp_path)
    for match in FENCE.finditer(page.read_text(encoding="utf-8")):
        kind, *words = match["info"].split()
        if kind not in ("lmp", "text", "jsonl", "csv", "python", "json") and not any("=" in word for word in words):
            continue
        if kind in ("run", "prompt", "core", "formatted", "values"):
            continue
        shown.block(match)
        if kind == "lmp" and shown.program is not None:
            holds(shown.program)
