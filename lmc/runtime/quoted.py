"""Strings of a reply that is no JSON: where one ends whose quotes are not escaped, missing, or of another kind."""

from __future__ import annotations

from typing import Any

from lmc.runtime.pattern import compiled
from lmc.runtime.scan import Scan, key_ahead, member_ahead, name_ahead

MARKS: dict[str, str] = {'"': '"', "'": "'", "`": "`", "“": '”“"', "”": '”"', "‘": "’‘'", "’": "’'", "«": "»"}
"""Each mark that a string may begin with, and those that end it."""

CLOSERS: dict[str, str] = {"{": "}", "[": "]", "(": ")"}

LATEX = (
    "theta", "tau", "tan", "text", "times", "tilde", "to", "triangle", "therefore", "nabla", "ne", "ni", "nu", "not",
    "right", "rho", "rangle", "rceil", "rfloor",
)  # fmt: skip
"""Commands of LaTeX that begin like an escape of JSON for white space."""


def loose_string(scan: Scan) -> str:
    """The string that begins here with a quotation mark."""
    source, start = scan.source, scan.pos
    mark = source[start]
    if mark in "\"'`" and source.startswith(mark * 3, start):
        found = block(scan, mark * 3)
        if found is not None:
            return found
    if mark != '"':
        scan.repair("took another quotation mark for a double one")
    doubled = mark in "\"'" and compiled(rf"{mark}{mark}(?=[^\s,}}\]:{mark}])").match(source, start) is not None
    if doubled:
        scan.repair("left out a quotation mark that was doubled")
    begin = start + 2 if doubled else start + 1
    twice = compiled(rf"[^{mark}\\]*+({mark}{mark})\s*+[,}}\]:]").match(source, begin) if doubled else None
    if twice is not None:
        end, scan.pos = twice.start(1), twice.end(1)
    else:
        end, scan.pos = string_end(scan, begin, MARKS[mark])
    return unescaped(scan, source[begin:end])


def block(scan: Scan, mark: str) -> str | None:
    """The string between marks of three characters; code in a fence loses its language and its indentation."""
    source, start = scan.source, scan.pos + 3
    end = source.find(mark, start)
    if end < 0 or compiled(r"\s*+(?:[,}\])]|$|//|#|/\*|\n)").match(source, end + 3) is None:
        return None
    scan.pos = end + 3
    scan.repair(f"took {mark} for a quotation mark")
    words = source[start:end]
    if mark != "```":
        return words
    import textwrap

    first, newline, rest = words.partition("\n")
    if newline and compiled(r"[\w+-]*\s*").fullmatch(first):
        words = rest
    return textwrap.dedent(words).strip("\n")


def string_end(scan: Scan, begin: int, marks: str) -> tuple[int, int]:
    """Where the content of a string ends that begins here, and where what follows begins."""
    source, pos, inner = scan.source, begin, 0
    run = compiled(rf"(?:[^{marks}\\]|\\.)*+")
    while True:
        pos = run.match(source, pos).end()
        if pos >= len(source) or source[pos] == "\\":
            return unclosed(scan, begin, inner)
        scan.step()
        early = None if inner % 2 else begun_early(scan, begin, pos)
        if early is not None:
            scan.repair("added a quotation mark that was missing at the end of a string")
            return early, early
        if is_end(scan, begin, pos, inner):
            if inner:
                scan.repair("kept quotation marks inside a string that were not escaped")
            return pos, pos + 1
        inner += 1
        pos += 1


def begun_early(scan: Scan, begin: int, pos: int) -> int | None:
    """Where a string should have ended, when the mark at `pos` already belongs to the next field of the object."""
    source = scan.source
    if scan.brackets[-1:] != ["{"]:
        return None
    if compiled(r"[\"'][^\"':,{}\n]{1,80}+[\"']\s*+:").match(source, pos):
        back = compiled(r"[ \t\r]*+([,\n])").match(source[max(begin, pos - 80) : pos][::-1])
        if back is not None:
            return int(pos - back.end())
    back = compiled(r"\s*+:\s*+[\w-]{1,60}+\s*+,").match(source[max(begin, pos - 100) : pos][::-1])
    if back is None or compiled(r"[\"'][^\"'\n]*+[\"']\s*+(?:[,}\]]|$)").match(source, pos) is None:
        return None
    return int(pos - back.end())


def is_end(scan: Scan, begin: int, pos: int, inner: int) -> bool:
    """Whether the quotation mark at `pos` ends the string, by what follows it; `inner` marks stood in it before."""
    source = scan.source
    after = compiled(r"\s*+").match(source, pos + 1).end()
    char = source[after : after + 1]
    holder = scan.brackets[-1] if scan.brackets else ""
    if char == "":
        return True
    if char == ",":
        return comma_ends(source, after + 1, holder, inner)
    if char in "}])":
        return closers_end(scan, pos, after, inner)
    if source.startswith(("//", "/*", "```"), after) or (char == "#" and after > pos + 1) or char == ";":
        return True
    if char == "+" and not inner:
        return compiled(r"\+\s*+[\"']").match(source, after) is not None
    if char == ":":
        return holder == "[" and not inner
    shut = not source[pos - 1 : pos].isspace() and after > pos + 1
    if holder == "{":
        if shut and not inner and compiled(r"\w[\w ]{0,60}+(?:\}|$)").match(source, after):
            return True
        between = after > pos + 1 or char in "\"'"
        return between and key_ahead(source, after) and (char in "\"'“`" or "\n" in source[pos:after])
    if holder == "[" and inner % 2 == 0 and shut:
        if char in "\"'“":
            return True
        return compiled(r"\w++\"?\s*+(?:[,\]]|$)").match(source, after) is not None or "\n" in source[pos:after]
    return False


def comma_ends(source: str, pos: int, holder: str, inner: int) -> bool:
    """Whether what follows a comma shows that the string before it has ended."""
    pos = compiled(r"(?:\s*+,)*+").match(source, pos).end()
    if holder == "{":
        if member_ahead(source, pos):
            return True
        if name_ahead(source, pos):
            return True
        return compiled(r"[ \t]*+\r?\n").match(source, pos) is not None
    after = compiled(r"\s*+").match(source, pos).end()
    char = source[after : after + 1]
    if holder in ("[", "("):
        return char == "" or char in "\"'“`{}[](-." or char.isdigit() or source.startswith("//", after) or not inner % 2
    return False


def closers_end(scan: Scan, pos: int, after: int, inner: int) -> bool:
    """Whether the brackets behind a quotation mark close what is open, so that the string ends before them."""
    source, held = scan.source, list(scan.brackets)
    while (char := source[after : after + 1]) and char in "}])":
        wanted = {"}": "{", "]": "[", ")": "("}[char]
        if wanted not in held:
            if not held or inner:
                break
        else:
            while held.pop() != wanted:
                pass
        after = compiled(r"\s*+").match(source, after + 1).end()
    char = source[after : after + 1]
    if not held:
        if char == ",":
            return compiled(r",\s*+(?:[\"{\[]|$)").match(source, after) is not None
        return char == "" or not (inner % 2 and scan.last_quote(source[pos]) > after)
    if char and char in "{[" and held[-1] == "[":
        return True
    return char == "" or char in ",\"'/#`;" or "\n" in source[pos:after]


def unclosed(scan: Scan, begin: int, inner: int) -> tuple[int, int]:
    """The end of a string that nothing ends: at the closing brackets at the end of the text, else with the text."""
    source = scan.source
    scan.repair("added a quotation mark that was missing at the end of a string")
    bare = source.rstrip(" \t\r\n`")
    end = len(bare)
    closers = compiled(r"[}\])\s]*+").match(bare[: begin - 1 if begin else 0 : -1])
    tail = "".join(bare[end - closers.end() :].split())
    wanted = "".join(CLOSERS[holder] for holder in reversed(scan.brackets))
    count = next((size for size in range(min(len(tail), len(wanted)), 0, -1) if tail[-size:] == wanted[:size]), 0)
    for _ in range(count):
        end = len(source[begin : end - 1].rstrip()) + begin
    if end < len(bare):
        if scan.brackets[-1] == "{" and not inner:
            member = compiled(r",\s*+[A-Za-z_]\w{0,60}+\s*+:(?!//)").search(source, begin, end)
            end = member.start() if member else end
        return end, end
    if "```" in source[len(bare) :]:
        return end, len(source)
    return len(source), len(source)


def unescaped(scan: Scan, words: str) -> str:
    """The string that is written so. A backslash that begins no escape stands for itself, and so do `\\f` and `\\b`
    before a letter, which begin commands of LaTeX more often than they mean a form feed."""
    if "\\" not in words:
        return words
    odd = compiled(r"\\(?:[^\"\\/bfnrtu'`\n]|u(?![0-9a-fA-F]{4})|[bf][a-z])").search(words) is not None
    words = compiled(r"(?<!\\)\\u[0-9a-fA-F]{0,3}$").sub("", words)
    result: str = compiled(r"\\(u[0-9a-fA-F]{4}|[a-z]++|.|$)").sub(lambda found: escape(found[1], odd), words)
    if compiled("[\ud800-\udfff]").search(result):
        result = result.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if odd:
        scan.repair("kept backslashes that were not escaped")
    return result


def escape(name: Any, odd: bool) -> str:
    """What a backslash and these characters stand for; `odd`: the string has other backslashes that begin no escape."""
    plain = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
    if not name:
        return ""
    if name[0] == "u" and len(name) == 5 and compiled(r"u[0-9a-fA-F]{4}").match(name):
        return chr(int(name[1:], 16))
    if name[0] in plain:
        literal = name[0] in "bf" and len(name) > 1
        command = odd and any(name.startswith(one) for one in LATEX)
        return "\\" + str(name) if literal or command else plain[name[0]] + str(name[1:])
    if name in "\"\\/'`" or name == "\n":
        return str(name)
    return "\\" + str(name)
