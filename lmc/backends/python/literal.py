"""JSON values as Python literals."""

from __future__ import annotations

import math
import re
from typing import Any

from lmc.backends.python.layout import STEP, WIDTH, fits, quote, widths


def plain(value: Any) -> str:
    """A JSON value as a literal on one line."""
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, float):
        return number(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(plain, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quote(name)}: {plain(item)}" for name, item in value.items()) + "}"
    return repr(value)


def number(value: float) -> str:
    """A float as a literal."""
    if not math.isfinite(value):
        return f'float("{value}")'
    return repr(value).replace("e+", "e")


def laid_out(value: Any, indent: int = 0, before: int = 0, behind: int = 0, *, opened: int = 0) -> str:
    """A JSON value as a literal on as many lines as it needs. `before` cells are on its first line already; the outer
    `opened` levels have an element on each line in any case."""
    if not isinstance(value, (list, dict)) or not value:
        return plain(value)
    if not opened and fits(flat := plain(value), before + behind):
        return flat
    inner = indent + STEP
    lines = []
    if isinstance(value, dict):
        for name, item in value.items():
            prefix = f"{quote(name)}: "
            lines.append(
                prefix + laid_out(item, inner, inner + widths(prefix)[1], 1, opened=opened - 1 if opened else 0)
            )
    else:
        lines = [element(item, inner, opened - 1 if opened else 0) for item in value]
    open_, close = "[]" if isinstance(value, list) else "{}"
    return "\n".join([open_, *(f"{' ' * inner}{line}," for line in lines), " " * indent + close])


def element(value: Any, indent: int, opened: int) -> str:
    """An element of a list; a text that surely does not fit is broken behind its newlines and, where it must be,
    between words."""
    if not isinstance(value, str) or widths(quote(value))[0] + indent + 1 <= WIDTH:
        return laid_out(value, indent, indent, 1, opened=opened)
    pieces = [piece for line in re.findall(r"[^\n]*\n+|[^\n]+", value) for piece in broken(line, WIDTH - indent - 3)]
    return f"\n{' ' * indent}".join(quote(piece) for piece in pieces)


def broken(line: str, room: int) -> list[str]:
    """A line in pieces that fit, broken between words."""
    pieces = [""]
    for word in re.findall(r"\s*\S+\s*$|\s*\S+|\s+", line):
        if pieces[-1] and widths(quote(pieces[-1] + word))[1] > room:
            pieces.append("")
        pieces[-1] += word
    # The space goes to the end of a piece: a piece that begins with one reads badly.
    for index in range(1, len(pieces)):
        kept = pieces[index].lstrip(" ")
        pieces[index - 1] += " " * (len(pieces[index]) - len(kept))
        pieces[index] = kept
    return [piece for piece in pieces if piece]
