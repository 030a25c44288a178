"""Reads the text of a data file into records; pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn, TypeAlias

from lmc.diagnostics import Diagnostic
from lmc.source import Span
from lmc.tables.problems import few, malformed, no_rows, not_object

Json: TypeAlias = Any
"""A JSON value."""

Records: TypeAlias = list[tuple[int, dict[str, Json]]]
"""Objects, each with the line (counted from 1) on which it begins."""

Read: TypeAlias = tuple[Records, tuple[Diagnostic, ...]]


def read_jsonl(text: str, file: str, at: Span | None) -> Read:
    """One object on each line; blank lines are ignored. A line ends at a line feed and nowhere else, since JSON strings
    may hold the other line ends of Unicode."""
    bad: list[Diagnostic] = []
    values: list[tuple[int, Json]] = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.isspace() or not line:
            continue
        try:
            values.append((number, load(line)))
        except ValueError as error:
            if number == first_line(text) and line.lstrip().startswith("[") and is_json(text):
                return [], (malformed(file, "it holds one JSON list", at, "name the file `.json`"),)
            bad.append(json_problem(f"{file}:{number}", error, at, "write one JSON object on each line"))
    return checked(values, file, at, bad)


def read_json(text: str, file: str, at: Span | None) -> Read:
    """A list of objects, or an object with such a list under `data`."""
    if not text.strip():
        return [], (no_rows(file, at),)
    try:
        whole = load(text)
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        return [], (json_problem(f"{file}:{line}", error, at, None),)
    items = whole.get("data") if isinstance(whole, dict) else whole
    if not isinstance(items, list):
        reason = "it holds neither a list of objects nor an object with such a list under `data`"
        return [], (malformed(file, reason, at, "for one object on each line, name the file `.jsonl`"),)
    return checked(list(zip(item_lines(text), items, strict=True)), file, at, [])


def read_csv(text: str, file: str, at: Span | None) -> Read:
    """RFC 4180: comma-separated, the first line names the columns, a quoted cell may hold commas and line ends. Every
    value is a string here."""
    import csv
    import io

    limit = csv.field_size_limit(max(len(text), 1))
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] | None = None
    records: Records = []
    bad: list[Diagnostic] = []
    start = 1
    try:
        for cells in reader:
            place, line, start = f"{file}:{start}", start, reader.line_num + 1
            if not cells or (len(cells) == 1 and not cells[0].strip()):
                continue
            if header is None:
                header = [cell.strip() for cell in cells]
                bad += header_problems(header, place, at)
            elif len(cells) != len(header):
                reason = f"it has {count(len(cells), 'cell')}, the header {count(len(header), 'column')}"
                bad.append(malformed(place, reason, at, 'put a cell that holds commas into quotes: `"a, b"`'))
            else:
                records.append((line, dict(zip(header, cells, strict=True))))
    except csv.Error as error:
        bad.append(
            malformed(f"{file}:{start}", str(error), at, 'close the quotes; a quote within quotes is written `""`')
        )
    finally:
        csv.field_size_limit(limit)
    if not records and not bad:
        return [], (no_rows(file, at),)
    return records, few(bad)


def read_lines(text: str, file: str, at: Span | None) -> Read:
    """Plain text: a row `{"text"}` for each line that is not blank, without the spaces around it."""
    lines = enumerate(text.split("\n"), 1)
    records: Records = [(number, {"text": line.strip()}) for number, line in lines if line.strip()]
    return records, (() if records else (no_rows(file, at),))


def header_problems(header: list[str], place: str, at: Span | None) -> list[Diagnostic]:
    """What is wrong with the names of columns."""
    twice = sorted({name for name in header if name and header.count(name) > 1})
    found = [malformed(place, f"the header names the column `{name}` twice", at) for name in twice]
    if not all(header):
        found.append(
            malformed(place, f"column {header.index('') + 1} has no name", at, "name every column in the header")
        )
    return found


def checked(values: list[tuple[int, Json]], file: str, at: Span | None, bad: list[Diagnostic]) -> Read:
    """The values that are objects, and what is wrong with the file, that of its lines in `bad` first."""
    others = [not_object(f"{file}:{line}", kind(value), at) for line, value in values if not isinstance(value, dict)]
    if not values and not bad:
        return [], (no_rows(file, at),)
    return [(line, value) for line, value in values if isinstance(value, dict)], (*few(bad), *few(others))


def load(text: str) -> Json:
    """The JSON value of a text (RFC 8259: no NaN). Raises ValueError, also for what no prompt can hold (half of a
    surrogate pair), and for nesting too deep to read."""
    try:
        value = _DECODER.decode(text)
        if _SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError("a `\\u` escape is half of a character") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return value


def not_json(name: str) -> NoReturn:
    """Refuses NaN and the infinities."""
    raise ValueError(f"`{name}` is no JSON number")


_DECODER = json.JSONDecoder(parse_constant=not_json)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def json_problem(place: str, error: ValueError, at: Span | None, help: str | None) -> Diagnostic:
    """What is wrong with a JSON text that begins at `place`."""
    if isinstance(error, json.JSONDecodeError):
        return malformed(f"{place}:{error.colno}", f"{error.msg[:1].lower()}{error.msg[1:]}", at, help)
    return malformed(place, str(error), at, help)


def first_line(text: str) -> int:
    """The number of the first line that is not blank."""
    return text[: len(text) - len(text.lstrip())].count("\n") + 1


def is_json(text: str) -> bool:
    """Whether the whole text is one JSON value."""
    try:
        load(text)
    except ValueError:
        return False
    return True


def item_lines(text: str) -> Iterator[int]:
    """The lines on which the items of the list begin, in a valid text that `read_json` takes."""
    place, counted, line = list_start(text), 0, 1
    while text[place := skip(text, place)] != "]":
        line += text.count("\n", counted, place)
        counted = place
        yield line
        _, place = _DECODER.raw_decode(text, place)
        place = skip(text, place)
        place += text[place] == ","


def list_start(text: str) -> int:
    """The offset after the bracket that opens the list of rows. Of several `data` keys the last counts, as in JSON
    readers."""
    place = skip(text, 0) + 1
    if text[place - 1] == "[":
        return place
    found = place
    while text[place := skip(text, place)] != "}":
        key, place = _DECODER.raw_decode(text, place)
        value = skip(text, skip(text, place) + 1)
        found = value + 1 if key == "data" else found
        _, place = _DECODER.raw_decode(text, value)
        place = skip(text, place)
        place += text[place] == ","
    return found


def skip(text: str, place: int) -> int:
    """The offset of the next character that is not white space."""
    while text[place] in " \t\r\n":
        place += 1
    return place


def kind(value: Any) -> str:
    """What a JSON value is, in words."""
    match value:
        case None:
            return "null"
        case bool():
            return "a truth value"
        case str():
            return "a string"
        case list():
            return "a list"
        case _:
            return "a number"


def count(number: int, noun: str) -> str:
    """`1 cell`, `2 cells`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
