"""Differences of texts as pieces: what stayed, what came, what went."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["same", "new", "gone"]

MOST_WORDS = 4000
"""Longer texts are compared line by line: comparing words takes time quadratic in their number."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text that both have, or the later or the earlier one alone."""

    kind: Kind
    text: str


def words_changed(before: str, after: str) -> tuple[Piece, ...]:
    """The difference of two texts, word by word; of long ones line by line."""
    if before == after:
        return (Piece("same", after),) if after else ()
    pattern = r"\s+|\w+|[^\w\s]"
    old, new = re.findall(pattern, before), re.findall(pattern, after)
    if len(old) + len(new) > MOST_WORDS:
        old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    return tuple(pieces(old, new))


def lines_changed(before: str, after: str, around: int = 2) -> tuple[Piece, ...]:
    """The difference of two texts line by line; of what stayed so many lines around each change, and `⋯` for the
    rest."""
    old, new = before.splitlines(), after.splitlines()
    found: list[Piece] = []
    groups = list(SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(around))
    for group in groups:
        if found:
            found.append(Piece("same", "⋯"))
        for tag, first, last, begin, end in group:
            if tag == "equal":
                found += [Piece("same", line) for line in old[first:last]]
                continue
            found += [Piece("gone", line) for line in old[first:last]]
            found += [Piece("new", line) for line in new[begin:end]]
    return tuple(found)


def pieces(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    """The pieces of a difference of two sequences of texts."""
    for tag, first, last, begin, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece("same", "".join(new[begin:end]))
            continue
        if last > first:
            yield Piece("gone", "".join(old[first:last]))
        if end > begin:
            yield Piece("new", "".join(new[begin:end]))


def alike(before: str, after: str) -> bool:
    """Whether one text can be read as an edit of the other: they share a third of their words."""
    old, new = re.findall(r"\w+", before), re.findall(r"\w+", after)
    return bool(old or new) and SequenceMatcher(None, old, new, autojunk=False).quick_ratio() > 1 / 3
