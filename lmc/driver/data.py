"""Reads the files of a data set."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

from lmc.diagnostics import Diagnostic, Sink
from lmc.evaluate.rows import Roles, Row, check_distinct, divide, make_rows, ranked
from lmc.ir.program import Dataset
from lmc.tables import read_table


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
    records, problems = read_table(path, dataset.base, root, dataset.span)
    rows, more = make_rows(records, shown, dataset)
    return rows, (*problems, *more)
