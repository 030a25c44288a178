"""A diagnostic, and the sink that collects them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from lmc.source import Span

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Label:
    """A place in a source file and what to say of it (may be empty)."""

    span: Span
    text: str = ""


@dataclass(frozen=True, slots=True)
class Fix:
    """An edit that would cure the mistake: `replacement` for the text of `span`."""

    span: Span
    replacement: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake or remark: what was found, what was expected, what to do.

    `code` stands in `CODES`. `message` is one lowercase sentence without a full stop, names in backticks.
    `primary` is None for what lies outside every source file (a full disk, a missing key).
    """

    code: str
    message: str
    primary: Label | None = None
    secondary: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    help: str | None = None
    fix: Fix | None = None
    severity: Severity = "error"


class Failure(Exception):
    """Something outside the compiler went wrong (a file, the network, an LM); carries what to tell the user."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class Sink:
    """An append-only list of diagnostics; the same one twice is kept once."""

    def __init__(self) -> None:
        self._diagnostics: dict[Diagnostic, None] = {}

    def add(self, diagnostic: Diagnostic) -> None:
        """Appends one."""
        self._diagnostics.setdefault(diagnostic)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All of them, in source order, those without a place last."""

        def order(diagnostic: Diagnostic) -> tuple[bool, str, int]:
            span = diagnostic.primary.span if diagnostic.primary else None
            return (span is None, span.file if span else "", span.start if span else 0)

        return tuple(sorted(self._diagnostics, key=order))

    @property
    def failed(self) -> bool:
        """Whether any of them is an error."""
        return any(diagnostic.severity == "error" for diagnostic in self._diagnostics)


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """The known name that is most like `name`, if one is near enough to be a slip of the fingers."""
    candidates = sorted(set(known))
    folded = {candidate.casefold(): candidate for candidate in reversed(candidates)}
    if name.casefold() in folded:
        return folded[name.casefold()]
    found = get_close_matches(name, candidates, n=1, cutoff=0.6)
    return found[0] if found else None
