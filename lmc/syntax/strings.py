"""What a string literal stands for, and how a text is written as one."""

from __future__ import annotations

import re
from collections.abc import Sequence

ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}

_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|([\s\S]|$))")
_PIECE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|([\s\S]|$))|(\{\{)|(\}\})|(\{\})")
_HIDDEN = re.compile('[\x00-\x1f"\\\\\x7f-\xa0\xad\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]')


def decode(literal: str) -> str:
    """The text of a literal, written with its quotes. Escapes that do not exist stand for themselves."""
    if literal.startswith('"""') and len(literal) >= 6:
        return _ESCAPE.sub(_unescape, dedent(literal[3:-3]))
    return _ESCAPE.sub(_unescape, literal[1:-1]) if "\\" in literal else literal[1:-1]


def decode_places(literal: str) -> list[int]:
    """For each character of the text of a literal, and for its end, the offset in the literal that it comes from: that
    of the backslash for an escape."""
    quotes = 3 if literal.startswith('"""') and len(literal) >= 6 else 1
    body = literal[quotes:-quotes]
    lines = block_text(body) if quotes == 3 else [(0, body)]
    raw = "\n".join(line for _, line in lines)
    kept = [quotes + place for start, line in lines for place in range(start, start + len(line) + 1)]
    places: list[int] = []
    end = 0
    for match in _ESCAPE.finditer(raw):
        size = len(_unescape(match))
        whole = size == match.end() - match.start()
        places += kept[end : match.start()]
        places += kept[match.start() : match.end()] if whole else [kept[match.start()]] * size
        end = match.end()
    return places + kept[end:]


def decode_format(pieces: list[str], block: bool) -> list[str]:
    """The texts between the holes of an f-string, from the texts as they are written: n + 1 for n holes."""
    raw = "{}".join(pieces)
    if block:
        raw = dedent(raw)
    found = [""]
    end = 0
    for match in _PIECE.finditer(raw):
        found[-1] += raw[end : match.start()]
        end = match.end()
        if match[5]:
            found.append("")
        else:
            found[-1] += "{" if match[3] else "}" if match[4] else _unescape(match)
    found[-1] += raw[end:]
    return found


def _unescape(match: re.Match[str]) -> str:
    if match[1]:
        return chr(int(match[1], 16)) if is_scalar(int(match[1], 16)) else match[0]
    return ESCAPES.get(match[2], match[0])


def is_scalar(code: int) -> bool:
    """Whether a number is a Unicode scalar value, which surrogates are not."""
    return code < 0xD800 or 0xE000 <= code <= 0x10FFFF


def bad_escapes(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The places in `text[start:end]` of the escapes that do not exist."""
    found = []
    for match in _ESCAPE.finditer(text, start, end):
        valid = is_scalar(int(match[1], 16)) if match[1] else match[2] in ESCAPES
        if not valid:
            found.append((match.start(), match.end()))
    return found


def dedent(body: str) -> str:
    '''The text of a `"""` literal: what lies between the line of the opening quotes and that of the closing ones,
    without the indentation that all its lines share. On one line, the text as it is.'''
    return "\n".join(line for _, line in block_text(body)) if "\n" in body else body


def block_text(body: str) -> list[tuple[int, str]]:
    '''The lines of the text of a `"""` literal, each with its offset in the body of the literal.'''
    *rows, last = body.split("\n")
    lines: list[tuple[int, str]] = []
    position = 0
    for row in rows:
        lines.append((position, row.removesuffix("\r")))
        position += len(row) + 1
    lines.append((position, last))
    if len(lines) == 1:
        return lines
    if not lines[0][1].strip(" \t"):
        del lines[0]
    if len(lines) > 1 and not lines[-1][1].strip(" \t"):
        del lines[-1]
    filled = [line for _, line in lines if line.strip(" \t")]
    margin = 0
    if filled:
        low, high = min(filled), max(filled)
        while margin < len(low) and low[margin] == high[margin] and low[margin] in " \t":
            margin += 1
    return [(start + margin, line[margin:]) if line.strip(" \t") else (start + len(line), "") for start, line in lines]


def quote(text: str) -> str:
    """The literal on one line."""
    return f'"{escape(text)}"'


def escape(text: str) -> str:
    """The text with escapes for what cannot stand, or cannot be seen, within quotes."""
    return _HIDDEN.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    short = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
    return short.get(match[0]) or f"\\u{{{ord(match[0]):x}}}"


def is_block(text: str, longest: int) -> bool:
    """Whether a text is written over several lines: it has several, and on one line more than `longest` characters."""
    return "\n" in text.strip("\n") and len(escape(text)) > longest


def block_lines(parts: Sequence[tuple[str, bool]]) -> list[str]:
    '''The lines to write between `"""` and `"""`, each after the same indentation. `parts` are texts, and, with True,
    what stands for itself. A space that would be taken for indentation, or that stands unseen at the end of a line, is
    written as an escape.'''
    lines = [""]
    plain = [True]
    for part, verbatim in parts:
        first, *more = [part] if verbatim else [_in_block(piece) for piece in part.split("\n")]
        lines[-1] += first
        plain[-1] = plain[-1] if not first else not verbatim
        lines += more
        plain += [True] * len(more)
    return _visible(lines, plain)


def _visible(lines: list[str], plain: list[bool]) -> list[str]:
    lines = [re.sub(" $", r"\\u{20}", line) if text else line for line, text in zip(lines, plain, strict=True)]
    filled = [index for index, line in enumerate(lines) if line]
    if filled and all(lines[index][0] == " " for index in filled):
        lines[filled[0]] = "\\u{20}" + lines[filled[0]][1:]
    return lines


def _in_block(text: str) -> str:
    escaped = _HIDDEN.sub(lambda match: match[0] if match[0] == '"' else _escape(match), text)
    return escaped.replace('"""', '\\"""')
