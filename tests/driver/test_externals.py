"""What a program calls outside: functions in Python, retrievers, the sandbox; and what of that is allowed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lmc.diagnostics import Failure
from lmc.driver.externals import open_externals
from lmc.driver.load import load
from lmc.driver.permission import Outside, is_allowed
from lmc.execute.interpreter import Interpreter, Outcome
from lmc.ir.program import Program
from lmc.lm.scripted import Scripted

HEAD = """\
lm small = "scripted/small"
signature Answer { in question: str out answer: str }
extern python "tools.py" weigh(name: str, times: int) -> list[int]
module Main(name: str) -> list[int] {
  return weigh(name, 2)
}
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes the files of a project, its program first; the program's path."""
    monkeypatch.setenv("LMC_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("LMC_ALLOW_EXTERN", raising=False)

    def go(program: str, **files: str) -> Path:
        folder = tmp_path / "project"
        folder.mkdir()
        (folder / "pyproject.toml").write_text("")
        (folder / "main.lmp").write_text(program)
        for name, text in files.items():
            (folder / name.replace("__", ".")).write_text(text)
        return folder / "main.lmp"

    return go


def program_of(path: Path) -> Program:
    loaded = load(path)
    assert loaded.program is not None, [one.message for one in loaded.sink.diagnostics]
    return loaded.program


def run(path: Path, /, allowed: bool = True, lm: Scripted | None = None, **inputs: Any) -> Outcome:
    """One run of `Main`."""
    program = program_of(path)
    externals = open_externals(program, Outside(path.parent, allowed), ["Main"])
    lms = {one.name: lm or Scripted(lambda _: "seen") for one in program.lms}
    return asyncio.run(Interpreter(program, lms, externals).run("Main", inputs))


def failed(outcome: Outcome) -> str:
    assert outcome.error is not None, outcome.value
    return outcome.error.message


def test_a_function_is_called_with_its_arguments_in_order(write: Write) -> None:
    path = write(HEAD, tools__py="def weigh(name, times):\n    return [len(name)] * times\n")
    assert run(path, name="abc").value == [3, 3]


def test_a_function_may_be_asynchronous(write: Write) -> None:
    source = "import asyncio\nasync def weigh(name, times):\n    await asyncio.sleep(0)\n    return [times]\n"
    assert run(write(HEAD, tools__py=source), name="abc").value == [2]


def test_nothing_of_the_file_runs_unless_it_is_allowed(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    source = "open('ran', 'w').close()\ndef weigh(name, times):\n    return []\n"
    path = write(HEAD, tools__py=source)
    monkeypatch.chdir(path.parent)
    with pytest.raises(Failure) as failure:
        run(path, allowed=False, name="abc")
    found = failure.value.diagnostic
    assert found.code == "LMP0712"
    assert found.message == "`weigh` would run the Python file `tools.py` on this machine, which is not allowed"
    assert "--allow-extern" in str(found.help)
    assert not (path.parent / "ran").exists()
    assert run(path, name="abc").value == []
    assert (path.parent / "ran").exists()


def test_a_program_that_does_not_come_to_its_function_needs_no_leave(write: Write) -> None:
    path = write(HEAD.replace("return weigh(name, 2)", "return [1]"), tools__py="")
    assert run(path, allowed=False, name="abc").value == [1]


@pytest.mark.parametrize(
    ("value", "allowed"), [("1", True), ("yes", True), ("0", False), ("false", False), ("", False)]
)
def test_the_environment_may_allow_it(monkeypatch: pytest.MonkeyPatch, value: str, allowed: bool) -> None:
    monkeypatch.setenv("LMC_ALLOW_EXTERN", value)
    assert is_allowed(False) is allowed
    assert is_allowed(True)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("return 'three'", '`weigh` failed: `weigh` gave "three", where `list[int]` is declared'),
        ("return [1, 'two']", '`weigh` failed: `weigh` gave [1, "two"], where `list[int]` is declared'),
        ("return (1, 2)", "`weigh` failed: `weigh` gave a tuple, where `list[int]` is declared"),
        ("return {1}", "`weigh` failed: `weigh` gave a value of type set, where `list[int]` is declared"),
        ("return None", "`weigh` failed: `weigh` gave null, where `list[int]` is declared"),
        ("return [True]", "`weigh` failed: `weigh` gave [true], where `list[int]` is declared"),
        ("raise ValueError('no scales')", "`weigh` failed: ValueError: no scales"),
        ("raise SystemExit(3)", "`weigh` failed: RuntimeError: it ended with SystemExit(3)"),
    ],
)
def test_a_function_that_fails_fails_the_run_in_its_own_words(write: Write, body: str, says: str) -> None:
    outcome = run(write(HEAD, tools__py=f"def weigh(name, times):\n    {body}\n"), name="abc")
    assert failed(outcome) == says
    assert outcome.error is not None
    assert outcome.error.notes == (("raised at tools.py:2",) if "raise" in body else ())
    assert outcome.error.primary is not None


def test_a_program_may_go_on_without_a_function_that_fails(write: Write) -> None:
    program = HEAD.replace("return weigh(name, 2)", "return try weigh(name, 2) else [len(error)]")
    path = write(program, tools__py="def weigh(name, times):\n    return 1 / 0\n")
    assert run(path, name="abc").value == [len("ZeroDivisionError: division by zero")]


def test_a_function_cannot_change_what_the_program_holds(write: Write) -> None:
    program = """\
lm small = "scripted/small"
extern python "tools.py" spoil(items: list[str]) -> int
module Main(name: str) -> list[str] {
  let items = [name]
  let n = spoil(items)
  return items
}
"""
    path = write(program, tools__py="def spoil(items):\n    items.clear()\n    return 0\n")
    assert run(path, name="abc").value == ["abc"]


@pytest.mark.parametrize(
    ("source", "code", "says"),
    [
        ("import nowhere_at_all\ndef weigh(name, times): ...\n", "LMP0713", "No module named 'nowhere_at_all'"),
        ("1 / 0\n", "LMP0713", "ZeroDivisionError: division by zero"),
        ("def weigh(name, times:\n", "LMP0713", "SyntaxError"),
        ("def other(): ...\n", "LMP0191", "`tools.py` defines no function `weigh`"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_before_anything_is_asked(
    write: Write, source: str, code: str, says: str
) -> None:
    with pytest.raises(Failure, match=says.replace("(", r"\(")) as failure:
        run(write(HEAD, tools__py=source), name="abc")
    assert failure.value.diagnostic.code == code


def test_a_file_outside_the_project_is_refused(write: Write, tmp_path: Path) -> None:
    (tmp_path / "tools.py").write_text("raise AssertionError('it ran')\n")
    path = write(HEAD.replace('"tools.py"', '"../tools.py"'))
    with pytest.raises(Failure, match="it is outside the project") as failure:
        run(path, name="abc")
    assert failure.value.diagnostic.code == "LMP0190"


def test_a_link_out_of_the_project_is_refused(write: Write, tmp_path: Path) -> None:
    (tmp_path / "tools.py").write_text("raise AssertionError('it ran')\n")
    path = write(HEAD)
    (path.parent / "tools.py").symlink_to(tmp_path / "tools.py")
    with pytest.raises(Failure, match="it is outside the project"):
        run(path, name="abc")


# Retrievers

SEARCH = """\
lm small = "scripted/small"
retriever docs: {{ title: str, size: int? }} = {source} {options}
module Main(query: str) -> list[str] {{
  let found = retrieve docs(query, 2)
  return [f"{{one.title}} {{one.size}}" for one in found]
}}
"""

CORPUS = '{"title": "red apples", "size": 3, "more": 1}\n{"title": "green pears"}\n{"title": "green apples"}\n'


def search(source: str, options: str = '{ by: "bm25", fields: ["title"] }') -> str:
    return SEARCH.format(source=source, options=options)


def test_a_corpus_is_searched_and_its_rows_are_as_declared(write: Write) -> None:
    path = write(search('"corpus.jsonl"'), corpus__jsonl=CORPUS)
    assert run(path, allowed=False, query="red apples").value == ["red apples 3", "green apples null"]


def test_cells_of_a_csv_corpus_are_of_the_declared_types(write: Write) -> None:
    path = write(search('"corpus.csv"'), corpus__csv="title,size\nred apples,3\ngreen pears,\n")
    assert run(path, allowed=False, query="red green").value == ["red apples 3", "green pears null"]


def test_a_function_may_be_the_retriever(write: Write) -> None:
    extern = 'extern python "find.py" find(query: str, k: int) -> list[{ title: str, size: int? }]\n'
    source = "def find(query, k):\n    return [{'title': query, 'size': k}] * 3\n"
    path = write(extern + search("find", ""), find__py=source)
    assert run(path, query="pears").value == ["pears 2", "pears 2"]
    with pytest.raises(Failure) as failure:
        run(path, allowed=False, query="pears")
    assert failure.value.diagnostic.code == "LMP0712"


@pytest.mark.parametrize(
    ("gives", "says"),
    [
        ("[{'title': 5}]", "`docs` failed: `docs` gave a passage 1 that is not of its type"),
        ("'text'", "the retriever `docs` gave a value of type str, where a list of passages is wanted"),
        ("1 / 0", "the retriever `docs` raised ZeroDivisionError: division by zero"),
    ],
)
def test_a_function_that_retrieves_wrongly_fails_the_run(write: Write, gives: str, says: str) -> None:
    extern = 'extern python "find.py" find(query: str, k: int) -> list[{ title: str, size: int? }]\n'
    path = write(extern + search("find", ""), find__py=f"def find(query, k):\n    return {gives}\n")
    assert failed(run(path, query="pears")).startswith(says)


def test_a_corpus_is_read_when_it_is_first_searched(write: Write) -> None:
    path = write(search('"corpus.jsonl"'), corpus__jsonl="no JSON\n")
    program = program_of(path)
    externals = open_externals(program, Outside(path.parent), ["Main"])
    assert sorted(externals) == ["docs", "run_code"]
    outcome = asyncio.run(Interpreter(program, {}, externals).run("Main", {"query": "x"}))
    assert outcome.error is not None
    assert outcome.error.code == "LMP0304"


# Tools and the sandbox


def test_a_server_that_would_be_started_here_must_be_allowed(write: Write) -> None:
    program = """\
lm small = "scripted/small"
tool files(path: str) -> str = mcp "some-server --root /"
module Main(path: str) -> str { return files(path) }
"""
    with pytest.raises(Failure, match="`files` would start `some-server --root /` on this machine") as failure:
        run(write(program), allowed=False, path=".")
    assert failure.value.diagnostic.code == "LMP0712"


def test_what_an_http_tool_answers_is_held_to_its_type(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def call_http(spec: dict[str, Any], arguments: dict[str, Any]) -> Any:
        asked.append((spec["url"], arguments))
        return {"temp": arguments["city"]}

    monkeypatch.setattr("lmc.runtime.tool.call_http", call_http)
    program = """\
lm small = "scripted/small"
tool weather(city: str) -> { temp: float } = http "GET https://example.org/{city}"
module Main(city: str) -> float { return weather(city).temp }
"""
    outcome = run(write(program), allowed=False, city="Oslo")
    assert asked == [("https://example.org/{city}", {"city": "Oslo"})]
    assert failed(outcome) == '`weather` failed: `weather` gave {"temp": "Oslo"}, where `{ temp: float }` is declared'


def test_code_runs_in_the_sandbox(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[str] = []

    def run_code(code: str) -> dict[str, Any]:
        given.append(code)
        return {"output": "7", "error": None}

    monkeypatch.setattr("lmc.runtime.sandbox.run_code", run_code)
    program = """\
lm small = "scripted/small"
module Main(code: str) -> str { return run_code(code).output }
"""
    assert run(write(program), allowed=False, code="print(7)").value == "7"
    assert given == ["print(7)"]


def test_rows_stay_json(write: Write) -> None:
    outcome = run(write(HEAD, tools__py="def weigh(name, times):\n    return list(range(times))\n"), name="abc")
    assert json.dumps(outcome.value) == "[0, 1]"
