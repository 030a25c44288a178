"""Data sets read from files: formats, mistakes, names, and roles."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from lmc.diagnostics import CODES, Diagnostic, Sink
from lmc.driver.data import read_dataset
from lmc.evaluate.rows import Roles, auto_split, check_roles, divide, make_rows
from lmc.ir.program import Dataset
from lmc.source import Span

SPAN = Span("program.lmp", 10, 20)
ALL = (("train", "rest"),)


def dataset(*files: str | tuple[str, str], **options: object) -> Dataset:
    pairs = tuple(("", one) if isinstance(one, str) else one for one in files)
    return Dataset("rows", pairs, span=SPAN, **options)  # type: ignore[arg-type]


def read(root: Path, declared: Dataset) -> tuple[Roles | None, tuple[Diagnostic, ...]]:
    sink = Sink()
    roles = read_dataset(declared, root, sink)
    assert (roles is None) == sink.failed
    for diagnostic in sink.diagnostics:
        assert diagnostic.code in CODES
        assert diagnostic.primary is not None
        assert diagnostic.primary.span == SPAN
    return roles, sink.diagnostics


def write(root: Path, name: str, text: str | bytes) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)


def values(roles: Roles | None) -> list[object]:
    assert roles is not None
    return [row.values for row in sorted(roles.train, key=lambda row: (row.line, str(row.values)))]


def lines(count: int) -> str:
    return "".join(f'{{"id": "r{number}", "text": "row {number}"}}\n' for number in range(count))


def only(found: tuple[Diagnostic, ...]) -> tuple[str, str]:
    assert len(found) == 1, found
    return found[0].code, found[0].message


# Formats


@pytest.mark.parametrize(
    ("name", "text", "at"),
    [
        ("a.jsonl", '\ufeff{"x": 1, "y": "é\u2028"}\r\n\n   \n{"x": 2, "y": "b"}', [1, 4]),
        ("a.JSONL", '{"x": 1, "y": "é\u2028"}\n{"x": 2, "y": "b"}\n', [1, 2]),
        ("a.json", '[\n  {"x": 1, "y": "é\u2028"},\n\n  {"x": 2,\n "y": "b"} ]\n', [2, 4]),
        ("a.json", '{"v": [{"data": 1}],\n"data": [{"x": 1, "y": "é\u2028"}, {"x": 2, "y": "b"}], "n": {}}', [2, 2]),
    ],
)
def test_json_rows_have_their_values_and_lines(tmp_path: Path, name: str, text: str, at: list[int]) -> None:
    write(tmp_path, name, text)
    roles, found = read(tmp_path, dataset(name, split=ALL))
    assert found == ()
    assert values(roles) == [{"x": 1, "y": "é\u2028"}, {"x": 2, "y": "b"}]
    assert sorted(row.line for row in roles.train) == at
    assert {row.file for row in roles.train} == {name}


def test_csv_cells_are_strings_and_rows_begin_where_they_begin(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", '\ufeffx, y\n1,"a ""b"",\nc"\n\n2,\n')
    roles, _ = read(tmp_path, dataset("a.csv", split=ALL))
    assert values(roles) == [{"x": "1", "y": 'a "b",\nc'}, {"x": "2", "y": ""}]
    assert sorted(row.place for row in roles.train) == ["a.csv:2", "a.csv:5"]


def test_a_long_csv_cell_is_read_and_the_limit_of_the_process_stays(tmp_path: Path) -> None:
    import csv

    before = csv.field_size_limit()
    write(tmp_path, "a.csv", f"x\n{'a' * 200_000}\n")
    roles, _ = read(tmp_path, dataset("a.csv", split=ALL))
    assert len(roles.train[0].values["x"]) == 200_000
    assert csv.field_size_limit() == before


def test_parquet_without_pyarrow_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    write(tmp_path, "a.parquet", b"PAR1")
    _, found = read(tmp_path, dataset("a.parquet"))
    assert only(found) == ("LMP0315", "reading `a.parquet` needs the package `pyarrow`, which is not installed")
    assert found[0].help == 'install it with `pip install "lmc[parquet]"`'


def test_parquet_rows_come_from_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = [{"x": 1}, {"x": b"bytes"}]
    parquet = ModuleType("pyarrow.parquet")
    parquet.read_table = lambda file: SimpleNamespace(to_pylist=lambda: table)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pyarrow", ModuleType("pyarrow"))
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", parquet)
    write(tmp_path, "a.parquet", b"PAR1")
    _, found = read(tmp_path, dataset("a.parquet", split=ALL))
    assert found[0].code == "LMP0304"
    assert "a.parquet:2" in found[0].message
    table.pop()
    roles, _ = read(tmp_path, dataset("a.parquet", split=ALL))
    assert values(roles) == [{"x": 1}]


# Mistakes


@pytest.mark.parametrize(
    ("name", "text", "code", "message"),
    [
        ("a.jsonl", '{"x": 1}\n{"x" 2}', "LMP0304", "`a.jsonl:2:6` cannot be read: expecting ':' delimiter"),
        ("a.jsonl", '{"x": NaN}', "LMP0304", "`a.jsonl:1` cannot be read: `NaN` is no JSON number"),
        ("a.jsonl", '{"x": "\\ud800"}', "LMP0304", "`a.jsonl:1` cannot be read: a `\\u` escape is half of a character"),
        ("a.jsonl", '{"x": ' + "[" * 100_000, "LMP0304", "`a.jsonl:1` cannot be read: it is nested too deeply"),
        ("a.jsonl", '[\n{"x": 1}\n]', "LMP0304", "`a.jsonl` cannot be read: it holds one JSON list"),
        ("a.jsonl", "{}\n3\n", "LMP0305", "`a.jsonl:2` is a number, where a row must be an object"),
        ("a.jsonl", "\n\n", "LMP0303", "the data file `a.jsonl` has no rows"),
        ("a.jsonl", b'{"x": 1}\n{"x": "\xff"}', "LMP0302", "`a.jsonl:2` is not UTF-8 text"),
        ("a.json", "", "LMP0303", "the data file `a.json` has no rows"),
        ("a.json", "[]", "LMP0303", "the data file `a.json` has no rows"),
        ("a.json", '[{"x": 1},\n {"x": }]', "LMP0304", "`a.json:2:8` cannot be read: expecting value"),
        ("a.json", '[{"x": 1},\n [1]]', "LMP0305", "`a.json:2` is a list, where a row must be an object"),
        ("a.csv", "x,y\n", "LMP0303", "the data file `a.csv` has no rows"),
        ("a.csv", "x,y\n1,2\n1,2,3\n", "LMP0304", "`a.csv:3` cannot be read: it has 3 cells, the header 2 columns"),
        ("a.csv", "x,x\n1,2\n", "LMP0304", "`a.csv:1` cannot be read: the header names the column `x` twice"),
        ("a.csv", "x,\n1,2\n", "LMP0304", "`a.csv:1` cannot be read: column 2 has no name"),
        ("a.csv", 'x\n1\n"2\n', "LMP0304", "`a.csv:3` cannot be read: unexpected end of data"),
        ("a.txt", "", "LMP0308", "the ending of the data file `a.txt` does not tell its format"),
        ("a.jsonl", '{"x": 1}\n{"x": 1}', "LMP0306", "the row `a.jsonl:2` repeats the row `a.jsonl:1`"),
        ("a.jsonl", '{"id": 1}\n{"id": 1, "x": 1}', "LMP0316", "the row `a.jsonl:2` has the id `1` of row `a.jsonl:1`"),
    ],
)  # fmt: skip
def test_each_mistake_has_a_code_and_a_place(
    tmp_path: Path, name: str, text: str | bytes, code: str, message: str
) -> None:
    write(tmp_path, name, text)
    _, found = read(tmp_path, dataset(name, split=ALL))
    assert only(found) == (code, message)


def test_json_that_is_neither_list_nor_data(tmp_path: Path) -> None:
    write(tmp_path, "a.json", '{"rows": []}')
    _, found = read(tmp_path, dataset("a.json"))
    assert found[0].code == "LMP0304"
    assert "under `data`" in found[0].message


def test_all_kinds_of_mistakes_at_once_but_few_of_a_kind(tmp_path: Path) -> None:
    write(tmp_path, "a.jsonl", "{bad}\n" * 9 + "1\n" * 3 + '{"x": 1}\n' * 2)
    write(tmp_path, "b.jsonl", "2\n")
    _, found = read(tmp_path, dataset(("train", "a.jsonl"), ("dev", "b.jsonl"), ("test", "c.jsonl")))
    assert [one.code for one in found] == ["LMP0304"] * 5 + ["LMP0305"] * 4 + ["LMP0300", "LMP0306"]
    assert found[4].notes == ("4 more mistakes of this kind are not shown",)


def test_rows_that_differ_only_in_id_are_duplicates(tmp_path: Path) -> None:
    write(tmp_path, "a.jsonl", '{"id": "a", "x": 1, "y": 2}\n{"y": 2, "x": 1, "id": "b"}')
    _, found = read(tmp_path, dataset("a.jsonl", split=ALL))
    assert only(found)[0] == "LMP0306"


def test_a_row_in_two_roles_is_a_leak(tmp_path: Path) -> None:
    write(tmp_path, "a.jsonl", lines(3))
    write(tmp_path, "b.jsonl", '{"text": "row 1"}')
    _, found = read(tmp_path, dataset(("train", "a.jsonl"), ("test", "b.jsonl")))
    message = "the test row `b.jsonl:1` has the same input as the train row `a.jsonl:2`"
    assert only(found) == ("LMP0307", message)


# Paths


def test_a_missing_file_suggests_one_of_its_folder(tmp_path: Path) -> None:
    write(tmp_path, "data/snips.jsonl", lines(1))
    _, found = read(tmp_path, dataset("data/snip.jsonl"))
    assert only(found) == ("LMP0300", "the data file `data/snip.jsonl` does not exist")
    assert found[0].help == "`data` has a file `snips.jsonl`"


def test_a_missing_folder_is_said_to_be_missing(tmp_path: Path) -> None:
    _, found = read(tmp_path, dataset("dta/a.jsonl"))
    assert only(found)[1] == "the data file `dta/a.jsonl` does not exist, nor does its folder `dta`"


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").mkdir()
    _, found = read(tmp_path, dataset("a.jsonl"))
    assert only(found) == ("LMP0301", "the data file `a.jsonl` cannot be read: it is not a file")


@pytest.mark.parametrize(
    "path",
    ["../a.jsonl", "lib/../../a.jsonl", "/etc/a.jsonl", "C:\\a.jsonl", "\\a.jsonl", "out.jsonl", "out/a.jsonl"],
)
def test_no_file_outside_the_project_is_read(tmp_path: Path, path: str) -> None:
    project = tmp_path / "project"
    project.mkdir()
    write(tmp_path, "a.jsonl", lines(2))
    (project / "out.jsonl").symlink_to(tmp_path / "a.jsonl")
    (project / "out").symlink_to(tmp_path)
    _, found = read(project, dataset(path))
    assert only(found)[0] == "LMP0309"


def test_paths_are_relative_to_the_declaring_file(tmp_path: Path) -> None:
    write(tmp_path, "data/a.jsonl", lines(1))
    roles, _ = read(tmp_path, dataset("../data/a.jsonl", base="lib/deep/..", split=ALL))
    assert roles.train[0].file == "data/a.jsonl"


# Columns and ids


def test_columns_rename_fields(tmp_path: Path) -> None:
    write(tmp_path, "a.jsonl", '{"a": 1, "b": 2, "c": 3, "text": 4}')
    columns = (("b", "a"), ("a", "b"), ("text", "c"), ("copy", "c"))
    roles, _ = read(tmp_path, dataset("a.jsonl", columns=columns, split=ALL))
    assert values(roles) == [{"a": 2, "b": 1, "text": 3, "copy": 3}]


def test_a_renamed_column_must_exist(tmp_path: Path) -> None:
    write(tmp_path, "a.jsonl", '{"utterance": "hi"}')
    _, found = read(tmp_path, dataset("a.jsonl", columns=(("text", "uterance"),)))
    assert only(found) == ("LMP0312", "no row of `rows` has a column `uterance`")
    assert found[0].help == "did you mean `utterance`? its columns are `utterance`"


def test_ids_come_from_the_column_or_the_content() -> None:
    records = [(1, {"id": "a"}), (2, {"id": 7}), (3, {"id": ""}), (4, {"y": 1, "x": 2}), (5, {"x": 2, "y": 1})]
    rows, _ = make_rows(records, "a.jsonl", dataset())
    assert [row.id for row in rows[:2]] == ["a", "7"]
    assert all(len(row.id) == 16 for row in rows[2:])
    assert rows[3].id == rows[4].id != rows[2].id


def test_an_id_column_that_is_renamed_away_is_no_id() -> None:
    rows, _ = make_rows([(1, {"id": "doc", "x": 1})], "a.jsonl", dataset(columns=(("document", "id"),)))
    assert rows[0].id != "doc"
    assert rows[0].values == {"document": "doc", "x": 1}


# Roles


def rows_of(count: int, start: int = 0, **options: object) -> Roles:
    declared = dataset("a.jsonl", **options)
    rows, _ = make_rows([(n + 1, {"id": f"r{n}"}) for n in range(start, start + count)], "a.jsonl", declared)
    roles, found = divide(rows, declared)
    assert found == ()
    return roles


def ids(roles: Roles) -> dict[str, set[str]]:
    return {role: {row.id for row in roles.of(role)} for role in ("train", "dev", "test")}


def sizes(roles: Roles) -> tuple[int, int, int]:
    return len(roles.train), len(roles.dev), len(roles.test)


def test_counts_are_exact_and_rest_takes_the_others() -> None:
    assert sizes(rows_of(400, split=(("train", 200), ("dev", 150), ("test", "rest")))) == (200, 150, 50)
    assert sizes(rows_of(400, split=(("test", "rest"), ("dev", 150)))) == (0, 150, 250)
    assert sizes(rows_of(400, split=(("train", 10), ("dev", 20)))) == (10, 20, 0)


def test_fractions_are_about_right_and_lose_no_row() -> None:
    train, dev, test = sizes(rows_of(2000, split=(("train", 0.4), ("dev", 0.3), ("test", 0.3))))
    assert train + dev + test == 2000
    assert abs(train - 800) < 90
    assert abs(dev - 600) < 80
    assert sizes(rows_of(100, split=(("test", 1.0),))) == (0, 0, 100)


def test_counts_and_fractions_mix() -> None:
    train, dev, test = sizes(rows_of(1000, split=(("train", 200), ("dev", 0.25), ("test", "rest"))))
    assert train == 200
    assert abs(dev - 250) < 55
    assert test == 800 - dev


def test_a_row_keeps_its_role_by_fraction_when_others_are_added() -> None:
    split = (("train", 0.4), ("dev", 0.3), ("test", "rest"))
    before, after = ids(rows_of(300, split=split)), ids(rows_of(900, split=split))
    assert all(before[role] <= after[role] for role in before)


def test_an_added_row_moves_at_most_one_over_each_boundary_and_only_onwards() -> None:
    split = (("train", 100), ("dev", 100), ("test", "rest"))
    before = ids(rows_of(300, split=split))
    for added in range(300, 330):
        declared = dataset("a.jsonl", split=split)
        numbers = [*range(300), added]
        rows, _ = make_rows([(n + 1, {"id": f"r{n}"}) for n in numbers], "a.jsonl", declared)
        after = ids(divide(rows, declared)[0])
        assert len(before["train"] - after["train"]) <= 1
        assert len(before["dev"] - after["dev"]) <= 1
        assert before["test"] <= after["test"]


def test_the_order_of_rows_is_a_shuffle_by_seed_whatever_the_file_says() -> None:
    one, other = rows_of(50, split=ALL), rows_of(50, split=ALL, seed=1)
    assert [row.id for row in one.train] != [f"r{number}" for number in range(50)]
    assert [row.id for row in one.train] != [row.id for row in other.train]
    declared = dataset("a.jsonl", split=ALL)
    backwards, _ = make_rows([(n + 1, {"id": f"r{n}"}) for n in reversed(range(50))], "a.jsonl", declared)
    assert [row.id for row in divide(backwards, declared)[0].train] == [row.id for row in one.train]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (0, (0, 0, 0)),
        (9, (9, 9, 0)),
        (10, (5, 5, 0)),
        (49, (25, 24, 0)),
        (50, (20, 30, 0)),
        (149, (59, 90, 0)),
        (150, (45, 60, 45)),
        (300, (90, 120, 90)),
        (400, (120, 160, 120)),
        (5000, (200, 300, 4500)),
    ],
)
def test_the_split_where_none_is_declared(rows: int, expected: tuple[int, int, int]) -> None:
    assert sizes(rows_of(rows)) == expected
    assert dict(auto_split(rows))


@pytest.mark.parametrize(
    ("split", "code", "message"),
    [
        ((("train", 6), ("dev", 5)), "LMP0310", "the split of `rows` asks for 11 rows, but there are only 10 for it"),
        ((("train", "rest"), ("dev", "rest")), "LMP0317", "more than one role is `rest`"),
        ((("train", 0.7), ("dev", 0.4)), "LMP0317", "the fractions sum to more than 1"),
        ((("train", -1),), "LMP0317", "`train` is -1"),
        ((("train", 1.5),), "LMP0317", "`train` is 1.5"),
        ((("val", 1),), "LMP0317", "there is no role `val`, only `train`, `dev` and `test`"),
    ],
)
def test_a_split_that_cannot_be_made(
    tmp_path: Path, split: tuple[tuple[str, float | str]], code: str, message: str
) -> None:
    write(tmp_path, "a.jsonl", lines(10))
    _, found = read(tmp_path, dataset("a.jsonl", split=split))
    assert only(found)[0] == code
    assert only(found)[1].endswith(message)


def test_a_file_for_each_role(tmp_path: Path) -> None:
    write(tmp_path, "a.jsonl", lines(4))
    write(tmp_path, "b.json", json.dumps([{"text": "other"}]))
    roles, _ = read(tmp_path, dataset(("train", "a.jsonl"), ("test", "b.json")))
    assert sizes(roles) == (4, 0, 1)


def test_a_role_that_tuning_needs_must_have_rows() -> None:
    found = check_roles(rows_of(5, split=ALL), dataset("a.jsonl"), ("train", "dev"))
    assert only(found) == ("LMP0311", "the role `dev` of `rows` has no rows, and tuning needs some")
