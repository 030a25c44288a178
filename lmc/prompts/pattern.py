"""Grammars (GBNF) of texts that a regular expression matches."""

from __future__ import annotations

import re
from re import _parser as regex
from typing import Any, TypeAlias

Ranges: TypeAlias = tuple[tuple[int, int], ...]
"""Characters: code points from the first to the last of each pair, in order."""

LAST = 0x10FFFF
MOST_REPEATS = 1000
"""A repetition with a greater bound has none in a grammar; llama.cpp writes each one out."""

EVERY: Ranges = ((0, 0xD7FF), (0xE000, LAST))
_WORD: Ranges = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
_DIGIT: Ranges = ((0x30, 0x39),)
_SPACE: Ranges = ((9, 13), (28, 32))
_WIDE_SPACE: Ranges = (
    (0x85, 0x85),
    (0xA0, 0xA0),
    (0x1680, 0x1680),
    (0x2000, 0x200A),
    (0x2028, 0x2029),
    (0x202F, 0x3000),
)
_WIDE: Ranges = ((0x80, 0xD7FF), (0xE000, LAST))
_ESCAPES = {0x22: '"', 0x5C: "\\\\", 8: "b", 9: "t", 10: "n", 12: "f", 13: "r"}
"""What JSON writes behind a backslash."""

_SPECIAL: Ranges = ((0, 0x1F), (0x22, 0x22), (0x5C, 0x5C), (0x7F, 0x7F))


class Inexpressible(ValueError):
    """What no grammar says."""


def pattern_rule(pattern: str, *, quoted: bool) -> str | None:
    """The rule of the texts in which a regular expression is found (JSON Schema 2020-12, 6.3.3: not anchored), or None
    for one with look-around, back references or flags. `quoted`: as they stand between the quotes of JSON; else on
    one line. The rule may allow a little more than the expression: `\\w` takes every character beyond ASCII. `\\d` is
    a digit of ASCII, as in JSON Schema."""
    try:
        parsed = regex.parse(pattern)
        if parsed.state.flags & ~re.UNICODE:
            return None
        return sequence(list(parsed), quoted, head=True, tail=True) or '""'
    except (re.error, Inexpressible, RecursionError, OverflowError):
        return None


def sequence(items: list[Any], quoted: bool, *, head: bool, tail: bool) -> str:
    """The rule of a sequence; `head` and `tail`: it begins and ends the whole expression, so that without an anchor
    any text may stand before or behind it."""
    anything = f"{characters(EVERY, quoted)}*"
    starts = [index for index, (kind, of) in enumerate(items) if kind is regex.AT and of in STARTS]
    ends = [index for index, (kind, of) in enumerate(items) if kind is regex.AT and of in ENDS]
    if starts not in ([], [0]) or ends not in ([], [len(items) - 1]) or (starts and not head) or (ends and not tail):
        raise Inexpressible
    inner = items[len(starts) : len(items) - len(ends)]
    opens, closes = head and not starts, tail and not ends
    parts: list[str] = []
    for index, item in enumerate(inner):
        # A group at an end may hold the anchor, in each of its alternatives.
        group = item[0] in (regex.BRANCH, regex.SUBPATTERN)
        first, last = index == 0 and opens and group, index == len(inner) - 1 and closes and group
        parts.append(one(item, quoted, head=first, tail=last))
        opens, closes = opens and not first, closes and not last
    return " ".join(part for part in [anything * opens, *parts, anything * closes] if part)


def one(item: tuple[Any, Any], quoted: bool, *, head: bool = False, tail: bool = False) -> str:
    """The rule of one part of an expression."""
    kind, of = item
    if kind is regex.SUBPATTERN:
        _, added, removed, inner = of
        if added or removed:
            raise Inexpressible
        return f"({sequence(list(inner), quoted, head=head, tail=tail) or EMPTY})"
    if kind is regex.BRANCH:
        return f"({' | '.join(sequence(list(part), quoted, head=head, tail=tail) or EMPTY for part in of[1])})"
    if kind in (regex.MAX_REPEAT, regex.MIN_REPEAT):
        least, most, inner = of
        return f"({sequence(list(inner), quoted, head=False, tail=False) or EMPTY}){repeated(int(least), int(most))}"
    return characters(members(kind, of), quoted)


EMPTY = '""'
STARTS, ENDS = (regex.AT_BEGINNING, regex.AT_BEGINNING_STRING), (regex.AT_END, regex.AT_END_STRING)


def repeated(least: int, most: int) -> str:
    """How a rule says that it is repeated."""
    if least > MOST_REPEATS:
        raise Inexpressible
    if most > MOST_REPEATS:
        return {0: "*", 1: "+"}.get(least, f"{{{least},}}")
    if (least, most) == (0, 1):
        return "?"
    return f"{{{least}}}" if least == most else f"{{{least},{most}}}"


def members(kind: Any, of: Any) -> Ranges:
    """The characters that a part of an expression stands for."""
    if kind is regex.LITERAL:
        return ((of, of),)
    if kind is regex.NOT_LITERAL:
        return without(EVERY, ((of, of),))
    if kind is regex.ANY:
        return without(EVERY, ((10, 10),))
    if kind is not regex.IN:
        raise Inexpressible
    negated = of[0][0] is regex.NEGATE
    found: list[tuple[int, int]] = []
    for inner, value in of[1:] if negated else of:
        if inner is regex.LITERAL:
            found.append((value, value))
        elif inner is regex.RANGE:
            found.append((value[0], value[1]))
        elif inner is regex.CATEGORY:
            found += category(value, wide=not negated)
        else:
            raise Inexpressible
    return without(EVERY, tuple(found)) if negated else merged(tuple(found))


def category(name: Any, *, wide: bool) -> Ranges:
    """The characters of `\\d`, `\\w`, `\\s` and their opposites. Beyond ASCII: all that could be meant (`wide`), or
    none."""
    known: dict[Any, tuple[Ranges, Ranges]] = {
        regex.CATEGORY_DIGIT: (_DIGIT, ()),
        regex.CATEGORY_WORD: (_WORD, _WIDE),
        regex.CATEGORY_SPACE: (_SPACE, _WIDE_SPACE),
        regex.CATEGORY_NOT_DIGIT: (without(EVERY, (*_DIGIT, *_WIDE)), _WIDE),
        regex.CATEGORY_NOT_WORD: (without(EVERY, (*_WORD, *_WIDE)), _WIDE),
        regex.CATEGORY_NOT_SPACE: (without(EVERY, (*_SPACE, *_WIDE)), _WIDE),
    }
    if name not in known:
        raise Inexpressible
    narrow, more = known[name]
    return (*narrow, *more) if wide else narrow


def characters(ranges: Ranges, quoted: bool) -> str:
    """The rule of one character out of some."""
    if not quoted:
        return char_class(without(ranges, ((10, 10), (13, 13))))
    plain = without(ranges, _SPECIAL)
    escaped = [text for code, text in _ESCAPES.items() if any(low <= code <= high for low, high in ranges)]
    parts = [char_class(plain)] if plain else []
    if escaped:
        names = "".join('\\"' if text == '"' else text for text in escaped)
        parts.append(f'"\\\\" [{names}]')
    if not parts:
        raise Inexpressible
    return parts[0] if len(parts) == 1 and plain else f"({' | '.join(parts)})"


def char_class(ranges: Ranges) -> str:
    """A class of characters as GBNF writes it."""
    if not ranges:
        raise Inexpressible
    rest = without(EVERY, ranges)
    if rest and len(rest) < len(ranges):
        return f"[^{''.join(span(low, high) for low, high in rest)}]"
    return f"[{''.join(span(low, high) for low, high in ranges)}]"


def span(low: int, high: int) -> str:
    """A range within a class."""
    return written(low) if low == high else f"{written(low)}-{written(high)}"


def written(code: int) -> str:
    """A character within a class."""
    if chr(code).isascii() and (chr(code).isalnum() or chr(code) in " _.,:;/@#%&!?"):
        return chr(code)
    return f"\\x{code:02X}" if code < 0x100 else f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"


def merged(ranges: Ranges) -> Ranges:
    """The same characters, in order and without overlap."""
    found: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        else:
            found.append((low, high))
    return tuple(found)


def without(ranges: Ranges, other: Ranges) -> Ranges:
    """The characters of the first that are not among the others."""
    found = list(merged(ranges))
    for low, high in other:
        kept: list[tuple[int, int]] = []
        for first, last in found:
            kept += [one for one in ((first, min(last, low - 1)), (max(first, high + 1), last)) if one[0] <= one[1]]
        found = kept
    return tuple(found)
