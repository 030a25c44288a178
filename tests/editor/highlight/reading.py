"""One text as each tool reads it: for each character, the kind that it is shown as."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from lmc.editor.grammars.files import VSCODE
from lmc.editor.grammars.kinds import KINDS
from lmc.editor.grammars.vim import camel
from tests.editor.node import ROOT, client, node

GRAMMAR = ROOT / "grammar"
HERE = Path(__file__).parent
PROGRAMS = [
    *sorted(ROOT.glob("programs/*/*.lmp")),
    *sorted(ROOT.glob("programs/*/*/*.lmp")),
    *sorted(ROOT.glob("tests/differential/programs/*.lmp")),
    *(ROOT / "tests" / name for name in ("elaborate/everything.lmp", "passes/identity.lmp")),
]
KIND_OF_SCOPE = {f"{kind.scope}.lmp": name for name, kind in KINDS.items()}
KIND_OF_GROUP = {camel(name): name for name in KINDS}

Kinds = list[str]
"""The kind of each character of a text, `""` where it has none."""


def blocks() -> Iterator[tuple[str, str]]:
    """All programs on the pages of the language reference, each with its page."""
    for page in sorted((ROOT / "tests/language").glob("*.md")):
        for found in re.finditer(r"^```(?:lmp[^\n]*|formatted|core)\n(.*?)^```", page.read_text("utf-8"), re.M | re.S):
            yield page.stem, found[1]


@cache
def textmate(texts: tuple[str, ...]) -> list[Kinds]:
    """The kinds by vscode-textmate: the innermost scope counts."""
    return [
        [kind for line in lines for text, scopes in [*line, ["\n", []]] for kind in [innermost(scopes)] * len(text)][
            :-1
        ]
        for lines in tokens(texts)
    ]


def tokens(texts: Sequence[str]) -> list[list[list[tuple[str, list[str]]]]]:
    """The lines of each text, and their tokens with their scopes."""
    asked = {
        "grammars": {"source.lmp": str(GRAMMAR / VSCODE / "lmp.tmLanguage.json")},
        "scope": "source.lmp",
        "texts": texts,
    }
    done = node(HERE / "tokens.js", stdin=json.dumps(asked))
    assert done.returncode == 0, done.stderr
    found: list[list[list[tuple[str, list[str]]]]] = json.loads(done.stdout)
    return found


def innermost(scopes: list[str]) -> str:
    """The kind of the last scope that is one. A string's quotes are of the string."""
    for scope in reversed(scopes):
        plain = re.sub(r"\.(begin|end)\.lmp$", ".lmp", scope)
        if plain in KIND_OF_SCOPE:
            return KIND_OF_SCOPE[plain]
    return ""


@cache
def vim(texts: tuple[str, ...], folder: Path) -> list[Kinds]:
    """The kinds by headless Vim: the group of each character, and what it is linked to."""
    names = []
    for number, text in enumerate(texts):
        (folder / f"{number}.lmp").write_text(text, encoding="utf-8")
        names.append(str(folder / f"{number}.lmp"))
    run_vim(f"source {HERE / 'groups.vim'}", *names)
    found = []
    for name, text in zip(names, texts, strict=True):
        lines = text.removesuffix("\n").split("\n")
        rows = json.loads(Path(f"{name}.groups").read_text("utf-8"))
        kinds = [kind for line, row in zip(lines, rows, strict=True) for kind in [*of_characters(line, row), ""]]
        found.append(kinds if text.endswith("\n") else kinds[:-1])
    return found


def of_characters(line: str, groups: list[str]) -> Kinds:
    """The kinds of the characters of a line, from the groups of its bytes."""
    offset, kinds = 0, []
    for char in line:
        kinds.append(KIND_OF_GROUP.get(groups[offset], ""))
        offset += len(char.encode())
    return kinds


def run_vim(command: str, *files: str) -> subprocess.CompletedProcess[str]:
    """Runs Vim without a screen and without anybody's settings, with the plugin folder of the repository."""
    setup = [
        f"set nocompatible encoding=utf-8 runtimepath^={GRAMMAR / 'vim'}",
        "filetype plugin indent on",
        "syntax on",
    ]
    options = [part for one in setup for part in ("--cmd", one)]
    done = subprocess.run(
        [
            client("vim"),
            "-N",
            "-u",
            "NONE",
            "-i",
            "NONE",
            "-n",
            "-es",
            *options,
            *files,
            "-c",
            command,
            "-c",
            'call writefile([v:errmsg], "/dev/stderr")',
            "-c",
            "qa!",
        ],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def pygments(text: str) -> list[str]:
    """The token type of each character, as Pygments cuts the text."""
    from lmc.editor.lexer import LmpLexer

    found: list[str] = []
    for _, kind, value in LmpLexer().get_tokens_unprocessed(text):
        found += [str(kind).removeprefix("Token.")] * len(value)
    return found
