"""Programs of several files: names, and paths that are relative to the file that says them."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmc.diagnostics import Sink
from lmc.driver.load import load
from lmc.elaborate import lift, lower
from lmc.ir.program import Hole, Program
from lmc.source import SourceFile
from lmc.syntax import format_file, parse

LIBRARY = """type Kind = "a" | "b"
extern python "tools.py" shorten(text: str) -> str
retriever docs: { text: str } = "corpus.jsonl" { k: 2 }
data rows = "rows.jsonl" { split: { train: 1, dev: 1 } }
signature Sort { in text: str out kind: Kind prompt from "sort.txt" }
module Sorted(text: str) -> Kind { return (vote 3 predict Sort(shorten(text))).kind }
"""
MAIN = """import { Sorted, docs } from "lib/sorting.lmp"
import "lib/sorting.lmp" as lib
lm small = "local/smollm2-135m"
signature Sort = text -> kind: lib.Kind
metric right(want, got) = exact(want.kind, got)
module Main(text: str) -> lib.Kind {
  let found = retrieve docs(text)
  let a = predict Sort(found[0].text)
  return a.kind if a.kind == Sorted(text) else (predict lib.Sort(text)).kind
}
optimize Main { data lib.rows metric right }
"""


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """A program beside a folder with a library, in a project of its own."""
    files = {
        "pyproject.toml": "",
        "app/main.lmp": MAIN,
        "app/lib/sorting.lmp": LIBRARY,
        "app/lib/sort.txt": "Sort {{ text }}.",
        "app/lib/tools.py": "def shorten(text): ...\n",
        "app/lib/corpus.jsonl": '{"text": "a"}\n',
        "app/lib/rows.jsonl": '{"text": "a", "kind": "a"}\n{"text": "b", "kind": "b"}\n',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    loaded = load(tmp_path / "app" / "main.lmp", "main.lmp")
    assert loaded.program is not None, [one.message for one in loaded.sink.diagnostics]
    return loaded.program


def test_two_files_may_declare_one_name(program: Program) -> None:
    assert [one.name for one in program.signatures] == ["sorting_Sort", "Sort"]
    assert [one.name for one in program.modules] == ["Sorted_sorting_sort", "Sorted", "Main"]


def test_a_prompt_is_read_from_beside_the_file_that_names_it(program: Program) -> None:
    prompt = program.signature("sorting_Sort").prompt
    assert prompt is not None
    assert [one.source for one in prompt] == ["Sort {{ text }}."]
    assert [isinstance(one, Hole) for one in prompt[0].pieces] == [False, True, False]


def test_paths_are_relative_to_the_programs_folder(program: Program) -> None:
    assert program.externs[0].file == "lib/tools.py"
    assert program.retrievers[0].file == "lib/corpus.jsonl"
    assert program.datasets[0].files == (("", "lib/rows.jsonl"),)


def test_core_text_means_the_same_beside_the_program(program: Program) -> None:
    text = format_file(lift(program))
    assert '"lib/tools.py"' in text
    sink = Sink()
    again = lower("main", {"app/core.lmp": parse(SourceFile("core.lmp", text), sink)}, {}, sink)
    assert [one.message for one in sink.diagnostics if one.severity == "error"] == []
    assert again == program
