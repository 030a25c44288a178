"""Whatever is wrong with what a user gives: a code, a place, what to do, the exit code, and nothing half-written."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.conftest import Inside, Shell, everything

SPLIT = '"numbers.jsonl" { split: { train: 16, dev: 24, test: 20 }, seed: 0 }'


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is done to the project of `tests.e2e.conftest`, and what `lmc build` must say of it: words that stand in its
    output, codes among them."""

    make: Callable[[Path], object]
    says: tuple[str, ...]
    code: int = 1


def edit(old: str, new: str, file: str = "main.lmp") -> Callable[[Path], None]:
    """Replaces a text that the file has."""

    def make(folder: Path) -> None:
        text = (folder / file).read_text()
        assert old in text
        (folder / file).write_text(text.replace(old, new))

    return make


def data(change: Callable[[str], str | bytes]) -> Callable[[Path], None]:
    """Changes the text of the data file."""

    def make(folder: Path) -> None:
        changed = change((folder / "numbers.jsonl").read_text())
        (folder / "numbers.jsonl").write_bytes(changed.encode() if isinstance(changed, str) else changed)

    return make


def two_files(folder: Path) -> None:
    """Splits the data into files that share a row."""
    edit(SPLIT, '{ train: "numbers.jsonl", dev: "dev.jsonl" }')(folder)
    (folder / "dev.jsonl").write_text((folder / "numbers.jsonl").read_text().splitlines()[3] + "\n")


def link(name: str, target: str) -> Callable[[Path], None]:
    """Puts a symbolic link in the place of a file or folder."""

    def make(folder: Path) -> None:
        (folder.parent / "secret.jsonl").write_text('{"hush": 1}\n')
        (folder.parent / "elsewhere").mkdir()
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(target)

    return make


def budget(calls: int, passes: str = "") -> Callable[[Path], None]:
    """Another budget, and passes."""
    return edit("budget 180 calls seed 0", f"budget {calls} calls seed 0 {passes}")


MISTAKES: dict[str, Mistake] = {
    "two mistakes of syntax": Mistake(
        lambda folder: (edit("in text: str", "in text str")(folder), edit("parity, got)", "parity, got")(folder)),
        ("error[LMP0001]", "main.lmp:9:11", "error[LMP0003]", "main.lmp:18:", "2 errors"),
    ),
    "a mistake of type": Mistake(
        edit("return verdict.parity", "return verdict.partiy"),
        ("error[LMP0110]", "main.lmp:15:18", "did you mean `parity`?"),
    ),
    "data missing": Mistake(lambda folder: (folder / "numbers.jsonl").unlink(), ("error[LMP0300]", "main.lmp:5:1")),
    "data empty": Mistake(data(lambda _: ""), ("error[LMP0303]", "write at least one row")),
    "data malformed": Mistake(
        data(lambda text: text + '{"id": "2", "tex\n[1]\n'),
        ("error[LMP0304]", "`numbers.jsonl:61:", "error[LMP0305]", "`numbers.jsonl:62`"),
    ),
    "data not UTF-8": Mistake(data(lambda text: text.encode() + b'{"a": "\xff"}\n'), ("error[LMP0302]", ":61`")),
    "data nested without end": Mistake(data(lambda text: text + '{"a": ' + "[" * 100_000), ("error[LMP0304]",)),
    "a row twice": Mistake(data(lambda text: text * 2), ("error[LMP0306]", "numbers.jsonl:61", "more mistakes")),
    "a row in two roles": Mistake(two_files, ("error[LMP0307]", "`dev.jsonl:1`", "`numbers.jsonl:4`")),
    "no such column": Mistake(
        data(lambda text: text.replace('"text"', '"txt"')), ("error[LMP0312]", "did you mean `txt`?")
    ),
    "a row without a column": Mistake(data(lambda text: text.replace('"text"', '"t"', 1)), ("error[LMP0313]", ":1`")),
    "an input of another type": Mistake(
        data(lambda text: text.replace('"number 11"', "11")), ("error[LMP0314]", "`text`", "`numbers.jsonl:1`")
    ),
    "a wanted value that the module cannot give": Mistake(
        data(lambda text: text.replace('"odd"', '"uneven"', 1)),
        ("error[LMP0314]", "`parity`", "must be one of even, odd"),
    ),
    "data outside the project": Mistake(
        edit('"numbers.jsonl"', '"../../etc/passwd"'), ("error[LMP0309]", "main.lmp:5:1")
    ),
    "data by an absolute path": Mistake(edit('"numbers.jsonl"', '"/etc/passwd"'), ("error[LMP0309]",)),
    "data linked from outside": Mistake(
        link("numbers.jsonl", "../secret.jsonl"), ("error[LMP0309]", "outside the project")
    ),
    "an import from outside": Mistake(
        edit("type Parity", 'import { X } from "../secret.jsonl"\ntype Parity'), ("error[LMP0103]", "main.lmp:3:19")
    ),
    "a constant metric": Mistake(
        edit("= exact(want.parity, got)", "= 1.0 if exact(want.parity, got) else 1.0"),
        ("error[LMP0165]", "main.lmp:18:"),
    ),
    "a prompt beyond the context": Mistake(
        lambda folder: (
            edit('"local/none"', '"local/none" { context: 50 }')(folder),
            edit("Is the number", "Look at it closely. " * 10 + "Is the number")(folder),
        ),
        ("error[LMP0410]", "main.lmp:14:17", "`small` holds 50", "shorten it"),
    ),
    "an unknown pass": Mistake(budget(180, "passes labelled"), ("error[LMP0143]", "did you mean `labeled`?")),
    "auto as a pass": Mistake(budget(180, "passes auto"), ("error[LMP0143]", "leave `passes` out: `auto` is what")),
    "an unknown option of a pass": Mistake(
        budget(180, "passes labeled(kk: 3)"), ("error[LMP0144]", "`kk`", "options are `k`")
    ),
    "an impossible option of a pass": Mistake(budget(180, "passes labeled(k: 0)"), ("error[LMP0144]", "main.lmp:20:")),
    "an unknown teacher": Mistake(
        edit("lm small budget", "lm small teacher big budget"), ("error[LMP0100]", "`big`", "main.lmp:20:")
    ),
    "a budget that the sealed rows would take": Mistake(
        budget(40), ("error[LMP0505]", "main.lmp:20:1", "raise the budget")
    ),
    "no budget at all": Mistake(budget(0), ("error[LMP0141]", "main.lmp:20:")),
    "output beside the project": Mistake(edit('to "out"', 'to "../out"'), ("error[LMP0141]", "main.lmp:22:1")),
    "output anywhere": Mistake(edit('to "out"', 'to "/tmp/lmc-out"'), ("error[LMP0141]", "main.lmp:22:1")),
    "output linked outside": Mistake(link("out", "../elsewhere"), ("error[LMP0511]", "main.lmp:22:1", "symbolic link")),
    "a lock that is none": Mistake(
        lambda folder: (folder / "main.lock.json").write_text("<<<<<<< HEAD\n"), ("error[LMP0500]", "delete it")
    ),
    "a lock of bytes": Mistake(lambda folder: (folder / "main.lock.json").write_bytes(b"\xff\0"), ("error[LMP0500]",)),
    "a folder as the lock": Mistake(lambda folder: (folder / "main.lock.json").mkdir(), ("error[LMP0802]",), 3),
    "a model that there is not": Mistake(
        lambda _: None, ("error[LMP0622]", "`none`", "lmc model add none FILE.gguf"), 3
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_and_nothing_is_written(inside: Inside, name: str) -> None:
    mistake = MISTAKES[name]
    mistake.make(inside.folder)
    before = everything(inside.folder.parent)
    done = inside("build", "main.lmp")
    assert done.out == ""
    for words in (*mistake.says, "  = see `lmc explain LMP"):
        assert words in done.err
    assert done.code == mistake.code
    after = everything(inside.folder.parent)
    assert {name: after[name] for name in after if not name.startswith("home/")} == before


FILES: dict[str, tuple[bytes | None, tuple[str, ...], int]] = {
    "missing": (None, ("error[LMP0811]", "there is no file `x.lmp`", "did you mean `main.lmp`?"), 2),
    "a binary file": (bytes(range(256)), ("error[LMP0812]", "not UTF-8"), 1),
    "another encoding": ("type Ä = str\n".encode("latin-1"), ("error[LMP0812]", "(byte 5)"), 1),
    "a NUL": (b"\0type A = str\n", ("error[LMP0009]", "x.lmp:1:1"), 1),
}


@pytest.mark.parametrize("command", ["check", "fmt", "ir", "run", "eval", "plan"])
@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_program(inside: Inside, name: str, command: str) -> None:
    content, says, code = FILES[name]
    if content is not None:
        (inside.folder / "x.lmp").write_bytes(content)
    done = inside(command, "x.lmp")
    assert done.code == code
    for words in says:
        assert words in done.out + done.err
    if content is not None:
        assert (inside.folder / "x.lmp").read_bytes() == content


@pytest.mark.parametrize("command", ["check", "fmt", "ir", "run", "eval", "plan", "build"])
def test_a_folder_is_no_program(inside: Inside, command: str) -> None:
    done = inside(command, ".")
    assert (done.code, done.out) == (2, "")
    assert "File '.' is a directory." in done.err


def test_an_empty_program_is_one_that_does_nothing(inside: Inside) -> None:
    (inside.folder / "x.lmp").write_bytes(b"")
    for command in ("check", "fmt", "ir", "build"):
        assert inside(command, "x.lmp").code == 0
    for command in ("run", "plan", "eval"):
        done = inside(command, "x.lmp")
        assert done.code == 2
        assert "error[LMP0905]" in done.err


INPUTS: dict[str, tuple[tuple[str, ...], bytes, tuple[str, ...]]] = {
    "missing": ((), b"", ("error[LMP0904]", "`text` is missing")),
    "misspelt": (("-i", "txt=3"), b"", ("error[LMP0904]", "`txt` is none of Main's: text")),
    "without a value": (("-i", "text"), b"", ("error[LMP0904]", "has no value")),
    "not JSON": (("--input-json", "{"), b"", ("error[LMP0904]", "is not JSON")),
    "nested without end": (("--input-json", "-"), b"[" * 100_000, ("error[LMP0904]", "is not JSON")),
    "no object": (("--input-json", "[]"), b"", ("error[LMP0904]", "is not a JSON object")),
    "of another type": (("--input-json", '{"text": [1]}'), b"", ("error[LMP0904]", "`text` must be text")),
    "half of a character": (("--input-json", '{"text": "\\ud800"}'), b"", ("error[LMP0904]", "half of a character")),
    "not UTF-8": (("-i", "text=-"), b"\xff", ("error[LMP0906]", "standard input is not UTF-8 text (byte 0)")),
    "of another module": (("--module", "Man"), b"", ("error[LMP0902]", "did you mean `Main`?")),
}


@pytest.mark.parametrize("name", INPUTS)
def test_an_input_that_does_not_fit(inside: Inside, name: str) -> None:
    args, stdin, says = INPUTS[name]
    done = inside("run", "main.lmp", *args, input=stdin)
    assert (done.code, done.out) == (2, "")
    for words in says:
        assert words in done.err


def test_standard_input_that_is_no_text_is_not_formatted(lmc: Shell) -> None:
    done = lmc("fmt", "-", input=b"type A = str # \xe9\n", PYTHONIOENCODING="utf-8:strict")
    assert (done.code, done.out) == (2, "")
    assert "error[LMP0906]" in done.err


def test_a_terminal_that_lacks_a_character_gets_its_number(lmc: Shell) -> None:
    done = lmc("fmt", "-", input="# “quoted”\n", PYTHONIOENCODING="latin-1")
    assert (done.code, done.out) == (0, "# \\u201cquoted\\u201d\n")


def test_a_home_that_is_a_file(inside: Inside) -> None:
    inside.home.write_text("mine\n")
    done = inside("build", "main.lmp")
    assert done.code == 3
    assert "error[LMP0801]" in done.err
    assert "set LMC_HOME" in done.err
    assert inside("check", "main.lmp").code == 0
    assert inside("fmt", "-", input="type A = str\n").out == "type A = str\n"
    assert inside.home.read_text() == "mine\n"


def test_every_mistake_is_json_for_programs_that_read_it(inside: Inside) -> None:
    edit("data numbers metric accuracy", "data numbers metric acuracy")(inside.folder)
    edit("in text: str", "in text str")(inside.folder)
    done = inside("check", "main.lmp", "--format", "json")
    assert done.code == 1
    assert done.err == ""
    assert [(one["code"], one["line"], one["column"]) for one in done.json] == [("LMP0001", 9, 11), ("LMP0100", 20, 37)]
    assert json.loads(inside("check", "x.lmp", "--format", "json").err)[0]["code"] == "LMP0811"
