"""TextMate, Vim and Pygments show every character alike, and tell keywords, strings, comments and numbers from the rest
as the compiler does."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmc.diagnostics import Sink
from lmc.editor.grammars.kinds import KINDS
from lmc.editor.grammars.words import CLASSES
from lmc.source import SourceFile
from lmc.syntax import KEYWORDS, parse
from lmc.syntax.machine import Machine
from lmc.syntax.tokens import Token
from tests.editor.highlight.reading import PROGRAMS, blocks, pygments, textmate, vim

TEXTS = tuple(dict.fromkeys([*(path.read_text("utf-8") for path in PROGRAMS), *(text for _, text in blocks())]))
KEYWORD_KINDS = {*(name for name, _ in CLASSES), "unit", "modifier", "operator_word"}
STRING_KINDS = {"string", "block", "doc", "format", "prompt", "escape"}


def different(one: list[str], two: list[str], text: str) -> list[tuple[str, str, str]]:
    """Where two readings differ: the line, and both kinds. White space looks the same in any kind."""
    assert len(one) == len(two) == len(text)
    found = []
    for offset, (left, right) in enumerate(zip(one, two, strict=True)):
        if left != right and not text[offset].isspace():
            found.append((text[: offset + 1].rpartition("\n")[2] + "<-", left, right))
    return found


def test_vim_shows_what_textmate_shows(tmp_path: Path) -> None:
    """Vim is slow: of the blocks of the reference every other one is enough."""
    texts = (*TEXTS[: len(PROGRAMS)], *TEXTS[len(PROGRAMS) :: 2])
    of_textmate = dict(zip(TEXTS, textmate(TEXTS), strict=True))
    for text, two in zip(texts, vim(texts, tmp_path), strict=True):
        one = of_textmate[text]
        assert different(one, [kind or "" for kind in two], text) == []


def test_pygments_shows_what_textmate_shows() -> None:
    for text, kinds in zip(TEXTS, textmate(TEXTS), strict=True):
        named = [KINDS[kind].token if kind else "Text" for kind in kinds]
        assert different(named, pygments(text), text) == []


def understood(text: str, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int, int]]:
    """The terminals of a text as its parser took them, with their places: there it is settled what is a name."""
    taken: list[tuple[str, int, int]] = []
    feed = Machine.feed

    def watched(self: Machine, terminal: str, token: Token) -> bool:
        taken.append((terminal, token.start, token.end))
        return feed(self, terminal, token)

    sink = Sink()
    with monkeypatch.context() as patch:
        patch.setattr(Machine, "feed", watched)
        parse(SourceFile("a.lmp", text), sink)
    return [] if sink.failed else taken


def test_words_strings_and_numbers_are_those_of_the_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    checked = 0
    for text, kinds in zip(TEXTS, textmate(TEXTS), strict=True):
        for terminal, start, end in understood(text, monkeypatch):
            word, kind = text[start:end], kinds[start]
            line = text[:end].rpartition("\n")[2]
            checked += 1
            if terminal == "NAME":
                assert kind not in KEYWORD_KINDS | {"jinja_word"}, line
            elif kind == "pass":
                assert word == "ensemble"
            elif word in KEYWORDS:
                assert kind in KEYWORD_KINDS, (line, kind)
            elif terminal in ("STRING", "FSTRING_OPEN", "FSTRING_CLOSE"):
                assert {kind, kinds[end - 1]} <= STRING_KINDS, line
            elif terminal in ("INT", "FLOAT"):
                assert set(kinds[start:end]) == {"integer" if terminal == "INT" else "float"}, line
            elif terminal == "REGEX":
                assert set(kinds[start:end]) <= {"regexp", "escape"}, line
    assert checked > 10_000


def test_comments_are_those_of_the_parser() -> None:
    for text, kinds in zip(TEXTS, textmate(TEXTS), strict=True):
        parsed = parse(SourceFile("a.lmp", text), Sink())
        wanted = {offset for one in parsed.comments for offset in range(one.span.start, one.span.end)}
        shown = {offset for offset, kind in enumerate(kinds) if kind == "comment" and not text[offset].isspace()}
        assert shown == {offset for offset in wanted if not text[offset].isspace()}
