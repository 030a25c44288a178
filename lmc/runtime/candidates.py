"""The values that a reply may mean: bracketed pieces in prose and fences, lines, tables, tags and markers."""

from __future__ import annotations

from typing import Any, NamedTuple

from lmc.runtime.loose import loose_value
from lmc.runtime.pattern import compiled
from lmc.runtime.scan import STEPS, Bare, Repair, Scan
from lmc.runtime.value import ReplyError

MOST = 1000
"""The most bracketed pieces that are looked at."""

RESTARTS = 12
"""The most pieces that are begun anew behind their first bracket, because they had no end."""


class Candidate(NamedTuple):
    """A value that was found: JSON with `Bare` pieces, what was repaired, what was left open at the end, its price, and
    where it begins and ends."""

    found: Any
    repairs: list[Repair]
    cut: set[int]
    price: int
    start: int
    end: int


def thought_aside(text: str) -> str:
    """The text behind the thoughts that a reply begins with, in tags such as `<think>`; the whole where nothing is."""
    tags = ("think", "thinking", "reasoning", "reflection", "scratchpad", "analysis")
    ends = [text.rfind(f"</{tag}>") + len(tag) + 3 for tag in tags if f"</{tag}>" in text]
    rest = text[max(ends, default=0) :]
    return rest if rest.strip() else text


def bracketed(text: str) -> list[Candidate]:  # noqa: C901
    """The pieces of a text that begin with a bracket, in order: the whole, those in fences, those in prose. Raises
    ReplyError when there are too many."""
    import json

    stripped = text.strip()
    if stripped[:1] in ("{", "["):
        try:
            found = json.loads(stripped, parse_float=Bare, parse_int=Bare, parse_constant=Bare)
            return [Candidate(found, [], set(), 0, 0, len(text))]
        except (ValueError, RecursionError):
            pass
    if compiled(r"\"[^\"\n]{1,80}\"\s*:").match(stripped) or compiled(r"[A-Za-z_]\w*\(\s*\w+\s*=.*\)").fullmatch(
        stripped
    ):
        return braceless(stripped)
    result: list[Candidate] = []
    pos, restarts, fenced = 0, 0, False
    steps = STEPS
    while True:
        mark = compiled(r"[{\[]|```[\w+-]*[ \t]*\r?\n?\s*(\(|)").search(text, pos)
        if mark is None:
            return result
        if mark[0][0] == "`":
            pos, fenced = mark.end(), not fenced
            if not mark[1] or not fenced:
                continue
            pos -= 1
        else:
            pos = mark.start()
        if len(result) >= MOST:
            raise ReplyError(f"holds more than {MOST} values")
        scan = Scan(text, pos, steps)
        whole = compiled(r"[{\[]\s*\\\"").match(text, pos) is not None
        if whole:
            scan.source = compiled(r"\\([\"\\])").sub(r"\1", text)
            scan.pos = len(compiled(r"\\([\"\\])").sub(r"\1", text[:pos]))
            scan.repair("left out backslashes before quotation marks")
        try:
            found = loose_value(scan)
        except ReplyError:
            if not result and not text[:pos].strip() and scan.steps < 0:
                raise
            return result
        steps = scan.steps
        openly = bool(text[:pos].strip()) and not fenced
        result.append(Candidate(found, scan.repairs, scan.cut, price_of(scan, openly), pos, scan.pos))
        if whole:
            return result
        if openly and scan.cut and restarts < RESTARTS:
            restarts += 1
            pos += 1
        else:
            pos = max(scan.pos, pos + 1)


def braceless(text: str) -> list[Candidate]:
    """The object whose members a text has without braces, or in the parentheses of a call."""
    call = text[0] != '"'
    inner = text[text.index("(") + 1 : -1] if call else text
    inner = compiled(r"(^|,)\s*([A-Za-z_]\w*)\s*=").sub(r'\1"\2":', inner) if call else inner
    scan = Scan("{" + inner + "}")
    scan.repair("added braces around the members")
    try:
        found = loose_value(scan)
    except ReplyError:
        return []
    return [Candidate(found, scan.repairs, scan.cut, price_of(scan, False), 0, len(text))]


def price_of(scan: Scan, openly: bool) -> int:
    """What the repairs of a piece cost; one in prose, openly, costs more than one in a fence."""
    return min(len(scan.repairs), 20) + 2 * openly + 3 * bool(scan.cut)


def marked(text: str, names: dict[str, str]) -> dict[str, str]:
    """The pieces of a text that are marked with the name of a field: `[[ ## name ## ]]`, `<name>…</name>`, or lines
    `name: …`. `names` gives the field of each name, folded."""
    found: dict[str, str] = {}
    heads = list(compiled(r"\[\[\s{0,5}##\s{0,5}([^\n#\]]{1,80}?)\s{0,5}##\s{0,5}\]\]").finditer(text))
    for head, following in zip(heads, [*heads[1:], None][: len(heads)], strict=True):
        field = names.get(plain_name(head[1]))
        if field is not None:
            found.setdefault(field, text[head.end() : following.start() if following else len(text)].strip())
    if found:
        return found
    pos = 0
    while (tag := compiled(r"<([A-Za-z_][\w.-]{0,80})(?:\s[^<>\n]{0,200})?>").search(text, pos)) is not None:
        field, pos = names.get(plain_name(tag[1])), tag.end()
        if field is not None:
            end = text.find(f"</{tag[1]}>", pos)
            found.setdefault(field, text[pos : end if end >= 0 else len(text)].strip())
            pos = end if end >= 0 else len(text)
    return found or lined(text, names)


def lined(text: str, names: dict[str, str]) -> dict[str, str]:
    """The pieces of a text behind lines that begin with the name of a field and a colon (or an equals sign)."""
    found: dict[str, list[str]] = {}
    current: str | None = None
    for line in text.split("\n"):
        head = compiled(r"[\s*_#>•-]{0,20}+[\"'`]?([^\n:=*\"'`]{1,60}?)[\"'`]?[*_ \t]{0,5}[:=][*_]{0,3}(.*)").match(
            line
        )
        head = head or compiled(r"\s*#{1,6}\s+([^\n:#]{1,60}?)\s*:?(\s*)").fullmatch(line)
        field = names.get(plain_name(head[1])) if head is not None else None
        if head is not None and field is not None:
            current = None if field in found else field
            found.setdefault(field, [head[2].strip().removesuffix(",")])
        elif current is not None:
            found[current].append(line)
    return {field: "\n".join(lines).strip() for field, lines in found.items()}


def plain_name(name: str) -> str:
    """A name without case and separators."""
    return str(compiled(r"[\W_]+").sub("", name)).casefold()


def table(text: str, names: dict[str, str]) -> list[dict[str, Any]] | None:
    """The rows of a table with commas, tabs or bars, whose first line names fields; None where there is no such."""
    lines = [line.strip() for line in text.strip().split("\n") if line.strip()]
    if not lines or len(lines[0]) > 5_000:
        return None
    for mark in ("|", "\t", ","):
        heads = cells(lines[0], mark)
        fields = [names.get(plain_name(head)) for head in heads]
        if len(lines) < 2 or None in fields or len(fields) < 2 or len(set(fields)) < len(fields):
            continue
        rows = [cells(line, mark) for line in lines[1:] if not compiled(r"[\s|:-]+").fullmatch(line)]
        if rows and all(len(row) == len(fields) for row in rows):
            return [dict(zip(map(str, fields), map(Bare, row), strict=True)) for row in rows]
    return None


def cells(line: str, mark: str) -> list[str]:
    """The cells of a line of a table; quotation marks hold a comma."""
    if mark == "," and '"' in line:
        found = compiled(r"\s*+(?:\"((?:[^\"]|\"\")*+)\"\s*+|([^,]*+))(?:,|$)").findall(line)
        return [
            (quoted.replace('""', '"') or plain).strip()
            for quoted, plain in found[: None if line.endswith(",") else -1]
        ]
    return [cell.strip() for cell in line.strip("| ").split(mark)] if mark == "|" else line.split(mark)


def toon(text: str) -> dict[str, Any] | None:
    """The object that is written in TOON: `name[count]{fields}:` and a line for each row, `name[count]: items`, and
    `name: value`; None where no table is in it, or a count is wrong."""
    result: dict[str, Any] = {}
    tables, lines = 0, [line for line in text.split("\n") if line.strip()]
    place = 0
    while place < len(lines):
        line = lines[place]
        place += 1
        head = compiled(r"\s*([\w.-]{1,80})\[#?(\d{1,6})[^\]]?\](?:\{([^{}]{1,500})\})?:\s*(.*)").fullmatch(line)
        if head is None:
            plain = compiled(r"\s*([\w.-]{1,80}):\s*(\S.*)").fullmatch(line)
            if plain is not None:
                result[plain[1]] = Bare(plain[2].strip())
            continue
        count, tables = int(head[2]), tables + 1
        if head[3] is None:
            items = [Bare(cell.strip()) for cell in cells(head[4], ",")] if head[4] else []
            result[head[1]] = items
            if len(items) != count:
                return None
            continue
        fields, rows = cells(head[3], ","), lines[place : place + count]
        split = [cells(row.strip(), ",") for row in rows]
        if len(rows) != count or any(len(row) != len(fields) for row in split):
            return None
        result[head[1]] = [dict(zip(fields, map(Bare, row), strict=True)) for row in split]
        place += count
    return result if tables else None


def listed_lines(text: str) -> list[str] | None:
    """The items of a list of lines that all begin with a bullet or a number, or None."""
    bullet = r"\s*(?:[-*•]|\d{1,9}[.)])\s+"
    lines = [line for line in text.split("\n") if line.strip()]
    if lines and lines[0].rstrip().endswith(":") and not compiled(bullet).match(lines[0]):
        lines = lines[1:]
    if not lines or not all(compiled(bullet).match(line) for line in lines):
        return None
    return [compiled(bullet).sub("", line, count=1).strip() for line in lines]


def blocks(text: str, names: dict[str, str]) -> list[dict[str, Any]] | None:
    """The records whose fields are lines, a blank line or a bullet before each record; None where a block has other
    fields than the first."""
    parts = [part for part in compiled(r"\n(?=- )|\n\s*\n").split(text.strip()) if part.strip()]
    found = [lined(part, names) for part in parts[:MOST]]
    if len(parts) < 2 or not found[0] or any(one.keys() != found[0].keys() for one in found):
        return None
    return [{name: Bare(piece) for name, piece in one.items()} for one in found]
