"""Whatever stands in a file, elaboration says what is wrong with it, and never fails itself."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lmc.diagnostics import Sink
from lmc.elaborate import lift, lower
from lmc.elaborate.damage import damage_of
from lmc.ir.program import Program
from lmc.ir.verify import verify
from lmc.source import SourceFile
from lmc.syntax import format_file, parse

EVERYTHING = (Path(__file__).parent / "everything.lmp").read_text(encoding="utf-8")
TOKENS = re.findall(r'"""[\s\S]*?"""|f?"[^"\n]*"|\w+|\s+|[^\w\s]', EVERYTHING)
SOLID = sorted({one for one in TOKENS if not one.isspace()})
QUICK = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def elaborated(text: str) -> tuple[Program, Sink]:
    """What comes of a text, as `lmc check` reads it."""
    sink, mistakes = Sink(), Sink()
    source = SourceFile("main.lmp", text)
    file = parse(source, mistakes)
    damage = damage_of(source, file, mistakes.diagnostics)
    program = lower("main", {"main.lmp": file}, {}, sink, {} if damage is None else {"main.lmp": damage})
    for diagnostic in mistakes.diagnostics:
        sink.add(diagnostic)
    return program, sink


def examine(text: str) -> None:
    """Elaborates a text; a program without mistakes is well formed and is what its core text says."""
    program, sink = elaborated(text)
    for diagnostic in sink.diagnostics:
        assert diagnostic.primary is not None, diagnostic
        assert 0 <= diagnostic.primary.span.start <= diagnostic.primary.span.end <= len(text), diagnostic
    if not sink.failed:
        verify(program)
        again, found = elaborated(format_file(lift(program)))
        assert not found.failed, [one.message for one in found.diagnostics]
        assert again == program


def test_the_program_with_everything_has_no_mistake() -> None:
    _, sink = elaborated(EVERYTHING)
    assert [one.message for one in sink.diagnostics if one.severity == "error"] == []
    examine(EVERYTHING)


@pytest.mark.parametrize("share", range(20))
def test_a_file_that_ends_anywhere(share: int) -> None:
    chosen = random.Random(share)
    for _ in range(4):
        examine(EVERYTHING[: chosen.randrange(len(EVERYTHING))])


def changed(tokens: list[str], kind: str, place: int, other: int, word: str) -> None:
    """Changes the tokens in one way."""
    match kind:
        case "drop":
            del tokens[place]
        case "drop some":
            del tokens[place : place + other % 12]
        case "double":
            tokens.insert(place, tokens[place])
        case "swap":
            tokens[place], tokens[other] = tokens[other], tokens[place]
        case "replace":
            tokens[place] = word
        case "insert":
            tokens.insert(place, f" {word} ")


PLACES = st.integers(0, len(TOKENS) - 40)
CHANGES = st.tuples(
    st.sampled_from(("drop", "drop some", "double", "swap", "replace", "insert")),
    PLACES,
    PLACES,
    st.sampled_from(SOLID),
)


@QUICK
@given(st.lists(CHANGES, min_size=1, max_size=3))
def test_a_file_with_slips_of_the_fingers(changes: list[tuple[str, int, int, str]]) -> None:
    tokens = list(TOKENS)
    for kind, place, other, word in changes:
        changed(tokens, kind, place, other, word)
    examine("".join(tokens))


NAMES = sorted({one for one in TOKENS if re.fullmatch(r"[A-Za-z_]\w*", one)})


@QUICK
@given(st.data())
def test_a_file_with_other_names(data: st.DataObject) -> None:
    """Every use of a name may mean something of another kind."""
    tokens = list(TOKENS)
    places = [place for place, one in enumerate(tokens) if one in NAMES]
    for place in data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=4)):
        tokens[place] = data.draw(st.sampled_from(NAMES))
    examine("".join(tokens))
