"""The inputs and outputs of a program that is to be made, as a person writes them down or as rows have them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lmc.diagnostics import Failure
from lmc.driver.project import problems
from lmc.ir.types import BOOL, FLOAT, INT, NULL, STR, Field, ListType, LiteralType, RecordType, Type, union
from lmc.syntax.tokens import RESERVED

MOST_LABELS = 24
"""A column of texts with more values than this is no column of labels."""

ROWS_EACH = 3
"""So many rows at least has a label on the mean."""

LONGEST_LABEL = 60
"""Characters."""

PLAIN = {"str": STR, "text": STR, "int": INT, "float": FLOAT, "number": FLOAT, "bool": BOOL}
"""The types that can be written by name."""

TAKEN = frozenset((*RESERVED, *PLAIN, "id", "it", "loop", "reply")) - {"text", "number"}
"""What cannot be the name of an input, or better is not."""


@dataclass(frozen=True, slots=True)
class Slot:
    """An input or output: its name in the program, its type, and the column of the data that it is."""

    name: str
    type: Type
    column: str

    @property
    def labels(self) -> tuple[str, ...]:
        """The values of a type that is a choice of texts; none of others."""
        members = getattr(self.type, "members", (self.type,))
        values = [one.value for one in members if isinstance(one, LiteralType) and isinstance(one.value, str)]
        return tuple(values) if len(values) == len(members) else ()


def slot_written(text: str, default: Type = STR) -> Slot:
    """What `name`, `name: type` or `name: label | label` means. Raises Failure (LMP0913)."""
    name, colon, written = (part.strip() for part in text.partition(":"))
    if not name or (colon and not written):
        raise Failure(problems.no_field(text))
    return Slot(identifier(name), type_written(written, text) if colon else default, name)


def type_written(written: str, whole: str) -> Type:
    """A type as it is written: a plain one by its name, or labels with `|` between them."""
    if written in PLAIN:
        return PLAIN[written]
    labels = [one.strip().strip("\"'").strip() for one in written.split("|")]
    if len(labels) < 2 or not all(labels) or len(set(labels)) < len(labels):
        raise Failure(problems.no_type_written(written, whole, tuple(PLAIN)))
    return union(*(LiteralType(one) for one in labels))


def identifier(name: str) -> str:
    """A name that can stand in a program, as like the given one as can be."""
    found = re.sub(r"[^a-z0-9]+", "_", name.casefold().encode("ascii", "ignore").decode()).strip("_") or "value"
    if found[0].isdigit():
        found = f"n{found}"
    return f"{found}_value" if found in TAKEN else found


def distinct(slots: Iterable[Slot]) -> tuple[Slot, ...]:
    """The slots, names that come twice numbered."""
    found: list[Slot] = []
    for one in slots:
        name, number = one.name, 2
        while any(name == other.name for other in found):
            name, number = f"{one.name}_{number}", number + 1
        found.append(replace(one, name=name))
    return tuple(found)


def column_type(name: str, values: Sequence[Any], cells: bool, choice: bool) -> Type:
    """The type of a column by its values; `cells`: they are all texts, of a CSV file. `choice`: it may be one of
    labels, if there are few of them. Raises Failure (LMP0304) where they are of several types."""
    if cells:
        return cell_type(values, choice)
    found = union(*dict.fromkeys(value_type(name, one) for one in values))
    members = getattr(found, "members", (found,))
    rest = [one for one in members if one != NULL]
    if set(rest) == {INT, FLOAT}:
        rest = [FLOAT]
    if len(rest) > 1 and all(isinstance(one, RecordType) for one in rest):
        rest = [common(rest)]  # type: ignore[arg-type]
    if len(rest) > 1 and all(isinstance(one, ListType) for one in rest):
        rest = [next((one for one in rest if one != ListType(NULL)), rest[0])]
    if len(rest) != 1:
        raise Failure(problems.mixed_column(name, len(rest)))
    if rest[0] == STR and choice and NULL not in members:
        return labels_of([one for one in values if isinstance(one, str)]) or STR
    return union(rest[0], NULL) if NULL in members else rest[0]


def value_type(name: str, value: Any) -> Type:
    """The type of a JSON value."""
    match value:
        case None:
            return NULL
        case bool():
            return BOOL
        case int():
            return INT
        case float():
            return FLOAT
        case str():
            return STR
        case list():
            return ListType(column_type(name, value, False, False)) if value else ListType(NULL)
        case dict():
            if any(not re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", one) or one in RESERVED for one in value):
                raise Failure(problems.odd_record(name))
            return RecordType(tuple(Field(key, value_type(name, one)) for key, one in value.items()))
    raise Failure(problems.mixed_column(name, 0))


def common(records: Sequence[RecordType]) -> Type:
    """The record that several are: a field that some lack, or have null, is optional."""
    names = list(dict.fromkeys(field.name for one in records for field in one.fields))
    fields = []
    for name in names:
        types = [next((field.type for field in one.fields if field.name == name), NULL) for one in records]
        fields.append(Field(name, union(*types)))
    return RecordType(tuple(fields))


def cell_type(cells: Sequence[str], choice: bool) -> Type:
    """The type of the cells of a CSV file; an empty one is null unless they are texts."""
    filled = [one.strip() for one in cells if one.strip()]
    kind: Type = STR
    for pattern, found in (
        (r"[-+]?\d{1,15}", INT),
        (r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", FLOAT),
        (r"(?i:true|false)", BOOL),
    ):
        if filled and all(re.fullmatch(pattern, one, re.ASCII) for one in filled):
            kind = found
            break
    if kind == STR:
        whole = choice and len(filled) == len(cells)
        return (labels_of(cells) if whole else None) or STR
    return union(kind, NULL) if len(filled) < len(cells) else kind


def labels_of(values: Collection[str]) -> Type | None:
    """The choice of the values, if they are few, short, and each comes several times."""
    labels = sorted(set(values))
    few = 2 <= len(labels) <= MOST_LABELS and len(values) >= ROWS_EACH * len(labels)
    if not few or any(len(one) > LONGEST_LABEL or not one.strip() or "\n" in one for one in labels):
        return None
    return union(*(LiteralType(one) for one in labels))
