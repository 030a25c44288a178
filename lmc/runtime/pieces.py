"""What the bracketed pieces of a reply are as a type."""

from __future__ import annotations

from typing import Any, NamedTuple

from lmc.runtime.candidates import Candidate, bracketed
from lmc.runtime.coerce import shaped
from lmc.runtime.job import Job
from lmc.runtime.loose import plain_value
from lmc.runtime.scan import Repair
from lmc.runtime.value import ReplyError, Schema, keeps, kind_of, members_of, quote, resolve


class Reading(NamedTuple):
    """A typed value and what was repaired to get it, in order; nothing where the reply was as its type says."""

    value: Any
    repairs: list[Repair]


def wrong(path: list[str | int], schema: Schema, text: str) -> str:
    """What is said of a text that means no value of the type."""
    job = Job({}, path)
    return str(job.problem(schema, text))


def kinds_in(schema: Schema, defs: Schema, depth: int) -> set[str]:
    """The kinds of values of a type: "text" (any), "closed", "scalar", "null", "list", "object"."""
    schema = resolve(schema, defs)
    members = members_of(schema)
    if members is not None:
        return {kind for member in members for kind in kinds_in(member, defs, depth - 1)} if depth else set()
    if "enum" in schema or "const" in schema:
        return {"closed"}
    names = {"string": "text", "array": "list", "object": "object", "null": "null", None: "object"}
    return {names.get(kind_of(schema), "scalar")}


def trimmed(text: str, schema: Schema, path: list[str | int]) -> str:
    """The text without the space around it, where only so it keeps the constraints of its type. Raises ReplyError."""
    if keeps(text.strip(), schema):
        return text.strip()
    raise ReplyError(wrong(path, schema, text), text)


def read_any_value(text: str) -> Reading:
    """The value of a text where the type takes any: JSON, or what stands for it; of several values, empty ones aside,
    the list. Raises ReplyError when the text holds none."""
    import json

    try:
        return Reading(json.loads(text), [])
    except (ValueError, RecursionError):
        pass
    found = bracketed(text)
    if not found and text.strip()[:1] == "(":
        found = bracketed("```\n" + text)
    pieces = [one for one in found if one.found] if len(found) > 1 else found
    pieces = pieces or found[:1]
    if not pieces:
        raise ReplyError(f"must be a JSON value, not {quote(text)}", text)
    repairs = [repair for one in pieces for repair in one.repairs]
    if len(pieces) > 1:
        return Reading(
            [plain_value(one.found) for one in pieces], [*repairs, Repair("", "took several values for a list")]
        )
    aside = [] if pieces[0].end - pieces[0].start >= len(text.strip()) else [Repair("", "left out the text around")]
    return Reading(plain_value(pieces[0].found), [*repairs, *aside])


def attempt(
    found: Any, schema: Schema, defs: Schema, path: list[str | int], cut: set[int], exact: int = 0
) -> tuple[int, Reading]:
    """What was found as a value of the type, with its price. Raises ReplyError."""
    job = Job(defs, list(path))
    job.cut, job.exact = cut, exact
    value = shaped(job, found, schema)
    return job.price, Reading(value, job.repairs)


def as_json(
    text: str,
    schema: Schema,
    defs: Schema,
    path: list[str | int],
    readings: list[tuple[int, Reading]],
    problems: list[ReplyError],
) -> None:
    """Adds what the bracketed pieces of a text mean; all of them together, where a list is wanted."""
    try:
        found = bracketed(text)
    except ReplyError as problem:
        problems.append(ReplyError(f"{where(path)}{problem}", text))
        return
    best: tuple[int, ReplyError] | None = None
    for one in found:
        try:
            price, reading = attempt(one.found, schema, defs, path, one.cut)
        except ReplyError as problem:
            if best is None or one.end - one.start > best[0]:
                best = (one.end - one.start, problem)
            continue
        readings.append((price + one.price, Reading(reading.value, told(text, one, reading.repairs))))
    several = [one for one in found if isinstance(one.found, dict)]
    if len(several) > 1 and "list" in kinds_in(schema, defs, 8):
        try:
            cut = {name for one in several for name in one.cut}
            price, reading = attempt([one.found for one in several], schema, defs, path, cut)
            note = Repair("", "took several objects for a list")
            repairs = [repair for one in several for repair in one.repairs]
            readings.append((price + 3, Reading(reading.value, [note, *repairs, *reading.repairs])))
        except ReplyError as problem:
            best = best or (0, problem)
    if best is not None:
        problems.append(best[1])


def told(text: str, one: Candidate, repairs: list[Repair]) -> list[Repair]:
    """All repairs of a piece, and that it was taken out of a text."""
    whole = one.end - one.start >= len(text.strip())
    return [*([] if whole else [Repair("", "left out the text around it")]), *one.repairs, *repairs]


def where(path: list[str | int]) -> str:
    """The field at a path, as a message begins."""
    return f"`{path[0]}` " if path else ""
