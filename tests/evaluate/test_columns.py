"""The columns that a program needs: they exist, they fit, and no input stands in two roles."""

from __future__ import annotations

from typing import Any

import pytest

from lmc.diagnostics import CODES, Sink
from lmc.evaluate.columns import Needs, check_columns, from_cell
from lmc.evaluate.rows import Roles, Row
from lmc.ir.program import Dataset
from lmc.runtime.reply import ReplyError

DATA = Dataset("requests", ())
TEXT = {"type": "string"}
COUNT = {"type": "integer"}
MAYBE_COUNT = {"anyOf": [COUNT, {"type": "null"}]}
INTENT = {"type": "string", "enum": ["Play", "Stop"]}
DEFS = {"Slot": {"type": "object", "properties": {"name": TEXT, "size": MAYBE_COUNT}, "required": ["name"]}}
SLOT = {"$ref": "#/$defs/Slot"}


def roles(*train: dict[str, Any], test: tuple[dict[str, Any], ...] = (), file: str = "a.jsonl") -> Roles:
    def rows(role: str, items: tuple[dict[str, Any], ...]) -> tuple[Row, ...]:
        return tuple(Row(f"{role}{number}", values, number, file) for number, values in enumerate(items, 1))

    return Roles(train=rows("train", train), test=rows("test", test))


def check(given: Roles, needs: Needs) -> tuple[Roles | None, list[tuple[str, str]]]:
    sink = Sink()
    result = check_columns(given, DATA, needs, sink)
    assert (result is None) == sink.failed
    assert all(one.code in CODES for one in sink.diagnostics)
    return result, [(one.code, one.message) for one in sink.diagnostics]


def test_rows_that_fit_are_the_same_rows() -> None:
    given = roles({"text": "hi", "n": 1, "more": None})
    result, found = check(given, Needs({"text": TEXT, "n": COUNT}, {"more": {}}))
    assert found == []
    assert result is not None
    assert result.train[0] is given.train[0]


@pytest.mark.parametrize(
    ("value", "schema", "reason"),
    [
        (5, TEXT, "must be text, not 5"),
        ("5", COUNT, 'must be a whole number, not the text "5"'),
        (5.0, COUNT, "must be a whole number, not 5.0"),
        (True, COUNT, "must be a whole number, not true"),
        (None, TEXT, "must be text, not null"),
        ("play", INTENT, 'must be one of Play, Stop, not the text "play"'),
        ("Pause", INTENT, 'must be one of Play, Stop, not the text "Pause"'),
        ("a, b", {"type": "array", "items": TEXT}, 'must be a JSON list, not the text "a, b"'),
        (["a", 1], {"type": "array", "items": TEXT}, 'must be a JSON list, not ["a", 1]'),
        ({"size": 1}, SLOT, "`name` is missing"),
        ({"name": "n", "size": "3"}, SLOT, 'must be a JSON object, not {"name": "n", "size": "3"}'),
        (7, {"type": "integer", "maximum": 5}, "must be a whole number at most 5, not 7"),
    ],
)
def test_a_value_of_another_type_is_refused_not_repaired(value: object, schema: dict[str, Any], reason: str) -> None:
    _, found = check(roles({"x": 1}, {"x": value}), Needs({"x": schema}, defs=DEFS))
    place = [message for _, message in found if "a.jsonl:2" in message]
    assert place == [f"the column `x` of the row `a.jsonl:2` {reason}"]


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        (5, {"type": "number"}),
        (5.5, {"type": "number"}),
        ("Stop", INTENT),
        (None, MAYBE_COUNT),
        ({"name": "n", "size": None, "extra": [1]}, SLOT),
        (["a"], {"type": "array", "items": TEXT}),
        ("5", {"anyOf": [COUNT, TEXT]}),
        ({"any": [1]}, {}),
    ],
)
def test_values_that_fit(value: object, schema: dict[str, Any]) -> None:
    result, found = check(roles({"x": value}), Needs({"x": schema}, defs=DEFS))
    assert found == []
    assert result is not None
    assert result.train[0].values["x"] == value


def test_optional_fields_that_a_record_in_a_row_lacks_are_null() -> None:
    value = [{"name": "n", "extra": [1]}, {"name": "m", "size": 3}]
    result, found = check(roles({"x": value}), Needs({"x": {"type": "array", "items": SLOT}}, defs=DEFS))
    assert found == []
    assert result is not None
    assert result.train[0].values["x"] == [{"name": "n", "extra": [1], "size": None}, {"name": "m", "size": 3}]


def test_a_column_that_no_row_has() -> None:
    _, found = check(roles({"txt": "hi"}, {"txt": "ho"}), Needs({"text": TEXT}, {"intent": {}}))
    assert found == [
        ("LMP0312", "no row of `requests` has a column `intent`"),
        ("LMP0312", "no row of `requests` has a column `text`"),
    ]


def test_columns_that_some_rows_lack_are_counted_after_a_few() -> None:
    sink = Sink()
    given = roles({"text": "hi"}, *({"other": number} for number in range(20)))
    assert check_columns(given, DATA, Needs({"text": TEXT}), sink) is None
    assert [one.code for one in sink.diagnostics] == ["LMP0313"] * 5
    assert sink.diagnostics[0].message == "the row `a.jsonl:2` has no column `text`"
    assert sink.diagnostics[-1].notes == ("15 more mistakes of this kind are not shown",)


def test_an_optional_column_that_a_row_lacks_is_null() -> None:
    result, _ = check(roles({"text": "a"}, {"text": "b", "n": 2}), Needs({"text": TEXT, "n": MAYBE_COUNT}))
    assert result is not None
    assert [row.values["n"] for row in result.train] == [None, 2]


def test_one_input_in_two_roles_is_a_leak_whatever_its_label() -> None:
    given = roles({"text": "hi", "label": 1}, {"text": "hi", "label": 3}, test=({"text": "hi", "label": 2},))
    _, found = check(given, Needs({"text": TEXT}, {"label": COUNT}))
    assert found == [("LMP0307", "the test row `a.jsonl:1` has the same input as the train row `a.jsonl:1`")]


def test_csv_cells_become_values_of_the_type() -> None:
    given = roles({"n": " 7 ", "text": "8"}, file="a.csv")
    result, _ = check(given, Needs({"n": COUNT, "text": TEXT}))
    assert result is not None
    assert result.train[0].values == {"n": 7, "text": "8"}
    assert given.train[0].values["n"] == " 7 "


@pytest.mark.parametrize(
    ("cell", "schema", "value"),
    [
        ("12", COUNT, 12),
        ("-007", COUNT, -7),
        ("1.50", {"type": "number"}, 1.5),
        ("2e3", {"type": "number"}, 2000.0),
        (".5", {"type": "number"}, 0.5),
        ("3", {"type": "number"}, 3),
        ("TRUE", {"type": "boolean"}, True),
        ("false", {"type": "boolean"}, False),
        ("", MAYBE_COUNT, None),
        ("4", MAYBE_COUNT, 4),
        ("", {"anyOf": [TEXT, {"type": "null"}]}, None),
        ("", TEXT, ""),
        (" a ", TEXT, " a "),
        ("Play", INTENT, "Play"),
        ("3", {"const": 3}, 3),
        ("12", {"anyOf": [TEXT, COUNT]}, 12),
        ("x", {"anyOf": [TEXT, COUNT]}, "x"),
        ('["a", "b"]', {"type": "array", "items": TEXT}, ["a", "b"]),
        ('{"name": "n"}', SLOT, {"name": "n", "size": None}),
        ("raw", {}, "raw"),
    ],
)
def test_what_a_cell_stands_for(cell: str, schema: dict[str, Any], value: object) -> None:
    found = from_cell(cell, schema, DEFS)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("cell", "schema"),
    [
        ("", COUNT),
        ("1.0", COUNT),
        ("1,000", COUNT),
        ("seven", COUNT),
        ("nan", {"type": "number"}),
        ("1e999", {"type": "number"}),
        ("9" * 5000, COUNT),
        ("yes", {"type": "boolean"}),
        ("1", {"type": "boolean"}),
        ("play", INTENT),
        ("x", MAYBE_COUNT),
        ("a, b", {"type": "array", "items": TEXT}),
    ],
)
def test_what_no_cell_stands_for(cell: str, schema: dict[str, Any]) -> None:
    with pytest.raises(ReplyError, match="must be"):
        from_cell(cell, schema, DEFS)
