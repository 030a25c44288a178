"""The plugin folder for Vim, in headless Vim."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from lmc.cli.main import main
from lmc.diagnostics import Sink
from lmc.source import SourceFile
from lmc.syntax import format_file, parse
from tests.editor.highlight.reading import HERE, KIND_OF_GROUP, PROGRAMS, ROOT, blocks, of_characters, run_vim

EACH = "for name in argv() | execute 'edit' fnameescape(name) | execute '{}' | silent write | endfor"


def asked(path: Path, *expressions: str) -> list[str]:
    """What expressions of Vim are, in the buffer of a file."""
    out = path.with_suffix(".out")
    run_vim(f"call writefile([json_encode([{', '.join(expressions)}])], '{out}')", str(path))
    found: list[str] = json.loads(out.read_text("utf-8"))
    return found


def test_a_file_is_known_by_its_name_and_is_set_up(tmp_path: Path) -> None:
    path = tmp_path / "a.lmp"
    path.write_text("lm a = 'x'\n")
    options = ("&filetype", "b:current_syntax", "&commentstring", "&shiftwidth", "&expandtab", "&indentexpr")
    assert asked(path, *options) == ["lmp", "lmp", "# %s", 2, 1, "GetLmpIndent()"]


def test_groups_are_those_of_the_assertions(tmp_path: Path) -> None:
    """`# ^^ group` below a line of `groups.lmp`: what is above the arrows is of the group."""
    text = (HERE / "groups.lmp").read_text("utf-8")
    (tmp_path / "a.lmp").write_text(text)
    run_vim(f"source {HERE / 'groups.vim'}", str(tmp_path / "a.lmp"))
    lines, checked = text.splitlines(), 0
    rows = json.loads((tmp_path / "a.lmp.groups").read_text("utf-8"))
    above = 0
    for number, line in enumerate(lines):
        found = re.match(r"#\s*(\^+) (\w+)$", line)
        if not found:
            above = number
            continue
        start, end = found.span(1)
        assert set(of_characters(lines[above], rows[above])[start:end]) == {KIND_OF_GROUP[found[2]]}, (
            lines[above],
            line,
        )
        checked += 1
    assert checked > 20


def formatted() -> list[str]:
    """All programs as `lmc fmt` writes them, and some of the blocks of the reference: every third."""
    found: dict[str, None] = {}
    for text in [*(path.read_text("utf-8") for path in PROGRAMS), *[text for _, text in blocks()][::3]]:
        sink = Sink()
        tree = parse(SourceFile("a.lmp", text), sink)
        if not sink.failed:
            found[format_file(tree)] = None
    return [text for text in found if text.strip()]


def test_indenting_a_formatted_program_leaves_it_as_it_is(tmp_path: Path) -> None:
    texts = formatted()
    paths = [tmp_path / f"{number}.lmp" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, encoding="utf-8")
    run_vim(EACH.format("silent normal! gg=G"), *map(str, paths))
    assert [text for path, text in zip(paths, texts, strict=True) if path.read_text("utf-8") != text] == []


def test_indenting_a_program_without_indentation_gives_it(tmp_path: Path) -> None:
    wanted = (ROOT / "programs/multihop/multihop.lmp").read_text("utf-8")
    path = tmp_path / "a.lmp"
    path.write_text("".join(f"{line.lstrip()}\n" for line in wanted.splitlines()))
    run_vim(EACH.format("silent normal! gg=G"), str(path))
    assert path.read_text("utf-8") == wanted


def test_make_fills_the_list_of_errors(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.lmp"
    path.write_text('lm a = "x"\n\nsignature S {\n  in text: Missing\n  out b: str\n}\n')
    with pytest.raises(SystemExit):
        main(["check", "--format", "concise", str(path)])
    concise = capfd.readouterr().out
    (tmp_path / "found").write_text(concise + "something else\n")
    lists = "map(getqflist(), '[bufname(v:val.bufnr), v:val.lnum, v:val.col, v:val.type, v:val.text]')"
    found = tmp_path / "list.json"
    run_vim(
        f"compiler lmc | cgetfile {tmp_path / 'found'} | call writefile([json_encode({lists})], '{found}')", str(path)
    )
    rows = [
        [Path(row[0]).name, *row[1:3], row[3].lower(), row[4].strip()]
        for row in json.loads(found.read_text())
        if row[1]
    ]
    lines = [re.fullmatch(r".*?:(\d+):(\d+): (\w)\w+\[\w+\]: (.*)", line) for line in concise.splitlines()]
    assert len(rows) == len([*filter(None, lines)]) >= 2
    for row, line in zip(rows, filter(None, lines), strict=True):
        assert row == ["a.lmp", int(line[1]), int(line[2]), line[3], line[4]]
