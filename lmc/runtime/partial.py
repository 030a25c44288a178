"""The value that a reply has so far, while it is still being written.

A reply is read from left to right, without looking ahead: what was complete once stays as it is, texts and lists only
grow at their end, and what was absent may come. That holds of replies in JSON, with prose or a fence before it, and in
the plain deviations from it (single quotes, names without quotes, comments, commas too many). A reply that is broken
otherwise stays at what was read before the break; what it means is said by `read_value`, in the end.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from lmc.runtime.candidates import thought_aside
from lmc.runtime.coerce import shaped
from lmc.runtime.job import Job, keys_of
from lmc.runtime.pattern import compiled
from lmc.runtime.pieces import kinds_in
from lmc.runtime.quoted import MARKS
from lmc.runtime.reading import read_value
from lmc.runtime.scan import DEEPEST, Bare, Scan, skip_space
from lmc.runtime.value import ReplyError, Schema, is_nullable, kind_of, members_of, resolve


class Partial(NamedTuple):
    """A value so far, of the shape of its type.

    A part of it is absent (null, or an empty list or map; a record that has not begun is null), growing, or complete.
    `growing` is the path of the innermost part that still grows, of names and indices (() is the whole): that part and
    all around it grow, every other part that is there is complete. It is None when the whole is complete. A number,
    truth value or value of a closed type is absent until it is complete: none of them grows.
    """

    value: Any
    growing: tuple[str | int, ...] | None

    @property
    def complete(self) -> bool:
        """Whether nothing grows any more."""
        return self.growing is None


class Stop(Exception):
    """The text ends, or breaks, inside a value."""


class Growing:
    """A reader of a text that may not be at its end, and where it is in the value."""

    def __init__(self, source: str, pos: int) -> None:
        self.scan = Scan(source, pos)
        self.path: list[str | int] = []
        self.root: Any = None


def partial_value(text: str, schema: Schema, defs: Schema | None = None, *, done: bool = False) -> Partial:
    """The value of the type that a reply has so far; with `done`, the one that it has in the end, as `read_value` has
    it. Raises ReplyError when the reply is done and means no value of the type."""
    if done:
        return Partial(read_value(text, schema, defs).value, None)
    defs = schema.get("$defs", {}) if defs is None else defs
    target = resolve(schema, defs)
    kinds = kinds_in(target, defs, 8) if target else {"object", "list"}
    if kinds == {"text"}:
        return Partial(text, ())
    start = start_of(text, kinds)
    if start is None:
        return Partial(absent(target), ())
    reader = Growing(text, start)
    try:
        reader.root = grown(reader)
        growing: tuple[str | int, ...] | None = None
    except (Stop, ReplyError):
        growing = tuple(reader.path)
    value, path = projected(reader.root, target, defs, growing)
    return Partial(value, path)


def start_of(text: str, kinds: set[str]) -> int | None:
    """Where the bracket of the value is, once that is sure; None before."""
    begin = len(text) - len(thought_aside(text)) if "</" in text else 0
    if begin == 0 and compiled(r"\s*<(?:think|thinking|reasoning|reflection|scratchpad|analysis)>").match(text):
        return None
    opening = "{[" if {"object", "list"} <= kinds else "{" if "object" in kinds else "["
    if not kinds & {"object", "list"}:
        return None
    first = compiled(r"\s*(?:json)?\s*(?:```[\w+-]*)?\s*").match(text, begin).end()
    if text[first : first + 1] and text[first] in opening:
        return int(first)
    sure = {
        "{": r"\{\s*+(?:[\"'“}/]|[A-Za-z_]\w{0,60}\s*:)",
        "[": r"\[\s*+(?:[\"'“{\[\]/]|-?\d+(?:\.\d+)?\s*,|(?:true|false|null)\s*[,\]])",
    }
    found = compiled("|".join(sure[char] for char in opening)).search(text, begin)
    return None if found is None else int(found.start())


def grown(reader: Growing) -> Any:
    """The value that begins here. Raises Stop where the text ends in it, after noting what there is."""
    scan = reader.scan
    scan.step()
    char = scan.source[scan.pos : scan.pos + 1]
    if char in ("{", "["):
        if len(reader.path) >= DEEPEST:
            raise Stop
        scan.pos += 1
        return grown_object(reader) if char == "{" else grown_list(reader)
    if char and char in MARKS:
        return grown_text(reader, MARKS[char])
    found = compiled(r"[^\s,}\]:\"]*+").match(scan.source, scan.pos)
    after = compiled(r"\s*+").match(scan.source, found.end()).end()
    if not found[0] or scan.source[after : after + 1] not in (",", "}", "]", "/") or after >= len(scan.source):
        raise Stop
    scan.pos = found.end()
    return Bare(found[0])


def note(reader: Growing, value: Any) -> Any:
    """Sets a value at the path of the reader, where it stays also when the text ends in it."""
    if not reader.path:
        reader.root = value
        return value
    holder = reader.root
    for part in reader.path[:-1]:
        holder = holder[part]
    last = reader.path[-1]
    if isinstance(holder, list) and last == len(holder):
        holder.append(value)
    else:
        holder[last] = value
    return value


def grown_object(reader: Growing) -> Any:
    """The object whose brace was read."""
    scan, result = reader.scan, note(reader, {})
    while True:
        char = gap(reader)
        if char == "}":
            scan.pos += 1
            return result
        if char in MARKS:
            found = compiled(rf"((?:[^{MARKS[char]}\\]|\\.)*+)[{MARKS[char]}]\s*+:").match(scan.source, scan.pos + 1)
            name = decoded(found[1]) if found else ""
        else:
            found = compiled(r"([A-Za-z_$][\w$ .-]{0,80}?)\s*+:").match(scan.source, scan.pos)
            name = found[1] if found else ""
        if found is None:
            raise Stop
        scan.pos = found.end()
        skip_space(scan, hashes=False)
        reader.path.append(name)
        if scan.pos >= len(scan.source):
            raise Stop
        note(reader, grown(reader))
        reader.path.pop()


def grown_list(reader: Growing) -> Any:
    """The list whose bracket was read."""
    scan, result = reader.scan, note(reader, [])
    while True:
        char = gap(reader)
        if char == "]":
            scan.pos += 1
            return result
        if char in "}:)":
            raise Stop
        reader.path.append(len(result))
        note(reader, grown(reader))
        reader.path.pop()


def gap(reader: Growing) -> str:
    """The next character that is no space, comment or comma. Raises Stop where the text ends before it."""
    scan = reader.scan
    skip_space(scan)
    while scan.source.startswith(",", scan.pos):
        scan.pos += 1
        skip_space(scan)
    if scan.pos >= len(scan.source):
        raise Stop
    return scan.source[scan.pos]


def grown_text(reader: Growing, marks: str) -> str:
    """The text whose quotation mark is here; it is complete once what follows it goes on with the value."""
    scan = reader.scan
    begin = scan.pos + 1
    end = compiled(rf"(?:[^{marks}\\]|\\.)*+").match(scan.source, begin).end()
    words = decoded(scan.source[begin:end])
    after = compiled(r"\s*+").match(scan.source, end + 1).end() if end < len(scan.source) else end
    if scan.source[after : after + 1] not in (",", "}", "]", "/") or after >= len(scan.source):
        note(reader, words)
        raise Stop
    scan.pos = end + 1
    return words


def decoded(words: str) -> str:
    """The string that is written so, without an escape that has only begun."""
    if "\\" not in words:
        return words
    short = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "/": "/", "\\": "\\", '"': '"', "'": "'"}
    whole = compiled(r"(?:\\u[dD][89abAB][0-9a-fA-F]{2})?(?:\\(?:u[0-9a-fA-F]{0,3})?)?$").sub("", words)
    if words.endswith("\\\\") and compiled(r"(?:\\\\)+$").search(words)[0] != "":
        whole = words
    result: str = compiled(r"\\(u[0-9a-fA-F]{4}|.)").sub(
        lambda found: chr(int(found[1][1:], 16)) if len(found[1]) == 5 else short.get(found[1], "\\" + found[1]), whole
    )
    if compiled("[\ud800-\udfff]").search(result):
        result = result.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return result


def absent(schema: Schema) -> Any:
    """What stands for a part that has not begun."""
    if "const" in schema or "enum" in schema or members_of(schema) is not None:
        return None
    kind = kind_of(schema)
    return [] if kind == "array" else {} if kind == "object" and "properties" not in schema else None


def projected(
    found: Any, schema: Schema, defs: Schema, growing: tuple[str | int, ...] | None
) -> tuple[Any, tuple[str | int, ...] | None]:
    """What was read as the type has it, and the path of what grows in that."""
    schema = resolve(schema, defs)
    if growing is None:
        try:
            return shaped(Job(defs, []), found, schema), None
        except ReplyError:
            growing_below: tuple[str | int, ...] | None = None
    else:
        growing_below = growing
    members = members_of(schema)
    if members is not None:
        member = only_member(found, members, defs)
        return (None, growing_below and ()) if member is None else projected(found, member, defs, growing)
    kind = kind_of(schema)
    if isinstance(found, dict) and kind == "object":
        return of_record(found, schema, defs, growing_below)
    if isinstance(found, list) and kind == "array":
        return of_list(found, schema, defs, growing_below)
    if growing is not None and isinstance(found, str) and kind == "string" and "enum" not in schema:
        return str(found), growing_below
    if kind is None and growing is not None and isinstance(found, (str, list, dict)):
        return found, growing_below
    return absent(schema), () if growing is not None else None


def of_record(
    found: dict[str, Any], schema: Schema, defs: Schema, growing: tuple[str | int, ...] | None
) -> tuple[dict[str, Any], tuple[str | int, ...] | None]:
    """A record or map so far."""
    result: dict[str, Any] = {}
    path: tuple[str | int, ...] | None = None if growing is None else ()
    properties = schema.get("properties")
    if properties is None:
        rule = schema.get("additionalProperties", {})
        rules = {name: (name, rule if isinstance(rule, dict) else {}) for name in found}
    else:
        keys = keys_of(found, properties)
        rules = {name: (keys.get(name, ""), rule) for name, rule in properties.items()}
    for name, (key, rule) in rules.items():
        if properties is not None and key not in found:
            result[name] = absent(resolve(rule, defs))
            continue
        below = growing[1:] if growing and growing[0] == key else None
        result[name], deeper = projected(found[key], rule, defs, below)
        if deeper is not None and result[name] is not None:
            path = (name, *deeper)
    return result, path


def of_list(
    found: list[Any], schema: Schema, defs: Schema, growing: tuple[str | int, ...] | None
) -> tuple[list[Any], tuple[str | int, ...] | None]:
    """A list so far; an item that is a scalar comes when it is complete."""
    rule = resolve(schema.get("items", {}), defs)
    result: list[Any] = []
    path: tuple[str | int, ...] | None = None if growing is None else ()
    for place, one in enumerate(found):
        live = bool(growing) and growing is not None and growing[0] == place
        value, deeper = projected(one, rule, defs, growing[1:] if live and growing else None)
        if value is None and (live or not is_nullable(rule)):
            continue
        result.append(value)
        if deeper is not None:
            path = (len(result) - 1, *deeper)
    return result, path


def only_member(found: Any, members: list[Schema], defs: Schema) -> Schema | None:
    """The only member of a union that what was read may be, or None while it may be several."""
    fitting = []
    for member in members:
        target = resolve(member, defs)
        inner = members_of(target)
        if inner is not None:
            target = only_member(found, inner, defs) or {"type": "null"}
        kind = kind_of(target)
        closed = "enum" in target or "const" in target
        if isinstance(found, dict) and kind == "object" and not closed:
            properties = target.get("properties")
            if properties is None or len(keys_of(found, properties)) == len(found):
                fitting.append(target)
        elif (isinstance(found, list) and kind == "array") or (
            isinstance(found, str) and not isinstance(found, Bare) and kind == "string" and not closed
        ):
            fitting.append(target)
        elif isinstance(found, str) and closed:
            fitting.append({"type": "null"})
    return fitting[0] if len(fitting) == 1 else None
