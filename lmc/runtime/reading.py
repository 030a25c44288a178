"""Reads a text into a type: tries what it may mean, and takes the cheapest."""

from __future__ import annotations

from typing import Any

from lmc.runtime.candidates import (
    blocks,
    listed_lines,
    marked,
    plain_name,
    table,
    thought_aside,
    toon,
)
from lmc.runtime.coerce import shaped
from lmc.runtime.job import Job
from lmc.runtime.pattern import compiled
from lmc.runtime.pieces import Reading, as_json, attempt, kinds_in, read_any_value, trimmed, wrong
from lmc.runtime.scalar import choice_in, is_null, scalar_in
from lmc.runtime.scan import Bare, Repair
from lmc.runtime.value import (
    MISFIT,
    ReplyError,
    Schema,
    closed_values,
    conform,
    describe,
    is_nullable,
    keeps,
    kind_of,
    members_of,
    quote,
    resolve,
)


def read_value(text: str, schema: Schema, defs: Schema | None = None, path: list[str | int] | None = None) -> Reading:
    """The value of the type that a text means. `defs` are the named schemas, by default those in the schema; `path` is
    where the value belongs, for what is said of it. A text that is text itself stays as it is. Raises ReplyError, which
    names the field, what it must be and what was found, when the text means no value of the type, or several."""
    defs = schema.get("$defs", {}) if defs is None else defs
    try:
        quick = quickly(text, schema, defs)
        return Reading(quick, []) if quick is not MISFIT else read_slowly(text, schema, defs, path or [])
    except RecursionError:
        raise ReplyError("is nested too deeply", text) from None
    except ReplyError as problem:
        problem.reply = text
        raise


def quickly(text: str, schema: Schema, defs: Schema) -> Any:
    """The value of a text that is JSON of the type already, or text; MISFIT otherwise."""
    import json

    if schema.get("type") == "string" and "enum" not in schema:
        return text if keeps(text, schema) else MISFIT
    if text[:1] not in ("{", "[") and text.strip()[:1] not in ("{", "["):
        return MISFIT
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return MISFIT
    return conform(value, schema, defs)


def read_slowly(text: str, schema: Schema, defs: Schema, path: list[str | int]) -> Reading:
    """The value of a text that is not JSON of the type."""
    target = resolve(schema, defs)
    text = text.lstrip("\ufeff")
    if not target or (
        kind_of(target) is None and members_of(target) is None and target.keys().isdisjoint({"enum", "const"})
    ):
        return read_any_value(text)
    kinds = kinds_in(target, defs, 8)
    if kinds == {"text"} and members_of(target) is None:
        return Reading(trimmed(text, target, path), [])
    words = thought_aside(text)
    readings: list[tuple[int, Reading]] = []
    problems: list[ReplyError] = []
    as_text(words, target, defs, path, readings, problems)
    exact = readings and readings[0][0] == 0
    if "[[ ## " in words and kinds & {"object", "list"}:
        as_marked(words, target, defs, path, readings, problems)
        exact = bool(readings)
    if not exact and ("object" in kinds or "list" in kinds or not readings):
        as_json(words, target, defs, path, readings, problems)
    if not readings and kinds & {"object", "list"}:
        as_marked(words, target, defs, path, readings, problems)
    if not readings:
        raise problems[-1] if problems else ReplyError(wrong(path, target, text), text)
    return min(readings, key=lambda one: one[0])[1]


def as_text(
    text: str,
    schema: Schema,
    defs: Schema,
    path: list[str | int],
    readings: list[tuple[int, Reading]],
    problems: list[ReplyError],
) -> None:
    """Adds what a text means without brackets: a scalar, one of a closed type, plain text, or a list of lines."""
    schema = resolve(schema, defs)
    members = members_of(schema)
    if members is None:
        try:
            found = as_kind(text, schema, defs, path, 0)
        except ReplyError as problem:
            problems.append(problem)
            return
        if found is not None:
            readings.append(found)
        return
    resolved = [resolve(member, defs) for member in members]
    has_text = "text" in kinds_in(schema, defs, 8)
    for member in resolved:
        try:
            found = as_kind(text, member, defs, path, int(has_text))
            if found is not None:
                readings.append(found)
        except ReplyError:
            continue
    readings.sort(key=lambda one: one[0])
    if (
        len(readings) > 1
        and readings[0][0] >= 5
        and readings[0][0] == readings[1][0]
        and differ(readings[0], readings[1])
    ):
        readings.clear()
    if not readings:
        problems.append(ReplyError(wrong(path, schema, text), text))


def differ(one: tuple[int, Reading], other: tuple[int, Reading]) -> bool:
    """Whether two readings have different values."""
    return type(one[1].value) is not type(other[1].value) or bool(one[1].value != other[1].value)


def as_kind(text: str, schema: Schema, defs: Schema, path: list[str | int], exact: int) -> tuple[int, Reading] | None:
    """What a text means as a type that is no union, with its price; None where brackets are needed. Raises
    ReplyError."""
    members = members_of(schema)
    if members is not None:
        readings: list[tuple[int, Reading]] = []
        as_text(text, schema, defs, path, readings, [])
        return readings[0] if readings else None
    job = Job(defs, list(path))
    if "enum" in schema or "const" in schema:
        return as_closed(text, schema, job, exact)
    kind = kind_of(schema)
    if kind == "string":
        if text.strip() == "null":
            return None
        return 30, Reading(text if keeps(text, schema) else trimmed(text, schema, path), [])
    if kind == "array":
        return as_lines(text, schema, defs, path)
    bare = own_line(text, kind) if kind in ("integer", "number", "boolean") else text.strip()
    number = compiled(r"-?\d+(\.\d+)?|true|false|null").fullmatch(bare)
    if kind is None or kind == "object":
        return attempt(Bare(bare), schema, defs, path, set()) if number is not None and not exact else None
    found = scalar_in(bare, kind, whole=bool(exact) or kind == "null")
    if exact and kind == "null" and bare != "null":
        return None
    if found is None or not keeps(found[0], schema):
        raise job.problem(schema, text)
    if number is None:
        job.repair(6, f"took it out of {quote(text)}")
    return job.price, Reading(found[0], job.repairs)


def ends_of(text: str) -> list[str]:
    """The first and the last line of a text of several lines."""
    lines = text.strip().split("\n")
    return [lines[0].strip(), lines[-1].strip()] if len(lines) > 1 else []


def own_line(text: str, kind: str) -> str:
    """The first or last line of a text where it alone is the scalar, perhaps behind a label such as `Answer:`, else the
    text."""
    label = r"(?i)[\s*_#]*(?:(?:the|final|my) ){0,2}(?:answer|result|output)(?: is)?[*_]{0,3}\s?:[\s*_]*"
    lines = [compiled(label).sub("", line, count=1) for line in ends_of(text)]
    fitting = [line for line in lines if scalar_in(line, kind, whole=True) is not None]
    return fitting[0] if len(fitting) == 1 else text.strip()


def as_closed(text: str, schema: Schema, job: Job, exact: int) -> tuple[int, Reading] | None:
    """What a text means as a closed type."""
    if closed_values(schema) is not None:
        ends = [choice_in(line, schema) for line in ends_of(text)]
        exact_ends = [one for one in ends if one is not None and one[1]]
        whole = len(exact_ends) == 1 and len(ends) == 2
        choice = (exact_ends[0][0], False) if whole and exact_ends else choice_in(text, schema)
        if choice is None or (exact and not choice[1]):
            raise job.problem(schema, text)
        if choice[0] != text.strip():
            job.repair(1 if choice[1] else 6, f"took it out of {quote(text)}")
        return job.price, Reading(choice[0], job.repairs)
    job.exact = exact
    value = shaped(job, text.strip(), schema)
    return job.price + 4 * (str(value) != text.strip()), Reading(value, job.repairs)


def as_lines(text: str, schema: Schema, defs: Schema, path: list[str | int]) -> tuple[int, Reading] | None:
    """A list that is written as lines, with bullets or without, or between commas; None where it has brackets."""
    rule = resolve(schema.get("items", {}), defs)
    items = listed_lines(text)
    price = 2
    if items is None:
        if compiled(r"[\[{]|^\s*[(<]|```").search(text) or kinds_in(rule, defs, 8) & {"object", "list"}:
            return None
        if text.strip(" .\n").casefold() in ("none", "(none)", "n/a", "empty"):
            return 1, Reading([], [Repair("", "took it for an empty list")])
        items = [line.strip() for line in text.split("\n") if line.strip()]
        if any(compiled(r"(?:[-*•]|\d{1,9}[.)])\s+\S").match(one) for one in items):
            raise ReplyError(wrong(path, schema, text), text)
        if len(items) == 1:
            items = [one.strip() for one in text.strip(" .-*•\n").split(",") if one.strip()]
        price = 12
    if len(items) > 10_000 or not items:
        raise ReplyError(wrong(path, schema, text), text)
    found = [read_value(one, rule, defs, [*path, index]) for index, one in enumerate(items)]
    values = [one.value for one in found]
    if not keeps(values, schema):
        raise ReplyError(wrong(path, schema, text), text)
    repairs = [repair for one in found for repair in one.repairs]
    return price, Reading(values, [Repair("", "took lines or words for a list"), *repairs[:40]])


def as_marked(
    text: str,
    schema: Schema,
    defs: Schema,
    path: list[str | int],
    readings: list[tuple[int, Reading]],
    problems: list[ReplyError],
) -> None:
    """Adds what a text without brackets means as a record (marked pieces, lines, TOON), a list of records (a table), or
    null."""
    text = unfenced(text)
    if text.lstrip()[:1] in ("{", "[") and not text.lstrip().startswith("[[ ## "):
        text = ""
    for member in members_of(schema) or [schema]:
        target = resolve(member, defs)
        try:
            if kind_of(target) == "object" and "properties" not in target:
                found = as_map(text, target, defs, path)
            elif kind_of(target) == "object":
                found = as_record(text, target, defs, path)
            elif kind_of(target) == "array" and "object" in kinds_in(target.get("items", {}), defs, 8):
                found = as_table(text, target, defs, path)
            else:
                continue
        except ReplyError as problem:
            problems.append(problem)
            continue
        if found is not None:
            readings.append(found)
    denied = compiled(r"(?i)\b(?:no|not|none|nothing|unknown|unable|cannot|n't|never)\b|n't\b").search(text[:200])
    closed = {"closed", "scalar", "text"} & kinds_in(schema, defs, 8)
    if not readings and is_nullable(schema) and not closed and denied and not compiled(r"[{}\[\]<>=]").search(text):
        readings.append((20, Reading(None, [Repair("", f"took {quote(text)} for null")])))
    elif not readings and is_nullable(schema) and is_null(text):
        readings.append((3, Reading(None, [Repair("", f"took {quote(text)} for null")])))


def unfenced(text: str) -> str:
    """The text without a code fence around the whole of it."""
    words = text.strip()
    if not words.startswith("```"):
        return text
    first, newline, rest = words.partition("\n")
    return rest.rstrip().removesuffix("```") if newline and compiled(r"```[\w+-]*\s*").fullmatch(first) else text


def names_of(schema: Schema) -> dict[str, str]:
    """The field of each folded name and alias of a record."""
    found: dict[str, str] = {}
    for name, rule in schema.get("properties", {}).items():
        found.setdefault(plain_name(name), name)
        if isinstance(rule, dict) and rule.get("x-alias"):
            found[plain_name(rule["x-alias"])] = name
    return found


def as_record(text: str, schema: Schema, defs: Schema, path: list[str | int]) -> tuple[int, Reading] | None:
    """A record whose fields are marked in a text."""
    rows = toon(text)
    if rows is not None:
        price, reading = attempt(rows, schema, defs, path, set())
        return price + 3, Reading(reading.value, [Repair("", "read it as TOON"), *reading.repairs])
    pieces = marked(text, names_of(schema))
    if not pieces:
        lines = table(text, names_of(schema)) or []
        return attempt(lines[0], schema, defs, path, set()) if len(lines) == 1 else None
    result: dict[str, Any] = {}
    repairs = [Repair("", "read the fields from marked pieces of text")]
    for name, rule in schema["properties"].items():
        if name in pieces and pieces[name] != "":
            piece = compiled(r"\"([^\"\n]*)\"|'([^'\n]*)'").fullmatch(pieces[name])
            words = pieces[name] if piece is None else piece[1] or piece[2] or ""
            part = read_value(words, rule, defs, [*path, name])
            result[name] = part.value
            repairs += part.repairs
    price, reading = attempt(result, schema, defs, path, {id(result)})
    return price + 10, Reading(reading.value, [*repairs, *reading.repairs])


def as_map(text: str, schema: Schema, defs: Schema, path: list[str | int]) -> tuple[int, Reading] | None:
    """A map whose members are lines with a colon."""
    lines = [line for line in text.split("\n") if line.strip()]
    found = [
        compiled(r"\s*(?:[-*•]\s+)?[\"'`*]*([^:\n\"'`*]{1,80})[\"'`*]*\s*:\s*(\S.*)").fullmatch(line) for line in lines
    ]
    if not lines or None in found:
        return None
    members = {one[1].strip(): Bare(one[2].strip().removesuffix(",")) for one in found if one is not None}
    price, reading = attempt(members, schema, defs, path, set())
    return price + 10, Reading(reading.value, [Repair("", "read it from lines"), *reading.repairs])


def as_table(text: str, schema: Schema, defs: Schema, path: list[str | int]) -> tuple[int, Reading] | None:
    """A list of records in a table."""
    rule = resolve(schema.get("items", {}), defs)
    if "properties" not in rule:
        return None
    names = names_of(rule)
    rows = table(text, names) or blocks(text, names)
    if not rows:
        return None
    price, reading = attempt(rows, schema, defs, path, set())
    return price + 6, Reading(reading.value, [Repair("", "read it as a table"), *reading.repairs])


__all__ = ["Bare", "Reading", "describe", "read_value"]
