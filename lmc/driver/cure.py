"""Applies the fixes of a program's mistakes, those that make it better."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lmc.diagnostics import Diagnostic, Failure, Fix
from lmc.diagnostics.fix import apply, fixes_of
from lmc.driver.load import Loaded, load
from lmc.driver.whole import check_whole
from lmc.store.files import read_bytes, write_atomic

MOST_ROUNDS = 20
"""What a fix brings to light may have a fix too: so often are they looked for."""

MOST_ALONE = 12
"""So many fixes are tried one by one where all together are not good."""


@dataclass(frozen=True, slots=True)
class Cured:
    """A text, what is wrong with its program, and how often the mistakes of each kind (code, message) are there."""

    text: str
    loaded: Loaded

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What is wrong."""
        return self.loaded.sink.diagnostics

    @property
    def badness(self) -> tuple[int, int, int]:
        """How bad it is: mistakes of syntax, other errors, and warnings."""
        errors = [one for one in self.diagnostics if one.severity == "error"]
        syntax = sum(one.code < "LMP0014" for one in errors)
        return syntax, len(errors) - syntax, len(self.diagnostics) - len(errors)


def cure(path: Path, shown: str) -> tuple[Loaded, tuple[str, ...]]:
    """Applies the fixes of a program's own file, and writes it. Gives what it is then, and what was done, in words. A
    fix after which the program is no better is left out. Raises Failure when the file cannot be read or written."""
    data = read_bytes(path) if path.is_file() else b""
    first = looked_at(path, shown, None)
    now, done = first, []
    for _ in range(MOST_ROUNDS):
        fixes = fixes_of(now.diagnostics, shown)
        better, used = improved(path, shown, now, fixes)
        if better is None:
            break
        done += [told(now, one) for one in now.diagnostics if one.fix in used]
        now = better
    if now.text != first.text:
        ends = now.text.replace("\n", "\r\n") if b"\r\n" in data else now.text
        mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
        write_atomic(path, mark + ends.encode())
    return now.loaded, tuple(done)


def improved(path: Path, shown: str, now: Cured, fixes: tuple[Fix, ...]) -> tuple[Cured | None, tuple[Fix, ...]]:
    """The text with the fixes that make it the best: all that stand apart, or one alone; and those that were applied.
    None where the text gets no better."""
    best: tuple[Cured | None, tuple[Fix, ...]] = (None, ())
    least = now.badness
    for chosen in (fixes, *((one,) for one in fixes[:MOST_ALONE] if len(fixes) > 1)):
        text, used = apply(now.text, chosen)
        if text != now.text:
            found = looked_at(path, shown, text)
            if found.badness < least:
                best, least = (found, used), found.badness
        if chosen is fixes and sum(now.badness) - sum(least) >= len(used):
            break
    return best


def looked_at(path: Path, shown: str, text: str | None) -> Cured:
    """A program with another text in the place of its file's, and what is wrong with it."""
    full = path.resolve()

    def read(one: Path) -> bytes:
        return text.encode() if text is not None and one == full else one.read_bytes()

    loaded = load(path, shown, read)
    try:
        check_whole(loaded)
    except Failure as failure:
        loaded.sink.add(failure.diagnostic)
    return Cured(loaded.sources[shown].text, loaded)


def told(now: Cured, one: Diagnostic) -> str:
    """What was cured, and where."""
    assert one.fix is not None
    source = now.loaded.sources[one.fix.span.file]
    line, column = source.position(one.fix.span.start)
    return f"{source.name}:{line}:{column}: fixed {one.code}: {one.message}"
