"""Rows of data, and how they fall into roles; pure."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lmc.diagnostics import Diagnostic
from lmc.evaluate.problems import (
    column_unknown,
    duplicate_id,
    duplicate_row,
    leak,
    role_empty,
    split_too_large,
    split_wrong,
)
from lmc.ir.program import Dataset, Json, Share
from lmc.tables import Records
from lmc.tables.problems import few

FEWEST = 10
"""Of fewer rows none can be spared to compare on alone."""

ROLES = ("train", "dev", "test")
"""What rows are for: passes learn from train, candidates are compared on dev, and test is sealed until the end."""


@dataclass(frozen=True, slots=True)
class Row:
    """One example. `id` is unique in its data set: the value of the column `id` where the row has one (a string or a
    whole number), else a hash of the row's content. `values` are by field name and never mutated. `line` counts from 1
    (a row of a Parquet file: its number)."""

    id: str
    values: Mapping[str, Json] = field(hash=False)
    line: int
    file: str

    @property
    def place(self) -> str:
        """Where it stands, `file:line`."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Roles:
    """The rows of a data set by role, each in the order of `rank`, which is a fixed shuffle. Where they are so few that
    all are train and dev rows, each is scored by a program that does not show it (leave one out)."""

    train: tuple[Row, ...] = ()
    dev: tuple[Row, ...] = ()
    test: tuple[Row, ...] = ()

    def of(self, role: str) -> tuple[Row, ...]:
        """The rows of a role by its name."""
        rows: tuple[Row, ...] = getattr(self, role)
        return rows

    @property
    def left_out(self) -> bool:
        """Whether all train rows are dev rows too."""
        return 0 < len(self.train) < FEWEST and set(self.train) <= set(self.dev)


def make_rows(records: Records, file: str, dataset: Dataset) -> tuple[list[Row], tuple[Diagnostic, ...]]:
    """Rows of records, columns renamed as the data set says. A renamed column hides another of the field's name."""
    sources = dict(dataset.columns)
    if not sources:
        return [Row(row_id(values, "id"), values, line, file) for line, values in records], ()
    known = sorted({name for _, values in records for name in values})
    unknown = [
        column_unknown(dataset.name, name, known, dataset.span) for name in sources.values() if name not in known
    ]
    id_column = sources.get("id", None if "id" in sources.values() else "id")
    rows = [Row(row_id(values, id_column), rename(values, sources), line, file) for line, values in records]
    return rows, few(unknown if records else [])


def rename(values: Mapping[str, Json], sources: Mapping[str, str]) -> dict[str, Json]:
    """The values by field name; `sources` gives the column of each renamed field."""
    moved = set(sources.values())
    kept = {name: value for name, value in values.items() if name not in moved}
    return kept | {name: values[column] for name, column in sources.items() if column in values}


def row_id(values: Mapping[str, Json], column: str | None) -> str:
    """The id of a row: that in the column, or else 16 hexadecimal digits of the hash of its content, as it is in the
    file."""
    own = values.get(column) if column else None
    if isinstance(own, (str, int)) and not isinstance(own, bool) and own != "":
        return str(own)
    return hashlib.sha256(content(values).encode()).hexdigest()[:16]


def content(values: Mapping[str, Json]) -> str:
    """A text that two rows share if they differ in nothing but the order of their columns and their ids."""
    return json.dumps({name: value for name, value in values.items() if name != "id"}, sort_keys=True)


def rank(row: Row, seed: int) -> int:
    """The place of a row in the shuffle by seed: the first 64 bits of SHA-256 of seed and id. It depends on no other
    row."""
    return int.from_bytes(hashlib.sha256(f"{seed}\n{row.id}".encode("utf-8", "surrogatepass")).digest()[:8])


def ranked(rows: Iterable[Row], seed: int) -> tuple[Row, ...]:
    """The rows in the order of the shuffle by seed."""
    return tuple(sorted(rows, key=lambda row: (rank(row, seed), row.id)))


def auto_split(rows: int) -> tuple[tuple[str, Share], ...]:
    """The split where none is declared, by the number of rows. Below 150 rows none are sealed: a score is then
    optimistic. Below 10 all are dev rows as well, each left out of the prompts that it is scored with.

    | rows | train | dev | test |
    |---|---|---|---|
    | under 10 | all | all | none |
    | 10 to 49 | 50 % | 50 % | none |
    | 50 to 149 | 40 % | 60 % | none |
    | 150 to 300 | 30 % | 40 % | 30 % |
    | over 300 | 30 %, at most 200 | 40 %, at most 300 | the others |
    """
    if rows < FEWEST:
        return (("train", "rest"),)
    if rows < 50:
        return (("train", (rows + 1) // 2), ("dev", "rest"))
    if rows < 150:
        return (("train", rows * 2 // 5), ("dev", "rest"))
    return (("train", min(rows * 3 // 10, 200)), ("dev", min(rows * 2 // 5, 300)), ("test", "rest"))


def divide(rows: Sequence[Row], dataset: Dataset) -> tuple[Roles, tuple[Diagnostic, ...]]:
    """The rows by role, as `dataset.split` says, or `auto_split` where it says nothing.

    Every row has a `rank` of its own, a point between 0 and 1. A fraction takes an interval of that length from the
    upper end, so it gets about that part of the rows, and a row's role never changes when others are added. Of the rows
    below, counts take those of lowest rank, train before dev before test: a row that is added moves at most one other
    over each boundary, and only towards the later role. `rest` takes what is left; without it, that is left out.
    """
    split = dict(dataset.split or auto_split(len(rows)))
    reason = split_mistake(split)
    if reason:
        return Roles(), (split_wrong(dataset.name, reason, dataset.span),)
    order = ranked(rows, dataset.seed)
    points = [rank(row, dataset.seed) / 2**64 for row in order]
    taken: dict[str, tuple[Row, ...]] = {}
    end = len(order)
    bound = 1.0
    for role, share in in_order(split):
        if isinstance(share, float):
            bound = bound - share if bound - share > 1e-9 else 0.0
            start = bisect_left(points, bound)
            taken[role], end = order[start:end], start
    below = order[:end]
    asked = sum(share for share in split.values() if isinstance(share, int))
    if asked > len(below):
        return Roles(), (split_too_large(dataset.name, asked, len(below), dataset.span),)
    start = 0
    for role, share in in_order(split):
        if isinstance(share, int):
            taken[role] = below[start : start + share]
            start += share
    taken |= {role: below[start:] for role, share in split.items() if share == "rest"}
    if not dataset.split and len(rows) < FEWEST:
        taken["dev"] = taken["train"]
    return Roles(**taken), ()


def in_order(split: Mapping[str, Share]) -> list[tuple[str, Share]]:
    """The parts of a split, train before dev before test, however they were written."""
    return [(role, split[role]) for role in ROLES if role in split]


def split_mistake(split: Mapping[str, Share]) -> str | None:
    """Why a split can be made of no rows at all."""
    for role, share in split.items():
        if role not in ROLES:
            return f"there is no role `{role}`, only `train`, `dev` and `test`"
        if not isinstance(share, str) and (share < 0 or (isinstance(share, float) and not share <= 1)):
            return f"`{role}` is {share}"
    if list(split.values()).count("rest") > 1:
        return "more than one role is `rest`"
    if sum(share for share in split.values() if isinstance(share, float)) > 1 + 1e-9:
        return "the fractions sum to more than 1"
    return None


def check_distinct(tables: Sequence[tuple[str, Sequence[Row]]], dataset: Dataset) -> tuple[Diagnostic, ...]:
    """What is wrong with rows that are not distinct: the same content twice in a table or in two, or the same id.
    `tables` are rows under the name of their role, or under "" before they are split."""
    contents: dict[str, tuple[str, Row]] = {}
    ids: dict[str, Row] = {}
    repeated, leaked, clashing = [], [], []
    for role, rows in tables:
        for row in rows:
            first_role, first = contents.setdefault(content(row.values), (role, row))
            if first is row:
                other = ids.setdefault(row.id, row)
                if other is not row:
                    clashing.append(duplicate_id(row.place, other.place, row.id, dataset.span))
            elif first_role == role:
                repeated.append(duplicate_row(row.place, first.place, dataset.span))
            else:
                leaked.append(leak(row.place, role, first.place, first_role, dataset.span))
    return (*few(repeated), *few(leaked), *few(clashing))


def check_roles(roles: Roles, dataset: Dataset, needed: Collection[str]) -> tuple[Diagnostic, ...]:
    """An error for each needed role (`train`, `dev`, `test`) that has no rows."""
    return tuple(
        role_empty(dataset.name, role, dataset.span) for role in ROLES if role in needed and not roles.of(role)
    )
