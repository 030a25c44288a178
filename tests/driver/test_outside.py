"""What `check` says of functions, tools and corpora, without running or asking any; and of prompts in files."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmc.diagnostics import Sink
from lmc.driver.load import load
from lmc.driver.outside import check_outside

EXTERN = """\
lm small = "scripted/small"
extern python "tools.py" weigh(name: str, times: int) -> int
module Main(name: str) -> int { return weigh(name, 2) }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("")
    return tmp_path


def found(folder: Path, program: str, **files: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """The code, message and notes of what is wrong with a program."""
    (folder / "main.lmp").write_text(program)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    loaded = load(folder / "main.lmp")
    sink = Sink()
    if loaded.program is not None:
        check_outside(loaded.program, loaded.root, sink)
    every = [*loaded.sink.diagnostics, *sink.diagnostics]
    assert all(one.primary is not None for one in every)
    return [(one.code, one.message, one.notes) for one in every if one.severity == "error"]


@pytest.mark.parametrize(
    "source",
    [
        "def weigh(name, times): ...",
        "async def weigh(name: str, times: int = 2) -> int: ...",
        "def weigh(name, times, unit='g', *, exact=False): ...",
        "def weigh(name, /, times, **more): ...",
        "def weigh(name, *more): ...",
        "from elsewhere import weigh",
        "weigh = lambda name, times: 1",
        "if True:\n    def weigh(name, times): ...",
        "class weigh: ...",
    ],
)
def test_a_function_that_takes_the_parameters_is_right(folder: Path, source: str) -> None:
    assert found(folder, EXTERN, tools__py=f"raise AssertionError('it ran')\n{source}\n") == []


@pytest.mark.parametrize(
    ("source", "takes"),
    [
        ("def weigh(name): ...", "`name`"),
        ("def weigh(times, name): ...", "`times`, `name`"),
        ("def weigh(name, times, unit): ...", "`name`, `times`, `unit`"),
        ("def weigh(name, times, *, unit): ...", "`name`, `times`, `unit`"),
        ("def weigh(): ...", "none"),
    ],
)
def test_a_function_with_other_parameters_is_told(folder: Path, source: str, takes: str) -> None:
    (one,) = found(folder, EXTERN, tools__py=source)
    assert one == (
        "LMP0192",
        "`weigh` in `tools.py` takes other parameters than are declared",
        ("declared: `name`, `times`", f"in the file: {takes}"),
    )


@pytest.mark.parametrize(
    ("files", "code", "says"),
    [
        ({}, "LMP0190", "`tools.py`, the file of `weigh`, cannot be used: there is no such file"),
        ({"tools__py": "def weigh("}, "LMP0190", "it is not Python: '(' was never closed, line 1"),
        ({"tools__py": "def weight(name, times): ..."}, "LMP0191", "`tools.py` defines no function `weigh`"),
        ({"tools__py": "def other():\n    def weigh(name, times): ..."}, "LMP0191", "defines no function `weigh`"),
    ],
)
def test_a_file_that_cannot_be_right_is_told(folder: Path, files: dict[str, str], code: str, says: str) -> None:
    ((one, message, _),) = found(folder, EXTERN, **files)
    assert one == code
    assert message.endswith(says)


TOOL = """\
lm small = "scripted/small"
tool look(city: str) -> str = {target}
module Main(city: str) -> str {{ return look(city) }}
"""


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ('http "https://example.org/{city}"', None),
        ('http "post https://example.org"', None),
        ('mcp "server --stdio"', None),
        ('mcp "https://example.org/mcp"', None),
        ('http "FETCH https://example.org"', "`FETCH` is no method: write one of GET, POST, PUT, PATCH, DELETE, HEAD"),
        ('http "GET ftp://example.org"', "begins with https:// or http://"),
        ('http "GET https://{city}.example.org/"', "an argument may stand behind the host of a URL, not in it"),
        ('http "GET https://me:secret@example.org/"', "a password has no place in the URL of a tool"),
        ('http "GET https://example.org/{town}"', "the URL has a hole `{town}`, and there is no such parameter"),
        ('mcp ""', "a command, or a URL, is wanted"),
        ('mcp "server \\"open"', "is no command: no closing quotation"),
    ],
)
def test_the_address_of_a_tool_is_looked_at(folder: Path, target: str, says: str | None) -> None:
    every = found(folder, TOOL.format(target=target))
    if says is None:
        assert every == []
        return
    ((code, message, _),) = every
    assert code == "LMP0193"
    assert says in message


RETRIEVER = """\
lm small = "scripted/small"
retriever docs: {{ title: str, size: int }} = "{file}" {options}
module Main(query: str) -> int {{ return len(retrieve docs(query)) }}
"""


@pytest.mark.parametrize(
    ("text", "options", "codes"),
    [
        ('{"title": "a word", "size": 3}\n', "", []),
        (None, "", ["LMP0300"]),
        ('{"title": "a word", "size": "3"}\n', "", ["LMP0314"]),
        ('{"title": "a word"}\n', "", ["LMP0314"]),
        ('{"title": "", "size": 3}\n', "", ["LMP0321"]),
        ('{"title": "a word", "size": 3}\n', '{ fields: ["size"] }', ["LMP0320"]),
    ],
)
def test_corpora_are_read(folder: Path, text: str | None, options: str, codes: list[str]) -> None:
    files = {} if text is None else {"corpus__jsonl": text}
    every = found(folder, RETRIEVER.format(file="corpus.jsonl", options=options), **files)
    assert [code for code, _, _ in every] == codes


# Prompts in files

PROMPT = """\
lm small = "scripted/small"
signature Answer {
  in question: str
  out answer: str
  prompt { system from "FILE" user "{{ question }}" }
}
module Main(question: str) -> str {
  let a = predict Answer(question)
  return a.answer
}
"""


def test_a_prompt_may_stand_in_a_file_beside_the_one_that_names_it(folder: Path) -> None:
    (folder / "lib").mkdir()
    (folder / "lib" / "system.txt").write_bytes(b"\xef\xbb\xbfBe brief.\r\nBe kind.\n")
    (folder / "lib" / "answer.lmp").write_text(PROMPT.replace("FILE", "system.txt"))
    (folder / "main.lmp").write_text('import { Main } from "lib/answer.lmp"\n')
    loaded = load(folder / "main.lmp")
    assert loaded.program is not None, loaded.sink.diagnostics
    prompt = loaded.program.signature("Answer").prompt
    assert prompt is not None
    assert prompt[0].source == "Be brief.\nBe kind.\n"


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("none.txt", "the prompt `none.txt` cannot be read: there is no such file"),
        ("../outside.txt", "the prompt `../outside.txt` cannot be read: it is outside the project"),
        ("link.txt", "the prompt `link.txt` cannot be read: it is outside the project"),
        ("latin.txt", "the prompt `latin.txt` cannot be read: it is not UTF-8 text (byte 5)"),
        (".", "the prompt `.` cannot be read: there is no such file"),
    ],
)
def test_a_prompt_that_cannot_be_read_is_told(folder: Path, file: str, says: str) -> None:
    inner = folder / "inner"
    inner.mkdir()
    (inner / "pyproject.toml").write_text("")
    (folder / "outside.txt").write_text("secret")
    (inner / "link.txt").symlink_to(folder / "outside.txt")
    (inner / "latin.txt").write_bytes("gräßlich".encode("latin-1").replace(b"g", b"gg g"))
    every = found(inner, PROMPT.replace("FILE", file))
    assert ("LMP0407", says, ()) in every
    assert {code for code, _, _ in every} == {"LMP0407"}
