"""Python code laid out as `ruff format` lays it out, so that formatting an emitted module changes nothing.

Only forms that are stable are written: what surely fits on its line is flat; what does not has an element on each line
with a comma behind it, which holds it open; the rest stays on one long line that says `# fmt: skip`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

WIDTH = 120
STEP = 4
ESCAPES = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\\": "\\\\"}
HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f\\\\]"
)
PLAIN = re.compile("[\x20-\x7e\xa1-\xac\xae-\u02ff\u0370-\u0373\u0376-\u0377\u037a-\u037f\u0386-\u0482\u048a-\u052f]*")
WIDE = re.compile("[\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff60]")


@dataclass(frozen=True, slots=True)
class Doc:
    """Code that may be written on one line, `flat`, or, where `items` has any, opened: `head`, an item a line,
    `tail`. An item is a prefix (`name=`) and its code. `whole`: nothing in it could be split, however long it is.
    `commas`: one stands behind each item; without, items share a line where they fit on it. `loose`: only a whole
    statement's expression can be opened so."""

    flat: str
    head: str = ""
    items: tuple[tuple[str, Doc], ...] = ()
    tail: str = ""
    whole: bool = False
    commas: bool = True
    loose: bool = False

    def lead(self, before: str) -> Doc:
        """The code with something before it."""
        return replace(self, flat=before + self.flat, head=before + self.head if self.items else "", whole=False)


def bracketed(head: str, items: Iterable[tuple[str, Doc]], tail: str) -> Doc:
    """Code in brackets."""
    found = tuple(items)
    flat = ", ".join(prefix + doc.flat for prefix, doc in found)
    return Doc(head + flat + tail, head, found, tail)


def parts(head: str, pieces: Iterable[str], tail: str) -> Doc:
    """Code in brackets whose pieces no commas part: a comprehension."""
    found = tuple(("", Doc(piece)) for piece in pieces)
    return Doc(head + " ".join(doc.flat for _, doc in found) + tail, head, found, tail, commas=False)


def chain(pieces: Iterable[str]) -> Doc:
    """Pieces that stand in parentheses where they need several lines, in none otherwise: `a if b else c`."""
    found = tuple(("", Doc(piece)) for piece in pieces)
    return Doc(" ".join(doc.flat for _, doc in found), "(", found, ")", commas=False, loose=True)


def widths(text: str) -> tuple[int, int]:
    """The least and the most cells that a text may be taken to have; the two differ where widths are a matter of
    version."""
    if PLAIN.fullmatch(text):
        return len(text), len(text)
    wide = len(WIDE.findall(text))
    known = sum(len(run) for run in PLAIN.findall(text)) + 2 * wide
    return known, known + 2 * (len(text) - (known - wide))


def fits(text: str, before: int) -> bool:
    """Whether a text surely fits on a line behind so many cells."""
    return widths(text)[1] + before <= WIDTH


def lay(doc: Doc, indent: int, before: int, behind: int, top: bool = False) -> tuple[str, bool]:
    """The code on lines, and whether a formatter would leave it alone. `before` cells are on its first line already,
    `behind` come after its last. `top`: it is a whole statement's expression."""
    if fits(doc.flat, before + behind):
        return doc.flat, True
    if not doc.items or (doc.loose and not top):
        return doc.flat, doc.whole
    if not doc.commas:
        return lay_parts(doc, indent, before + behind)
    lines, stable = [doc.head], True
    inner = indent + STEP
    for prefix, item in doc.items:
        text, good = lay(item, inner, inner + widths(prefix)[1], 1)
        lines.append(" " * inner + prefix + text + ",")
        stable = stable and good
    return "\n".join([*lines, " " * indent + doc.tail]), stable


def lay_parts(doc: Doc, indent: int, around: int) -> tuple[str, bool]:
    """Code without commas, which nothing holds open: it is opened only where it surely must be."""
    inner, pieces = indent + STEP, [item.flat for _, item in doc.items]
    together = " ".join(pieces)
    if widths(doc.flat)[0] + around <= WIDTH or not all(fits(piece, inner) for piece in pieces):
        return doc.flat, False
    if fits(together, inner):
        pieces = [together]
    elif widths(together)[0] + inner <= WIDTH:
        return doc.flat, False
    return "\n".join([doc.head, *(" " * inner + piece for piece in pieces), " " * indent + doc.tail]), True


def statement(before: str, doc: Doc, indent: int, behind: str = "") -> str:
    """A statement: its beginning, its expression, and what stands behind (a colon)."""
    start = " " * indent + before
    text, stable = lay(doc, indent, len(start), len(behind), top=True)
    if not stable or (not doc.items and not fits(start + text + behind, 0)):
        return f"{start}{text}{behind}  # fmt: skip"
    return start + text + behind


@lru_cache(maxsize=4096)
def quote(text: str) -> str:
    """A string literal."""
    mark = "'" if text.count('"') > text.count("'") else '"'
    return mark + escape(text, mark) + mark


def escape(text: str, mark: str) -> str:
    """The inside of a string literal in such quotes."""

    def shown(found: re.Match[str]) -> str:
        char = found.group()
        code = ord(char)
        short = f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
        return ESCAPES.get(char, short)

    return HIDDEN.sub(shown, text).replace(mark, "\\" + mark)
