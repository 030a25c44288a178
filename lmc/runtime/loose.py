"""Reads what an LM wrote in place of JSON: left to right, in linear time, noting what it repaired.

What it gives is JSON, but for pieces that stood without quotes (`Bare`): the type that is wanted says what they are.
"""

from __future__ import annotations

from typing import Any

from lmc.runtime.pattern import compiled
from lmc.runtime.quoted import CLOSERS, MARKS, loose_string, unescaped
from lmc.runtime.scan import DEEPEST, Bare, Scan, key_ahead, line_ahead, member_ahead, name_ahead, skip_space
from lmc.runtime.value import ReplyError

ABSENT = Bare("")
"""Stands where a value is missing."""


def loose_value(scan: Scan) -> Any:
    """The value that begins here. Raises ReplyError when brackets are too deep, or the text is too broken."""
    scan.step()
    char = scan.source[scan.pos : scan.pos + 1]
    if char and char in CLOSERS:
        if len(scan.brackets) >= DEEPEST:
            raise ReplyError("is nested too deeply")
        scan.brackets.append(char)
        scan.pos += 1
        try:
            return loose_object(scan) if char == "{" else loose_list(scan, char)
        finally:
            scan.brackets.pop()
    prefix = compiled(r"[fFrRbBuU]{1,2}(?=[\"'][^\s,}\]])").match(scan.source, scan.pos)
    if prefix is not None:
        scan.pos = prefix.end()
        scan.repair("left out a letter before a quotation mark")
        char = scan.source[scan.pos]
    if not char or char not in MARKS:
        return loose_bare(scan)
    words = loose_string(scan)
    while (plus := compiled(r"\s*+\+\s*+(?=[\"'])").match(scan.source, scan.pos)) is not None:
        scan.step()
        scan.pos = plus.end()
        scan.repair("joined two strings")
        words += loose_string(scan)
    return words


def loose_object(scan: Scan) -> Any:  # noqa: C901
    """The object whose brace was read; a list where it holds values without names."""
    result: dict[str, Any] = {}
    items: list[Any] = []
    doubled, comma = 0, True
    source = scan.source
    while True:
        skip_space(scan)
        char = source[scan.pos : scan.pos + 1]
        if char == "":
            scan.cut.add(id(result))
            scan.repair("added a closing brace that was missing")
            break
        if char == "}":
            scan.pos += 1
            if comma and result:
                scan.repair("left out a comma")
            if doubled and compiled(r"\s*+\}").match(source, scan.pos):
                scan.pos = source.index("}", scan.pos) + 1
            if len(scan.brackets) > 1 or not goes_on(source, scan.pos):
                break
            scan.repair("left out a closing brace that came too early")
        elif char in ",;:":
            if comma or char == ":":
                scan.repair(f"left out a {'colon' if char == ':' else 'comma'}")
            comma = True
            scan.pos += 1
        elif char in "])":
            if {"]": "[", ")": "("}[char] in scan.brackets:
                scan.cut.add(id(result))
                scan.repair("added a closing brace that was missing")
                break
            scan.pos += 1
            scan.repair("left out a bracket that closes nothing")
        elif char == "{" and not result:
            doubled += 1
            scan.pos += 1
            scan.repair("left out a doubled brace")
        elif source.startswith("```", scan.pos) and len(scan.brackets) == 1:
            scan.cut.add(id(result))
            scan.repair("added a closing brace that was missing")
            break
        elif member(scan, result, items, comma):
            comma = False
        scan.step()
    if items and not result:
        scan.repair("took values in braces for a list")
        return items
    return result


def goes_on(source: str, pos: int) -> bool:
    """Whether the outermost object goes on behind its closing brace."""
    found: bool = compiled(r"\s*+,\s*+\"[^\"\n]{0,120}+\"\s*+[:\"]").match(source, pos) is not None
    return found


def member(scan: Scan, result: dict[str, Any], items: list[Any], comma: bool) -> bool:
    """Reads one member of an object into `result` (or a value without a name into `items`); False when what stands here
    was left out."""
    source = scan.source
    if source[scan.pos] in "[{(" or source.startswith("...", scan.pos):
        last = next(reversed(result.values()), None) if result else None
        dots = source.startswith("...", scan.pos)
        extra = None if dots else loose_value(scan)
        scan.pos += 3 * dots
        if isinstance(last, list) and isinstance(extra, list):
            last += extra
            scan.repair("joined a list to the one before it")
        else:
            scan.repair("left out what has no name")
        return False
    noise = compiled(r"[A-Za-z_][\w ]{0,80}+(?=[\"'“}])").match(source, scan.pos)
    if noise is not None and result and (source[noise.end()] == "}" or key_ahead(source, noise.end())):
        scan.pos = noise.end()
        scan.repair("left out words between two members")
        return False
    if not comma and result:
        scan.repair("added a comma that was missing")
    name = loose_name(scan)
    if name is None:
        return False
    skip_space(scan)
    char = source[scan.pos : scan.pos + 1]
    if char in (":", "=", "："):
        scan.pos += 2 if source.startswith(("=>", ":="), scan.pos) else 1
        skip_space(scan, hashes=False)
    elif char and char in "\"'“`[{":
        scan.repair("added a colon that was missing")
    else:
        if char == "" and len(scan.brackets):
            return False
        items.append(name)
        return True
    scan.path.append(name)
    found = present(scan)
    if found is not None:
        result[str(name)] = found
    scan.path.pop()
    return True


def present(scan: Scan) -> Any:
    """The value of a member; ABSENT where there is none, None where the text ends before it."""
    char = scan.source[scan.pos : scan.pos + 1]
    if char == "":
        scan.repair("left out a member without a value")
        return None
    if char in ",}]":
        scan.repair("found no value")
        return ABSENT
    return loose_value(scan)


def loose_name(scan: Scan) -> str | None:
    """The name of a member, or a value without a name; None when what stands here was left out."""
    source, pos = scan.source, scan.pos
    mark = source[pos]
    if mark in MARKS:
        return quoted_name(scan, mark)
    found = compiled(r"[^\s\"'{}\[\],:=][^\"'{}\[\],:=\n]{0,80}+(?=[:=])").match(source, pos)
    if found is not None:
        scan.pos = found.end()
        scan.repair("added quotation marks around a name")
        return str(found[0].strip())
    half = compiled(r"([A-Za-z_]\w{0,60}+)[\"'](?=\s*+:)").match(source, pos)
    if half is not None:
        scan.pos = half.end()
        scan.repair("added a quotation mark that was missing before a name")
        return str(half[1])
    piece: str | None = loose_bare(scan)
    if piece is ABSENT:
        scan.pos += 1
        return None
    return piece


def quoted_name(scan: Scan, mark: str) -> str | None:
    """The name in quotation marks that begins here."""
    source, pos = scan.source, scan.pos
    ends = MARKS[mark]
    whole = compiled(rf"((?:[^{ends}\\]|\\.)*+)[{ends}](\s*+:)?").match(source, pos + 1)
    if mark != '"':
        scan.repair("took another quotation mark for a double one")
    if whole is not None and whole[2]:
        scan.pos = whole.end(1) + 1
        return unescaped(scan, whole[1])
    bare = compiled(r"([A-Za-z_][\w $.-]{0,80}?)\s*:(?!//)").match(source, pos + 1)
    if bare is not None:
        scan.pos = bare.end(1)
        scan.repair("added a quotation mark that was missing at the end of a name")
        return str(bare[1])
    inner = compiled(rf"([^,:{{}}\[\]\n]{{1,120}}?)[{ends}]\s*+(?=:)").match(source, pos + 1)
    if inner is not None and not compiled(rf"[{ends}]\s++[{ends}]").search(inner[1]):
        scan.pos = inner.end()
        scan.repair("left out quotation marks in a name")
        words = str(inner[1])
        return words.strip(mark) if words[0] == mark else words
    if whole is None:
        scan.pos = len(source)
        scan.repair("left out a name that was cut off")
        return None
    scan.pos = whole.end(1) + 1
    return unescaped(scan, whole[1])


def loose_list(scan: Scan, opening: str) -> Any:  # noqa: C901
    """The list whose bracket was read; a parenthesis around one value is no list."""
    result: list[Any] = []
    source = scan.source
    comma, commas = True, 0
    while True:
        skip_space(scan)
        char = source[scan.pos : scan.pos + 1]
        if char == "" or (source.startswith("```", scan.pos) and len(scan.brackets) == 1):
            scan.cut.add(id(result))
            scan.repair("added a closing bracket that was missing")
            break
        if char in "])":
            scan.pos += 1
            if comma and result:
                scan.repair("left out a comma")
            if char != CLOSERS[opening]:
                scan.repair("took another closing bracket for the right one")
            break
        if char == "}":
            if brace_ends(scan):
                scan.cut.add(id(result))
                break
        elif char in ",;":
            commas += 1
            if comma:
                scan.repair("left out a comma")
            comma = True
            scan.pos += 1
        elif source.startswith(("...", "…"), scan.pos):
            scan.pos += 3 if char == "." else 1
            scan.repair("left out an ellipsis")
        else:
            if not comma and result:
                scan.repair("added a comma that was missing")
            comma = False
            item(scan, result)
        scan.step()
    if opening == "(":
        scan.repair("took parentheses for a list" if commas or len(result) != 1 else "left out parentheses")
        return result if commas or len(result) != 1 else result[0]
    return result


def brace_ends(scan: Scan) -> bool:
    """Whether a closing brace in a list ends the list: it stands for its bracket (and is read), or ends the object
    around it. One that does neither is read and left out."""
    source = scan.source
    if "{" not in scan.brackets:
        scan.pos += 1
        scan.repair("left out a brace that closes nothing")
        return False
    typo = compiled(r"\}\s*+,\s*+\"[^\"\n]{0,120}+\"\s*+:").match(source, scan.pos)
    if typo is not None and scan.brackets.count("{") == 1:
        scan.pos += 1
        scan.repair("took a closing brace for a bracket")
    else:
        scan.repair("added a closing bracket that was missing")
    return True


def item(scan: Scan, result: list[Any]) -> None:
    """Reads one item of a list; a name and a colon there are a member of an object without braces."""
    scan.path.append(len(result))
    begin = scan.pos
    found = loose_value(scan)
    if scan.pos == begin:
        scan.pos += 1
        scan.repair("left out a character that means nothing")
    elif isinstance(found, str) and scan.source[scan.pos : scan.pos + 1] == ":":
        scan.pos += 1
        skip_space(scan, hashes=False)
        value = present(scan)
        if isinstance(result[-1:], list) and result and id(result[-1]) in scan.cut and isinstance(result[-1], dict):
            result[-1][str(found)] = value
        else:
            result.append({str(found): value})
            scan.cut.add(id(result[-1]))
        scan.repair("added braces around a member in a list")
    elif found is not ABSENT and (found != "" or scan.pos < len(scan.source)):
        result.append(found)
    scan.path.pop()


def loose_bare(scan: Scan) -> Any:
    """The piece without quotes that begins here; it ends where the object or list goes on."""
    source, begin = scan.source, scan.pos
    in_list = scan.brackets[-1:] != ["{"]
    plain = compiled(r"(?:true|false|null|-?\d++(?:\.\d++)?(?:[eE][-+]?\d++)?)(?=\s*+[}\]])").match(source, begin)
    if plain is not None:
        scan.pos = plain.end()
        return Bare(plain[0])
    grouped = compiled(r"-?\d{1,3}(?:,\d{3})++(?:\.\d++)?(?=\s*+[,}\]])").match(source, begin)
    if grouped is not None and not in_list:
        scan.pos = grouped.end()
        return Bare(grouped[0])
    pos, depth = begin, 0
    run = compiled(r"[^,{}\[\]()\n\"“`/#:]*+")
    while True:
        pos = run.match(source, pos).end()
        if pos >= len(source) or bare_ends(scan, begin, pos, depth, in_list):
            break
        depth += (source[pos] in "{[(") - (source[pos] in "}])")
        pos += 1
        scan.step()
    words = source[begin:pos].strip()
    scan.pos = pos
    stray = compiled(r"[\"“`](?!``)").match(source, pos)
    if stray is not None and words and not key_ahead(source, pos):
        scan.pos = pos + 1
        scan.repair("left out a quotation mark at the end of a value")
    return Bare(words) if words and words != "-" else ABSENT


def bare_ends(scan: Scan, begin: int, pos: int, depth: int, in_list: bool) -> bool:
    """Whether a piece without quotes ends before the character here, which may mean something."""
    source = scan.source
    char = source[pos]
    if char == ",":
        if in_list:
            return depth == 0
        ahead = line_ahead if compiled(r",[ \t]*+\r?\n").match(source, pos) else member_ahead
        return depth == 0 and (ahead(source, pos + 1) or name_ahead(source, pos + 1))
    if char == "\n":
        return depth == 0 and (in_list or line_ahead(source, pos + 1))
    if char in "}])":
        return depth == 0 and (char != ")" or in_list or "(" in scan.brackets)
    if char in '"“':
        closed = compiled(r"[\"“]\s*+(?:[,}\]]|$)").match(source, pos) is not None
        return key_ahead(source, pos) or (closed and depth == 0)
    if char in "/#":
        return source[pos - 1 : pos].isspace() and compiled(r"//|/\*|#\s").match(source, pos) is not None
    if char == "`":
        return source.startswith("```", pos)
    return (
        char == ":" and in_list and depth == 0 and compiled(r"[\w$-]{1,60}+").fullmatch(source, begin, pos) is not None
    )


def literal(piece: Bare) -> Any:
    """What a piece without quotes is where the type does not say: a literal of JSON or Python, a number, or text."""
    words = {"true": True, "false": False, "null": None, "none": None, "nan": None, "undefined": None}
    if piece.casefold() in words:
        return words[piece.casefold()]
    digits = compiled(r"([-+]?\d[\d_]*)?(\.[\d_]*)?([eE][-+]?\d*)?").fullmatch(piece)
    if digits is None or not compiled(r"[-+.]*\d").match(piece) or len(piece) > 400:
        return str(piece)
    number = piece.replace("_", "").rstrip("eE+-")
    if digits[2] is None and (digits[3] is None or len(digits[3]) == 1):
        return int(number)
    value = float(number)
    return value if value - value == 0 else str(piece)


def plain_value(found: Any) -> Any:
    """The value where no type is wanted."""
    if isinstance(found, dict):
        return {name: plain_value(one) for name, one in found.items()}
    if isinstance(found, list):
        return [plain_value(one) for one in found]
    return literal(found) if isinstance(found, Bare) else found
