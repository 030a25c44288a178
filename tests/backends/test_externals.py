"""What emitted code takes along: the files of functions in Python, and corpora."""

from __future__ import annotations

import importlib.util
import json
import sys
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from lmc.backends.backend import Emitting, Passages, source_path
from lmc.backends.python import Python
from lmc.diagnostics import Sink
from lmc.ir.program import Const, Extern, External, Name, Program, Retriever, Return
from lmc.ir.types import INT, STR, Field, ListType, NamedType

sys.path.append(str(Path(__file__).parent))
from constructs import module, program

FOUND = module(
    "Found",
    ListType(NamedType("Passage")),
    Return(External("docs", (("query", Name("question")), ("k", Const(1))))),
    question=STR,
)
DOCS = Retriever("docs", NamedType("Passage"), "bm25", "data/docs.jsonl")
ROWS: list[dict[str, Any]] = [{"title": "Cats", "text": "Cats purr."}, {"title": "Größe", "text": "Dogs bark."}]
CORPUS = {"docs": Passages(ROWS, ["title", "text"])}


def emit(one: Program, **more: Any) -> tuple[dict[str, bytes], Sink]:
    """The files of a program by path, and what is said."""
    sink = Sink()
    files = Python().emit(one, "sample.lmp", sink, Emitting(**more))
    return {str(path): data for path, data in files.items()}, sink


def count(name: str, file: str, base: str = ".") -> Extern:
    """A function in Python."""
    return Extern(name, file, (Field("text", STR),), INT, base=base)


def counting(*externs: Extern) -> Program:
    """A program with a module for each function."""
    modules = [
        module(f"Use{index}", INT, Return(External(one.name, (("text", Name("text")),))), text=STR)
        for index, one in enumerate(externs)
    ]
    return program(*modules, externs=externs)


def loaded(folder: Path, files: dict[str, bytes]) -> Any:
    """The emitted module, run in a folder of its own."""
    for path, data in files.items():
        (folder / PurePosixPath(path).name).write_bytes(data)
    spec = importlib.util.spec_from_file_location("sample", folder / "sample.py")
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def test_a_file_is_copied_byte_for_byte_and_once() -> None:
    code = b"# -*- coding: latin-1 -*-\ndef a(text): return 1\ndef b(text): return 2\n"
    files, sink = emit(
        counting(count("a", "lib/words.py"), count("b", "./lib/words.py")),
        sources={PurePosixPath("lib/words.py"): code},
    )
    assert sorted(files) == ["python/sample.py", "python/words.py"]
    assert files["python/words.py"] == code
    assert not sink.diagnostics


def test_files_get_out_of_each_others_way() -> None:
    """Two of one name, one that is called like the program, and one that would hide a module of Python's."""
    externs = (count("a", "x/words.py"), count("b", "y/words.py"), count("c", "sample.py"), count("d", "json.py"))
    sources = {source_path(one): one.name.encode() for one in externs}
    files, _ = emit(counting(*externs), sources=sources)
    emitted = {path.removeprefix("python/"): data for path, data in files.items() if data in sources.values()}
    assert emitted == {"words.py": b"a", "words_2.py": b"b", "sample_2.py": b"c", "json_.py": b"d"}


@pytest.mark.parametrize(
    ("file", "base", "path"),
    [
        ("a.py", ".", "a.py"),
        ("./x/../a.py", "lib", "lib/a.py"),
        ("../a.py", "lib", "a.py"),
        ("../a.py", ".", "../a.py"),
    ],
)
def test_paths_are_relative_to_the_program(file: str, base: str, path: str) -> None:
    assert str(source_path(count("a", file, base))) == path


def test_without_its_file_a_function_is_not_emitted() -> None:
    files, sink = emit(counting(count("a", "words.py")))
    assert files == {}
    assert [one.code for one in sink.diagnostics] == ["LMP0423"]


def test_functions_are_loaded_from_beside_the_module(tmp_path: Path) -> None:
    """Once, though two functions of the file are used; one of them is asynchronous."""
    code = b"N = []\ndef a(text):\n    N.append(1)\n    return len(N)\nasync def b(text):\n    return len(N)\n"
    sources = {PurePosixPath("words.py"): code}
    files, _ = emit(counting(count("a", "words.py"), count("b", "words.py")), sources=sources)
    found = loaded(tmp_path, files)
    assert (found.use0("x"), found.use0("x"), found.use1("x")) == (1, 2, 2)


def test_a_function_is_held_to_its_types(tmp_path: Path) -> None:
    files, _ = emit(
        counting(count("a", "words.py")), sources={PurePosixPath("words.py"): b"def a(text): return text\n"}
    )
    found = loaded(tmp_path, files)
    with pytest.raises(found.ToolError, match='`a` gave "x", where `int` is declared'):
        found.use0("x")
    with pytest.raises(found.ToolError, match="`a` was given 3 as `text`, where `str` is declared"):
        found.use0(3)


def test_a_retriever_is_a_parameter(tmp_path: Path) -> None:
    files, _ = emit(program(FOUND, retrievers=(DOCS,)), corpora=CORPUS)
    assert list(files) == ["python/sample.py"]
    text = files["python/sample.py"].decode()
    assert "def found(question: str, *, search_docs: Callable[[str, int], list[Passage]], lm: LM | None = None)" in text
    assert loaded(tmp_path, files).found("x", search_docs=lambda query, k: ROWS[:k]) == ROWS[:1]


def test_a_self_contained_program_searches_its_corpus(tmp_path: Path) -> None:
    files, sink = emit(program(FOUND, retrievers=(DOCS,)), corpora=CORPUS, options={"self_contained": True})
    assert sorted(files) == ["python/docs.jsonl", "python/sample.py"]
    assert [json.loads(line) for line in files["python/docs.jsonl"].decode().splitlines()] == ROWS
    text = files["python/sample.py"].decode()
    assert (
        "@cache\n"
        "def _docs_index() -> Callable[[str, int], list[dict[str, Any]]]:\n"
        '    """Searches docs.jsonl, which is read at the first call."""\n'
        '    return _bm25_retriever(_load_rows(__file__, "docs.jsonl"), ["title", "text"])\n'
    ) in text
    assert loaded(tmp_path, files).found("größe") == ROWS[1:]
    assert not sink.diagnostics


def test_without_its_corpus_a_program_is_not_self_contained() -> None:
    _, sink = emit(program(FOUND, retrievers=(DOCS,)), options={"self_contained": True})
    assert [one.code for one in sink.diagnostics] == ["LMP0424"]


def test_a_retriever_may_be_a_function(tmp_path: Path) -> None:
    extern = Extern("find", "find.py", (Field("query", STR), Field("k", INT)), ListType(NamedType("Passage")))
    own = replace(DOCS, kind="extern", function="find", file="")
    code = b"def find(query, k): return [{'title': query, 'text': str(k)}]\n"
    files, _ = emit(program(FOUND, retrievers=(own,), externs=(extern,)), sources={PurePosixPath("find.py"): code})
    assert loaded(tmp_path, files).found("x") == [{"title": "x", "text": "1"}]
