"""The passages that a retriever searches."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

from lmc.diagnostics import Diagnostic
from lmc.retrieve.problems import field_not_text, field_unknown, nothing_to_search, passage_unfit
from lmc.runtime.bm25 import passage_text, search_words
from lmc.source import Span
from lmc.tables import Json, Records, read_table
from lmc.tables.problems import few

Passage: TypeAlias = dict[str, Json]
"""A row of the corpus: every column of the corpus, null where the row has none. What a search finds is a copy."""

Fit: TypeAlias = Callable[[Passage], Passage]
"""A row as its declared type wants it. Raises ValueError, which says how it does not fit."""


@dataclass(frozen=True)
class Corpus:
    """Passages, of which the text in `fields` is searched. Never mutated."""

    rows: tuple[Passage, ...] = field(repr=False)
    fields: tuple[str, ...]

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The text of each passage that is searched."""
        return tuple(passage_text(row, self.fields) for row in self.rows)

    @cached_property
    def digest(self) -> str:
        """The SHA-256 (hex) of the texts: two corpora that share it are searched alike."""
        total = hashlib.sha256()
        for text in self.texts:
            data = text.encode("utf-8", "surrogatepass")
            total.update(len(data).to_bytes(8) + data)
        return total.hexdigest()


def read_corpus(
    name: str,
    path: str,
    root: Path,
    *,
    base: str = ".",
    fields: Sequence[str] = (),
    fit: Fit | None = None,
    at: Span | None = None,
) -> tuple[Corpus | None, tuple[Diagnostic, ...]]:
    """The corpus in a file, or None and what is wrong with it: JSONL, JSON, CSV, Parquet, or plain text with a passage
    (`{"text"}`) on each line. `name` is the retriever's; `path` is relative to the folder `base` of the project `root`;
    for the others see `make_corpus`."""
    records, problems = read_table(path, base, root, at, plain=True)
    if problems:
        return None, problems
    return make_corpus(name, records, path, fields=fields, fit=fit, at=at)


def make_corpus(
    name: str,
    records: Records,
    file: str,
    *,
    fields: Sequence[str] = (),
    fit: Fit | None = None,
    at: Span | None = None,
) -> tuple[Corpus | None, tuple[Diagnostic, ...]]:
    """The corpus of the records of `file`, or None and what is wrong with them. `fields` are searched; none: every
    column that holds text alone, but `id`. `fit` makes rows what their declared type says."""
    columns = tuple(dict.fromkeys(column for _, values in records for column in values))
    rows, unfit = fitted(name, records, columns, file, fit, at)
    if unfit:
        return None, few(unfit)
    known = tuple(rows[0]) if rows and fit else columns
    found: list[Diagnostic] = [field_unknown(name, one, known, at) for one in fields if one not in known]
    for one in fields:
        places = (f"{file}:{line}" for (line, _), row in zip(records, rows, strict=True) if not is_text(row.get(one)))
        found += [field_not_text(name, one, place, at) for place in list(places)[:1]]
    if found:
        return None, tuple(found)
    corpus = Corpus(rows, tuple(dict.fromkeys(fields)) or text_columns(rows, known))
    if not any(search_words(text) for text in corpus.texts):
        return None, (nothing_to_search(name, known, at),)
    return corpus, ()


def fitted(
    name: str, records: Records, columns: Iterable[str], file: str, fit: Fit | None, at: Span | None
) -> tuple[tuple[Passage, ...], list[Diagnostic]]:
    """Each row with every column, and what is wrong with those that do not fit."""
    rows, unfit = [], []
    for line, values in records:
        row: Passage = {column: values.get(column) for column in columns}
        try:
            rows.append(fit(row) if fit else row)
        except ValueError as error:
            unfit.append(passage_unfit(name, f"{file}:{line}", str(error), at))
    return tuple(rows), unfit


def text_columns(rows: Iterable[Mapping[str, Json]], columns: Iterable[str]) -> tuple[str, ...]:
    """The columns that hold text alone, but for nulls; not `id`, which names a passage and says nothing of it."""
    held = list(rows)
    return tuple(column for column in columns if column != "id" and all(is_text(row.get(column)) for row in held))


def is_text(value: Json) -> bool:
    """Whether a value can be searched: a string, or nothing."""
    return value is None or isinstance(value, str)


def column_schemas(rows: Sequence[Mapping[str, Json]]) -> dict[str, Json]:
    """The columns of rows, each with the narrowest JSON Schema that all its values have: one of the JSON types, with
    null where a row has none; `{}` for a mixture."""
    columns = dict.fromkeys(column for row in rows for column in row)
    return {column: schema_of([row.get(column) for row in rows]) for column in columns}


def schema_of(values: Iterable[Json]) -> Json:
    """The narrowest JSON Schema of some values."""
    kinds = {_KINDS[type(value)] for value in values}
    some = kinds - {"null"}
    if some == {"integer", "number"}:
        some = {"number"}
    if len(some) > 1:
        return {}
    member: Json = {"type": next(iter(some), "null")}
    return member if "null" not in kinds or not some else {"anyOf": [member, {"type": "null"}]}


_KINDS = {
    str: "string", bool: "boolean", int: "integer", float: "number",
    list: "array", dict: "object", type(None): "null",
}  # fmt: skip
