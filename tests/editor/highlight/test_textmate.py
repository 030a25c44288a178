"""The TextMate grammar in vscode-textmate, which is what VS Code runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lmc.diagnostics import Sink
from lmc.editor.grammars.files import VSCODE
from lmc.source import SourceFile
from lmc.syntax import parse
from tests.editor.highlight.reading import GRAMMAR, HERE, PROGRAMS, ROOT, innermost, tokens
from tests.editor.node import client, node, node_modules

QUIET = {"mark", "name", "operator", "", "embedded", "jinja"}
"""Kinds that snapshots do not show: what has no colour, and what is told by its look alone."""
ASSERTIONS = sorted((HERE / "scopes").glob("*.lmp"))


MARKDOWN = """\
# Title

```lmp given
lm small = "a/b"

module M() -> int {
  return 1
}
```

lm text

```python
lm x
```
"""


def tmgrammar_test(*files: Path) -> tuple[int, str]:
    """Runs vscode-tmgrammar-test on files with assertions."""
    grammars = [str(GRAMMAR / VSCODE / name) for name in ("lmp.tmLanguage.json",)]
    script = node_modules() / "vscode-tmgrammar-test" / "dist" / "unit.js"
    done = node(script, *(part for one in grammars for part in ("-g", one)), *map(str, files))
    return done.returncode, done.stdout + done.stderr


def test_scopes_are_those_of_the_assertions() -> None:
    code, said = tmgrammar_test(*ASSERTIONS)
    assert code == 0, said
    assert all(path.name in said for path in ASSERTIONS)


def test_an_assertion_that_does_not_hold_fails(tmp_path: Path) -> None:
    text = '# SYNTAX TEST "source.lmp" "wrong"\nlm small = "a/b"\n# <-- string.quoted.double.lmp\n'
    (tmp_path / "a.lmp").write_text(text)
    code, said = tmgrammar_test(tmp_path / "a.lmp")
    assert code != 0
    assert "string.quoted.double.lmp" in said


@pytest.mark.parametrize("path", ASSERTIONS, ids=lambda path: path.stem)
def test_assertions_are_about_texts_of_the_language(path: Path) -> None:
    sink = Sink()
    parse(SourceFile(path.name, path.read_text("utf-8")), sink)
    assert sink.diagnostics == ()


def snapshot(lines: list[list[tuple[str, list[str]]]]) -> str:
    """What is shown of a program: for each line the texts that have a kind of their own, below the kinds' names."""
    rows = []
    for line in lines:
        pieces: list[tuple[str, str]] = []
        for text, scopes in line:
            kind = innermost(scopes)
            if pieces and pieces[-1][0] == kind:
                pieces[-1] = (kind, pieces[-1][1] + text)
            else:
                pieces.append((kind, text))
        shown = [f"{kind}({text.strip()})" for kind, text in pieces if kind not in QUIET and text.strip()]
        rows.append(" ".join(shown))
    return "\n".join(rows).rstrip("\n") + "\n"


def stored(path: Path) -> Path:
    """The snapshot of a program."""
    return HERE / "snapshots" / f"{'.'.join(path.relative_to(ROOT / 'programs').with_suffix('').parts)}.txt"


def test_programs_are_shown_as_the_snapshots_have_it(update_pages: bool) -> None:
    """`--update-pages` writes the snapshots anew; read the diff."""
    programs = [path for path in PROGRAMS if path.is_relative_to(ROOT / "programs")]
    assert len(programs) > 40
    for path, lines in zip(programs, tokens([path.read_text("utf-8") for path in programs]), strict=True):
        if update_pages:
            stored(path).write_text(snapshot(lines), encoding="utf-8")
        assert stored(path).read_text("utf-8") == snapshot(lines), path
    assert {*map(stored, programs)} == {*(HERE / "snapshots").glob("*.txt")}


def test_fenced_blocks_of_markdown_are_programs(tmp_path: Path) -> None:
    """The grammar that VS Code injects into that of Markdown. Around it stands a small one, with fenced blocks of any
    language, that it must go before."""
    fence = {"begin": "^```", "end": "^```", "name": "markup.fenced_code.block.markdown"}
    host = tmp_path / "markdown.json"
    host.write_text(json.dumps({"scopeName": "text.html.markdown", "patterns": [fence]}))
    folder = GRAMMAR / VSCODE
    asked = {
        "grammars": {
            "text.html.markdown": str(host),
            "markdown.lmp.codeblock": str(folder / "lmp.markdown.tmLanguage.json"),
            "source.lmp": str(folder / "lmp.tmLanguage.json"),
        },
        "injections": {"text.html.markdown": ["markdown.lmp.codeblock"]},
        "scope": "text.html.markdown",
        "texts": [MARKDOWN],
    }
    done = node(HERE / "tokens.js", stdin=json.dumps(asked))
    assert done.returncode == 0, done.stderr
    (lines,) = json.loads(done.stdout)
    inside = dict(map(tuple, [(text, innermost(scopes)) for line in lines[3:8] for text, scopes in line]))
    assert inside["lm"] == inside["module"] == "declaration"
    assert inside["return"] == "control"
    assert all("meta.embedded.block.lmp" in scopes for line in lines[3:8] for text, scopes in line if text.strip())
    assert not any("lmp" in scope for line in lines[9:] for _, scopes in line for scope in scopes)
    assert client("node")
