"""A program means one thing: run by the interpreter, as emitted Python, or by its frozen prompts, it gives the same
value or fails in the same words, and asks the same, whatever an LM replies."""

from __future__ import annotations

import logging

import pytest
from hypothesis import example, given, settings

from lmc.diagnostics import Sink
from lmc.elaborate import lift
from lmc.ir.program import Program
from lmc.passes import simplify
from lmc.source import SourceFile
from lmc.syntax import format_file, parse

from .run_sources import PRELUDE, ROWS, WHOLE, Source, sources
from .run_ways import Ended, by_hand, compiled, emitted, interpreted

logging.getLogger("lmp").addHandler(logging.NullHandler())


def assert_same(program: Program, source: Source, salt: int) -> list[Ended]:
    """All ways of running a program agree on every row. Gives what came of it."""
    written, found = emitted(program), []
    for row in source.rows:
        wanted, calls = interpreted(program, source.module, row, salt)
        assert sorted(by_hand(calls, written.prompts)) == sorted(wanted.requests)
        for awaited in (False, True):
            assert written.run(program, source.module, row, salt, awaited=awaited).sorted == wanted.sorted
        found.append(wanted)
    return found


@settings(max_examples=80)
@given(sources())
@example(WHOLE)
def test_every_way_of_running_a_program_is_the_same(source: Source) -> None:
    assert_same(compiled(source.text), source, salt=0)


@settings(max_examples=40)
@given(sources())
@example(WHOLE)
def test_every_way_of_running_a_simplified_program_is_the_same(source: Source) -> None:
    assert_same(simplify(compiled(source.text)), source, salt=1)


@given(sources())
@example(WHOLE)
def test_a_formatted_program_is_the_same_program(source: Source) -> None:
    sink = Sink()
    text = format_file(parse(SourceFile("main.lmp", source.text), sink))
    assert not sink.diagnostics
    assert format_file(parse(SourceFile("main.lmp", text), sink)) == text
    assert compiled(text) == compiled(source.text)


@given(sources())
@example(WHOLE)
def test_the_core_of_a_program_is_source_of_the_same_program(source: Source) -> None:
    program = compiled(source.text)
    text = format_file(lift(program))
    assert compiled(text) == program
    assert format_file(lift(compiled(text))) == text


BODIES = {
    "vote": "let a = vote 3 predict Ask(text)\nreturn a.answer",
    "best_of": "return (best_of 3 by judged above 0.5 predict Ask(text)).answer",
    "refine": "return (refine 3 by judged chain_of_thought Ask(text)).answer",
    "react": "return (react Ask(text) using [Shout, Lookup, Half] with { steps: 3 }).answer",
    "program_of_thought": "return (program_of_thought Count(text) with { attempts: 2 }).number",
    "match": """
        let found = (predict Either(text)).found
        match found {
          case "none" { return "nothing" }
          case Pair pair { return f"{pair.left} {pair.right}" }
        }
    """,
    "while": """
        let last = text
        while len(last) < 9 up to 4 {
          last = last + (predict Ask(last)).answer
          if "x" in last { break }
        }
        return last
    """,
    "repeat": """
        let last = text
        repeat up to 3 { last = try f"{(predict Count(last)).number}{last}" else f"{last}!{error}" }
        return last
    """,
    "for": """
        let colors = ""
        for one in texts up to 3 {
          let pick = predict Pick(one, texts) with { nearest: 2 }
          if pick.sure { colors = f"{colors} {pick.color}" }
        }
        return colors
    """,
    "assert": """
        let a = predict Ask(text)
        let n = predict Count(a.answer)
        suggest len(a.answer) > 2 else f"longer than {a.answer}" retry 2
        assert n.number > 1 else "more" retry 2
        return f"{a.answer} {n.number}"
    """,
    "own prompt": "return (predict Own(text, texts) with { retries: 2 }).label",
    "limits": "let c = predict Code(text)\nreturn c.code + c.note",
    "recursive records": "return text((predict Grow(text)).tree)",
    "maps": 'return join([f"{one.key}={one.value}" for one in entries((predict Price(text)).prices)], ", ")',
    "tuned": 'let k = tune 1..3 at 2\nreturn (tune { predict, chain_of_thought } Ask(f"{k} {text}")).answer',
    "completion": """
        return (chain_of_thought Ask(text) with {
          retries: 2, layout: { turns: "completion", fields: "markdown", reply: "fields" },
        }).answer
    """,
}
"""Bodies whose calls are made one after the other."""

TOGETHER = {
    "recursion": "return try Solve(text) else error",
    "comprehension": 'return join([(predict Ask(one)).answer for one in texts if one != "" up to 3], "+")',
    "filter": 'return join([one for one in texts if (predict Pick(one, texts)).sure up to 3], "+")',
    "condition that fails": 'return try text([Lookup(one) for one in texts if one[0] != "o" up to 3]) else error',
    "parallel for": "parallel for one in texts up to 3 { suggest Judge(one, text) else one retry 1 }\nreturn text",
    "compare": "return (compare 2 predict Ask(text)).answer",
    "ensemble": "return (ensemble [predict Ask(text), predict Guess(text), chain_of_thought Ask(text)]).answer",
    "ensemble by": "return (ensemble by brief [predict Ask(text), predict Guess(text)]).answer",
    "try": 'return try f"{(predict Count(text)).number // (predict Count(text + "!")).number}" else error',
    "statements": """
        let a = predict Count(text)
        let b = predict Count("b") with { retries: 0 }
        let short = f"{a.number}"
        let c = predict Pick("c", texts)
        return f"{short} {b.number} {c.color} {texts[1]}"
    """,
    "loop": """
        let all: list[str] = []
        for one in texts up to 3 {
          all = all + [(predict Code(one)).code]
          if len(all) == 2 { return join(all, " ") }
        }
        return text
    """,
    "tries within": 'return f"{try (predict Count(text)).number else 0} {try Half(text) else 0.5} {Lookup(text)}"',
}
"""Bodies with calls at the same time, some of which fail while others go on."""


def source_of(body: str) -> Source:
    """A program with this body."""
    returns = "int" if body.startswith("return (program") else "str"
    text = f"{PRELUDE}\nmodule Main(text: str, texts: list[str]) -> {returns} {{\n{body}\n}}\n"
    return Source(text, "Main", ROWS)


@pytest.mark.parametrize("name", [*BODIES, *TOGETHER])
def test_every_construct_is_the_same_in_every_way(name: str) -> None:
    source = source_of({**BODIES, **TOGETHER}[name])
    program = compiled(source.text)
    salts = range(2 if name == "program_of_thought" else 8)
    ends = [one for salt in salts for one in assert_same(program, source, salt)]
    assert any(one.failure is None for one in ends)
    assert len({(one.value, one.failure, one.requests) for one in ends}) > 2


@pytest.mark.parametrize("name", BODIES)
def test_calls_one_after_the_other_are_made_in_one_order(name: str) -> None:
    source = source_of(BODIES[name])
    program = compiled(source.text)
    written = emitted(program)
    for salt in range(1 if name == "program_of_thought" else 4):
        for row in source.rows:
            wanted, _ = interpreted(program, source.module, row, salt)
            assert all(written.run(program, "Main", row, salt, awaited=one) == wanted for one in (False, True))
