"""The grammar, and the table that is stored of it."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from lark.lexer import PatternStr

from lmc.diagnostics import Sink
from lmc.source import SourceFile
from lmc.syntax import KEYWORDS, grammar, parse
from lmc.syntax.tokens import DECLARATIONS, RESERVED
from lmc.syntax.transform import Transform

build = cache(grammar.build)  # the grammar is the same in all tests, and lark takes a second to understand it


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder, and no table in memory."""
    monkeypatch.setenv("LMC_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(grammar, "build", build)
    monkeypatch.setattr(grammar, "table", grammar.table.__wrapped__)
    return tmp_path / "home"


def stored(home: Path) -> Path:
    (path,) = (home / "grammar").iterdir()
    return path


def test_the_grammar_has_no_conflicts_and_no_tokens_that_collide() -> None:
    grammar.build(grammar.grammar_text(), strict=True)


def test_keywords_are_those_of_the_grammar() -> None:
    terminals = build(grammar.grammar_text()).terminals
    words = [one.pattern.value for one in terminals if isinstance(one.pattern, PatternStr)]
    assert sorted(word for word in words if word[0].isalpha()) == list(KEYWORDS)
    assert {*RESERVED, *DECLARATIONS} <= set(KEYWORDS)


def test_every_rule_has_a_method_and_every_method_a_rule() -> None:
    actions = {rule.action for rule in grammar.table().rules} - {""}
    assert actions == set(Transform(SourceFile("a.lmp", ""), Sink()).actions())


def test_the_table_is_stored_and_read_again(home: Path) -> None:
    built = grammar.table()
    text = stored(home).read_text()
    again = grammar.table()
    assert (again.states, again.rules, again.words) == (built.states, built.rules, built.words)
    assert stored(home).read_text() == text


def test_a_stored_table_needs_no_lark(home: Path) -> None:
    grammar.table()
    code = "import sys; from lmc.syntax.grammar import table; table(); print('lark' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize(
    "spoil", [lambda text: text[:1000], lambda text: text.replace("LBRACE", "LBRACK"), lambda _: ""]
)
def test_a_spoilt_table_is_built_anew(home: Path, spoil: object) -> None:
    built = grammar.table()
    whole = stored(home).read_text()
    stored(home).write_text(spoil(whole))  # type: ignore[operator]
    assert grammar.table().states == built.states
    assert stored(home).read_text() == whole


def test_a_table_of_undecodable_bytes_is_built_anew(home: Path) -> None:
    built = grammar.table()
    stored(home).write_bytes(b"\xff\xfe\x00")
    assert grammar.table().states == built.states


def test_a_home_that_cannot_be_written_does_no_harm(home: Path) -> None:
    home.write_text("a file where a folder should be")
    assert grammar.table().rules
    assert home.read_text() == "a file where a folder should be"


def test_another_grammar_has_a_table_of_its_own(home: Path) -> None:
    first, second = (grammar.stored_path(text) for text in ("start: A", "start: B"))
    assert first is not None
    assert second is not None
    assert first != second


def test_positions_are_those_of_the_source() -> None:
    text = "type A =\n  str  # a comment\n\ntype B = int\n"
    first, second = parse(SourceFile("a.lmp", text), Sink()).declarations
    assert text[first.span.start : first.span.end] == "type A =\n  str"
    assert text[second.span.start : second.span.end] == "type B = int"
