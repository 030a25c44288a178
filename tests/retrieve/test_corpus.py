"""Corpora: what files they are read from, which columns are searched, and what is said of those that cannot be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lmc.diagnostics import Diagnostic
from lmc.retrieve import Corpus, column_schemas, make_corpus, read_corpus

ROWS: list[dict[str, Any]] = [{"id": "a", "title": "Cats", "text": "purr", "year": 1}, {"id": "b", "text": "Dogs bark"}]


def wrong(found: tuple[Corpus | None, tuple[Diagnostic, ...]]) -> tuple[str, str, str | None]:
    """The only mistake: its code, message and help."""
    corpus, (problem,) = found
    assert corpus is None
    return problem.code, problem.message, problem.help


def right(found: tuple[Corpus | None, tuple[Diagnostic, ...]]) -> Corpus:
    corpus, problems = found
    assert problems == ()
    assert corpus is not None
    return corpus


def records(rows: list[dict[str, Any]]) -> list[tuple[int, dict[str, Any]]]:
    return list(enumerate(rows, 1))


FILES = {
    "c.jsonl": '{"id": "a", "text": "one"}\n{"id": "b", "text": "two"}\n',
    "c.json": '[{"id": "a", "text": "one"}, {"id": "b", "text": "two"}]',
    "c.csv": "id,text\na,one\nb,two\n",
}


@pytest.mark.parametrize("name", FILES)
def test_a_corpus_is_a_file_of_rows(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(FILES[name], encoding="utf-8")
    corpus = right(read_corpus("Wiki", name, tmp_path))
    assert corpus.rows == ({"id": "a", "text": "one"}, {"id": "b", "text": "two"})
    assert corpus.fields == ("text",)
    assert corpus.texts == ("one", "two")


def test_a_parquet_file_is_one_too(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pyarrow.table({"text": ["one", "two"], "n": [1, None]}), tmp_path / "c.parquet")
    assert right(read_corpus("Wiki", "c.parquet", tmp_path)).rows == (
        {"text": "one", "n": 1},
        {"text": "two", "n": None},
    )


def test_of_plain_text_each_line_is_a_passage(tmp_path: Path) -> None:
    (tmp_path / "c.txt").write_bytes("\ufeffone\r\n\r\n  two \n".encode())
    assert right(read_corpus("Wiki", "c.txt", tmp_path)).rows == ({"text": "one"}, {"text": "two"})


@pytest.mark.parametrize(
    ("path", "code"),
    [("c.jsonl", "LMP0300"), ("../c.jsonl", "LMP0309"), ("/c.txt", "LMP0309"), ("bad.jsonl", "LMP0304")],
)
def test_files_fail_as_those_of_data_do(path: str, code: str, tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text("{", encoding="utf-8")
    assert wrong(read_corpus("Wiki", path, tmp_path))[0] == code


def test_an_unknown_ending_names_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "c.md").write_text("one", encoding="utf-8")
    code, _, help = wrong(read_corpus("Wiki", "c.md", tmp_path))
    assert (code, help) == ("LMP0308", "name it `.jsonl`, `.json`, `.csv`, `.parquet` or `.txt`, by what it holds")


def test_every_passage_has_every_column() -> None:
    corpus = right(make_corpus("Wiki", records(ROWS), "c.jsonl"))
    assert corpus.rows[1] == {"id": "b", "title": None, "text": "Dogs bark", "year": None}


def test_all_columns_of_text_are_searched_but_the_id() -> None:
    assert right(make_corpus("Wiki", records(ROWS), "c.jsonl")).fields == ("title", "text")
    assert right(make_corpus("Wiki", records(ROWS), "c.jsonl", fields=["id"])).texts == ("a", "b")


def test_a_field_that_no_row_has() -> None:
    assert wrong(make_corpus("Wiki", records(ROWS), "c.jsonl", fields=["titel"])) == (
        "LMP0320",
        "no passage of `Wiki` has a field `titel` to search",
        "did you mean `title`? its columns are `id`, `title`, `text`, `year`",
    )


def test_a_field_that_is_no_text() -> None:
    code, message, _ = wrong(make_corpus("Wiki", records(ROWS), "c.jsonl", fields=["text", "year"]))
    assert (code, message) == ("LMP0320", "the field `year` of `Wiki` is not text in the row `c.jsonl:1`")


@pytest.mark.parametrize("rows", [[{"n": 1}], [{"text": "?!"}], [{"text": None}], [{"id": "word"}], [{}]])
def test_passages_without_words(rows: list[dict[str, Any]]) -> None:
    assert wrong(make_corpus("Wiki", records(rows), "c.jsonl"))[0] == "LMP0321"


def test_rows_are_made_to_fit_their_declared_type() -> None:
    def fit(row: dict[str, Any]) -> dict[str, Any]:
        if not row["year"]:
            raise ValueError("`year` must be a number, not null")
        return {"text": row["text"], "year": float(row["year"])}

    code, message, _ = wrong(make_corpus("Wiki", records(ROWS), "c.jsonl", fit=fit))
    assert code == "LMP0314"
    assert message == "the row `c.jsonl:2` of `Wiki` does not fit its type: `year` must be a number, not null"
    assert right(make_corpus("Wiki", records(ROWS[:1]), "c.jsonl", fit=fit)).rows == ({"text": "purr", "year": 1.0},)


def test_a_corpus_is_known_by_the_texts_that_are_searched() -> None:
    def digest(*rows: dict[str, str]) -> str:
        return Corpus(rows, ("text",)).digest

    assert digest({"text": "ab"}) == digest({"text": "ab", "id": "other"})
    assert (
        len({digest({"text": "ab"}), digest({"text": "a"}, {"text": "b"}), digest({"text": "b"}, {"text": "a"})}) == 3
    )


def test_columns_have_the_narrowest_type_of_their_values() -> None:
    rows = [
        {"s": "x", "n": 1, "m": 1, "o": None, "b": True, "l": []},
        {"s": "y", "n": 1.5, "m": "x", "o": "z", "b": False},
    ]
    text, null = {"type": "string"}, {"type": "null"}
    assert column_schemas(rows) == {
        "s": text,
        "n": {"type": "number"},
        "m": {},
        "o": {"anyOf": [text, null]},
        "b": {"type": "boolean"},
        "l": {"anyOf": [{"type": "array"}, null]},
    }
    assert json.dumps(column_schemas([{"x": None}])) == '{"x": {"type": "null"}}'
