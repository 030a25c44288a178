"""Finds and reads a file of rows."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TypeAlias

from lmc.diagnostics import Failure
from lmc.source import Span
from lmc.tables.formats import Read, Records, read_csv, read_json, read_jsonl, read_lines
from lmc.tables.problems import (
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

TextReader: TypeAlias = Callable[[str, str, Span | None], Read]

TEXT_READERS: dict[str, TextReader] = {".jsonl": read_jsonl, ".json": read_json, ".csv": read_csv}
"""The formats that are UTF-8 text, by the file's ending."""

TEXT_ENDINGS = (*TEXT_READERS, ".txt")
"""Beside them, where rows are passages to retrieve, plain text: each line that is not blank is the `text` of a row."""


def read_table(path: str, base: str, root: Path, at: Span | None, *, plain: bool = False) -> Read:
    """The rows of a file with what is wrong with it. `root` is the program's folder, `base` the folder in it to which
    `path` is relative; a path that leads out of `root`, also through a symbolic link, is refused. `plain`: plain text
    will do. `at`: the declaration that names the file."""
    shown = os.path.normpath(PurePosixPath(base) / path).replace(os.sep, "/")
    ending = PurePosixPath(path).suffix.lower()
    try:
        file = locate(path, base, root, at)
        if ending == ".parquet":
            return read_parquet(file, shown, at)
        reader = read_lines if plain and ending == ".txt" else TEXT_READERS.get(ending)
        if reader is None:
            return [], (unknown_format(path, at, plain),)
        return reader(read_text(file, shown, at), shown, at)
    except Failure as failure:
        return [], (failure.diagnostic,)


def locate(path: str, base: str, root: Path, at: Span | None) -> Path:
    """The file in the project that a path names. Raises Failure when it leads out of the project, or is no file."""
    if "\0" in path or PurePosixPath(path).is_absolute() or PureWindowsPath(path).anchor:
        raise Failure(outside(path, at))
    try:
        file = (root / base / path).resolve()
        if not file.is_relative_to(root.resolve()):
            raise Failure(outside(path, at))
        if file.is_file():
            return file
        if file.exists():
            raise Failure(file_unreadable(path, "it is not a file", at))
        siblings = [one.name for one in file.parent.iterdir() if one.is_file()] if file.parent.is_dir() else None
    except (OSError, RuntimeError) as error:
        raise Failure(file_unreadable(path, reason(error), at)) from None
    raise Failure(file_missing(path, str(PurePosixPath(path).parent), siblings, at))


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
