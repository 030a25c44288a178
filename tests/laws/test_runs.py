"""A program means one thing: run by the interpreter, as emitted Python, or by its frozen prompts, it gives the same
value or fails in the same words, and asks the same, whatever an LM replies."""

from __future__ import annotations

from hypothesis import given, settings

from lmc.ir.program import Program

from .run_sources import Source, sources
from .run_ways import by_hand, compiled, emitted, interpreted


def assert_same(program: Program, source: Source, salt: int) -> None:
    """All ways of running a program agree on every row."""
    written = emitted(program)
    for row in source.rows:
        wanted, calls = interpreted(program, source.module, row, salt)
        assert sorted(by_hand(calls, written.prompts)) == sorted(wanted.requests)
        for awaited in (False, True):
            assert written.run(program, source.module, row, salt, awaited=awaited).sorted == wanted.sorted


@settings(max_examples=60)
@given(sources())
def test_every_way_of_running_a_program_is_the_same(source: Source) -> None:
    program = compiled(source.text)
    for salt in range(2):
        assert_same(program, source, salt)
