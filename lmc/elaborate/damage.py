"""What mistakes of syntax have spoilt, so that nothing is said that only follows from them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lmc.diagnostics import Diagnostic, Fix
from lmc.source import SourceFile, Span
from lmc.syntax import ast

FOLLOWS = frozenset(
    f"LMP0{number}" for number in (106, 113, 130, 131, 132, 136, 137, 142, 150, 151, 161, 170, 171, 173, 408)
)
"""What a part that could not be read brings about by itself: nothing reads a name, a path has no `return`, a loop has
no bound, a clause, an argument or a case is lacking."""

NAMES = frozenset({"LMP0100", "LMP0134"})
"""What is said of a name that nothing introduces."""

EMPTY = "`{}` has no fields"
"""What is said of a record whose fields could not be read."""

_HEAD = re.compile(r"^[^\S\n]*(?:lm|type|data|signature|module|metric|tool|retriever)[^\S\n]+(\w+)", re.MULTILINE)
_QUOTED = re.compile(r"`(\w+)`")


@dataclass(frozen=True, slots=True)
class Damage:
    """The damage to one file: `lost` are the names of declarations of which nothing is left, `parts` the extents of
    those of which not all may be left."""

    source: SourceFile
    lost: frozenset[str]
    parts: tuple[tuple[int, int], ...]

    def of(self, span: Span) -> tuple[int, int] | None:
        """The extent of the declaration at a place, if it is damaged."""
        if span.file != self.source.name:
            return None
        return next(((start, end) for start, end in self.parts if start <= span.start < end), None)

    def allows(self, fix: Fix) -> bool:
        """Whether a fix may be made: of what is damaged it writes no more than a name anew."""
        text = self.source.text[fix.span.start : fix.span.end]
        return self.of(fix.span) is None or not text or text.isidentifier()

    def explains(self, diagnostic: Diagnostic) -> bool:
        """Whether a diagnostic may only follow from the damage."""
        part = self.of(diagnostic.primary.span) if diagnostic.primary else None
        if part is None:
            return False
        if diagnostic.code not in NAMES:
            return diagnostic.code in FOLLOWS or diagnostic.message.startswith(EMPTY)
        name, text = _QUOTED.search(diagnostic.message), self.source.text[slice(*part)]
        if name is None or name[1] == ast.UNREAD:
            return name is not None
        head = text.partition("{")[0]
        return (
            name[1] == "_"  # what the parser puts where it dropped something
            or re.search(rf"\b(?:let|for)\s+{name[1]}\b", text) is not None
            or re.search(rf"\b{name[1]}\b", head) is not None
        )


def damage_of(source: SourceFile, file: ast.File, mistakes: Iterable[Diagnostic]) -> Damage | None:
    """What the syntax mistakes of a file have spoilt; None when it has none."""
    places = [one.primary.span.start for one in mistakes if one.primary and one.primary.span.file == source.name]
    if not places:
        return None
    starts = sorted(node.span.start for node in file.declarations)
    extents = list(zip(starts, [*starts[1:], len(source.text)], strict=False))
    parts = tuple((start, end) for start, end in extents if any(start <= place < end for place in places))
    declared = {node.name.text for node in file.declarations if hasattr(node, "name")}
    lost = frozenset(match[1] for match in _HEAD.finditer(source.text)) - declared
    return Damage(source, lost, parts)
