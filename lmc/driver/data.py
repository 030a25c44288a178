"""Reads the files of a data set."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TypeAlias

from lmc.diagnostics import Diagnostic, Failure, Sink
from lmc.evaluate.formats import Read, Records, read_csv, read_json, read_jsonl
from lmc.evaluate.problems import (
    few,
    file_missing,
    file_unreadable,
    malformed,
    no_rows,
    not_utf8,
    outside,
    parquet_missing,
    unknown_format,
)
from lmc.evaluate.rows import Roles, Row, check_distinct, divide, make_rows, ranked
from lmc.ir.program import Dataset
from lmc.source import Span

TextReader: TypeAlias = Callable[[str, str, Span | None], Read]

TEXT_READERS: dict[str, TextReader] = {".jsonl": read_jsonl, ".json": read_json, ".csv": read_csv}
"""The formats that are UTF-8 text, by the file's ending."""


def read_dataset(dataset: Dataset, root: Path, sink: Sink) -> Roles | None:
    """The rows of a data set by role, or None when there is an error; the sink has all of them. `root` is the program's
    folder: paths are relative to `dataset.base` in it, and a path that leads out of it, also through a symbolic link,
    is refused."""
    found: list[Diagnostic] = []
    tables: list[tuple[str, list[Row]]] = []
    for role, path in dataset.files:
        rows, problems = read_rows(dataset, path, root)
        tables.append((role, rows))
        found += problems
    found += check_distinct(tables, dataset)
    roles = None
    if not found:
        roles, problems = by_role(tables, dataset)
        found += problems
    for diagnostic in found:
        sink.add(diagnostic)
    return None if found else roles


def by_role(tables: list[tuple[str, list[Row]]], dataset: Dataset) -> tuple[Roles, tuple[Diagnostic, ...]]:
    """The rows of one file split, or those of a file for each role as they are."""
    if [role for role, _ in tables] == [""]:
        return divide(tables[0][1], dataset)
    return Roles(**{role: ranked(rows, dataset.seed) for role, rows in tables}), ()


def read_rows(dataset: Dataset, path: str, root: Path) -> tuple[list[Row], tuple[Diagnostic, ...]]:
    """The rows of one file, and what is wrong with it."""
    shown = os.path.normpath(PurePosixPath(dataset.base) / path).replace(os.sep, "/")
    ending = PurePosixPath(path).suffix.lower()
    try:
        file = locate(dataset, path, root)
        if ending not in (*TEXT_READERS, ".parquet"):
            return [], (unknown_format(path, dataset.span),)
        if ending == ".parquet":
            records, problems = read_parquet(file, shown, dataset.span)
        else:
            records, problems = TEXT_READERS[ending](read_text(file, shown, dataset.span), shown, dataset.span)
    except Failure as failure:
        return [], (failure.diagnostic,)
    rows, more = make_rows(records, shown, dataset)
    return rows, (*problems, *more)


def locate(dataset: Dataset, path: str, root: Path) -> Path:
    """The file in the project that a path names. Raises Failure when it leads out of the project, or is no file."""
    if "\0" in path or PurePosixPath(path).is_absolute() or PureWindowsPath(path).anchor:
        raise Failure(outside(path, dataset.span))
    try:
        file = (root / dataset.base / path).resolve()
        if not file.is_relative_to(root.resolve()):
            raise Failure(outside(path, dataset.span))
        if file.is_file():
            return file
        if file.exists():
            raise Failure(file_unreadable(path, "it is not a file", dataset.span))
        siblings = [one.name for one in file.parent.iterdir() if one.is_file()] if file.parent.is_dir() else None
    except (OSError, RuntimeError) as error:
        raise Failure(file_unreadable(path, reason(error), dataset.span)) from None
    raise Failure(file_missing(path, str(PurePosixPath(path).parent), siblings, dataset.span))


def read_text(file: Path, shown: str, at: Span | None) -> str:
    """The text of a file in UTF-8, without a byte order mark. Raises Failure."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise Failure(file_unreadable(shown, reason(error), at)) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Failure(not_utf8(shown, data.count(b"\n", 0, error.start) + 1, at)) from None


def read_parquet(file: Path, shown: str, at: Span | None) -> Read:
    """The rows of a Parquet file, numbered from 1. Raises Failure when pyarrow is missing or cannot read the file."""
    import importlib

    try:
        parquet = importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise Failure(parquet_missing(shown, at)) from None
    try:
        table = parquet.read_table(file).to_pylist()
    except (OSError, ValueError) as error:
        raise Failure(file_unreadable(shown, str(error).partition("\n")[0], at)) from None
    if not table:
        raise Failure(no_rows(shown, at))
    records: Records = []
    bad = []
    for number, values in enumerate(table, 1):
        try:
            json.dumps(values, allow_nan=False)
            records.append((number, values))
        except (TypeError, ValueError) as error:
            bad.append(malformed(f"{shown}:{number}", f"it holds what JSON cannot: {error}", at))
    return records, few(bad)


def reason(error: Exception) -> str:
    """Why the system refused, in its own words, without the path."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text[:1].lower() + text[1:]
