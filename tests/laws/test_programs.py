"""What holds for every program."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings

from lmc.analysis.calls import most_calls
from lmc.diagnostics import Sink
from lmc.elaborate import lift, lower
from lmc.execute.interpreter import Interpreter, Outcome
from lmc.ir.program import Program
from lmc.ir.verify import verify
from lmc.passes import EXACT, simplify
from lmc.prompts import templates
from lmc.source import SourceFile
from lmc.syntax import ast, format_file, parse

from .programs import inputs_of, programs
from .replies import Speaker


def lowered(file: ast.File) -> Program:
    """The program of a file that has no mistakes."""
    sink = Sink()
    program = lower("main", {"main.lmp": file}, {}, sink)
    assert not sink.failed, [one.message for one in sink.diagnostics if one.severity == "error"]
    return program


def run(program: Program, turn: int, speaker: Speaker) -> Outcome:
    """One run of the last module."""
    module = program.modules[-1]
    interpreter = Interpreter(program, {lm.name: speaker for lm in program.lms})
    return asyncio.run(interpreter.run(module.name, inputs_of(module, turn)))


@given(programs())
def test_lifting_and_lowering_gives_the_program_back(program: Program) -> None:
    verify(program)
    assert lowered(lift(program)) == program


@given(programs())
def test_core_is_source_that_says_the_same(program: Program) -> None:
    text = format_file(lift(program))
    sink = Sink()
    file = parse(SourceFile("main.lmp", text), sink)
    assert not sink.diagnostics, (sink.diagnostics, text)
    assert lowered(file) == program
    assert format_file(file) == text


@given(programs())
def test_exact_passes_leave_well_formed_programs(program: Program) -> None:
    simple = simplify(program)
    verify(simple)
    assert simplify(simple) is simple
    assert lowered(lift(simple)) == simple


@given(programs())
def test_an_exact_pass_with_nothing_to_do_returns_the_program_itself(program: Program) -> None:
    for one in EXACT:
        after = one.run(program, None)
        assert one.run(after, None) is after


@settings(max_examples=150)
@given(programs())
def test_exact_passes_keep_every_value_for_no_more_calls(program: Program) -> None:
    simple = simplify(program)
    for turn in range(2):
        before, after = Speaker(program), Speaker(program)
        as_written, simplified = run(program, turn, before), run(simple, turn, after)
        assert as_written.error is None
        assert simplified.error is None
        assert simplified.value == as_written.value
        assert len(after.requests) <= len(before.requests)


@given(programs())
def test_a_run_gives_the_same_whatever_is_fastest(program: Program) -> None:
    for wild in (False, True):
        first, *others = [run(program, 0, Speaker(program, seed, wild=wild)) for seed in range(3)]
        assert all(other == first for other in others)


@given(programs())
def test_no_run_makes_more_calls_than_were_foretold(program: Program) -> None:
    attempts = {address: template["attempts"] for address, template in templates(program).items()}
    bounds = most_calls(program, program.modules[-1].name, attempts)
    for turn in range(2):
        speaker = Speaker(program, wild=True)
        outcome = run(program, turn, speaker)
        made: dict[str, int] = {}
        for call in outcome.calls:
            made[call.address] = made.get(call.address, 0) + len(call.replies)
        assert all(count <= bounds[address] for address, count in made.items())
        assert len(speaker.requests) == sum(made.values())
