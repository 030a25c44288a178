"""The lexer for Pygments, found as Pygments finds it: by its entry point."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from pygments.token import Error

from lmc.editor.lexer import LmpLexer
from tests.editor.highlight.reading import PROGRAMS, ROOT, blocks

ROUTER = ROOT / "programs/quickstart/router.lmp"


@pytest.fixture
def registered(tmp_path: Path) -> dict[str, str]:
    """An environment in which a package is installed that has the entry points of `pyproject.toml`."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]["pygments.lexers"]
    folder = tmp_path / "highlighting-1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: highlighting\nVersion: 1\n")
    lines = ["[pygments.lexers]", *(f"{name} = {value}" for name, value in declared.items())]
    (folder / "entry_points.txt").write_text("\n".join(lines) + "\n")
    return {**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT))), "PYTHONUTF8": "1"}


def pygmentize(environment: dict[str, str], *arguments: str, stdin: str = "") -> str:
    command = [sys.executable, "-m", "pygments", *arguments]
    done = subprocess.run(command, env=environment, input=stdin, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_lexer_is_found_by_the_name_of_the_language_and_of_a_file(registered: dict[str, str]) -> None:
    by_file = pygmentize(registered, "-f", "html", str(ROUTER))
    by_name = pygmentize(registered, "-f", "html", "-l", "lmp", stdin=ROUTER.read_text("utf-8"))
    assert by_file == by_name
    assert '<span class="kd">signature</span>' in by_file
    assert '<span class="sd">"Classify the intent of the request."</span>' in by_file
    assert pygmentize(registered, "-N", "some/program.lmp") == "lmp\n"


def texts() -> list[str]:
    return [*(path.read_text("utf-8") for path in PROGRAMS), *(text for _, text in blocks())]


def test_texts_come_out_as_they_went_in_and_programs_have_no_error() -> None:
    lexer = LmpLexer(stripnl=False, ensurenl=False)
    for text in texts():
        tokens = list(lexer.get_tokens(text))
        assert "".join(value for _, value in tokens) == text
        assert [value for kind, value in tokens if kind is Error and "error[" not in text] == []


@pytest.mark.parametrize(
    "text", ["", '"', '"""', 'f"{', 'f"""{ "', 'prompt """{{ \'', "é", "\\", "{% raw %}", "\r\n", "a\x00b"]
)
def test_any_text_comes_out_as_it_went_in(text: str) -> None:
    tokens = LmpLexer().get_tokens_unprocessed(text)
    assert "".join(value for _, _, value in tokens) == text


def test_every_prefix_of_a_program_comes_out_as_it_went_in() -> None:
    text = (ROOT / "tests/elaborate/everything.lmp").read_text("utf-8")
    for end in range(0, len(text), 37):
        assert "".join(value for _, _, value in LmpLexer().get_tokens_unprocessed(text[:end])) == text[:end]
