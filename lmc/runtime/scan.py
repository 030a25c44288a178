"""Where a tolerant reader is in a text, what it repaired there, and the few looks ahead that it takes."""

from __future__ import annotations

from typing import NamedTuple

from lmc.runtime.pattern import compiled
from lmc.runtime.value import ReplyError

DEEPEST = 96
"""The most brackets within one another that a reply may have: under it, no step of the reader runs out of stack."""

STEPS = 150_000
"""The most pieces that are read of a reply that is no JSON; one with more is refused, so that none takes long."""

REPAIRS = 40
"""The most repairs that are told of one reply."""


class Repair(NamedTuple):
    """What was done to a reply: `at` is the path of the field, such as `items[2].name` ("" for the whole)."""

    at: str
    what: str


class Bare(str):
    """A piece of a reply that stood there without quotes: a number, a literal, a word."""


class Scan:
    """A text with a position, the brackets that are open there, and the repairs so far."""

    def __init__(self, source: str, pos: int = 0, steps: int = STEPS) -> None:
        self.source = source
        self.pos = pos
        self.steps = steps
        self.brackets: list[str] = []
        self.path: list[str | int] = []
        self.repairs: list[Repair] = []
        self.cut: set[int] = set()
        """The objects and lists (by id) whose closing bracket is missing."""
        self.last_quotes: dict[str, int] = {}

    def step(self) -> None:
        """Counts a step. Raises ReplyError when there were too many."""
        self.steps -= 1
        if self.steps < 0:
            raise ReplyError("is too long and too broken to be repaired")

    def repair(self, what: str) -> None:
        """Notes a repair at the path where the reader is."""
        if len(self.repairs) < REPAIRS:
            self.repairs.append(Repair(path_of(self.path), what))

    def last_quote(self, mark: str) -> int:
        """Where the text has this quotation mark for the last time."""
        if mark not in self.last_quotes:
            self.last_quotes[mark] = self.source.rfind(mark)
        return self.last_quotes[mark]


def path_of(path: list[str | int]) -> str:
    """A path as it is written; a long one without its middle."""
    parts = path if len(path) <= 12 else [*path[:6], "…", *path[-5:]]
    words = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return words.removeprefix(".")[:200]


def skip_space(scan: Scan, *, hashes: bool = True) -> None:
    """Goes past white space and comments; `hashes` says whether `#` may begin one that no space follows."""
    source = scan.source
    while True:
        scan.pos = compiled(r"[\s\ufeff]*+").match(source, scan.pos).end()
        if source.startswith("/*", scan.pos):
            end = source.find("*/", scan.pos + 2)
            scan.pos = len(source) if end < 0 else end + 2
        elif source.startswith("//", scan.pos) or (
            source.startswith("#", scan.pos) and (hashes or source[scan.pos + 1 : scan.pos + 2].isspace())
        ):
            end = source.find("\n", scan.pos)
            scan.pos = len(source) if end < 0 else end
        else:
            return
        scan.step()
        scan.repair("left out a comment")


KEY_AHEAD = (
    r"\s*+(?:\"(?:[^\"\\\n]|\\.){0,120}+\"|'[^'\n]{0,120}+'|[“‘][^”’\"\n]{0,120}+[”’\"]|`[^`\n]{0,120}+`)\s*+[:=]"
    r"|\s*+[A-Za-z_$][\w$-]{0,60}+\s*+:(?!//)"
)
"""A name, quoted or one word, and a colon."""


def key_ahead(source: str, pos: int) -> bool:
    """Whether a name and a colon stand here."""
    return compiled(KEY_AHEAD).match(source, pos) is not None


def member_ahead(source: str, pos: int) -> bool:
    """Whether what stands behind a comma or a line end goes on with the object, or ends it."""
    return key_ahead(source, pos) or compiled(r"\s*+(?:[}\]]|$|//|/\*|#|```)").match(source, pos) is not None


def name_ahead(source: str, pos: int) -> bool:
    """Whether a quoted name stands here that a colon, another string or the end of the text follows; words in capitals
    before it do not count."""
    name = (
        r"\s*+(?:[A-Z_]{3,40}+\s++)?\"[^\"\n]{0,80}+(?:\"\s*+(?:[:=\"]|$)|$)"
        r"|\s*+-?\d[\w.]{0,20}+\s*+:|\s*+[A-Za-z_]\w{0,60}+\"\s*+:"
    )
    return compiled(name).match(source, pos) is not None


def line_ahead(source: str, pos: int) -> bool:
    """The same of the line that begins here, whose name may have several words."""
    if member_ahead(source, pos):
        return True
    return compiled(r"\s*+[A-Za-z_][\w $-]{0,40}+:(?!//)\s").match(source, pos) is not None
