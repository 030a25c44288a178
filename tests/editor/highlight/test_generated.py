"""The files that are made from the grammar are those that are checked in."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path, PurePosixPath

import pytest

from lmc.editor.grammars import __main__ as command
from lmc.editor.grammars.files import generated
from lmc.editor.grammars.kinds import KINDS
from lmc.editor.grammars.rules import Match, Region
from lmc.editor.grammars.vim import translated
from lmc.editor.grammars.words import words
from lmc.syntax import KEYWORDS
from tests.editor.highlight.reading import GRAMMAR

made = cache(generated)


def test_checked_in_files_are_those_of_the_grammar() -> None:
    for name, text in made().items():
        assert (GRAMMAR / name).read_text("utf-8") == text, f"{name}: run `python -m lmc.editor.grammars`"


def test_one_command_writes_what_is_missing_and_finds_what_was_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "generated", made)
    assert command.main([str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines() == [f"wrote {name}" for name in made()]
    assert command.main(["--check", str(tmp_path)]) == 0
    changed = tmp_path / "generated" / "keywords.json"
    changed.write_text("{}")
    assert command.main(["--check", str(tmp_path)]) == 1
    assert capsys.readouterr().out == "not fresh: generated/keywords.json\n"
    assert changed.read_text() == "{}"


def test_every_keyword_is_of_one_class_and_stands_in_the_lists() -> None:
    lists = json.loads(made()[PurePosixPath("generated/keywords.json")])
    others = ("types", "functions", "options", "pass_options")
    assert sorted(word for name, found in lists.items() if name not in others for word in found) == list(KEYWORDS)
    assert {"str", "history"} <= set(lists["types"])
    assert {"lower", "exact"} <= set(lists["functions"])
    assert {"temperature", "split"} <= set(lists["options"])
    assert words().class_of("predict") == "strategy"


def test_patterns_capture_nothing_and_kinds_are_known() -> None:
    from lmc.editor.grammars.language import rules

    for context in rules(words()).contexts.values():
        for rule in context:
            for pattern in (rule.pattern,) if isinstance(rule, Match) else (rule.begin, rule.end):
                assert re.compile(pattern).groups == 0, pattern
            assert rule.kind in KINDS
            assert not isinstance(rule, Region) or not rule.content or rule.content in KINDS


@pytest.mark.parametrize(
    ("pattern", "vim"),
    [
        (r"\b(?:a|b)\b", r"<%(a|b)>"),
        (r"(?<=\.)[A-Z]+", r"%(\.)@2<=[A-Z]+"),
        (r"(?!x)=", r"%(x)@!\="),
        (r'[^"\\\n]+', r'[^"\\]+'),
        (r"#[^\n]*", r"#.*"),
    ],
)
def test_patterns_are_translated_for_vim(pattern: str, vim: str) -> None:
    assert translated(pattern) == rf"\%#=1\v{vim}"
