"""Checks the columns that a program needs of its data; pure."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lmc.diagnostics import Diagnostic, Sink
from lmc.evaluate.problems import column_missing, column_unknown, leak, value_unfit
from lmc.evaluate.rows import ROLES, Roles, Row
from lmc.ir.program import Dataset, Json
from lmc.runtime.reply import ReplyError, Schema, closed_values, coerce, describe, is_nullable, quote, resolve
from lmc.tables.formats import load
from lmc.tables.problems import few


@dataclass(frozen=True, slots=True)
class Needs:
    """The columns that a program reads, each with its JSON schema, `{}` where any value will do: `inputs` are a
    module's parameters, `wanted` what a metric reads of the wanted row. `defs` are the named schemas."""

    inputs: Mapping[str, Schema]
    wanted: Mapping[str, Schema] = field(default_factory=dict)
    defs: Schema = field(default_factory=dict)


def check_columns(roles: Roles, dataset: Dataset, needs: Needs, sink: Sink) -> Roles | None:
    """The rows with every needed value of its type: cells of CSV files converted, columns of optional type that a row
    does not have null. None when a column is missing, a value does not fit its type, or two roles share an input; the
    sink then has the errors."""
    columns = {**needs.wanted, **needs.inputs}
    everything = list(dict.fromkeys(row for role in ROLES for row in roles.of(role)))
    found: list[Diagnostic] = []
    values: dict[Row, dict[str, Json]] = {row: {} for row in everything}
    for name, schema in columns.items():
        absent, unfit = [], []
        optional = is_nullable(resolve(schema, needs.defs))
        for row in everything:
            if name not in row.values:
                values[row][name] = None
                absent.append(row)
                continue
            try:
                values[row][name] = typed(row, name, schema, needs.defs)
            except ReplyError as problem:
                unfit.append(value_unfit(row.place, name, str(problem), dataset.span))
        if absent and not optional:
            found += missing(name, absent, everything, dataset)
        found += few(unfit)
    if not found:
        found += leaks(replace(roles, dev=()) if roles.left_out else roles, needs, dataset)
    for diagnostic in found:
        sink.add(diagnostic)
    if found:
        return None
    return Roles(*(tuple(with_values(row, values[row]) for row in roles.of(role)) for role in ROLES))


def with_values(row: Row, values: dict[str, Json]) -> Row:
    """The row with these values in place of its own, itself where they are the same."""
    own = row.values
    if all(name in own and own[name] is value for name, value in values.items()):
        return row
    return replace(row, values={**own, **values})


def missing(name: str, absent: list[Row], rows: list[Row], dataset: Dataset) -> tuple[Diagnostic, ...]:
    """What is said of a column that some rows, or all, do not have."""
    if len(absent) < len(rows):
        return few([column_missing(row.place, name, dataset.span) for row in absent])
    known = sorted({column for row in rows for column in row.values})
    return (column_unknown(dataset.name, name, known, dataset.span),)


def leaks(roles: Roles, needs: Needs, dataset: Dataset) -> tuple[Diagnostic, ...]:
    """What is said of inputs that stand in two roles."""
    if not needs.inputs:
        return ()
    seen: dict[str, tuple[str, Row]] = {}
    found = []
    for role in ROLES:
        for row in roles.of(role):
            key = json.dumps([row.values.get(name) for name in needs.inputs], sort_keys=True)
            first_role, first = seen.setdefault(key, (role, row))
            if first_role != role:
                found.append(leak(row.place, role, first.place, first_role, dataset.span))
    return few(found)


def typed(row: Row, name: str, schema: Schema, defs: Schema) -> Json:
    """The value of a column as the type has it. Raises ReplyError when the value is not of the type; a cell of a CSV
    file, when it does not stand for one."""
    return typed_value(row.values[name], schema, defs, row.file.lower().endswith(".csv"))


def typed_value(value: Json, schema: Schema, defs: Schema, cell: bool) -> Json:
    """A value of a file as the type has it; `cell`: of a CSV file, where all values are texts. Raises ReplyError."""
    if not schema or (schema.get("type") == "string" and len(schema) == 1 and isinstance(value, str)):
        return value
    if cell and isinstance(value, str):
        return from_cell(value, schema, defs)
    return strictly(value, schema, defs)


def strictly(value: Json, schema: Schema, defs: Schema) -> Json:
    """The value, when it already is of the type; optional fields that a record in it does not have are null. Raises
    ReplyError."""
    try:
        coerced = coerce(value, schema, defs)
        fits = is_same(value, coerced)
    except ReplyError:
        if isinstance(value, (dict, list)):
            raise
        fits = False
    if not fits:
        raise ReplyError(f"must be {describe(resolve(schema, defs))}, not {shown(value)}")
    return filled(value, coerced)


def filled(value: Any, coerced: Any) -> Any:
    """The value with what its coerced form has besides: absent fields that are null. Itself where nothing is."""
    if isinstance(value, dict) and isinstance(coerced, dict):
        found = {name: filled(item, coerced[name]) if name in coerced else item for name, item in value.items()}
        found |= {name: item for name, item in coerced.items() if name not in value}
        same = len(found) == len(value) and all(found[name] is item for name, item in value.items())
        return value if same else found
    if isinstance(value, list) and isinstance(coerced, list):
        items = [filled(*pair) for pair in zip(value, coerced, strict=True)]
        return value if all(one is other for one, other in zip(items, value, strict=True)) else items
    return value


def shown(value: Json) -> str:
    """The value in a message, shortened."""
    if isinstance(value, str):
        return f"the text {quote(value)}"
    return quote(json.dumps(value, ensure_ascii=False))[1:-1]


def is_same(value: Any, coerced: Any) -> bool:
    """Whether coercion changed nothing but to drop properties that the type does not know and to set absent ones to
    null."""
    if isinstance(value, dict) and isinstance(coerced, dict):
        return all(is_same(value[name], item) if name in value else item is None for name, item in coerced.items())
    if isinstance(value, list) and isinstance(coerced, list):
        return len(value) == len(coerced) and all(is_same(*pair) for pair in zip(value, coerced, strict=True))
    return type(value) is type(coerced) and bool(value == coerced)


def from_cell(text: str, schema: Schema, defs: Schema) -> Json:
    """The value that a cell of a CSV file stands for. A string is the cell as it is; a number or a whole number is
    written in digits (white space around it aside), a truth value `true` or `false` in any case, a list or record as
    JSON; an empty cell of an optional type is null. Of a union the first member that takes the cell counts, `str` last.
    Raises ReplyError."""
    schema = resolve(schema, defs)
    if "anyOf" in schema:
        return from_cell_any(text, schema, defs)
    if not schema.get("type") and not schema.keys() & {"enum", "const"}:
        return text
    if closed_values(schema) is not None or schema.get("type") == "string":
        return strictly(text, schema, defs)
    bare = text.strip()
    if schema.get("type") == "null" and not bare:
        return None
    try:
        value = number_of(bare) if _NUMBER.fullmatch(bare) else load(bare.lower() if bare.isalpha() else bare)
    except ValueError:
        raise ReplyError(f"must be {describe(schema)}, not {quote(text)}") from None
    return strictly(value, schema, defs)


_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")


def number_of(text: str) -> int | float:
    """The number that a text is; an integer where it has digits alone. Raises ValueError where it is too large to be
    one."""
    value = int(text) if text.lstrip("+-").isdigit() else float(text)
    if not math.isfinite(value):
        raise ValueError("too large")
    return value


def from_cell_any(text: str, schema: Schema, defs: Schema) -> Json:
    """The value that a cell stands for in a union."""
    if not text.strip() and is_nullable(schema):
        return None
    members = [resolve(member, defs) for member in schema["anyOf"]]
    for member in sorted(members, key=lambda one: one.get("type") == "string" and closed_values(one) is None):
        try:
            return from_cell(text, member, defs)
        except ReplyError:
            continue
    raise ReplyError(f"must be {describe({'anyOf': members})}, not {quote(text)}")
