"""`.gitattributes`, as Git reads it: what is generated is marked so, and no line end changes in what is hashed."""

from __future__ import annotations

import subprocess

from tests.editor.node import ROOT, client

NAMES = ("linguist-generated", "linguist-language", "text", "eol")


def git(*arguments: str, stdin: str = "") -> str:
    done = subprocess.run([client("git"), *arguments], cwd=ROOT, input=stdin, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def attributes() -> dict[str, dict[str, str]]:
    """The attributes of every file of the repository."""
    fields = git("check-attr", "-z", "--stdin", *NAMES, stdin=git("ls-files", "-z")).split("\0")[:-1]
    found: dict[str, dict[str, str]] = {}
    for path, name, value in zip(fields[::3], fields[1::3], fields[2::3], strict=True):
        found.setdefault(path, {})[name] = value
    return found


def test_what_builds_and_generators_write_is_marked_and_nothing_else() -> None:
    written = (
        "/out/",
        ".lock.json",
        "grammar/generated/",
        "/syntaxes/",
        "vim/syntax/",
        "tree-sitter/src/parser.c",
        "tree-sitter/src/grammar.json",
        "tree-sitter/src/node-types.json",
        "tree-sitter/src/keywords.h",
        "/snapshots/",
    )
    for path, found in attributes().items():
        generated = path.startswith(("programs/", "grammar/", "tests/editor/")) and any(one in path for one in written)
        assert (found["linguist-generated"] == "set") == generated, path


def test_programs_are_texts_whose_lines_end_alike_everywhere() -> None:
    programs = {path: found for path, found in attributes().items() if path.endswith(".lmp")}
    assert len(programs) > 50
    for path, found in programs.items():
        assert (found["text"], found["eol"], found["linguist-language"]) == ("set", "lf", "HCL"), path


def test_what_is_hashed_is_left_as_it_is() -> None:
    for path, found in attributes().items():
        if path.startswith("programs/") and not path.endswith(".lmp"):
            assert found["text"] == "unset", path
